"""One firm from "can I get support?" to a plan, a grant and a manager's export; each person has an own browser."""

import csv
import io
import signal
import time

import openpyxl
import pikepdf
import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from applications.models import Case
from demo import world
from demo.firms import firm
from demo.people import DOMAIN
from documents.models import Document
from programmes.models import Programme
from tests.journeys import diagnosing, steps
from tests.journeys.conftest import start_worker, stop_worker

pytestmark = pytest.mark.journey
WAIT_SECONDS = 60


def download(person, path):
    answer = person.context.request.get(path)
    assert answer.ok, f"{path}: {answer.status}"
    return answer.body()


def wait_for(person, path, name):
    """Reload as a person without JavaScript would, until the link is there."""
    for _ in range(WAIT_SECONDS):
        person.page.goto(path)
        if person.page.get_by_role("link", name=name).count():
            person.look()
            return
        time.sleep(1)
    raise AssertionError(f"{path} still says:\n{person.page.inner_text('main')}")


def check_pdf(content, *, least, most):
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang).startswith("en")
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            title = metadata["dc:title"]
        kinds = set()
        alternatives = []
        todo = [pdf.Root.StructTreeRoot]
        while todo:
            node = todo.pop()
            if isinstance(node, pikepdf.Dictionary):
                if "/S" in node:
                    kinds.add(str(node.S))
                    if node.S == "/Figure":
                        alternatives.append(str(node.get("/Alt", "")))
                children = node.get("/K", [])
                todo.extend(children if isinstance(children, pikepdf.Array) else [children])
        assert least <= len(pdf.pages) <= most, len(pdf.pages)
    assert all(alternatives), "a figure has no text alternative"
    return title, kinds


def test_the_whole_journey(person, worker):
    owner = person()
    steps.check_eligibility(owner)
    owner.sees("Your firm can get support")
    steps.open_account(owner)
    steps.join(owner)
    reference = steps.reference_of(owner)
    steps.confirm_email(owner)
    steps.send_application(owner, reference)

    adviser = steps.staff(person(), "adviser")
    steps.return_case(adviser, reference)
    owner.go(f"/cases/{reference}/apply/")
    owner.sees("Please tell us how many presses you have.")
    steps.send_application(owner, reference)
    steps.accept_case(adviser, reference)

    assert diagnosing.answer(owner, reference, alone=5) >= 35
    diagnosing.send(owner, reference)
    steps.finalise_diagnostic(adviser, reference)
    owner.go(f"/cases/{reference}/diagnostic/result/")
    owner.sees("Production efficiency")
    assert owner.page.locator("svg[role=img]").count()

    wait_for(owner, f"/cases/{reference}/plan/", "Download your action plan (PDF)")
    title, kinds = check_pdf(download(owner, f"/cases/{reference}/plan/pdf/"), least=6, most=10)
    assert steps.FIRM in title
    assert {"/H1", "/H2", "/P", "/Table", "/TH", "/Figure"} <= kinds

    number = steps.ask_for_money(owner, reference, world.PDF)
    for name in ("assessor", "assessor2"):
        steps.assess(steps.staff(person(), name), reference, number)
    steps.approve(steps.staff(person(), "approver"), reference, number)
    steps.accept_offer(owner, reference, number)
    offer = f"/cases/{reference}/funding/{number}/offer/"
    wait_for(owner, offer, "Download the offer letter (PDF)")
    title, _kinds = check_pdf(download(owner, f"{offer}letter/"), least=1, most=2)

    manager = steps.staff(person(), "manager")
    manager.go("/reports/")
    manager.sees("15,000")
    rows = csv.DictReader(io.StringIO(exported(manager, "cases", "csv").decode("utf-8-sig")))
    assert [row["reference"] for row in rows] == [reference]
    sheet = openpyxl.load_workbook(io.BytesIO(exported(manager, "awards", "xlsx"))).active
    values = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    assert steps.FIRM in values
    assert 12000 in values


def exported(manager, kind, form):
    steps.export(manager, kind, form)
    address = manager.page.url
    for _ in range(WAIT_SECONDS):
        manager.page.goto(address)
        link = manager.page.get_by_role("button", name="Download the file")
        if link.count():
            manager.look()
            return download(manager, link.first.get_attribute("href"))
        time.sleep(1)
    raise AssertionError(manager.page.inner_text("main"))


def test_a_killed_worker_still_ends_in_one_ready_plan(person, worker):
    """The firm's steps are taken by the demonstration here; only the worker's death is new."""
    programme = Programme.objects.get(slug=steps.PROGRAMME)
    staff = {name: User.objects.get(email=f"{name}@{DOMAIN}") for name in ("owner", "adviser")}
    world.build_one(firm(7, programme.slug, 1), programme, "final", staff, timezone.now(), owner=staff["owner"])
    for _ in range(1500):
        if Document.objects.filter(state=Document.State.WORKING).exists():
            stop_worker(worker, signal.SIGKILL)
            break
        time.sleep(0.02)
    assert not Document.objects.filter(state=Document.State.READY).exists()
    second = start_worker()
    owner = person()
    owner.sign_in(staff["owner"].email)
    try:
        wait_for(owner, f"/cases/{Case.objects.get().reference}/plan/", "Download your action plan (PDF)")
    finally:
        stop_worker(second)
    document = Document.objects.get()
    assert document.state == Document.State.READY
    assert document.attempts >= 2
    kept = [path.name for path in (settings.MEDIA_ROOT / "documents" / str(document.pk)).iterdir()]
    assert document.file.name.rpartition("/")[2] in kept

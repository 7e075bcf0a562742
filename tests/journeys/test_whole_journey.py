"""From "can I get support?" to a plan, a grant paid out and a manager's export; each person has an own browser."""

import csv
import io
import signal
import time

import openpyxl
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
from tests.factories.funding import PDF
from tests.journeys import diagnosing, paying, steps
from tests.journeys.conftest import start_worker, stop_worker
from tests.journeys.papers import WAIT_SECONDS, check_pdf, download, wait_for

pytestmark = pytest.mark.journey
ASSESSORS = {"assessor": "Asa Assessor", "assessor2": "Ash Assessor"}


def test_the_whole_journey(person, worker):
    owner, adviser, approver = person(), steps.staff(person(), "adviser"), steps.staff(person(), "approver")
    manager, finance = steps.staff(person(), "manager"), steps.staff(person(), "finance")
    reference = get_in(owner, adviser)
    diagnose(owner, adviser, reference)

    number = steps.ask_for_money(owner, reference, PDF)
    steps.read_receipt(owner, reference, number)
    for name in ASSESSORS.values():
        steps.fill_pool(manager, name)
    steps.invite(manager, reference, number, *ASSESSORS.values())
    for name in ASSESSORS:
        steps.assess(steps.staff(person(), name), reference, number)
    steps.approve(approver, reference, number)
    steps.accept_offer(owner, reference, number)
    steps.read_letter(owner, reference, number)

    paying.settle_the_start(owner, adviser, reference, number)
    paying.let_the_project_pass()
    claim = paying.claim_all(owner, reference, number, PDF)
    paying.read_receipt(owner, claim)
    paying.enter_account(owner, reference, number)
    paying.check_claim(adviser)
    paying.approve_claim(approver)
    paying.confirm_account(finance, approver)
    paying.check_file(paying.pay(finance), f"{reference}/{number}/C1")
    owner.go(claim)
    owner.sees("We paid you £12,000")
    owner.go(f"/cases/{reference}/funding/{number}/award/")
    owner.sees("Project finished and paid")
    paying.check_ledgers(owner, manager, reference, number)
    report(manager, reference)


def get_in(owner, adviser):
    """From the simulator and the public check to a firm that an adviser has let in; its case's reference."""
    steps.try_figures(owner)
    steps.check_eligibility(owner)
    owner.sees("Your firm can get support")
    steps.open_account(owner)
    steps.join(owner)
    reference = steps.reference_of(owner)
    steps.confirm_email(owner)
    steps.send_application(owner, reference)
    steps.return_case(adviser, reference)
    owner.go(f"/cases/{reference}/apply/")
    owner.sees("Please tell us how many presses you have.")
    steps.send_application(owner, reference)
    steps.accept_case(adviser, reference)
    return reference


def diagnose(owner, adviser, reference):
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


def report(manager, reference):
    """The figures of the programme and two files about what happened."""
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

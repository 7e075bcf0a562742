"""All plans of a cohort in one go, and the spreadsheet beside each."""

import io
import uuid
import zipfile
from datetime import timedelta

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from diagnostics import actions, papers, tasks
from diagnostics.actions import batches
from diagnostics.models import ActionPlan, PlanBatch, PlanVersion
from documents.models import Document
from documents.tasks import make, render_document
from portal.models import Event
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import STARTED, AssessmentFactory
from tests.factories.organisations import OrganisationFactory
from tests.factories.programmes import RegionFactory
from tests.parallel import at_once

pytestmark = pytest.mark.django_db
State = Document.State
LATER = STARTED + timedelta(days=1)
PAGE = "/casework/plans/batches/"


@pytest.fixture
def manager(programme):
    return AssignmentFactory(programme=programme, role=Role.MANAGER).user


def plan_of(programme, **case):
    """A final diagnostic's plan whose first PDF is ready and out of date."""
    assessment = AssessmentFactory(case=CaseFactory(programme=programme, accepted=True, **case), final=True)
    plan = ActionPlan.objects.with_context().get(assessment=assessment)
    make(str(plan.document_id))
    ActionPlan.objects.filter(pk=plan.pk).update(changed_at=STARTED + timedelta(hours=1))
    plan.refresh_from_db()
    return plan


def ordered(programme, by, region=None):
    return batches.make_plans(programme=programme, region=region, key=uuid.uuid4(), by=by, at=LATER)


def work(batch):
    """What the workers do."""
    for item in batch.items.order_by("pk"):
        tasks.make_plan_of_batch(item_id=item.pk, of_a_later_release=True)


def counts(batch):
    found = PlanBatch.objects.counted().get(pk=batch.pk)
    return {name: getattr(found, name) for name in ("total", "made", "current", "left", "failed")}


def test_each_plan_is_made_once_and_what_is_current_is_left(programme, manager):
    region = RegionFactory(programme=programme)
    changed = plan_of(programme, region=region)
    current = plan_of(programme, region=region)
    ActionPlan.objects.filter(pk=current.pk).update(changed_at=STARTED - timedelta(hours=1))
    plan_of(programme)  # lies in no region

    batch = ordered(programme, manager, region)
    assert counts(batch) == {"total": 2, "made": 0, "current": 0, "left": 2, "failed": 0}
    work(batch)
    work(batch)

    assert counts(batch) == {"total": 2, "made": 1, "current": 1, "left": 0, "failed": 0}
    changed.refresh_from_db()
    assert (changed.version, changed.document.state, changed.document.is_bulk) == (2, State.READY, True)
    assert PlanVersion.objects.get(plan=changed, number=2).made_by == manager
    assert Event.objects.filter(kind="plans.batch_made").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_plan_make_one_version(programme, manager):
    plan = plan_of(programme)
    item = ordered(programme, manager).items.get()
    assert at_once(3, lambda number: tasks.make_plan_of_batch(item_id=item.pk)) == [None] * 3
    plan.refresh_from_db()
    assert (plan.version, plan.versions.count(), plan.document.attempts) == (2, 2, 1)


def test_cancelling_leaves_every_plan_the_version_it_had(programme, manager):
    plans = [plan_of(programme) for _number in range(3)]
    batch = ordered(programme, manager)
    first, second, third = batch.items.order_by("pk")
    tasks.make_plan_of_batch(item_id=first.pk)
    papers.take_up(second.pk, LATER)  # its PDF waits for another try
    before = {plan.pk: plan.document for plan in plans}

    assert batches.cancel(batch=batch, by=manager, at=LATER)
    assert not batches.cancel(batch=batch, by=manager, at=LATER)
    tasks.make_plan_of_batch(item_id=third.pk)

    for item in (second, third):
        plan = ActionPlan.objects.get(pk=item.plan_id)
        assert plan.document == before[plan.pk]
    assert Document.objects.filter(state=State.CANCELLED).count() == 1
    assert counts(batch) == {"total": 3, "made": 1, "current": 0, "left": 0, "failed": 0}


def test_a_failed_plan_is_listed_and_tried_again(programme, manager, signed_in):
    plan = plan_of(programme, organisation=OrganisationFactory(name="Llŷr & Môn Cyf"))
    batch = ordered(programme, manager)
    work(batch)
    Document.objects.filter(pk=batch.items.get().document_id).update(state=State.FAILED, error="No room on the disk")
    page = signed_in(manager).get(f"{PAGE}{batch.pk}/")
    assert "Llŷr &amp; Môn Cyf" in page.text
    assert "No room on the disk" in page.text

    signed_in(manager).post(f"{PAGE}{batch.pk}/retry/")
    assert counts(batch)["left"] == 1
    make(str(batch.items.get().document_id))
    assert counts(batch)["made"] == 1
    plan.refresh_from_db()
    assert plan.version == 2  # the same frozen version, not one more
    assert batches.try_failed_again(batch=batch, by=manager, at=LATER) == 0


def test_whoever_waits_for_a_plan_goes_before_the_batch(programme, manager):
    plan = plan_of(programme)
    batch = ordered(programme, manager)
    owed = papers.take_up(batch.items.get().pk, LATER)
    assert actions.request_plan(plan=plan, by=plan.assessment.case.created_by, at=LATER) == owed
    owed.refresh_from_db()
    assert not owed.is_bulk
    render_document(document_id=str(owed.pk))
    assert counts(batch)["made"] == 1


def test_the_sweeper_takes_up_what_was_forgotten(programme, manager, settings):
    plan_of(programme)
    item = ordered(programme, manager).items.get()
    quiet = LATER + timedelta(seconds=settings.CLAIM_LIMIT_SECONDS + 1)
    assert papers.forgotten(LATER, 10) == []
    assert papers.forgotten(quiet, 10) == [item.pk]
    tasks.sweep_plan_batches()
    papers.take_up(item.pk, LATER)
    assert papers.forgotten(quiet, 10) == []


def test_a_manager_orders_watches_and_takes_along(programme, manager, signed_in):
    plan = plan_of(programme)
    client = signed_in(manager)
    form = {"cohort": programme.slug, "key": str(uuid.uuid4())}
    first, again = client.post(PAGE, form), client.post(PAGE, form)
    assert first.url == again.url
    batch = PlanBatch.objects.get()
    part = client.get(first.url, headers={"HX-Request": "true"})
    assert "0 of 1 done" in part.text
    assert "<html" not in part.text
    assert "every 2s" in client.get(first.url).text

    work(batch)
    page = client.get(first.url)
    assert "The plan is ready." in page.text
    assert "every 2s" not in page.text
    packed = client.get(f"{first.url}files/")
    with zipfile.ZipFile(io.BytesIO(packed.getvalue())) as archive:
        assert archive.namelist() == [f"action-plan-{plan.assessment.case.reference}-v2.pdf"]
        assert archive.read(archive.namelist()[0]).startswith(b"%PDF-")
    assert batch.title in client.get(PAGE).text
    client.post(f"{first.url}cancel/")


def test_without_plans_there_is_no_batch(programme, manager, signed_in):
    page = signed_in(manager).post(PAGE, {"cohort": programme.slug, "key": str(uuid.uuid4())})
    assert "There is no final diagnostic here yet" in page.text
    assert not PlanBatch.objects.exists()
    assert "Choose which plans to make" in signed_in(manager).post(PAGE, {"key": str(uuid.uuid4())}).text


def test_only_managers_order_and_only_exporters_look(programme, manager, outsider, adviser, signed_in):
    plan_of(programme)
    batch = ordered(programme, manager)
    auditor = AssignmentFactory(programme=programme, role=Role.AUDITOR).user
    here = f"{PAGE}{batch.pk}/"
    for person in (outsider, adviser):
        assert signed_in(person).get(PAGE).status_code == 404
        assert signed_in(person).get(here).status_code == 404
        assert signed_in(person).post(f"{here}cancel/").status_code == 404
    assert signed_in(auditor).get(here).status_code == 200
    for address in (PAGE, f"{here}cancel/", f"{here}retry/"):
        assert signed_in(auditor).post(address).status_code == 403


def test_a_renewed_piece_has_the_button_of_its_page(programme, adviser, signed_in):
    auditor = AssignmentFactory(programme=programme, role=Role.AUDITOR).user
    plan = plan_of(programme)
    case = plan.assessment.case
    Document.objects.filter(pk=plan.document_id).update(state=State.FAILED, attempts=5)
    retry = reverse("diagnostics:staff-plan-retry", args=[case.reference])
    make = reverse("diagnostics:plan-make", args=[case.reference])
    buttons = {adviser: (True, False), auditor: (False, False), case.created_by: (False, True)}
    for person, offered in buttons.items():
        name = "diagnostics:plan" if person == case.created_by else "diagnostics:staff-plan"
        page = signed_in(person).get(reverse(name, args=[case.reference])).text
        piece = (
            signed_in(person)
            .get(reverse("diagnostics:plan-status", args=[case.reference]), headers={"HX-Request": "true"})
            .text
        )
        assert ((retry in page, make in page), (retry in piece, make in piece)) == (offered, offered)


def test_staff_try_a_failed_plan_again(programme, adviser, signed_in):
    plan = plan_of(programme)
    reference = plan.assessment.case.reference
    address = reverse("diagnostics:staff-plan-retry", args=[reference])
    assert signed_in(adviser).post(address).url == reverse("diagnostics:staff-plan", args=[reference])
    assert Document.objects.get(pk=plan.document_id).is_ready
    Document.objects.filter(pk=plan.document_id).update(state=State.FAILED, attempts=5)
    assert address in signed_in(adviser).get(reverse("diagnostics:staff-plan", args=[reference])).text

    signed_in(adviser).post(address)

    again = Document.objects.get(pk=plan.document_id)
    assert (again.state, again.attempts, plan.versions.count()) == (State.QUEUED, 0, 1)
    assert Event.objects.filter(kind="plan.retried").count() == 1


def test_the_sheet_says_what_its_version_says(programme, applicant, outsider, signed_in):
    plan = plan_of(programme)
    owner = plan.assessment.case.created_by
    row = plan.actions.earliest("rank")
    plan.actions.filter(pk=row.pk).update(owner="=HYPERLINK(1)", cost=4000, yearly_benefit=2000)
    reference = plan.assessment.case.reference
    address = reverse("diagnostics:plan-sheet", args=[reference])

    def cells():
        sheet = openpyxl.load_workbook(io.BytesIO(signed_in(owner).get(address).content)).active
        heads = [cell.value for cell in sheet[1]]
        return [dict(zip(heads, line, strict=True)) for line in sheet.iter_rows(min_row=2)]

    assert all(line["Who leads"].value is None for line in cells())  # the newest PDF does not say so either
    fresh = ActionPlan.objects.with_context().get(pk=plan.pk)
    papers.owe_document(fresh, timezone.now(), by=owner)
    found = next(line for line in cells() if line["Action"].value == row.title)
    assert (found["Who leads"].value, found["Who leads"].data_type) == ("=HYPERLINK(1)", "s")
    assert (found["Cost, likely (GBP)"].value, found["Payback in months"].value) == (4000, 24)
    first = reverse("diagnostics:plan-version-sheet", args=[reference, 1])
    assert signed_in(owner).get(first).status_code == 200
    assert signed_in(outsider).get(address).status_code == 404
    assert signed_in(outsider).get(first).status_code == 404

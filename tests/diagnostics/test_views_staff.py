"""The adviser's and the contractor's pages, and the plan on both sides."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from diagnostics import actions
from diagnostics.models import Assessment
from documents import tasks
from documents.models import Document
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import STARTED, AssessmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(programme):
    return CaseFactory(programme=programme, accepted=True)


@pytest.fixture
def submitted(case):
    return AssessmentFactory(case=case, submitted=True)


@pytest.fixture
def final(case):
    return AssessmentFactory(case=case, final=True)


@pytest.fixture
def staff(signed_in, adviser):
    return signed_in(adviser)


def url(name, case, *args):
    return reverse(f"diagnostics:{name}", args=[case.reference, *args])


def fields(page):
    """Everything the form of a page would send."""
    return {field.html_name: field.value() or "" for field in page.context["form"]}


def test_from_the_answers_to_the_plan(staff, submitted, case):
    overview = staff.get(url("review", case)).content.decode()
    assert "Make the result final" in overview
    assert "Our customers send the material" in overview
    page = staff.get(url("review-group", case, "MS"))
    assert "Every order is typed three times" in page.content.decode()
    data = {**fields(page), "level_MS06": "1"}
    refused = staff.post(url("review-group", case, "MS"), data)
    assert "Say why your view of “Cyber security of business systems” differs" in refused.content.decode()
    data["reason_MS06"] = "No backup has ever been restored."
    assert staff.post(url("review-group", case, "MS"), data).url == url("review-group", case, "SC")
    answer = submitted.answers.get(question_code="MS06")
    assert (answer.self_level, answer.moderated_level) == (2, 1)
    assert staff.post(url("review-finalise", case)).url == url("staff-plan", case)
    assert "Action plan of" in staff.get(url("staff-plan", case)).content.decode()
    assert "As the firm reads it" in staff.get(url("staff-result", case)).content.decode()
    assert "Final." in staff.get(url("review", case)).content.decode()


def test_last_group_leads_back_to_the_overview(staff, submitted, case):
    page = staff.get(url("review-group", case, "BR"))
    assert staff.post(url("review-group", case, "BR"), fields(page)).url == url("review", case)


def test_stale_moderation_shows_both(staff, submitted, case, adviser):
    page = staff.get(url("review-group", case, "PE"))
    theirs = {**fields(page), "level_PE01": "0", "reason_PE01": "Seen on site: none."}
    mine = {**fields(page), "level_PE01": "3", "reason_PE01": "They showed me jigs."}
    staff.post(url("review-group", case, "PE"), theirs)
    again = staff.post(url("review-group", case, "PE"), mine)
    text = again.content.decode()
    assert "Seen on site: none." in text
    assert "They showed me jigs." in text
    assert submitted.answers.get(question_code="PE01").moderated_level == 0
    assert staff.post(url("review-group", case, "PE"), fields(again)).status_code == 302
    assert submitted.answers.get(question_code="PE01").moderated_level == 3


def test_return_needs_words(staff, submitted, case):
    staff.post(url("review-return", case), {"return-reason": ""})
    submitted.refresh_from_db()
    assert submitted.status == "SUBMITTED"
    staff.post(url("review-return", case), {"return-reason": "Please look at MS06."})
    submitted.refresh_from_db()
    assert (submitted.status, submitted.reason) == ("RETURNED", "Please look at MS06.")
    page = staff.post(url("review-return", case), {"return-reason": "Again."}, follow=True).content.decode()
    assert "has moved on" in page


def test_moderating_what_is_not_there_any_more(staff, submitted, case, adviser):
    page = staff.get(url("review-group", case, "PE"))
    data = fields(page)
    actions.return_to_firm(assessment=submitted, reason="Look.", by=adviser, at=STARTED)
    assert staff.post(url("review-group", case, "PE"), data).url == url("review", case)


def test_too_few_answers_cannot_be_final(staff, submitted, case):
    submitted.answers.all().delete()
    page = staff.post(url("review-finalise", case), follow=True).content.decode()
    assert "Too few questions are answered" in page


def test_final_twice_leads_to_the_same_plan(staff, final, case):
    assert staff.post(url("review-finalise", case)).url == url("staff-plan", case)
    assert Document.objects.count() == 1


def test_draft_cannot_be_final(staff, case):
    AssessmentFactory(case=case, answered=True)
    assert "has moved on" in staff.post(url("review-finalise", case), follow=True).content.decode()


def test_contractor_sees_what_was_allocated_and_nothing_else(signed_in, staff, submitted, case, programme):
    contractor = AssignmentFactory(programme=programme, role=Role.CONTRACTOR).user
    staff.post(url("review-allocate", case), {"contractor": contractor.pk})
    submitted.refresh_from_db()
    assert submitted.contractor == contractor
    other = AssessmentFactory(case=CaseFactory(programme=programme, accepted=True), submitted=True)
    client = signed_in(contractor)
    worklist = client.get(reverse("diagnostics:worklist")).content.decode()
    assert case.organisation.name in worklist
    assert other.case.organisation.name not in worklist
    assert client.get(url("review", case)).status_code == 200
    assert client.get(url("review-group", case, "PE")).status_code == 200
    assert client.get(url("review", other.case)).status_code == 404
    assert client.post(url("review-allocate", case), {"contractor": ""}).status_code == 403
    assert client.get(url("start", case)).status_code == 404


def test_allocate_only_from_the_list(staff, submitted, case, outsider):
    page = staff.post(url("review-allocate", case), {"contractor": outsider.pk}, follow=True).content.decode()
    assert "Choose somebody from the list" in page


def test_reader_looks_but_does_not_touch(signed_in, submitted, case, programme):
    auditor = signed_in(AssignmentFactory(programme=programme, role=Role.AUDITOR).user)
    assert "Make the result final" not in auditor.get(url("review", case)).content.decode()
    assert auditor.get(url("review-group", case, "PE")).status_code == 200
    assert auditor.post(url("review-group", case, "PE"), {}).status_code == 403
    assert auditor.post(url("review-finalise", case)).status_code == 403


def test_a_firm_has_no_staff_pages(signed_in, submitted, case):
    client = signed_in(case.created_by)
    assert client.get(url("review", case)).status_code == 403
    assert client.get(reverse("diagnostics:worklist")).status_code == 404


def test_unknown_group(staff, submitted, case):
    assert staff.get(url("review-group", case, "XX")).status_code == 404


STAFF = [
    "review",
    "review-return",
    "review-allocate",
    "review-finalise",
    "staff-result",
    "staff-plan",
    "staff-plan-agree",
]


@pytest.mark.parametrize("name", STAFF)
def test_outsider_sees_nothing(signed_in, outsider, final, case, name):
    client = signed_in(outsider)
    assert client.post(url(name, case)).status_code == 404
    assert client.get(url(name, case)).status_code in (404, 405)


# --- The plan -----------------------------------------------------------------------------------
def test_plan_page_waits_then_offers_the_pdf(signed_in, final, case, django_capture_on_commit_callbacks):
    client = signed_in(case.created_by)
    page = client.get(url("plan", case)).content.decode()
    assert "Your PDF is next in line" in page
    assert "Check again" in page
    assert client.get(url("plan-pdf", case)).status_code == 404
    assert client.get(url("plan-status", case)).url == url("plan", case)
    fragment = client.get(url("plan-status", case), headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 2s"' in fragment
    tasks.render_document(document_id=str(final.plan.document_id))
    fragment = client.get(url("plan-status", case), headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in fragment
    assert "Your action plan is ready" in fragment
    pdf = client.get(url("plan-pdf", case))
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert b"".join(pdf.streaming_content).startswith(b"%PDF-")


def test_second_click_makes_no_second_document(signed_in, final, case):
    client = signed_in(case.created_by)
    for _ in range(3):
        assert client.post(url("plan-make", case)).url == url("plan", case)
    assert Document.objects.count() == 1


def test_rendering_again_after_a_lost_worker_uses_the_same_facts(final, case):
    document = Document.objects.claim(final.plan.document_id, timezone.now())
    assert document.state == "WORKING"
    tasks.render_document(document_id=str(document.pk))  # another worker has it: nothing happens
    document.refresh_from_db()
    assert document.state == "WORKING"
    Document.objects.update(claimed_at=STARTED)  # that worker is gone
    tasks.render_document(document_id=str(document.pk))
    document.refresh_from_db()
    assert (document.state, document.attempts, document.context["firm"]) == ("READY", 2, case.organisation.name)


def test_failed_pdf_can_be_asked_for_again(signed_in, staff, final, case):
    Document.objects.update(state=Document.State.FAILED)
    assert "could not be made" in staff.get(url("plan", case)).content.decode()
    assert staff.post(url("plan-make", case)).url == url("staff-plan", case)
    assert Document.objects.count() == 2


def test_firm_changes_and_agrees(signed_in, final, case):
    client = signed_in(case.created_by)
    action = final.plan.actions.get(rank=1)
    page = client.get(url("plan-action", case, action.pk))
    assert "Every order is typed three times" in page.content.decode()
    sent = {"owner": "Sam", "start_on_day": "1", "start_on_month": "12", "start_on_year": "2026", "progress": "doing"}
    assert client.post(url("plan-action", case, action.pk), sent).url == url("plan", case)
    action.refresh_from_db()
    assert (action.owner, str(action.start_on), action.progress) == ("Sam", "2026-12-01", "doing")
    wrong = client.post(url("plan-action", case, action.pk), {**sent, "start_on_month": "13"}).content.decode()
    assert "There is a problem" in wrong
    assert client.post(url("plan-agree", case)).url == url("plan", case)
    assert "Your firm agreed this plan" in client.get(url("plan", case)).content.decode()


def test_adviser_moves_an_action_with_a_reason(staff, final, case):
    action = final.plan.actions.get(rank=1)
    page = staff.get(url("staff-plan-action", case, action.pk))
    data = {
        "owner": "Sam", "progress": "not_started", "horizon": "later", "reason": "",
        "cost": "48,000", "grant": "50,000", "yearly_benefit": "26000", "running_cost": "3000",
    }  # fmt: skip
    refused = staff.post(url("staff-plan-action", case, action.pk), data).content.decode()
    assert "Say why you move this action" in refused
    assert "not more than the cost" in refused
    data |= {"reason": "They change their order system in spring.", "grant": "20,000"}
    assert staff.post(url("staff-plan-action", case, action.pk), data).status_code == 302
    action.refresh_from_db()
    assert (action.horizon, action.computed_horizon, str(action.money.payback_months)) == ("later", "now", "14.6")
    assert page.status_code == 200
    plan = staff.get(url("staff-plan", case)).content.decode()
    assert "They change their order system in spring." in plan
    assert staff.post(url("staff-plan-agree", case)).url == url("staff-plan", case)


def test_firm_cannot_agree_for_the_adviser(signed_in, final, case, adviser):
    client = signed_in(case.created_by)
    assert client.post(url("staff-plan-agree", case)).status_code == 403
    assert signed_in(adviser).post(url("plan-agree", case)).status_code == 403


def test_no_plan_yet(staff, submitted, case):
    assert staff.get(url("plan", case)).status_code == 404
    assert staff.get(url("staff-result", case)).status_code == 404


def test_pages_ask_few_queries(staff, final, case, django_assert_max_num_queries):
    action = final.plan.actions.first()
    pages = [url(name, case) for name in ("review", "staff-result", "staff-plan", "plan", "result")]
    for address in [*pages, url("review-group", case, "MS"), url("staff-plan-action", case, action.pk)]:
        staff.get(address)
        with django_assert_max_num_queries(15):
            assert staff.get(address).status_code == 200


def test_worklist_asks_the_same_for_one_and_many(staff, programme, django_assert_num_queries):
    def queries():
        from django.db import connection  # noqa: PLC0415
        from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

        with CaptureQueriesContext(connection) as found:
            staff.get(reverse("diagnostics:worklist"))
        return len(found)

    AssessmentFactory(case=CaseFactory(programme=programme, accepted=True), submitted=True)
    staff.get(reverse("diagnostics:worklist"))
    one = queries()
    for _ in range(5):
        AssessmentFactory(case=CaseFactory(programme=programme, accepted=True), submitted=True)
    assert queries() == one
    assert Assessment.objects.count() == 6

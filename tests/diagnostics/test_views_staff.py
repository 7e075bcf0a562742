"""The adviser's and the contractor's pages, and the plan on both sides."""

import pytest
from django.urls import reverse

from accounts.permissions import Role
from diagnostics.models import Assessment
from documents.models import Document
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import UNREAD, AssessmentFactory

pytestmark = pytest.mark.django_db


def url(name, case, *args):
    return reverse(f"diagnostics:{name}", args=[case.reference, *args])


def finalise(client, case):
    return client.post(url("review-finalise", case), {"finalise-reason": UNREAD})


def test_from_the_answers_to_the_plan(staff, submitted, case):
    overview = staff.get(url("review", case)).content.decode()
    assert "Go through the answers" in overview
    assert "Our customers send the material" in overview
    assert finalise(staff, case).url == url("staff-plan", case)
    assert "Action plan of" in staff.get(url("staff-plan", case)).content.decode()
    assert "As the firm reads it" in staff.get(url("staff-result", case)).content.decode()
    assert "Final." in staff.get(url("review", case)).content.decode()


def test_return_needs_words(staff, submitted, case):
    refused = staff.post(url("review-return", case), {"return-reason": ""}).content.decode()
    assert "Write what the firm should look at again" in refused
    submitted.refresh_from_db()
    assert submitted.status == "SUBMITTED"
    staff.post(url("review-return", case), {"return-reason": "Please look at MS06."})
    submitted.refresh_from_db()
    assert (submitted.status, submitted.reason) == ("RETURNED", "Please look at MS06.")
    page = staff.post(url("review-return", case), {"return-reason": "Again."}, follow=True).content.decode()
    assert "has moved on" in page


def test_too_few_answers_cannot_be_final(staff, submitted, case):
    submitted.answers.all().delete()
    page = staff.post(url("review-finalise", case), {"finalise-reason": UNREAD}, follow=True).content.decode()
    assert "Too few questions are answered" in page


def test_final_twice_leads_to_the_same_plan(staff, final, case):
    assert staff.post(url("review-finalise", case)).url == url("staff-plan", case)
    assert Document.objects.count() == 1


def test_draft_cannot_be_final(staff, case):
    AssessmentFactory(case=case, answered=True)
    page = staff.post(url("review-finalise", case), {"finalise-reason": UNREAD}, follow=True).content.decode()
    assert "has moved on" in page


def test_reader_looks_but_does_not_touch(signed_in, submitted, case, programme):
    auditor = signed_in(AssignmentFactory(programme=programme, role=Role.AUDITOR).user)
    assert "Make the result final" not in auditor.get(url("review", case)).content.decode()
    assert auditor.post(url("review-finalise", case)).status_code == 403


def test_a_firm_has_no_staff_pages(signed_in, submitted, case):
    client = signed_in(case.created_by)
    assert client.get(url("review", case)).status_code == 403
    assert client.get(reverse("diagnostics:worklist")).status_code == 404


STAFF = [
    "review",
    "review-return",
    "review-show",
    "review-take-back",
    "review-reopen",
    "visit",
    "visit-save",
    "firm-review",
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


def test_pages_ask_few_queries(staff, final, case, django_assert_max_num_queries):
    action = final.plan.actions.first()
    pages = [url(name, case) for name in ("review", "staff-result", "staff-plan", "plan", "result")]
    for address in [*pages, url("staff-plan-action", case, action.pk)]:
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

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from funding import actions, quoting
from funding.models import Award, GrantApplication
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.funding import GrantApplicationFactory, approver_of
from tests.funding.test_views_firm import address

pytestmark = pytest.mark.django_db


@pytest.fixture
def application():
    return GrantApplicationFactory(submitted=True)


def person(application, role):
    return AssignmentFactory(programme=application.case.programme, role=role).user


def decision(application, **more):
    day = timezone.localdate() + timedelta(days=30)
    return {
        "seen": quoting.fingerprint(GrantApplication.objects.get(pk=application.pk)), "amount": "15000",
        "accept_by_day": day.day, "accept_by_month": day.month, "accept_by_year": day.year, "conditions": "",
    } | more  # fmt: skip


class TestWho:
    def test_firm_never_learns_of_staff_pages(self, client, application):
        client.force_login(application.case.created_by)
        for name in ("detail", "invite", "panel", "return", "decide", "decline", "withdraw-offer"):
            assert client.get(address(application, name)).status_code == 404, name
        assert client.get(reverse("funding:queue")).status_code == 403

    @pytest.mark.parametrize(
        ("role", "allowed"),
        [
            (Role.ADVISER, {"detail", "return"}),
            (Role.AUDITOR, {"detail"}),
            (Role.FINANCE, {"detail"}),
            (Role.MANAGER, {"detail", "invite", "panel", "return"}),
            (Role.APPROVER, {"detail", "invite", "panel", "decide", "decline", "withdraw-offer"}),
        ],
    )
    def test_roles(self, client, application, role, allowed):
        client.force_login(person(application, role))
        for name in ("detail", "invite", "panel", "return", "decide", "decline", "withdraw-offer"):
            status = client.get(address(application, name)).status_code
            assert (status != 403) == (name in allowed), (name, status)

    @pytest.mark.parametrize("role", [Role.CONTRACTOR, Role.ASSESSOR])
    def test_others_see_nothing(self, client, application, role):
        client.force_login(person(application, role))
        assert client.get(reverse("funding:queue")).status_code == 403
        assert client.get(address(application, "detail")).status_code == 404


class TestQueue:
    def test_waiting_ones_first_and_filters_in_the_address(self, client, application):
        decided = GrantApplicationFactory(case=application.case, approved=True, title="Done")
        client.force_login(person(application, Role.APPROVER))
        page = client.get(reverse("funding:queue"))
        assert application.title in page.text
        assert "Done" not in page.text
        page = client.get(reverse("funding:queue"), {"status": "APPROVED", "call": decided.call_id})
        assert "Done" in page.text
        page = client.get(reverse("funding:queue"), {"status": "nonsense", "call": "x\0", "cursor": "%00"})
        assert page.status_code == 200
        page = client.get(reverse("funding:queue"), {"status": "DECLINED"})
        assert "Nothing here" in page.text

    def test_same_number_of_queries_for_1_and_30(self, client, application):
        client.force_login(person(application, Role.APPROVER))

        def count():
            with CaptureQueriesContext(connection) as found:
                client.get(reverse("funding:queue"))
            return len(found)

        one = count()
        for _number in range(29):
            case = CaseFactory(programme=application.case.programme, accepted=True)
            GrantApplicationFactory(case=case, call=application.call, submitted=True)
        assert count() == one
        assert one <= 15


def approve_it(application):
    actions.approve(
        application=application, amount=application.quoted, accept_by=timezone.localdate() + timedelta(days=9),
        seen=quoting.fingerprint(application), by=approver_of(application), at=timezone.now(),
    )  # fmt: skip


class TestDecide:
    @pytest.fixture
    def application(self):
        return GrantApplicationFactory(assessed=True)

    @pytest.fixture
    def approver(self, application, client):
        client.force_login(approver_of(application))
        return client

    def test_page_shows_all_that_is_needed(self, approver, application):
        page = approver.get(address(application, "decide"))
        assert "The call has <strong>£100,000</strong> left" in page.text
        assert 'value="15,000"' in page.text
        assert "A real bottleneck." in page.text
        assert "<svg" in page.text

    def test_approved_once(self, approver, application):
        facts = decision(application, conditions="Send us the risk assessment.")
        for _click in range(2):
            assert approver.post(address(application, "decide"), facts).url == address(application, "detail")
        award = Award.objects.get()
        assert award.offer["conditions"][-1] == "Send us the risk assessment."
        assert "Award of £15,000" in approver.get(address(application, "detail")).text

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"amount": "15000.01"}, "the most you can offer"),
            ({"amount": "1e999"}, "Enter the grant to offer"),
            ({"amount": "0"}, "£1 or more"),
            ({"seen": "0" * 64}, "Read it again"),
            ({"accept_by_day": "30", "accept_by_month": "2"}, "Check the day"),
            ({"accept_by_year": "2020"}, "must be today or later"),
            ({"conditions": "a\0"}, "Null characters"),
        ],
    )
    def test_refusals_are_told(self, approver, application, changes, message):
        page = approver.post(address(application, "decide"), decision(application, **changes))
        assert message in page.text
        assert not Award.objects.exists()

    def test_budget_that_is_used_up_is_told(self, approver, application):
        application.call.budget = 14999
        application.call.save()
        page = approver.post(address(application, "decide"), decision(application))
        assert "This call has £14,999 left" in page.text

    def test_who_assessed_is_refused(self, client, application):
        both = application.assessed_by
        AssignmentFactory(user=both, programme=application.case.programme, role=Role.APPROVER)
        client.force_login(both)
        page = client.post(address(application, "decide"), decision(application))
        assert "somebody else has to decide" in page.text
        page = client.post(address(application, "decline"), {"reason": "No", "seen": quoting.fingerprint(application)})
        assert "somebody else has to decide" in page.text

    def test_decided_meanwhile(self, approver, application, monkeypatch):
        stale = GrantApplication.objects.with_context().get(pk=application.pk)
        facts = decision(application)
        approve_it(application)
        monkeypatch.setattr("funding.views.staff.to_work_on", lambda *args: stale)
        assert approver.post(address(application, "decide"), facts).url == address(application, "detail")
        assert approver.post(address(application, "decline"), {"reason": "No"}).url == address(application, "detail")

    def test_declined_with_a_reason(self, approver, application):
        assert "Give a reason" in approver.post(address(application, "decline"), {"reason": ""}).text
        approver.post(
            address(application, "decline"), {"reason": "Too little gain.", "seen": quoting.fingerprint(application)}
        )
        application.refresh_from_db()
        assert application.status == GrantApplication.Status.DECLINED
        assert "Too little gain." in approver.get(address(application, "detail")).text
        assert approver.get(address(application, "decline")).url == address(application, "detail")

    def test_returned_with_a_question(self, approver, application):
        approver.post(address(application, "return"), {"reason": "Which robot?"})
        application.refresh_from_db()
        assert application.status == GrantApplication.Status.RETURNED

    def test_offer_is_withdrawn(self, approver, application):
        approve_it(application)
        assert approver.get(address(application, "withdraw-offer")).status_code == 200
        approver.post(address(application, "withdraw-offer"), {"reason": "The firm has closed."})
        assert Award.objects.get().status == Award.Status.WITHDRAWN
        assert approver.get(address(application, "withdraw-offer")).url == address(application, "detail")

    def test_few_queries(self, approver, application):
        for name in ("decide", "detail"):
            with CaptureQueriesContext(connection) as found:
                approver.get(address(application, name))
            assert len(found) <= 15, name

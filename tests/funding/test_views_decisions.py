from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.permissions import Role
from funding import actions, quoting
from funding.models import Appeal, Award, Decision
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory, approve, approver_of
from tests.factories.programmes import CallFactory, InstrumentFactory

pytestmark = pytest.mark.django_db

TWO_FROM_10000 = [{"up_to": "10000.00", "approvers": 1}, {"up_to": None, "approvers": 2}]


@pytest.fixture
def call(programme):
    return CallFactory(instrument=InstrumentFactory(programme=programme), approval_bands=TWO_FROM_10000)


def assessed(programme, call):
    return GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), call=call, assessed=True)


@pytest.fixture
def application(programme, call):
    return assessed(programme, call)


@pytest.fixture
def approver(programme):
    return AssignmentFactory(programme=programme, role=Role.APPROVER).user


def at(name, application):
    return reverse(f"funding:{name}", args=[application.case.reference, application.number])


def text_of(answer):
    return answer.content.decode()


class TestSigning:
    def test_the_second_approver_signs_what_the_page_shows(self, signed_in, application, approver):
        approve(application, accept_by=date(2037, 1, 1))
        client = signed_in(approver)
        page = text_of(client.get(at("decide", application)))
        assert "1 of 2 signatures" in page
        decision = Decision.objects.get()
        assert decision.offer_hash in page
        answer = client.post(at("sign", application), {"offer_hash": decision.offer_hash}, follow=True)
        assert "The firm has been told" in text_of(answer)
        assert Award.objects.get().amount == application.quoted
        again = client.post(at("sign", application), {"offer_hash": decision.offer_hash}, follow=True)
        assert "not waiting for a decision" in text_of(again)

    def test_a_changed_draft_is_read_again(self, signed_in, application, approver):
        approve(application, accept_by=date(2037, 1, 1))
        answer = signed_in(approver).post(at("sign", application), {"offer_hash": "0" * 64}, follow=True)
        assert "was changed since you opened it" in text_of(answer)

    def test_a_draft_is_changed_or_taken_away(self, signed_in, application, approver):
        approve(application, accept_by=date(2037, 1, 1))
        client = signed_in(approver)
        assert "Sign, and ask for the next signature" in text_of(client.get(at("decide", application) + "?change=1"))
        client.post(at("drop-draft", application))
        assert Decision.objects.get().status == Decision.Status.DROPPED

    def test_a_draft_dropped_by_two_at_once(self, signed_in, application, approver, monkeypatch):
        approve(application, accept_by=date(2037, 1, 1))
        stale = Decision.objects.get()
        client = signed_in(approver)
        client.post(at("drop-draft", application))
        monkeypatch.setattr("funding.views.decisions._open_draft", lambda _application: stale)
        assert "not waiting for a decision" in text_of(client.post(at("drop-draft", application), follow=True))

    def test_few_queries(self, signed_in, application, approver, django_assert_max_num_queries):
        approve(application, accept_by=date(2037, 1, 1))
        client, address = signed_in(approver), at("decide", application)
        with django_assert_max_num_queries(15):
            client.get(address)


class TestRefusing:
    def test_feedback_starts_from_the_assessments_without_names(self, signed_in, application, approver):
        page = text_of(signed_in(approver).get(at("decline", application)))
        assert "Need: A real bottleneck." in page
        assert application.assessed_by.get_full_name() not in page

    def test_the_firm_reads_why_and_may_appeal(self, signed_in, application, approver):
        seen = quoting.fingerprint(application)
        words = {"seen": seen, "reason": "Too early for us.", "feedback": "Need: real."}
        signed_in(approver).post(at("decline", application), words)
        client = signed_in(application.case.created_by)
        page = text_of(client.get(at("tasks", application)))
        assert "Too early for us." in page
        assert "Need: real." in page
        assert at("appeal", application) in page
        assert "Tell us what we should look at again" in text_of(client.post(at("appeal", application), {"text": ""}))
        answer = client.post(at("appeal", application), {"text": "You missed our quote."}, follow=True)
        assert "We are looking at it again" in text_of(answer)
        client = signed_in(approver_of(application))
        assert at("detail", application) in client.get(reverse("funding:queue")).text
        page = client.get(at("detail", application)).text
        assert "You missed our quote." in page
        assert at("answer-appeal", application) in page
        client.post(at("answer-appeal", application), {"upheld": "no", "answer": "It stands."})
        assert at("detail", application) not in client.get(reverse("funding:queue")).text
        assert Appeal.objects.get().status == Appeal.Status.DISMISSED
        assert "It stands." in text_of(signed_in(application.case.created_by).get(at("tasks", application)))

    def test_who_refused_does_not_answer(self, signed_in, application, approver):
        actions.decline(application=application, reason="No.", by=approver, at=WRITTEN)
        actions.appeal(application=application, text="Why?", by=application.case.created_by, at=WRITTEN)
        answer = signed_in(approver).post(at("answer-appeal", application), {"upheld": "yes", "answer": "Well."})
        assert "You refused this application" in text_of(answer)

    def test_reserve(self, signed_in, application, approver):
        words = {"seen": quoting.fingerprint(application), "reason": "The money is spent."}
        signed_in(approver).post(at("reserve", application), words)
        page = text_of(signed_in(application.case.created_by).get(at("tasks", application)))
        assert "You are on the reserve list" in page
        assert "You hear from us by" not in page
        assert at("decide", application) in signed_in(approver).get(at("detail", application)).text


class TestMany:
    def test_drafted_checked_signed(self, signed_in, programme, call, application, approver):
        other = assessed(programme, call)
        client = signed_in(approver)
        drafts = reverse("funding:decisions", args=[call.pk])
        chosen = {f"outcome_{application.pk}": "OFFER", f"outcome_{other.pk}": "DECLINE"}
        assert "Say why, for those" in text_of(client.post(drafts, chosen | {"words": ""}))
        answer = client.post(drafts, chosen | {"words": "No room this time."}, follow=True)
        assert "2 decisions drafted" in text_of(answer)
        check = reverse("funding:check-decisions", args=[call.pk])
        ticks = [f"{one.pk}:{one.offer_hash}" for one in Decision.objects.all()]
        answer = client.post(check, {"sign": ticks}, follow=True)
        assert "2 decisions signed" in text_of(answer)
        assert "You have signed this." in text_of(answer)
        other.refresh_from_db()
        assert other.status == "DECLINED"

    def test_failures_are_listed_each_with_why(self, signed_in, call, application, approver):
        client = signed_in(approver)
        drafts = reverse("funding:decisions", args=[call.pk])
        client.post(drafts, {f"outcome_{application.pk}": "OFFER", "words": ""})
        type(call).objects.filter(pk=call.pk).update(budget=Decimal(1000))
        tick = Decision.objects.get()
        answer = client.post(
            reverse("funding:check-decisions", args=[call.pk]), {"sign": [f"{tick.pk}:{tick.offer_hash}"]}
        )
        assert "These were not signed" in text_of(answer)
        assert "has £1,000 left" in text_of(answer)
        assert not Award.objects.exists()

    def test_nothing_chosen(self, signed_in, call, application, approver):
        client = signed_in(approver)
        drafts = reverse("funding:decisions", args=[call.pk])
        assert "Choose what to draft" in text_of(client.post(drafts, {"words": ""}))
        assert "Tick the decisions" in text_of(client.post(reverse("funding:check-decisions", args=[call.pk])))

    def test_a_manager_drafts_and_does_not_sign(self, signed_in, programme, call, application):
        manager = AssignmentFactory(programme=programme, role=Role.MANAGER).user
        client = signed_in(manager)
        client.post(reverse("funding:decisions", args=[call.pk]), {f"outcome_{application.pk}": "OFFER", "words": ""})
        tick = Decision.objects.get()
        check = reverse("funding:check-decisions", args=[call.pk])
        assert 'name="sign"' not in text_of(client.get(check))
        assert client.post(check, {"sign": [f"{tick.pk}:{tick.offer_hash}"]}).status_code == 403

    @pytest.mark.parametrize("role", [Role.ASSESSOR, Role.ADVISER, Role.FINANCE])
    def test_others_do_not_learn_of_it(self, signed_in, programme, call, role):
        user = AssignmentFactory(programme=programme, role=role).user
        assert signed_in(user).get(reverse("funding:decisions", args=[call.pk])).status_code == 404

    def test_same_number_of_queries_for_1_and_8(
        self, signed_in, programme, call, application, approver, django_assert_max_num_queries
    ):
        for _number in range(7):
            assessed(programme, call)
        client = signed_in(approver)
        with django_assert_max_num_queries(15):
            client.get(reverse("funding:decisions", args=[call.pk]))
        chosen = [(row, "OFFER") for row in call.grant_applications.with_context()]
        actions.draft_many(chosen, words="", by=approver, at=WRITTEN)
        with django_assert_max_num_queries(15):
            client.get(reverse("funding:check-decisions", args=[call.pk]))

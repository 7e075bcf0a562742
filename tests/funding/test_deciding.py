from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import InternalError, transaction

from funding import actions, quoting
from funding.models import Appeal, Approval, Award, Decision, GrantApplication
from notifications.models import Message
from portal.models import Event
from portal.workflow import IllegalMove
from tests.factories.applications import CaseFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory, approve, approver_of
from tests.factories.programmes import CallFactory, InstrumentFactory

pytestmark = pytest.mark.django_db

TWO_FROM_10000 = [{"up_to": "10000.00", "approvers": 1}, {"up_to": None, "approvers": 2}]
OFFER = {"amount": Decimal("15000.00"), "accept_by": date(2026, 12, 9)}


@pytest.fixture
def call(programme):
    return CallFactory(instrument=InstrumentFactory(programme=programme), approval_bands=TWO_FROM_10000)


@pytest.fixture
def application(programme, call):
    return GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), call=call, assessed=True)


def draft_of(application):
    return Decision.objects.get(application=application, status=Decision.Status.DRAFT)


def propose(application, by, **more):
    facts = {"outcome": Decision.Outcome.OFFER, **OFFER} | more
    proposal = actions.Proposal(**facts)
    return actions.propose(
        application=application, proposal=proposal, seen=quoting.fingerprint(application), by=by, at=WRITTEN
    )


def sign(decision, by, **more):
    return actions.sign(**{"decision": decision, "offer_hash": decision.offer_hash, "by": by, "at": WRITTEN} | more)


def decline(application, by=None, **more):
    by = by or approver_of(application)
    facts = {"reason": "Too early.", "feedback": "Need: real.", "by": by, "at": WRITTEN} | more
    actions.decline(application=application, **facts)
    application.refresh_from_db()
    return by


class TestSignatures:
    def test_a_small_sum_needs_one(self, application):
        assert approve(application, amount="10000.00").amount == 10000

    def test_a_large_sum_waits_for_the_second(self, application):
        first, second = approver_of(application), approver_of(application)
        assert approve(application, by=first) is None
        assert not Award.objects.exists()
        assert application.status == GrantApplication.Status.ASSESSED
        assert not Message.objects.filter(kind="offer_made").exists()
        award = sign(draft_of(application), second)
        assert award.offered_by == second
        assert award.offer_hash == Decision.objects.get().offer_hash
        assert Message.objects.filter(kind="offer_made").count() == 1

    def test_the_same_person_twice_is_one(self, application):
        by = approver_of(application)
        approve(application, by=by)
        assert sign(draft_of(application), by) is None
        assert Approval.objects.count() == 1

    def test_a_changed_offer_has_no_signatures(self, application):
        first, second = approver_of(application), approver_of(application)
        approve(application, by=first)
        stale = draft_of(application)
        propose(application, first, amount=Decimal("14000.00"))
        with pytest.raises(actions.UnableToDecide, match="was changed"):
            sign(stale, second)
        assert sign(draft_of(application), second) is None
        assert sign(draft_of(application), first).amount == 14000

    def test_a_changed_application_is_read_again(self, application):
        by = approver_of(application)
        decision = propose(application, by)
        GrantApplication.objects.filter(pk=application.pk).update(submitted_at=WRITTEN + timedelta(hours=1))
        with pytest.raises(actions.UnableToDecide, match="Read it again"):
            sign(decision, by)

    def test_who_assessed_does_not_sign(self, application):
        decision = propose(application, approver_of(application))
        with pytest.raises(actions.UnableToDecide, match="You assessed"):
            sign(decision, application.assessed_by)

    def test_the_database_refuses_the_assessor_too(self, application):
        decision = propose(application, approver_of(application))
        with pytest.raises(InternalError, match="may not sign"), transaction.atomic():
            Approval.objects.create(
                decision=decision, offer_hash=decision.offer_hash, signed_by=application.assessed_by, signed_at=WRITTEN
            )

    def test_a_decision_is_told_once(self, application):
        by = approver_of(application)
        decision = propose(application, by, amount=Decimal("9000.00"))
        sign(decision, by)
        with pytest.raises(IllegalMove):
            sign(decision, approver_of(application))

    def test_nothing_is_offered_without_sum_and_day(self, application):
        with pytest.raises(actions.UnableToDecide, match="needs its amount"):
            propose(application, approver_of(application), accept_by=None)

    def test_more_than_is_left_is_refused_at_the_signature(self, application, call):
        first, second = approver_of(application), approver_of(application)
        approve(application, by=first)
        type(call).objects.filter(pk=call.pk).update(budget=Decimal(14_000))
        with pytest.raises(actions.UnableToDecide, match=r"has £14,000 left"):
            sign(draft_of(application), second)
        assert Approval.objects.count() == 1

    def test_a_draft_taken_away(self, application):
        by = approver_of(application)
        approve(application, by=by)
        actions.drop(decision=draft_of(application), by=by, at=WRITTEN)
        assert approve(application, by=by) is None
        assert Decision.objects.count() == 2

    def test_an_application_made_to_try_the_portal_is_not_decided(self, application):
        type(application.case).objects.filter(pk=application.case.pk).update(is_test=True)
        with pytest.raises(actions.UnableToDecide, match="try the portal"):
            propose(application, approver_of(application))

    def test_the_offer_does_not_hang_on_the_day_it_was_drafted(self, application):
        by = approver_of(application)
        before = propose(application, by).offer_hash
        later = actions.propose(
            application=application, proposal=actions.Proposal(Decision.Outcome.OFFER, **OFFER),
            seen=quoting.fingerprint(application), by=by, at=WRITTEN + timedelta(days=1),
        )  # fmt: skip
        assert later.offer_hash == before


class TestOutcomes:
    def test_declined_with_reason_and_feedback(self, application):
        decline(application)
        assert application.status == GrantApplication.Status.DECLINED
        decision = Decision.objects.get()
        assert (decision.status, decision.feedback) == (Decision.Status.RELEASED, "Need: real.")

    def test_reserve_list_and_off_it_again(self, application):
        by = approver_of(application)
        seen = quoting.fingerprint(application)
        actions.reserve(application=application, reason="The money is spent.", seen=seen, by=by, at=WRITTEN)
        application.refresh_from_db()
        assert application.status == GrantApplication.Status.RESERVE
        assert Message.objects.filter(kind="grant_on_reserve").count() == 1
        with pytest.raises(IllegalMove):
            actions.reserve(application=application, seen=seen, by=by, at=WRITTEN)
        assert approve(application, amount="9000.00").amount == 9000

    def test_drafts_are_kept_from_the_firm(self, application):
        approve(application)
        kinds = Event.objects.filter(kind__startswith="decision.").values_list("kind", "staff_only")
        assert set(kinds) == {("decision.drafted", True), ("decision.signed", True)}
        assert not Decision.objects.visible_to(application.case.created_by).exists()


class TestMany:
    def test_each_for_itself(self, application, programme, call):
        other = GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), call=call, assessed=True)
        gone = GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), call=call, submitted=True)
        by = approver_of(application)
        chosen = [(application, "OFFER"), (other, "DECLINE"), (gone, "OFFER")]
        made, failures = actions.draft_many(chosen, words="No room this time.", by=by, at=WRITTEN)
        assert [decision.application for decision in made] == [application, other]
        assert [failure.application for failure in failures] == [gone]
        assert made[0].accept_by == date(2026, 12, 9)
        signed, failures = actions.sign_many([(one, one.offer_hash) for one in made], by=by, at=WRITTEN)
        assert (signed, failures) == (made, [])
        other.refresh_from_db()
        assert (other.status, other.reason) == ("DECLINED", "No room this time.")
        assert draft_of(application).approvals.count() == 1

    def test_one_that_cannot_be_signed_keeps_nobody_waiting(self, application, programme, call):
        other = GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), call=call, assessed=True)
        by = approver_of(application)
        made, _failures = actions.draft_many(
            [(application, "DECLINE"), (other, "DECLINE")], words="No.", by=by, at=WRITTEN
        )
        chosen = [(made[0], "another hash"), (made[1], made[1].offer_hash)]
        signed, failures = actions.sign_many(chosen, by=by, at=WRITTEN)
        assert signed == [made[1]]
        assert "was changed" in failures[0].why


class TestAppeal:
    def test_upheld_it_is_decided_anew_by_others(self, application, applicant):
        refuser = decline(application)
        owner = application.case.created_by
        found = actions.appeal(application=application, text="You missed our quote.", by=owner, at=WRITTEN)
        assert actions.appeal(application=application, text="Again", by=owner, at=WRITTEN) == found
        with pytest.raises(actions.UnableToDecide, match="You refused"):
            actions.answer_appeal(appeal=found, upheld=True, answer="No.", by=refuser, at=WRITTEN)
        by = approver_of(application)
        actions.answer_appeal(appeal=found, upheld=True, answer="We did.", by=by, at=WRITTEN)
        application.refresh_from_db()
        assert application.status == GrantApplication.Status.ASSESSED
        assert approve(application, amount="9000.00", by=by).amount == 9000

    def test_dismissed_the_refusal_stands(self, application):
        decline(application)
        owner = application.case.created_by
        found = actions.appeal(application=application, text="Please.", by=owner, at=WRITTEN)
        actions.answer_appeal(appeal=found, upheld=False, answer="It stands.", by=approver_of(application), at=WRITTEN)
        application.refresh_from_db()
        assert application.status == GrantApplication.Status.DECLINED
        assert Appeal.objects.get().answer == "It stands."
        assert Message.objects.filter(kind="appeal_answered").count() == 1

    def test_only_until_the_last_day(self, application):
        decline(application)
        owner = application.case.created_by
        with pytest.raises(actions.UnableToAppeal, match="until"):
            actions.appeal(application=application, text="Late.", by=owner, at=WRITTEN + timedelta(days=31))
        actions.appeal(application=application, text="In time.", by=owner, at=WRITTEN + timedelta(days=30))

    def test_only_a_refusal(self, application):
        with pytest.raises(actions.UnableToAppeal, match="Only a refusal"):
            actions.appeal(application=application, text="?", by=application.case.created_by, at=WRITTEN)

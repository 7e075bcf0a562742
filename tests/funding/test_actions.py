import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.permissions import Role
from applications import actions as applications
from documents.checking import RefusedFile
from documents.models import Document, Upload
from eligibility import ledger
from eligibility.models import EligibilityCheck
from funding import actions, aid, quoting
from funding.lapsing import lapse_late
from funding.models import Award, BudgetLine, GrantApplication, Quote, Review
from funding.tasks import lapse_offers
from notifications.models import Message
from organisations.models import SizeDeclaration
from portal.models import Event
from portal.workflow import IllegalMove
from programmes.models import Text
from tests.factories.accounts import AssignmentFactory, MembershipFactory, UserFactory
from tests.factories.applications import CaseFactory, EligibilityOverrideFactory
from tests.factories.funding import (
    SCORES,
    WRITTEN,
    BudgetLineFactory,
    GrantApplicationFactory,
    a_quote,
    accept,
    approve,
    approver_of,
    assess,
    assessor_of,
    record_baseline,
    submit,
)
from tests.factories.organisations import AidRecordFactory, OwnershipFactory
from tests.factories.programmes import CLOSES, CallFactory, InstrumentFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db

AID = {"basis": "mfa", "limit": "315000.00"}


def programme_with_aid_rule(**more):
    return ProgrammeFactory(version={"eligibility": {"aid": AID | more}})


@pytest.fixture
def case(programme):
    return CaseFactory(programme=programme, accepted=True)


@pytest.fixture
def call(programme):
    return CallFactory(instrument=InstrumentFactory(programme=programme))


def start(case, call, **more):
    facts = {"plan_action": None, "key": uuid.uuid4(), "by": case.created_by, "at": WRITTEN}
    return actions.start(case=case, call=call, **facts | more)


class TestStart:
    def test_makes_a_draft_with_the_next_number(self, case, call):
        first = start(case, call)
        first.withdraw(by=case.created_by, at=WRITTEN)
        second = start(case, call)
        assert (first.number, second.number) == (1, 2)
        assert second.status == GrantApplication.Status.DRAFT
        event = Event.objects.filter(kind="grantapplication.started").last()
        assert event.reference == case.reference

    def test_same_key_gives_the_same_application(self, case, call):
        key = uuid.uuid4()
        assert start(case, call, key=key) == start(case, call, key=key)
        assert GrantApplication.objects.count() == 1

    def test_second_start_goes_on_with_the_draft(self, case, call):
        assert start(case, call) == start(case, call)

    def test_refused_while_the_first_is_being_assessed(self, case, call):
        GrantApplicationFactory(case=case, call=call, submitted=True)
        with pytest.raises(actions.UnableToStart, match="already asked"):
            start(case, call)

    def test_refused_before_the_firm_has_joined(self, call, programme):
        with pytest.raises(actions.UnableToStart, match="accepted"):
            start(CaseFactory(programme=programme, submitted=True), call)

    @pytest.mark.parametrize("at", [CLOSES, CLOSES + timedelta(days=1), datetime(2025, 12, 31, tzinfo=UTC)])
    def test_refused_outside_the_call(self, case, call, at):
        with pytest.raises(actions.UnableToStart, match="not open"):
            start(case, call, at=at)

    def test_key_of_another_case_is_refused(self, case, call, programme):
        key = uuid.uuid4()
        start(case, call, key=key)
        with pytest.raises(actions.UnableToStart, match="out of date"):
            start(CaseFactory(programme=programme, accepted=True), call, key=key)


class TestLines:
    def test_cost_is_kept_and_taken_out(self, case, call):
        application = start(case, call)
        line = actions.save_line(application=application, line=BudgetLineFactory.build())
        assert application.lines.get() == line
        actions.remove_line(line=line)
        assert not application.lines.exists()

    def test_costs_stand_once_sent(self):
        application = GrantApplicationFactory(submitted=True)
        line = application.lines.get()
        with pytest.raises(actions.UnableToChange):
            actions.save_line(application=application, line=line)
        with pytest.raises(actions.UnableToChange):
            actions.remove_line(line=line)
        with pytest.raises(actions.UnableToChange):
            attach(line)

    @pytest.mark.parametrize("field", ["net", "vat"])
    def test_database_refuses_negative_sums(self, field):
        application = GrantApplicationFactory()
        with pytest.raises(IntegrityError, match="not_negative"):
            BudgetLineFactory(application=application, **{field: Decimal("-0.01")})

    def test_cost_counts_vat_only_where_it_cannot_be_claimed_back(self):
        assert BudgetLine(net=Decimal(100), vat=Decimal(20), vat_recoverable=True).cost == 100
        assert BudgetLine(net=Decimal(100), vat=Decimal(20), vat_recoverable=False).cost == 120


def attach(line, file=None, **more):
    facts = {"supplier": "Robots of Preston", "amount": Decimal(30000), "valid_until": None, "at": WRITTEN}
    return actions.attach_quote(line=line, file=file or a_quote(), by=line.application.created_by, **facts | more)


class TestQuotes:
    def test_quote_and_file_come_and_go_together(self, django_capture_on_commit_callbacks):
        line = GrantApplicationFactory().lines.get()
        quote = attach(line)
        storage, name = quote.upload.file.storage, quote.upload.file.name
        assert storage.exists(name)
        with django_capture_on_commit_callbacks(execute=True):
            actions.remove_quote(quote=quote)
        assert not Upload.objects.exists()
        assert not storage.exists(name)

    def test_line_takes_its_quotes_with_it(self, django_capture_on_commit_callbacks):
        line = GrantApplicationFactory().lines.get()
        attach(line)
        with django_capture_on_commit_callbacks(execute=True):
            actions.remove_line(line=line)
        assert not Upload.objects.exists()
        assert not Quote.objects.exists()

    def test_file_of_another_kind_is_refused(self):
        line = GrantApplicationFactory().lines.get()
        with pytest.raises(RefusedFile):
            attach(line, a_quote("quote.pdf", b"MZ not a PDF"))
        assert not Quote.objects.exists()

    def test_twenty_files_are_the_most(self, monkeypatch):
        monkeypatch.setattr("funding.actions.costs.MOST_FILES", 1)
        line = GrantApplicationFactory().lines.get()
        attach(line)
        with pytest.raises(actions.UnableToChange, match="most there can be"):
            attach(line)

    def test_all_files_together_are_limited(self, monkeypatch):
        line = GrantApplicationFactory().lines.get()
        monkeypatch.setattr("funding.actions.costs.MOST_BYTES", a_quote().size + 1)
        attach(line)
        with pytest.raises(actions.UnableToChange, match="together"):
            attach(line)


class TestSubmit:
    def test_freezes_terms_and_quote_and_tells_the_firm(self):
        application = GrantApplicationFactory(lines=[{}, {"description": "Fence", "net": "900", "is_committed": True}])
        submit(application)
        assert application.status == GrantApplication.Status.SUBMITTED
        assert application.terms == application.call.terms
        assert (application.quoted, application.quote["limit"]) == (Decimal("15000.00"), "rate")
        assert [line["why_not"] for line in application.quote["lines"]] == [None, "committed"]
        message = Message.objects.get(kind="grant_submitted")
        assert message.to == application.case.contact_email
        assert message.context["button"]["url"].endswith(application.get_absolute_url())

    def test_draft_has_no_quote(self):
        assert GrantApplication().quoted is None

    def test_needs_a_confirmed_address(self):
        application = GrantApplicationFactory()
        stranger = UserFactory(confirmed=False)
        with pytest.raises(actions.UnableToSubmit, match="Confirm your email"):
            actions.submit(application=application, by=stranger, at=WRITTEN)

    @pytest.mark.parametrize("field", ["title", "summary", "work", "benefit", "starts_on", "ends_on", "trl_end"])
    def test_needs_every_section(self, field):
        application = GrantApplicationFactory(**{field: None if field[-2:] in ("on", "nd") else ""})
        with pytest.raises(actions.UnableToSubmit, match="every section"):
            submit(application)

    def test_needs_a_cost(self):
        with pytest.raises(actions.UnableToSubmit, match="every section"):
            submit(GrantApplicationFactory(lines=[]))

    def test_needs_the_partner_that_the_terms_ask_for(self):
        application = GrantApplicationFactory()
        application.call.terms["research_partner"] = True
        application.call.save()
        with pytest.raises(actions.UnableToSubmit, match="every section"):
            submit(application)
        application.save_answers(research_partner="Robotics Centre")
        submit(application)

    def test_refused_quote_says_why(self):
        application = GrantApplicationFactory(lines=[{"is_committed": True}])
        with pytest.raises(actions.UnableToSubmit, match="None of the costs can be supported"):
            submit(application)

    def test_refused_after_the_call_has_closed(self):
        with pytest.raises(actions.UnableToSubmit, match="closed"):
            submit(GrantApplicationFactory(), at=CLOSES)

    def test_returned_application_may_come_back_after_the_call_has_closed(self):
        application = GrantApplicationFactory(returned=True)
        submit(application, at=CLOSES)
        assert application.status == GrantApplication.Status.SUBMITTED

    def test_a_start_that_has_come_is_moved_first(self):
        application = GrantApplicationFactory(starts_on=WRITTEN.date(), ends_on=date(2036, 8, 31))
        with pytest.raises(actions.UnableToSubmit, match="Choose a later one"):
            submit(application)

    def test_second_submit_changes_nothing(self):
        application = GrantApplicationFactory(submitted=True)
        stale = GrantApplication.objects.get(pk=application.pk)
        stale.status = "DRAFT"
        with pytest.raises(IllegalMove):
            submit(stale)
        assert Message.objects.filter(kind="grant_submitted").count() == 1

    def test_coming_back_asks_assessors_again(self):
        application = GrantApplicationFactory(assessed=True)
        approver = approver_of(application)
        actions.return_to_firm(application=application, reason="Which robot?", by=approver, at=WRITTEN)
        submit(application)
        review = Review.objects.get()
        assert review.submitted_at is None
        assert review.scores == SCORES
        assert application.assessed_by is None

    def test_answers_stand_once_sent(self):
        application = GrantApplicationFactory(submitted=True)
        with pytest.raises(IllegalMove):
            application.save_answers(title="Another")


def known_left(case):
    room = aid.rooms(case, date(2026, 11, 9), [case.organisation_id], known=True).get(case.organisation_id)
    return room.most if room else None


class TestHeadroom:
    def application(self, told, **rule):
        case = CaseFactory(programme=programme_with_aid_rule(**rule), accepted=True)
        case.check_result.facts["aid_received"] = told
        ledger.record_check(case.organisation, case.check_result, by=case.created_by, at=WRITTEN)
        return GrantApplicationFactory(case=case)

    def test_earlier_aid_limits_the_quote(self):
        told = [{"date": "2025-05-01", "amount": "305000.00", "basis": "mfa"}]
        application = self.application(told)
        submit(application)
        assert (application.quoted, application.quote["limit"]) == (Decimal("10000.00"), "aid_headroom")

    @pytest.mark.parametrize(
        ("entry", "left"), [({"date": None}, 314000), ({"amount": None}, 315000), ({"basis": None}, 314000)]
    )
    def test_half_known_aid_counts_as_the_worse(self, entry, left):
        told = [{"date": "2025-05-01", "amount": "1000.00", "basis": "mfa"} | entry]
        assert aid.left(self.application(told).case, date(2026, 11, 9)) == left

    def test_aid_never_told_leaves_what_is_on_record(self):
        case = self.application(None).case
        assert aid.left(case, date(2026, 11, 9)) == 315000
        assert not aid.is_told(case, date(2026, 11, 9))

    @pytest.mark.parametrize(("told", "known"), [(None, None), ([], 315000)])
    def test_a_quote_gives_no_pass_on_what_was_never_told(self, told, known):
        case = self.application(told).case
        assert known_left(case) == known
        AidRecordFactory(organisation=case.organisation)
        assert known_left(case) == 314000

    def test_programme_without_aid_rule_is_not_checked(self):
        case = CaseFactory(programme=ProgrammeFactory(version={"eligibility": {}}), accepted=True)
        assert aid.left(case, date(2026, 11, 9)) is None
        assert known_left(case) is None

    def test_awards_of_the_portal_count_even_when_nothing_was_told(self):
        application = self.application(None, limit="20000.00")
        second = GrantApplicationFactory(
            case=application.case, call=CallFactory(instrument=application.call.instrument, slug="b")
        )
        submit(second)
        assess(second)
        submit(application)
        assess(application)
        approve(application, amount=15000)
        with pytest.raises(actions.UnableToDecide, match="may have £5,000 more"):
            approve(second, amount="5000.01")
        approve(second, amount=5000)

    def test_aid_of_the_whole_group_counts(self):
        application = self.application([], limit="20000.00")
        other = OwnershipFactory(firm=application.case.organisation).other
        AidRecordFactory(organisation=other, amount=Decimal(15000))
        assert aid.left(application.case, date(2026, 11, 9)) == 5000

    def test_size_of_the_firm_comes_from_its_check(self):
        case = GrantApplicationFactory().case
        assert quoting.firm_size_of(case) is None
        case.check_result.size = {"category": "small"}
        assert quoting.firm_size_of(case) == "small"
        assert not SizeDeclaration.objects.exists()


class TestReview:
    def test_declaring_no_conflict_opens_the_review_once(self):
        application = GrantApplicationFactory(submitted=True)
        assessor = assessor_of(application)
        facts = {"application": application, "by": assessor, "at": WRITTEN}
        first = actions.declare(conflict="NONE", note="", **facts)
        assert actions.declare(conflict="HAS", note="changed my mind", **facts) == first
        assert Event.objects.filter(kind="review.declared", staff_only=True).count() == 1

    def test_people_of_the_firm_cannot_assess_it(self):
        application = GrantApplicationFactory(submitted=True)
        assessor = assessor_of(application)
        MembershipFactory(user=assessor, organisation=application.case.organisation)
        with pytest.raises(actions.UnableToReview, match="belong to this firm"):
            actions.declare(application=application, conflict="NONE", note="", by=assessor, at=WRITTEN)

    def test_draft_cannot_be_assessed(self):
        application = GrantApplicationFactory()
        with pytest.raises(actions.UnableToReview, match="not being assessed"):
            actions.declare(application=application, conflict="NONE", note="", by=UserFactory(), at=WRITTEN)

    def test_conflict_stands_in_the_way(self):
        application = GrantApplicationFactory(submitted=True)
        assessor = assessor_of(application)
        review = actions.declare(application=application, conflict="HAS", note="My cousin", by=assessor, at=WRITTEN)
        with pytest.raises(actions.UnableToReview, match="conflict"):
            send(review)
        with pytest.raises(IntegrityError, match="review_only_without_conflict"):
            Review.objects.update(submitted_at=WRITTEN, recommendation="FUND", total=1)

    def test_sending_brings_it_to_the_approver(self):
        application = GrantApplicationFactory(submitted=True)
        review = assess(application)
        assert application.status == GrantApplication.Status.ASSESSED
        assert application.assessed_by == review.assessor
        assert review.total == Decimal("70.00")

    def test_saving_does_not_count(self):
        application = GrantApplicationFactory(submitted=True)
        assessor = assessor_of(application)
        review = actions.declare(application=application, conflict="NONE", note="", by=assessor, at=WRITTEN)
        send(review, scores={"need": {"score": 4, "reason": ""}}, send=False)
        review.refresh_from_db()
        application.refresh_from_db()
        assert (review.submitted_at, review.scores["need"]["score"]) == (None, 4)
        assert application.status == GrantApplication.Status.SUBMITTED

    def test_second_sending_is_refused(self):
        application = GrantApplicationFactory(submitted=True)
        review = assess(application)
        with pytest.raises(actions.UnableToReview, match="already"):
            send(review)

    def test_another_assessor_may_still_answer(self):
        application = GrantApplicationFactory(assessed=True)
        first = application.assessed_by
        assess(application)
        assert Review.objects.sent().count() == 2
        assert application.assessed_by == first

    def test_more_answers_can_be_asked_for(self):
        application = GrantApplicationFactory(submitted=True)
        application.call.reviews_needed = 2
        application.call.save()
        assess(application)
        assert application.status == GrantApplication.Status.SUBMITTED
        assess(application)
        assert application.status == GrantApplication.Status.ASSESSED

    def test_refused_after_the_decision(self):
        application = GrantApplicationFactory(submitted=True)
        assessor = assessor_of(application)
        review = actions.declare(application=application, conflict="NONE", note="", by=assessor, at=WRITTEN)
        actions.withdraw(application=application, reason="No", by=application.created_by, at=WRITTEN)
        with pytest.raises(actions.UnableToReview, match="not being assessed"):
            send(review)


def send(review, **more):
    facts = {"scores": SCORES, "recommendation": "FUND", "comment": "", "send": True, "at": WRITTEN}
    actions.review(review=review, by=review.assessor, **facts | more)


class TestApprove:
    def test_makes_award_letter_and_mail(self):
        application = GrantApplicationFactory(assessed=True)
        award = approve(application, conditions=["Send us the risk assessment.", "  "])
        assert application.status == GrantApplication.Status.APPROVED
        assert (award.amount, award.status) == (Decimal("15000.00"), Award.Status.OFFERED)
        assert award.recommended_by == application.assessed_by
        assert award.letter.context["amount"] == "£15,000"
        assert award.offer["conditions"][-1] == "Send us the risk assessment."
        assert award.letter.state == Document.State.QUEUED
        assert Message.objects.filter(kind="offer_made").count() == 1
        assert Event.objects.filter(kind="award.offered").count() == 1

    def test_up_to_the_last_penny_of_the_budget(self):
        application = GrantApplicationFactory(assessed=True)
        application.call.budget = Decimal("15000.00")
        application.call.save()
        approve(application)
        assert Award.objects.committed_to(application.call) == Decimal("15000.00")

    def test_refused_beyond_the_budget_and_nothing_is_left_behind(self):
        application = GrantApplicationFactory(assessed=True)
        application.call.budget = Decimal("14999.99")
        application.call.save()
        with pytest.raises(actions.UnableToDecide, match=r"This call has £14,999\.99 left"):
            approve(application)
        application.refresh_from_db()
        assert application.status == GrantApplication.Status.ASSESSED
        assert not Award.objects.exists()
        assert not Document.objects.filter(template="funding/pdf/offer_letter.html").exists()
        assert not Message.objects.filter(kind="offer_made").exists()

    @pytest.mark.parametrize("amount", ["15000.01", "0", "-1"])
    def test_refused_outside_the_terms(self, amount):
        with pytest.raises(actions.UnableToDecide, match="the most you can offer is £15,000"):
            approve(GrantApplicationFactory(assessed=True), amount=amount)

    def test_lapsed_offer_gives_its_money_back(self):
        first = GrantApplicationFactory(approved=True)
        call = first.call
        call.budget = Decimal("15000.00")
        call.save()
        first.award.lapse(by=None, at=WRITTEN)
        second = GrantApplicationFactory(
            case=CaseFactory(programme=first.case.programme, accepted=True), call=call, assessed=True
        )
        approve(second)

    def test_assessor_cannot_decide(self):
        application = GrantApplicationFactory(assessed=True)
        with pytest.raises(actions.UnableToDecide, match="You assessed"):
            approve(application, by=application.assessed_by)
        with pytest.raises(actions.UnableToDecide, match="You assessed"):
            actions.decline(application=application, reason="No", by=application.assessed_by, at=WRITTEN)

    def test_who_declared_a_conflict_cannot_decide(self):
        application = GrantApplicationFactory(assessed=True)
        other = assessor_of(application)
        actions.declare(application=application, conflict="HAS", note="My cousin", by=other, at=WRITTEN)
        with pytest.raises(actions.UnableToDecide):
            approve(application, by=other)

    def test_people_of_the_firm_cannot_decide(self):
        application = GrantApplicationFactory(assessed=True)
        with pytest.raises(actions.UnableToDecide, match="belong to this firm"):
            approve(application, by=application.case.created_by)

    @pytest.mark.parametrize("answers", [True, False])
    def test_nor_can_people_of_a_partner(self, answers):
        application = GrantApplicationFactory(assessed=True)
        by = approver_of(application)
        partner = MembershipFactory()
        application.partners.create(
            name="Welders Ltd", email="w@welders.example", organisation=partner.organisation, status="DONE",
            contact=by if answers else partner.user, invited_at=WRITTEN, invited_by=application.created_by,
            updated_at=WRITTEN,
        )  # fmt: skip
        if not answers:
            MembershipFactory(user=by, organisation=partner.organisation)
        with pytest.raises(actions.UnableToDecide, match="belong to this firm"):
            approve(application, by=by)

    def test_database_keeps_four_eyes(self):
        application = GrantApplicationFactory(approved=True)
        assessor = application.assessed_by
        with pytest.raises(IntegrityError, match="award_offered_by_another"), transaction.atomic():
            Award.objects.filter(pk=application.award.pk).update(recommended_by=application.award.offered_by)
        with pytest.raises(IntegrityError, match="grant_decided_by_another"), transaction.atomic():
            GrantApplication.objects.filter(pk=application.pk).update(decided_by=assessor)

    def test_firm_that_is_not_eligible_any_more_gets_no_offer(self):
        application = GrantApplicationFactory(assessed=True)
        override = EligibilityOverrideFactory(case=application.case)
        EligibilityCheck.objects.filter(pk=override.check_result_id).update(findings=[override.finding])
        with pytest.raises(actions.UnableToDecide, match="What you make"):
            approve(GrantApplication.objects.get(pk=application.pk))
        override.confirm(by=approver_of(application), at=WRITTEN)
        assert approve(GrantApplication.objects.get(pk=application.pk)).status == Award.Status.OFFERED

    def test_database_keeps_every_assessor_from_offering(self):
        application = GrantApplicationFactory(assessed=True)
        other = assess(application).assessor
        approve(application)
        with pytest.raises(Exception, match="An assessor of an application may not offer"), transaction.atomic():
            Award.objects.update(offered_by=other)

    def test_refused_when_the_firm_has_changed_it(self):
        application = GrantApplicationFactory(assessed=True)
        seen = quoting.fingerprint(application)
        actions.return_to_firm(application=application, reason="?", by=approver_of(application), at=WRITTEN)
        submit(application, at=WRITTEN + timedelta(hours=1))
        review = Review.objects.get()
        send(review)
        with pytest.raises(actions.UnableToDecide, match="changed"):
            actions.approve(
                application=application, amount=Decimal(1), accept_by=date(2026, 12, 9), seen=seen,
                by=approver_of(application), at=WRITTEN,
            )  # fmt: skip

    def test_refused_before_it_is_assessed_and_after_the_decision(self):
        application = GrantApplicationFactory(submitted=True)
        with pytest.raises(IllegalMove):
            approve(application)
        decided = GrantApplicationFactory(approved=True)
        with pytest.raises(IllegalMove):
            approve(decided)
        with pytest.raises(IllegalMove):
            actions.decline(application=decided, reason="No", by=approver_of(decided), at=WRITTEN)

    def test_refused_with_a_last_day_that_has_been(self):
        with pytest.raises(actions.UnableToDecide, match="last day"):
            approve(GrantApplicationFactory(assessed=True), accept_by=date(2026, 11, 8))

    def test_decline_tells_the_firm_why(self):
        application = GrantApplicationFactory(assessed=True)
        actions.decline(application=application, reason="Too little gain.", by=approver_of(application), at=WRITTEN)
        application.refresh_from_db()
        assert (application.status, application.reason) == ("DECLINED", "Too little gain.")
        assert Message.objects.filter(kind="grant_declined").exists()

    def test_managers_words_stand_in_the_letter(self):
        application = GrantApplicationFactory(assessed=True)
        Text.objects.create(
            programme=application.case.programme, key="offer.conditions", language="en-gb",
            body="Spend $amount well.\n\nFinish by $ends_on.",
        )  # fmt: skip
        assert approve(application).offer["conditions"] == ["Spend £15,000 well.", "Finish by 31 August 2036."]

    @pytest.mark.parametrize(("basis", "words"), [("mfa", "Minimal Financial"), ("de_minimis", "de minimis aid")])
    def test_offer_tells_of_public_support(self, basis, words):
        case = CaseFactory(programme=programme_with_aid_rule(basis=basis), accepted=True)
        award = approve(GrantApplicationFactory(case=case, assessed=True))
        assert words in award.offer["aid_statement"]
        assert "£15,000" in award.offer["aid_statement"]


class TestOffer:
    def test_accepted_until_the_end_of_the_last_day_in_the_programmes_zone(self):
        award = GrantApplicationFactory(approved=True).award
        accept(award, at=datetime(2026, 12, 9, 23, 59, 59, tzinfo=UTC))
        award.refresh_from_db()
        assert award.status == Award.Status.ACCEPTED
        assert award.is_live

    def test_refused_clearly_after_it(self):
        award = GrantApplicationFactory(approved=True).award
        with pytest.raises(actions.UnableToAccept, match="until 9 December 2026"):
            accept(award, at=datetime(2026, 12, 10, 0, 0, tzinfo=UTC))

    def test_another_offer_than_the_one_read_is_refused(self):
        award = GrantApplicationFactory(approved=True).award
        with pytest.raises(actions.UnableToAccept, match="not the one you read"):
            accept(award, offer_hash="0" * 64)
        award.offer["amount"] = "20000.00"
        with pytest.raises(actions.UnableToAccept, match="not the one you read"):
            accept(award)

    def test_second_acceptance_changes_nothing(self):
        award = GrantApplicationFactory(accepted=True).award
        with pytest.raises(IllegalMove):
            accept(award)
        assert Message.objects.filter(kind="offer_accepted").count() == 1

    def test_turned_down_and_withdrawn_offers_give_the_money_back(self):
        award = GrantApplicationFactory(approved=True).award
        actions.turn_down_offer(award=award, reason="Too late", by=award.application.created_by, at=WRITTEN)
        assert Award.objects.committed_to(award.call) == 0
        other = GrantApplicationFactory(accepted=True).award
        actions.withdraw_offer(award=other, reason="Fraud", by=other.offered_by, at=WRITTEN)
        assert Award.objects.committed_to(other.call) == 0
        other.refresh_from_db()
        assert not other.is_live

    def test_late_offers_lapse_once(self):
        late = GrantApplicationFactory(approved=True).award
        accepted = GrantApplicationFactory(accepted=True).award
        at = datetime(2026, 12, 10, 9, tzinfo=UTC)
        assert lapse_late(at=datetime(2026, 12, 9, 23, tzinfo=UTC)) == 0
        assert lapse_late(at=at) == 1
        assert lapse_late(at=at) == 0
        late.refresh_from_db()
        accepted.refresh_from_db()
        assert (late.status, accepted.status) == ("LAPSED", "ACCEPTED")
        assert Message.objects.filter(kind="offer_lapsed").count() == 1

    def test_offer_accepted_in_the_last_moment_does_not_lapse(self, monkeypatch):
        award = GrantApplicationFactory(approved=True).award

        def firm_was_faster(self, today):
            current = Award.objects.get(pk=award.pk)
            record_baseline(current)
            current.confirm_aid(by=award.offered_by, at=WRITTEN)
            current.accept(by=award.offered_by, at=WRITTEN)
            return True

        monkeypatch.setattr(Award, "is_late", firm_was_faster)
        assert lapse_late(at=datetime(2026, 12, 10, 9, tzinfo=UTC)) == 0
        award.refresh_from_db()
        assert award.status == Award.Status.ACCEPTED

    def test_task_lapses_by_the_clock(self):
        GrantApplicationFactory(approved=True)
        lapse_offers()
        assert Award.objects.get().status == Award.Status.OFFERED


class TestEndWithCase:
    def test_applications_offers_and_awards_end_with_the_case(self):
        draft = GrantApplicationFactory()
        case = draft.case
        offered = GrantApplicationFactory(case=case, approved=True)
        accepted = GrantApplicationFactory(case=case, accepted=True)
        applications.withdraw(case=case, reason="Sold the firm", by=case.created_by, at=WRITTEN)
        for one in (draft, offered.award, accepted.award):
            one.refresh_from_db()
        assert draft.status == GrantApplication.Status.WITHDRAWN
        assert (offered.award.status, accepted.award.status) == ("LAPSED", "WITHDRAWN")


class TestScope:
    def test_staff_see_no_draft(self, case, call, adviser):
        application = start(case, call)
        assert not GrantApplication.objects.visible_to(adviser).exists()
        assert GrantApplication.objects.visible_to(case.created_by).get() == application

    def test_assessor_sees_others_after_answering(self):
        application = GrantApplicationFactory(submitted=True)
        first = assess(application)
        second = assessor_of(application)
        assert list(Review.objects.visible_to(first.assessor)) == [first]
        assert not Review.objects.visible_to(second).exists()
        own = actions.declare(application=application, conflict="NONE", note="", by=second, at=WRITTEN)
        assert list(Review.objects.visible_to(second)) == [own]
        send(own)
        assert set(Review.objects.visible_to(second)) == {first, own}

    @pytest.mark.parametrize("role", [Role.APPROVER, Role.MANAGER, Role.AUDITOR, Role.ADVISER, Role.FINANCE])
    def test_who_does_not_assess_sees_what_was_sent(self, role):
        application = GrantApplicationFactory(submitted=True)
        assess(application)
        actions.declare(application=application, conflict="NONE", note="", by=assessor_of(application), at=WRITTEN)
        user = AssignmentFactory(programme=application.case.programme, role=role).user
        assert Review.objects.visible_to(user).count() == 1

    def test_firm_and_strangers_see_no_review(self, outsider):
        application = GrantApplicationFactory(assessed=True)
        assert not Review.objects.visible_to(application.case.created_by).exists()
        assert not Review.objects.visible_to(outsider).exists()

    def test_parts_are_seen_with_their_application(self, outsider):
        application = GrantApplicationFactory(approved=True)
        owner = application.case.created_by
        for model in (GrantApplication, BudgetLine, Award):
            assert model.objects.visible_to(owner).count() == 1
            assert model.objects.visible_to(outsider).count() == 0

    def test_nobody_signed_in_sees_nothing(self):
        from django.contrib.auth.models import AnonymousUser  # noqa: PLC0415

        for model in (GrantApplication, BudgetLine, Award, Quote, Review):
            assert not model.objects.visible_to(AnonymousUser()).exists()

from decimal import Decimal

import pytest
from django.db import IntegrityError, InternalError, transaction

from funding.models import Award, BudgetLine, GrantApplication, Quote, Review
from portal.workflow import IllegalMove, Turn
from tests.factories.applications import CaseFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory, a_quote, approver_of
from tests.funding.test_actions import attach

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [GrantApplication, Award])
def test_every_status_has_its_moves_turn_and_words(model):
    names = set(model.Status)
    assert set(model.MOVES) == set(model.TURN) == set(model.PUBLIC_LABELS) == names
    assert all(targets <= names for targets in model.MOVES.values())


def test_rows_say_what_they_are():
    application = GrantApplicationFactory(approved=True)
    reference = f"{application.case.reference}/1"
    assert str(application) == application.reference == reference
    assert str(application.lines.get()) == "Six-axis robot with gripper"
    assert str(application.award) == f"{reference}: 15000.00 GBP"
    assert str(Review.objects.get()).startswith(f"{reference}: ")
    quote = attach(GrantApplicationFactory().lines.get(), a_quote("robot.pdf"))
    assert str(quote) == "Robots of Preston: robot.pdf"
    assert application.award.public_label == "Offer to accept"


def test_waiting_on():
    sent = GrantApplicationFactory(submitted=True)
    assessed = GrantApplicationFactory(case=sent.case, assessed=True)
    assert list(GrantApplication.objects.waiting_on(Turn.ASSESSOR)) == [sent]
    assert list(GrantApplication.objects.waiting_on(Turn.APPROVER)) == [assessed]
    assert set(GrantApplication.objects.open()) == {sent, assessed}
    assert sent.is_open
    assert not sent.is_editable


def test_decided_application_does_not_move():
    application = GrantApplicationFactory(approved=True)
    with pytest.raises(IllegalMove):
        application.withdraw(by=application.created_by, at=WRITTEN)
    with pytest.raises(IllegalMove):
        application.decline(by=approver_of(application), at=WRITTEN, reason="No")


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"ends_on": "2027-02-28"}, "grant_ends_after_it_starts"),
        ({"trl_start": 10}, "grant_readiness_from_1_to_9"),
        ({"trl_end": 0}, "grant_readiness_from_1_to_9"),
        ({"requested": 0}, "grant_requested_is_positive"),
        ({"submitted_at": WRITTEN}, "grant_submitted_at_and_by"),
        ({"decided_at": WRITTEN}, "grant_decided_at_and_by"),
        ({"assessed_at": WRITTEN}, "grant_assessed_at_and_by"),
        ({"withdrawn_at": WRITTEN}, "grant_withdrawn_at_and_by"),
    ],
)
def test_database_refuses_what_cannot_be(changes, constraint):
    application = GrantApplicationFactory()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        GrantApplication.objects.filter(pk=application.pk).update(**changes)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"aid_confirmed_at": WRITTEN}, "award_aid_confirmed_at_and_by"),
        ({"accepted_at": WRITTEN}, "award_accepted_at_and_by"),
        ({"status": "ACCEPTED"}, "award_accepted_by_somebody"),
    ],
)
def test_database_refuses_an_award_that_cannot_be(changes, constraint):
    award = GrantApplicationFactory(approved=True).award
    award.record_baseline(
        employees=Decimal(9), turnover=Decimal(9), output_per_hour=Decimal(9), period_end=WRITTEN.date(),
        by=award.application.created_by, at=WRITTEN,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Award.objects.update(**changes)


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_database_refuses_an_award_of_nothing(amount):
    award = GrantApplicationFactory(approved=True).award
    award.pk = None
    award.amount = amount
    with pytest.raises(IntegrityError, match="award_amount_is_positive"), transaction.atomic():
        award.save(force_insert=True)


def test_database_keeps_the_offer_as_it_was():
    GrantApplicationFactory(approved=True)
    for changes in ({"amount": 1}, {"offer": {}}, {"aid_basis": ""}):
        with pytest.raises(InternalError, match="offer_stays"), transaction.atomic():
            Award.objects.update(**changes)


def test_one_open_application_for_an_action_under_a_call():
    first = GrantApplicationFactory()
    with pytest.raises(IntegrityError, match="one_open_grant_application_per_action"), transaction.atomic():
        GrantApplicationFactory(case=first.case, call=first.call)
    first.withdraw(by=first.created_by, at=WRITTEN)
    GrantApplicationFactory(case=first.case, call=first.call)


def test_committed_day_needs_a_committed_cost():
    line = GrantApplicationFactory().lines.get()
    with pytest.raises(IntegrityError, match="line_committed_on"), transaction.atomic():
        BudgetLine.objects.filter(pk=line.pk).update(committed_on="2026-10-01")


def test_sent_review_is_complete():
    GrantApplicationFactory(assessed=True)
    for changes in ({"recommendation": ""}, {"total": None}):
        with pytest.raises(IntegrityError, match="review_sent_is_complete"), transaction.atomic():
            Review.objects.update(**changes)


def test_quote_goes_with_its_line_only():
    line = GrantApplicationFactory().lines.get()
    attach(line)
    with pytest.raises(IntegrityError, match="quote_amount_not_negative"), transaction.atomic():
        Quote.objects.update(amount=-1)


def test_letter_names_the_firms_postcode_once():
    def recipient(address):
        case = CaseFactory(accepted=True, organisation__address=address)
        return GrantApplicationFactory(case=case, approved=True).award.letter.context["recipient"]

    assert recipient("1 Mill Lane\nPreston")[-2:] == ["Preston", "PR1 2HE"]
    assert recipient("1 Mill Lane\nPreston PR1 2HE")[-1] == "Preston PR1 2HE"

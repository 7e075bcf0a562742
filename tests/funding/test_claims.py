"""The firm claims: what it may, when, and what is frozen when it is sent."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest

from documents.models import Document, Upload
from documents.tasks import render_document
from funding import claiming
from funding.actions import claims as actions
from funding.models import Award, Claim, ClaimLine, Forecast
from notifications.models import Message
from portal.workflow import IllegalMove
from tests.factories.claims import (
    ENDS,
    EQUIPMENT,
    a_claim,
    a_file,
    add_line,
    approved_claim,
    firm_of,
    running_award,
    send,
    sent_claim,
    show_milestones,
)
from tests.factories.funding import WRITTEN, GrantApplicationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def award():
    return running_award()


class TestStart:
    def test_what_has_ended_is_claimed_as_one(self, award):
        claim = a_claim(award)
        assert (claim.period_from, claim.period_to, claim.number) == (date(2026, 3, 1), ENDS, 1)
        assert claim.is_final, "with the last stretch of the project everything is claimed"

    def test_unsent_one_is_given_back(self, award):
        assert a_claim(award) == a_claim(award)

    def test_repeat_gives_the_one_made(self, award):
        facts = {"award": award, "partner": None, "is_final": False, "key": uuid.uuid4(), "by": firm_of(award)}
        first = actions.start_claim(at=WRITTEN, **facts)
        add_line(first)
        show_milestones(first)
        send(first)
        assert actions.start_claim(at=WRITTEN, **facts) == first

    def test_after_the_final_claim_there_is_none(self, award):
        sent_claim(award, is_final=True)
        with pytest.raises(actions.UnableToClaim, match="Everything of this project has been claimed"):
            a_claim(award)

    def test_before_a_stretch_has_ended(self):
        award = running_award(starts_on=date(2026, 10, 1), ends_on=date(2027, 3, 31))
        with pytest.raises(actions.UnableToClaim, match="from 1 January 2027"):
            a_claim(award)
        assert a_claim(award, is_final=True).period_to == WRITTEN.date()

    def test_second_claim_follows_the_first(self):
        award = running_award(starts_on=date(2026, 3, 1), ends_on=date(2027, 3, 1))
        first = sent_claim(award)
        assert (first.period_to, first.is_final) == (ENDS, False)
        with pytest.raises(actions.UnableToClaim, match="from 1 December 2026"):
            a_claim(award)
        second = a_claim(award, at=WRITTEN + timedelta(days=30))
        assert (second.number, second.period_from, second.period_to) == (2, date(2026, 9, 1), date(2026, 11, 30))

    def test_only_while_the_award_runs(self):
        award = GrantApplicationFactory(approved=True).award
        with pytest.raises(actions.UnableToClaim, match="once the offer is accepted"):
            a_claim(award)

    def test_not_before_what_comes_first_is_settled(self, award):
        Award.objects.update(started_at=None, started_by=None)
        award.conditions.create(position=99, text="Show the permit.", before_start=True)
        with pytest.raises(actions.UnableToClaim, match="Settle first"):
            a_claim(award)

    def test_award_without_dates(self):
        award = running_award(starts_on=None)
        assert claiming.next_chance(award, WRITTEN.date()) is None
        with pytest.raises(actions.UnableToClaim):
            a_claim(award)


class TestCosts:
    def test_kept_once_and_changed_with_its_files(self, award, django_capture_on_commit_callbacks):
        claim = a_claim(award)
        line = add_line(claim, invoice_number=" inv 17/a ")
        assert (line.invoice_key, Upload.objects.count()) == ("INV17A", 2)
        again = ClaimLine(creation_key=line.creation_key, category=EQUIPMENT)
        kept = actions.save_claim_line(claim=claim, line=again, by=firm_of(award), at=WRITTEN)
        assert kept == line
        with django_capture_on_commit_callbacks(execute=True):
            actions.save_claim_line(claim=claim, line=line, invoice=a_file(), by=firm_of(award), at=WRITTEN)
        assert Upload.objects.count() == 2
        actions.remove_claim_line(line=line)
        assert (ClaimLine.objects.count(), Upload.objects.count()) == (0, 0)

    def test_same_key_in_another_claim_is_out_of_date(self, award):
        line = add_line(a_claim(award))
        other = a_claim(running_award())
        with pytest.raises(actions.UnableToClaim, match="out of date"):
            add_line(other, creation_key=line.creation_key)

    def test_kind_outside_the_budget(self, award):
        with pytest.raises(actions.UnableToClaim, match="not in your budget"):
            add_line(a_claim(award), category="labour")

    def test_not_once_it_was_sent(self, award):
        claim = sent_claim(award)
        with pytest.raises(actions.UnableToClaim, match="has been sent"):
            add_line(claim)

    def test_too_many_files(self, award, monkeypatch):
        monkeypatch.setattr(actions, "MOST_FILES", 1)
        with pytest.raises(actions.UnableToClaim, match="at most"):
            add_line(a_claim(award))


class TestSend:
    def test_figures_receipt_and_mail(self, award):
        claim = sent_claim(award, net="20000")
        assert claim.status == Claim.Status.SUBMITTED
        assert claim.figures == {
            "method": "offer_rate", "limit": "", "claimed": "20000.00", "accepted": "20000.00", "gross": "10000.00",
            "retained": "0.00", "released": "0.00", "payable": "10000.00",
        }  # fmt: skip
        assert Message.objects.filter(kind="claim_received").count() == 1
        assert claim.receipt.context["claimed"] == "£20,000"
        render_document(document_id=str(claim.receipt_id))
        assert Document.objects.get(pk=claim.receipt_id).is_ready

    def test_retention_is_kept_and_freed(self):
        award = running_award(ends_on=date(2027, 3, 1), claim_terms={"retention_percent": "10"})
        first = approved_claim(award, net="20000")
        assert (first.payable, first.retained) == (Decimal(9000), Decimal(1000))
        last = sent_claim(award, net="10000", is_final=True)
        assert (last.figures["gross"], last.figures["released"], last.payable) == ("5000.00", "1000.00", Decimal(6000))

    def test_everything_missing_is_said(self, award):
        claim = a_claim(award)
        add_line(claim, files=False, paid_on=None)
        with pytest.raises(actions.UnableToClaim) as error:
            actions.send_claim(claim=claim, declared="", by=firm_of(award), at=WRITTEN)
        for words in ("Add the invoice", "proof of payment", "Say what was done"):
            assert words in str(error.value)

    def test_final_claim_waits_for_earlier_ones_and_for_milestones(self):
        award = running_award(ends_on=date(2027, 3, 1))
        award.application.milestones.create(title="Runs", due_on=date(2026, 8, 1), evidence="A film")
        sent_claim(award)
        last = a_claim(award, is_final=True)
        with pytest.raises(actions.UnableToClaim) as error:
            send(last)
        assert "earlier claims" in str(error.value)
        assert "each milestone" in str(error.value)

    def test_second_click_sends_nothing(self, award):
        claim = sent_claim(award)
        with pytest.raises(IllegalMove):
            actions.send_claim(claim=claim, declared="", by=firm_of(award), at=WRITTEN)
        assert Document.objects.filter(template="funding/pdf/claim_receipt.html").count() == 1

    def test_not_when_the_award_has_ended(self, award):
        claim = a_claim(award)
        add_line(claim)
        Award.objects.filter(pk=award.pk).update(status="WITHDRAWN")
        with pytest.raises(actions.UnableToClaim, match="nothing can be claimed"):
            send(claim)

    def test_withdrawn_stretch_can_be_claimed_again(self, award):
        claim = sent_claim(award)
        actions.withdraw_claim(claim=claim, by=firm_of(award), at=WRITTEN)
        assert a_claim(award).number == 2


class TestForecast:
    def test_kept_and_replaced(self, award):
        first = date(2026, 3, 1)
        for amount in (Decimal(5), Decimal(7)):
            actions.save_forecast(award=award, amounts={(first, EQUIPMENT): amount}, by=firm_of(award), at=WRITTEN)
        assert Forecast.objects.get().amount == 7
        assert Forecast.objects.get().period_to == date(2026, 5, 31)

    def test_not_for_an_ended_award(self, award):
        Award.objects.filter(pk=award.pk).update(status="WITHDRAWN")
        with pytest.raises(actions.UnableToClaim):
            actions.save_forecast(award=award, amounts={}, by=firm_of(award), at=WRITTEN)


def test_ledger_counts_what_stands():
    award = running_award(ends_on=date(2027, 3, 1), claim_terms={"retention_percent": "10"})
    approved_claim(award, net="20000")
    ledger = claiming.ledger_of(award, Claim.objects.filter(award=award))
    assert (ledger.awarded, ledger.claimed, ledger.agreed, ledger.held, ledger.paid) == (15000, 10000, 9000, 1000, 0)
    assert (ledger.left, ledger.owed) == (6000, 9000)
    row = claiming.ledger_rows(award)[0]
    assert (row.eligible, row.claimed, row.accepted, row.left) == (30000, 20000, 20000, 10000)


def test_spending_by_stretch_of_the_project():
    award = running_award()
    claim = a_claim(award)
    for day in (date(2026, 2, 1), date(2026, 6, 1), date(2026, 12, 1)):
        add_line(claim, net="100", invoice_on=day)
    periods = claiming.rules.periods(award.starts_on, award.ends_on, 3)
    assert claiming.spent_by_period(award, periods) == [100, 200]

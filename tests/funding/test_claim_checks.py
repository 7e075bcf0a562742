"""Staff check a claim, ask about it, and another person agrees; never more than the award."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.permissions import Role
from funding import claiming
from funding.actions import claim_checks as actions
from funding.actions import claims
from funding.models import Award, Claim
from notifications.models import Message
from portal.workflow import IllegalMove
from tests.factories.accounts import AssignmentFactory
from tests.factories.claims import (
    a_claim,
    a_file,
    add_line,
    approve,
    approved_claim,
    check,
    firm_of,
    running_award,
    send,
    sent_claim,
    staff_of,
)
from tests.factories.funding import WRITTEN

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim():
    return sent_claim(running_award(ends_on=date(2027, 3, 1)), net="20000")


def test_less_is_accepted_with_a_reason(claim):
    check(claim, accepted="12000", why="The cover is not part of the project.")
    assert (claim.status, claim.payable) == ("CHECKED", Decimal(6000))
    assert claim.figures["claimed"] == "20000.00"
    approve(claim)
    assert (claim.status, claim.payable) == ("APPROVED", Decimal(6000))
    assert Message.objects.filter(kind="claim_agreed").count() == 1


@pytest.mark.parametrize(
    ("facts", "words"), [({"accepted": "1"}, "Say why less"), ({"accepted": "20000.01"}, "cannot accept more")]
)
def test_what_a_check_refuses(claim, facts, words):
    with pytest.raises(actions.UnableToCheck, match=words):
        check(claim, **facts)


def test_every_cost_is_looked_at(claim):
    with pytest.raises(actions.UnableToCheck, match="every cost"):
        actions.check_claim(
            claim=claim, decisions={}, seen=claim.updated_at.isoformat(), by=staff_of(claim.award, Role.ADVISER),
            at=WRITTEN,
        )  # fmt: skip


def test_nobody_works_on_the_claim_of_their_own_firm(claim):
    own = AssignmentFactory(user=firm_of(claim.award), programme=claim.award.application.case.programme).user
    with pytest.raises(actions.UnableToCheck, match="own firm"):
        check(claim, by=own)
    check(claim)
    with pytest.raises(actions.UnableToCheck, match="own firm"):
        approve(claim, by=own)


def test_four_eyes(claim):
    manager = staff_of(claim.award, Role.MANAGER)
    check(claim, by=manager)
    with pytest.raises(actions.UnableToCheck, match="somebody else"):
        approve(claim, by=manager)


def test_only_what_was_read_is_answered(claim):
    seen = claim.updated_at.isoformat()
    check(claim, at=WRITTEN + timedelta(hours=1))
    facts = {"claim": claim, "seen": seen, "at": WRITTEN}
    with pytest.raises(actions.UnableToCheck, match="has changed"):
        actions.check_claim(decisions={}, by=staff_of(claim.award, Role.ADVISER), **facts)
    with pytest.raises(actions.UnableToCheck, match="has changed"):
        actions.approve_claim(by=staff_of(claim.award, Role.APPROVER), **facts)


def test_not_approved_before_it_is_checked(claim):
    with pytest.raises(IllegalMove):
        approve(claim)


def test_question_and_answer_and_the_clock_between(claim):
    assert claiming.answer_by(claim) == date(2026, 12, 7)
    actions.ask_about_claim(claim=claim, question="Which robot?", by=staff_of(claim.award, Role.ADVISER), at=WRITTEN)
    claim.refresh_from_db()
    assert (claim.status, claiming.answer_by(claim)) == ("QUERIED", None)
    with pytest.raises(claims.UnableToClaim, match="Answer our question"):
        send(claim)
    send(claim, answer="The large one.", at=WRITTEN + timedelta(days=7))
    assert claim.queries.get().answer == "The large one."
    assert claim.submitted_at == WRITTEN, "the promise counts from the first sending"
    assert claiming.answer_by(claim) == date(2026, 12, 14)


def test_sent_back_and_rejected(claim):
    check(claim)
    actions.send_claim_back(claim=claim, reason="Look at the VAT.", by=staff_of(claim.award, Role.APPROVER), at=WRITTEN)
    claim.refresh_from_db()
    assert (claim.status, claim.checked_by) == ("SUBMITTED", None)
    actions.reject_claim(claim=claim, reason="No robot.", by=staff_of(claim.award, Role.ADVISER), at=WRITTEN)
    claim.refresh_from_db()
    assert (claim.status, claim.reason) == ("REJECTED", "No robot.")


def test_second_claim_takes_only_what_is_left(claim):
    """Both were checked while neither was agreed: the second is worked out again before it is agreed."""
    second = a_claim(claim.award, is_final=True)
    add_line(second, net="20000")
    Claim.objects.filter(pk=second.pk).update(is_final=False)
    second.refresh_from_db()
    send(second)
    for one in (claim, second):
        check(one)
        assert one.payable == Decimal(10000)
    approve(claim)
    with pytest.raises(actions.UnableToCheck, match="£5,000 of the grant is left, and this claim now comes to £5,000"):
        approve(second)
    actions.send_claim_back(claim=second, reason="Again.", by=staff_of(claim.award, Role.APPROVER), at=WRITTEN)
    check(second)
    approve(second)
    assert (second.payable, second.figures["limit"]) == (Decimal(5000), "category")


def test_last_claim_that_comes_to_nothing_completes_the_award():
    award = running_award(ends_on=date(2027, 3, 1))
    first = approved_claim(award, net="10000")
    Claim.objects.filter(pk=first.pk).update(status="PAID", paid_on=WRITTEN.date())
    last = approved_claim(award, net="", is_final=True)
    award = Award.objects.get(pk=award.pk)
    assert (last.status, last.payable) == ("PAID", Decimal(0))
    assert (award.status, award.committed) == ("COMPLETED", Decimal(5000))


class TestSameInvoice:
    def test_by_number_and_supplier_across_firms(self, claim):
        one = sent_claim(running_award(), invoice_number="INV-17", supplier="Robots of Preston Ltd")
        other = sent_claim(running_award(), invoice_number="inv 17", supplier="ROBOTS OF PRESTON LIMITED")
        sent_claim(running_award(), invoice_number="INV-17", supplier="Somebody else")
        line = other.lines.get()
        assert claiming.same_invoices([line]) == {line.pk: [one.lines.get()]}

    def test_by_the_very_file(self):
        file = a_file()
        lines = []
        for _firm in range(2):
            line = add_line(a_claim(running_award()), supplier=f"S{_firm}")
            file.seek(0)
            lines.append(
                claims.save_claim_line(
                    claim=line.claim, line=line, invoice=file, by=firm_of(line.claim.award), at=WRITTEN
                )
            )
        assert claiming.same_invoices([lines[0]]) == {lines[0].pk: [lines[1]]}

    def test_not_in_what_was_refused(self, claim):
        line = claim.lines.get()
        other = sent_claim(running_award(), invoice_number=line.invoice_number)
        actions.reject_claim(claim=other, reason="No.", by=staff_of(other.award, Role.ADVISER), at=WRITTEN)
        assert claiming.same_invoices([line]) == {}
        assert claiming.same_invoices([]) == {}

"""Several people at one claim, one award or one run at the same moment, on a real database."""

import uuid
from datetime import date

import pytest

from accounts.permissions import Role
from documents.models import Document
from funding.actions import claim_checks, claims, payments
from funding.models import Award, Claim, Payment, PaymentRun
from portal.workflow import IllegalMove
from tests.factories.claims import (
    a_claim,
    add_line,
    approved_claim,
    check,
    firm_of,
    running_award,
    send,
    sent_claim,
    show_milestones,
    staff_of,
)
from tests.factories.funding import WRITTEN
from tests.funding.test_payments import in_use
from tests.parallel import FEW, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def two_claims_on_the_last_of_an_award():
    """Both were checked while neither was agreed, together worth more than the award: exactly one may pass."""
    award = running_award(ends_on=date(2027, 3, 1))
    first = sent_claim(award, net="20000")
    second = a_claim(award, is_final=True)
    add_line(second, net="20000")
    Claim.objects.filter(pk=second.pk).update(is_final=False)
    second.refresh_from_db()
    send(second)
    both = (first, second)
    for one in both:
        check(one)
    approvers = [staff_of(award, Role.APPROVER) for _claim in both]
    found = at_once(
        2,
        lambda number: claim_checks.approve_claim(
            claim=both[number], seen=both[number].updated_at.isoformat(), by=approvers[number], at=WRITTEN
        ),
    )
    agreed = Claim.objects.filter(award=award, status="APPROVED")
    refused = [one for one in found if isinstance(one, claim_checks.UnableToCheck)]
    return (found.count(None), len(refused), sum(one.payable for one in agreed) <= award.amount) == (1, 1, True)


@pytest.mark.parametrize("repetition", range(FEW))
def test_claims_never_pass_the_award_together(repetition):
    assert two_claims_on_the_last_of_an_award()


def test_many_clicks_send_one():
    award = running_award()
    claim = a_claim(award)
    add_line(claim)
    show_milestones(claim)
    claim.save_answers(summary="It runs.")
    found = at_once(4, lambda number: claims.send_claim(claim=claim, declared="Yes.", by=firm_of(award), at=WRITTEN))
    assert found.count(None) == 1
    assert sum(isinstance(one, IllegalMove) for one in found) == 3
    assert Document.objects.filter(template="funding/pdf/claim_receipt.html").count() == 1


def test_two_runs_at_once_pay_a_claim_once():
    award = running_award()
    in_use(award)
    claim = approved_claim(award)
    officers = [staff_of(award, Role.FINANCE) for _officer in range(2)]
    programme = award.application.case.programme
    found = at_once(
        2,
        lambda number: payments.make_run(
            programme=programme, claims=[claim.pk], key=uuid.uuid4(), by=officers[number], at=WRITTEN
        ),
    )
    assert sum(isinstance(one, PaymentRun) for one in found) == 1
    assert sum(isinstance(one, payments.UnableToPay) for one in found) == 1
    assert Payment.objects.count() == 1


def test_two_that_start_a_claim_make_one():
    award = running_award()
    owner = firm_of(award)
    found = at_once(
        3,
        lambda number: claims.start_claim(
            award=award, partner=None, is_final=False, key=uuid.uuid4(), by=owner, at=WRITTEN
        ),
    )
    assert len({one.pk for one in found}) == 1
    assert Award.objects.get(pk=award.pk).claims.count() == 1

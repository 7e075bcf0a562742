"""Several people at one claim, one award or one run at the same moment, on a real database."""

import uuid

import pytest

from accounts.permissions import Role
from documents.models import Document
from funding.actions import claims, payments
from funding.models import Award, Payment, PaymentRun
from portal.workflow import IllegalMove
from tests.factories.claims import (
    a_claim,
    add_line,
    approved_claim,
    firm_of,
    running_award,
    show_milestones,
    staff_of,
)
from tests.factories.funding import WRITTEN
from tests.funding.test_payments import in_use
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)


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

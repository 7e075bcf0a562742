from datetime import timedelta
from decimal import Decimal

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from documents.models import Document
from funding.invariants import broken
from funding.models import Award, GrantApplication
from funding.tasks import check_invariants
from tests.factories.funding import GrantApplicationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def award():
    return GrantApplicationFactory(accepted=True).award


def found():
    return list(broken(timezone.now()))


def test_nothing_is_broken_by_real_use(award, capsys):
    assert found() == []
    call_command("check_invariants")
    assert "all hold" in capsys.readouterr().out


def test_a_call_over_its_budget(award):
    type(award.call).objects.filter(pk=award.call_id).update(budget=Decimal(1))
    assert ["the budget is 1.00" in line for line in found()] == [True]


def test_kinds_of_cost_that_do_not_add_up(award):
    Award.objects.filter(pk=award.pk).update(budget=[{"grant": "1.00"}])
    assert "add up to 1.00" in found()[0]


def test_an_application_without_its_receipt(award):
    with pgtrigger.ignore("funding.Submission:append_only"):
        award.application.submissions.all().delete()
    assert found() == [f"application {award.application}: was sent and has no receipt"]


def test_a_receipt_that_could_not_be_made(award):
    receipts = GrantApplication.objects.values("submissions__receipt")
    Document.objects.filter(pk__in=receipts).update(state=Document.State.FAILED)
    assert "could not be made" in found()[0]


def test_work_that_nobody_does(award):
    long_ago = timezone.now() - timedelta(days=1)
    Document.objects.filter(pk=award.letter_id).update(state=Document.State.WORKING, claimed_at=long_ago)
    assert "nobody has taken it since" in found()[0]


def test_a_file_that_is_gone(award):
    Document.objects.filter(pk=award.letter_id).update(file="documents/gone.pdf")
    assert "its file is gone" in found()[0]


def test_the_command_and_the_nightly_task_tell(award, caplog, capsys):
    type(award.call).objects.filter(pk=award.call_id).update(budget=Decimal(1))
    with pytest.raises(CommandError, match="1 broken"):
        call_command("check_invariants")
    check_invariants()
    assert "the budget is 1.00" in caplog.text

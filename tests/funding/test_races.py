"""Several people at the same moment, on a real database."""

import threading
import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction

from funding import actions
from funding.invariants import broken
from funding.lapsing import lapse_late
from funding.models import Award, GrantApplication, Review, Submission
from notifications.models import Message
from organisations import groups
from portal.models import Event
from portal.workflow import IllegalMove
from tests.factories.applications import CaseFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory, accept, approver_of, assessor_of
from tests.factories.organisations import OrganisationFactory, OwnershipFactory
from tests.factories.programmes import CallFactory, InstrumentFactory
from tests.funding.racing import RACES, approvals, last_of_a_call, programme_with_limit
from tests.parallel import FEW, at_once

pytestmark = pytest.mark.django_db(transaction=True)

APPROVERS = 4


@pytest.fixture(autouse=True)
def _all_still_holds():
    yield
    assert list(broken(WRITTEN)) == []


@pytest.mark.parametrize("approvers", [2, 20])
def test_last_of_the_budget_goes_to_exactly_one(approvers):
    assert last_of_a_call(approvers) == (1, True)
    assert Message.objects.filter(kind="offer_made").count() == 1
    assert Event.objects.filter(kind="award.offered").count() == 1


def test_two_approvers_of_one_application_make_one_award():
    application = GrantApplicationFactory(assessed=True)
    approvers = [approver_of(application) for _number in range(APPROVERS)]
    found = at_once(APPROVERS, approvals([application] * APPROVERS, approvers))
    assert [type(one) for one in found].count(Award) == 1
    assert [type(one) for one in found].count(IllegalMove) == APPROVERS - 1


@pytest.mark.parametrize("repetition", range(FEW))
@pytest.mark.parametrize("race", RACES)
def test_together_they_pass_no_limit(race, repetition):
    assert race().is_right


def test_two_programmes_do_not_pass_a_firms_aid_limit_together():
    first = GrantApplicationFactory(case=CaseFactory(programme=programme_with_limit(), accepted=True), assessed=True)
    second = GrantApplicationFactory(
        case=CaseFactory(programme=programme_with_limit(), organisation=first.case.organisation, accepted=True),
        assessed=True,
    )
    found = at_once(2, approvals([first, second], [approver_of(first), approver_of(second)]))
    assert sorted(type(one).__name__ for one in found) == ["Award", "UnableToDecide"]
    assert sum(Award.objects.values_list("amount", flat=True)) == Decimal(15000)


def test_a_group_that_grows_while_it_is_locked_is_locked_whole():
    """Another desk ties a third firm to the group between our reading it and our lock."""
    link = OwnershipFactory()
    third = OrganisationFactory()
    held, waiting = threading.Event(), threading.Event()

    def move(number):
        with transaction.atomic():
            if number:
                groups.lock([link.firm.pk, third.pk])
                held.set()
                waiting.wait(timeout=5)
                while not _somebody_waits():
                    pass
                OwnershipFactory(firm=link.firm, other=third)
                return None
            held.wait(timeout=5)
            waiting.set()
            return groups.lock_group(link.firm, WRITTEN.date())

    found, _tied = at_once(2, move)
    assert found == {link.firm.pk, link.other.pk, third.pk}


def _somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


def test_double_click_starts_one():
    case = CaseFactory(accepted=True)
    call = CallFactory(instrument=InstrumentFactory(programme=case.programme))
    key = uuid.uuid4()
    found = at_once(
        4,
        lambda number: actions.start(
            case=case, call=call, plan_action=None, key=key if number % 2 else uuid.uuid4(), by=case.created_by,
            at=WRITTEN,
        ),
    )  # fmt: skip
    assert len({one.pk for one in found}) == 1
    assert GrantApplication.objects.count() == 1


def test_double_click_sends_one():
    application = GrantApplicationFactory()
    loaded = [GrantApplication.objects.with_context().get(pk=application.pk) for _number in range(4)]
    found = at_once(4, lambda number: actions.submit(application=loaded[number], by=application.created_by, at=WRITTEN))
    assert sum(isinstance(one, Submission) for one in found) == 1
    assert sum(isinstance(one, IllegalMove) for one in found) == 3
    assert Message.objects.filter(kind="grant_submitted").count() == 1


def test_double_click_declares_one():
    application = GrantApplicationFactory(submitted=True)
    assessor = assessor_of(application)
    found = at_once(
        3,
        lambda number: actions.declare(application=application, conflict="NONE", note="", by=assessor, at=WRITTEN),
    )
    assert len({one.pk for one in found}) == 1
    assert Review.objects.count() == 1


def test_offer_is_accepted_or_lapses_but_not_both():
    award = GrantApplicationFactory(approved=True).award
    firm = award.application.created_by
    loaded = Award.objects.select_related("application__case__programme", "application__case__created_by").get()

    def move(number):
        if number:
            return lapse_late(at=datetime(2026, 12, 10, 9, tzinfo=UTC))
        return accept(loaded, by=firm)

    accepted, lapsed = at_once(2, move)
    award.refresh_from_db()
    if award.status == Award.Status.ACCEPTED:
        assert (accepted, lapsed) == (None, 0)
    else:
        assert isinstance(accepted, IllegalMove)
        assert lapsed == 1

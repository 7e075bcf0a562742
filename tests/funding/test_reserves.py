"""Money that comes back to a call whose reserve list waits for it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Assignment
from accounts.permissions import Role
from funding import actions, quoting
from funding.actions import awards
from funding.lapsing import lapse_late
from funding.models import Award
from funding.reserves import rooms
from notifications.models import Message
from portal.models import Event
from tests.factories.accounts import AssignmentFactory, UserFactory
from tests.factories.applications import CaseFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory, accept, approve, approver_of
from tests.factories.programmes import CallFactory, InstrumentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(programme):
    return CallFactory(instrument=InstrumentFactory(programme=programme), budget=Decimal(16000))


def assessed(call):
    case = CaseFactory(programme=call.instrument.programme, accepted=True)
    return GrantApplicationFactory(case=case, call=call, assessed=True)


@pytest.fixture
def award(call):
    """All of the call's money, while another waits on its reserve list."""
    waiting = assessed(call)
    award = approve(assessed(call))
    actions.reserve(application=waiting, seen=quoting.fingerprint(waiting), by=approver_of(waiting), at=WRITTEN)
    Message.objects.all().delete()
    return Award.objects.select_related("application__case__programme").get(pk=award.pk)


def told():
    return Event.objects.filter(kind="award.reserve_has_room").count()


def turned_down(award, by):
    actions.turn_down_offer(award=award, reason="", by=by, at=WRITTEN)


def withdrawn_by_firm(award, by):
    actions.withdraw(application=award.application, reason="No time.", by=by, at=WRITTEN)


def withdrawn_by_staff(award, by):
    actions.withdraw_offer(award=award, reason="It was an error.", by=approver_of(award.application), at=WRITTEN)


def run_out(award, by):
    assert lapse_late(at=datetime(2026, 12, 10, 9, tzinfo=UTC)) == 1


def completed(award, by):
    accept(award)
    awards.complete(award, paid=Decimal(0), by=by, at=WRITTEN)


def ended_early(award, by):
    accept(award)
    awards.end_early(award, kept=Decimal(0), reason="Fire.", by=by, at=WRITTEN)


WAYS = [turned_down, withdrawn_by_firm, withdrawn_by_staff, run_out, completed, ended_early]


@pytest.mark.parametrize("comes_back", WAYS)
def test_approvers_are_told_however_it_comes_back(award, comes_back):
    comes_back(award, award.application.created_by)
    event = Event.objects.get(kind="award.reserve_has_room")
    assert (event.data, event.staff_only) == ({"left": "16000.00", "waiting": 1}, True)
    programme = award.application.case.programme
    approvers = set(
        Assignment.objects.filter(programme=programme, role=Role.APPROVER).values_list("user__email", flat=True)
    )
    assert {message.to for message in Message.objects.filter(kind="reserve_has_room")} == approvers


def test_a_firm_that_leaves_gives_its_offer_back(award):
    actions.end_with_case(case=award.application.case, by=award.application.created_by, at=WRITTEN)
    assert told() == 1


def test_too_little_for_anybody_is_not_told(award):
    accept(award)
    awards.complete(award, paid=Decimal("2000.01"), by=award.application.created_by, at=WRITTEN)
    assert told() == 0
    assert rooms([award.application.case.programme_id]) == []


def test_without_a_reserve_list_nobody_is_told(call):
    turned_down(approve(assessed(call)), UserFactory())
    assert told() == 0


def test_one_mail_a_day(award):
    second = GrantApplicationFactory(case=CaseFactory(programme=award.application.case.programme, accepted=True))
    AssignmentFactory(programme=award.application.case.programme, role=Role.APPROVER)
    turned_down(award, second.created_by)
    mails = Message.objects.filter(kind="reserve_has_room").count()
    type(award.call).objects.filter(pk=award.call_id).update(budget=Decimal(40000))
    turned_down(approve(assessed(award.call)), second.created_by)
    assert told() == 2
    # The approver of the second offer is new and gets a first one.
    assert Message.objects.filter(kind="reserve_has_room").count() == mails + 1


def test_staff_see_it_on_the_list_and_in_the_queue(award, signed_in):
    client = signed_in(AssignmentFactory(programme=award.application.case.programme, role=Role.APPROVER).user)
    pages = [reverse("funding:queue"), reverse("funding:ranked", args=[award.call_id])]
    words = "enough for 1 application on the reserve list"
    assert [words in client.get(page).text for page in pages] == [False, False]
    turned_down(award, award.application.created_by)
    assert [words in client.get(page).text for page in pages] == [True, True]
    adviser = signed_in(AssignmentFactory(programme=award.application.case.programme, role=Role.ADVISER).user)
    assert words not in adviser.get(pages[0]).text

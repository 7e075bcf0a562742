"""A diagnostic for so many firms and no more: counting, the waiting list, the last place."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from diagnostics import actions, places, tasks
from diagnostics.actions import NoPlaceLeft
from diagnostics.models import Assessment, WaitingPlace
from diagnostics.models.places import HELD_FOR
from diagnostics.places import Places
from notifications.models import Message
from portal.models import Event
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import STARTED, AssessmentFactory, questionnaire
from tests.factories.programmes import InstrumentFactory
from tests.parallel import at_once

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def capped(programme):
    """A diagnostic for one firm only."""
    questionnaire()
    return InstrumentFactory(programme=programme, kind="diagnostic", places=1)


def accepted(programme, **fields):
    return CaseFactory(programme=programme, accepted=True, **fields)


def start(case, at=STARTED):
    return actions.start(case=case, by=case.created_by, at=at)


def wait(case, at=STARTED):
    with pytest.raises(NoPlaceLeft) as caught:
        start(case, at)
    return caught.value.waiting


def withdraw(case, at=STARTED):
    case.withdraw(by=case.created_by, at=at, reason="No time.")


def mails(kind):
    return list(Message.objects.filter(kind=kind).order_by("created_at").values_list("reference", flat=True))


def places_of(programme):
    return places.places_of([programme.pk]).get(programme.pk)


# --- Counting -----------------------------------------------------------------------------------
def test_places_are_told_for_capped_diagnostics_only(programme, capped):
    InstrumentFactory(kind="diagnostic")
    assert places_of(programme) == Places(cap=1, taken=0)
    assert list(places.places_of([programme.pk, capped.programme_id + 1])) == [programme.pk]


@pytest.mark.parametrize(
    ("found", "free", "is_full", "percent"),
    [
        (Places(700, 212), 488, False, 30),
        (Places(700, 700), 0, True, 100),
        (Places(700, 699, kept=1), 0, True, 99),
        (Places(700, 698, in_line=2), 2, True, 99),
        (Places(10, 12), 0, True, 100),
        (Places(0, 0), 0, True, 100),
    ],
)
def test_what_places_say(found, free, is_full, percent):
    assert (found.free, found.is_full, found.percent) == (free, is_full, percent)


def test_a_place_is_used_by_who_has_answered_and_given_back_by_who_has_not(programme, capped):
    begun, answered = AssessmentFactory(case=accepted(programme)), AssessmentFactory(
        case=accepted(programme), answered=True
    )  # fmt: skip
    assert places_of(programme).taken == 2
    for assessment in (begun, answered):
        withdraw(assessment.case)
    assert places_of(programme).taken == 1


def test_a_second_round_takes_no_place(programme, capped):
    first = AssessmentFactory(case=accepted(programme), final=True)
    assert start(first.case, STARTED + 400 * DAY).round == Assessment.Round.T1
    assert places_of(programme).taken == 1


def test_a_firm_that_comes_back_keeps_the_place_it_used(programme, capped):
    first = AssessmentFactory(case=accepted(programme), answered=True).case
    withdraw(first)
    again = accepted(programme, organisation=first.organisation)
    assert start(again).round == Assessment.Round.T0
    assert places_of(programme).taken == 1


# --- The waiting list ---------------------------------------------------------------------------
def test_who_comes_when_all_are_taken_goes_to_the_list_and_loses_nothing(programme, capped):
    first, second, third = (accepted(programme) for _ in range(3))
    start(first)
    waiting = wait(second)
    assert (waiting.case, waiting.number, waiting.kept_until) == (second, 1, None)
    assert wait(third, STARTED + DAY).number == 2
    assert str(waiting).startswith(f"{second.reference} in line since")
    assert wait(second, STARTED + DAY) == waiting  # asked again, still first
    assert places_of(programme) == Places(cap=1, taken=1, in_line=2)
    assert mails("diagnostic_waiting") == [second.reference, third.reference]
    assert Event.objects.for_reference(second.reference).filter(kind="assessment.waiting").count() == 1
    second.refresh_from_db()
    assert second.status == "ACCEPTED"


def test_a_given_up_place_goes_to_the_first_in_line(programme, capped):
    first, second, third = (accepted(programme) for _ in range(3))
    start(first)
    wait(second)
    wait(third)
    withdraw(first)
    tasks.offer_places()
    tasks.offer_places()
    assert mails("diagnostic_place") == [second.reference]
    assert places_of(programme) == Places(cap=1, taken=0, kept=1, in_line=1)
    assert wait(third).number == 1
    kept = WaitingPlace.objects.get(case=second)
    assert kept.kept_until == kept.offered_at + HELD_FOR
    assert start(second).round == Assessment.Round.T0
    assert places_of(programme) == Places(cap=1, taken=1, in_line=1)


def test_the_next_visit_settles_it_too(programme, capped):
    first, second = accepted(programme), accepted(programme)
    start(first)
    wait(second)
    withdraw(first)
    newcomer = accepted(programme)
    assert wait(newcomer).number == 1  # the place is the other's
    assert start(second)


def test_a_raised_cap_lets_the_first_in_and_no_cap_everybody(programme, capped):
    first, *others = (accepted(programme) for _ in range(4))
    start(first)
    for case in others:
        wait(case)
    capped.places = 2
    capped.save()
    tasks.offer_places()
    assert mails("diagnostic_place") == [others[0].reference]
    capped.places = None
    capped.save()
    tasks.offer_places()
    assert mails("diagnostic_place") == [case.reference for case in others]
    assert start(others[2])
    assert places.places_of([programme.pk]) == {}


def test_a_place_not_used_goes_to_the_next_and_the_firm_to_the_end(programme, capped):
    first, second, third, fourth = (accepted(programme) for _ in range(4))
    start(first)
    for days, case in enumerate((second, third, fourth)):
        wait(case, STARTED + days * DAY)
    withdraw(first)
    places.settle(programme.pk, at=STARTED + 3 * DAY)
    late = STARTED + 3 * DAY + HELD_FOR
    assert places.settle(programme.pk, at=late) == 1
    assert mails("diagnostic_place") == [second.reference, third.reference]
    assert mails("diagnostic_place_passed") == [second.reference]
    assert [row.case for row in WaitingPlace.objects.in_line()] == [fourth, second]
    assert wait(second, late).number == 2


def test_a_place_that_nobody_else_wants_is_kept(programme, capped):
    first, second = accepted(programme), accepted(programme)
    start(first)
    wait(second)
    withdraw(first)
    places.settle(programme.pk, at=STARTED)
    assert places.settle(programme.pk, at=STARTED + 400 * DAY) == 0
    assert start(second, STARTED + 400 * DAY)


def test_who_withdraws_leaves_the_line(programme, capped):
    first, second, third = (accepted(programme) for _ in range(3))
    start(first)
    wait(second)
    assert wait(third).number == 2
    withdraw(second)
    assert wait(third).number == 1


def test_mails_speak_the_firms_language(programme, capped):
    first, second = accepted(programme), accepted(programme, created_by__language="sv")
    start(first)
    wait(second)
    withdraw(first)
    places.settle(programme.pk, at=STARTED)
    told = Message.objects.get(kind="diagnostic_place")
    assert told.language == "sv"
    assert told.context["until"] == "2026-11-18"
    assert told.context["button"]["url"].endswith(reverse("diagnostics:start", args=[second.reference]))


def test_the_line_is_seen_by_who_sees_the_case(programme, capped, outsider, adviser):
    first, second = accepted(programme), accepted(programme)
    start(first)
    wait(second)
    rows = WaitingPlace.objects
    assert rows.visible_to(second.created_by).count() == rows.visible_to(adviser).count() == 1
    for stranger in (first.created_by, outsider, AnonymousUser()):
        assert not rows.visible_to(stranger).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("repetition", range(5))
def test_the_last_place_goes_to_exactly_one(programme, capped, repetition):
    cases = [accepted(programme) for _ in range(4)]
    found = at_once(4, lambda number: start(cases[number]))
    assert sorted(type(one).__name__ for one in found) == ["Assessment"] + ["NoPlaceLeft"] * 3
    assert places_of(programme) == Places(cap=1, taken=1, in_line=3)
    assert sorted(row.number for row in WaitingPlace.objects.in_line()) == [1, 2, 3]


# --- Pages --------------------------------------------------------------------------------------
def page(client, case):
    return client.get(reverse("diagnostics:start", args=[case.reference])).content.decode()


def begin(client, case):
    return client.post(reverse("diagnostics:begin", args=[case.reference]), follow=True).content.decode()


def test_the_firm_joins_the_list_sees_its_number_and_starts_when_it_is_its_turn(
    signed_in, programme, capped, django_assert_max_num_queries
):
    first, second = accepted(programme), accepted(programme)
    client = signed_in(second.created_by)
    assert "Start the diagnostic" in page(client, second)
    start(first)
    assert "Join the waiting list" in page(client, second)
    told = begin(client, second)
    assert "You are number 1 in the waiting list" in told
    assert "We email you when it is your turn" in told
    assert "Start the diagnostic" not in told
    withdraw(first)
    with django_assert_max_num_queries(15):
        assert "A place is free for you" in page(client, second)
    places.settle(programme.pk, at=STARTED)
    assert "A place is kept for you. Start by 18 November 2026" in page(client, second)
    assert "About your business" in begin(client, second)


def test_the_case_page_tells_firm_and_staff(signed_in, programme, capped, adviser, django_assert_max_num_queries):
    first, second = accepted(programme), accepted(programme)
    start(first)
    wait(second)
    firm = signed_in(second.created_by)
    with django_assert_max_num_queries(15):
        own = firm.get(second.get_absolute_url()).content.decode()
    assert "Wait for a place in the diagnostic" in own
    assert "You are number 1 in the waiting list." in own
    assert "You joined the waiting list for the diagnostic" in own
    staff = signed_in(adviser)
    with django_assert_max_num_queries(15):
        case_page = staff.get(f"/casework/{second.reference}/").content.decode()
    assert "the firm waits for a place" in case_page
    assert second.reference in staff.get("/casework/").content.decode()


def test_the_start_page_says_how_many_wait(signed_in, programme, capped):
    first, second, third = (accepted(programme) for _ in range(3))
    start(first)
    wait(second)
    assert "1 firm is in the list now." in page(signed_in(third.created_by), third)

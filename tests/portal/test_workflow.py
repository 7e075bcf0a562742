import pytest

from applications.models import Case
from portal.models import Event
from portal.workflow import IllegalMove, Turn, Workflow
from tests.factories.applications import CaseFactory
from tests.parallel import at_once


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_move_at_once_one_wins(now):
    case = CaseFactory()

    def submit(number):
        mine = Case.objects.get(pk=case.pk)
        mine.submit(by=mine.created_by, at=now)
        return mine.status

    results = at_once(8, submit)

    assert results.count(Case.Status.SUBMITTED) == 1
    assert sum(isinstance(result, IllegalMove) for result in results) == 7
    assert Event.objects.for_reference(case.reference).filter(kind="case.submitted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_different_moves_at_once_one_wins(adviser, now):
    case = CaseFactory(submitted=True)
    moves = [
        lambda mine: mine.accept(by=adviser, at=now),
        lambda mine: mine.withdraw(by=mine.created_by, at=now, reason="No time"),
    ]
    mine = [Case.objects.get(pk=case.pk) for _ in moves]

    results = at_once(2, lambda number: moves[number](mine[number]))

    assert sorted(type(result).__name__ for result in results) == ["IllegalMove", "NoneType"]
    case.refresh_from_db()
    winner = mine[results.index(None)]
    assert (case.status, case.decided_at, case.withdrawn_at) == (winner.status, winner.decided_at, winner.withdrawn_at)


def test_a_stale_copy_changes_nothing(case, applicant, now):
    stale = Case.objects.get(pk=case.pk)
    case.submit(by=applicant, at=now)

    with pytest.raises(IllegalMove, match="is no longer DRAFT"):
        stale.withdraw(by=applicant, at=now, reason="No time")

    case.refresh_from_db()
    assert (case.status, case.withdrawn_at, stale.status) == (Case.Status.SUBMITTED, None, Case.Status.DRAFT)
    assert Event.objects.for_reference(case.reference).count() == 1


def test_the_table_refuses_what_it_does_not_list(adviser, now):
    for status, trait in [("DRAFT", {}), ("REJECTED", {"rejected": True}), ("WITHDRAWN", {"withdrawn": True})]:
        case = CaseFactory(**trait)
        assert not case.can_move_to(Case.Status.ACCEPTED)
        with pytest.raises(IllegalMove, match=f"cannot go from {status} to ACCEPTED"):
            case.accept(by=adviser, at=now)
        case.refresh_from_db()
        assert (case.status, case.adviser) == (status, None)


def test_changes_are_written_with_the_status_and_kept_in_memory(case, applicant, now):
    case.submit(by=applicant, at=now)

    stored = Case.objects.get(pk=case.pk)
    for row in (case, stored):
        assert (row.status, row.submitted_by, row.submitted_at, row.updated_at) == ("SUBMITTED", applicant, now, now)
    assert case.turn == Turn.ADVISER
    assert case.public_label == "With your adviser"


def test_a_move_writes_what_happened(case, applicant, adviser, now):
    case.submit(by=applicant, at=now)
    case.return_to_firm(by=adviser, at=now, reason="Which machines?")

    event = Event.objects.for_reference(case.reference).first()
    assert (event.kind, event.note, event.data) == (
        "case.returned", "Which machines?", {"from": "SUBMITTED", "to": "RETURNED"},
    )  # fmt: skip
    assert (event.actor_id, event.actor_name, event.at) == (adviser.pk, adviser.full_name, now)
    assert (event.programme, event.subject_label, event.subject_id) == (
        case.programme.slug, "applications.case", str(case.pk),
    )  # fmt: skip


def test_a_workflow_must_say_where_its_events_belong():
    class Nowhere:
        event_reference = Workflow.event_reference
        event_programme = Workflow.event_programme

    for name in ("event_reference", "event_programme"):
        with pytest.raises(NotImplementedError):
            getattr(Nowhere(), name)

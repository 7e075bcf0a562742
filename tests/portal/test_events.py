import pytest
from django.db import DatabaseError, transaction

from accounts.models import Assignment
from applications.models import Case
from portal.models import Event


@pytest.fixture
def event(case, applicant, now):
    return Event.objects.record(case, kind="case.started", by=applicant, at=now)


@pytest.mark.parametrize(
    "change",
    [
        lambda event: Event.objects.filter(pk=event.pk).update(note="Not so"),
        lambda event: Event.objects.filter(pk=event.pk).delete(),
        lambda event: event.save(),
        lambda event: event.delete(),
    ],
)
def test_what_happened_is_never_rewritten(event, change):
    with pytest.raises(DatabaseError, match="Cannot (update|delete|update or delete) rows"), transaction.atomic():
        change(event)
    assert Event.objects.get(pk=event.pk).note == ""


def test_field_history_is_never_rewritten(case, applicant, now):
    case.submit(by=applicant, at=now)
    history = Case.pgh_event_model.objects.filter(pgh_obj=case)
    assert list(history.order_by("pgh_id").values_list("pgh_label", "status")) == [
        ("insert", "DRAFT"),
        ("update", "SUBMITTED"),
    ]
    with pytest.raises(DatabaseError, match="Cannot update or delete rows"), transaction.atomic():
        history.update(status="DRAFT")
    with pytest.raises(DatabaseError, match="Cannot update or delete rows"), transaction.atomic():
        history.delete()


def test_rights_that_are_taken_away_stay_in_the_history(adviser):
    assignment = adviser.assignments.get()
    key = assignment.pk
    assignment.delete()
    history = Assignment.pgh_event_model.objects.filter(pgh_obj_id=key).order_by("pgh_id")
    assert [row.pgh_label for row in history] == ["insert", "delete"]


def test_events_of_one_case_are_newest_first(case, outsider, applicant, now):
    first = Event.objects.record(case, kind="case.started", by=applicant, at=now)
    second = Event.objects.record(case, kind="note.phone", by=None, at=now, note="Called", staff_only=True)

    assert list(Event.objects.for_reference(case.reference)) == [second, first]
    assert list(Event.objects.for_reference(case.reference).shown_to_firm()) == [first]
    assert (second.actor_id, second.actor_name, second.data) == (None, "", {})
    assert str(second) == f"{case.reference} note.phone"

"""Which diagnostics wait for staff, and for what."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Case as When_
from django.db.models import Count, Exists, IntegerField, OuterRef, Prefetch, Q, QuerySet, Value, When

from accounts.models import User
from applications.actions import working_days_after
from applications.models import Case
from diagnostics.forms.worklist import CONTESTED, LATE, QUEUES, READ, READING, WAITING
from diagnostics.models import Allocation, Answer, Assessment
from programmes.models import Programme

ORDER = ["calm", "submitted_at", "id"]
"""What the firm contests is on top, then what has waited longest."""


def programmes_of(user: User) -> list[Programme]:
    """Programmes that the person works in, in their order."""
    found = {row.programme_id: row.programme for row in user.active_assignments}
    return sorted(found.values(), key=lambda programme: (programme.position, programme.name))


def rows(user: User) -> QuerySet[Assessment]:
    """Everything in hand that the person sees: with an adviser, or with the firm to read."""
    contested = Answer.objects.filter(assessment=OuterRef("pk"), is_contested=True)
    given = Allocation.objects.live().select_related("contractor__organisation")
    return (
        Assessment.objects.visible_to(user)
        .with_context()
        .filter(status__in=[*Assessment.WITH_ADVISER, Assessment.Status.FIRM_REVIEW], case__status=Case.Status.ACCEPTED)
        .annotate(
            is_contested=Exists(contested),
            calm=When_(When(Exists(contested), then=Value(0)), default=Value(1), output_field=IntegerField()),
        )
        .prefetch_related(Prefetch("allocations", queryset=given, to_attr="given"))
    )


def conditions(programmes: list[Programme], at: datetime) -> dict[str, Q]:
    """Each queue as a condition on `rows`."""
    with_adviser = Q(status__in=Assessment.WITH_ADVISER)
    with_firm = Q(status=Assessment.Status.FIRM_REVIEW)
    return {
        WAITING: with_adviser,
        CONTESTED: with_adviser & Q(is_contested=True),
        LATE: with_adviser & _late(programmes, at),
        READING: with_firm & Q(read_at=None),
        READ: with_firm & ~Q(read_at=None),
    }


def counts(found: QuerySet[Assessment], conditions: dict[str, Q]) -> dict[str, int]:
    """How many rows each queue has, in one query."""
    names = {f"n{place}": key for place, (key, _label) in enumerate(QUEUES)}
    totals = found.aggregate(**{name: Count("pk", filter=conditions[key]) for name, key in names.items()})
    return {key: totals[name] for name, key in names.items()}


def promise_for(assessment: Assessment) -> date | None:
    """The day by which the result was promised; none where the programme promises none."""
    programme = assessment.case.programme
    days = programme.promise_days.get("diagnostic")
    if not days or assessment.submitted_at is None:
        return None
    return working_days_after(programme.local_date(assessment.submitted_at), int(days))


def _late(programmes: list[Programme], at: datetime) -> Q:
    late: Any = Q(pk=None)
    for programme in programmes:
        if days := programme.promise_days.get("diagnostic"):
            late |= Q(case__programme=programme, submitted_at__lt=_oldest_in_time(programme, int(days), at))
    return late


def _oldest_in_time(programme: Programme, days: int, at: datetime) -> datetime:
    """The first moment whose promise, counted from that day, has not passed at `at`."""
    today = programme.local_date(at)
    day = today
    while working_days_after(day - timedelta(days=1), days) >= today:
        day -= timedelta(days=1)
    return datetime.combine(day, time.min, programme.zone)

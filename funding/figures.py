"""Figures for reports: what each call has, has promised and has left, in one query whatever the number of calls."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, DecimalField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from funding.models import Award, GrantApplication
from programmes.models import Call

_MONEY = DecimalField(max_digits=14, decimal_places=2)


@dataclass(frozen=True)
class CallBudget:
    """Money of one call in its `currency`.

    `allocated` is what awards hold of it (offered, running or ended with money paid), `committed` those of them that
    firms have accepted, `left` what may still be offered (budget less allocated). `awards` counts them.
    """

    call: Call
    budget: Decimal
    allocated: Decimal
    committed: Decimal
    left: Decimal
    awards: int
    waiting: int
    """Applications sent in and not yet decided."""

    @property
    def currency(self) -> str:
        return self.call.currency


def budgets(programme_ids: Collection[int], *, with_drafts: bool = False) -> list[CallBudget]:
    """The calls of these programmes with their money, by programme and opening day. One query."""
    calls = Call.objects.filter(instrument__programme__in=programme_ids)
    return _budgets(calls if with_drafts else calls.filter(is_draft=False))


def budget_of(call: Call) -> CallBudget:
    """The money of one call. One query."""
    return _budgets(Call.objects.filter(pk=call.pk))[0]


def _budgets(calls: QuerySet[Call]) -> list[CallBudget]:
    def of_awards(value: Sum | Count, statuses: Collection[str]) -> Subquery:
        rows = Award.objects.filter(call=OuterRef("pk"), status__in=statuses).order_by().values("call")
        return Subquery(rows.annotate(value=value).values("value"))

    waiting = GrantApplication.objects.filter(
        Q(status=GrantApplication.Status.SUBMITTED) | Q(status=GrantApplication.Status.ASSESSED),
        call=OuterRef("pk"),
        case__is_test=False,
    )
    rows = calls.select_related("instrument__programme").annotate(
        allocated=Coalesce(of_awards(Sum("committed"), Award.HOLDING), Value(Decimal(0)), output_field=_MONEY),
        committed=Coalesce(of_awards(Sum("committed"), Award.TAKEN_UP), Value(Decimal(0)), output_field=_MONEY),
        award_count=Coalesce(of_awards(Count("pk"), Award.HOLDING), 0),
        waiting=Coalesce(Subquery(waiting.order_by().values("call").annotate(value=Count("pk")).values("value")), 0),
    )
    return [
        CallBudget(
            call=row,
            budget=row.budget,
            allocated=row.allocated,
            committed=row.committed,
            left=row.budget - row.allocated,
            awards=row.award_count,
            waiting=row.waiting,
        )
        for row in rows.order_by("instrument__programme__position", "instrument__programme__name", "opens_at", "id")
    ]

"""Figures of reports and public pages, each a query of dated facts; none is ever typed in.

The one exception is the number of eligible firms, which nobody can count: it is the programme's own estimate and is
shown with its source.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from applications.models import Case, EligibilityOverride
from casework.scope import REPORT_READERS, with_promise, worked_cases
from casework.stages import Stage, reached
from eligibility.wording import RULE_NAMES
from programmes.models import Programme

ELIGIBLE = "eligible"
LABELS = {ELIGIBLE: _("Eligible firms (estimate)"), **dict(Stage.choices)}
MEASURED_DAYS = 365
FEWEST_DECISIONS = 5
"""Fewer say nothing about what is usual."""


class Median(Aggregate):
    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class FunnelRow:
    """A stage: distinct firms that ever reached it, the programme's own figure for it, and where that comes from.

    `count` is null for the estimate of eligible firms; `share` is the percentage of the stage before.
    """

    stage: str
    label: str
    count: int | None
    target: int | None
    source: str
    share: Decimal | None


@dataclass(frozen=True)
class RegionRow:
    """Distinct firms of one region at each stage; `region` is its name, empty for firms whose place is in none."""

    region: str
    counts: dict[str, int]


def report_cases(user: User, programme: Programme, region_id: int | None = None) -> QuerySet[Case]:
    """Sent cases of the programme, in the regions of which the person may read reports."""
    cases = worked_cases(user, *REPORT_READERS).filter(programme=programme)
    return cases.filter(region=region_id) if region_id else cases


def _stage_counts() -> dict[str, Count]:
    return {stage: Count("organisation", distinct=True, filter=reached(stage)) for stage in Stage}


def funnel(cases: QuerySet[Case], programme: Programme, *, with_estimate: bool) -> list[FunnelRow]:
    """The funnel of these cases; the estimate is of the whole programme, so a region's funnel is without."""
    counts = cases.order_by().aggregate(**_stage_counts())
    said = {row["stage"]: row for row in programme.funnel}
    found: list[FunnelRow] = []
    before: int | None = None
    for stage in [ELIGIBLE, *Stage.values]:
        figure = said.get(stage) if with_estimate else None
        target = figure["target"] if figure else None
        count = counts.get(stage)
        if stage == ELIGIBLE and target is None:
            continue
        whole = target if before is None else before
        share = percent(count, whole) if found else None
        found.append(FunnelRow(stage, str(LABELS[stage]), count, target, figure["source"] if figure else "", share))
        before = target if count is None else count
    return found


def percent(part: int | None, whole: int | None) -> Decimal | None:
    """`part` of `whole` in per cent with one decimal, rounded half up; null without a whole."""
    if part is None or not whole:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), "ROUND_HALF_UP")


def by_region(cases: QuerySet[Case]) -> list[RegionRow]:
    """The same stages by region, in the programme's order; a firm in two regions counts in both."""
    grouped = cases.order_by(F("region__position").asc(nulls_last=True), "region").values("region", "region__name")
    rows: Any = grouped.annotate(**_stage_counts())
    return [RegionRow(row["region__name"] or "", {stage: row[stage] for stage in Stage.values}) for row in rows]


def waiting(cases: QuerySet[Case], at: datetime) -> dict[str, int]:
    """Applications that wait for our answer (`all`), and those past the promised day (`late`)."""
    counts: dict[str, int] = (
        with_promise(cases, at)
        .order_by()
        .aggregate(
            all=Count("pk", filter=Q(status=Case.Status.SUBMITTED)), late=Count("pk", filter=Q(due_on__lt=F("today")))
        )
    )
    return counts


def usual_days(cases: QuerySet[Case], at: datetime) -> int | None:
    """Half of the answers of the last year came within so many days of sending; null where there are too few."""
    decided = cases.order_by().filter(
        decided_at__gt=at - timedelta(days=MEASURED_DAYS), submitted_at__isnull=False, decided_at__gte=F("submitted_at")
    )
    took = ExpressionWrapper(F("decided_at") - F("submitted_at"), DurationField())
    found = decided.aggregate(median=Median(took), count=Count("pk"))
    return _whole_days(found["median"], found["count"])


def _whole_days(median: timedelta | None, count: int) -> int | None:
    """Part of a day counts as a day: a promise of days is read so."""
    if median is None or count < FEWEST_DECISIONS:
        return None
    return -(-median // timedelta(days=1))


@dataclass(frozen=True)
class OverrideRow:
    """How often one rule was set aside and stands so: `failed` said no, `settled` could not be decided.

    `confirmed` of them have a second person's agreement, `waiting` have yet to get it.
    """

    rule: str
    label: str
    failed: int
    settled: int
    confirmed: int
    waiting: int

    @property
    def total(self) -> int:
        return self.failed + self.settled


def overrides(cases: QuerySet[Case]) -> list[OverrideRow]:
    """What was set aside for these cases and not taken back, by rule, the most frequent first."""
    failed = Q(finding__outcome="fail")
    rows: Any = (
        EligibilityOverride.objects.live()
        .filter(case__in=cases.order_by().values("pk"))
        .values("rule")
        .annotate(
            failed=Count("pk", filter=failed),
            settled=Count("pk", filter=~failed),
            confirmed=Count("pk", filter=Q(confirmed_at__isnull=False)),
            waiting=Count("pk", filter=Q(needs_second=True, confirmed_at=None)),
        )
    )
    found = [OverrideRow(label=str(RULE_NAMES.get(row["rule"], row["rule"])), **row) for row in rows]
    return sorted(found, key=lambda row: (-row.total, row.rule))


# --- For everyone ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class PublicFigures:
    """What the public pages tell of a programme; `days` as in `usual_days`."""

    joined: int = 0
    days: int | None = None


def public_figures(programme_ids: Collection[int], at: datetime) -> dict[int, PublicFigures]:
    """Firms accepted so far and the usual days to an answer, by programme. One query; no firm can be told from it."""
    recent = Q(decided_at__gt=at - timedelta(days=MEASURED_DAYS), decided_at__gte=F("submitted_at"))
    took = ExpressionWrapper(F("decided_at") - F("submitted_at"), DurationField())
    accepted = Q(decided_at__isnull=False) & ~Q(status=Case.Status.REJECTED)
    rows: QuerySet[Any, Any] = (
        Case.objects.real()
        .filter(programme__in=programme_ids, decided_at__isnull=False)
        .order_by()
        .values("programme")
        .annotate(
            joined=Count("organisation", distinct=True, filter=accepted),
            recent=Count("pk", filter=recent),
            median=Median(took, filter=recent),
        )
    )
    return {row["programme"]: PublicFigures(row["joined"], _whole_days(row["median"], row["recent"])) for row in rows}

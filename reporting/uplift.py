"""How far firms have come since their first diagnostic: like for like, of each firm and then the mean of firms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from applications.models import Case
from diagnostics import change, snapshots
from diagnostics.models import Assessment, QuestionnaireVersion
from diagnostics.rounding import publish

FEWEST_FIRMS = 5
"""Of fewer nothing is told: a mean of few is the figure of one."""
FIRST = Assessment.Round.T0
Place = tuple[int, str | None]
"""A region by its position in the programme and its name; without one the place is in none."""


@dataclass(frozen=True)
class UpliftRow:
    """One later round, of the whole (`is_total`) or of one region; no region: the place is in none.

    `firms` were measured again. `change` is the mean change in points, `gap_closed` the mean percentage of the gap of
    those that had one, `slipped` the percentage of firms in which any question slipped; all null for too few firms.
    """

    round: str
    label: str
    is_total: bool
    region: str
    firms: int
    change: Decimal | None
    gap_closed: Decimal | None
    slipped: Decimal | None


def uplift(cases: QuerySet[Case]) -> list[UpliftRow]:
    """By round, the total first and then its regions; rounds that no firm has reached are left out."""
    found: dict[str, dict[Place, list[change.Change]]] = defaultdict(lambda: defaultdict(list))
    for place, later, compared in _changes(cases):
        found[later][place].append(compared)
    rows = []
    for later in sorted(found):
        by_place = found[later]
        rows.append(_row(later, "", [each for some in by_place.values() for each in some], is_total=True))
        for place in sorted(by_place, key=lambda place: (place[1] is None, place)):
            rows.append(_row(later, place[1] or "", by_place[place], is_total=False))
    return rows


@lru_cache(maxsize=32)
def _questions(version_id: int) -> dict[str, Any]:
    """What comparing needs of a published questionnaire, which never changes: kept, for the document is large."""
    document = QuestionnaireVersion.objects.values_list("document", flat=True).get(pk=version_id)
    kept = ("code", "group", "revision", "weight", "target")
    return {"questions": [{key: item[key] for key in kept} for item in document["questions"]]}


def _changes(cases: QuerySet[Case]) -> Iterator[tuple[Place, str, change.Change]]:
    """Of each case its region, each later round, and what changed since the first; only what can be compared."""
    measured = Assessment.objects.filter(status=Assessment.Status.FINAL, result__isnull=False)
    later = measured.filter(case=OuterRef("case")).exclude(round=FIRST)
    rows: Any = (
        Assessment.objects.filter(Exists(later), case__in=cases.order_by().values("pk"), result__isnull=False)
        .order_by("case", "round")
        .values_list(
            "case", "case__region__position", "case__region__name", "round", "status", "version",
            "result__snapshot__result__questions", "result__snapshot__result__size",
        )
    )  # fmt: skip
    first: tuple[Any, dict[str, change.Measured]] = (None, {})
    for case_id, position, region, name, status, version_id, questions, size in rows:
        if name != FIRST and (status != Assessment.Status.FINAL or first[0] != case_id):
            continue
        levels = snapshots.measured(_questions(version_id), {"questions": questions, "size": size})
        if name == FIRST:
            first = (case_id, levels)
            continue
        compared = change.between(first[1], levels)
        if compared.change is not None:
            yield (position or 0, region), name, compared


def _row(later: str, region: str, changes: list[change.Change], *, is_total: bool) -> UpliftRow:
    label = str(Assessment.Round(later).label)
    if len(changes) < FEWEST_FIRMS:
        return UpliftRow(later, label, is_total, region, len(changes), None, None, None)
    return UpliftRow(
        later, label, is_total, region, len(changes),
        change=_mean([each.change for each in changes if each.change is not None]),
        gap_closed=_mean([each.gap_closed for each in changes if each.gap_closed is not None]),
        slipped=publish(Fraction(100 * sum(bool(each.slipped) for each in changes), len(changes)), 0),
    )  # fmt: skip


def _mean(values: list[Decimal]) -> Decimal | None:
    """Null where fewer than five firms had such a figure."""
    if len(values) < FEWEST_FIRMS:
        return None
    return publish(sum((Fraction(value) for value in values), Fraction(0)) / len(values), 1)

"""What may be changed in a project that has its award: dates, money between kinds of cost, who takes part, its end.

A project ends inside the programme's delivery window and within the longest duration of its call; costs that were
claimed stay where they are; no change gives more money than the award.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Any

from funding.rules import PENNY, Cost, months_between
from funding.rules.partners import HUNDRED, Bearer, Row, together
from programmes.matching import GrantTerms

VIREMENT_PERCENT = Decimal(10)
"""Of the costs that count, where the call's terms say nothing."""
Place = tuple[int | None, str]
"""Who bears the cost (None is the firm that applied), and its kind."""


class Why(StrEnum):
    """Why a change cannot be agreed to."""

    SAME = "same"
    IN_ORDER = "in_order"
    START_PAST = "start_past"
    START_CLAIMED = "start_claimed"
    END_PAST = "end_past"
    WINDOW = "window"
    TOO_LONG = "too_long"
    NOT_IN_BUDGET = "not_in_budget"
    NOT_PAID_FOR = "not_paid_for"
    CLAIMED = "claimed"
    LIMIT = "limit"
    TERMS = "terms"
    RESEARCH = "research"
    OPEN_CLAIMS = "open_claims"
    NEXT_MISSING = "next_missing"
    AFTER_END = "after_end"


@dataclass(frozen=True)
class Span:
    """First and last day of a project."""

    starts: date | None
    ends: date | None


def dates(
    wanted: Span,
    *,
    stands: Span,
    today: date,
    window: tuple[date, date] | None = None,
    most_months: int | None = None,
    has_claims: bool = False,
) -> list[Why]:
    """Why the project cannot run so; empty when it can. `window` holds the days on which projects may end."""
    if wanted.starts is None or wanted.ends is None or wanted.ends < wanted.starts:
        return [Why.IN_ORDER]
    moved = wanted.starts != stands.starts
    found = {
        Why.SAME: wanted == stands,
        Why.START_PAST: moved and wanted.starts < today,
        Why.START_CLAIMED: moved and has_claims,
        Why.END_PAST: wanted.ends < today,
        Why.WINDOW: window is not None and not window[0] <= wanted.ends <= window[1],
        Why.TOO_LONG: most_months is not None and months_between(wanted.starts, wanted.ends) > most_months,
    }
    return [why for why, holds in found.items() if holds]


@dataclass(frozen=True)
class Move:
    """Costs of one who bears them, from one kind to another."""

    key: int | None
    source: str
    target: str
    amount: Decimal


def virement(
    rows: Sequence[Row],
    move: Move,
    *,
    terms: GrantTerms,
    percent: Decimal | None = None,
    moved_before: Decimal = Decimal(0),
    claimed: Mapping[Place, Decimal] | None = None,
) -> list[Why]:
    """Why the costs cannot be moved so; empty when they can.

    All that a project moves in its life, `moved_before` included, is no more than `percent` of the costs that count.
    """
    place = {(row.key, row.category): row.eligible for row in rows}
    held, whole = place.get((move.key, move.source)), sum(place.values(), Decimal(0))
    most = whole * (VIREMENT_PERCENT if percent is None else percent) / HUNDRED
    used = (claimed or {}).get((move.key, move.source), Decimal(0))
    found = {
        Why.SAME: move.source == move.target or move.amount <= 0,
        Why.NOT_IN_BUDGET: held is None or move.amount > held,
        Why.NOT_PAID_FOR: move.target not in terms.categories,
        Why.CLAIMED: held is not None and held - move.amount < used,
        Why.LIMIT: moved_before + move.amount > most,
    }
    return [why for why, holds in found.items() if holds]


def moved(rows: Sequence[Row], move: Move, *, terms: GrantTerms, sizes: Mapping[int | None, str | None]) -> list[Row]:
    """The budget after the move: never more grant than before, less where the new kind is helped at a lower rate.

    Empty when the terms grant nothing for such a project. `sizes` are those of all who bear costs.
    """
    costs = {(row.key, row.category): row.eligible for row in rows}
    costs[move.key, move.source] -= move.amount
    costs[move.key, move.target] = costs.get((move.key, move.target), Decimal(0)) + move.amount
    lines = [(key, Cost(category, eligible)) for (key, category), eligible in costs.items() if eligible]
    # The firm that applied comes first, whether it still bears a cost or not.
    bearers = [Bearer(key, sizes.get(key)) for key in dict.fromkeys([None, *(key for key, _cost in lines)])]
    granted = sum((row.grant for row in rows), Decimal(0))
    return list(together(terms, lines, bearers, requested=granted).rows)


def without(rows: Sequence[Row], key: int | None, claimed: Mapping[Place, Decimal]) -> list[Row]:
    """The budget once a partner has left: of its part only what it has claimed stays, with its share of the grant."""
    found = []
    for row in rows:
        if row.key != key:
            found.append(row)
        elif kept := min(claimed.get((key, row.category), Decimal(0)), row.eligible):
            grant = (row.grant * kept / row.eligible).quantize(PENNY, ROUND_DOWN)
            found.append(replace(row, eligible=kept, grant=grant))
    return found


def end(on: date, *, today: date, ends: date | None, open_claims: int) -> list[Why]:
    """Why the project cannot end on that day; claims that are open are settled first."""
    found = {
        Why.AFTER_END: ends is not None and on > ends,
        Why.END_PAST: on < today,
        Why.OPEN_CLAIMS: bool(open_claims),
    }
    return [why for why, holds in found.items() if holds]


def costs_of(rows: Sequence[Mapping[str, Any]], key: int | None) -> tuple[Decimal | None, Decimal | None]:
    """Costs that count and grant of one who bears them, by rows as Award.budget keeps them; None where it has none."""
    own = [row for row in rows if row["partner"] == key]
    if not own:
        return None, None
    eligible, grant = (sum((Decimal(row[name]) for row in own), Decimal(0)) for name in ("eligible", "grant"))
    return eligible, grant


def handed_over(
    rows: Sequence[Row], key: int | None, new: int, claimed: Mapping[Place, Decimal], rates: Mapping[str, Decimal]
) -> list[Row]:
    """The budget once another has taken a partner's place: what was claimed stays, the rest goes to `new`.

    Its grant is never more than before, and no more than its own `rates` (percentages by kind of cost) give.
    """
    stays = without(rows, key, claimed)
    kept = {row.category: row for row in stays if row.key == key}
    for row in rows:
        if row.key != key:
            continue
        own = kept.get(row.category)
        eligible = row.eligible - (own.eligible if own else 0)
        most = (eligible * rates[row.category] / HUNDRED).quantize(PENNY, ROUND_DOWN)
        if eligible:
            stays.append(Row(new, row.category, eligible, min(row.grant - (own.grant if own else 0), most)))
    return stays

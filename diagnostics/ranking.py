"""Which steps first: impact x gap x readiness / cost, then a place in the roadmap.

Pure. Source: Industry 4.0 diagnostic method, section 4.5.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from diagnostics.rounding import exact, publish

NOW, NEXT, LATER, PARKED = "now", "next", "later", "parked"
COLUMNS = (NOW, NEXT, LATER)

# Highest sum of planning values in now and next for each answer about the 12-month budget, before any grant.
BUDGET_TOPS = {"none": 500, "under_5k": 5_000, "5k_25k": 25_000, "25k_100k": 100_000}


@dataclass(frozen=True)
class Priority:
    """The four factors and P = 100 I G R / K (0 to 100), all exact."""

    impact: Fraction
    gap: Fraction
    readiness: Fraction
    cost: Fraction

    @property
    def value(self) -> Fraction:
        return 100 * self.impact * self.gap * self.readiness / self.cost


@dataclass(frozen=True)
class Candidate:
    """The next step for one question whose level is below its target."""

    code: str
    question: str
    title: str
    horizon: str
    cost_band: int
    duration_weeks: int
    level: int
    target: int
    pinned: bool
    quick_win: bool
    unmet: tuple[str, ...]
    own: Priority
    effective: Fraction


@dataclass(frozen=True)
class RankedAction:
    """A candidate with its rank and its final horizon. `waiting_for` names the questions still too low."""

    code: str
    question: str
    title: str
    horizon: str
    rank: int
    priority: Decimal
    own_priority: Decimal
    opportunity: Fraction
    pinned: bool
    quick_win: bool
    cost_band: int
    duration_weeks: int
    level: int
    target: int
    waiting_for: tuple[str, ...]


def priority(
    rules: Mapping[str, Any],
    *,
    impact: int,
    level: int,
    target: int,
    benefits: Collection[str],
    cost_band: int,
    met: int,
    total: int,
    goals: Sequence[str],
    foundations: Fraction | None,
) -> Priority:
    """Section 4.5. `foundations` is the exact score of the foundations group, None if it has none."""
    share = Fraction(impact, 5)
    if goals:
        points = rules["goal_rank_points"][: len(goals)]
        reached = sum(point for goal, point in zip(goals, points, strict=True) if goal in benefits)
        share = exact(rules["impact_share"]) * share + exact(rules["goal_share"]) * Fraction(reached, sum(points))
    strength = exact(rules["readiness_default"]) if foundations is None else foundations
    done = Fraction(met, total) if total else Fraction(1)
    readiness = exact(rules["readiness_share"]) * strength / 100 + exact(rules["prerequisite_share"]) * done
    return Priority(
        impact=share,
        gap=Fraction(target - level, 4),
        readiness=max(exact(rules["readiness_floor"]), readiness),
        cost=1 + exact(rules["cost_step"]) * cost_band,
    )


def rank(
    document: Mapping[str, Any],
    *,
    levels: Mapping[str, int],
    excused: Collection[str],
    targets: Mapping[str, int],
    goals: Sequence[str],
    foundations: Fraction | None,
    budget: str | None,
) -> tuple[RankedAction, ...]:
    """All candidates in rank order with their horizons.

    `levels` holds answered questions, `excused` those hidden or not applicable (a prerequisite on them is met),
    `budget` the code of the 12-month budget band.
    """
    found = [
        candidate
        for question in document["questions"]
        if (candidate := _candidate(document, question, levels, excused, targets, goals, foundations))
    ]
    ordered = sorted(_enabled(found), key=_order)
    horizons = place(document, ordered, foundations=foundations, budget=budget)
    return tuple(
        RankedAction(
            code=item.code,
            question=item.question,
            title=item.title,
            horizon=horizons[item.code],
            rank=position,
            priority=publish(item.effective, 2),
            own_priority=publish(item.own.value, 2),
            opportunity=item.own.impact * item.own.gap,
            pinned=item.pinned,
            quick_win=item.quick_win,
            cost_band=item.cost_band,
            duration_weeks=item.duration_weeks,
            level=item.level,
            target=item.target,
            waiting_for=item.unmet,
        )
        for position, item in enumerate(ordered, start=1)
    )


def _candidate(
    document: Mapping[str, Any],
    question: Mapping[str, Any],
    levels: Mapping[str, int],
    excused: Collection[str],
    targets: Mapping[str, int],
    goals: Sequence[str],
    foundations: Fraction | None,
) -> Candidate | None:
    level, target = levels.get(question["code"]), targets[question["code"]]
    if level is None or level >= target:
        return None
    action = next((action for action in question["actions"] if action["lifts_to"] > level), None)
    if action is None:
        return None
    rules = document["scoring"]
    required = action.get("requires", [])
    unmet = tuple(
        need["question"]
        for need in required
        if need["question"] not in excused and levels.get(need["question"], -1) < need["min_level"]
    )
    own = priority(
        rules["priority"],
        impact=question["impact"],
        level=level,
        target=target,
        benefits=action["benefits"],
        cost_band=action["cost_band"],
        met=len(required) - len(unmet),
        total=len(required),
        goals=goals,
        foundations=foundations,
    )
    return Candidate(
        code=action["code"],
        question=question["code"],
        title=action["title"],
        horizon=NEXT if unmet and action["horizon"] == NOW else action["horizon"],
        cost_band=action["cost_band"],
        duration_weeks=action["duration_weeks"],
        level=level,
        target=target,
        pinned=bool(question.get("gate")) and level <= rules["gate"]["level_max"],
        quick_win=_is_quick_win(rules["quick_win"], action, own, unmet),
        unmet=unmet,
        own=own,
        effective=own.value,
    )


def _is_quick_win(limits: Mapping[str, Any], action: Mapping[str, Any], own: Priority, unmet: Sequence[str]) -> bool:
    return (
        not unmet
        and action["cost_band"] <= limits["cost_band_max"]
        and action["duration_weeks"] <= limits["duration_weeks_max"]
        and own.impact >= exact(limits["impact_factor_min"])
    )


def _enabled(found: Sequence[Candidate]) -> list[Candidate]:
    """Enabler rule: what another candidate waits for takes the higher of the two own priorities; not chained."""
    return [
        replace(
            item,
            effective=max([item.own.value, *(other.own.value for other in found if item.question in other.unmet)]),
        )
        for item in found
    ]


def _order(item: Candidate) -> tuple[bool, Fraction, Fraction, Fraction, int, int, str]:
    return (
        not item.pinned,
        -item.effective,
        -item.own.value,
        -item.own.impact,
        item.cost_band,
        item.duration_weeks,
        item.code,
    )


def now_limit(limits: Mapping[str, int], foundations: Fraction | None) -> int:
    """How many actions a firm can start at once, by the exact foundations score."""
    if foundations is None or foundations < 40:
        return limits["foundations_below_40"]
    return limits["foundations_40_to_59"] if foundations < 60 else limits["foundations_60_plus"]


def place(
    document: Mapping[str, Any], ordered: Sequence[Candidate], *, foundations: Fraction | None, budget: str | None
) -> dict[str, str]:
    """Final horizon by action code: steps 2 and 3 of the placement in section 4.5."""
    limits = document["scoring"]["plan_limits"]
    values = {band["code"]: band["planning_value"] for band in document["cost_bands"]}
    top = BUDGET_TOPS.get(budget) if budget else None
    starting = {item.code: item.horizon for item in ordered}
    for item in [item for item in ordered if item.horizon == NOW][now_limit(limits["now"], foundations) :]:
        starting[item.code] = NEXT
    final: dict[str, str] = {}
    used = dict.fromkeys(COLUMNS, 0)
    spent = 0
    for item in sorted(ordered, key=lambda item: COLUMNS.index(starting[item.code])):
        column, value = starting[item.code], values[item.cost_band]
        if column != LATER:
            if top is not None and not item.pinned and spent + value > top:
                column = LATER
            else:
                spent += value
        if column == NEXT and used[NEXT] >= limits[NEXT]:
            column = LATER
            spent -= value
        if column == LATER and used[LATER] >= limits[LATER]:
            column = PARKED
        else:
            used[column] += 1
        final[item.code] = column
    return final


def biggest_opportunities(actions: Sequence[RankedAction], count: int = 3) -> tuple[RankedAction, ...]:
    """By impact and gap alone: large projects that the cost divisor ranks low until their ground is prepared."""
    return tuple(sorted(actions, key=lambda action: (-action.opportunity, action.rank))[:count])

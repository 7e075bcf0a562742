"""From answers to scores, bands and ranked actions: the published method, exactly.

Pure: no database, no Django. Everything is computed in exact fractions; numbers are rounded half up only when they
are published, and bands and gaps use the published numbers so that a page always adds up.
Source: Industry 4.0 diagnostic method, sections 4.1 to 4.5.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from diagnostics import conditions, ranking
from diagnostics.rounding import exact, publish

METHOD_VERSION = "1"

ANSWERED, UNANSWERED, DONT_KNOW = "answered", "unanswered", "dont_know"
NOT_APPLICABLE, HIDDEN = "not_applicable", "hidden"
FINAL, PROVISIONAL, INSUFFICIENT = "final", "provisional", "insufficient"

Document = Mapping[str, Any]
Answer = int | str | None
PROVEN = ("seen", "measured")
"""Strengths of evidence that somebody else could find again."""


@dataclass(frozen=True)
class QuestionState:
    """How one question stands: what the firm said, what the adviser holds, and what counts."""

    code: str
    group: str
    status: str
    self_level: int | None
    moderated_level: int | None

    @property
    def level(self) -> int | None:
        """The level that counts: the adviser's where there is one."""
        if self.status != ANSWERED:
            return None
        return self.self_level if self.moderated_level is None else self.moderated_level


@dataclass(frozen=True)
class Row:
    """One question as the group formula sees it. `target` is None when the firm's size is unknown."""

    weight: int
    target: int | None
    status: str
    level: int | None = None
    code: str = ""
    gate: bool = False


@dataclass(frozen=True)
class GroupScore:
    """Section 4.2 and 4.4 for one group. Published numbers are Decimals with one place; None is "not shown"."""

    code: str
    name: str
    role: str
    group_weight: int
    state: str
    score: Decimal | None
    low: Decimal | None
    high: Decimal | None
    target: Decimal | None
    gap: Decimal | None
    coverage: Decimal | None
    band: str | None
    band_capped_by: str | None
    held_back_by: tuple[str, ...]
    na_flag: bool
    applicable_weight: int
    answered_weight: int
    unanswered: int
    exact_score: Fraction | None
    exact_target: Fraction | None

    @property
    def is_scored(self) -> bool:
        return self.state in (FINAL, PROVISIONAL)


@dataclass(frozen=True)
class Overall:
    state: str
    score: Decimal | None
    target: Decimal | None
    gap: Decimal | None
    coverage: Decimal | None
    band: str | None


@dataclass(frozen=True)
class BarrierResponse:
    """The answer to a practical problem that the firm rated at or above its trigger."""

    question: str
    level: int
    code: str
    title: str
    horizon: str
    cost_band: int


@dataclass(frozen=True)
class Result:
    """All that the diagnostic says. `groups` are the scored groups, `foundations` stands apart."""

    method_version: str
    size: str | None
    groups: tuple[GroupScore, ...]
    foundations: GroupScore | None
    overall: Overall
    actions: tuple[ranking.RankedAction, ...]
    responses: tuple[BarrierResponse, ...]
    questions: tuple[QuestionState, ...]
    strongest: str | None
    weakest: str | None

    @property
    def held_back_by(self) -> tuple[tuple[str, str], ...]:
        """(group, question) for each gate that caps a group's band."""
        return tuple((group.code, group.band_capped_by) for group in self.groups if group.band_capped_by)


def score(
    document: Document,
    facts: Mapping[str, Any],
    answers: Mapping[str, Answer],
    moderated: Mapping[str, int | None] | None = None,
) -> Result:
    """Score a questionnaire.

    `answers` maps question codes to a level 0 to 4, "dont_know", "not_applicable" or None; `moderated` maps them to the
    adviser's level. Both are expected to have passed `inputs.problems`. Without `employees` there are no targets, gaps
    or actions.
    """
    size = size_of(facts)
    known = {**facts, "size_band": size}
    questions = question_states(document, known, answers, moderated or {})
    by_code = {state.code: state for state in questions}
    groups = [
        score_group(_rows(document, group["code"], by_code, size), document, group)
        for group in document["groups"]
        if group["role"] != "barrier"
    ]
    scored = tuple(group for group in groups if group.role == "score")
    foundations = next((group for group in groups if group.role == "readiness"), None)
    strongest, weakest = _extremes(scored)
    return Result(
        method_version=METHOD_VERSION,
        size=size,
        groups=scored,
        foundations=foundations,
        overall=score_overall(scored, document),
        actions=_ranked(document, known, by_code, size, foundations),
        responses=_barrier_responses(document, by_code),
        questions=questions,
        strongest=strongest,
        weakest=weakest,
    )


def size_of(facts: Mapping[str, Any]) -> str | None:
    """Size band by headcount: micro below 10, small below 50, else medium (250 and more included)."""
    employees = facts.get("employees")
    if employees is None:
        return None
    return "micro" if employees < 10 else "small" if employees < 50 else "medium"


def question_states(
    document: Document, facts: Mapping[str, Any], answers: Mapping[str, Answer], moderated: Mapping[str, int | None]
) -> tuple[QuestionState, ...]:
    """Status of every scored question and barrier, in order. A hidden question keeps neither answer."""
    facts = {"size_band": size_of(facts), **facts}
    states: list[QuestionState] = []
    levels: dict[str, int] = {}
    hidden: set[str] = set()
    for question in [*document["questions"], *document["barriers"]]:
        code, group = question["code"], question.get("group", "BR")
        if not _is_visible(question.get("applies_if"), facts, levels, hidden):
            hidden.add(code)
            states.append(QuestionState(code, group, HIDDEN, None, None))
            continue
        state = _stated(code, group, answers.get(code), moderated.get(code))
        if state.level is not None:
            levels[code] = state.level
        states.append(state)
    return tuple(states)


def _is_visible(
    condition: conditions.Condition | None, facts: Mapping[str, Any], levels: Mapping[str, int], hidden: set[str]
) -> bool:
    if condition is None:
        return True
    if hidden.intersection(conditions.questions_in(condition)):
        return False
    return conditions.holds(condition, facts, levels)


def _stated(code: str, group: str, answer: Answer, moderated: int | None) -> QuestionState:
    self_level = answer if isinstance(answer, int) else None
    if moderated is not None or self_level is not None:
        return QuestionState(code, group, ANSWERED, self_level, moderated)
    status = str(answer) if answer in (DONT_KNOW, NOT_APPLICABLE) else UNANSWERED
    return QuestionState(code, group, status, None, None)


def confidence(document: Document, questions: Iterable[QuestionState], strengths: Mapping[str, str]) -> Decimal | None:
    """Section 2.3 (7): how much of the answered weight was seen or measured, in percent with one decimal; None when
    nothing is answered. It tells how sure a result is and never changes it."""
    weights = {question["code"]: question["weight"] for question in document["questions"]}
    answered = [state.code for state in questions if state.status == ANSWERED and state.code in weights]
    if not answered:
        return None
    proven = sum(weights[code] for code in answered if strengths.get(code) in PROVEN)
    return publish(Fraction(100 * proven, sum(weights[code] for code in answered)), 1)


def _rows(document: Document, group: str, states: Mapping[str, QuestionState], size: str | None) -> list[Row]:
    return [
        Row(
            weight=question["weight"],
            target=question["target"][size] if size else None,
            status=states[question["code"]].status,
            level=states[question["code"]].level,
            code=question["code"],
            gate=question.get("gate", False),
        )
        for question in document["questions"]
        if question["group"] == group
    ]


def score_group(rows: Sequence[Row], document: Document, group: Mapping[str, Any]) -> GroupScore:
    """Section 4.2: coverage, score, target, gap and range; 4.4: band and the gate that caps it."""
    rules = document["scoring"]
    answered = [row for row in rows if row.status == ANSWERED]
    missing = [row for row in rows if row.status in (UNANSWERED, DONT_KNOW)]
    visible = _weight(row for row in rows if row.status != HIDDEN)
    not_applicable = _weight(row for row in rows if row.status == NOT_APPLICABLE)
    got, applicable = _weight(answered), _weight(answered) + _weight(missing)
    coverage = Fraction(got, applicable) if applicable else None
    state = _group_state(coverage, rules)
    points = sum(row.weight * (row.level or 0) for row in answered)
    exact_score = Fraction(100 * points, 4 * got) if state in (FINAL, PROVISIONAL) else None
    exact_target = _target(answered, got) if exact_score is not None else None
    low = Fraction(100 * points, 4 * applicable) if applicable else None
    high = None if low is None or coverage is None else low + 100 * (1 - coverage)
    published, target = _tenth(exact_score), _tenth(exact_target)
    gates = tuple(row.code for row in answered if row.gate and (row.level or 0) <= rules["gate"]["level_max"])
    band, capped = _band(published, document, gates)
    return GroupScore(
        code=group["code"],
        name=group["title"],
        role=group["role"],
        group_weight=group["weight"],
        state=state,
        score=published,
        low=_tenth(low),
        high=_tenth(high),
        target=target,
        gap=None if target is None or published is None else target - published,
        coverage=None if coverage is None else publish(coverage, 3),
        band=band,
        band_capped_by=gates[0] if capped else None,
        held_back_by=gates if capped else (),
        na_flag=visible > 0 and Fraction(not_applicable, visible) > exact(rules["na_share_flag"]),
        applicable_weight=applicable,
        answered_weight=got,
        unanswered=len(missing),
        exact_score=exact_score,
        exact_target=exact_target,
    )


def _weight(rows: Iterable[Row]) -> int:
    return sum(row.weight for row in rows)


def _target(answered: Sequence[Row], weight: int) -> Fraction | None:
    """A level already above its target counts as its own target, so that no gap is negative."""
    total = 0
    for row in answered:
        if row.target is None:
            return None
        total += row.weight * max(row.target, row.level or 0)
    return Fraction(100 * total, 4 * weight)


def _group_state(coverage: Fraction | None, rules: Mapping[str, Any]) -> str:
    if coverage is None:
        return NOT_APPLICABLE
    if coverage == 0 or coverage < exact(rules["coverage_min_group"]):
        return INSUFFICIENT
    return FINAL if coverage == 1 else PROVISIONAL


def band_for(published: Decimal, document: Document) -> str:
    """Section 4.4: the highest band whose lower bound the published score reaches."""
    reached = [band["code"] for band in document["bands"] if published >= band["min"]]
    return str(reached[-1])


def _band(published: Decimal | None, document: Document, gates: Sequence[str]) -> tuple[str | None, bool]:
    if published is None:
        return None, False
    band = band_for(published, document)
    cap = document["scoring"]["gate"]["caps_band_at"]
    order = [entry["code"] for entry in document["bands"]]
    if gates and order.index(band) > order.index(cap):
        return str(cap), True
    return band, False


def score_overall(groups: Sequence[GroupScore], document: Document) -> Overall:
    """Section 4.3: the weighted mean of the scored groups, shown only when enough is known."""
    rules = document["scoring"]
    applicable = [group for group in groups if group.state != NOT_APPLICABLE]
    if not applicable:
        return Overall(NOT_APPLICABLE, None, None, None, None, None)
    weight = sum(group.group_weight for group in applicable)
    covered = sum(
        (group.group_weight * Fraction(group.answered_weight, group.applicable_weight) for group in applicable),
        Fraction(0),
    )
    coverage = covered / weight
    scored = [group for group in applicable if group.is_scored]
    needed = min(rules["groups_min_overall"], len(applicable))
    if len(scored) < needed or coverage < exact(rules["coverage_min_overall"]):
        return Overall(INSUFFICIENT, None, None, None, publish(coverage, 3), None)
    published = publish(_mean([(group.group_weight, group.exact_score) for group in scored]) or Fraction(0), 1)
    target = _tenth(_mean([(group.group_weight, group.exact_target) for group in scored]))
    return Overall(
        state=FINAL if all(group.state == FINAL for group in applicable) else PROVISIONAL,
        score=published,
        target=target,
        gap=None if target is None else target - published,
        coverage=publish(coverage, 3),
        band=band_for(published, document),
    )


def _mean(parts: Sequence[tuple[int, Fraction | None]]) -> Fraction | None:
    total = Fraction(0)
    for weight, value in parts:
        if value is None:
            return None
        total += weight * value
    return total / sum(weight for weight, _value in parts)


def _extremes(groups: Sequence[GroupScore]) -> tuple[str | None, str | None]:
    """Strongest and weakest scored group by published score; equal scores keep the questionnaire's order."""
    scored = [(group.score, group.code) for group in groups if group.score is not None]
    if len(scored) < 2:
        return None, None
    return max(scored, key=lambda pair: pair[0])[1], min(scored, key=lambda pair: pair[0])[1]


def _ranked(
    document: Document,
    facts: Mapping[str, Any],
    states: Mapping[str, QuestionState],
    size: str | None,
    foundations: GroupScore | None,
) -> tuple[ranking.RankedAction, ...]:
    if size is None:
        return ()
    return ranking.rank(
        document,
        levels={code: state.level for code, state in states.items() if state.level is not None},
        excused={code for code, state in states.items() if state.status in (HIDDEN, NOT_APPLICABLE)},
        targets={question["code"]: question["target"][size] for question in document["questions"]},
        goals=tuple(facts.get("goals") or ()),
        foundations=foundations.exact_score if foundations else None,
        budget=facts.get("budget_12m"),
    )


def _barrier_responses(document: Document, states: Mapping[str, QuestionState]) -> tuple[BarrierResponse, ...]:
    """Worst first; equal levels keep the questionnaire's order."""
    found = []
    for barrier in document["barriers"]:
        level = states[barrier["code"]].level
        if level is not None and level >= barrier["trigger_min"]:
            response = barrier["response"]
            found.append(
                BarrierResponse(
                    question=barrier["code"],
                    level=level,
                    code=response["code"],
                    title=response["title"],
                    horizon=response["horizon"],
                    cost_band=response["cost_band"],
                )
            )
    return tuple(sorted(found, key=lambda response: -response.level))


def _tenth(value: Fraction | None) -> Decimal | None:
    return None if value is None else publish(value, 1)

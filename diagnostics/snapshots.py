"""A result as plain JSON: what the API answers, what is frozen when a diagnostic is made final, what pages show.

Pure. Numbers are text with the method's decimals, so that a stored result and a recomputed one compare equal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from diagnostics import change, ranking, scoring


def text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def group_json(group: scoring.GroupScore) -> dict[str, Any]:
    """One group as the API gives it."""
    return {
        "code": group.code,
        "name": group.name,
        "state": group.state,
        "score": text(group.score),
        "low": text(group.low),
        "high": text(group.high),
        "target": text(group.target),
        "gap": text(group.gap),
        "coverage": text(group.coverage),
        "band": group.band,
        "band_capped_by": group.band_capped_by,
        "na_flag": group.na_flag,
    }


def overall_json(overall: scoring.Overall) -> dict[str, Any]:
    return {
        "state": overall.state,
        "score": text(overall.score),
        "target": text(overall.target),
        "gap": text(overall.gap),
        "coverage": text(overall.coverage),
        "band": overall.band,
    }


def action_json(action: ranking.RankedAction) -> dict[str, Any]:
    """One action as the API gives it."""
    return {
        "code": action.code,
        "title": action.title,
        "question": action.question,
        "horizon": action.horizon,
        "rank": action.rank,
        "priority": text(action.priority),
        "pinned": action.pinned,
        "quick_win": action.quick_win,
        "cost_band": action.cost_band,
        "waiting_for": list(action.waiting_for),
    }


def result_json(result: scoring.Result) -> dict[str, Any]:
    """Everything the method says, richer than the API's answer."""
    foundations = result.foundations
    return {
        "method_version": result.method_version,
        "size": result.size,
        "groups": [{**group_json(group), "unanswered": group.unanswered} for group in result.groups],
        "overall": overall_json(result.overall),
        "foundations": {**group_json(foundations), "unanswered": foundations.unanswered} if foundations else None,
        "actions": [
            {
                **action_json(action),
                "own_priority": text(action.own_priority),
                "duration_weeks": action.duration_weeks,
                "level": action.level,
                "target": action.target,
            }
            for action in result.actions
        ],
        "opportunities": [action.code for action in ranking.biggest_opportunities(result.actions)],
        "responses": [
            {"question": item.question, "level": item.level, "code": item.code, "title": item.title}
            for item in result.responses
        ],
        "questions": [
            {
                "code": state.code,
                "group": state.group,
                "status": state.status,
                "own": state.self_level,
                "moderated": state.moderated_level,
                "level": state.level,
            }
            for state in result.questions
        ],
        "strongest": result.strongest,
        "weakest": result.weakest,
        "held_back_by": [list(pair) for pair in result.held_back_by],
    }


def snapshot(
    document: Mapping[str, Any],
    facts: Mapping[str, Any],
    answers: Mapping[str, scoring.Answer],
    moderated: Mapping[str, int | None],
    strengths: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The result with the adviser's view, the firm's own beside it, and how the two differ.

    With `strengths` (question code -> strength of its evidence) these too, and the confidence that they give.
    """
    final = scoring.score(document, facts, answers, moderated)
    own = scoring.score(document, facts, answers)
    difference = change.moderation(
        [
            (state.code, state.self_level, state.level)
            for state in final.questions
            if state.self_level is not None and state.level is not None and state.group != "BR"
        ]
    )
    return {
        "result": result_json(final),
        "own": {
            "groups": [group_json(group) for group in own.groups],
            "overall": overall_json(own.overall),
            "foundations": group_json(own.foundations) if own.foundations else None,
        },
        "moderation": {"changed": list(difference.changed), "mean_shift": text(difference.mean_shift)},
        **_evidence(document, final, strengths),
    }


def _evidence(
    document: Mapping[str, Any], result: scoring.Result, strengths: Mapping[str, str] | None
) -> dict[str, Any]:
    if strengths is None:
        return {}
    return {
        "strengths": dict(strengths),
        "confidence": text(scoring.confidence(document, result.questions, strengths)),
    }


def again(document: Mapping[str, Any], frozen: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the method says today of a frozen snapshot's own answers. `facts` are its facts with exact numbers."""
    return snapshot(document, facts, frozen["answers"], frozen["moderated"], frozen.get("strengths"))


@dataclass(frozen=True)
class Difference:
    """Where a stored result and the same result computed today part."""

    path: str
    stored: Any
    today: Any


def differences(stored: Any, today: Any, path: str = "") -> Iterator[Difference]:
    """Every place in which two JSON values differ; what only one of them has counts as None in the other."""
    if isinstance(stored, dict) and isinstance(today, dict):
        for key in dict.fromkeys([*stored, *today]):
            yield from differences(stored.get(key), today.get(key), f"{path}.{key}" if path else key)
    elif isinstance(stored, list) and isinstance(today, list) and len(stored) == len(today):
        for index, (one, other) in enumerate(zip(stored, today, strict=True)):
            yield from differences(one, other, f"{path}.{index}")
    elif stored != today or type(stored) is not type(today):
        yield Difference(path, stored, today)


def measured(document: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, change.Measured]:
    """The answered questions of a stored result, for comparing two rounds; empty without targets."""
    levels = {item["code"]: item["level"] for item in result["questions"]}
    size = result["size"]
    if size is None:
        return {}
    return {
        question["code"]: change.Measured(
            revision=question["revision"],
            weight=question["weight"],
            level=levels[question["code"]],
            target=question["target"][size],
        )
        for question in document["questions"]
        if levels.get(question["code"]) is not None and question["group"] != "FN"
    }

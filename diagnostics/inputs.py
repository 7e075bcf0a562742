"""Are these facts and answers ones that the questionnaire can take?

Pure. Used by the pages and by the public calculator before scoring, so that scoring itself meets only good input.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from diagnostics import scoring


@dataclass(frozen=True)
class Problem:
    """Where (path of keys) and what, in a sentence that says what to do."""

    path: tuple[str | int, ...]
    message: str


def problems(
    document: Mapping[str, Any],
    facts: Mapping[str, Any],
    answers: Mapping[str, Any],
    moderated: Mapping[str, Any],
    *,
    regions: Collection[str],
) -> list[Problem]:
    """Everything wrong with the input, in order. `regions` are the slugs of all programmes' regions."""
    found = [*_fact_problems(document, facts, regions), *_answer_problems(document, answers, moderated)]
    if found:
        return found
    return _not_applicable_problems(document, facts, answers, moderated)


def choices(document: Mapping[str, Any], fact: Mapping[str, Any], regions: Collection[str]) -> Collection[str]:
    """Codes that a choice or ranked choice takes."""
    source = fact.get("choices_from")
    if source == "programme_regions":
        return regions
    if source == "benefit_types":
        return [benefit["code"] for benefit in document["benefit_types"]]
    return list(fact["choices"])


def _fact_problems(document: Mapping[str, Any], facts: Mapping[str, Any], regions: Collection[str]) -> list[Problem]:
    profile = {fact["code"]: fact for fact in document["profile"] if fact["type"] != "derived"}
    found: list[Problem] = []
    for code, value in facts.items():
        if code not in profile:
            found.append(Problem(("facts", code), "This questionnaire has no such fact."))
        elif value is not None:
            found.extend(_value_problems(document, profile[code], value, regions))
    return found


def _value_problems(
    document: Mapping[str, Any], fact: Mapping[str, Any], value: Any, regions: Collection[str]
) -> list[Problem]:
    path = ("facts", fact["code"])
    if fact["type"] == "number":
        least = fact.get("min", 0)
        good = isinstance(value, int | Decimal) and not isinstance(value, bool) and value >= least
        return [] if good else [Problem(path, f"Give a number of {least} or more.")]
    if fact["type"] == "boolean":
        return [] if isinstance(value, bool) else [Problem(path, "Give true or false.")]
    allowed = choices(document, fact, regions)
    if fact["type"] == "choice":
        good = isinstance(value, str) and value in allowed
        return [] if good else [Problem(path, f"Choose one of: {', '.join(sorted(allowed))}.")]
    return _ranked_problems(path, value, allowed, fact.get("max") or len(allowed))


def _ranked_problems(path: tuple[str, str], value: Any, allowed: Collection[str], most: int) -> list[Problem]:
    if not isinstance(value, list | tuple):
        return [Problem(path, "Give a list, most important first.")]
    if len(value) > most:
        return [Problem(path, f"Choose at most {most}.")]
    found = [
        Problem((*path, index), f"Choose from: {', '.join(sorted(allowed))}.")
        for index, entry in enumerate(value)
        if not isinstance(entry, str) or entry not in allowed
    ]
    if not found and len(set(value)) < len(value):
        found.append(Problem(path, "Choose each only once."))
    return found


def _answer_problems(
    document: Mapping[str, Any], answers: Mapping[str, Any], moderated: Mapping[str, Any]
) -> list[Problem]:
    codes = {question["code"] for question in [*document["questions"], *document["barriers"]]}
    others = {entry["code"] for entry in document["scale"]["other_answers"]}
    found: list[Problem] = []
    for part, values, words in (("answers", answers, others), ("moderated", moderated, set())):
        for code, value in values.items():
            if code not in codes:
                found.append(Problem((part, code), "This questionnaire has no such question."))
            elif value is not None and not _is_level(value) and not (isinstance(value, str) and value in words):
                also = f", or one of: {', '.join(sorted(words))}" if words else ""
                found.append(Problem((part, code), f"Give a whole level from 0 to 4{also}."))
    return found


def _is_level(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 4


def _not_applicable_problems(
    document: Mapping[str, Any], facts: Mapping[str, Any], answers: Mapping[str, Any], moderated: Mapping[str, Any]
) -> list[Problem]:
    """A question that everyone must face cannot be set aside; a hidden one is ignored whatever it holds."""
    states = {state.code: state for state in scoring.question_states(document, facts, answers, moderated)}
    return [
        Problem(("answers", question["code"]), "This question applies to every firm. Give a level or dont_know.")
        for question in document["questions"]
        if not question["allow_na"]
        and answers.get(question["code"]) == scoring.NOT_APPLICABLE
        and states[question["code"]].status != scoring.HIDDEN
    ]

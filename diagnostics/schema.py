"""Is this questionnaire sound? Everything wrong with it, each with its path; and its canonical form and hash.

Pure. The shape is checked first, then what refers to what: unknown codes, conditions that look forward or at
themselves, and prerequisites that could never be met. Method, section 2.3.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from diagnostics import conditions, texts
from diagnostics.shape import Action, Excerpt, Questionnaire, Response

SIZES = ("micro", "small", "medium")
MOST_NAMED = 5


@dataclass(frozen=True)
class Problem:
    """`path`: keys, positions and codes that lead to the place; `line` of the file it was read from, from 1."""

    path: tuple[str, ...]
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = ".".join(self.path) or "document"
        return f"{place}: {self.message}" if self.line is None else f"line {self.line}, {place}: {self.message}"


def problems(document: Any) -> list[Problem]:
    """Everything wrong with a questionnaire; empty when it may be kept as a draft."""
    found = shape_problems(document, Questionnaire)
    if found:
        return found
    questionnaire = Questionnaire.model_validate(document)
    checks = [_repeated, _scales, _bands, _profile, _references, _conditions, _deadlocks]
    lines = [line for check in checks for line in check(questionnaire)]
    return [_problem(line) for line in lines] + list(_translations(document))


def unready(document: Mapping[str, Any]) -> list[Problem]:
    """What keeps a sound draft from being published: minutes that do not add up, languages that are not complete."""
    framework = document["framework"]
    found = []
    seconds = sum(_seconds(document))
    minutes, said = -(-seconds // 60), framework["typical_minutes"]["self_assessment"]
    if minutes != said:
        path = ("framework", "typical_minutes", "self_assessment")
        found.append(Problem(path, f"says {said}, but all seconds together are {seconds}: write {minutes}"))
    for language in framework["required_languages"]:
        missing = texts.missing(document, language)
        if missing:
            more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
            message = f"no words for {', '.join(missing[:MOST_NAMED])}{more}"
            found.append(Problem(("framework", "required_languages", language), message))
    return found


def _seconds(document: Mapping[str, Any]) -> Iterator[int]:
    for part in ("profile", "questions", "barriers"):
        yield from (item.get("seconds") or 0 for item in document[part])


def shape_problems(document: Any, model: type[Questionnaire] | type[Excerpt]) -> list[Problem]:
    """Whether every field is there, known, and of its kind."""
    try:
        model.model_validate(document)
    except ValidationError as error:
        return [Problem(tuple(map(str, item["loc"])), item["msg"]) for item in error.errors()]
    return []


def _problem(line: str) -> Problem:
    path, _colon, message = line.partition(": ")
    return Problem(tuple(path.split(".")), message)


def canonical(document: Mapping[str, Any]) -> str:
    """One text for one meaning: sorted keys, no spaces."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def _repeated(questionnaire: Questionnaire) -> Iterator[str]:
    lists: dict[str, list[Any]] = {
        "groups": questionnaire.groups,
        "profile": questionnaire.profile,
        "questions": [*questionnaire.questions, *questionnaire.barriers],
        "actions": [action for question in questionnaire.questions for action in question.actions],
        "benefit_types": questionnaire.benefit_types,
        "cost_bands": questionnaire.cost_bands,
    }
    for name, entries in lists.items():
        seen: set[Any] = set()
        for entry in entries:
            if entry.code in seen:
                yield f"{name}.{entry.code}: this code is used twice"
            seen.add(entry.code)


def _scales(questionnaire: Questionnaire) -> Iterator[str]:
    """An answer is read by where its label stands."""
    scales = {"scale.labels": questionnaire.scale.labels, "barrier_scale": questionnaire.barrier_scale}
    for path, labels in scales.items():
        if [label.level for label in labels] != [0, 1, 2, 3, 4]:
            yield f"{path}: give the levels 0 to 4 in this order"
    codes = [answer.code for answer in questionnaire.scale.other_answers]
    if sorted(codes) != ["dont_know", "not_applicable"]:
        yield "scale.other_answers: give not_applicable and dont_know, each once"


def _profile(questionnaire: Questionnaire) -> Iterator[str]:
    for fact in questionnaire.profile:
        path = f"profile.{fact.code}"
        has_choices = fact.choices is not None or fact.choices_from is not None
        if fact.type in ("choice", "ranked_choice") and not has_choices:
            yield f"{path}: give choices"
        if fact.type == "ranked_choice" and fact.max is None:
            yield f"{path}: give max"
    types = {fact.code: fact.type for fact in questionnaire.profile}
    if types.get("employees") != "number":
        yield "profile: a number called employees is needed: targets depend on it"


def _translations(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Words for texts that are not there: a misspelt path, or a question that has gone."""
    known = texts.texts(document)
    for language, words in (document.get("translations") or {}).items():
        for path in words:
            if path not in known:
                yield Problem(("translations", language, path), "there is no such text")


def _bands(questionnaire: Questionnaire) -> Iterator[str]:
    lowest = [band.min for band in questionnaire.bands]
    if lowest[0] != 0 or lowest != sorted(set(lowest)):
        yield "bands: lower bounds must start at 0 and rise"
    if questionnaire.scoring.gate.caps_band_at not in {band.code for band in questionnaire.bands}:
        yield f"scoring.gate.caps_band_at: no band {questionnaire.scoring.gate.caps_band_at}"


def _references(questionnaire: Questionnaire) -> Iterator[str]:
    known: dict[str, set[Any]] = {
        "group": {group.code for group in questionnaire.groups},
        "benefit": {item.code for item in questionnaire.benefit_types},
        "funding kind": {item.code for item in questionnaire.funding_kinds},
        "expert kind": {item.code for item in questionnaire.expert_kinds},
        "cost band": {band.code for band in questionnaire.cost_bands},
        "question": {question.code for question in questionnaire.questions},
    }
    for path, kind, code in _uses(questionnaire):
        if code not in known[kind]:
            yield f"{path}: no {kind} {code}"


def _uses(questionnaire: Questionnaire) -> Iterator[tuple[str, str, Any]]:
    """(path, kind, code) for every code that must exist elsewhere in the document."""
    for question in questionnaire.questions:
        path = f"questions.{question.code}"
        yield f"{path}.group", "group", question.group
        yield from ((f"{path}.benefits", "benefit", code) for code in question.benefits)
        for action in question.actions:
            yield from ((f"{path}.{action.code}.benefits", "benefit", code) for code in action.benefits)
            yield from (
                (f"{path}.{action.code}.requires", "question", requirement.question) for requirement in action.requires
            )
            yield from _help(f"{path}.{action.code}", action)
    for barrier in questionnaire.barriers:
        yield from _help(f"barriers.{barrier.code}.response", barrier.response)
        yield from (
            (f"barriers.{barrier.code}.response.see_questions", "question", code)
            for code in barrier.response.see_questions
        )


def _help(path: str, entry: Action | Response) -> Iterator[tuple[str, str, Any]]:
    yield f"{path}.cost_band", "cost band", entry.cost_band
    yield from ((f"{path}.funding_kinds", "funding kind", code) for code in entry.funding_kinds)
    yield from ((f"{path}.experts", "expert kind", code) for code in entry.experts)


def _conditions(questionnaire: Questionnaire) -> Iterator[str]:
    """Known references, earlier questions only; a condition that leads back to its own question is a cycle."""
    facts = {fact.code for fact in questionnaire.profile}
    order = [question.code for question in questionnaire.questions]
    parents: dict[str, list[str]] = {}
    for position, question in enumerate(questionnaire.questions):
        path = f"questions.{question.code}.applies_if"
        if question.applies_if is None:
            continue
        shape = list(_condition_shape(question.applies_if, path))
        if shape:
            yield from shape
            continue
        parents[question.code] = conditions.questions_in(question.applies_if)
        for at, leaf in conditions.leaves(question.applies_if, path):
            if "fact" in leaf and leaf["fact"] not in facts:
                yield f"{at}: no fact {leaf['fact']}"
            elif "question" in leaf and leaf["question"] not in order:
                yield f"{at}: no question {leaf['question']}"
            elif "question" in leaf and order.index(leaf["question"]) >= position:
                yield f"{at}: {leaf['question']} is not asked before {question.code}"
    for code in parents:
        if code in _reached(code, parents):
            yield f"questions.{code}.applies_if: depends on itself"


def _condition_shape(condition: Any, path: str) -> Iterator[str]:
    if not isinstance(condition, Mapping):
        yield f"{path}: a condition is a mapping"
        return
    keys = set(condition)
    if keys in ({"all"}, {"any"}):
        (word,) = keys
        if not isinstance(condition[word], list) or not condition[word]:
            yield f"{path}.{word}: give at least one condition"
            return
        for index, part in enumerate(condition[word]):
            yield from _condition_shape(part, f"{path}.{word}.{index}")
    elif keys == {"not"}:
        yield from _condition_shape(condition["not"], f"{path}.not")
    elif keys not in ({"fact", "op", "value"}, {"question", "op", "value"}):
        yield f"{path}: give all, any, not, or one fact or question with op and value"
    else:
        yield from _leaf_shape(condition, path)


def _leaf_shape(leaf: Mapping[str, Any], path: str) -> Iterator[str]:
    op, value = leaf["op"], leaf["value"]
    if not isinstance(leaf.get("fact", leaf.get("question")), str):
        yield f"{path}: name the fact or question by its code"
    elif op not in conditions.OPERATORS:
        yield f"{path}.op: no operator {op}"
    elif op == "in" and not isinstance(value, list):
        yield f"{path}.value: give a list"
    elif op == "gte" and (isinstance(value, bool) or not isinstance(value, int | float)):
        yield f"{path}.value: give a number"


def _deadlocks(questionnaire: Questionnaire) -> Iterator[str]:
    """An action whose prerequisites lead back to it could never be started."""
    needs: dict[str, list[str]] = {}
    lifting = {
        question.code: sorted(question.actions, key=lambda action: action.lifts_to)
        for question in questionnaire.questions
    }
    for actions in lifting.values():
        earlier: list[str] = []
        for action in actions:
            needs[action.code] = earlier[-1:] + [
                step.code
                for requirement in action.requires
                for step in lifting.get(requirement.question, [])
                if step.lifts_to <= requirement.min_level
            ]
            earlier.append(action.code)
    for code in needs:
        if code in _reached(code, needs):
            yield f"actions.{code}.requires: leads back to itself"


def _reached(start: str, edges: Mapping[str, list[str]]) -> set[str]:
    """Everything reachable from `start` in one or more steps."""
    found: set[str] = set()
    waiting = list(edges.get(start, []))
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            waiting.extend(edges.get(code, []))
    return found

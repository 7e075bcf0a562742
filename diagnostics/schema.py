"""Is this questionnaire sound? Everything wrong with it, each with its path; and its canonical form and hash.

Pure. The shape is checked first, then what refers to what: unknown codes, conditions that look forward or at
themselves, and prerequisites that could never be met. Method, section 2.3.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from diagnostics import conditions
from diagnostics.shape import Action, Questionnaire, Response


def problems(document: Any) -> list[str]:
    """Everything wrong with a questionnaire as ``path: message`` lines; empty when it may be published."""
    try:
        questionnaire = Questionnaire.model_validate(document)
    except ValidationError as error:
        return [f"{'.'.join(map(str, item['loc'])) or 'document'}: {item['msg']}" for item in error.errors()]
    return [
        *_repeated(questionnaire),
        *_bands(questionnaire),
        *_references(questionnaire),
        *_conditions(questionnaire),
        *_deadlocks(questionnaire),
    ]


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
    elif condition["op"] not in conditions.OPERATORS:
        yield f"{path}.op: no operator {condition['op']}"
    elif condition["op"] == "in" and not isinstance(condition["value"], list):
        yield f"{path}.value: give a list"


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

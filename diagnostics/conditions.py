"""Conditions under which a question is asked: a small tree over profile facts and earlier answers.

A condition is ``{all: [..]}``, ``{any: [..]}``, ``{not: ..}`` or a leaf ``{fact|question: CODE, op: OP, value: V}``
with OP in eq, ne, gte, in. A leaf about something unknown is false. A question that refers to a hidden question is
itself hidden. Method, section 2.3 rules 3 and 4.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

Condition = Mapping[str, Any]
OPERATORS = ("eq", "ne", "gte", "in")


def holds(condition: Condition, facts: Mapping[str, Any], levels: Mapping[str, int]) -> bool:
    """Whether the condition is true; `levels` holds the answered questions only."""
    if "all" in condition:
        return all(holds(part, facts, levels) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, facts, levels) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], facts, levels)
    known: Any = levels.get(condition["question"]) if "question" in condition else facts.get(condition["fact"])
    return known is not None and _compare(condition["op"], known, condition["value"])


def _compare(op: str, known: Any, value: Any) -> bool:
    if op == "eq":
        return bool(known == value)
    if op == "ne":
        return bool(known != value)
    if op == "in":
        return known in value
    return isinstance(known, int | Decimal) and bool(known >= value)


def leaves(condition: Condition, path: str = "") -> Iterator[tuple[str, Condition]]:
    """Every leaf with its path, like ``all.0.not``."""
    for word in ("all", "any"):
        if word in condition:
            for index, part in enumerate(condition[word]):
                yield from leaves(part, f"{path}.{word}.{index}")
            return
    if "not" in condition:
        yield from leaves(condition["not"], f"{path}.not")
        return
    yield path, condition


def questions_in(condition: Condition) -> list[str]:
    """Codes of the questions that the condition refers to."""
    return [leaf["question"] for _path, leaf in leaves(condition) if "question" in leaf]

"""How far a firm has come, in questions, weight and minutes. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diagnostics import scoring

BARRIER_WEIGHT = 1
"""Barriers are not scored and so have no weight of their own; for progress each counts like the lightest question."""


@dataclass(frozen=True)
class Progress:
    """`visible` are the codes that are asked, in order; `open` those without any reply yet.

    `minutes_left` is the time of all that is open, by the questionnaire's own seconds, in full minutes. `percent` is
    the share of applicable weight that has a reply, in full percent: only when nothing is open is it 100.
    """

    visible: tuple[str, ...]
    open: tuple[str, ...]
    minutes_left: int
    percent: int

    @property
    def answered(self) -> int:
        return len(self.visible) - len(self.open)

    def number(self, code: str) -> int:
        """Position of a question among those asked, from 1."""
        return self.visible.index(code) + 1

    def after(self, code: str) -> str | None:
        """The question that follows, None after the last."""
        at = self.visible.index(code) + 1
        return self.visible[at] if at < len(self.visible) else None

    def before(self, code: str) -> str | None:
        at = self.visible.index(code)
        return self.visible[at - 1] if at else None


def progress(
    document: Mapping[str, Any], questions: Sequence[Mapping[str, Any]], open_facts: Collection[str] = ()
) -> Progress:
    """`questions` are those of a result; `open_facts` the profile facts still to be given, which take time as well."""
    visible = tuple(item["code"] for item in questions if item["status"] != scoring.HIDDEN)
    waiting = tuple(item["code"] for item in questions if item["status"] == scoring.UNANSWERED)
    applicable = [item["code"] for item in questions if item["status"] not in (scoring.HIDDEN, scoring.NOT_APPLICABLE)]
    asked = {item["code"]: item for item in [*document["questions"], *document["barriers"]]}
    facts = [fact.get("seconds") or 0 for fact in document["profile"] if fact["code"] in open_facts]
    seconds = sum(facts) + sum(asked[code]["seconds"] for code in waiting)
    whole = sum(_weight(asked[code]) for code in applicable)
    left = sum(_weight(asked[code]) for code in waiting)
    return Progress(visible, waiting, -(-seconds // 60), 100 * (whole - left) // whole if whole else 100)


def _weight(question: Mapping[str, Any]) -> int:
    weight: int = question.get("weight", BARRIER_WEIGHT)
    return weight

"""How far a firm has come, in questions and minutes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diagnostics import scoring


@dataclass(frozen=True)
class Progress:
    """`visible` are the codes that are asked, in order; `open` those without any reply yet."""

    visible: tuple[str, ...]
    open: tuple[str, ...]
    minutes_left: int

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


def progress(document: Mapping[str, Any], questions: Sequence[Mapping[str, Any]]) -> Progress:
    """`questions` are those of a result; the typical time is shared equally among the questions asked."""
    visible = tuple(item["code"] for item in questions if item["status"] != scoring.HIDDEN)
    waiting = tuple(item["code"] for item in questions if item["status"] == scoring.UNANSWERED)
    typical = document["framework"]["typical_minutes"]["self_assessment"]
    minutes = -(-typical * len(waiting) // len(visible)) if visible else 0
    return Progress(visible, waiting, minutes)

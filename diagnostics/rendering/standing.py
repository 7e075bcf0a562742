"""Where the firm stands, as the plan's PDF prints it: scores, what holds back, strengths with what shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from diagnostics.models import Answer, Evidence

ROW = ("code", "name", "state", "score", "low", "high", "target", "gap", "band_label", "note", "is_scored")
MOST_NOTE = 80


def score_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """One line of the table: published numbers as text, the range while a score is not final."""
    has_range = row["state"] in ("provisional", "insufficient") and row.get("low") is not None
    return {**{key: row.get(key) for key in ROW}, "has_range": has_range, "peers": row.get("peers")}


def strengths(
    found: Iterable[Mapping[str, Any]], answers: Mapping[str, Answer], evidence: Iterable[Evidence]
) -> list[dict[str, Any]]:
    """The best answers, each with the firm's words and how the level was shown."""
    shown: dict[str, list[str]] = {}
    for piece in evidence:
        name = shortened(piece.upload.name if piece.upload else piece.url or piece.note)
        shown.setdefault(piece.question_code, []).append(name)
    return [
        {
            **item,
            "note": shortened(answers[item["code"]].note) if item["code"] in answers else "",
            "evidence": shown.get(item["code"], [])[:2],
            "how": _how(answers.get(item["code"])),
        }
        for item in found
    ]


def shortened(text: str) -> str:
    """The first words of a long note: all of it stands in the appendix."""
    return text if len(text) <= MOST_NOTE else text[: MOST_NOTE - 1].rsplit(" ", 1)[0].rstrip(",;.") + "…"


def _how(answer: Answer | None) -> str:
    words = {Answer.Strength.SEEN: _("seen by your adviser"), Answer.Strength.MEASURED: _("measured")}
    return words.get(Answer.Strength(answer.strength), "") if answer else ""

"""Who set what when for one question, read off the rows that every save leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from diagnostics import wording
from diagnostics.models import Answer, Assessment

KEPT: Any = Answer.pgh_event_model  # type: ignore[attr-defined]  # made by pghistory


@dataclass(frozen=True)
class Entry:
    """One save: when, who, which side's, the level in words, and what was said to it."""

    at: datetime
    by: str
    what: str
    level: str
    words: str


def of_answer(assessment: Assessment, question: dict[str, Any]) -> list[Entry]:
    """Every save of one answer, newest first; saves that changed none of what is shown are left out."""
    rows = list(KEPT.objects.filter(assessment_id=assessment.pk, question_code=question["code"]).order_by("pgh_id"))
    people = {row[f"{side}_by_id"] for row in map(vars, rows) for side in ("answered", "moderated", "commented")}
    names = {user.pk: user.get_full_name() for user in User.objects.filter(pk__in=people - {None})}
    entries: list[Entry] = []
    before = None
    for row in rows:
        entries += _changes(assessment.document, question, before, row, names)
        before = row
    return entries[::-1]


SIDES = {
    "answered": ("state", "self_level", "note"),
    "moderated": ("moderated_level", "moderation_reason", "strength"),
    "commented": ("comment", "is_contested"),
}


def _changes(document: Any, question: dict[str, Any], before: Any, row: Any, names: dict[int, str]) -> list[Entry]:
    """What one save changed, side by side."""
    blank = Answer(state=Answer.State.UNANSWERED)
    found = []
    for side, fields in SIDES.items():
        if all(getattr(row, name) == getattr(before or blank, name) for name in fields):
            continue
        at = getattr(row, f"{side}_at") or row.pgh_created_at
        by = names.get(getattr(row, f"{side}_by_id"), "")
        found.append(Entry(at, by, *_told(document, question, side, row)))
    return found


def _told(document: Any, question: dict[str, Any], side: str, row: Any) -> tuple[str, str, str]:
    """What was set, to what, in which words."""
    if side == "answered":
        kept = Answer(state=row.state, self_level=row.self_level, carried_from=row.carried_from)
        return _("Firm’s answer"), wording.answer_label(document, question, kept), row.note
    if side == "moderated":
        level = wording.scale_label(document, question, row.moderated_level) or _("No view")
        return _("Adviser’s view"), f"{level} ({Answer.Strength(row.strength).label})", row.moderation_reason
    return _("Firm’s comment"), _("Contested") if row.is_contested else "", row.comment

"""What the firm writes of its project: answers field by field, milestones and risks. Nobody's words are lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from funding.actions.locking import locked_draft, out_of_date
from funding.actions.problems import UnableToChange
from funding.models import GrantApplication, Milestone, Risk

MOST_PARTS = 30
"""Milestones, and risks, of one application."""


@transaction.atomic(durable=True)
def save_section(
    *,
    application: GrantApplication,
    section: str,
    answers: Mapping[str, Any],
    seen: Mapping[str, int],
    by: User,
    at: datetime,
) -> tuple[GrantApplication, list[str]]:
    """Keep answers by field; `seen` is how often each had been saved when the page was made.

    The application as it is now, and the fields that somebody saved in between: these stay as they are, the others are
    kept. The same words sent twice are saved once. Raises UnableToChange when the section may not be changed now, and
    when the project would finish before it starts.
    """
    current = locked_draft(application, section)
    changed = {field: value for field, value in answers.items() if not _is_same(getattr(current, field), value)}
    newer = [field for field in changed if number_of(current, field) != seen.get(field, 0)]
    kept = {field: value for field, value in changed.items() if field not in newer}
    for field, value in kept.items():
        setattr(current, field, value)
    if current.starts_on and current.ends_on and current.ends_on < current.starts_on:
        raise UnableToChange(_("The project must finish after it starts"))
    if kept:
        save = {"by": by.pk, "name": by.get_short_name(), "at": at.isoformat()}
        saves = {field: {**save, "number": number_of(current, field) + 1} for field in kept}
        current.save_answers(**kept, saves={**current.saves, **saves})
    return current, newer


def number_of(application: GrantApplication, field: str) -> int:
    """How often the field was saved."""
    number: int = application.saves.get(field, {}).get("number", 0)
    return number


def _is_same(old: Any, new: Any) -> bool:
    """Whether an answer is the one on file; when and by whom a declaration was made is not part of what it says."""
    if isinstance(new, dict):
        return all(old.get(name) == value for name, value in new.items() if name not in ("at", "by"))
    return bool(old == new)


@transaction.atomic(durable=True)
def save_part(*, application: GrantApplication, part: Milestone | Risk) -> Milestone | Risk:
    """Keep a new or changed milestone or risk; a repeat of a new one gives the one kept. Raises UnableToChange."""
    current = locked_draft(application, part.SECTION)
    parts: Any = type(part).objects
    if part.pk is None:
        if kept := parts.filter(creation_key=part.creation_key).first():
            if kept.application_id == current.pk:
                found: Milestone | Risk = kept
                return found
            raise UnableToChange(out_of_date())
        if parts.filter(application=current).count() >= MOST_PARTS:
            raise UnableToChange(_("You have added %(most)d, the most there can be.") % {"most": MOST_PARTS})
    elif not parts.filter(application=current, pk=part.pk).exists():
        raise UnableToChange(_("Somebody in your firm has taken this out meanwhile. Add it again if you want it."))
    part.application = current
    part.save()
    return part


@transaction.atomic(durable=True)
def remove_part(*, part: Milestone | Risk) -> None:
    """Take a milestone or a risk out; raises UnableToChange."""
    locked_draft(part.application, part.SECTION)
    part.delete()

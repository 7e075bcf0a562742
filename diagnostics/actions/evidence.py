"""What shows that an answer is right: added, and taken away."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from diagnostics.actions.answers import locked_row
from diagnostics.models import Answer, Assessment, Evidence
from documents import actions as documents

MOST_PIECES = 10
"""For one question."""


class UnableToKeepEvidence(Exception):
    """The evidence cannot be added or taken away; the message says why."""


def _open(assessment: Assessment) -> Assessment:
    """Evidence is brought while the firm answers and while the adviser goes through the answers."""
    locked = locked_row(assessment)
    if not (locked.is_editable or locked.is_with_adviser):
        raise UnableToKeepEvidence(_("The diagnostic is closed, so its evidence cannot be changed now."))
    return locked


@transaction.atomic(durable=True)
def add_evidence(
    *,
    assessment: Assessment,
    code: str,
    strength: str,
    by: User,
    at: datetime,
    key: uuid.UUID,
    file: Any = None,
    url: str = "",
    note: str = "",
) -> Evidence:
    """Keep a file, a link or a note for one question, and count its answer as at least so sure.

    A repeat with the same `key` gives the piece kept. Raises UnableToKeepEvidence, and documents.checking.RefusedFile
    when the file may not be kept.
    """
    locked = _open(assessment)
    repeated = Evidence.objects.filter(creation_key=key).first()
    if repeated:
        if (repeated.assessment_id, repeated.question_code) == (locked.pk, code):
            return repeated
        raise UnableToKeepEvidence(_("This page is out of date. Open it again and send it once more."))
    if Evidence.objects.live().filter(assessment=locked, question_code=code).count() >= MOST_PIECES:
        raise UnableToKeepEvidence(
            _("There are %(most)d pieces already, the most there can be. Take one away first.") % {"most": MOST_PIECES}
        )
    kind = Evidence.Kind.FILE if file else Evidence.Kind.LINK if url else Evidence.Kind.NOTE
    added = Evidence.objects.create(
        assessment=locked, question_code=code, kind=kind, strength=strength, url=url, note=note, creation_key=key,
        upload=documents.take_upload(file=file, by=by, at=at) if file else None, added_at=at, added_by=by,
    )  # fmt: skip
    _tell_answer(locked, code)
    return added


@transaction.atomic(durable=True)
def remove_evidence(*, evidence: Evidence, by: User, at: datetime) -> None:
    """Take one piece away: it is marked, and the history stays whole. Raises UnableToKeepEvidence."""
    locked = _open(evidence.assessment)
    if Evidence.objects.live().filter(pk=evidence.pk).update(removed_at=at, removed_by=by):
        _tell_answer(locked, evidence.question_code)


def _tell_answer(assessment: Assessment, code: str) -> None:
    """An answer the adviser has looked at is as sure as the adviser says, and no less for what the firm takes away."""
    best = Evidence.objects.best_strength(assessment, code)
    for answer in assessment.answers.filter(question_code=code):
        if answer.moderated_level is not None:
            best = max(answer.strength, best, key=Answer.Strength.values.index)
        if answer.strength != best:
            answer.strength = best
            answer.save(update_fields=["strength"])

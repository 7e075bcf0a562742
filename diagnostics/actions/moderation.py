"""The adviser's levels beside the firm's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from applications.actions import tell_firm
from diagnostics.actions.answers import AnswerChanged, locked_row
from diagnostics.models import Answer, Assessment


class UnableToModerate(Exception):
    """The adviser's view cannot be changed now; the message says why."""


@dataclass(frozen=True)
class Verdict:
    """The adviser's level for one question, why it differs, and the row version that the adviser saw (0 for none)."""

    level: int
    reason: str
    row_version: int


@transaction.atomic(durable=True)
def return_to_firm(*, assessment: Assessment, reason: str, by: User, at: datetime) -> None:
    """Ask the firm to look again; its own answers open up, the adviser's levels stay."""
    assessment.return_to_firm(by=by, at=at, reason=reason)
    tell_firm(assessment.case, "diagnostic_returned", at)


@transaction.atomic(durable=True)
def moderate(*, assessment: Assessment, verdicts: Mapping[str, Verdict], by: User, at: datetime) -> None:
    """Keep the adviser's levels for some questions; the first of them starts the moderation.

    Raises AnswerChanged, with nothing written, when any of the answers was saved by somebody else meanwhile.
    """
    locked = locked_row(assessment)
    if not locked.is_with_adviser:
        raise UnableToModerate(_("This diagnostic is not with an adviser, so the levels cannot be changed now."))
    rows = {row.question_code: row for row in locked.answers.filter(question_code__in=verdicts)}
    changed = [
        rows[code]
        for code, verdict in verdicts.items()
        if code in rows
        and rows[code].row_version != verdict.row_version
        and (rows[code].moderated_level, rows[code].moderation_reason) != (verdict.level, verdict.reason)
    ]
    if changed:
        raise AnswerChanged(changed)
    if locked.status == Assessment.Status.SUBMITTED:
        locked.start_moderation(by=by, at=at)
    for code, verdict in verdicts.items():
        answer = rows.get(code) or Answer(
            assessment=locked, question_code=code, state=Answer.State.UNANSWERED, row_version=0
        )
        if (answer.moderated_level, answer.moderation_reason) == (verdict.level, verdict.reason):
            continue
        answer.moderated_level, answer.moderation_reason = verdict.level, verdict.reason
        answer.moderated_at, answer.moderated_by = at, by
        answer.row_version += 1
        answer.save()

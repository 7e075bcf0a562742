"""The adviser's levels beside the firm's own, what was found at the visit, and the firm's word on both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from applications.actions import tell_firm
from diagnostics.actions.answers import AnswerChanged, locked_row
from diagnostics.models import Answer, Assessment
from notifications import actions as notifications
from portal.models import Event


class UnableToModerate(Exception):
    """The adviser's view cannot be changed now; the message says why."""


class UnableToComment(Exception):
    """The firm cannot comment on the adviser's view now; the message says why."""


@dataclass(frozen=True)
class Verdict:
    """The adviser's level for one question, why it differs, and the row version that the adviser saw (0 for none).

    Without a level the adviser has no view (any more). `strength` of the evidence stays as it is where none is given.
    """

    level: int | None
    reason: str
    row_version: int
    strength: str | None = None

    def is_of(self, answer: Answer) -> bool:
        """Whether the answer says this already."""
        return (answer.moderated_level, answer.moderation_reason) == (self.level, self.reason) and (
            self.strength in (None, answer.strength)
        )


@dataclass(frozen=True)
class Visit:
    """What was found at the visit besides levels; goals by code in order, budget by code or empty."""

    visited_on: date | None
    took_part: str
    notes: str
    goals: tuple[str, ...]
    budget: str

    @classmethod
    def of(cls, assessment: Assessment) -> Visit:
        facts = assessment.facts
        return cls(
            assessment.visited_on,
            assessment.took_part,
            assessment.visit_notes,
            tuple(facts.get("goals") or ()),
            facts.get("budget_12m") or "",
        )

    @property
    def mark(self) -> str:
        """The same for the same content: tells whether somebody has written in between."""
        return hashlib.sha256(json.dumps(asdict(self), default=str).encode()).hexdigest()[:16]


class ViewChanged(AnswerChanged):
    """Somebody saved some of this since the page was opened. `visit` is what stands now, where that was changed."""

    def __init__(self, answers: list[Answer], visit: Visit | None) -> None:
        super().__init__(answers)
        self.visit = visit


@transaction.atomic(durable=True)
def return_to_firm(*, assessment: Assessment, reason: str, by: User, at: datetime) -> None:
    """Ask the firm to look again; its own answers open up, the adviser's levels stay."""
    if not assessment.case.is_live:
        raise UnableToModerate(_("This application has ended, so nothing goes back to the firm."))
    assessment.return_to_firm(by=by, at=at, reason=reason)
    tell_firm(assessment.case, "diagnostic_returned", at)


@transaction.atomic(durable=True)
def moderate(
    *,
    assessment: Assessment,
    verdicts: Mapping[str, Verdict],
    by: User,
    at: datetime,
    visit: Visit | None = None,
    seen: str = "",
) -> None:
    """Keep the adviser's levels for some questions, and `visit` where given; the first of them starts the moderation.

    `seen` is the mark of the visit that the page showed. Raises ViewChanged, with nothing written, when any of it was
    saved by somebody else meanwhile.
    """
    locked = locked_row(assessment)
    if not locked.is_with_adviser:
        raise UnableToModerate(_("This diagnostic is not with an adviser, so nothing can be changed here now."))
    rows = {row.question_code: row for row in locked.answers.filter(question_code__in=verdicts)}
    changed = [
        rows[code]
        for code, verdict in verdicts.items()
        if code in rows and rows[code].row_version != verdict.row_version and not verdict.is_of(rows[code])
    ]
    now = Visit.of(locked)
    clash = now if visit and seen != now.mark and visit != now else None
    if changed or clash:
        raise ViewChanged(changed, clash)
    if locked.status == Assessment.Status.SUBMITTED:
        locked.start_moderation(by=by, at=at)
    for code, verdict in verdicts.items():
        answer = rows.get(code) or Answer(
            assessment=locked, question_code=code, state=Answer.State.UNANSWERED, row_version=0
        )
        _keep(answer, verdict, by, at)
    if visit and visit != now:
        _record(locked, visit, at)


def _keep(answer: Answer, verdict: Verdict, by: User, at: datetime) -> None:
    """Write one verdict; a new level or reason is the answer to what the firm contests."""
    if verdict.is_of(answer):
        return
    if (answer.moderated_level, answer.moderation_reason) != (verdict.level, verdict.reason):
        answer.is_contested = False
    answer.moderated_level, answer.moderation_reason = verdict.level, verdict.reason
    answer.strength = verdict.strength or answer.strength
    answer.moderated_at, answer.moderated_by = at, by
    answer.row_version += 1
    answer.save()


def _record(assessment: Assessment, visit: Visit, at: datetime) -> None:
    assessment.visited_on = visit.visited_on
    assessment.took_part, assessment.visit_notes = visit.took_part, visit.notes
    assessment.facts = {**assessment.facts, "goals": list(visit.goals), "budget_12m": visit.budget or None}
    assessment.updated_at = at
    assessment.save(update_fields=["visited_on", "took_part", "visit_notes", "facts", "updated_at"])


# --- The firm reads and comments ----------------------------------------------------------------
@transaction.atomic(durable=True)
def show_to_firm(*, assessment: Assessment, by: User, at: datetime) -> None:
    """Send the adviser's view to the firm to read; raises UnableToModerate or IllegalMove."""
    locked = locked_row(assessment)
    if not locked.case.is_live:
        raise UnableToModerate(_("This application has ended, so nothing goes back to the firm."))
    if contested(locked):
        raise UnableToModerate(_("Answer first what the firm contests: with a new level, or with your reason."))
    locked.show_to_firm(by=by, at=at)
    page = reverse("diagnostics:firm-review", args=[locked.case.reference])
    with translation.override(locked.case.language):
        button = _("Read your adviser’s view")
    tell_firm(locked.case, "diagnostic_review", at, page=page, button=button)


@transaction.atomic(durable=True)
def take_back(*, assessment: Assessment, by: User, at: datetime) -> None:
    """Go on with the levels while the firm has them; what the firm has written so far stays."""
    locked = locked_row(assessment)
    if not locked.case.is_live:
        raise UnableToModerate(_("This application has ended, so nothing can be changed here now."))
    locked.take_back(by=by, at=at, read_at=None, read_by=None)


@dataclass(frozen=True)
class Comment:
    """What the firm says to the adviser's level of one question."""

    text: str
    is_contested: bool


@transaction.atomic(durable=True)
def comment(*, assessment: Assessment, comments: Mapping[str, Comment], is_read: bool, by: User, at: datetime) -> None:
    """Keep the firm's comments. With `is_read` the firm is done: what it contests goes back to the adviser.

    Raises UnableToComment when the diagnostic is not with the firm to read (any more), or was read already.
    """
    locked = locked_row(assessment)
    if not locked.is_with_firm_to_read or locked.read_at:
        raise UnableToComment(_("Your diagnostic is with your adviser, so comments cannot be changed now."))
    for answer in locked.answers.filter(question_code__in=comments):
        said = comments[answer.question_code]
        if (answer.comment, answer.is_contested) != (said.text, said.is_contested):
            answer.comment, answer.is_contested = said.text, said.is_contested
            answer.commented_at, answer.commented_by = at, by
            answer.row_version += 1
            answer.save()
    if is_read:
        _read(locked, by, at)


def _read(assessment: Assessment, by: User, at: datetime) -> None:
    is_contested = bool(contested(assessment))
    if is_contested:
        assessment.take_back(by=by, at=at, read_at=at, read_by=by)
    else:
        assessment.read_at, assessment.read_by, assessment.updated_at = at, by, at
        assessment.save(update_fields=["read_at", "read_by", "updated_at"])
        Event.objects.record(assessment, kind="assessment.read", by=by, at=at)
    _tell_adviser(assessment, "diagnostic_contested" if is_contested else "diagnostic_read", at)


def contested(assessment: Assessment) -> list[Answer]:
    """Answers whose level the firm contests and the adviser has not dealt with yet."""
    return list(assessment.answers.filter(is_contested=True))


def _tell_adviser(assessment: Assessment, kind: str, at: datetime) -> None:
    """Owe a mail to whoever set the last level, else to the case's adviser."""
    last = assessment.answers.filter(moderated_at__isnull=False).order_by("-moderated_at").first()
    adviser = last.moderated_by if last else assessment.case.adviser
    if adviser is None or not adviser.is_active:
        return
    case = assessment.case
    url = settings.PORTAL_URL + reverse("diagnostics:review", args=[case.reference])
    with translation.override(adviser.language):
        label = _("Open the diagnostic")
    notifications.queue(
        to=adviser.email, kind=kind, language=adviser.language, at=at, reference=case.reference,
        branding=case.programme.branding,
        context={"button": {"label": label, "url": url}},
    )  # fmt: skip

"""The firm's facts and answers, until they are sent to the adviser."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from applications.actions import tell_firm
from diagnostics import scoring
from diagnostics.models import Answer, Assessment, Evidence


class UnableToAnswer(Exception):
    """The answers cannot be changed now; the message says why."""


class UnableToSend(Exception):
    """The diagnostic cannot be sent yet. `missing` holds the question codes without an answer."""

    def __init__(self, message: str, missing: list[str]) -> None:
        super().__init__(message)
        self.missing = missing


class AnswerChanged(Exception):
    """Somebody saved these answers since the page was opened. Nothing was written; both texts are kept."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__(_("Somebody else has saved an answer since you opened this page."))
        self.answers = answers


@dataclass(frozen=True)
class Reply:
    """What the firm says to one question: a state of Answer.State, its level when answered, its words."""

    state: str
    level: int | None
    note: str


def locked_row(assessment: Assessment) -> Assessment:
    """The row as it is now, held until the end of the transaction."""
    return Assessment.objects.with_context().select_for_update(of=("self",)).get(pk=assessment.pk)


def _editable(assessment: Assessment) -> Assessment:
    locked = locked_row(assessment)
    if not locked.is_editable:
        raise UnableToAnswer(_("Your diagnostic is with your adviser, so the answers cannot be changed now."))
    return locked


@transaction.atomic(durable=True)
def save_facts(*, assessment: Assessment, facts: Mapping[str, Any], by: User, at: datetime) -> None:
    """Keep facts about the business. What the case knows is never overwritten by an empty answer."""
    locked = _editable(assessment)
    locked.facts = {**locked.facts, **facts}
    locked.updated_at = at
    locked.save(update_fields=["facts", "updated_at"])


@transaction.atomic(durable=True)
def save_answer(*, assessment: Assessment, code: str, reply: Reply, row_version: int, by: User, at: datetime) -> Answer:
    """Keep one answer; `row_version` is that of the answer the page showed, 0 if there was none.

    The same words sent twice are saved once. Raises AnswerChanged when a colleague was faster, UnableToAnswer when
    the diagnostic is with the adviser. A new answer clears the adviser's view of the old one.
    """
    locked = _editable(assessment)
    answer = Answer.objects.filter(assessment=locked, question_code=code).first()
    saved = _saved(locked, answer, code, reply, row_version, by, at)
    if saved is None:
        raise AnswerChanged([answer] if answer else [])
    return saved


@transaction.atomic(durable=True)
def save_answers(
    *, assessment: Assessment, replies: Mapping[str, tuple[Reply, int]], by: User, at: datetime
) -> list[Answer]:
    """Keep several answers, each with the row version its page showed; raises UnableToAnswer.

    Returns those that somebody else has saved meanwhile: they stay as they are, all others are kept.
    """
    locked = _editable(assessment)
    rows = {row.question_code: row for row in locked.answers.filter(question_code__in=replies)}
    return [
        rows[code]
        for code, (reply, row_version) in replies.items()
        if _saved(locked, rows.get(code), code, reply, row_version, by, at) is None
    ]


def _saved(
    assessment: Assessment, answer: Answer | None, code: str, reply: Reply, row_version: int, by: User, at: datetime
) -> Answer | None:
    """The answer as it is kept now; None when the row on file is not the one that the page showed."""
    if answer is None:
        answer = Answer(assessment=assessment, question_code=code, row_version=0)
    elif (answer.state, answer.self_level, answer.note) == (reply.state, reply.level, reply.note):
        return _confirmed(answer, by, at) if answer.carried_from else answer
    elif answer.row_version != row_version:
        return None
    answer.state, answer.self_level, answer.note = reply.state, reply.level, reply.note
    answer.moderated_level, answer.moderation_reason = None, ""
    answer.moderated_at, answer.moderated_by = None, None
    answer.comment, answer.is_contested, answer.commented_at, answer.commented_by = "", False, None, None
    answer.strength = Evidence.objects.best_strength(assessment, code)
    return _confirmed(answer, by, at)


def _confirmed(answer: Answer, by: User, at: datetime) -> Answer:
    """Saved as somebody's word of today, wherever it was brought from."""
    answer.carried_from = Answer.Carried.NO
    answer.answered_at, answer.answered_by = at, by
    answer.row_version += 1
    answer.save()
    return answer


@transaction.atomic(durable=True)
def confirm(*, assessment: Assessment, codes: Collection[str], by: User, at: datetime) -> int:
    """Say that answers brought from the first look or the last round are still right; how many were confirmed now.

    What a colleague has answered anew meanwhile stays theirs. Raises UnableToAnswer.
    """
    locked = _editable(assessment)
    rows = list(locked.answers.filter(question_code__in=codes).exclude(carried_from=Answer.Carried.NO))
    for row in rows:
        _confirmed(row, by, at)
    return len(rows)


@transaction.atomic(durable=True)
def send(*, assessment: Assessment, by: User, at: datetime) -> None:
    """Send the diagnostic to the adviser; raises UnableToSend while something is missing, IllegalMove when sent."""
    missing = missing_facts(assessment)
    if missing:
        raise UnableToSend(_("Tell us about your business first."), missing)
    unanswered = [
        item["code"]
        for item in assessment.scored(assessment.answers.all())["result"]["questions"]
        if item["status"] == scoring.UNANSWERED
    ]
    if unanswered:
        raise UnableToSend(_("Answer or confirm every question, or choose “Not sure yet”."), unanswered)
    assessment.submit(by=by, at=at)
    tell_firm(assessment.case, "diagnostic_submitted", at)


def missing_facts(assessment: Assessment) -> list[str]:
    """Codes of the required facts that are not known yet."""
    return [
        fact["code"]
        for fact in assessment.document["profile"]
        if fact.get("required") and assessment.facts.get(fact["code"]) in (None, [], "")
    ]

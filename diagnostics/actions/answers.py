"""The firm's facts and answers, until they are sent to the adviser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from applications.actions import tell_firm
from diagnostics import scoring
from diagnostics.models import Answer, Assessment


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
    if answer and (answer.state, answer.self_level, answer.note) == (reply.state, reply.level, reply.note):
        return answer
    if answer and answer.row_version != row_version:
        raise AnswerChanged([answer])
    if answer is None:
        answer = Answer(assessment=locked, question_code=code, row_version=0)
    answer.state, answer.self_level, answer.note = reply.state, reply.level, reply.note
    answer.answered_at, answer.answered_by = at, by
    answer.moderated_level, answer.moderation_reason = None, ""
    answer.moderated_at, answer.moderated_by = None, None
    answer.row_version += 1
    answer.save()
    return answer


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
        raise UnableToSend(_("Answer every question, or choose “Not sure yet”."), unanswered)
    assessment.submit(by=by, at=at)
    tell_firm(assessment.case, "diagnostic_submitted", at)


def missing_facts(assessment: Assessment) -> list[str]:
    """Codes of the required facts that are not known yet."""
    return [
        fact["code"]
        for fact in assessment.document["profile"]
        if fact.get("required") and assessment.facts.get(fact["code"]) in (None, [], "")
    ]

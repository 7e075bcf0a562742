"""Making a diagnostic final, and opening it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from applications.actions import tell_firm
from diagnostics import scoring
from diagnostics.actions import contractors, plans
from diagnostics.actions.answers import locked_row
from diagnostics.actions.moderation import contested
from diagnostics.models import ActionPlan, Assessment, Result


class UnableToFinalise(Exception):
    """There is too little to make final; the message says what is missing."""


class UnableToReopen(Exception):
    """The diagnostic cannot be opened again now; the message says why."""


def needs_reason(assessment: Assessment) -> bool:
    """Whether making it final goes past the firm, which has not read the adviser's view; that takes a reason."""
    return not (assessment.status == Assessment.Status.FIRM_REVIEW and assessment.read_at)


@transaction.atomic(durable=True)
def finalise(*, assessment: Assessment, by: User, at: datetime, reason: str = "") -> Result:
    """Freeze the result, make or renew the plan and owe its PDF, all or nothing; a repeat gives the same result.

    `reason` says why the firm has not read the adviser's view first, where it has not.
    """
    locked = locked_row(assessment)
    if locked.is_final:
        return Result.objects.get(in_force_of=locked)
    answers = list(locked.answers.all())
    scored = locked.scored(answers)
    _must_be_ready(locked, scored, reason)
    locked.finalise(by=by, at=at, note=reason if needs_reason(locked) else "")
    result = Result.objects.create(
        assessment=locked,
        number=locked.results.count() + 1,
        method_version=scoring.METHOD_VERSION,
        created_at=at,
        snapshot={
            "questionnaire": locked.version.questionnaire.code,
            "version": locked.version.number,
            "sha256": locked.version.sha256,
            "facts": locked.facts,
            "answers": {answer.question_code: answer.value for answer in answers},
            "moderated": {
                answer.question_code: answer.moderated_level for answer in answers if answer.moderated_level is not None
            },
            **scored,
        },
    )
    locked.result = result
    locked.save(update_fields=["result"])
    plan = ActionPlan.objects.filter(assessment=locked).first()
    if plan is None:
        plans.make_plan(locked, result, at)
    else:
        plans.renew_plan(plan, result, at)
    contractors.delivered(assessment=locked, by=by, at=at)
    tell_firm(locked.case, "diagnostic_final", at)
    return result


def _must_be_ready(assessment: Assessment, scored: Mapping[str, Any], reason: str) -> None:
    if not assessment.case.is_live:
        raise UnableToFinalise(_("This application has ended, so the result cannot be made final."))
    if scored["result"]["overall"]["state"] == scoring.INSUFFICIENT:
        raise UnableToFinalise(_("Too few questions are answered for a result. Fill the gaps with the firm first."))
    if contested(assessment):
        raise UnableToFinalise(_("Answer first what the firm contests: with a new level, or with your reason."))
    if needs_reason(assessment) and not reason:
        raise UnableToFinalise(_("The firm has not read your view yet. Send it to the firm, or say why not."))


@transaction.atomic(durable=True)
def reopen(*, assessment: Assessment, reason: str, by: User, at: datetime) -> None:
    """Moderate a final diagnostic again. Its result and plan stay in force until the next result; the firm is told.

    Raises UnableToReopen, or IllegalMove when it is not final.
    """
    reopen_within(assessment, reason=reason, by=by, at=at)


def reopen_within(assessment: Assessment, *, reason: str, by: User, at: datetime) -> None:
    """`reopen` as a part of another action's transaction: a check sends a contractor's diagnostic back."""
    locked = locked_row(assessment)
    if not locked.case.is_live:
        raise UnableToReopen(_("This application has ended, so its diagnostic stays as it is."))
    later = Assessment.objects.filter(case=locked.case, round__gt=locked.round)
    if later.exists():
        raise UnableToReopen(_("The next diagnostic has begun, so this one stays as it is."))
    locked.reopen(by=by, at=at, reason=reason)
    tell_firm(locked.case, "diagnostic_reopened", at)

"""Making a diagnostic final."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from applications.actions import tell_firm
from diagnostics import scoring
from diagnostics.actions.answers import locked_row
from diagnostics.actions.plans import make_plan
from diagnostics.models import Assessment, Result


class UnableToFinalise(Exception):
    """There is too little to make final; the message says what is missing."""


@transaction.atomic(durable=True)
def finalise(*, assessment: Assessment, by: User, at: datetime) -> Result:
    """Freeze the result, make the plan's rows and owe its PDF, all or nothing; a repeat gives the same result."""
    locked = locked_row(assessment)
    if locked.is_final:
        return Result.objects.get(in_force_of=locked)
    if not locked.case.is_live:
        raise UnableToFinalise(_("This application has ended, so the result cannot be made final."))
    answers = list(locked.answers.all())
    scored = locked.scored(answers)
    if scored["result"]["overall"]["state"] == scoring.INSUFFICIENT:
        raise UnableToFinalise(_("Too few questions are answered for a result. Fill the gaps with the firm first."))
    locked.finalise(by=by, at=at)
    result = Result.objects.create(
        assessment=locked,
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
    make_plan(locked, result, at)
    tell_firm(locked.case, "diagnostic_final", at)
    return result

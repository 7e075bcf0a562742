"""Leave to open a questionnaire before a language is complete: given, changed, ended by managers, with why."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from diagnostics.models import LanguageWaiver, Questionnaire
from portal.models import Event
from programmes.models import Programme


class UnableToWaive(Exception):
    """The message says why."""


@transaction.atomic(durable=True)
def waive_language(
    *,
    programme: Programme,
    questionnaire: Questionnaire,
    language: str,
    reason: str,
    until_on: date,
    by: User,
    at: datetime,
) -> LanguageWaiver:
    """Give leave until a day, or move the day of the leave that was given. Raises UnableToWaive."""
    Programme.objects.select_for_update().get(pk=programme.pk)
    today = programme.local_date(at)
    if until_on <= today:
        raise UnableToWaive(_("The last day must be after today."))
    if language not in programme.languages:
        raise UnableToWaive(_("This is not a language of the programme."))
    waiver = open_waiver(programme, questionnaire, language)
    kind = "programme.waiver_changed" if waiver else "programme.waiver_recorded"
    if waiver:
        waiver.until_on, waiver.reason = until_on, reason
        waiver.save(update_fields=["until_on", "reason"])
    else:
        waiver = LanguageWaiver.objects.create(
            programme=programme, questionnaire=questionnaire, language=language, reason=reason, from_on=today,
            until_on=until_on, recorded_at=at, recorded_by=by,
        )  # fmt: skip
    _record(waiver, kind, reason, by, at)
    return waiver


@transaction.atomic(durable=True)
def end_waiver(*, waiver: LanguageWaiver, reason: str, by: User, at: datetime) -> None:
    """Take the leave back at once; a repeat changes nothing."""
    row = LanguageWaiver.objects.select_for_update(of=("self",)).select_related("programme", "questionnaire")
    waiver = row.get(pk=waiver.pk)
    if waiver.ended_at:
        return
    waiver.ended_at, waiver.ended_by = at, by
    waiver.save(update_fields=["ended_at", "ended_by"])
    _record(waiver, "programme.waiver_ended", reason, by, at)


def open_waiver(programme: Programme, questionnaire: Questionnaire, language: str) -> LanguageWaiver | None:
    """The leave that nobody has ended, though its last day may have passed."""
    mine = LanguageWaiver.objects.filter(programme=programme, questionnaire=questionnaire, language=language)
    return mine.filter(ended_at=None).select_related("recorded_by").first()


def _record(waiver: LanguageWaiver, kind: str, reason: str, by: User, at: datetime) -> None:
    data = {
        "questionnaire": waiver.questionnaire.code,
        "language": waiver.language,
        "until_on": waiver.until_on.isoformat(),
    }
    Event.objects.record(waiver.programme, kind=kind, by=by, at=at, note=reason, data=data)

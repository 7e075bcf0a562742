"""Languages of the programmes that a questionnaire lacks, and the leave to open it all the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from casework.programme_texts import language_name
from diagnostics.actions import FIRST_LOOK_SUFFIX
from diagnostics.models import LanguageWaiver, Questionnaire, QuestionnaireVersion
from diagnostics.models.questionnaires import DEFAULT_QUESTIONNAIRE
from programmes.models import Programme, ProgrammeVersion

SOON_DAYS = 60


@dataclass(frozen=True)
class Lack:
    """A programme, a questionnaire of its, and a language of its that the newest version lacks. `waiver` is the leave
    that nobody has ended; `days_left` until its last day, below 0 when that has passed."""

    programme: Programme
    questionnaire: Questionnaire
    title: str
    language: str
    waiver: LanguageWaiver | None
    days_left: int

    @property
    def language_name(self) -> str:
        return language_name(self.language)

    @property
    def is_pressing(self) -> bool:
        return self.waiver is None or self.days_left <= SOON_DAYS

    @property
    def is_blocked(self) -> bool:
        return self.waiver is None or self.days_left < 0

    @property
    def state(self) -> str:
        if self.waiver is None:
            return _("No waiver: no diagnostic can begin")
        if self.days_left < 0:
            return _("The waiver has run out: no diagnostic can begin")
        return ngettext("%(days)d day left", "%(days)d days left", self.days_left) % {"days": self.days_left}

    @property
    def colour(self) -> str:
        return "red" if self.is_blocked else "orange" if self.is_pressing else "green"


def lacks(programmes: Iterable[Programme], at: datetime) -> list[Lack]:
    """Every language that is missing, by programme. Four queries, whatever their number."""
    programmes = list(programmes)
    asked = _asked(programmes)
    newest = _newest({code for codes in asked.values() for code in codes})
    given = LanguageWaiver.objects.filter(programme__in=programmes, ended_at=None).select_related("recorded_by")
    waivers = {(row.programme_id, row.questionnaire_id, row.language): row for row in given}
    found = []
    for programme in programmes:
        today = programme.local_date(at)
        for version in (newest[code] for code in asked.get(programme.pk, ()) if code in newest):
            for language in version.lacking_languages(programme):
                waiver = waivers.get((programme.pk, version.questionnaire_id, language))
                found.append(_lack(programme, version, language, waiver, today))
    return found


def _lack(
    programme: Programme, version: QuestionnaireVersion, language: str, waiver: LanguageWaiver | None, today: date
) -> Lack:
    title = version.document["framework"]["title"]
    days = (waiver.until_on - today).days if waiver else -1
    return Lack(programme, version.questionnaire, title, language, waiver, days)


def _asked(programmes: Collection[Programme]) -> dict[int, list[str]]:
    """Codes of the questionnaires of each programme with a diagnostic: the full one and its first look."""
    prefetch_related_objects(list(programmes), "instruments")  # no query where they were read before
    with_diagnostic = {programme.pk for programme in programmes if programme.has_diagnostic}
    rows = ProgrammeVersion.objects.filter(programme__in=with_diagnostic).order_by("valid_from")
    named = dict(rows.values_list("programme", "document__questionnaire"))
    codes = {pk: named.get(pk) or DEFAULT_QUESTIONNAIRE for pk in with_diagnostic}
    return {pk: [code, code + FIRST_LOOK_SUFFIX] for pk, code in codes.items()}


def _newest(codes: Collection[str]) -> dict[str, QuestionnaireVersion]:
    rows = QuestionnaireVersion.objects.published().filter(questionnaire__code__in=codes)
    ordered = sorted(rows.select_related("questionnaire"), key=lambda row: row.order)
    return {row.questionnaire.code: row for row in ordered}

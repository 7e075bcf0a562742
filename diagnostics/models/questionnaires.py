"""Questionnaires, version by version. Below every scope: they are the same for everyone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from diagnostics import texts
from portal.models import at_and_by
from programmes.models import Programme

DEFAULT_QUESTIONNAIRE = "industry-4"


class Questionnaire(models.Model):
    """One questionnaire through all its versions."""

    code = models.SlugField(unique=True)

    def __str__(self) -> str:
        return self.code


class QuestionnaireVersionQuerySet(models.QuerySet["QuestionnaireVersion"]):
    def published(self) -> Self:
        return self.filter(status=QuestionnaireVersion.Status.PUBLISHED)

    def newest(self, code: str) -> QuestionnaireVersion | None:
        """The published version with the highest number, read as numbers: 1.10.0 is newer than 1.9.0."""
        return max(self.published().filter(questionnaire__code=code), key=lambda row: row.order, default=None)


class QuestionnaireVersion(models.Model):
    """One version. A draft may be loaded again; once published, its document never changes: answers given on it are
    read with it for ever, and `sha256` is that of its canonical text (diagnostics.schema.sha256)."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        PUBLISHED = "PUBLISHED", _("Published")
        RETIRED = "RETIRED", _("Retired")

    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, related_name="versions")
    number = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PUBLISHED)
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()
    loaded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    """Null when it came with the product."""
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    """Null when it was published with the product."""
    retired_at = models.DateTimeField(null=True)
    retired_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    patched = models.JSONField(default=dict)
    """The words that text patches put in force, language -> path -> text: kept here beside their log (`patches`), so
    that reading a questionnaire costs no query of its own."""

    objects = QuestionnaireVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            at_and_by("questionnaire_version", "published"),
            models.UniqueConstraint(fields=["questionnaire", "number"], name="one_questionnaire_version_per_number"),
            at_and_by("questionnaire_version", "retired"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="published_text",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__status="DRAFT")
                & (
                    pgtrigger.Q(new__status="DRAFT")
                    | pgtrigger.Q(old__questionnaire__df=pgtrigger.F("new__questionnaire"))
                    | pgtrigger.Q(old__number__df=pgtrigger.F("new__number"))
                    | pgtrigger.Q(old__document__df=pgtrigger.F("new__document"))
                    | pgtrigger.Q(old__sha256__df=pgtrigger.F("new__sha256"))
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.questionnaire}/{self.number}"

    @property
    def order(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.number.split("."))

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED

    def publish(self, *, by: User, at: datetime) -> bool:
        """Freeze a draft; False when it is none any more."""
        return self._settle(self.Status.DRAFT, self.Status.PUBLISHED, published_at=at, published_by=by)

    def retire(self, *, by: User, at: datetime) -> bool:
        """No diagnostic begins on it any more; False when it is not published."""
        return self._settle(self.Status.PUBLISHED, self.Status.RETIRED, retired_at=at, retired_by=by)

    def _settle(self, before: str, after: str, **changes: Any) -> bool:
        rows = QuestionnaireVersion.objects.filter(pk=self.pk, status=before)
        return bool(rows.update(status=after, **changes))

    def question(self, code: str) -> dict[str, Any] | None:
        """The scored question or barrier with this code, in the language of the page."""
        document = self.in_language(get_language() or "")
        found: dict[str, Any] | None = next(
            (item for item in [*document["questions"], *document["barriers"]] if item["code"] == code), None
        )
        return found

    def in_language(self, language: str) -> dict[str, Any]:
        """The document with its words in a language (where that lacks some: the main one's) and the patches in force.

        For showing only: scores are taken from `document`, and no text changes them.
        """
        if language not in self._read:
            self._read[language] = texts.in_language(self.document, language, self.patched)
        return self._read[language]

    @cached_property
    def _read(self) -> dict[str, dict[str, Any]]:
        return {}

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__.pop("_read", None)
        super().refresh_from_db(*args, **kwargs)

    @property
    def languages(self) -> list[str]:
        """The languages in which every text has words, its main one first."""
        main = self.document["framework"]["default_language"]
        others = self.document.get("translations") or {}
        return [main, *sorted(code for code in others if code != main and not texts.missing(self.document, code))]

    def missing_languages(self, programme: Programme, on: date) -> list[str]:
        """Languages of the programme in which this version is not complete and which no waiver in force lets pass.

        While there is any, the programme may not open this questionnaire.
        """
        lacking = self.lacking_languages(programme)
        if not lacking:
            return []
        waived = LanguageWaiver.objects.in_force(on).filter(programme=programme, questionnaire=self.questionnaire_id)
        return [code for code in lacking if code not in set(waived.values_list("language", flat=True))]

    def lacking_languages(self, programme: Programme) -> list[str]:
        """Languages of the programme in which this version is not complete, waived or not."""
        return [code for code in programme.languages if texts.missing(self.document, code)]


class TextPatch(models.Model):
    """One small correction of the words of a published version: never of a code, weight, level count or condition.

    `path` is the dotted place of the text in the document (`questions.PE01.prompt`). Patches are read in the order of
    their ids on top of the document, which stays as it was published.
    """

    version = models.ForeignKey(QuestionnaireVersion, models.PROTECT, related_name="patches")
    language = models.CharField(max_length=10)
    path = models.CharField(max_length=120)
    before = models.TextField()
    after = models.TextField()
    reason = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.version} {self.path}"


class LanguageWaiverQuerySet(models.QuerySet["LanguageWaiver"]):
    def in_force(self, on: date) -> Self:
        return self.filter(from_on__lte=on, until_on__gte=on, ended_at=None)


@pghistory.track()
class LanguageWaiver(models.Model):
    """Leave for one programme to open a questionnaire before one of its languages is complete, until a day."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, related_name="waivers")
    language = models.CharField(max_length=10)
    reason = models.TextField()
    from_on = models.DateField()
    until_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    """Null when it came with the product."""
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = LanguageWaiverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "questionnaire", "language"], condition=Q(ended_at=None), name="one_open_waiver"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_its_reason"),
            models.CheckConstraint(condition=Q(until_on__gte=models.F("from_on")), name="waiver_ends_after_its_start"),
            at_and_by("waiver", "ended"),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.questionnaire} {self.language} until {self.until_on}"

"""Questionnaires as they were published. Below every scope: they are the same for everyone."""

from __future__ import annotations

from typing import Any, Self

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

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
    """A version as loaded. Its document never changes; answers given on it are read with it for ever."""

    class Status(models.TextChoices):
        PUBLISHED = "PUBLISHED", _("Published")
        RETIRED = "RETIRED", _("Retired")

    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, related_name="versions")
    number = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PUBLISHED)
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    objects = QuestionnaireVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "number"], name="one_questionnaire_version_per_number")
        ]
        triggers = [pgtrigger.ReadOnly(name="published_text", fields=["questionnaire", "number", "document", "sha256"])]

    def __str__(self) -> str:
        return f"{self.questionnaire}/{self.number}"

    @property
    def order(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.number.split("."))

    def question(self, code: str) -> dict[str, Any] | None:
        """The scored question or barrier with this code."""
        found: dict[str, Any] | None = next(
            (item for item in [*self.document["questions"], *self.document["barriers"]] if item["code"] == code), None
        )
        return found

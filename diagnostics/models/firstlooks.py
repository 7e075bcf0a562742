"""A first look without an account: ten questions whose answers go along when the firm joins."""

from __future__ import annotations

import uuid

from django.db import models

from diagnostics.models.assessments import Assessment
from diagnostics.models.questionnaires import QuestionnaireVersion
from programmes.models import Programme


class FirstLook(models.Model):
    """Answers given without signing in, by codes of the questionnaire; no name, no address. Found by its key alone."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, models.CASCADE, related_name="+")
    version = models.ForeignKey(QuestionnaireVersion, models.PROTECT, related_name="+")
    language = models.CharField(max_length=10, default="en-gb")
    facts = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)
    """Question code to a level 0 to 4, "dont_know" or "not_applicable"."""
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField(db_index=True)
    taken_into = models.OneToOneField(Assessment, models.SET_NULL, null=True, related_name="first_look")
    """The diagnostic that took the answers over."""

    def __str__(self) -> str:
        return f"First look {self.key}"

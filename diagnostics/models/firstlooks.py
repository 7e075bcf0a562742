"""A first look without an account: ten questions whose answers go along when the firm joins."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils.translation import get_language

from diagnostics import snapshots
from diagnostics.models.assessments import Assessment, exact_facts
from diagnostics.models.questionnaires import QuestionnaireVersion
from programmes.models import Programme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

KEPT_FOR = timedelta(days=90)
"""So long after its last answer a first look is kept."""


class FirstLookQuerySet(models.QuerySet["FirstLook"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those that a diagnostic has taken over; until then a first look is found by its key alone."""
        return self.filter(taken_into__in=Assessment.objects.visible_to(user))

    def stale(self, at: datetime) -> Self:
        return self.filter(changed_at__lt=at - KEPT_FOR)


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

    objects = FirstLookQuerySet.as_manager()

    def __str__(self) -> str:
        return f"First look {self.key}"

    @property
    def document(self) -> dict[str, Any]:
        """The questions in the active language."""
        return self.version.in_language(get_language() or self.language)

    def scored(self) -> dict[str, Any]:
        """The snapshot (diagnostics.snapshots) of the answers as they stand."""
        return snapshots.snapshot(self.version.document, exact_facts(self.facts), self.answers, {})

    def missing_facts(self) -> list[str]:
        """Codes of the required facts that are not known yet."""
        profile = self.version.document["profile"]
        return [
            fact["code"]
            for fact in profile
            if fact.get("required") and fact["type"] != "derived" and self.facts.get(fact["code"]) in (None, [], "")
        ]

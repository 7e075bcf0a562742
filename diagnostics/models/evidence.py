"""What shows that an answer is right: a file, a link or a note, brought by the firm or seen by the adviser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from diagnostics.models.assessments import Answer, Assessment
from documents.models import Upload
from portal.models import at_and_by

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(assessment__in=Assessment.objects.visible_to(user))

    def live(self) -> Self:
        """Not taken away."""
        return self.filter(removed_at=None)

    def of_question(self, assessment: Assessment, code: str) -> Self:
        """What is there for one question, first come first, with who brought it."""
        return (
            self.live()
            .filter(assessment=assessment, question_code=code)
            .select_related("upload", "added_by")
            .order_by("added_at", "id")
        )

    def best_strength(self, assessment: Assessment, code: str) -> str:
        """How sure an answer is, by the strongest piece that is there for it."""
        found = set(self.live().filter(assessment=assessment, question_code=code).values_list("strength", flat=True))
        return max([Answer.Strength.NONE.value, *found], key=Answer.Strength.values.index)


@pghistory.track()
class Evidence(models.Model):
    """One piece of evidence for one question; taken away by marking it, so that the history stays whole."""

    class Kind(models.TextChoices):
        FILE = "file", _("File")
        LINK = "link", _("Link")
        NOTE = "note", _("Note")

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="evidence")
    question_code = models.CharField(max_length=40)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    strength = models.CharField(max_length=8, choices=Answer.Strength.choices, default=Answer.Strength.STATED)
    upload = models.OneToOneField(Upload, models.PROTECT, null=True, related_name="+")
    url = models.URLField(max_length=500, blank=True)
    note = models.TextField(blank=True)
    creation_key = models.UUIDField(null=True, unique=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="file", upload__isnull=False, url="")
                | (Q(kind="link", upload=None) & ~Q(url=""))
                | (Q(kind="note", upload=None, url="") & ~Q(note="")),
                name="evidence_holds_what_its_kind_says",
            ),
            at_and_by("evidence", "removed"),
        ]
        indexes = [models.Index(fields=["assessment", "question_code"], name="evidence_by_question")]

    def __str__(self) -> str:
        return f"{self.question_code} {self.kind}"

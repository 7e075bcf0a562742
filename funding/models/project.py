"""How a project is planned, and what was sent in: milestones, risks, and each version as it was sent."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from documents.models import Document
from funding.models.applications import GrantApplication, PartQuerySet
from portal.models import at_and_by


class Milestone(models.Model):
    """A point in the project by which something is there, and what will show it."""

    SECTION: ClassVar[str] = "milestones"

    application = models.ForeignKey(GrantApplication, models.CASCADE, related_name="milestones")
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=120)
    due_on = models.DateField()
    evidence = models.CharField(max_length=200)
    """What will show that it was reached."""

    objects = PartQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]

    def __str__(self) -> str:
        return self.title


class Risk(models.Model):
    """What may go wrong, how likely and how bad (1 low, 2 medium, 3 high), and what the firm does about it."""

    SECTION: ClassVar[str] = "risks"

    class Level(models.IntegerChoices):
        LOW = 1, _("Low")
        MEDIUM = 2, _("Medium")
        HIGH = 3, _("High")

    application = models.ForeignKey(GrantApplication, models.CASCADE, related_name="risks")
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    text = models.CharField(max_length=300)
    likelihood = models.PositiveSmallIntegerField(choices=Level.choices)
    impact = models.PositiveSmallIntegerField(choices=Level.choices)
    answer = models.CharField(max_length=300)

    objects = PartQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(likelihood__range=(1, 3), impact__range=(1, 3)), name="risk_levels_from_1_to_3"
            )
        ]

    def __str__(self) -> str:
        return self.text


class Submission(models.Model):
    """An application as it was sent, whole and unchangeable, with its receipt; a changed one that is sent again is
    the next `number`.

    `document` is {section: [{label, value}…]} in the words of the day, for reading and comparing; `facts` the same as
    plain values by code.
    """

    application = models.ForeignKey(GrantApplication, models.CASCADE, related_name="submissions")
    number = models.PositiveSmallIntegerField()
    document = models.JSONField()
    facts = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    receipt = models.OneToOneField(Document, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = PartQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="one_submission_per_number"),
            at_and_by("submission", "sent"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.application} v{self.number}"

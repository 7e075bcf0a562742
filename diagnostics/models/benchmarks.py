"""Where firms stood at the end of a quarter, frozen: one firm more cannot be found by comparing two days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import pgtrigger
from django.db import models

from accounts.models import User
from diagnostics.models.assessments import Assessment, Result
from diagnostics.models.questionnaires import Questionnaire

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class BenchmarkSnapshot(models.Model):
    """The scores of all eligible firms on one day, of one major version of a questionnaire. Never changed once whole.

    `series` says whose levels: those that an adviser has looked at, or the firms' own alone.
    """

    class Series(models.TextChoices):
        MODERATED = "moderated"
        OWN = "own"

    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, related_name="+")
    major = models.PositiveSmallIntegerField()
    series = models.CharField(max_length=9, choices=Series.choices, default=Series.MODERATED)
    quarter = models.DateField()
    """The first day of the quarter that the snapshot was taken on or after."""
    method_version = models.CharField(max_length=10)
    made_at = models.DateTimeField()
    firms = models.PositiveIntegerField()
    public = models.JSONField(default=dict)
    """The table that anybody may read (diagnostics.benchmark.public_table), frozen like all else."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["questionnaire", "major", "series", "quarter"], name="one_snapshot_per_quarter"
            )
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.questionnaire} {self.major} {self.quarter:%Y-%m-%d}"


class BenchmarkPeer(models.Model):
    """One firm in a snapshot. Nobody is ever shown a row: only what diagnostics.benchmark lets through.

    `scores` maps group codes, `FN` and `overall` to published scores as text; what does not apply is left out.
    """

    snapshot = models.ForeignKey(BenchmarkSnapshot, models.CASCADE, related_name="peers")
    organisation_id = models.BigIntegerField()
    """No foreign key: a firm that is deleted stays counted in a frozen figure."""
    owner_id = models.BigIntegerField()
    """The lowest organisation id of its group: firms under one owner count once, and never as their own peer."""
    sector = models.CharField(max_length=40)
    size = models.CharField(max_length=10)
    region = models.CharField(max_length=60)
    scores = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "owner_id"], name="one_peer_per_owner")]
        indexes = [
            models.Index(fields=["snapshot", "sector", "size", "region"], name="peers_by_cohort"),
            models.Index(fields=["snapshot", "size"], name="peers_by_size"),
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.snapshot} {self.owner_id}"


class AcceptedGapsQuerySet(models.QuerySet["AcceptedGaps"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(result__assessment__in=Assessment.objects.visible_to(user))


class AcceptedGaps(models.Model):
    """An adviser has looked at a result in which more than half of a group does not apply, and says that this is so.

    Until then such a result enters no comparison. Method, section 4.2.
    """

    result = models.OneToOneField(Result, models.CASCADE, related_name="accepted_gaps")
    accepted_at = models.DateTimeField()
    accepted_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = AcceptedGapsQuerySet.as_manager()

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.result} by {self.accepted_by}"

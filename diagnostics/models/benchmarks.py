"""Where firms stood at the end of a quarter, frozen: one firm more cannot be found by comparing two days."""

from __future__ import annotations

import pgtrigger
from django.db import models

from diagnostics.models.questionnaires import Questionnaire


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

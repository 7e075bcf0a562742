"""Measured again: whom we asked to answer the diagnostic once more, and when."""

from __future__ import annotations

from django.db import models

from applications.models import Case
from diagnostics.models.assessments import Assessment


class RoundInvitation(models.Model):
    """One invitation to the next round of one case; reminded once, done with when the round has begun."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    round = models.CharField(max_length=2, choices=Assessment.Round.choices)
    due_on = models.DateField()
    sent_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "round"], name="one_invitation_per_round")]

    def __str__(self) -> str:
        return f"{self.case} {self.round}"

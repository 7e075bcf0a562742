"""Measured again: whom we asked to answer the diagnostic once more, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from applications.models import Case
from diagnostics.models.assessments import Assessment

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class RoundInvitationQuerySet(models.QuerySet["RoundInvitation"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(case__in=Case.objects.visible_to(user))

    def waiting(self) -> Self:
        """Sent to a firm that has not begun the round; a case that has ended waits for nothing."""
        return self.filter(started_at=None, case__status=Case.Status.ACCEPTED)


class RoundInvitation(models.Model):
    """One invitation to the next round of one case; reminded once, done with when the round has begun.

    A firm that wants no mail has one too: its own page shows it.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    round = models.CharField(max_length=2, choices=Assessment.Round.choices)
    due_on = models.DateField()
    sent_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)

    objects = RoundInvitationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "round"], name="one_invitation_per_round")]

    def __str__(self) -> str:
        return f"{self.case} {self.round}"

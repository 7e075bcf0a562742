"""Signs of fraud or error that a person looks at; none of them refuses anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import pghistory
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import CASE_READERS
from applications.models import Case
from funding.models.applications import GrantApplication
from funding.models.claims import Claim
from funding.models.reviews import programmes_of_staff
from portal.models import at_and_by

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class FraudFlagQuerySet(models.QuerySet["FraudFlag"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Staff of the programme except assessors, whose judgement it must not colour; firms never."""
        if not user.is_authenticated:
            return self.none()
        staff = programmes_of_staff(user, CASE_READERS, "case__programme")
        return self.filter(staff, case__in=Case.objects.visible_to(user))

    def open(self) -> Self:
        return self.filter(cleared_at=None)


@pghistory.track()
class FraudFlag(models.Model):
    """One rule that spoke up about one thing, with what it rests on, until somebody clears it with a reason.

    `rule` is a code of funding.flagging; `evidence` plain facts by name; `key` names the very finding, so that the
    same one is raised once however often the rules run, also after it was cleared.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="fraud_flags")
    application = models.ForeignKey(GrantApplication, models.CASCADE, null=True, related_name="fraud_flags")
    claim = models.ForeignKey(Claim, models.CASCADE, null=True, related_name="fraud_flags")
    rule = models.CharField(max_length=40)
    key = models.CharField(max_length=64)
    evidence = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)

    objects = FraudFlagQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "rule", "key"], name="one_flag_per_finding"),
            models.CheckConstraint(condition=Q(cleared_at=None) | ~Q(reason=""), name="flag_cleared_with_a_reason"),
            at_and_by("flag", "cleared"),
        ]
        indexes = [models.Index("case", "cleared_at", name="flags_of_case")]

    def __str__(self) -> str:
        return f"{self.case}: {self.rule}"

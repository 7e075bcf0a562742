"""Parts of a diagnostic given to colleagues, and what the firm has agreed to have done with its answers."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

import pghistory
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from applications.models import Case
from diagnostics.models.assessments import Assessment
from portal.models import at_and_by

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

INVITED_FOR = timedelta(days=30)
"""So long the link in an invitation opens the door."""


def new_invitation_key() -> str:
    return secrets.token_urlsafe(32)


class GroupInvitationQuerySet(models.QuerySet["GroupInvitation"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(assessment__in=Assessment.objects.visible_to(user))

    def live(self) -> Self:
        return self.filter(withdrawn_at=None)


@pghistory.track()
class GroupInvitation(models.Model):
    """One group of questions given to one person by e-mail; accepted once that person has come in by the link."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="invitations")
    group_code = models.CharField(max_length=10)
    email = models.EmailField()
    key = models.CharField(max_length=60, unique=True, default=new_invitation_key)
    invited_at = models.DateTimeField()
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = GroupInvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "assessment", "group_code", Lower("email"), condition=Q(withdrawn_at=None), name="one_live_invitation"
            ),
            at_and_by("group_invitation", "accepted"),
            at_and_by("group_invitation", "withdrawn"),
        ]

    def __str__(self) -> str:
        return f"{self.assessment} {self.group_code} {self.email}"

    def is_open(self, at: datetime) -> bool:
        """Whether the link still lets somebody in."""
        return self.accepted_at is None and self.withdrawn_at is None and at < self.invited_at + INVITED_FOR


class ConsentQuerySet(models.QuerySet["Consent"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(case__in=Case.objects.visible_to(user))

    def newest(self) -> Self:
        """The choice in force of each case and purpose."""
        return self.order_by("case", "purpose", "-given_at", "-id").distinct("case", "purpose")


class Consent(models.Model):
    """One choice about one purpose on one day. A change is a new row: what was agreed when can be answered for ever."""

    class Purpose(models.TextChoices):
        BENCHMARK = "benchmark", _("Use our scores in anonymous comparisons")
        SHARE = "share", _("Share our result with the adviser and funder named")
        CONTACT = "contact", _("Contact us about how things go")

    case = models.ForeignKey(Case, models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    is_given = models.BooleanField()
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = ConsentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["case", "purpose", "-given_at"], name="consent_in_force")]

    def __str__(self) -> str:
        return f"{self.case} {self.purpose} {self.is_given}"

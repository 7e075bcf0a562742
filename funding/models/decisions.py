"""What is decided on an application: drafts with the exact offer, the approvers who sign it, and appeals."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Self

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from accounts.permissions import CASE_READERS
from funding.models.applications import GrantApplication
from funding.models.reviews import programmes_of_staff
from portal.models import at_and_by
from portal.workflow import Turn, Workflow

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Staff who decide or read decisions; assessors and firms meet the outcome alone."""
        if not user.is_authenticated:
            return self.none()
        staff = programmes_of_staff(user, CASE_READERS, "application__case__programme")
        return self.filter(staff, application__in=GrantApplication.objects.visible_to(user))

    def open(self) -> Self:
        return self.filter(status=Decision.Status.DRAFT)


@pghistory.track()
class Decision(Workflow):
    """A decision being prepared: nothing of it reaches the firm until as many approvers signed as its amount asks for.

    `offer` is the offer in full and `offer_hash` its SHA-256: every approver signs that, and a changed offer starts
    again without signatures. `seen` is the fingerprint of what was sent, as the drafter read it.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("To sign")
        RELEASED = "RELEASED", _("Told to the firm")
        DROPPED = "DROPPED", _("Dropped")

    class Outcome(models.TextChoices):
        OFFER = "OFFER", _("Offer a grant")
        RESERVE = "RESERVE", _("Put on the reserve list")
        DECLINE = "DECLINE", _("Decline")

    MOVES = {
        Status.DRAFT: {Status.RELEASED, Status.DROPPED},
        Status.RELEASED: set(),
        Status.DROPPED: set(),
    }
    TURN = {Status.DRAFT: Turn.APPROVER, Status.RELEASED: Turn.NOBODY, Status.DROPPED: Turn.NOBODY}
    PUBLIC_LABELS = dict.fromkeys(Status, _("Waiting for a decision"))
    STAFF_ONLY = True

    application = models.ForeignKey(GrantApplication, models.CASCADE, related_name="decisions")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    accept_by = models.DateField(null=True)
    offer = models.JSONField(default=dict)
    offer_hash = models.CharField(max_length=64)
    """Of the offer, or of outcome, reason and feedback where nothing is offered."""
    approvers_needed = models.PositiveSmallIntegerField(default=1)
    reason = models.TextField(blank=True)
    """Why not, in words that the firm reads."""
    feedback = models.TextField(blank=True)
    """What assessors found good and less good, for the firm."""
    seen = models.CharField(max_length=64)
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(status="DRAFT"), name="one_open_decision_per_application"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="OFFER") | Q(amount__gt=Decimal(0), accept_by__isnull=False),
                name="decision_of_an_offer_is_whole",
            ),
            at_and_by("decision", "drafted"),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.get_outcome_display()}"

    @property
    def event_reference(self) -> str:
        return self.application.case.reference

    @property
    def event_programme(self) -> str:
        return self.application.case.programme.slug

    def release(self, *, by: User, at: datetime) -> None:
        """Signed by enough: what it says happens in the same transaction."""
        self._move_to(self.Status.RELEASED, by=by, at=at)

    def drop(self, *, by: User, at: datetime, reason: str = "") -> None:
        self._move_to(self.Status.DROPPED, by=by, at=at, note=reason)


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(decision__in=Decision.objects.visible_to(user))


class Approval(models.Model):
    """One approver's signature under the exact offer; it counts while the decision still has that hash."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="approvals")
    offer_hash = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "offer_hash", "signed_by"], name="one_signature_per_approver"),
            at_and_by("approval", "signed"),
        ]
        triggers = [
            # Four eyes, whoever writes the row: nobody signs what they assessed or recommended.
            pgtrigger.Trigger(
                name="signed_by_no_assessor",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF EXISTS (SELECT 1 FROM funding_decision decision
                               JOIN funding_grantapplication application ON application.id = decision.application_id
                               LEFT JOIN funding_review review ON review.application_id = application.id
                                    AND review.submitted_at IS NOT NULL
                               WHERE decision.id = NEW.decision_id
                                 AND NEW.signed_by_id IN (application.assessed_by_id, review.assessor_id)) THEN
                        RAISE EXCEPTION 'Who assessed or recommended an application may not sign its decision';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision}: {self.signed_by}"


class AppealQuerySet(models.QuerySet["Appeal"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The firm's people and those who decide."""
        if not user.is_authenticated:
            return self.none()
        own = Membership.objects.filter(user=user, organisation=OuterRef("application__case__organisation"))
        staff = programmes_of_staff(user, CASE_READERS, "application__case__programme")
        return self.filter(Exists(own) | staff, application__in=GrantApplication.objects.visible_to(user))

    def open(self) -> Self:
        return self.filter(status=Appeal.Status.MADE)


@pghistory.track()
class Appeal(Workflow):
    """A firm asks for a refusal to be looked at again, by somebody who did not decide it, until the last day for it."""

    class Status(models.TextChoices):
        MADE = "MADE", _("To look at")
        UPHELD = "UPHELD", _("Upheld: decided anew")
        DISMISSED = "DISMISSED", _("Dismissed")

    MOVES = {
        Status.MADE: {Status.UPHELD, Status.DISMISSED},
        Status.UPHELD: set(),
        Status.DISMISSED: set(),
    }
    TURN = {Status.MADE: Turn.APPROVER, Status.UPHELD: Turn.NOBODY, Status.DISMISSED: Turn.NOBODY}
    PUBLIC_LABELS = {
        Status.MADE: _("We are looking at it again"),
        Status.UPHELD: _("You were right: we decide anew"),
        Status.DISMISSED: _("The decision stands"),
    }

    application = models.ForeignKey(GrantApplication, models.PROTECT, related_name="appeals")
    decision_at = models.DateTimeField()
    """Moment of the refusal that it is about: one appeal each."""
    refused_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.MADE)
    text = models.TextField()
    answer = models.TextField(blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = AppealQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "decision_at"], name="one_appeal_per_refusal"),
            models.CheckConstraint(
                condition=~Q(answered_by=F("refused_by")), name="appeal_answered_by_another_than_refused"
            ),
            at_and_by("appeal", "made"),
            at_and_by("appeal", "answered"),
        ]

    def __str__(self) -> str:
        return str(self.application)

    @property
    def event_reference(self) -> str:
        return self.application.case.reference

    @property
    def event_programme(self) -> str:
        return self.application.case.programme.slug

    def uphold(self, *, by: User, at: datetime, answer: str) -> None:
        self._move_to(self.Status.UPHELD, by=by, at=at, note=answer, answer=answer, answered_by=by, answered_at=at)

    def dismiss(self, *, by: User, at: datetime, answer: str) -> None:
        self._move_to(self.Status.DISMISSED, by=by, at=at, note=answer, answer=answer, answered_by=by, answered_at=at)

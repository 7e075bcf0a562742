"""Assessors, whether they may assess, and what they say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, User
from accounts.permissions import CASE_READERS, Role
from funding.models.applications import GrantApplication
from portal.models import at_and_by
from portal.workflow import Turn, Workflow
from programmes.models import Programme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


INVITERS = CASE_READERS | {Role.ADMIN}
"""Who reads a programme's pool of assessors."""


def programmes_of_staff(user: User, roles: frozenset[str] | set[str], path: str) -> Exists:
    """Condition that `user` has one of `roles` in the row's programme (reached by `path`)."""
    return Exists(Assignment.objects.filter(user=user, programme=OuterRef(path), role__in=roles))


class AssessorQuerySet(models.QuerySet["Assessor"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own entry; all of a programme for those who invite and decide there."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(user=user) | programmes_of_staff(user, INVITERS, "programme"))

    def with_load(self) -> Self:
        """With `load`, the applications that each has in hand."""
        in_hand = ReviewInvitation.objects.unanswered().filter(
            assessor=OuterRef("user"), application__case__programme=OuterRef("programme")
        )
        counted = in_hand.order_by().values("assessor").annotate(count=models.Count("pk")).values("count")
        return self.annotate(load=Coalesce(models.Subquery(counted), 0))


class Assessor(models.Model):
    """A member of a programme's pool of assessors: what they know, and how much they take at once."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="assessors")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    skills = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    """Codes of cost categories and of the questionnaire's groups."""
    employer = models.CharField(max_length=160, blank=True)
    most_at_once = models.PositiveSmallIntegerField(default=5)
    load: int
    """Applications in hand, where the query was `with_load`."""
    is_active = models.BooleanField(default=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = AssessorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "user"], name="one_assessor_per_programme"),
            at_and_by("assessor", "added"),
        ]

    def __str__(self) -> str:
        return str(self.user)


class InterestsQuerySet(models.QuerySet["Interests"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own, and those of a programme's assessors for who invites and decides there."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(user=user) | programmes_of_staff(user, INVITERS, "programme"))

    def in_force(self, at: datetime) -> Self:
        """Those that still hold: of the last 365 days."""
        return self.filter(declared_at__gte=at - timedelta(days=Interests.DAYS))


class Interests(models.Model):
    """An assessor's yearly declaration of interests; without one of the last 365 days no application is opened."""

    DAYS = 365

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    has_interests = models.BooleanField()
    text = models.TextField(blank=True)
    """Firms, employers and people that the assessor is close to."""
    declared_at = models.DateTimeField()

    objects = InterestsQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["programme", "user", "-declared_at"], name="newest_interests")]

    def __str__(self) -> str:
        return f"{self.user} {self.declared_at:%Y-%m-%d}"

    @property
    def until(self) -> datetime:
        """When it stops to hold."""
        return self.declared_at + timedelta(days=self.DAYS)


class ReviewInvitationQuerySet(models.QuerySet["ReviewInvitation"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own, and for who decides on an application all of it."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(assessor=user) | Q(application__in=GrantApplication.objects.worked_on_by(user)))

    def live(self) -> Self:
        return self.filter(status__in=ReviewInvitation.LIVE)

    def with_context(self) -> Self:
        """With what a list of invitations and their mails show."""
        return self.select_related("application__case__programme", "application__call__instrument", "assessor")

    def unanswered(self) -> Self:
        """Those that wait for their assessor: for an answer, or for an assessment that was not sent yet."""
        sent = Review.objects.sent().filter(application=OuterRef("application"), assessor=OuterRef("assessor"))
        waiting = [GrantApplication.Status.SUBMITTED, GrantApplication.Status.ASSESSED]
        return self.live().filter(~Exists(sent), application__status__in=waiting)


class ReviewInvitation(Workflow):
    """An assessor is asked to assess one application, and takes it or says why not."""

    class Status(models.TextChoices):
        INVITED = "INVITED", _("Invited")
        ACCEPTED = "ACCEPTED", _("Accepted")
        DECLINED = "DECLINED", _("Declined")
        TAKEN_BACK = "TAKEN_BACK", _("Taken back")

    class Why(models.TextChoices):
        CONFLICT = "CONFLICT", _("I have a conflict of interest")
        EXPERTISE = "EXPERTISE", _("It is not what I know about")
        CAPACITY = "CAPACITY", _("I do not have the time")

    MOVES = {
        Status.INVITED: {Status.ACCEPTED, Status.DECLINED, Status.TAKEN_BACK},
        Status.ACCEPTED: {Status.DECLINED, Status.TAKEN_BACK},
        Status.DECLINED: set(),
        Status.TAKEN_BACK: set(),
    }
    TURN = {
        Status.INVITED: Turn.ASSESSOR,
        Status.ACCEPTED: Turn.ASSESSOR,
        Status.DECLINED: Turn.NOBODY,
        Status.TAKEN_BACK: Turn.NOBODY,
    }
    PUBLIC_LABELS = dict.fromkeys(Status, _("Being assessed"))
    STAFF_ONLY = True
    LIVE = (Status.INVITED, Status.ACCEPTED)

    application = models.ForeignKey(GrantApplication, models.CASCADE, related_name="invitations")
    assessor = models.ForeignKey(User, models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.INVITED)
    due_on = models.DateField()
    hints = models.JSONField(default=list)
    """Signs of a conflict found when the invitation was made: [{code, value}]; they never decide."""
    invited_at = models.DateTimeField()
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reminded_on = models.DateField(null=True)
    answered_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=10, choices=Why.choices, blank=True)
    note = models.TextField(blank=True)

    objects = ReviewInvitationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "assessor"],
                condition=Q(status__in=["INVITED", "ACCEPTED"]),
                name="one_live_invitation_per_assessor",
            ),
            at_and_by("review_invitation", "invited"),
        ]
        indexes = [models.Index("assessor", "status", "due_on", name="invitations_by_assessor")]

    def __str__(self) -> str:
        return f"{self.application}: {self.assessor}"

    @property
    def event_reference(self) -> str:
        return self.application.case.reference

    @property
    def event_programme(self) -> str:
        return self.application.case.programme.slug

    @property
    def is_live(self) -> bool:
        return self.status in self.LIVE

    def accept(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.ACCEPTED, by=by, at=at, answered_at=at)

    def decline(self, *, by: User, at: datetime, why: str, note: str = "") -> None:
        self._move_to(self.Status.DECLINED, by=by, at=at, note=note, answered_at=at, why=why)

    def take_back(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.TAKEN_BACK, by=by, at=at)


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Own reviews; those of others once sent, and to an assessor only after the own one was sent.

        Firms never see them.
        """
        if not user.is_authenticated:
            return self.none()
        staff = Assignment.objects.filter(
            Q(region=None) | Q(region=OuterRef("application__case__region")),
            user=user,
            programme=OuterRef("application__case__programme"),
        )
        own_sent = Review.objects.filter(application=OuterRef("application"), assessor=user, submitted_at__isnull=False)
        asked = ReviewInvitation.objects.unanswered().filter(application=OuterRef("application"), assessor=user)
        # Who may decide reads what was said; who assesses, whatever else they do there, answers first.
        others = (Exists(staff.filter(role__in=CASE_READERS)) & ~Exists(asked)) | Exists(own_sent)
        given = Q(submitted_at__isnull=False) | Q(conflict_found_at__isnull=False)
        return self.filter(Exists(staff.filter(role__in=CASE_READERS | {Role.ASSESSOR}))).filter(
            Q(assessor=user) | (given & others)
        )

    def sent(self) -> Self:
        return self.filter(submitted_at__isnull=False)

    def set_aside(self) -> Self:
        """Those that were sent and count no more, since a conflict of interest came to light."""
        return self.filter(conflict_found_at__isnull=False)


@pghistory.track()
class Review(models.Model):
    """One assessor's answer: first whether a conflict stands in the way, then a score for each of the call's criteria.

    `scores` maps a criterion's code to {"score": 0 to 10, "reason": text}.
    """

    class Conflict(models.TextChoices):
        NONE = "NONE", _("I have no conflict of interest")
        HAS = "HAS", _("I have a conflict of interest")

    class Recommendation(models.TextChoices):
        FUND = "FUND", _("Fund")
        FUND_WITH_CONDITIONS = "CONDITIONS", _("Fund with conditions")
        DO_NOT_FUND = "DO_NOT_FUND", _("Do not fund")

    application = models.ForeignKey(GrantApplication, models.CASCADE, related_name="reviews")
    assessor = models.ForeignKey(User, models.PROTECT, related_name="+")
    conflict = models.CharField(max_length=4, choices=Conflict.choices)
    conflict_note = models.TextField(blank=True)
    conflict_found_at = models.DateTimeField(null=True)
    """When a conflict came to light although none was declared: the assessment had been sent, and counts no more."""
    conflict_found_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    declared_at = models.DateTimeField()
    scores = models.JSONField(default=dict)
    recommendation = models.CharField(max_length=12, choices=Recommendation.choices, blank=True)
    comment = models.TextField(blank=True)
    total = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    """The weighted score out of 100 when it was sent."""
    submitted_at = models.DateTimeField(null=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["application", "assessor"], name="one_review_per_assessor"),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | Q(conflict="NONE"), name="review_only_without_conflict"
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | (~Q(recommendation="") & Q(total__isnull=False)),
                name="review_sent_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(conflict_found_at=None) | (Q(conflict="HAS") & ~Q(conflict_note="")),
                name="review_set_aside_with_a_reason",
            ),
            at_and_by("review", "conflict_found"),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.assessor}"

    def set_aside(self, *, why: str, by: User, at: datetime) -> None:
        """A conflict of interest came to light: what was said is kept, and counts no more."""
        self.conflict, self.conflict_note, self.submitted_at = self.Conflict.HAS, why, None
        self.conflict_found_at, self.conflict_found_by = at, by
        self.save(update_fields=["conflict", "conflict_note", "submitted_at", "conflict_found_at", "conflict_found_by"])


class PanelOutcomeQuerySet(models.QuerySet["PanelOutcome"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        if not user.is_authenticated:
            return self.none()
        return self.filter(application__in=GrantApplication.objects.worked_on_by(user))


class PanelOutcome(models.Model):
    """What the moderation meeting agreed on one application; assessors' own scores stay as they were."""

    class Outcome(models.TextChoices):
        FUND = "FUND", _("Fund")
        RESERVE = "RESERVE", _("Reserve list")
        DO_NOT_FUND = "DO_NOT_FUND", _("Do not fund")

    application = models.OneToOneField(GrantApplication, models.CASCADE, related_name="panel")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    """The agreed score out of 100 where it differs from the mean."""
    note = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = PanelOutcomeQuerySet.as_manager()

    class Meta:
        constraints = [at_and_by("panel", "recorded")]

    def __str__(self) -> str:
        return f"{self.application}: {self.outcome}"

"""The outline: a page about a project before the application, read by a business and a technical adviser."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import pghistory
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from accounts.permissions import FIRM_READERS
from applications.models import Case
from funding.models.applications import GrantApplication
from portal.models import at_and_by
from portal.workflow import IllegalMove, Turn, Workflow
from programmes.models import Call

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class OutlineQuerySet(models.QuerySet["Outline"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A firm's people see its outlines; staff see them once they were sent."""
        if not user.is_authenticated:
            return self.none()
        own = Membership.objects.filter(user=user, organisation=OuterRef("case__organisation"), role__in=FIRM_READERS)
        return self.filter(Exists(own) | ~Q(sent_at=None), case__in=Case.objects.visible_to(user))

    def worked_on_by(self, user: User) -> Self:
        """Those that the person meets as staff: never of their own firm."""
        own = Membership.objects.filter(user=user, organisation=OuterRef("case__organisation"))
        return self.visible_to(user).filter(~Exists(own), ~Q(sent_at=None))

    def with_context(self) -> Self:
        return self.select_related(
            "case__programme", "case__organisation", "case__created_by", "call__instrument", "plan_action"
        )

    def open(self) -> Self:
        return self.filter(status__in=Outline.OPEN)

    def usable(self) -> Self:
        """Ready, and carried by no application: one that was withdrawn gives its outline back."""
        taken = GrantApplication.objects.standing().filter(outline=OuterRef("pk"))
        return self.filter(~Exists(taken), status=Outline.Status.READY)

    def with_opinion_of(self, user: User) -> models.QuerySet[Any]:
        """With `has_opinion`: whether the person has said what they think of the last sending."""
        given = OutlineOpinion.objects.filter(
            outline=OuterRef("pk"), turn_number=OuterRef("turn_number"), given_by=user
        )
        return self.annotate(has_opinion=Exists(given))

    def waiting_on(self, turn: Turn) -> Self:
        return self.filter(status__in=[status for status, whose in Outline.TURN.items() if whose == turn])


@pghistory.track()
class Outline(Workflow):
    """What a firm wants to do and roughly at what cost; two advisers say whether it is ready to be applied for."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        SENT = "SENT", _("To read")
        NOT_YET = "NOT_YET", _("Not ready yet")
        READY = "READY", _("Ready to apply")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    MOVES = {
        Status.DRAFT: {Status.SENT, Status.WITHDRAWN},
        Status.SENT: {Status.NOT_YET, Status.READY, Status.WITHDRAWN},
        Status.NOT_YET: {Status.SENT, Status.WITHDRAWN},
        Status.READY: {Status.WITHDRAWN},
        Status.WITHDRAWN: set(),
    }
    TURN = {
        Status.DRAFT: Turn.FIRM,
        Status.SENT: Turn.ADVISER,
        Status.NOT_YET: Turn.FIRM,
        Status.READY: Turn.FIRM,
        Status.WITHDRAWN: Turn.NOBODY,
    }
    PUBLIC_LABELS = {
        Status.DRAFT: _("Not sent yet"),
        Status.SENT: _("Our advisers are reading it"),
        Status.NOT_YET: _("Not ready yet"),
        Status.READY: _("Ready to apply"),
        Status.WITHDRAWN: _("Withdrawn"),
    }
    EDITABLE = (Status.DRAFT, Status.NOT_YET)
    OPEN = (Status.DRAFT, Status.SENT, Status.NOT_YET)
    NEEDED = ("title", "problem", "change", "rough_cost", "starts_on", "ends_on")
    """What has to be written before it can be sent."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="outlines")
    call = models.ForeignKey(Call, models.PROTECT, related_name="outlines")
    plan_action = models.ForeignKey("diagnostics.PlanAction", models.SET_NULL, null=True, blank=True, related_name="+")
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    title = models.CharField(max_length=120, blank=True)
    problem = models.TextField(blank=True)
    change = models.TextField(blank=True)
    supplier = models.CharField(max_length=160, blank=True)
    rough_cost = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    figures = models.JSONField(default=dict, blank=True)
    """What the firm tried in "Can I afford it": the inputs of that page, to be carried on into the application."""
    turn_number = models.PositiveSmallIntegerField(default=1)
    """Raised with every sending: opinions are about one sending."""
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = OutlineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "call", "plan_action"],
                condition=Q(status__in=["DRAFT", "SENT", "NOT_YET"]),
                nulls_distinct=False,
                name="one_open_outline_per_action",
            ),
            models.CheckConstraint(
                condition=Q(rough_cost=None) | Q(rough_cost__gt=Decimal(0)), name="outline_cost_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="outline_ends_after_it_starts",
            ),
            at_and_by("outline", "sent"),
        ]
        indexes = [models.Index("status", "sent_at", "id", name="outlines_in_queue")]

    def __str__(self) -> str:
        return self.title or str(self.call)

    def get_absolute_url(self) -> str:
        return reverse("funding:outline", args=[self.case.reference, self.pk])

    @property
    def event_reference(self) -> str:
        return self.case.reference

    @property
    def event_programme(self) -> str:
        return self.case.programme.slug

    @property
    def is_editable(self) -> bool:
        return self.status in self.EDITABLE

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def missing(self) -> list[str]:
        """Fields that are still to be written."""
        return [name for name in self.NEEDED if not getattr(self, name)]

    def digest(self, names: Iterable[str]) -> str:
        """Stands for these answers as they are, so that a page knows whether somebody changed them meanwhile."""
        return hashlib.sha256(repr([str(getattr(self, name)) for name in names]).encode()).hexdigest()[:16]

    def save_answers(self, **answers: Any) -> None:
        """Keep what the firm wrote; raises IllegalMove when it was sent or ended meanwhile."""
        if not type(self)._base_manager.filter(pk=self.pk, status__in=self.EDITABLE).update(**answers):
            raise IllegalMove(f"{self} can no longer be changed")
        for name, value in answers.items():
            setattr(self, name, value)

    def send(self, *, by: User, at: datetime) -> None:
        number = self.turn_number + (self.status == self.Status.NOT_YET)
        self._move_to(self.Status.SENT, by=by, at=at, sent_by=by, sent_at=at, turn_number=number)

    def hold_back(self, *, by: User, at: datetime, reason: str) -> None:
        """Not ready yet; the firm reads why, changes it and may send it again."""
        self._move_to(self.Status.NOT_YET, by=by, at=at, note=reason)

    def clear(self, *, by: User, at: datetime) -> None:
        """Both advisers find it ready."""
        self._move_to(self.Status.READY, by=by, at=at)

    def withdraw(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.WITHDRAWN, by=by, at=at)


class OutlineOpinionQuerySet(models.QuerySet["OutlineOpinion"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(outline__in=Outline.objects.visible_to(user))

    def of_last_sending(self) -> Self:
        return self.filter(turn_number=F("outline__turn_number"))


class OutlineOpinion(models.Model):
    """What one of the two advisers says of one sending of an outline; the firm reads the reason."""

    class Side(models.TextChoices):
        BUSINESS = "BUSINESS", _("Business")
        TECHNICAL = "TECHNICAL", _("Technical")

    outline = models.ForeignKey(Outline, models.CASCADE, related_name="opinions")
    turn_number = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=10, choices=Side.choices)
    is_ready = models.BooleanField()
    reason = models.TextField()
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = OutlineOpinionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["outline", "turn_number", "side"], name="one_opinion_per_side"),
            models.UniqueConstraint(fields=["outline", "turn_number", "given_by"], name="one_opinion_per_adviser"),
            at_and_by("outline_opinion", "given"),
        ]

    def __str__(self) -> str:
        return f"{self.outline}: {self.get_side_display()}"

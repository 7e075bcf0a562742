"""A firm asks for money: the application, what it costs, and suppliers' quotes."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import pghistory
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from applications.models import Case
from documents.models import Upload
from portal.models import at_and_by
from portal.workflow import IllegalMove, Turn, Workflow
from programmes.matching import CATEGORIES
from programmes.models import Call
from programmes.wording import CATEGORY_NAMES

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def not_negative(model: str, *names: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(condition=Q(**{f"{name}__gte": Decimal(0)}), name=f"{model}_{name}_not_negative")
        for name in names
    ]


class GrantApplicationQuerySet(models.QuerySet["GrantApplication"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A firm's people see its applications; staff see them once they were sent in."""
        if not user.is_authenticated:
            return self.none()
        own = Membership.objects.filter(user=user, organisation=OuterRef("case__organisation"))
        sent = ~Q(submitted_at=None)
        return self.filter(Exists(own) | sent, case__in=Case.objects.visible_to(user))

    def with_context(self) -> Self:
        """With what every page about an application shows."""
        return self.select_related("case__programme", "case__organisation", "case__created_by", "call__instrument")

    def open(self) -> Self:
        return self.filter(status__in=GrantApplication.OPEN)

    def awarded(self) -> Self:
        """Those whose award is offered or accepted."""
        return self.filter(award__status__in=["OFFERED", "ACCEPTED"])

    def claiming(self) -> Self:
        """Those that ask for their costs to be paid: sent and not decided, or with a live award."""
        waiting = Q(submitted_at__isnull=False, status__in=GrantApplication.OPEN)
        return self.filter(waiting | Q(award__status__in=["OFFERED", "ACCEPTED"]))

    def waiting_on(self, turn: Turn) -> Self:
        return self.filter(status__in=[status for status, whose in GrantApplication.TURN.items() if whose == turn])


@pghistory.track()
class GrantApplication(Workflow):
    """A firm asks for match funding for one project under one call.

    `terms` and `quote` are frozen when it is sent: the call's terms and the answer worked out from them, so that
    the sum can be explained later whatever has changed since.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        SUBMITTED = "SUBMITTED", _("To assess")
        RETURNED = "RETURNED", _("Returned to firm")
        ASSESSED = "ASSESSED", _("To decide")
        APPROVED = "APPROVED", _("Approved")
        DECLINED = "DECLINED", _("Declined")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    MOVES = {
        Status.DRAFT: {Status.SUBMITTED, Status.WITHDRAWN},
        Status.SUBMITTED: {Status.RETURNED, Status.ASSESSED, Status.WITHDRAWN},
        Status.RETURNED: {Status.SUBMITTED, Status.WITHDRAWN},
        Status.ASSESSED: {Status.RETURNED, Status.APPROVED, Status.DECLINED, Status.WITHDRAWN},
        Status.APPROVED: set(),
        Status.DECLINED: set(),
        Status.WITHDRAWN: set(),
    }
    TURN = {
        Status.DRAFT: Turn.FIRM,
        Status.SUBMITTED: Turn.ASSESSOR,
        Status.RETURNED: Turn.FIRM,
        Status.ASSESSED: Turn.APPROVER,
        Status.APPROVED: Turn.NOBODY,
        Status.DECLINED: Turn.NOBODY,
        Status.WITHDRAWN: Turn.NOBODY,
    }
    PUBLIC_LABELS = {
        Status.DRAFT: _("Not sent yet"),
        Status.SUBMITTED: _("Being assessed"),
        Status.RETURNED: _("We have a question"),
        Status.ASSESSED: _("Waiting for a decision"),
        Status.APPROVED: _("Approved"),
        Status.DECLINED: _("Not approved"),
        Status.WITHDRAWN: _("Withdrawn"),
    }
    OPEN = (Status.DRAFT, Status.SUBMITTED, Status.RETURNED, Status.ASSESSED)
    EDITABLE = (Status.DRAFT, Status.RETURNED)

    case = models.ForeignKey(Case, models.PROTECT, related_name="grant_applications")
    number = models.PositiveSmallIntegerField()
    """Counts the applications of one case from 1."""
    call = models.ForeignKey(Call, models.PROTECT, related_name="grant_applications")
    plan_action = models.ForeignKey("diagnostics.PlanAction", models.SET_NULL, null=True, blank=True, related_name="+")
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)

    title = models.CharField(max_length=120, blank=True)
    summary = models.TextField(blank=True)
    """Two or three sentences that may be published with an award."""
    work = models.TextField(blank=True)
    benefit = models.TextField(blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    trl_start = models.PositiveSmallIntegerField(null=True, blank=True)
    trl_end = models.PositiveSmallIntegerField(null=True, blank=True)
    research_partner = models.CharField(max_length=160, blank=True)
    requested = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(Decimal("0.01"))]
    )
    """Less than the most the terms allow; null asks for the most."""
    terms = models.JSONField(default=dict, editable=False)
    quote = models.JSONField(default=dict, editable=False)

    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    assessed_at = models.DateTimeField(null=True)
    assessed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    """The words that came with the last return, refusal or withdrawal; the firm reads them."""

    objects = GrantApplicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="one_grant_application_per_number"),
            models.UniqueConstraint(
                fields=["case", "call", "plan_action"],
                condition=Q(status__in=["DRAFT", "SUBMITTED", "RETURNED", "ASSESSED"]),
                nulls_distinct=False,
                name="one_open_grant_application_per_action",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("assessed_by")), name="grant_decided_by_another_than_assessed"
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="grant_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=(Q(trl_start=None) | Q(trl_start__range=(1, 9)))
                & (Q(trl_end=None) | Q(trl_end__range=(1, 9))),
                name="grant_readiness_from_1_to_9",
            ),
            models.CheckConstraint(
                condition=Q(requested=None) | Q(requested__gt=Decimal(0)), name="grant_requested_is_positive"
            ),
            *(at_and_by("grant", name) for name in ("submitted", "assessed", "decided", "withdrawn")),
        ]
        indexes = [
            models.Index("call", "status", name="grants_by_call"),
            models.Index("status", "submitted_at", "id", name="grants_in_queue"),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("funding:tasks", args=[self.case.reference, self.number])

    @property
    def reference(self) -> str:
        return f"{self.case.reference}/{self.number}"

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
    def quoted(self) -> Decimal | None:
        """The grant worked out when it was sent; null before that."""
        return Decimal(self.quote["grant"]) if self.quote.get("grant") else None

    def save_answers(self, **answers: Any) -> None:
        """Keep one section's answers; raises IllegalMove when the application was sent or ended meanwhile."""
        rows = type(self)._base_manager.filter(pk=self.pk, status__in=self.EDITABLE)
        if not rows.update(**answers):
            raise IllegalMove(f"{self} can no longer be changed")
        for name, value in answers.items():
            setattr(self, name, value)

    def submit(self, *, terms: dict[str, Any], quote: dict[str, Any], by: User, at: datetime) -> None:
        """Send in, again after a return: assessment starts anew on these figures."""
        self._move_to(
            self.Status.SUBMITTED, by=by, at=at, submitted_by=by, submitted_at=at, terms=terms, quote=quote,
            assessed_by=None, assessed_at=None, reason="",
        )  # fmt: skip

    def return_to_firm(self, *, by: User, at: datetime, reason: str) -> None:
        self._move_to(self.Status.RETURNED, by=by, at=at, note=reason, reason=reason)

    def recommend(self, *, by: User, at: datetime) -> None:
        """Enough assessors have answered; `by` gave the last answer needed."""
        self._move_to(self.Status.ASSESSED, by=by, at=at, assessed_by=by, assessed_at=at)

    def approve(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.APPROVED, by=by, at=at, decided_by=by, decided_at=at, reason="")

    def decline(self, *, by: User, at: datetime, reason: str) -> None:
        self._move_to(self.Status.DECLINED, by=by, at=at, note=reason, decided_by=by, decided_at=at, reason=reason)

    def withdraw(self, *, by: User, at: datetime, reason: str = "") -> None:
        self._move_to(self.Status.WITHDRAWN, by=by, at=at, note=reason, withdrawn_by=by, withdrawn_at=at, reason=reason)


CATEGORY_CHOICES = [(code, CATEGORY_NAMES[code]) for code in CATEGORIES]


class PartQuerySet(models.QuerySet[Any]):
    """Rows that belong to an application and are seen with it."""

    path = "application"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(**{f"{self.path}__in": GrantApplication.objects.visible_to(user)})


class BudgetLine(models.Model):
    """One cost of a project, in the call's currency; `vat` is the amount, not the rate."""

    application = models.ForeignKey(GrantApplication, models.CASCADE, related_name="lines")
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    category = models.CharField(max_length=24, choices=CATEGORY_CHOICES)
    description = models.CharField(max_length=200)
    supplier = models.CharField(max_length=160, blank=True)
    net = models.DecimalField(max_digits=14, decimal_places=2)
    vat = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    vat_recoverable = models.BooleanField(default=True)
    is_committed = models.BooleanField(default=False)
    """Ordered, signed or paid already: such a cost cannot be helped with."""
    committed_on = models.DateField(null=True, blank=True)

    objects = PartQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            *not_negative("line", "net", "vat"),
            models.CheckConstraint(
                condition=Q(is_committed=False, committed_on=None) | Q(is_committed=True),
                name="line_committed_on_only_when_committed",
            ),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def cost(self) -> Decimal:
        """What the firm bears: VAT counts only where it cannot be claimed back."""
        return self.net if self.vat_recoverable else self.net + self.vat


class QuoteQuerySet(PartQuerySet):
    path = "line__application"


class Quote(models.Model):
    """A supplier's offer for one line, as the file that the firm was given."""

    line = models.ForeignKey(BudgetLine, models.CASCADE, related_name="quotes")
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    upload = models.OneToOneField(Upload, models.PROTECT, related_name="+")
    supplier = models.CharField(max_length=160)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    valid_until = models.DateField(null=True, blank=True)
    attached_at = models.DateTimeField()
    attached_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = QuoteQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [*not_negative("quote", "amount"), at_and_by("quote", "attached")]

    def __str__(self) -> str:
        return f"{self.supplier}: {self.upload}"

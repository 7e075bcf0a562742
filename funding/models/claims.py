"""A firm asks for part of its grant: what it spent and paid in a period, with the proof."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import pghistory
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from documents.models import Document, Upload
from funding.models.awards import Award, OfAwardQuerySet
from funding.models.costs import CATEGORY_CHOICES, not_negative
from funding.models.partners import Partner
from funding.models.project import Milestone
from portal.models import at_and_by
from portal.workflow import IllegalMove, Turn, Workflow

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ClaimQuerySet(models.QuerySet["Claim"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The firm's people see its claims, a partner's contact the partner's; staff see them once they were sent."""
        if not user.is_authenticated:
            return self.none()
        own = Membership.objects.filter(user=user, organisation=OuterRef("award__application__case__organisation"))
        seen = Q(award__in=Award.objects.visible_to(user)) & (Exists(own) | ~Q(submitted_at=None))
        return self.filter(seen | Q(partner__contact=user))

    def with_context(self) -> Self:
        return self.select_related(
            "award__application__case__programme", "award__application__case__organisation", "award__call", "partner"
        )

    def open(self) -> Self:
        return self.filter(status__in=Claim.OPEN)

    def standing(self) -> Self:
        """Neither refused nor taken back."""
        return self.exclude(status__in=Claim.ENDED)

    def owed(self) -> Self:
        """Agreed, whether the money has gone out or not."""
        return self.filter(status__in=[Claim.Status.APPROVED, Claim.Status.PAID])

    def waiting_on(self, turn: Turn) -> Self:
        return self.filter(status__in=[status for status, whose in Claim.TURN.items() if whose == turn])


@pghistory.track()
class Claim(Workflow):
    """What was spent in one period of a project. `figures` is the arithmetic frozen when it was sent and checked.

    `figures`: {method, claimed, accepted, gross, retained, released, payable, limit} (rules.claims.Worth) as text, in
    the award's currency: eligible cost claimed and accepted, the grant on it, what is held back or given free, and
    what is paid.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        SUBMITTED = "SUBMITTED", _("To check")
        QUERIED = "QUERIED", _("Question to the firm")
        CHECKED = "CHECKED", _("To approve")
        APPROVED = "APPROVED", _("To pay")
        PAID = "PAID", _("Paid")
        REJECTED = "REJECTED", _("Rejected")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    MOVES = {
        Status.DRAFT: {Status.SUBMITTED, Status.WITHDRAWN},
        Status.SUBMITTED: {Status.QUERIED, Status.CHECKED, Status.REJECTED, Status.WITHDRAWN},
        Status.QUERIED: {Status.SUBMITTED, Status.WITHDRAWN},
        Status.CHECKED: {Status.QUERIED, Status.SUBMITTED, Status.APPROVED, Status.REJECTED},
        Status.APPROVED: {Status.PAID, Status.REJECTED},
        Status.PAID: {Status.APPROVED},
        Status.REJECTED: set(),
        Status.WITHDRAWN: set(),
    }
    TURN = {
        Status.DRAFT: Turn.FIRM,
        Status.SUBMITTED: Turn.ADVISER,
        Status.QUERIED: Turn.FIRM,
        Status.CHECKED: Turn.APPROVER,
        Status.APPROVED: Turn.FINANCE,
        Status.PAID: Turn.NOBODY,
        Status.REJECTED: Turn.NOBODY,
        Status.WITHDRAWN: Turn.NOBODY,
    }
    PUBLIC_LABELS = {
        Status.DRAFT: _("Not sent yet"),
        Status.SUBMITTED: _("Being checked"),
        Status.QUERIED: _("We have a question"),
        Status.CHECKED: _("Being checked"),
        Status.APPROVED: _("Agreed: payment on its way"),
        Status.PAID: _("Paid"),
        Status.REJECTED: _("Not agreed"),
        Status.WITHDRAWN: _("Withdrawn by you"),
    }
    OPEN = (Status.DRAFT, Status.SUBMITTED, Status.QUERIED, Status.CHECKED)
    EDITABLE = (Status.DRAFT, Status.QUERIED)
    ENDED = (Status.REJECTED, Status.WITHDRAWN)

    award = models.ForeignKey(Award, models.PROTECT, related_name="claims")
    partner = models.ForeignKey(Partner, models.PROTECT, null=True, related_name="claims")
    """Whose costs; null is the firm itself."""
    number = models.PositiveSmallIntegerField()
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    period_from = models.DateField()
    period_to = models.DateField()
    is_final = models.BooleanField(default=False)
    summary = models.TextField(blank=True)
    """What was done in the period; for the final claim, the report."""
    figures = models.JSONField(default=dict, editable=False)
    payable = models.DecimalField(max_digits=14, decimal_places=2, null=True, editable=False)
    """What is to be paid for it, as in `figures`; null until it was sent."""
    retained = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0), editable=False)

    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    """When it was sent first: the promised days count from here, less those of open questions."""
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    receipt = models.OneToOneField(Document, models.PROTECT, null=True, related_name="+")
    """Of what was sent last, with the words that were declared."""
    checked_at = models.DateTimeField(null=True)
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    paid_on = models.DateField(null=True)
    reason = models.TextField(blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["award", "number"], name="one_claim_per_number"),
            models.UniqueConstraint(
                fields=["award", "partner"],
                condition=Q(status__in=["DRAFT", "QUERIED"]),
                nulls_distinct=False,
                name="one_unsent_claim_per_award",
            ),
            models.CheckConstraint(condition=Q(period_to__gte=F("period_from")), name="claim_period_in_order"),
            models.CheckConstraint(condition=~Q(approved_by=F("checked_by")), name="claim_approved_by_another"),
            models.CheckConstraint(
                condition=Q(payable=None) | Q(payable__gte=Decimal(0)), name="claim_payable_not_negative"
            ),
            *(at_and_by("claim", name) for name in ("submitted", "checked", "approved")),
        ]
        indexes = [models.Index("status", "submitted_at", "id", name="claims_in_queue")]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        application = self.award.application
        return reverse("funding:claim", args=[application.case.reference, application.number, self.number])

    @property
    def reference(self) -> str:
        return f"{self.award.application.reference}/C{self.number}"

    @property
    def event_reference(self) -> str:
        return self.award.application.case.reference

    @property
    def event_programme(self) -> str:
        return self.award.application.case.programme.slug

    @property
    def is_editable(self) -> bool:
        return self.status in self.EDITABLE

    def save_answers(self, **answers: Any) -> None:
        """Keep what the firm wrote; raises IllegalMove when it was sent meanwhile."""
        if not type(self)._base_manager.filter(pk=self.pk, status__in=self.EDITABLE).update(**answers):
            raise IllegalMove(f"{self} can no longer be changed")
        for name, value in answers.items():
            setattr(self, name, value)

    def submit(self, *, figures: dict[str, Any], receipt: Document, by: User, at: datetime) -> None:
        """Send in, again after a question."""
        first: dict[str, Any] = {} if self.submitted_at else {"submitted_at": at, "submitted_by": by}
        self._move_to(
            self.Status.SUBMITTED, by=by, at=at, figures=figures, payable=Decimal(figures["payable"]),
            retained=Decimal(figures["retained"]), receipt=receipt, reason="", **first,
        )  # fmt: skip

    def ask(self, *, by: User, at: datetime, question: str) -> None:
        self._move_to(self.Status.QUERIED, by=by, at=at, note=question, checked_by=None, checked_at=None)

    def verify(self, *, figures: dict[str, Any], by: User, at: datetime) -> None:
        """Somebody looked at every line; `figures` are of what was accepted."""
        self._move_to(
            self.Status.CHECKED, by=by, at=at, checked_by=by, checked_at=at, figures=figures,
            payable=Decimal(figures["payable"]), retained=Decimal(figures["retained"]),
        )  # fmt: skip

    def send_back(self, *, by: User, at: datetime, reason: str) -> None:
        """The approver wants it checked again."""
        self._move_to(self.Status.SUBMITTED, by=by, at=at, note=reason, checked_by=None, checked_at=None)

    def approve(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.APPROVED, by=by, at=at, approved_by=by, approved_at=at)

    def reject(self, *, by: User, at: datetime, reason: str) -> None:
        self._move_to(self.Status.REJECTED, by=by, at=at, note=reason, reason=reason)

    def withdraw(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.WITHDRAWN, by=by, at=at)

    def settle(self, *, paid_on: date, by: User, at: datetime) -> None:
        """The money has arrived, or there was none to pay."""
        self._move_to(self.Status.PAID, by=by, at=at, paid_on=paid_on)

    def pay_again(self, *, by: User, at: datetime, reason: str) -> None:
        """The bank sent the money back after all."""
        self._move_to(self.Status.APPROVED, by=by, at=at, note=reason, paid_on=None)


class OfClaimQuerySet(models.QuerySet[Any]):
    """Rows that belong to a claim and are seen with it."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(claim__in=Claim.objects.visible_to(user))


class ClaimLine(models.Model):
    """One invoice of a claim, in the award's currency, with the invoice and the proof that it was paid."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="lines")
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    category = models.CharField(max_length=24, choices=CATEGORY_CHOICES)
    description = models.CharField(max_length=200)
    supplier = models.CharField(max_length=160)
    invoice_number = models.CharField(max_length=60)
    invoice_key = models.CharField(max_length=60, blank=True, editable=False)
    """`invoice_number` as it is compared with those of other firms (rules.claims.invoice_key)."""
    invoice_on = models.DateField()
    paid_on = models.DateField(null=True, blank=True)
    net = models.DecimalField(max_digits=14, decimal_places=2)
    vat = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    vat_recoverable = models.BooleanField(default=True)
    invoice = models.OneToOneField(Upload, models.PROTECT, null=True, blank=True, related_name="+")
    proof = models.OneToOneField(Upload, models.PROTECT, null=True, blank=True, related_name="+")
    accepted = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    """Cost that staff accept; null until it was looked at."""
    why_less = models.CharField(max_length=300, blank=True)
    """Why less than the whole cost is accepted; the firm reads it."""

    objects = OfClaimQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            *not_negative("claim_line", "net", "vat"),
            models.CheckConstraint(
                condition=Q(accepted=None) | Q(accepted__gte=Decimal(0), accepted__lte=F("net") + F("vat")),
                name="claim_line_accepted_no_more_than_cost",
            ),
        ]
        indexes = [models.Index("invoice_key", name="claim_lines_by_invoice")]

    def __str__(self) -> str:
        return f"{self.supplier} {self.invoice_number}"

    @property
    def cost(self) -> Decimal:
        return self.net if self.vat_recoverable else self.net + self.vat


class MilestoneEvidence(models.Model):
    """A claim's proof that a milestone was reached."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="evidence")
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    milestone = models.ForeignKey(Milestone, models.CASCADE, related_name="+")
    reached_on = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)
    file = models.OneToOneField(Upload, models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfClaimQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["claim", "milestone"], name="one_proof_per_milestone")]

    def __str__(self) -> str:
        return str(self.milestone)


class ClaimQuery(models.Model):
    """A question about a claim and the firm's answer; between the two the promised days do not run."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="queries")
    question = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = OfClaimQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [at_and_by("claim_query", "asked"), at_and_by("claim_query", "answered")]

    def __str__(self) -> str:
        return f"{self.claim}: {self.question[:40]}"


class Forecast(models.Model):
    """What the firm expects to spend in a period on one kind of cost; held against what it claims."""

    award = models.ForeignKey(Award, models.CASCADE, related_name="forecasts")
    period_from = models.DateField()
    period_to = models.DateField()
    category = models.CharField(max_length=24, choices=CATEGORY_CHOICES)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = OfAwardQuerySet.as_manager()

    class Meta:
        ordering = ["period_from", "category"]
        constraints = [
            models.UniqueConstraint(
                fields=["award", "period_from", "category"], name="one_forecast_per_period_and_cost"
            ),
            *not_negative("forecast", "amount"),
            at_and_by("forecast", "saved"),
        ]

    def __str__(self) -> str:
        return f"{self.award} {self.period_from} {self.category}"

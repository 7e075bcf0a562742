"""Money on its way: where to, in which run, whether it arrived, and what has to come back."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Self

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, Membership, User
from accounts.permissions import FirmRole, Role
from funding.models.awards import Award, OfAwardQuerySet
from funding.models.claims import Claim
from organisations.models import Organisation
from portal.models import at_and_by
from portal.workflow import IllegalMove, Turn, Workflow
from programmes.models import Programme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

PAYERS = frozenset({Role.FINANCE, Role.APPROVER, Role.AUDITOR})
"""Roles that see payment runs; account numbers are masked for all of them."""


class BankAccountQuerySet(models.QuerySet["BankAccount"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The organisation's owners, and finance and approvers of a programme that awarded it something."""
        if not user.is_authenticated:
            return self.none()
        own = Membership.objects.filter(user=user, organisation=OuterRef("organisation"), role=FirmRole.OWNER)
        staffed = Assignment.objects.filter(user=user, role__in=PAYERS).values("programme")
        awarded = Award.objects.filter(
            application__case__organisation=OuterRef("organisation"), application__case__programme__in=staffed
        )
        partner = Award.objects.filter(
            application__partners__organisation=OuterRef("organisation"), application__case__programme__in=staffed
        )
        return self.filter(Exists(own) | Exists(awarded) | Exists(partner))

    def in_use(self) -> Self:
        return self.filter(status=BankAccount.Status.IN_USE)


@pghistory.track(exclude=["secret"])
class BankAccount(Workflow):
    """Where an organisation's money goes. The number is kept encrypted, shown masked, and asked for after an award.

    `secret` is the AES-GCM ciphertext of the number (funding.bank); `fingerprint` its keyed hash, by which the same
    account of two firms is found without decrypting. A change waits until `held_until` and for a second officer.
    """

    class Status(models.TextChoices):
        HELD = "HELD", _("To be confirmed")
        IN_USE = "IN_USE", _("In use")
        REFUSED = "REFUSED", _("Refused")
        REPLACED = "REPLACED", _("Replaced")

    class Payee(models.TextChoices):
        MATCH = "MATCH", _("Name matches")
        CLOSE = "CLOSE", _("Name is close")
        NO = "NO", _("Name does not match")
        UNAVAILABLE = "UNAVAILABLE", _("Could not be checked")

    MOVES = {
        Status.HELD: {Status.IN_USE, Status.REFUSED, Status.REPLACED},
        Status.IN_USE: {Status.REPLACED},
        Status.REFUSED: set(),
        Status.REPLACED: set(),
    }
    TURN = {
        Status.HELD: Turn.FINANCE,
        Status.IN_USE: Turn.NOBODY,
        Status.REFUSED: Turn.NOBODY,
        Status.REPLACED: Turn.NOBODY,
    }
    PUBLIC_LABELS = {
        Status.HELD: _("Being checked"),
        Status.IN_USE: _("In use"),
        Status.REFUSED: _("Not accepted"),
        Status.REPLACED: _("Replaced"),
    }

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    award = models.ForeignKey(Award, models.PROTECT, related_name="bank_accounts")
    """The award for which it was asked; other awards of the organisation use it too."""
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.HELD)
    holder = models.CharField(max_length=160)
    secret = models.BinaryField()
    fingerprint = models.CharField(max_length=64, db_index=True)
    last_four = models.CharField(max_length=4)
    is_iban = models.BooleanField(default=False)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    held_until = models.DateField(null=True)
    """A change is not used before this day; null for the first account."""
    payee = models.CharField(max_length=12, choices=Payee.choices, blank=True)
    called_back = models.TextField(blank=True)
    """Who was called on which number, held before the change, and what was said."""
    called_at = models.DateTimeField(null=True)
    called_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    """The first officer, who called and asked the bank for the payee; a second one confirms."""
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = BankAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], condition=Q(status="IN_USE"), name="one_account_in_use"),
            models.UniqueConstraint(fields=["organisation"], condition=Q(status="HELD"), name="one_account_held"),
            models.CheckConstraint(condition=~Q(confirmed_by=F("entered_by")), name="account_confirmed_by_another"),
            models.CheckConstraint(condition=~Q(confirmed_by=F("called_by")), name="account_confirmed_by_a_second"),
            models.CheckConstraint(
                condition=~Q(status="IN_USE") | Q(called_at__isnull=False, confirmed_at__isnull=False),
                name="account_in_use_is_confirmed",
            ),
            at_and_by("bank_account", "entered"),
            at_and_by("bank_account", "called"),
            at_and_by("bank_account", "confirmed"),
        ]

    def __str__(self) -> str:
        return f"•••• {self.last_four}"

    @property
    def event_reference(self) -> str:
        return self.award.application.case.reference

    @property
    def event_programme(self) -> str:
        return self.award.application.case.programme.slug

    def note_call(self, *, payee: str, called_back: str, by: User, at: datetime) -> None:
        """What the first officer found; raises IllegalMove when the account does not wait for it."""
        values = {"payee": payee, "called_back": called_back, "called_by": by, "called_at": at}
        if not type(self)._base_manager.filter(pk=self.pk, status=self.Status.HELD).update(**values):
            raise IllegalMove(f"{self} does not wait to be confirmed")
        for name, value in values.items():
            setattr(self, name, value)

    def confirm(self, *, by: User, at: datetime) -> None:
        """A second officer found the same."""
        self._move_to(self.Status.IN_USE, by=by, at=at, confirmed_by=by, confirmed_at=at)

    def refuse(self, *, by: User, at: datetime, reason: str) -> None:
        self._move_to(self.Status.REFUSED, by=by, at=at, note=reason)

    def replace(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.REPLACED, by=by, at=at)


class OfProgrammePayersQuerySet(models.QuerySet["PaymentRun"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Finance, approvers and auditors of the programme."""
        if not user.is_authenticated:
            return self.none()
        staff = Assignment.objects.filter(user=user, programme=OuterRef("programme"), role__in=PAYERS, region=None)
        return self.filter(Exists(staff))


@pghistory.track()
class PaymentRun(Workflow):
    """A list of payments that goes to the bank as one file with a control total."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Being made up")
        RELEASED = "RELEASED", _("File made")
        CLOSED = "CLOSED", _("All answered")
        CANCELLED = "CANCELLED", _("Cancelled")

    MOVES = {
        Status.DRAFT: {Status.RELEASED, Status.CANCELLED},
        Status.RELEASED: {Status.CLOSED},
        Status.CLOSED: set(),
        Status.CANCELLED: set(),
    }
    TURN = {
        Status.DRAFT: Turn.FINANCE,
        Status.RELEASED: Turn.FINANCE,
        Status.CLOSED: Turn.NOBODY,
        Status.CANCELLED: Turn.NOBODY,
    }
    PUBLIC_LABELS = dict.fromkeys(Status, _("Payment on its way"))
    STAFF_ONLY = True

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="payment_runs")
    number = models.PositiveIntegerField()
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    currency = models.CharField(max_length=3)
    count = models.PositiveIntegerField(default=0)
    total = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    sha256 = models.CharField(max_length=64, blank=True)
    """Of the file that went to the bank: made again from the rows, it must be the same."""
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = OfProgrammePayersQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="one_payment_run_per_number"),
            at_and_by("payment_run", "made"),
            at_and_by("payment_run", "released"),
        ]
        triggers = [
            # Four eyes, whoever writes the row: nobody pays out what they assessed, signed, checked or agreed.
            pgtrigger.Trigger(
                name="released_by_no_approver",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF NEW.status = 'RELEASED' AND (NEW.released_by_id IS NULL OR EXISTS (
                        SELECT 1 FROM funding_payment payment
                        JOIN funding_claim claim ON claim.id = payment.claim_id
                        JOIN funding_award award ON award.id = claim.award_id
                        LEFT JOIN funding_review review ON review.application_id = award.application_id
                            AND review.submitted_at IS NOT NULL
                        LEFT JOIN funding_decision decision ON decision.application_id = award.application_id
                        LEFT JOIN funding_approval approval ON approval.decision_id = decision.id
                        WHERE payment.run_id = NEW.id AND NEW.released_by_id IN (
                            claim.checked_by_id, claim.approved_by_id, award.offered_by_id, award.recommended_by_id,
                            review.assessor_id, approval.signed_by_id)))
                    THEN
                        RAISE EXCEPTION 'Who recommended or approved a payment may not pay it';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme.prefix}-{self.number:04d}"

    @property
    def event_reference(self) -> str:
        return ""

    @property
    def event_programme(self) -> str:
        return self.programme.slug

    def release(self, *, count: int, total: Decimal, sha256: str, by: User, at: datetime) -> None:
        self._move_to(
            self.Status.RELEASED, by=by, at=at, released_by=by, released_at=at, count=count, total=total, sha256=sha256
        )

    def close(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.CLOSED, by=by, at=at)

    def cancel(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.CANCELLED, by=by, at=at)


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(claim__in=Claim.objects.visible_to(user))

    def standing(self) -> Self:
        """On its way or arrived."""
        return self.filter(status__in=["WAITING", "SENT", "PAID"])


@pghistory.track()
class Payment(Workflow):
    """What is paid for one claim. One that failed leaves the claim to be paid by the next run."""

    class Status(models.TextChoices):
        WAITING = "WAITING", _("In a run")
        SENT = "SENT", _("Sent to the bank")
        PAID = "PAID", _("Paid")
        FAILED = "FAILED", _("Failed")
        DROPPED = "DROPPED", _("Taken out of the run")

    MOVES = {
        Status.WAITING: {Status.SENT, Status.DROPPED},
        Status.SENT: {Status.PAID, Status.FAILED},
        Status.PAID: {Status.FAILED},
        Status.FAILED: set(),
        Status.DROPPED: set(),
    }
    TURN = {
        Status.WAITING: Turn.FINANCE,
        Status.SENT: Turn.FINANCE,
        Status.PAID: Turn.NOBODY,
        Status.FAILED: Turn.NOBODY,
        Status.DROPPED: Turn.NOBODY,
    }
    PUBLIC_LABELS = {
        Status.WAITING: _("Payment on its way"),
        Status.SENT: _("Payment on its way"),
        Status.PAID: _("Paid"),
        Status.FAILED: _("The payment did not arrive"),
        Status.DROPPED: _("Payment on its way"),
    }
    STAFF_ONLY = True

    run = models.ForeignKey(PaymentRun, models.PROTECT, related_name="payments")
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="payments")
    account = models.ForeignKey(BankAccount, models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    shares = models.JSONField(default=list)
    """Which funder bears what of it: [{funder, amount}], amounts as text that add up to `amount`."""
    paid_on = models.DateField(null=True)
    reason = models.TextField(blank=True)
    """Why the bank sent it back."""

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=Decimal(0)), name="payment_amount_is_positive"),
            models.UniqueConstraint(
                fields=["claim"], condition=Q(status__in=["WAITING", "SENT", "PAID"]), name="one_standing_payment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim}: {self.amount}"

    @property
    def event_reference(self) -> str:
        return self.claim.event_reference

    @property
    def event_programme(self) -> str:
        return self.claim.event_programme

    def send(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.SENT, by=by, at=at)

    def arrive(self, *, paid_on: date, by: User, at: datetime) -> None:
        self._move_to(self.Status.PAID, by=by, at=at, paid_on=paid_on)

    def fail(self, *, reason: str, by: User, at: datetime) -> None:
        self._move_to(self.Status.FAILED, by=by, at=at, note=reason, reason=reason)

    def drop(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.DROPPED, by=by, at=at)


@pghistory.track()
class Clawback(Workflow):
    """Money that the firm has to give back, why, and whether it came."""

    class Status(models.TextChoices):
        PROPOSED = "PROPOSED", _("To approve")
        ASKED = "ASKED", _("Asked of the firm")
        REPAID = "REPAID", _("Repaid")
        DROPPED = "DROPPED", _("Not pursued")

    MOVES = {
        Status.PROPOSED: {Status.ASKED, Status.DROPPED},
        Status.ASKED: {Status.REPAID, Status.DROPPED},
        Status.REPAID: set(),
        Status.DROPPED: set(),
    }
    TURN = {
        Status.PROPOSED: Turn.APPROVER,
        Status.ASKED: Turn.FIRM,
        Status.REPAID: Turn.NOBODY,
        Status.DROPPED: Turn.NOBODY,
    }
    PUBLIC_LABELS = {
        Status.PROPOSED: _("Being looked at"),
        Status.ASKED: _("To pay back"),
        Status.REPAID: _("Paid back"),
        Status.DROPPED: _("Nothing to pay back"),
    }

    award = models.ForeignKey(Award, models.PROTECT, related_name="clawbacks")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROPOSED)
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    reason = models.TextField()
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    repaid_on = models.DateField(null=True)

    objects = OfAwardQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=Decimal(0)), name="clawback_amount_is_positive"),
            models.CheckConstraint(condition=~Q(approved_by=F("proposed_by")), name="clawback_approved_by_another"),
            at_and_by("clawback", "proposed"),
            at_and_by("clawback", "approved"),
        ]

    def __str__(self) -> str:
        return f"{self.award}: {self.amount}"

    @property
    def event_reference(self) -> str:
        return self.award.application.case.reference

    @property
    def event_programme(self) -> str:
        return self.award.application.case.programme.slug

    def approve(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.ASKED, by=by, at=at, approved_by=by, approved_at=at)

    def repay(self, *, on: date, by: User, at: datetime) -> None:
        self._move_to(self.Status.REPAID, by=by, at=at, repaid_on=on)

    def drop(self, *, by: User, at: datetime, reason: str) -> None:
        self._move_to(self.Status.DROPPED, by=by, at=at, note=reason)

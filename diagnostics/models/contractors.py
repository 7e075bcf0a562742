"""Who carries out diagnostics under contract: what each may take, what each was given, what is paid for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, Membership, User
from accounts.permissions import CASE_READERS, FIRM_READERS, Permission, Role
from applications.models import Case
from diagnostics import allocating
from organisations.models import Organisation
from portal.models import at_and_by
from portal.workflow import Turn, Workflow
from programmes.models import Programme, Region

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ContractorQuerySet(models.QuerySet["Contractor"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Staff who read the programme's cases, its administrators, and the contractor's own people."""
        if not user.is_authenticated:
            return self.none()
        staff = Assignment.objects.filter(
            user=user, programme=OuterRef("programme"), role__in=[*CASE_READERS, Role.ADMIN]
        )
        own = Membership.objects.filter(user=user, organisation=OuterRef("organisation"))
        return self.filter(Exists(staff) | Exists(own))

    def run_by(self, user: User) -> Self:
        """Contracts of the programmes that the person manages."""
        return self.filter(programme__in=user.programmes_for(Permission.CONFIGURE))

    def in_force(self, day: date) -> Self:
        return self.filter(Q(until_on=None) | Q(until_on__gte=day), from_on__lte=day)

    def with_load(self, today: date) -> Self:
        """Counts of allocations: in_hand, late, delivered, sampled, to_pay, paid; and sums to_pay_sum, paid_sum."""
        status = Allocation.Status

        def count(**where: Any) -> Count:
            return Count("allocations", filter=Q(**{f"allocations__{name}": value for name, value in where.items()}))

        def total(state: str) -> Coalesce:
            paid = Sum("allocations__fee", filter=Q(allocations__status=state))
            return Coalesce(paid, Decimal(0), output_field=models.DecimalField(max_digits=16, decimal_places=2))

        late = Q(allocations__status=status.OFFERED, allocations__answer_by__lt=today) | Q(
            allocations__status__in=[status.ACCEPTED, status.SENT_BACK], allocations__due_on__lt=today
        )
        return self.annotate(
            in_hand=count(status__in=Allocation.IN_HAND),
            late=Count("allocations", filter=late),
            delivered=count(status__in=Allocation.DONE),
            sampled=count(is_sampled=True),
            to_check=count(status=status.DELIVERED),
            to_pay=count(status=status.APPROVED),
            to_pay_sum=total(status.APPROVED),
            paid=count(status=status.PAID),
            paid_sum=total(status.PAID),
        )


@pghistory.track()
class Contractor(models.Model):
    """An organisation under contract to carry out diagnostics in one programme.

    No regions means every region of the programme; `capacity` is how many it may have in hand at once.
    """

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="contractors")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="contracts")
    regions = models.ManyToManyField(Region, blank=True, related_name="+")
    languages = ArrayField(models.CharField(max_length=10), default=list)
    capacity = models.PositiveSmallIntegerField()
    fee = models.DecimalField(max_digits=14, decimal_places=2)
    """What is paid for one accepted diagnostic, in the programme's currency, without VAT."""
    days = models.PositiveSmallIntegerField(default=30)
    """Days from acceptance of the work to its deadline."""
    sample_percent = models.PositiveSmallIntegerField(default=10)
    """How many of a hundred delivered diagnostics a second person looks at before they are paid."""
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    objects = ContractorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "organisation"], name="one_contract_per_programme"),
            models.CheckConstraint(condition=Q(fee__gte=Decimal(0)), name="contract_fee_not_negative"),
            models.CheckConstraint(condition=Q(sample_percent__lte=100), name="contract_sample_is_a_percentage"),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=models.F("from_on")), name="contract_ends_after_its_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} in {self.programme}"

    def is_in_force(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or self.until_on >= day)

    @property
    def language_labels(self) -> list[str]:
        names = dict(settings.LANGUAGES)
        return [str(names.get(code, code)) for code in self.languages]

    def people(self) -> models.QuerySet[User]:
        """Who works for it here: a place in the organisation and the role in the programme, the same two that let
        them see its diagnostics."""
        member = Membership.objects.filter(
            user=OuterRef("pk"), organisation=self.organisation_id, role__in=FIRM_READERS
        )
        role = Assignment.objects.filter(user=OuterRef("pk"), programme=self.programme_id, role=Role.CONTRACTOR)
        return User.objects.filter(Exists(member), Exists(role), is_active=True).order_by("full_name", "pk")


class AllocationQuerySet(models.QuerySet["Allocation"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Staff who see the case, and the people of the contractor it was given to."""
        if not user.is_authenticated:
            return self.none()
        mine = Allocation.objects.given_to(user).filter(pk=OuterRef("pk"))
        own_firm = Membership.objects.filter(user=user, organisation=OuterRef("assessment__case__organisation"))
        seen = Q(assessment__case__in=Case.objects.visible_to(user)) & ~Exists(own_firm)
        return self.filter(seen | Exists(mine))

    def given_to(self, user: User) -> Self:
        """What the contractors that `user` works for have in hand or have done; one who has left sees none of it."""
        people = Membership.objects.filter(
            user=user, organisation=OuterRef("contractor__organisation"), role__in=FIRM_READERS
        )
        role = Assignment.objects.filter(
            Q(region=None) | Q(region=OuterRef("assessment__case__region")),
            user=user,
            programme=OuterRef("contractor__programme"),
            role=Role.CONTRACTOR,
        )
        return self.live().filter(Exists(people), Exists(role))

    def live(self) -> Self:
        """Given and neither declined nor taken back."""
        return self.exclude(status__in=Allocation.GIVEN_UP)

    def taken_on(self) -> Self:
        """Accepted at some time: before, a contractor sees the offer and not the firm's answers."""
        return self.exclude(accepted_at=None)

    def with_context(self) -> Self:
        return self.select_related(
            "assessment__case__programme", "assessment__case__organisation", "assessment__case__region",
            "assessment__case__created_by", "contractor__organisation", "contractor__programme", "person",
        )  # fmt: skip

    def in_hand(self) -> Self:
        """What counts against a contractor's capacity: given and not delivered yet."""
        return self.filter(status__in=Allocation.IN_HAND)


@pghistory.track()
class Allocation(Workflow):
    """One diagnostic given to one contractor: offered, accepted, delivered, checked where sampled, paid."""

    class Status(models.TextChoices):
        OFFERED = "OFFERED", _("Offered")
        DECLINED = "DECLINED", _("Declined")
        ACCEPTED = "ACCEPTED", _("Accepted")
        TAKEN_BACK = "TAKEN_BACK", _("Taken back")
        DELIVERED = "DELIVERED", _("Delivered")
        SENT_BACK = "SENT_BACK", _("To put right")
        APPROVED = "APPROVED", _("To pay")
        PAID = "PAID", _("Paid")

    MOVES = {
        Status.OFFERED: {Status.ACCEPTED, Status.DECLINED, Status.TAKEN_BACK},
        Status.ACCEPTED: {Status.DELIVERED, Status.TAKEN_BACK},
        Status.DELIVERED: {Status.APPROVED, Status.SENT_BACK},
        Status.SENT_BACK: {Status.DELIVERED, Status.TAKEN_BACK},
        Status.APPROVED: {Status.PAID},
        Status.DECLINED: set(),
        Status.TAKEN_BACK: set(),
        Status.PAID: set(),
    }
    TURN = {
        Status.OFFERED: Turn.CONTRACTOR,
        Status.ACCEPTED: Turn.CONTRACTOR,
        Status.DELIVERED: Turn.ADVISER,
        Status.SENT_BACK: Turn.CONTRACTOR,
        Status.APPROVED: Turn.FINANCE,
        Status.DECLINED: Turn.NOBODY,
        Status.TAKEN_BACK: Turn.NOBODY,
        Status.PAID: Turn.NOBODY,
    }
    PUBLIC_LABELS = {
        Status.OFFERED: _("With our specialists"),
        Status.DECLINED: _("With our specialists"),
        Status.ACCEPTED: _("With our specialists"),
        Status.TAKEN_BACK: _("With our specialists"),
        Status.DELIVERED: _("Carried out"),
        Status.SENT_BACK: _("With our specialists"),
        Status.APPROVED: _("Carried out"),
        Status.PAID: _("Carried out"),
    }
    STAFF_ONLY = True
    GIVEN_UP = (Status.DECLINED, Status.TAKEN_BACK)
    IN_HAND = (Status.OFFERED, Status.ACCEPTED, Status.SENT_BACK)
    IN_WORK = (Status.ACCEPTED, Status.SENT_BACK)
    DONE = (Status.DELIVERED, Status.APPROVED, Status.PAID)

    assessment = models.ForeignKey("diagnostics.Assessment", models.PROTECT, related_name="allocations")
    contractor = models.ForeignKey(Contractor, models.PROTECT, related_name="allocations")
    person = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    """Who of the contractor carries it out, once somebody does."""
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OFFERED)
    offered_at = models.DateTimeField()
    offered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answer_by = models.DateField()
    due_on = models.DateField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    delivered_at = models.DateTimeField(null=True)
    delivered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    is_sampled = models.BooleanField(default=False)
    checked_at = models.DateTimeField(null=True)
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    paid_at = models.DateTimeField(null=True)
    paid_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    fee = models.DecimalField(max_digits=14, decimal_places=2)
    """Frozen from the contract when the work was offered."""
    payment_reference = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True)
    """Why it was declined, taken back or sent back to put right."""
    reminded_on = models.DateField(null=True)
    """When the contractor was last reminded of its answer or its deadline."""

    objects = AllocationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assessment"], condition=~Q(status__in=["DECLINED", "TAKEN_BACK"]), name="one_live_allocation"
            ),
            at_and_by("allocation", "accepted"),
            at_and_by("allocation", "delivered"),
            at_and_by("allocation", "checked"),
            at_and_by("allocation", "paid"),
            models.CheckConstraint(
                condition=Q(checked_by=None) | Q(delivered_by=None) | ~Q(checked_by=models.F("delivered_by")),
                name="nobody_checks_their_own_diagnostic",
            ),
        ]
        indexes = [models.Index(fields=["contractor", "status"], name="allocation_by_contractor")]

    def __str__(self) -> str:
        return f"{self.assessment} to {self.contractor.organisation}"

    @property
    def event_reference(self) -> str:
        return self.assessment.case.reference

    @property
    def event_programme(self) -> str:
        return self.assessment.case.programme.slug

    @property
    def deadline(self) -> date | None:
        """The day that counts now: of the answer to an offer, of the work once it is accepted."""
        if self.status == self.Status.OFFERED:
            return self.answer_by
        return self.due_on if self.status in self.IN_WORK else None

    def is_late(self, today: date) -> bool:
        return self.deadline is not None and self.deadline < today

    def reminder_days(self) -> list[date]:
        """When its contractor is reminded: on the day of the answer; a week before the deadline, and the day after."""
        if self.status == self.Status.OFFERED:
            return [self.answer_by]
        if self.status in self.IN_WORK and self.due_on:
            return [self.due_on - allocating.REMIND_BEFORE, self.due_on + timedelta(days=1)]
        return []

    def accept(self, *, person: User, due_on: date, by: User, at: datetime) -> None:
        self._move_to(
            self.Status.ACCEPTED, by=by, at=at, accepted_by=by, accepted_at=at, person=person, due_on=due_on
        )  # fmt: skip

    def decline(self, *, reason: str, by: User, at: datetime) -> None:
        self._move_to(self.Status.DECLINED, by=by, at=at, note=reason, reason=reason)

    def take_back(self, *, reason: str, by: User, at: datetime) -> None:
        self._move_to(self.Status.TAKEN_BACK, by=by, at=at, note=reason, reason=reason)

    def deliver(self, *, is_sampled: bool, by: User, at: datetime) -> None:
        """Delivered, again where it was sent back; the check before it is in the history."""
        self._move_to(
            self.Status.DELIVERED, by=by, at=at, delivered_by=by, delivered_at=at, is_sampled=is_sampled,
            checked_by=None, checked_at=None,
        )  # fmt: skip

    def approve_by_rule(self, *, at: datetime) -> None:
        """Not drawn for a check: nobody looks at it."""
        self._move_to(self.Status.APPROVED, by=None, at=at, note="not sampled")

    def approve(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.APPROVED, by=by, at=at, checked_by=by, checked_at=at)

    def send_back(self, *, reason: str, due_on: date, by: User, at: datetime) -> None:
        self._move_to(
            self.Status.SENT_BACK, by=by, at=at, note=reason, reason=reason, due_on=due_on, checked_by=by, checked_at=at
        )  # fmt: skip

    def pay(self, *, reference: str, by: User, at: datetime) -> None:
        self._move_to(
            self.Status.PAID, by=by, at=at, note=reference, payment_reference=reference, paid_by=by, paid_at=at
        )

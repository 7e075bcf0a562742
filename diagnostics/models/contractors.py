"""Who carries out diagnostics under contract: what each may take, what each was given, what is paid for."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, Membership, User
from accounts.permissions import CASE_READERS, FIRM_READERS, Role
from applications.models import Case
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
        Status.DECLINED: Turn.ADVISER,
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
    GIVEN_UP = (Status.DECLINED, Status.TAKEN_BACK)
    IN_HAND = (Status.OFFERED, Status.ACCEPTED, Status.SENT_BACK)

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

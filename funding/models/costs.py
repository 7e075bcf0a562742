"""What a project costs, and suppliers' quotes for it."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from accounts.models import User
from documents.models import Upload
from funding.models.applications import GrantApplication, PartQuerySet
from funding.models.partners import Partner
from portal.models import at_and_by
from programmes.matching import CATEGORIES
from programmes.wording import CATEGORY_NAMES

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def not_negative(model: str, *names: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(condition=Q(**{f"{name}__gte": Decimal(0)}), name=f"{model}_{name}_not_negative")
        for name in names
    ]


CATEGORY_CHOICES = [(code, CATEGORY_NAMES[code]) for code in CATEGORIES]


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
    is_funded_elsewhere = models.BooleanField(default=False)
    """Other public money pays for it: such a cost is refused."""
    funded_by = models.CharField(max_length=160, blank=True)
    partner = models.ForeignKey(Partner, models.CASCADE, null=True, blank=True, related_name="lines")
    """Who bears it; null is the firm that applies."""
    plan_action = models.ForeignKey("diagnostics.PlanAction", models.SET_NULL, null=True, blank=True, related_name="+")
    """The action of the firm's plan that it carries out."""

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

    @property
    def counts(self) -> bool:
        """Whether the firm asks for it to be helped with: not what is committed to or paid for by others."""
        return not (self.is_committed or self.is_funded_elsewhere)

    @property
    def valid_quotes(self) -> list[Quote]:
        """Its quotes without those that a newer one replaced; no query where they were read before."""
        return [quote for quote in self.quotes.all() if quote.replaced_by_id is None]


class QuoteQuerySet(PartQuerySet):
    path = "line__application"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of the applications that the person sees, and those of the partner that the person answers for."""
        if not user.is_authenticated:
            return self.none()
        return super().visible_to(user) | self.filter(line__partner__contact=user)


class Quote(models.Model):
    """A supplier's offer for one line, as the file that the firm was given."""

    line = models.ForeignKey(BudgetLine, models.CASCADE, related_name="quotes")
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    upload = models.OneToOneField(Upload, models.PROTECT, related_name="+")
    supplier = models.CharField(max_length=160)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    valid_until = models.DateField(null=True, blank=True)
    replaced_by = models.OneToOneField("self", models.SET_NULL, null=True, blank=True, related_name="replaces")
    """The newer quote of the same cost, when this one had run out or was bettered."""
    attached_at = models.DateTimeField()
    attached_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = QuoteQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [*not_negative("quote", "amount"), at_and_by("quote", "attached")]

    def __str__(self) -> str:
        return f"{self.supplier}: {self.upload}"

    def has_run_out(self, today: date) -> bool:
        """Whether the supplier no longer stands by it on `today`; a quote without a last day never runs out."""
        return self.valid_until is not None and self.valid_until < today

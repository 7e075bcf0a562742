"""Firms and other organisations, and how large they said they were, when."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Organisation(models.Model):
    """A firm, university or partner. One row however many programmes it joins."""

    class Kind(models.TextChoices):
        FIRM = "FIRM", _("Firm")
        UNIVERSITY = "UNIVERSITY", _("University")
        PROVIDER = "PROVIDER", _("Course provider")
        CONTRACTOR = "CONTRACTOR", _("Diagnostic contractor")

    class LegalForm(models.TextChoices):
        COMPANY = "company", _("Limited company")
        LLP = "llp", _("Limited liability partnership")
        PARTNERSHIP = "partnership", _("Partnership")
        SOLE_TRADER = "sole_trader", _("Sole trader")
        CHARITY = "charity", _("Charity")
        PUBLIC_BODY = "public_body", _("Public body")
        OVERSEAS = "overseas", _("Overseas company")

    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.FIRM)
    name = models.CharField(max_length=160)
    name_key = models.CharField(max_length=160, db_index=True)
    legal_form = models.CharField(max_length=12, choices=LegalForm.choices, default=LegalForm.COMPANY)
    company_number = models.CharField(max_length=8, blank=True)
    sic_codes = ArrayField(models.CharField(max_length=5), default=list, blank=True)
    address = models.TextField(blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    local_authority = models.CharField(max_length=20, blank=True)
    website = models.URLField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_number"], condition=~Q(company_number=""), name="one_firm_per_company_number"
            )
        ]

    def __str__(self) -> str:
        return self.name


class SizeDeclaration(models.Model):
    """What a firm said of its size at one moment. Never overwritten: a new figure is a new row.

    Headcount is in annual work units, turnover and balance sheet total in `currency`; null means not known.
    """

    class Source(models.TextChoices):
        ACCOUNTS = "ACCOUNTS", _("Approved accounts")
        ESTIMATE = "ESTIMATE", _("Estimate")

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="size_declarations")
    employees = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    turnover = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    balance_sheet = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    currency = models.CharField(max_length=3)
    in_group = models.BooleanField(null=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.ESTIMATE)
    declared_at = models.DateTimeField()
    declared_by_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-declared_at"], name="newest_size_declaration")]

    def __str__(self) -> str:
        return f"{self.organisation} on {self.declared_at:%Y-%m-%d}"

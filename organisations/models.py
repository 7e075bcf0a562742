"""Firms and other organisations: how large they said they were, who owns whom, and the small aid they were given."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

# Over half, or control by other means: one enterprise with the holder (2003/361/EC Article 3(3)).
LINK_OVER = Decimal(50)


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
    country = models.CharField(max_length=2, default="GB")
    company_number = models.CharField(max_length=20, blank=True)
    sic_codes = ArrayField(models.CharField(max_length=5), default=list, blank=True)
    address = models.TextField(blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    local_authority = models.CharField(max_length=20, blank=True)
    website = models.URLField(blank=True)
    register = models.JSONField(default=dict, blank=True)
    """What a company register said of it (name, status, dates, when asked); empty when nobody asked one."""
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["country", "company_number"],
                condition=~Q(company_number=""),
                name="one_firm_per_company_number",
            )
        ]

    def __str__(self) -> str:
        return self.name


class SizeDeclaration(models.Model):
    """What a firm said of its size at one moment. Never overwritten: a new figure is a new row.

    Headcount is in annual work units, turnover and balance sheet total in `currency`; null means not known. The
    figures in euro are these at `euro_rate` (euro for one unit of the currency), of the day and source beside it.
    """

    class Source(models.TextChoices):
        ACCOUNTS = "ACCOUNTS", _("Approved accounts")
        MANAGEMENT = "MANAGEMENT", _("Management accounts")
        ESTIMATE = "ESTIMATE", _("Estimate")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="size_declarations")
    employees = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    turnover = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    balance_sheet = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    currency = models.CharField(max_length=3)
    turnover_eur = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    balance_sheet_eur = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    euro_rate = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    euro_rate_source = models.CharField(max_length=200, blank=True)
    euro_rate_as_of = models.DateField(null=True)
    period_end = models.DateField(null=True)
    """The last day of the accounting period; null when the figures belong to none."""
    months = models.PositiveSmallIntegerField(null=True)
    """How long that period was."""
    in_group = models.BooleanField(null=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.ESTIMATE)
    declared_at = models.DateTimeField()
    declared_by_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-declared_at"], name="newest_size_declaration")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.organisation} on {self.declared_at:%Y-%m-%d}"


class OwnershipQuerySet(models.QuerySet["Ownership"]):
    def current(self) -> Self:
        """What is held to be true, in the order it was said."""
        return self.filter(ended_at=None).order_by("id")

    def on(self, day: date) -> Self:
        """What was so on `day`. An ended row without a last day was a mistake and never was."""
        return self.filter(Q(from_on=None) | Q(from_on__lte=day)).filter(
            Q(to_on__gte=day) | Q(to_on=None, ended_at=None)
        )


class Ownership(models.Model):
    """A share in the firm, or one that it holds, as said on a day. Never overwritten: it ends, and a new row follows.

    The other side is an organisation here (`other`) or a name. `controls` is control without the share: most of the
    board, a contract, an agreement. `through_person` names the natural person through whom two firms are linked.
    Figures are of the other side, consolidated, in `currency`; null means not known.
    """

    class Direction(models.TextChoices):
        HOLDS_US = "HOLDS_US", _("Holds a share of the firm")
        WE_HOLD = "WE_HOLD", _("The firm holds a share of it")

    class HolderKind(models.TextChoices):
        ENTERPRISE = "enterprise", _("Firm")
        PERSON = "person", _("Person")
        PUBLIC_BODY = "public_body", _("Public body")
        PUBLIC_INVESTMENT = "public_investment", _("Public investment corporation")
        VENTURE_CAPITAL = "venture_capital", _("Venture capital company")
        BUSINESS_ANGEL = "business_angel", _("Business angel")
        UNIVERSITY = "university", _("University or research centre without profit")
        INSTITUTIONAL_INVESTOR = "institutional_investor", _("Institutional investor")
        SMALL_LOCAL_AUTHORITY = "small_local_authority", _("Small local authority")

    firm = models.ForeignKey(Organisation, models.PROTECT, related_name="ownerships")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    other = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="ownerships_elsewhere")
    other_name = models.CharField(max_length=160, blank=True)
    other_number = models.CharField(max_length=20, blank=True)
    holder_kind = models.CharField(max_length=22, choices=HolderKind.choices, default=HolderKind.ENTERPRISE)
    capital_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    votes_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    controls = models.BooleanField(default=False)
    through_person = models.CharField(max_length=160, blank=True)
    same_market = models.BooleanField(null=True)
    """Whether both work in the same or a neighbouring market; asked of links through persons."""
    invested_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    """What a business angel has put in, in euro."""
    employees = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    turnover = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    balance_sheet = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)
    """The last day on which it was so."""
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by_id = models.BigIntegerField(null=True)

    objects = OwnershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(other=None) & ~Q(other_name="") | Q(other__isnull=False) & ~Q(other=F("firm")),
                name="ownership_has_another_side",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{name: None}) | Q(**{f"{name}__gte": 0, f"{name}__lte": 100}),
                    name=f"ownership_{name}_0_to_100",
                )
                for name in ("capital_percent", "votes_percent")
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by_id=None) | Q(ended_at__isnull=False), name="ownership_ended_by"
            ),
            models.CheckConstraint(
                condition=Q(from_on=None) | Q(to_on=None) | Q(to_on__gte=F("from_on")), name="ownership_dates_in_order"
            ),
        ]
        indexes = [models.Index(fields=["firm", "ended_at"], name="ownership_of_firm")]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="only_ends", exclude=["to_on", "ended_at", "ended_by_id"]),
            pgtrigger.Protect(
                name="ends_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__ended_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.firm} {self.get_direction_display()}: {self.name}"

    @property
    def name(self) -> str:
        """Who the other side is."""
        return self.other.name if self.other else self.other_name

    @property
    def share(self) -> Decimal | None:
        """The greater of capital and votes, in per cent; None when neither is known."""
        return max((held for held in (self.capital_percent, self.votes_percent) if held is not None), default=None)

    @property
    def is_link(self) -> bool:
        """Whether it makes both sides one enterprise."""
        return self.controls or (self.share is not None and self.share > LINK_OVER)

    def end(self, *, by_id: int | None, at: datetime, last_day: date | None = None) -> bool:
        """It was so until `last_day`; without one it never was. False when it had ended already."""
        values = {"ended_at": at, "ended_by_id": by_id, "to_on": last_day}
        ended = type(self)._base_manager.filter(pk=self.pk, ended_at=None).update(**values)
        if ended:
            for name, value in values.items():
                setattr(self, name, value)
        return bool(ended)


class AidRecordQuerySet(models.QuerySet["AidRecord"]):
    def counting(self) -> Self:
        """Aid given, or promised so that nobody else gives it away; oldest first."""
        return self.exclude(state=AidRecord.State.RELEASED).order_by("on", "id")


class AidRecord(models.Model):
    """Small aid of one organisation, gross, on the day the right to it arose: told by the firm, or awarded here.

    Amount, currency and who said so never change. A wrong entry is released, not altered. `amount_gbp` and
    `amount_eur` are the amount at `rates` (currency: euro for one unit, source, day), null where no rate was known.
    """

    class Basis(models.TextChoices):
        MFA = "mfa", _("Minimal Financial Assistance")
        SPEI = "spei", _("Services of public economic interest")
        DE_MINIMIS = "de_minimis", _("EU de minimis aid")
        SAFA = "safa", _("Small Amounts of Financial Assistance")
        OTHER = "other", _("Another basis")

    class Source(models.TextChoices):
        DECLARED = "DECLARED", _("Told by the firm")
        AWARD = "AWARD", _("Awarded here")

    class State(models.TextChoices):
        RESERVED = "RESERVED", _("Offered")
        GIVEN = "GIVEN", _("Given")
        RELEASED = "RELEASED", _("No longer counts")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="aid_records")
    basis = models.CharField(max_length=10, choices=Basis.choices, blank=True)
    """Empty when the firm does not know it: it may then count everywhere."""
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3)
    amount_gbp = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    amount_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    rates = models.JSONField(default=dict, blank=True)
    on = models.DateField(null=True)
    given_by = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices)
    state = models.CharField(max_length=8, choices=State.choices)
    reference = models.CharField(max_length=60, blank=True)
    """Which award it is; for declared aid, what it was told with (a check), so that it is written once."""
    programme_slug = models.CharField(max_length=60, blank=True)
    register = models.CharField(max_length=60, blank=True)
    """The public register that must name it, with the entry's number there and the last day to enter it."""
    register_ref = models.CharField(max_length=60, blank=True)
    register_by = models.DateField(null=True)
    registered_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by_id = models.BigIntegerField(null=True)
    released_at = models.DateTimeField(null=True)
    released_by_id = models.BigIntegerField(null=True)
    release_reason = models.TextField(blank=True)

    objects = AidRecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference"], condition=Q(source="AWARD"), name="one_aid_record_per_award"),
            models.CheckConstraint(
                condition=Q(source="DECLARED") & ~Q(state="RESERVED")
                | Q(source="AWARD", amount__gt=0, on__isnull=False) & ~Q(reference="") & ~Q(basis=""),
                name="aid_record_of_an_award_is_whole",
            ),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="aid_record_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(state="RELEASED", released_at__isnull=False) | ~Q(state="RELEASED") & Q(released_at=None),
                name="aid_record_released_at",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "on"], name="aid_of_organisation")]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="amount_stays",
                fields=["organisation", "basis", "amount", "currency", "source", "reference", "recorded_at"],
            ),
            pgtrigger.Protect(
                name="released_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="RELEASED") & ~pgtrigger.Q(new__state="RELEASED"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.amount} {self.currency} ({self.get_basis_display()})"


class AidStatement(models.Model):
    """The firm, or its adviser, said that the aid recorded up to `on` is all there was. Never overwritten."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="aid_statements")
    on = models.DateField()
    wording = models.TextField(blank=True)
    """The words that were agreed to, as they stood."""
    by_firm = models.BooleanField()
    stated_at = models.DateTimeField()
    stated_by_id = models.BigIntegerField(null=True)
    reference = models.CharField(max_length=60, blank=True)
    """What it was said with: a check or an application."""

    class Meta:
        indexes = [models.Index(fields=["organisation", "-on"], name="newest_aid_statement")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.organisation}: all aid up to {self.on:%Y-%m-%d}"

"""What is on offer, where and when. Everything here is loaded from YAML (programmes.loading) or edited by managers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from zoneinfo import ZoneInfo

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def open(self) -> Self:
        return self.filter(status=Programme.Status.OPEN)

    def listed(self) -> Self:
        return self.exclude(status=Programme.Status.CLOSED).order_by("position", "name")


@pghistory.track()
class Programme(models.Model):
    """A public programme: identity and look. Its dated rules are ProgrammeVersion rows."""

    class Status(models.TextChoices):
        PREVIEW = "PREVIEW", _("Coming soon")
        OPEN = "OPEN", _("Open")
        CLOSED = "CLOSED", _("Closed")

    slug = models.SlugField(unique=True)
    prefix = models.CharField(max_length=8, unique=True)
    """First part of every case reference."""
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=60)
    summary = models.TextField()
    status = models.CharField(max_length=8, choices=Status.choices)
    position = models.PositiveSmallIntegerField(default=0)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=40)
    languages = ArrayField(models.CharField(max_length=10))
    colour = models.CharField(max_length=7)
    partners = models.JSONField(default=list)
    """List of {name, role, url}."""
    budget = models.JSONField(default=list)
    """List of {source, period, amount (text), note}."""
    funnel = models.JSONField(default=list)
    """List of {stage, target, source}: stages eligible, one_to_one, engaged, funded."""
    promise_days = models.JSONField(default=dict)
    """Working days promised at each stage: {lead, application, diagnostic, decision}."""
    next_places = models.JSONField(default=list)
    """Where a firm may go that this programme cannot help: list of {name, what, url}."""
    contact_email = models.EmailField()

    objects = ProgrammeQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("reporting:programme", args=[self.slug])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def local_date(self, at: datetime) -> date:
        """The day in the programme's time zone: the day that deadlines and dated rules count."""
        return at.astimezone(self.zone).date()

    def terms_on(self, on: date) -> ProgrammeVersion:
        """The rules in force on `on`; the oldest ones for an earlier day."""
        versions = self.versions.order_by("-valid_from")
        return versions.filter(valid_from__lte=on).first() or versions.reverse()[0]

    @property
    def branding(self) -> dict[str, str]:
        """What documents and mails show of the programme, frozen into their rows."""
        return {"name": self.name, "short_name": self.short_name, "colour": self.colour, "email": self.contact_email}


class ProgrammeVersion(models.Model):
    """The eligibility rules and instrument terms in force from a date. Immutable once loaded."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="versions")
    number = models.CharField(max_length=20)
    valid_from = models.DateField()
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="one_version_per_number"),
            models.UniqueConstraint(fields=["programme", "valid_from"], name="one_version_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.programme.slug}/{self.number}"

    @property
    def eligibility(self) -> dict[str, Any]:
        rules: dict[str, Any] = self.document["eligibility"]
        return rules


class Region(models.Model):
    """A part of a programme's area; staff may be assigned to one."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="regions")
    slug = models.SlugField()
    name = models.CharField(max_length=80)
    local_authorities = ArrayField(models.CharField(max_length=20), default=list)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["programme", "slug"], name="one_region_per_slug")]

    def __str__(self) -> str:
        return self.name


class Instrument(models.Model):
    """A kind of support. Its terms live in the programme's dated version; a Call freezes those of its opening day."""

    class Kind(models.TextChoices):
        GRANT = "grant", _("Match funding")
        VOUCHER = "voucher", _("Voucher")
        DIAGNOSTIC = "diagnostic", _("Diagnostic")
        ADVICE = "advice", _("Advice")
        PLACEMENT = "placement", _("Student placement")
        COURSE = "course", _("Leadership course")
        SIGNPOST = "signpost", _("Other support")

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="instruments")
    slug = models.SlugField()
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    summary = models.TextField()
    position = models.PositiveSmallIntegerField(default=0)
    example_terms = models.BooleanField(default=False)
    """Terms that no source states show "example terms" until a manager confirms them."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["programme", "slug"], name="one_instrument_per_slug")]

    def __str__(self) -> str:
        return self.name

    @property
    def gives_money(self) -> bool:
        return self.kind in {self.Kind.GRANT, self.Kind.VOUCHER}


class CallQuerySet(models.QuerySet["Call"]):
    def open_at(self, at: datetime) -> Self:
        return self.filter(opens_at__lte=at, closes_at__gt=at)


@pghistory.track()
class Call(models.Model):
    """An instrument open between two moments with a budget, on terms frozen when it was loaded.

    `terms` is what programmes.matching.GrantTerms is built from; `criteria` lists {code, title, help, weight} that
    assessors score 0 to 5. Lock this row before adding up its commitments.
    """

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="calls")
    slug = models.SlugField()
    name = models.CharField(max_length=120)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    budget = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    terms = models.JSONField()
    criteria = models.JSONField(default=list)
    promise_days = models.PositiveSmallIntegerField(default=20)

    objects = CallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instrument", "slug"], name="one_call_per_slug"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="call_closes_after_it_opens"),
            models.CheckConstraint(condition=Q(budget__gte=Decimal(0)), name="call_budget_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    def is_open(self, at: datetime) -> bool:
        return self.opens_at <= at < self.closes_at


@pghistory.track()
class Text(models.Model):
    """Words of a programme in one language that managers edit: pages, mails (`mail.<kind>.subject`), letters."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="texts")
    key = models.CharField(max_length=80)
    language = models.CharField(max_length=10)
    body = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "key", "language"], name="one_text_per_key_and_language")
        ]

    def __str__(self) -> str:
        return f"{self.programme.slug} {self.key} ({self.language})"

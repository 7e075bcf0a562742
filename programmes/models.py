"""What is on offer, where and when. Everything here is loaded from YAML (programmes.loading) or edited by managers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from zoneinfo import ZoneInfo

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Words:
    """A programme's editable words, read once, in the language of one visitor.

    Columns and JSON fields hold the main language (the first of `languages`); `Text` rows hold the others and whatever
    managers wrote. Keys: `programme.name`, `programme.summary`, `region.<slug>.name`, `instrument.<slug>.name` and
    `.summary`, `next.<index>.name` and `.what`, `partner.<index>.name`, `budget.<index>.source`, `.period`
    and `.note`, `generation.<index>.name`, `.period` and `.note`, `work_package.<code>.name` and `.text`,
    `target.<code>.name` and `.source`, `call.<slug>.name`, `call.<slug>.<criterion>.title`
    and `.help`, `asks.<version>.<instrument>.<index>`, and the free ones such as `eligibility.intro`.
    """

    language: str
    main: str
    texts: Mapping[tuple[str, str], str]
    """Body by key and language."""

    def text(self, key: str, default: str = "") -> str:
        """The words in the visitor's language, else in the main one, else `default` (the column's own value)."""
        for language in (self.language, self.main):
            if (key, language) in self.texts:
                return self.texts[key, language]
        return default

    def translated(self, said: str) -> str:
        """The visitor's language for words that a dated document holds in the main one: `asks` of strands, sources."""
        key = next((key for (key, language), body in self.texts.items() if (language, body) == (self.main, said)), "")
        return self.text(key, said)

    def localised(self, key: str, rows: Iterable[Mapping[str, Any]], *names: str) -> list[dict[str, Any]]:
        """Rows of a JSON field with `names` in the visitor's language.

        `key` is how theirs begin, such as `next.{index}` or `target.{code}`: `index` counts the rows.
        """
        found = []
        for index, row in enumerate(rows):
            start = key.format(**{"index": index, **row})
            found.append({**row, **{name: self.text(f"{start}.{name}", row.get(name, "")) for name in names}})
        return found


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def open(self) -> Self:
        return self.filter(status=Programme.Status.OPEN)

    def listed(self) -> Self:
        return self.exclude(status=Programme.Status.CLOSED).order_by("position", "name")


@pghistory.track(exclude=["loaded"])
class Programme(models.Model):
    """A public programme: identity and look. Its dated rules are ProgrammeVersion rows."""

    class Status(models.TextChoices):
        PREVIEW = "PREVIEW", _("Coming soon")
        OPEN = "OPEN", _("Open")
        CLOSED = "CLOSED", _("Closed")

    class Applicants(models.TextChoices):
        FIRMS = "firms", _("Firms")
        ORGANISATIONS = "organisations", _("Organisations")

    slug = models.SlugField(unique=True)
    prefix = models.CharField(max_length=8, unique=True)
    """First part of every case reference."""
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=60)
    summary = models.TextField()
    status = models.CharField(max_length=8, choices=Status.choices)
    takes_applications = models.BooleanField(default=True)
    """False: nobody joins; the check and the measures themselves are all there is."""
    applicants = models.CharField(max_length=13, choices=Applicants.choices, default=Applicants.FIRMS)
    """Who asks for the money; where it is organisations, firms benefit from what they do."""
    position = models.PositiveSmallIntegerField(default=0)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=40)
    languages = ArrayField(models.CharField(max_length=10))
    colour = models.CharField(max_length=7)
    partners = models.JSONField(default=list)
    """List of {name, role, url, logo}: `logo` a path under static/ or empty; role `wanted`: still looked for."""
    budget = models.JSONField(default=list)
    """List of {source, period, amount (text), note}, with `currency` where it is not the programme's."""
    funnel = models.JSONField(default=list)
    """List of {stage, target, source}: stages eligible, one_to_one, engaged, funded."""
    generations = models.JSONField(default=list)
    """Runs of the programme, past ones included: list of {name, period, budget (text), currency, note}."""
    work_packages = models.JSONField(default=list)
    """List of {code, name, text}."""
    targets = models.JSONField(default=list)
    """Indicators with the figure to reach: list of {code, name, target, unit, source}."""
    promise_days = models.JSONField(default=dict)
    """Working days promised at each stage: {lead, application, diagnostic, decision}."""
    region_scheme = models.JSONField(default=dict)
    """The list that the codes of local authorities belong to: {name, version}."""
    delivery = models.JSONField(null=True)
    """{from, to}, days YYYY-MM-DD: projects end inside it, both days included; null is no window."""
    combine = models.JSONField(null=True)
    """Lists of instrument slugs that one firm may combine; null: all may."""
    retention = models.JSONField(default=dict)
    """{records_years, held_back_percent (text)}; empty: nothing is said."""
    next_places = models.JSONField(default=list)
    """Where a firm may go that this programme cannot help: list of {name, what, url}."""
    contact_email = models.EmailField()
    loaded = models.JSONField(default=dict)
    """What the file gave last for the columns here, so that loading it again leaves managers' changes alone."""

    objects = ProgrammeQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    _texts: dict[tuple[str, str], str]

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

    def may_combine(self, slugs: Iterable[str]) -> bool:
        """True if one firm may have these instruments together."""
        wanted = set(slugs)
        return self.combine is None or len(wanted) < 2 or any(wanted <= set(group) for group in self.combine)

    @property
    def can_be_joined(self) -> bool:
        return self.status == self.Status.OPEN and self.takes_applications

    @property
    def has_diagnostic(self) -> bool:
        """Whether it offers a diagnostic; no query where the instruments were read before."""
        return any(support.kind == Instrument.Kind.DIAGNOSTIC for support in self.instruments.all())

    def words(self, language: str | None = None) -> Words:
        """The programme's words for a visitor in `language` (by default the active one): one query an instance.

        `read_words` fills many instances with one query.
        """
        if not hasattr(self, "_texts"):
            read_words([self])
        return Words(language or get_language() or self.languages[0], self.languages[0], self._texts)

    @property
    def local_name(self) -> str:
        """`name` in the active language."""
        return self.words().text("programme.name", self.name)

    @property
    def local_summary(self) -> str:
        """`summary` in the active language."""
        return self.words().text("programme.summary", self.summary)

    @property
    def event_reference(self) -> str:
        """What is done to the programme itself belongs to no case."""
        return ""

    @property
    def event_programme(self) -> str:
        return self.slug

    @property
    def branding(self) -> dict[str, str]:
        """What documents and mails show of the programme, frozen into their rows."""
        return {"name": self.name, "short_name": self.short_name, "colour": self.colour, "email": self.contact_email}


def read_words(programmes: Iterable[Programme]) -> None:
    """Read the texts of all these programmes with one query, for their `words` and those of their instruments."""
    found = list(programmes)
    texts: dict[int, dict[tuple[str, str], str]] = {programme.pk: {} for programme in found}
    own = Text.objects.filter(programme__in=texts).exclude(body="")
    rows = own.values_list("programme_id", "key", "language", "body")
    for programme_id, key, language, body in rows:
        texts[programme_id][key, language] = body
    for programme in found:
        programme._texts = texts[programme.pk]


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

    @property
    def local_name(self) -> str:
        """`name` in the active language, from the words of its programme."""
        return self.programme.words().text(f"region.{self.slug}.name", self.name)


@pghistory.track(exclude=["loaded"])
class Instrument(models.Model):
    """A kind of support. Its terms live in the programme's dated version; a Call freezes those of its opening day.

    A page that shows several takes them from one Programme instance (`programme.instruments.all()`), so that their
    words cost one query.
    """

    class Kind(models.TextChoices):
        GRANT = "grant", _("Match funding")
        VOUCHER = "voucher", _("Voucher")
        DIAGNOSTIC = "diagnostic", _("Diagnostic")
        ADVICE = "advice", _("Advice")
        PLACEMENT = "placement", _("Student placement")
        COURSE = "course", _("Leadership course")
        ENTITLEMENT = "entitlement", _("Automatic measure")
        SIGNPOST = "signpost", _("Other support")
        PROJECT = "project", _("Project of an organisation")

    class Measure(models.TextChoices):
        TAX = "tax", _("Tax relief")
        LOAN = "loan", _("Loan")
        GUARANTEE = "guarantee", _("Guarantee")
        GRANT = "grant", _("Grant")
        CONTRACT = "contract", _("Contract")
        SERVICE = "service", _("Service")

    class Level(models.TextChoices):
        REGIONAL = "regional", _("Set by the region")
        NATIONAL = "national", _("Set at national level")
        UK = "uk", _("Set at United Kingdom level")
        EU = "eu", _("Set at European level")

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="instruments")
    slug = models.SlugField()
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    summary = models.TextField()
    position = models.PositiveSmallIntegerField(default=0)
    example_terms = models.BooleanField(default=False)
    """Terms that no source states show "example terms" until a manager confirms them."""
    measure = models.CharField(max_length=10, choices=Measure.choices, blank=True)
    level = models.CharField(max_length=10, choices=Level.choices, blank=True)
    """Who sets it: a signpost or entitlement of another level is shown as such."""
    url = models.URLField(max_length=500, blank=True)
    places = models.PositiveIntegerField(null=True)
    """The most firms it is for; null is no limit. Firms beyond it go on the waiting list."""
    needs_case = models.BooleanField(default=True)
    """False: the firm takes it up by itself; nothing is applied for here."""
    loaded = models.JSONField(default=dict)
    """What the file gave last, as in Programme."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["programme", "slug"], name="one_instrument_per_slug")]

    def __str__(self) -> str:
        return self.name

    @property
    def gives_money(self) -> bool:
        return self.kind in {self.Kind.GRANT, self.Kind.VOUCHER}

    @property
    def local_name(self) -> str:
        """`name` in the active language."""
        return self.programme.words().text(f"instrument.{self.slug}.name", self.name)

    @property
    def local_summary(self) -> str:
        """`summary` in the active language."""
        return self.programme.words().text(f"instrument.{self.slug}.summary", self.summary)


class CallQuerySet(models.QuerySet["Call"]):
    def open_at(self, at: datetime) -> Self:
        return self.filter(is_draft=False, opens_at__lte=at, closes_at__gt=at)


@pghistory.track(exclude=["loaded"])
class Call(models.Model):
    """An instrument open between two moments with a budget, on terms frozen when it was loaded or published.

    `terms` is what programmes.matching.GrantTerms is built from; `criteria` lists {code, title, help, weight} that
    assessors score 0 to 10. Lock this row before adding up its commitments.
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
    is_draft = models.BooleanField(default=False)
    """Being prepared: firms and the public do not see it."""
    needs_outline = models.BooleanField(default=False)
    """An outline that advisers found ready comes before an application."""
    reviews_needed = models.PositiveSmallIntegerField(default=1)
    """Assessments that bring an application to a decision; 0 where the support is automatic and nobody assesses."""
    is_blind = models.BooleanField(default=False)
    """Assessors see neither names nor files of the firm."""
    approval_bands = models.JSONField(default=list)
    """How many approvers an amount needs: [{up_to (text, null for the last), approvers}]; empty is one for any."""
    accept_days = models.PositiveSmallIntegerField(default=30)
    appeal_days = models.PositiveSmallIntegerField(default=30)
    budget_lines = models.JSONField(default=list)
    """Who pays the budget when: [{funder, from, to, amount}], days where a period is named; the amounts, as text, add
    up to `budget`."""
    partner_terms = models.JSONField(default=dict)
    """Who may take part: {forms: [..], most, most_percent (of eligible cost that one may bear)}; empty: firms alone."""
    claim_terms = models.JSONField(default=dict)
    """How a grant is claimed: {method: "offer_rate" | "scheme_rate", months (between claims), retention_percent,
    cap_percent (paid before the final claim), virement_percent}; what is left out has the default of
    funding.rules.claims.Terms and funding.rules.variations."""
    copied_from = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    loaded = models.JSONField(default=dict)
    """What the file gave last, as in Programme."""

    objects = CallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instrument", "slug"], name="one_call_per_slug"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="call_closes_after_it_opens"),
            models.CheckConstraint(condition=Q(budget__gte=Decimal(0)), name="call_budget_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def local_name(self) -> str:
        """`name` in the active language."""
        return self.instrument.programme.words().text(f"call.{self.slug}.name", self.name)

    def is_open(self, at: datetime) -> bool:
        return not self.is_draft and self.opens_at <= at < self.closes_at


@pghistory.track(exclude=["loaded"])
class Text(models.Model):
    """Words of a programme in one language that managers edit: pages, mails (`mail.<kind>.subject`), letters.

    Keys are listed at `Words`.
    """

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="texts")
    key = models.CharField(max_length=160)
    language = models.CharField(max_length=10)
    body = models.TextField()
    loaded = models.TextField(blank=True)
    """The body that the file gave; while it equals `body` nobody has edited it, and a newer file may replace it."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "key", "language"], name="one_text_per_key_and_language")
        ]

    def __str__(self) -> str:
        return f"{self.programme.slug} {self.key} ({self.language})"

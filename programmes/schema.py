"""The shape of a programme file. Whatever breaks it is named by its path and by what is expected there."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from organisations import places
from portal.api_types import Day, Flag, Money, Percent, Strict, Text, Whole
from portal.money import CURRENCIES
from programmes.matching import CATEGORIES, FIRM_SIZES

CONTRAST = 4.5
FUNNEL_STAGES = ("eligible", "one_to_one", "engaged", "funded")
LEGAL_FORMS = ("company", "llp", "partnership", "sole_trader", "charity", "public_body", "overseas")


def _wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("programme", message)


def _matches(pattern: str, expected: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise _wrong(f"Give {expected}")
        return text

    return AfterValidator(check)


def contrast_on_white(colour: str) -> float:
    """WCAG 2 contrast ratio, 1 to 21, of `#rrggbb` on white."""
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _legible(colour: str) -> str:
    if contrast_on_white(colour) < CONTRAST:
        raise _wrong(f"Choose a darker colour: it must reach {CONTRAST}:1 on white")
    return colour


def _local_authority(text: str) -> str:
    place = places.find(text)
    if place is None:
        raise _wrong("Name a local authority by its slug in organisations/data/places.csv")
    return place.code


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is None:
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", value, re.ASCII):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise _wrong('Give the programme\'s local time, like "2027-12-31 17:00"')


def _known_zone(text: str) -> str:
    if text not in available_timezones():
        raise _wrong("Give a time zone like Europe/London")
    return text


def _known_currency(text: str) -> str:
    if text not in CURRENCIES:
        raise _wrong(f"Give one of {', '.join(CURRENCIES)}")
    return text


def _unique(items: list[Any], key: str) -> None:
    seen = set()
    for item in items:
        name = getattr(item, key)
        if name in seen:
            raise _wrong(f"{key} {name} appears twice")
        seen.add(name)


Slug = Annotated[Text, _matches(r"[a-z0-9]+(-[a-z0-9]+)*", "lower-case letters, digits and single dashes")]
Web = Annotated[Text, _matches(r"https://\S+", "an address that starts with https://")]
Email = Annotated[Text, _matches(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an email address")]
Colour = Annotated[Text, _matches(r"#[0-9a-fA-F]{6}", "a colour like #12436d"), AfterValidator(_legible)]
Prefix = Annotated[Text, _matches(r"[A-Z][A-Z0-9]{1,7}", "2 to 8 capital letters and digits")]
Authority = Annotated[Text, AfterValidator(_local_authority)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Category = Literal[CATEGORIES]  # type: ignore[valid-type]
Rates = dict[Literal["any", *FIRM_SIZES], Percent]  # type: ignore[valid-type]
Prose = Annotated[str, Field(max_length=20_000)]


class Partner(Strict):
    name: Text
    role: Literal["funder", "industry", "delivery", "referral"]
    url: Web | None = None


class BudgetItem(Strict):
    source: Text
    period: Text = ""
    amount: Money
    note: Text = ""


class FunnelStage(Strict):
    stage: Literal[FUNNEL_STAGES]  # type: ignore[valid-type]
    target: Whole
    source: Text


class PromiseDays(Strict):
    """Working days within which the firm hears from us."""

    lead: Whole
    application: Whole
    diagnostic: Whole
    decision: Whole


class NextPlace(Strict):
    name: Text
    what: Text
    url: Web


class Region(Strict):
    slug: Slug
    name: Text
    local_authorities: list[Authority] = Field(min_length=1)


class Instrument(Strict):
    slug: Slug
    name: Text
    kind: Literal["grant", "voucher", "diagnostic", "advice", "placement", "course", "signpost"]
    summary: Prose
    example_terms: Flag = False

    @property
    def gives_grant(self) -> bool:
        return self.kind in {"grant", "voucher"}


class Minimum(Strict):
    amount: Money
    of: Literal["total", "eligible"]


class Trl(Strict):
    min: Annotated[Whole, Field(ge=1, le=9)]
    max: Annotated[Whole, Field(ge=1, le=9)]

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.min > self.max:
            raise _wrong("min must not be above max")
        return self


class Terms(Strict):
    """What programmes.matching.GrantTerms is built from."""

    categories: list[Category] = Field(min_length=1)
    rate: Percent | None = None
    cap: Money | None = None
    minimum: Minimum | None = None
    category_rates: dict[Category, Rates] = Field(default_factory=dict)
    category_caps: dict[Category, Money] = Field(default_factory=dict)
    trl: Trl | None = None
    months: Whole | None = None
    research_partner: Flag = False

    @model_validator(mode="after")
    def categories_are_allowed(self) -> Self:
        for name in (*self.category_rates, *self.category_caps):
            if name not in self.categories:
                raise _wrong(f"{name} has a rate or cap of its own but is not among the categories")
        return self


class SizeRule(Strict):
    """Fewer than `employees` people, and turnover or balance sheet within its limit (`lt` under, `le` up to)."""

    employees: Whole
    turnover: Money
    balance_sheet: Money
    operator: Literal["lt", "le"]
    groups: Flag
    two_years: Flag
    exclude_public_control: Flag


class EuroRate(Strict):
    """Euro for one unit of the programme's currency."""

    rate: Annotated[Money | Percent, Field(gt=0)]
    as_of: Day
    source: Text


class LegalForms(Strict):
    allowed: list[Literal[LEGAL_FORMS]] = Field(min_length=1)  # type: ignore[valid-type]
    refer: list[Literal[LEGAL_FORMS]] = Field(default_factory=list)  # type: ignore[valid-type]


class AidRule(Strict):
    basis: Literal["mfa", "de_minimis"]
    limit: Money


class Strand(Strict):
    instrument: Slug
    sizes: list[Literal[FIRM_SIZES]] | None = None  # type: ignore[valid-type]
    sectors: list[Text] | None = None


class Eligibility(Strict):
    euro_rate: EuroRate
    size: SizeRule
    sectors: list[Annotated[Text, _matches(r"[A-U]|\d{2,5}", "a section letter or the first digits of a code")]]
    legal_forms: LegalForms
    aid: AidRule
    strands: list[Strand]


class Version(Strict):
    """Rules and terms in force from a day. Once loaded it never changes: write a new one."""

    number: Annotated[Text, Field(max_length=20)]
    valid_from: Day
    eligibility: Eligibility
    terms: dict[Slug, Terms] = Field(default_factory=dict)


class Criterion(Strict):
    code: Slug
    title: Text
    help: Text
    weight: Annotated[Whole, Field(ge=1)]


class Call(Strict):
    slug: Slug
    instrument: Slug
    name: Text
    opens: Moment
    closes: Moment
    budget: Money
    criteria: list[Criterion] = Field(min_length=1)
    promise_days: Whole

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.closes <= self.opens:
            raise _wrong("closes must be after opens")
        _unique(self.criteria, "code")
        return self


class ProgrammeFile(Strict):
    """A whole programme: who, where, what, under which rules, in which words."""

    slug: Slug
    prefix: Prefix
    name: Text
    short_name: Annotated[Text, Field(max_length=60)]
    summary: Prose
    status: Literal["preview", "open", "closed"]
    position: Whole = Decimal(0)
    country: Annotated[Text, _matches(r"[A-Z]{2}", "a country code of two capital letters")]
    currency: Annotated[Text, AfterValidator(_known_currency)]
    time_zone: Annotated[Text, AfterValidator(_known_zone)]
    languages: list[Text] = Field(min_length=1)
    colour: Colour
    contact_email: Email
    partners: list[Partner] = Field(default_factory=list)
    budget: list[BudgetItem] = Field(default_factory=list)
    funnel: list[FunnelStage] = Field(default_factory=list)
    promise_days: PromiseDays
    next_places: list[NextPlace] = Field(min_length=1)
    regions: list[Region] = Field(min_length=1)
    instruments: list[Instrument] = Field(min_length=1)
    versions: list[Version] = Field(min_length=1)
    calls: list[Call] = Field(default_factory=list)
    texts: dict[Text, dict[Text, Prose]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def names_are_unique(self) -> Self:
        for items, key in (
            (self.regions, "slug"),
            (self.instruments, "slug"),
            (self.versions, "number"),
            (self.versions, "valid_from"),
        ):
            _unique(items, key)
        authorities = [code for region in self.regions for code in region.local_authorities]
        if len(authorities) != len(set(authorities)):
            raise _wrong("A local authority may lie in one region only")
        return self

    @model_validator(mode="after")
    def references_exist(self) -> Self:
        known = {instrument.slug for instrument in self.instruments}
        for version in self.versions:
            named = {strand.instrument for strand in version.eligibility.strands} | set(version.terms)
            if named - known:
                raise _wrong(
                    f"versions {version.number} names an unknown instrument: {', '.join(sorted(named - known))}"
                )
        for call in self.calls:
            if call.instrument not in self.version_on(call).terms:
                raise _wrong(f"calls {call.slug}: the instrument {call.instrument} has no terms on the opening day")
        return self

    @model_validator(mode="after")
    def texts_are_in_its_languages(self) -> Self:
        for key, words in self.texts.items():
            if unknown := set(words) - set(self.languages):
                raise _wrong(f"texts {key}: {', '.join(sorted(unknown))} is not among the languages")
        return self

    def version_on(self, call: Call) -> Version:
        """The version whose terms a call freezes: that of its opening day, else the oldest."""
        versions = sorted(self.versions, key=lambda version: version.valid_from)
        due = [version for version in versions if version.valid_from <= call.opens.date()]
        return (due or versions[:1])[-1]


def amount(value: Decimal) -> str:
    """A figure as it is kept in JSON: plain digits, no exponent."""
    return f"{value:f}"

"""The shape of a programme file. Whatever breaks it is named by its path and by what is expected there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from portal.api_types import Day, Flag, Percent, Strict, Text, Whole
from programmes.file_calls import Call
from programmes.file_fields import (
    Authority,
    Colour,
    Currency,
    Days,
    Email,
    Name,
    Prefix,
    Prose,
    Said,
    ShortName,
    Slug,
    Sum,
    Web,
    Words,
    Zone,
    matches,
    unique,
    wrong,
)
from programmes.file_rules import Version

FUNNEL_STAGES = ("eligible", "one_to_one", "engaged", "funded")
GRANTS = frozenset({"grant", "voucher"})
# Support that a firm takes up by itself, with no case here.
BY_ITSELF = frozenset({"entitlement", "signpost"})

Code = Annotated[
    Text, matches(r"[A-Za-z0-9][A-Za-z0-9_-]{0,29}", "a code of letters, digits, dashes and underscores, at most 30")
]


class Partner(Strict):
    """`wanted` names a kind of partner that is still looked for; `logo` is a path under static/."""

    name: Name
    role: Literal["lead", "funder", "industry", "delivery", "referral", "wanted"]
    url: Web | None = None
    logo: Annotated[Text, matches(r"|img/[\w./-]+\.(svg|png)", "a path like img/partners/name.svg")] = ""


class BudgetItem(Strict):
    """Money by source and period, in the programme's currency unless it names its own."""

    source: Name
    period: Name | None = None
    amount: Sum
    currency: Currency | None = None
    note: Said | None = None


class FunnelStage(Strict):
    stage: Literal[FUNNEL_STAGES]  # type: ignore[valid-type]
    target: Whole
    source: Text


class PromiseDays(Strict):
    """Working days within which the firm hears from us."""

    lead: Days
    application: Days
    diagnostic: Days
    decision: Days


class NextPlace(Strict):
    name: Name
    what: Said
    url: Web


class RegionScheme(Strict):
    """The list of areas that the local authorities' codes belong to, such as ITL of 2025."""

    name: Text
    version: Text


class Region(Strict):
    slug: Slug
    name: ShortName
    local_authorities: list[Authority] = Field(min_length=1)


class Period(Strict):
    """Projects end inside it; both days count."""

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.last < self.first:
            raise wrong("to must not be before from")
        return self


class Retention(Strict):
    """How long records are kept after a project, and the share of a grant held back until its final report."""

    records_years: Annotated[Whole, Field(ge=1, le=30)]
    held_back_percent: Percent = Decimal(0)


class Generation(Strict):
    """One run of a programme that comes in several, past ones included."""

    name: Name
    period: Name
    budget: Sum
    currency: Currency
    note: Said | None = None


class WorkPackage(Strict):
    code: Code
    name: Name
    text: Said


class Target(Strict):
    """An indicator with the figure to reach."""

    code: Code
    name: Name
    target: Whole
    unit: Text
    source: Name


class Instrument(Strict):
    """A kind of support. `places` is the most firms it is for; `level` says who sets a measure from outside."""

    slug: Slug
    name: Name
    kind: Literal[
        "grant", "voucher", "diagnostic", "advice", "placement", "course", "entitlement", "signpost", "project"
    ]
    summary: Said
    example_terms: Flag = False
    measure: Literal["", "tax", "loan", "guarantee", "grant", "contract", "service"] = ""
    level: Literal["", "regional", "national", "uk", "eu"] = ""
    url: Web | None = None
    places: Annotated[Whole, Field(ge=1, le=1_000_000)] | None = None
    needs_case: Flag | None = None

    @property
    def gives_grant(self) -> bool:
        return self.kind in GRANTS

    @model_validator(mode="after")
    def outside_support_says_what_it_is(self) -> Self:
        if self.kind in BY_ITSELF and self.needs_case:
            raise wrong(f"An {self.kind} needs no case")
        if self.kind == "entitlement" and not (self.measure and self.level):
            raise wrong("An entitlement names its measure and its level")
        return self


class ProgrammeFile(Strict):
    """A whole programme: who, where, what, under which rules, in which words."""

    slug: Slug
    prefix: Prefix
    name: Name
    short_name: Annotated[Text, Field(min_length=1, max_length=60)]
    summary: Said
    status: Literal["preview", "open", "closed"]
    takes_applications: Flag = True
    applicants: Literal["firms", "organisations"] = "firms"
    position: Annotated[Whole, Field(le=1000, validate_default=True)] = Decimal(0)
    country: Annotated[Text, matches(r"[A-Z]{2}", "a country code of two capital letters")]
    currency: Currency
    time_zone: Zone
    languages: list[Text] = Field(min_length=1)
    colour: Colour
    contact_email: Email
    partners: list[Partner] = Field(default_factory=list)
    budget: list[BudgetItem] = Field(default_factory=list)
    generations: list[Generation] = Field(default_factory=list)
    funnel: list[FunnelStage] = Field(default_factory=list)
    targets: list[Target] = Field(default_factory=list)
    work_packages: list[WorkPackage] = Field(default_factory=list)
    promise_days: PromiseDays
    delivery: Period | None = None
    retention: Retention | None = None
    combine: list[Annotated[list[Slug], Field(min_length=2)]] | None = None
    next_places: list[NextPlace] = Field(min_length=1)
    region_scheme: RegionScheme
    regions: list[Region] = Field(min_length=1)
    instruments: list[Instrument] = Field(min_length=1)
    versions: list[Version] = Field(min_length=1)
    calls: list[Call] = Field(default_factory=list)
    texts: dict[Annotated[Text, Field(min_length=1, max_length=80)], dict[Text, Prose]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def names_are_unique(self) -> Self:
        for items, key in (
            (self.regions, "slug"),
            (self.instruments, "slug"),
            (self.versions, "number"),
            (self.versions, "valid_from"),
            (self.targets, "code"),
            (self.work_packages, "code"),
            (self.calls, "slug"),
        ):
            unique(items, key)
        authorities = [code for region in self.regions for code in region.local_authorities]
        if len(authorities) != len(set(authorities)):
            raise wrong("A local authority may lie in one region only")
        return self

    @model_validator(mode="after")
    def references_exist(self) -> Self:
        known = {instrument.slug for instrument in self.instruments}
        for version in self.versions:
            strands = [strand.instrument for strand in version.eligibility.strands]
            _known(f"versions {version.number}", {*strands, *version.terms}, known)
            if len(strands) != len(set(strands)):
                raise wrong(f"versions {version.number}: an instrument has two strands")
            named = {slug for strand in version.eligibility.strands for slug in strand.regions or ()}
            if unknown := named - {region.slug for region in self.regions}:
                raise wrong(f"versions {version.number} names an unknown region: {', '.join(sorted(unknown))}")
        _known("combine", {slug for group in self.combine or () for slug in group}, known)
        for call in self.calls:
            if call.instrument not in self.version_on(call).terms:
                raise wrong(f"calls {call.slug}: the instrument {call.instrument} has no terms on the opening day")
        return self

    @model_validator(mode="after")
    def every_rule_has_its_source(self) -> Self:
        grants = {instrument.slug for instrument in self.instruments if instrument.gives_grant}
        for version in self.versions:
            rules = set(version.eligibility.rules())
            if grants & {strand.instrument for strand in version.eligibility.strands}:
                rules.add("incentive_effect")
            if missing := rules - set(version.eligibility.sources):
                raise wrong(f"versions {version.number}: sources: say where these rules come from: "
                            f"{', '.join(sorted(missing))}")  # fmt: skip
        return self

    @model_validator(mode="after")
    def texts_are_in_its_languages(self) -> Self:
        for key, words in self.texts.items():
            if unknown := set(words) - set(self.languages):
                raise wrong(f"texts {key}: {', '.join(sorted(unknown))} is not among the languages")
        for key, said in self.words():
            if said.main not in {"", self.languages[0]}:
                raise wrong(f"{key}: write the main language, {self.languages[0]}, first")
            if unknown := set(said.others) - set(self.languages):
                raise wrong(f"{key}: {', '.join(sorted(unknown))} is not among the languages")
        return self

    def words(self) -> Iterator[tuple[str, Words]]:
        """Everything a visitor reads that may be in several languages, by the key of its texts (models.Words)."""
        yield from (("programme.name", self.name), ("programme.summary", self.summary))
        for start, row, names in self._rows_with_words():
            for name in names:
                said = getattr(row, name)
                if said is not None:
                    yield f"{start}.{name}", said
        for version in self.versions:
            yield from version.words()

    def _rows_with_words(self) -> Iterator[tuple[str, Strict, tuple[str, ...]]]:
        yield from ((f"region.{row.slug}", row, ("name",)) for row in self.regions)
        yield from ((f"instrument.{row.slug}", row, ("name", "summary")) for row in self.instruments)
        yield from ((f"next.{index}", row, ("name", "what")) for index, row in enumerate(self.next_places))
        yield from ((f"partner.{index}", row, ("name",)) for index, row in enumerate(self.partners))
        yield from (
            (f"generation.{index}", row, ("name", "period", "note")) for index, row in enumerate(self.generations)
        )
        yield from ((f"work_package.{row.code}", row, ("name", "text")) for row in self.work_packages)
        yield from ((f"target.{row.code}", row, ("name", "source")) for row in self.targets)
        yield from ((f"budget.{index}", row, ("source", "period", "note")) for index, row in enumerate(self.budget))
        yield from ((f"call.{row.slug}", row, ("name",)) for row in self.calls)
        for call in self.calls:
            yield from ((f"call.{call.slug}.{row.code}", row, ("title", "help")) for row in call.criteria)

    def version_on(self, call: Call) -> Version:
        """The version whose terms a call freezes: that of its opening day, else the oldest."""
        versions = sorted(self.versions, key=lambda version: version.valid_from)
        due = [version for version in versions if version.valid_from <= call.opens.date()]
        return (due or versions[:1])[-1]


def _known(where: str, named: set[str], known: set[str]) -> None:
    if named - known:
        raise wrong(f"{where} names an unknown instrument: {', '.join(sorted(named - known))}")


def amount(value: Decimal) -> str:
    """A figure as it is kept in JSON: plain digits, no exponent."""
    return f"{value:f}"

"""The dated part of a programme file: who may get support, on which terms, and where each rule comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from portal.api_types import Day, Flag, Money, Percent, Strict, Text, Whole
from programmes.file_fields import Authority, Category, Rates, Said, Slug, Web, Words, matches, wrong
from programmes.matching import FIRM_SIZES

LEGAL_FORMS = ("company", "llp", "partnership", "sole_trader", "charity", "public_body", "overseas")
BASE_RULES = ("size", "sector", "place", "legal_form", "aid_headroom", "incentive_effect")
STRAND_RULES = ("strand_size", "strand_sector", "strand_place", "strand_condition")

FirmSize = Literal[FIRM_SIZES]  # type: ignore[valid-type]
LegalForm = Literal[LEGAL_FORMS]  # type: ignore[valid-type]
RuleName = Literal[(*BASE_RULES, *STRAND_RULES)]  # type: ignore[valid-type]
Sector = Annotated[Text, matches(r"[A-U]|\d{2,5}", "a section letter or the first digits of a code")]


class ProjectSize(Strict):
    """How large a project must be, or may be: every cost counted (`total`), or those that can be supported."""

    amount: Money
    of: Literal["total", "eligible"]


class Trl(Strict):
    min: Annotated[Whole, Field(ge=1, le=9)]
    max: Annotated[Whole, Field(ge=1, le=9)]

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.min > self.max:
            raise wrong("min must not be above max")
        return self


class Terms(Strict):
    """What programmes.matching.GrantTerms is built from: every category that is paid for has a rate."""

    categories: list[Category] = Field(min_length=1)
    rate: Percent | None = None
    cap: Money | None = None
    minimum: ProjectSize | None = None
    maximum: ProjectSize | None = None
    category_rates: dict[Category, Rates] = Field(default_factory=dict)
    category_caps: dict[Category, Money] = Field(default_factory=dict)
    trl: Trl | None = None
    months: Whole | None = None
    research_partner: Flag = False

    @model_validator(mode="after")
    def sizes_are_in_order(self) -> Self:
        low, high = self.minimum, self.maximum
        if low and high and low.of == high.of and high.amount < low.amount:
            raise wrong("maximum must not be below minimum")
        return self

    @model_validator(mode="after")
    def categories_are_allowed(self) -> Self:
        for name in (*self.category_rates, *self.category_caps):
            if name not in self.categories:
                raise wrong(f"{name} has a rate or cap of its own but is not among the categories")
        return self

    @model_validator(mode="after")
    def every_category_has_a_rate(self) -> Self:
        bare = [name for name in self.categories if not self.category_rates.get(name)]
        if self.rate is None and bare:
            raise wrong(f"Give a rate, or category_rates for {', '.join(bare)}")
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
    allowed: list[LegalForm] = Field(min_length=1)
    refer: list[LegalForm] = Field(default_factory=list)


class AidRule(Strict):
    basis: Literal["mfa", "de_minimis"]
    limit: Money


class Source(Strict):
    """Where a rule's limit comes from and since when it holds; shown to the firm and frozen with its check."""

    text: Said
    url: Web | None = None
    as_of: Day


class Override(Strict):
    """An adviser's exception needs a second person when the programme could grant more than this."""

    second_person_over: Money


class Strand(Strict):
    """What one kind of support asks beyond the programme's rules, or, with `base: false`, instead of them.

    Its area is named by `regions` or `local_authorities`; `asks` are questions that no data answers, so that a person
    looks at them.
    """

    instrument: Slug
    base: Flag = True
    sizes: list[FirmSize] | None = None
    sectors: list[Sector] | None = None
    regions: Annotated[list[Slug], Field(min_length=1)] | None = None
    local_authorities: Annotated[list[Authority], Field(min_length=1)] | None = None
    asks: list[Said] = Field(default_factory=list)

    @model_validator(mode="after")
    def one_area(self) -> Self:
        if self.regions and self.local_authorities:
            raise wrong("Give regions or local_authorities, not both")
        return self


class Eligibility(Strict):
    """A rule that is left out does not exist. The place rule is the programme's regions unless `anywhere` is true."""

    euro_rate: EuroRate
    size: SizeRule | None = None
    sectors: list[Sector] = Field(default_factory=list)
    legal_forms: LegalForms | None = None
    aid: AidRule | None = None
    anywhere: Flag = False
    strands: list[Strand] = Field(min_length=1)
    sources: dict[RuleName, Source] = Field(default_factory=dict)
    override: Override | None = None

    def rules(self) -> Iterator[str]:
        """Names of the programme's own rules that this version has; `incentive_effect` goes with grants."""
        yield from (["size"] if self.size else [])
        yield from (["sector"] if self.sectors else [])
        yield from ([] if self.anywhere else ["place"])
        yield from (["legal_form"] if self.legal_forms else [])
        yield from (["aid_headroom"] if self.aid else [])


class Version(Strict):
    """Rules and terms in force from a day. Once loaded it never changes: write a new one."""

    number: Annotated[Text, Field(min_length=1, max_length=20)]
    valid_from: Day
    eligibility: Eligibility
    terms: dict[Slug, Terms] = Field(default_factory=dict)

    def words(self) -> Iterator[tuple[str, Words]]:
        """The questions of its strands and the sources of its rules, by text key."""
        for strand in self.eligibility.strands:
            for index, ask in enumerate(strand.asks):
                yield f"asks.{self.number}.{strand.instrument}.{index}", ask
        for rule, source in self.eligibility.sources.items():
            yield f"source.{self.number}.{rule}", source.text

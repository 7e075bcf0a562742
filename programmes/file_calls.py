"""A call in a programme file: its window and money, who may take part, who assesses and signs, how it is claimed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from portal.api_types import Day, Flag, Percent, Strict, Text, Whole
from programmes.file_fields import Days, Moment, Name, Said, Slug, Sum, unique, wrong
from programmes.matching import CLAIM_METHODS, FORMS


class Criterion(Strict):
    code: Slug
    title: Name
    help: Said
    weight: Annotated[Whole, Field(ge=1)]


class Band(Strict):
    """Offers up to an amount need so many approvers; the last band leaves `up_to` out."""

    up_to: Sum | None = None
    approvers: Annotated[Whole, Field(ge=1, le=5)]


class Share(Strict):
    """What one funder pays of a call's budget, and in which period where that matters."""

    funder: Annotated[Text, Field(min_length=1, max_length=120)]
    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    amount: Annotated[Sum, Field(gt=0)]

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.first and self.last and self.last < self.first:
            raise wrong("to must not be before from")
        return self


class PartnerTerms(Strict):
    """Who may ask: forms of application, the most partners beside the firm, the most that one bears of what counts."""

    forms: list[Literal[FORMS]] = Field(min_length=1)  # type: ignore[valid-type]
    most: Annotated[Whole, Field(ge=1, le=20)] | None = None
    most_percent: Annotated[Percent, Field(gt=0)] | None = None


class ClaimTerms(Strict):
    """How a grant is claimed; what is left out has the portal's default (funding.rules.claims.Terms)."""

    method: Literal[CLAIM_METHODS] | None = None  # type: ignore[valid-type]
    months: Annotated[Whole, Field(ge=1, le=12)] | None = None
    retention_percent: Annotated[Percent, Field(le=50)] | None = None
    cap_percent: Annotated[Percent, Field(ge=1)] | None = None
    virement_percent: Percent | None = None


class Call(Strict):
    slug: Slug
    instrument: Slug
    name: Name
    opens: Moment
    closes: Moment
    budget: Sum
    budget_lines: list[Share] = Field(default_factory=list)
    criteria: list[Criterion] = Field(min_length=1)
    promise_days: Days
    needs_outline: Flag = False
    reviews_needed: Annotated[Whole, Field(le=9, validate_default=True)] = Decimal(1)
    is_blind: Flag = False
    approval_bands: list[Band] = Field(default_factory=list)
    accept_days: Annotated[Days, Field(ge=1, validate_default=True)] = Decimal(30)
    appeal_days: Annotated[Days, Field(validate_default=True)] = Decimal(30)
    partner_terms: PartnerTerms | None = None
    claim_terms: ClaimTerms | None = None

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.closes <= self.opens:
            raise wrong("closes must be after opens")
        unique(self.criteria, "code")
        return self

    @model_validator(mode="after")
    def bands_rise(self) -> Self:
        if problem := bands_problem([(band.up_to, band.approvers) for band in self.approval_bands]):
            raise wrong(problem)
        return self

    @model_validator(mode="after")
    def shares_add_up(self) -> Self:
        given = sum((share.amount for share in self.budget_lines), Decimal(0))
        if self.budget_lines and given != self.budget:
            raise wrong(f"budget_lines come to {given}, the budget is {self.budget}")
        return self


def bands_problem(bands: Sequence[tuple[Decimal | None, Decimal | int]]) -> str:
    """Why (up to, approvers) are no approval bands, or nothing.

    Amounts rise, more money never needs fewer people, and the last band alone has no upper end.
    """
    if not bands:
        return ""
    *limits, last = [up_to for up_to, _approvers in bands]
    if last is not None or None in limits:
        return "approval_bands: the last band, and no other, leaves up_to out"
    known = [limit for limit in limits if limit is not None]
    if known != sorted(set(known)):
        return "approval_bands: up_to must rise from band to band"
    people = [approvers for _up_to, approvers in bands]
    if people != sorted(people):
        return "approval_bands: more money must not need fewer approvers"
    return ""

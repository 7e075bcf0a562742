"""A programme's own size rule applied to a firm's size, and the EU category beside it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from eligibility import sizing
from eligibility.sizing import Figures, Limits, Size
from programmes.matching import Finding, Outcome

CENT = Decimal("0.01")


@dataclass(frozen=True)
class SizeRule:
    """How large a firm may be; `limits` None is no such rule. `euro_rate` is the euro for one unit of `currency`."""

    currency: str
    euro_rate: Decimal
    limits: Limits | None = None
    groups: bool = True
    two_years: bool = False
    exclude_public_control: bool = False


@dataclass(frozen=True)
class SizeResult:
    """The EU category with the group's figures; a figure is None when not known.

    The amounts are in `currency`, and in euro at `euro_rate`, the rate the programme has stored. `doubts` are those of
    sizing.Size: the category holds unless an adviser finds otherwise. `small_mid_cap`: no SME, and within the limits
    of Recommendation (EU) 2025/1099; for reports only.
    """

    category: str
    employees: Decimal | None
    turnover: Decimal | None
    balance_sheet: Decimal | None
    currency: str
    euro_rate: Decimal
    doubts: tuple[str, ...] = ()
    small_mid_cap: bool = False

    @property
    def turnover_eur(self) -> Decimal | None:
        return self._in_euro(self.turnover)

    @property
    def balance_sheet_eur(self) -> Decimal | None:
        return self._in_euro(self.balance_sheet)

    def _in_euro(self, amount: Decimal | None) -> Decimal | None:
        return None if amount is None else (amount * self.euro_rate).quantize(CENT, ROUND_HALF_UP)


def judge(
    rule: SizeRule, current: Size, closed: Sequence[Size] = (), *, later_accounts: bool = False
) -> tuple[tuple[Finding, ...], SizeResult]:
    """The finding of the rule `size`, if the programme has one, and the EU category.

    `closed` are the sizes at the end of the closed periods, oldest first, where two years running decide; empty where
    they do not. `later_accounts`: accounts were given of a period that has not ended, which do not count.
    """
    closed = closed if rule.two_years and closed else ()
    name = sizing.category_after(closed or [current], euro_rate=rule.euro_rate)
    figures = stated(current)
    result = SizeResult(
        name, figures.employees, figures.turnover, figures.balance_sheet, rule.currency, rule.euro_rate,
        doubts=current.doubts,
        small_mid_cap=name == sizing.NOT_SME
        and current.public_control is False
        and sizing.is_small_mid_cap(current, euro_rate=rule.euro_rate),
    )  # fmt: skip
    if rule.limits is None:
        return (), result
    return (_finding(rule, rule.limits, current, closed, later_accounts=later_accounts),), result


def stated(size: Size) -> Figures:
    """The sums that are known, to two places."""
    amounts = (size.employees, size.turnover, size.balance_sheet)
    return Figures(*(amount.known.quantize(CENT, ROUND_HALF_UP) if amount.complete else None for amount in amounts))


def _within(rule: SizeRule, limits: Limits, size: Size) -> bool | None:
    """One period by itself, without the doubts."""
    if rule.exclude_public_control and size.public_control:
        return False
    within = sizing.within(size if rule.groups else size.alone(), limits, groups=rule.groups)
    return None if within and rule.exclude_public_control and size.public_control is None else within


def _finding(rule: SizeRule, limits: Limits, current: Size, closed: Sequence[Size], *, later_accounts: bool) -> Finding:
    now = _within(rule, limits, current)
    within = sizing.settled_last([_within(rule, limits, size) for size in closed]) if closed else now
    two_years = bool(closed) and within is not None and within != now
    value, limit = _value(rule, current), _limit(rule, limits)
    if within is False:
        return Finding("size", Outcome.FAIL, _why_not(rule, limits, current, two_years=two_years), value, limit)
    if within is None:
        return Finding("size", Outcome.REFER, _what_is_missing(rule, current), value, limit)
    if later_accounts:
        return Finding("size", Outcome.REFER, "later_accounts", value, limit)
    if rule.groups and current.doubts:
        return Finding("size", Outcome.REFER, current.doubts[0], value, limit)
    return Finding("size", Outcome.PASS, "two_years" if two_years else "met", value, limit)


def _why_not(rule: SizeRule, limits: Limits, size: Size, *, two_years: bool) -> str:
    if rule.exclude_public_control and size.public_control:
        return "public_control"
    if two_years:
        return "two_years"
    counted = size if rule.groups else size.alone()
    return "headcount" if counted.employees.test(limits.employees, "lt") is False else "money"


def _what_is_missing(rule: SizeRule, size: Size) -> str:
    own = size.alone()
    complete = own.employees.complete and (own.turnover.complete or own.balance_sheet.complete)
    if complete and rule.groups:
        return "same_market" if size.open_links else "group"
    return "missing"


def _value(rule: SizeRule, size: Size) -> Mapping[str, str]:
    figures = stated(size if rule.groups else size.alone())
    return {
        "employees": _text(figures.employees),
        "turnover": _text(figures.turnover),
        "balance_sheet": _text(figures.balance_sheet),
        "currency": rule.currency,
    }


def _limit(rule: SizeRule, limits: Limits) -> Mapping[str, str]:
    return {
        "employees": str(limits.employees),
        "turnover": str(limits.turnover),
        "balance_sheet": str(limits.balance_sheet),
        "operator": limits.operator,
        "currency": rule.currency,
    }


def _text(figure: Decimal | None) -> str:
    return "" if figure is None else str(figure)

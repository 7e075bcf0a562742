"""Company sizes of the Companies Act 2006 (ss.382-384A, 465-467): what kind of accounts a company may file. Pure.

Two of three tests, "not more than", which is another test than that of any programme: it only shows whether declared
figures and the accounts at the register go together. Figures in pounds; those of the Act from 6 April 2025 (SI
2024/1303) are treated as having applied in the years before when two years running are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from eligibility.sizing import Figures, settled_last

NEW_FROM = date(2025, 4, 6)
LARGE = "large"


@dataclass(frozen=True)
class Thresholds:
    """`employees` is the average number, `balance_sheet` gross assets."""

    turnover: Decimal
    balance_sheet: Decimal
    employees: Decimal


def _thresholds(turnover: int, balance_sheet: int, employees: int) -> Thresholds:
    return Thresholds(Decimal(turnover), Decimal(balance_sheet), Decimal(employees))


CURRENT = {
    "micro": _thresholds(1_000_000, 500_000, 10),
    "small": _thresholds(15_000_000, 7_500_000, 50),
    "medium": _thresholds(54_000_000, 27_000_000, 250),
}
BEFORE = {
    "micro": _thresholds(632_000, 316_000, 10),
    "small": _thresholds(10_200_000, 5_100_000, 50),
    "medium": _thresholds(36_000_000, 18_000_000, 250),
}
SIZES = (*CURRENT, LARGE)
# What the register calls accounts, and the largest company that may file them; others say nothing of size.
_CLAIMS = {
    "micro-entity": "micro",
    "small": "small",
    "total-exemption-small": "small",
    "total-exemption-full": "small",
    "unaudited-abridged": "small",
    "audited-abridged": "small",
    "medium": "medium",
}


def table(begins: date) -> dict[str, Thresholds]:
    """The thresholds of a financial year that begins on this day."""
    return CURRENT if begins >= NEW_FROM else BEFORE


def qualifies(limits: Thresholds, figures: Figures) -> bool | None:
    """Two of the three tests met; None when a missing figure decides."""
    tests = [
        None if figure is None else figure <= limit
        for figure, limit in (
            (figures.turnover, limits.turnover),
            (figures.balance_sheet, limits.balance_sheet),
            (figures.employees, limits.employees),
        )
    ]
    if tests.count(True) >= 2:
        return True
    return False if tests.count(False) >= 2 else None


def size(figures: Figures, *, begins: date) -> str | None:
    """`micro`, `small`, `medium` or `large` by one year that begins on this day; None when a missing figure decides."""
    return _smallest([[qualifies(limits, figures)] for limits in table(begins).values()])


def size_after(years: Sequence[Figures], *, begins: date) -> str | None:
    """The size in the last of these years, oldest first, which begins on this day.

    A first year counts by itself; later a company gains or loses a size when two years running say so. The last year's
    thresholds are those of every year.
    """
    return _smallest([[qualifies(limits, year) for year in years] for limits in table(begins).values()])


def _smallest(answers: Sequence[Sequence[bool | None]]) -> str | None:
    for name, years in zip(CURRENT, answers, strict=True):
        status = settled_last(years)
        if status is not False:
            return name if status else None
    return LARGE


def claimed_by(accounts_type: str) -> str | None:
    """The largest company that may file accounts of this type at the register; None where the type does not say."""
    return _CLAIMS.get(accounts_type)


def is_larger_than(claimed: str, figures: Figures, *, ended: date) -> bool:
    """Is a company with these figures, in a year that ended on this day, larger for certain than it claims?"""
    found = size(figures, begins=_year_before(ended + timedelta(days=1)))
    return found is not None and SIZES.index(found) > SIZES.index(claimed)


def _year_before(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return date(day.year - 1, day.month, 28 if leap else day.day)

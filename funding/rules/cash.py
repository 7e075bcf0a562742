"""Whether a firm can afford a project: it pays month by month, and the grant comes back later, claim by claim.

Costs are paid with their VAT. VAT that can be claimed back comes three months after it was paid: a return of three
months is the rule, and some firms wait less. A claim is paid two months after its stretch of the project: one
to send it, one to check and pay it. Both are assumptions, on the safe side, and stand on the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Self

from funding.rules import PENNY, Cost, claims, split

NOTHING = Decimal(0)
VAT_MONTHS = 3
"""Months between paying VAT and getting it back."""
PAY_MONTHS = 2
"""Months between the end of what is claimed and its payment."""


class Spread(StrEnum):
    """When the costs are paid."""

    EVEN = "even"
    START = "start"
    HALVES = "halves"


@dataclass(frozen=True)
class Plan:
    """What a firm tries out: cost without VAT by category, both days of the project included, in the call's currency.

    `vat_percent` is out of 100; `cash` what the firm can put in, None where it did not say; `firm_size` one of
    matching.FIRM_SIZES or empty.
    """

    costs: Mapping[str, Decimal]
    starts_on: date
    ends_on: date
    vat_percent: Decimal = NOTHING
    vat_recoverable: bool = True
    spread: Spread = Spread.EVEN
    cash: Decimal | None = None
    firm_size: str = ""

    @property
    def lines(self) -> list[Cost]:
        """The costs with their VAT, rounded half up to the penny."""
        return [
            Cost(category, net, (net * self.vat_percent / 100).quantize(PENNY, ROUND_HALF_UP), self.vat_recoverable)
            for category, net in self.costs.items()
        ]

    @property
    def vat(self) -> Decimal:
        return sum((line.vat for line in self.lines), NOTHING)

    def to_data(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "costs": {category: str(net) for category, net in self.costs.items()},
            "starts_on": self.starts_on.isoformat(),
            "ends_on": self.ends_on.isoformat(),
            "vat_percent": str(self.vat_percent),
            "vat_recoverable": self.vat_recoverable,
            "spread": self.spread.value,
            "cash": None if self.cash is None else str(self.cash),
            "firm_size": self.firm_size,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            costs={category: Decimal(net) for category, net in data["costs"].items()},
            starts_on=date.fromisoformat(data["starts_on"]),
            ends_on=date.fromisoformat(data["ends_on"]),
            vat_percent=Decimal(data["vat_percent"]),
            vat_recoverable=data["vat_recoverable"],
            spread=Spread(data["spread"]),
            cash=None if data["cash"] is None else Decimal(data["cash"]),
            firm_size=data["firm_size"],
        )


@dataclass(frozen=True)
class Month:
    """What is paid and comes in between `first` and the same day of the next month, and where that leaves the firm.

    `position` is the firm's own cash plus all that came in less all that was paid; below nothing it is short.
    """

    first: date
    paid: Decimal
    vat: Decimal
    grant: Decimal
    position: Decimal


def months(plan: Plan, terms: claims.Terms, rows: Sequence[claims.Row]) -> list[Month]:
    """The project month by month until the last money is in; `rows` are the grant by kind of cost.

    The last position is the cash less what the firm bears itself.
    """
    count = len(claims.periods(plan.starts_on, plan.ends_on, 1))
    length = count + max(VAT_MONTHS, PAY_MONTHS)
    paid, vat, grant = ([NOTHING] * length for _column in range(3))
    counted = {row.category for row in rows}
    claimable: list[dict[str, Decimal]] = [{} for _month in range(count)]
    for line in plan.lines:
        weights = _weights(plan.spread, count)
        parts = zip(split(line.net, weights), split(line.vat, weights), strict=True)
        for place, (net, tax) in enumerate(parts):
            paid[place] += net + tax
            if line.vat_recoverable:
                vat[place + VAT_MONTHS] += tax
            if line.category in counted:
                claimable[place][line.category] = net if line.vat_recoverable else net + tax
    for place, payment in _payments(terms, rows, claimable):
        grant[place] += payment
    return _positions(plan, paid, vat, grant)


def _positions(plan: Plan, paid: list[Decimal], vat: list[Decimal], grant: list[Decimal]) -> list[Month]:
    """The months up to the last in which money moves."""
    found, position, last = [], plan.cash or NOTHING, 0
    for place, (out, back, support) in enumerate(zip(paid, vat, grant, strict=True)):
        position += back + support - out
        found.append(Month(claims.months_after(plan.starts_on, place), out, back, support, position))
        last = place if out or back or support else last
    return found[: last + 1]


def _weights(spread: Spread, count: int) -> list[Decimal]:
    """The share of each month in what is paid."""
    if spread is Spread.EVEN:
        return [Decimal(1)] * count
    weights = [NOTHING] * count
    weights[0] += 1
    if spread is Spread.HALVES:
        weights[-1] += 1
    return weights


def _payments(
    terms: claims.Terms, rows: Sequence[claims.Row], claimable: Sequence[Mapping[str, Decimal]]
) -> list[tuple[int, Decimal]]:
    """The payments of the claims, each with its month: one claim for each stretch, the last one the final one."""
    before, found = claims.Before(), []
    for first in range(0, len(claimable), terms.months):
        stretch = claimable[first : first + terms.months]
        costs: dict[str, Decimal] = {}
        for month in stretch:
            for category, cost in month.items():
                costs[category] = costs.get(category, NOTHING) + cost
        is_final = first + terms.months >= len(claimable)
        worth = claims.worth(terms, rows, before, costs, is_final=is_final)
        accepted = {name: before.accepted.get(name, NOTHING) + costs.get(name, NOTHING) for name in costs}
        before = claims.Before(
            {**before.accepted, **accepted}, before.gross + worth.gross, before.payable + worth.payable
        )
        found.append((first + len(stretch) - 1 + PAY_MONTHS, worth.payable))
    return found

"""Payback lines of one action, once adviser and firm agree the inputs.

Pure. Amounts are Decimals in the programme's currency. Without agreed inputs nothing here is called: the plan prints
the cost band alone and never invents pounds. Source: Industry 4.0 diagnostic method, section 3.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from diagnostics.rounding import publish

DISCOUNT_RATE = Decimal("0.10")


@dataclass(frozen=True)
class MoneyLines:
    """`payback_months` is None when the action does not pay back; `return_percent` is None when it costs nothing."""

    net_cost: Decimal
    net_yearly_benefit: Decimal
    payback_months: Decimal | None
    return_percent: Decimal | None
    npv: Decimal

    @property
    def pays_back(self) -> bool:
        return self.payback_months is not None


@dataclass(frozen=True)
class Estimate:
    """One figure as people agree it: the likely one, with the ends of the range where they have thought of them."""

    likely: Decimal
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def lowest(self) -> Decimal:
        return self.likely if self.low is None else self.low

    @property
    def highest(self) -> Decimal:
        return self.likely if self.high is None else self.high

    @property
    def has_range(self) -> bool:
        return self.lowest != self.highest


@dataclass(frozen=True)
class Outlook:
    """One action in three cases: low has the highest cost with the lowest benefit, high the other way round.

    `costs` and `benefits` are the inputs of low, likely and high in this order.
    """

    low: MoneyLines
    likely: MoneyLines
    high: MoneyLines
    costs: tuple[Decimal, Decimal, Decimal]
    benefits: tuple[Decimal, Decimal, Decimal]

    @property
    def has_range(self) -> bool:
        return self.low != self.high


def money_lines(
    *,
    cost: Decimal,
    grant: Decimal,
    yearly_benefit: Decimal,
    running_cost: Decimal,
    rate: Decimal = DISCOUNT_RATE,
) -> MoneyLines:
    """Payback in months, three-year return in percent and three-year net present value, rounded half up."""
    net_cost, net_benefit = Fraction(cost) - Fraction(grant), Fraction(yearly_benefit) - Fraction(running_cost)
    discounted = sum((net_benefit / (1 + Fraction(rate)) ** year for year in (1, 2, 3)), Fraction(0))
    return MoneyLines(
        net_cost=publish(net_cost, 2),
        net_yearly_benefit=publish(net_benefit, 2),
        payback_months=publish(12 * net_cost / net_benefit, 1) if net_benefit > 0 else None,
        return_percent=publish(100 * (3 * net_benefit - net_cost) / net_cost, 1) if net_cost > 0 else None,
        npv=publish(discounted - net_cost, 2),
    )


def outlook(
    *, cost: Estimate, grant: Decimal, benefit: Estimate, running_cost: Decimal, rate: Decimal = DISCOUNT_RATE
) -> Outlook:
    """The lines of the careful, the likely and the hopeful case; the grant is the same sum in each."""
    costs = (cost.highest, cost.likely, cost.lowest)
    benefits = (benefit.lowest, benefit.likely, benefit.highest)
    low, likely, high = (
        money_lines(cost=spent, grant=grant, yearly_benefit=gained, running_cost=running_cost, rate=rate)
        for spent, gained in zip(costs, benefits, strict=True)
    )
    return Outlook(low, likely, high, costs, benefits)

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

"""The public subsidy database of the United Kingdom: what has to be entered there, and by when.

Subsidy Control Act 2022 sections 32 to 34: Minimal Financial Assistance and awards under a published scheme over
£100,000, a subsidy that stands alone whatever its sum; within three months of the day of the decision's confirmation.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from funding.rules.claims import months_after

FLOOR = Decimal(100_000)
"""In pounds; an award of exactly this much need not be entered."""
MONTHS = 3


class Route(StrEnum):
    MFA = "mfa"
    SCHEME = "scheme"
    STANDALONE = "standalone"


def publish_by(confirmed: date, amount: Decimal, route: Route) -> date | None:
    """Last day to enter it; None when it need not be entered."""
    if amount <= FLOOR and route is not Route.STANDALONE:
        return None
    return months_after(confirmed, MONTHS)

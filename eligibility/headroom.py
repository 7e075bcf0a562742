"""How much small aid a firm may still get: the window that counts and what is left of the limit. Pure.

`mfa`: Minimal Financial Assistance, Subsidy Control Act 2022 s.36: this financial year (from 1 April) and the two
before it. `de_minimis`: Regulation (EU) 2023/2831 Article 3: any three years, to the day; aid granted exactly three
years earlier no longer counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

# What counts towards each limit. Assistance for services of public economic interest counts under the UK limit too.
COUNTING = {"mfa": frozenset({"mfa", "spei", "de_minimis", "safa"}), "de_minimis": frozenset({"de_minimis"})}
AID_BASES = ("mfa", "spei", "de_minimis", "safa")


@dataclass(frozen=True)
class Aid:
    """Earlier aid, gross, on the day the right to it arose; None means not known."""

    on: date | None
    amount: Decimal | None
    basis: str | None


@dataclass(frozen=True)
class Headroom:
    """What is left of the limit. `counted` and `left` are None when the history is not known at all.

    `complete` is False when an entry could not be counted, so that less may be left.
    """

    basis: str
    limit: Decimal
    window_from: date
    counted: Decimal | None
    left: Decimal | None
    complete: bool


def window_from(basis: str, on: date) -> date:
    """The first day whose aid counts on `on`."""
    if basis == "mfa":
        year = on.year if (on.month, on.day) >= (4, 1) else on.year - 1
        return date(year - 2, 4, 1)
    # 29 February three years back is 28 February: the window opens the day after it.
    day = 28 if (on.month, on.day) == (2, 29) else on.day
    return date(on.year - 3, on.month, day) + timedelta(days=1)


def headroom(history: Sequence[Aid] | None, *, basis: str, limit: Decimal, on: date) -> Headroom:
    """What the limit leaves on `on`, after the aid from the window's first day up to and including that day."""
    start = window_from(basis, on)
    if history is None:
        return Headroom(basis, limit, start, None, None, False)
    counting = [aid for aid in history if aid.basis is None or aid.basis in COUNTING[basis]]
    inside = [aid for aid in counting if aid.on is None or start <= aid.on <= on]
    complete = not any(aid.on is None or aid.amount is None or aid.basis is None for aid in inside)
    counted = sum((aid.amount for aid in inside if aid.amount is not None and aid.on and aid.basis), Decimal(0))
    return Headroom(basis, limit, start, counted, max(limit - counted, Decimal(0)), complete)

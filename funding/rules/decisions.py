"""Who has to sign what, and until when a refusal may be appealed: pure rules on plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any


def approvers_for(bands: Sequence[Mapping[str, Any]], amount: Decimal) -> int:
    """How many approvers an amount needs: the first band that reaches it, the last one beyond all; without bands one.

    `bands` are [{"up_to": text or None, "approvers": number}] in rising order (programmes.models.Call.approval_bands).
    """
    for band in bands:
        if band["up_to"] is None or amount <= Decimal(band["up_to"]):
            return int(band["approvers"])
    return int(bands[-1]["approvers"]) if bands else 1


def last_day_to_appeal(refused_on: date, days: int) -> date:
    """The last day on which the firm may ask for another look, `days` after the day of the refusal."""
    return refused_on + timedelta(days=days)

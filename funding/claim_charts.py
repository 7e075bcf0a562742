"""Drawings about claims; the table of the same numbers stands beside each."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from funding.rules.claims import Period
from portal.charts import Bar, bars
from portal.dates import short_month
from portal.money import money_text


def stretch(period: Period) -> str:
    """`Mar 2027 to May 2027`."""
    first, last = short_month(period.first), short_month(period.last)
    return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}


def forecast_chart(
    periods: Sequence[Period], expected: Sequence[Decimal], spent: Sequence[Decimal], currency: str
) -> SafeString:
    """Two bars for each stretch of the project: what was expected, and the invoices in claims."""
    rows = []
    for period, plan, claimed in zip(periods, expected, spent, strict=True):
        name = stretch(period)
        rows.append(Bar(_("%(when)s, expected") % {"when": name}, plan, text=money_text(plan, currency)))
        rows.append(Bar(_("%(when)s, spent") % {"when": name}, claimed, text=money_text(claimed, currency)))
    most = max([Decimal(1), *expected, *spent])
    return bars(rows, title=_("What you expected and what you spent"), maximum=most)

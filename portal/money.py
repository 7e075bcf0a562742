"""Sums of money as people write and read them, in the active language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

NBSP = "\u00a0"
SPACES = " \u00a0\u202f\u2009"
LONGEST_INPUT = 40
MOST = Decimal(10) ** 20


@dataclass(frozen=True)
class Currency:
    symbol: str
    word: str | Promise
    """As in "Enter your turnover in pounds"."""
    spellings: tuple[str, ...]
    """What a person may write before or after the digits, in lower case, longest first."""


CURRENCIES = {
    "GBP": Currency("£", _("pounds"), ("gbp", "£")),
    "EUR": Currency("€", _("euros"), ("euro", "eur", "€")),
    "SEK": Currency("kr", _("kronor"), ("sek", "kr.", "kr")),
    "DKK": Currency("kr.", _("kroner"), ("dkk", "kr.", "kr")),
}


def symbol_first(currency: str) -> bool:
    """Whether the sign stands before the digits: always for the pound, for the euro only in English and Welsh."""
    language = to_locale(get_language() or "en")
    return currency == "GBP" or (currency == "EUR" and language.startswith(("en", "cy")))


def money_text(value: Decimal, currency: str = "GBP") -> str:
    """`value` with its currency sign, grouped as the active language groups, with pence only when there are any."""
    places = 0 if value == value.to_integral_value() else 2
    digits = formats.number_format(abs(value), places, use_l10n=True, force_grouping=True)
    minus = "−" if value < 0 else ""
    symbol = CURRENCIES[currency].symbol
    return f"{minus}{symbol}{digits}" if symbol_first(currency) else f"{minus}{digits}{NBSP}{symbol}"


def parse_number(text: str, *, places: int = 2) -> Decimal | None:
    """The number a person wrote, or None when it cannot be read in one way only.

    Groups of three may be set apart by the active language's mark or by spaces; there may be `places` decimals.
    """
    if len(text) > LONGEST_INPUT:
        return None
    group, point = formats.get_format("THOUSAND_SEPARATOR"), formats.get_format("DECIMAL_SEPARATOR")
    marks = f"[{re.escape(group)}{SPACES}]"
    decimals = f"(?:{re.escape(point)}([0-9]{{1,{places}}}))?" if places else "()"
    match = re.fullmatch(rf"([-−]?)([0-9]+|[0-9]{{1,3}}(?:{marks}[0-9]{{3}})+){decimals}", text.strip())
    if match is None:
        return None
    minus, whole, fraction = match.groups()
    return Decimal(("-" if minus else "") + re.sub(r"[^0-9]", "", whole) + "." + (fraction or "0"))


def parse_money(text: str, currency: str = "GBP") -> Decimal | None:
    """The sum a person wrote in `currency`, with two decimals: `£1,250,000`, `1250000.50`, `20 000 kr`; else None."""
    bare = text.strip(SPACES + "\t\r\n")
    for spelling in CURRENCIES[currency].spellings:
        if bare.lower().startswith(spelling):
            bare = bare[len(spelling) :]
            break
        if bare.lower().endswith(spelling):
            bare = bare[: -len(spelling)]
            break
    value = parse_number(bare)
    # More digits than a Decimal can hold exactly is no sum of money.
    return None if value is None or abs(value) >= MOST else value.quantize(Decimal("0.01"))

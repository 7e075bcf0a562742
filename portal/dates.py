"""Days as people read them, in the active language."""

from __future__ import annotations

from datetime import date

from django.utils import formats
from django.utils.translation import get_language


def is_english() -> bool:
    """English and Welsh share one order of day, month, year; Django's own "en" is American."""
    return (get_language() or "en").startswith(("en", "cy"))


def long_date(value: date) -> str:
    """`22 November 2026`, `22 de noviembre de 2026`."""
    text = formats.date_format(value, "j F Y" if is_english() else "DATE_FORMAT")
    # Django's Italian names of months have capitals, which Italian has not.
    return text.lower() if get_language() == "it" else text


def short_month(value: date) -> str:
    """`Nov 2026`, `nov 2026`: months have a capital in English and Welsh alone."""
    text = formats.date_format(value, "M Y")
    return text if is_english() else text.lower()

"""Cells of a file that a spreadsheet opens: text that would run as a formula is made to stay text."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

FORMULA_STARTS = frozenset("=+-@\t\0\r\n＝＋－＠")
# XML 1.0 has no way to write these at all.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST_XLSX_TEXT = 32_767


def safe_text(text: str) -> str:
    """`text` with a leading apostrophe where a spreadsheet would take it for a formula (ASVS 5.0, 1.2.10)."""
    return f"'{text}" if text and text[0] in FORMULA_STARTS else text


def csv_cell(value: Any) -> str:
    """One CSV cell: empty for unknown, Yes or No, ISO dates, plain decimals; only text is guarded."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return safe_text(str(value))


def xlsx_text(text: str) -> str:
    """`text` as an XLSX file can hold it; no apostrophe, because a text cell there is never a formula."""
    return _NOT_IN_XML.sub("", text)[:LONGEST_XLSX_TEXT]

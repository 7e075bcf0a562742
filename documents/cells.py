"""Cells of a file that a spreadsheet opens: see portal.cells; here what XLSX alone needs."""

from __future__ import annotations

import re

from portal.cells import FORMULA_STARTS, csv_cell, safe_text

__all__ = ["FORMULA_STARTS", "LONGEST_XLSX_TEXT", "csv_cell", "safe_text", "xlsx_text"]

# XML 1.0 has no way to write these at all.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST_XLSX_TEXT = 32_767


def xlsx_text(text: str) -> str:
    """`text` as an XLSX file can hold it; no apostrophe, because a text cell there is never a formula."""
    return _NOT_IN_XML.sub("", text)[:LONGEST_XLSX_TEXT]

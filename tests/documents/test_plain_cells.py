"""Cells that no reference vector names; these run without the reference files."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from documents.cells import LONGEST_XLSX_TEXT, csv_cell, xlsx_text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("", ""),
        (True, "Yes"),
        (False, "No"),
        (-3, "-3"),
        (Decimal("-5.20"), "-5.20"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 11, 22), "2026-11-22"),
        (datetime(2026, 11, 22, 9, 30, tzinfo=UTC), "2026-11-22T09:30:00+00:00"),
        ("\n=1", "'\n=1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠SUM(A1)", "'＠SUM(A1)"),
        ("a=1", "a=1"),
        ("01524 000000", "01524 000000"),
    ],
)
def test_csv_cell(value, expected):
    assert csv_cell(value) == expected


def test_xlsx_text_keeps_formula_as_plain_text_and_drops_what_xml_cannot_hold():
    assert xlsx_text("=1+1") == "=1+1"
    assert xlsx_text("a\x00b\x0bc\ud800d") == "abcd"
    assert len(xlsx_text("x" * 40_000)) == LONGEST_XLSX_TEXT

"""Rows into a CSV or XLSX file, one at a time, so that a long file needs no more memory than a short one."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter

from documents.cells import csv_cell, xlsx_text

UTF8_WITH_MARK = "utf-8-sig"  # without the mark Excel reads UTF-8 as something else


def write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """RFC 4180: header row, CRLF, quotes only where needed."""
    with path.open("w", encoding=UTF8_WITH_MARK, newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerows([csv_cell(value) for value in row] for row in rows)


def write_xlsx(
    path: Path | BytesIO, names: Sequence[str], rows: Iterable[Sequence[Any]], *, sheet_name: str | None = None
) -> None:
    """One sheet with a fixed header; text only ever as text, amounts as numbers, days as days."""
    # A long file's temporary files lie beside it, in the worker's own folder; a short one stays in memory.
    beside = {"constant_memory": True, "tmpdir": str(path.parent)} if isinstance(path, Path) else {"in_memory": True}
    book = xlsxwriter.Workbook(path, beside)
    heading = book.add_format({"bold": True})
    formats = {
        "text": book.add_format({"num_format": "@"}),
        "money": book.add_format({"num_format": "0.00"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    }
    sheet = book.add_worksheet(sheet_name)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(names) - 1, 18)
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, heading)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _write_cell(sheet, number, column, value, formats)
    book.close()


def _write_cell(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(row, column, csv_cell(value), formats["text"])
    elif isinstance(value, Decimal):
        sheet.write_number(row, column, value, formats["money"])
    elif isinstance(value, datetime):
        # A spreadsheet knows no time zones: UTC, as in the CSV.
        sheet.write_datetime(row, column, value.astimezone(UTC).replace(tzinfo=None), formats["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["day"])
    else:
        sheet.write_string(row, column, xlsx_text(str(value)), formats["text"])


WRITERS = {"csv": write_csv, "xlsx": write_xlsx}

"""The public table of where firms stand: medians by sector and size, from the frozen snapshot of a quarter."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from diagnostics import wording
from diagnostics.benchmarking import public_snapshot
from diagnostics.models import BenchmarkSnapshot
from diagnostics.models.questionnaires import DEFAULT_QUESTIONNAIRE
from diagnostics.public_table import ALL, ENOUGH
from programmes.models import Instrument, Programme

SIZES: dict[str, Any] = {
    "micro": _("Fewer than 10 people"),
    "small": _("10 to 49 people"),
    "medium": _("50 people or more"),
    ALL: _("All sizes"),
}


def snapshot_of(programme: Programme, on: date) -> BenchmarkSnapshot | None:
    """What may be shown for a programme that gives the diagnostic; None when there is nothing to show."""
    if not any(row.kind == Instrument.Kind.DIAGNOSTIC for row in programme.instruments.all()):
        return None
    document = programme.terms_on(on).document
    return public_snapshot(document.get("questionnaire", DEFAULT_QUESTIONNAIRE))


def context(snapshot: BenchmarkSnapshot) -> dict[str, Any]:
    """The table in words: `rows` of a name and cells, the totals last."""
    table = snapshot.public
    return {
        "quarter": snapshot.quarter,
        "enough": ENOUGH,
        "columns": [SIZES[code] for code in table["columns"]],
        "rows": [
            {"name": _("All sectors") if code == ALL else wording.choice_label(code), "is_total": code == ALL,
             "cells": [{**cell, "count": (cell["n_shown"] or "").replace("-", "–")} for cell in cells]}
            for code, cells in zip(table["rows"], table["cells"], strict=True)
        ],
    }  # fmt: skip

"""The table of actions as a spreadsheet holds it: frozen with the PDF of the same version.

A cell is plain JSON: a text, None, or {"money": "1200.00"} or {"day": "2026-12-01"} or {"number": 3}.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from diagnostics import wording
from diagnostics.models import PlanAction
from diagnostics.money import MoneyLines

if TYPE_CHECKING:
    from diagnostics.rendering.cards import Deck


def frozen(deck: Deck, document: wording.Document) -> dict[str, Any]:
    """Heads and rows: those in the plan in its order, then the parked ones."""
    rows = [_row(deck, document, row) for row in [*deck.rows, *deck.parked]]
    return {"heads": [str(head) for head in _heads(deck.currency)], "rows": rows}


def read(cell: Any) -> Any:
    """A frozen cell as the value it stands for."""
    if not isinstance(cell, Mapping):
        return cell
    [(kind, value)] = cell.items()
    return date.fromisoformat(value) if kind == "day" else Decimal(value)


def _heads(currency: str) -> list[str]:
    money = {"currency": currency}
    return [
        _("Number"),
        _("Action"),
        _("Area"),
        _("When"),
        _("Place by the method"),
        _("Reason for another place"),
        _("Who leads"),
        _("Starts"),
        _("Review"),
        _("Finished"),
        _("How far"),
        _("Note"),
        _("Measure"),
        _("Measure today"),
        _("Risks"),
        _("After"),
        _("Cost band"),
        _("Cost, low (%(currency)s)") % money,
        _("Cost, likely (%(currency)s)") % money,
        _("Cost, high (%(currency)s)") % money,
        _("Support (%(currency)s)") % money,
        _("Benefit a year, low (%(currency)s)") % money,
        _("Benefit a year, likely (%(currency)s)") % money,
        _("Benefit a year, high (%(currency)s)") % money,
        _("Running cost a year (%(currency)s)") % money,
        _("Your own cost (%(currency)s)") % money,
        _("Payback in months"),
        _("Return over three years, percent"),
        _("Value over three years (%(currency)s)") % money,
    ]


def _row(deck: Deck, document: wording.Document, row: PlanAction) -> list[Any]:
    number = deck.numbers.get(row.action_code)
    titles = wording.question_titles(document)
    return [
        {"number": str(number)} if number else None,
        row.title,
        titles.get(row.question_code, _("Your own action")),
        str(row.get_horizon_display()),
        str(row.get_computed_horizon_display()),
        row.reason,
        row.owner,
        *(_day(day) for day in (row.start_on, row.review_on, row.finished_on)),
        str(row.get_progress_display()),
        row.progress_note,
        row.measure,
        row.baseline,
        row.risks,
        ", ".join(str(number) for number in deck.before(row)),
        wording.cost_label(document, row.cost_band),
        *(_money(sum_) for sum_ in (row.cost_low, row.cost, row.cost_high, row.grant)),
        *(_money(sum_) for sum_ in (row.benefit_low, row.yearly_benefit, row.benefit_high, row.running_cost)),
        *_lines(row.money),
    ]


def _lines(lines: MoneyLines | None) -> list[Any]:
    if lines is None:
        return [None] * 4
    if not lines.pays_back:
        return [_money(lines.net_cost), _("does not pay back"), None, None]
    return [
        _money(lines.net_cost),
        {"number": str(lines.payback_months)},
        None if lines.return_percent is None else {"number": str(lines.return_percent)},
        _money(lines.npv),
    ]


def _day(day: date | None) -> dict[str, str] | None:
    return {"day": day.isoformat()} if day else None


def _money(amount: Decimal | None) -> dict[str, str] | None:
    return {"money": f"{amount:f}"} if amount is not None else None

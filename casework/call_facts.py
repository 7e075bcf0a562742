"""A call's settings as they stand, in words: for its page among the windows and budgets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from casework.call_forms import PARTS
from funding import call_wording
from portal.dates import long_date
from portal.money import money_text
from programmes import actions
from programmes.models import Call
from programmes.wording import category_list, terms


@dataclass(frozen=True)
class Part:
    """One group of settings; `code` names its page (casework.call_forms.PARTS)."""

    code: str
    title: str
    lines: list[str]
    may_change: bool


def parts(call: Call, *, has_begun: bool) -> list[Part]:
    lines = {
        "budget": [_share(row, call.currency) for row in call.budget_lines] or [_("Nothing is said of who pays it.")],
        "approval": call_wording.approval(call),
        "course": [
            *call_wording.assessment(call),
            *call_wording.partners(call),
            *call_wording.claiming(call),
            *call_wording.deadlines(call),
        ],
        "criteria": [
            _("%(title)s: %(weight)s") % {"title": row["title"], "weight": row["weight"]} for row in call.criteria
        ],
        "terms": list(_terms(call)),
    }
    return [
        Part(code, str(form.title), lines[code], _is_open(call, form.changes, has_begun))
        for code, form in PARTS.items()
    ]


def _terms(call: Call) -> Iterator[str]:
    yield from (f"{text}." for text in terms(call.terms, call.currency))
    yield _("What it pays for: %(kinds)s.") % {"kinds": category_list(",".join(call.terms["categories"]))}


def _share(row: dict[str, Any], currency: str) -> str:
    told = {"funder": row["funder"], "amount": money_text(Decimal(row["amount"]), currency)}
    if not (row.get("from") and row.get("to")):
        return _("%(funder)s: %(amount)s") % told
    days = {name: long_date(date.fromisoformat(row[name])) for name in ("from", "to")}
    return _("%(funder)s, %(from)s to %(to)s: %(amount)s") % {**told, **days}


def _is_open(call: Call, fields: tuple[str, ...], has_begun: bool) -> bool:
    """Whether these fields may still change (programmes.actions.change_call)."""
    if call.is_draft:
        return True
    if set(fields) & set(actions.BEFORE_PUBLISHING):
        return False
    return not (has_begun and set(fields) & set(actions.BEFORE_APPLICATIONS))

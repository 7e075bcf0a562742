"""What people answer on the pages, kept as plain JSON, and the API's facts that it means.

Keys: `postcode`, `local_authority`, `sic_code`, `legal_form`, `employees`, `turnover`, `balance_sheet`, `group` (yes,
no), `firms` (by key: `who`, `share`, `percent` and three figures), `aid` (yes, no), `aids` (by key: `on` as a day or a
year, `amount`, `basis`) and `committed` (yes, no). Every value may be "unknown"; figures are text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from eligibility import headroom
from eligibility.sizing import EXEMPT_HOLDERS

UNKNOWN = "unknown"
YES_NO = {"yes": True, "no": False}
FIGURES = ("employees", "turnover", "balance_sheet")

# Who the other firm is: answers to `who`, with the kind of holder that the size rules know.
HOLDERS = {
    "firm": "enterprise",
    "ours": "enterprise",
    "public_body": "public_body",
    "university": "university",
    "investor": "venture_capital",
    "person": "person",
}
QUARTER, HALF = "quarter", "half"
# "More than half" without the figure: any share over the half counts in full.
OVER_HALF = "50.01"


def given(value: Any) -> str | None:
    """The answer, or None for "I do not know"."""
    return None if value in (None, UNKNOWN) else str(value)


def needs_figures(firm: Mapping[str, Any]) -> bool:
    """Whether a firm's people and money can change the answer: not a person's, nor those of who leaves a firm free."""
    kind = HOLDERS.get(firm["who"])
    return not (
        kind in (None, "person") or firm["share"] == UNKNOWN or (kind in EXEMPT_HOLDERS and firm["share"] == QUARTER)
    )


def is_complete(firm: Mapping[str, Any]) -> bool:
    return not needs_figures(firm) or all(key in firm for key in FIGURES)


def facts_from(answers: Mapping[str, Any], *, on: date, basis: str | None) -> dict[str, Any]:
    """The API's facts from the answers of the pages; what nobody knows is left out.

    `basis` is that of the programme's aid rule, whose window decides what the year alone of earlier support says.
    """
    names = ("postcode", "local_authority", "legal_form", *FIGURES)
    facts: dict[str, Any] = {name: found for name in names if (found := given(answers.get(name))) is not None}
    if code := given(answers.get("sic_code")):
        facts["sic_codes"] = [code]
    if answers.get("group") == "no":
        facts |= {"partners": [], "linked": []}
    elif answers.get("group") == "yes" and answers.get("firms"):
        facts |= _group(list(answers["firms"].values()))
    if answers.get("aid") == "no":
        facts["aid_received"] = []
    elif answers.get("aid") == "yes" and answers.get("aids"):
        facts["aid_received"] = [_aid(entry, on, basis) for entry in answers["aids"].values()]
    if answers.get("committed") in YES_NO:
        facts["already_committed"] = YES_NO[answers["committed"]]
    return facts


def _group(firms: list[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """A firm on either side of more than half is linked; everybody else is a partner, of a share not known too."""
    found: dict[str, list[dict[str, Any]]] = {"partners": [], "linked": []}
    for firm in firms:
        figures = {key: given(firm.get(key)) for key in FIGURES}
        kind = HOLDERS.get(firm["who"])
        if kind == "enterprise" and firm["share"] == HALF:
            found["linked"].append(figures)
            continue
        percent = OVER_HALF if firm["share"] == HALF else given(firm.get("percent"))
        # Without knowing who it is, nothing may be counted and nothing left out.
        found["partners"].append({"percent": percent if kind else None, "holder_kind": kind, **figures})
    return found


def _aid(entry: Mapping[str, Any], on: date, basis: str | None) -> dict[str, Any]:
    return {"date": _day(entry["on"], on, basis), "amount": given(entry["amount"]), "basis": given(entry["basis"])}


def _day(text: str, on: date, basis: str | None) -> str | None:
    """The day of an entry. Of a year the last one that may be meant, unless it lies on both sides of the window."""
    if len(text) != len("2026"):
        return given(text)
    first, last = date(int(text), 1, 1), min(date(int(text), 12, 31), on)
    if basis and first < headroom.window_from(basis, on) <= last:
        return None
    return last.isoformat()

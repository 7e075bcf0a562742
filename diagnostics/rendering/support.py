"""Money and people that fit the plan, as its PDF prints them: plain JSON of diagnostics.matched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from diagnostics.matched import MatchedExpert, MatchedInstrument
from portal.dates import long_date

MOST_TITLES = 4


def of_instruments(matched: Sequence[MatchedInstrument]) -> dict[str, Any]:
    """Each instrument with its rules and what they say; those that are open, and of them those no rule refuses."""
    found = [_instrument(each) for each in matched]
    return {
        "support": found,
        "support_open": [item for item in found if item["is_open"]],
        "support_closed": [item for item in found if not item["is_open"]],
        "support_likely": [item for item in found if item["is_open"] and item["outcome"] != "fail"],
        "gives_money": any(item["gives_money"] for item in found),
    }


def _instrument(each: MatchedInstrument) -> dict[str, Any]:
    marks = {"pass": _("yes"), "fail": _("no"), "unknown": _("not known yet")}
    return {
        "name": each.name,
        "summary": each.summary,
        "url": each.url,
        "gives_money": each.gives_money,
        "is_open": each.is_open,
        "outcome": each.outcome,
        "actions": _some(each.actions),
        "rules": [
            {"name": rule.name, "outcome": rule.outcome, "mark": marks[rule.outcome], "reason": rule.reason}
            for rule in each.findings
        ],
        "terms": each.terms,
        "amount": each.amount,
        "match": each.match,
        "timing": each.timing,
        "is_example": each.example_terms,
        "checked": long_date(each.checked_on),
        "facts_from": long_date(each.facts_from),
    }


def _some(titles: Sequence[str]) -> list[str]:
    """The first few, and how many more there are."""
    more = len(titles) - MOST_TITLES
    return [*titles[:MOST_TITLES], *([_("and %(count)d more") % {"count": more}] if more > 0 else [])]


def of_experts(matched: Sequence[MatchedExpert]) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "summary": each.summary,
            "kinds": list(each.kinds),
            "actions": _some(each.actions),
            "where": each.where,
            "language": each.language,
            "ask": each.what_to_ask,
            "link": each.link,
            "is_waiting": each.is_waiting,
            "is_demo": each.is_demo,
            "reach": each.email or each.url,
            "checked": long_date(each.checked_on),
        }
        for each in matched
    ]

"""What the public page of one call shows: money, dates, how long a decision takes, terms and criteria."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q

from funding import call_wording
from funding.figures import budget_of
from funding.models import GrantApplication
from programmes.models import Call, Programme
from programmes.reading import Reader
from programmes.wording import CATEGORY_NAMES, terms
from reporting.indicators import Median

FEWEST_DECISIONS = 5
"""Fewer tell nothing of the usual time to a decision."""
FEWEST_ANSWERS = 10
"""Fewer would tell the answer to one firm."""
DAY = timedelta(days=1)


def context(call: Call, at: datetime) -> dict[str, Any]:
    """Everything the page shows. At most four queries, the programme's words and instruments read before."""
    programme = call.instrument.programme
    reader = Reader(programme.words())
    money = budget_of(call)
    return {
        "programme": programme,
        "header_name": programme.local_name,
        "call": call,
        "name": reader.say(f"call.{call.slug}.name", call.name),
        "support": reader.say(f"instrument.{call.instrument.slug}.name", call.instrument.name),
        "summary": reader.say(f"instrument.{call.instrument.slug}.summary", call.instrument.summary),
        "is_open": call.is_open(at),
        "is_coming": call.opens_at > at,
        "is_joinable": programme.can_be_joined,
        "zone": programme.time_zone.replace("_", " "),
        "money": money,
        "left": max(money.left, Decimal(0)).to_integral_value(ROUND_DOWN),
        **experience(call),
        "terms": terms(call.terms, call.currency),
        "kinds": [CATEGORY_NAMES[code] for code in CATEGORY_NAMES if code in call.terms["categories"]],
        "criteria": _criteria(call, reader) if call.reviews_needed else [],
        "assessment": [*call_wording.assessment(call), *call_wording.deadlines(call)],
        "partners": call_wording.partners(call),
        "claiming": list(call_wording.claiming(call)),
        "shares": [_share(row, programme, reader) for row in call.budget_lines],
    }


def experience(call: Call) -> dict[str, int | None]:
    """`days` that half of the decisions took at most, `success` per cent of them that were offers; None for too few.

    A refusal that is looked at again counts when it is decided anew. One query.
    """
    decided = GrantApplication.objects.filter(
        call=call, case__is_test=False, status__in=[GrantApplication.Status.APPROVED, GrantApplication.Status.DECLINED]
    )
    took = ExpressionWrapper(F("decided_at") - F("submitted_at"), DurationField())
    found = decided.aggregate(
        median=Median(took), count=Count("pk"), offers=Count("pk", filter=Q(status=GrantApplication.Status.APPROVED))
    )
    count = found["count"]
    return {
        "days": -(-found["median"] // DAY) if count >= FEWEST_DECISIONS else None,
        "success": round(100 * found["offers"] / count) if count >= FEWEST_ANSWERS else None,
    }


def _criteria(call: Call, reader: Reader) -> list[dict[str, Any]]:
    """With the weight as a share of all weights, in per cent."""
    whole = sum(row["weight"] for row in call.criteria)
    return [
        {
            "title": reader.say(f"call.{call.slug}.{row['code']}.title", row["title"]),
            "help": reader.say(f"call.{call.slug}.{row['code']}.help", row["help"]),
            "percent": round(100 * row["weight"] / whole),
        }
        for row in call.criteria
    ]


def _share(row: dict[str, Any], programme: Programme, reader: Reader) -> dict[str, Any]:
    """A funder that is a partner of the programme is called as it is there."""
    names = {partner["name"]: f"partner.{index}.name" for index, partner in enumerate(programme.partners)}
    funder = row["funder"]
    said = reader.say(names[funder], funder) if funder in names else reader.as_written(funder)
    days = {name: date.fromisoformat(row[name]) for name in ("from", "to") if row.get(name)}
    return {"funder": said, "amount": Decimal(row["amount"]), **days}

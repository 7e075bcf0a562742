"""`GET /open/calls.json`: every published call with its money, for whoever lists funding."""

from datetime import datetime
from decimal import Decimal

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from ninja import Router, Schema

from funding.figures import budgets
from programmes.models import Programme

router = Router(tags=["Open data"])


class CallOut(Schema):
    programme: str
    instrument: str
    slug: str
    name: str
    url: str
    opens_at: datetime
    closes_at: datetime
    open: bool
    currency: str
    budget: Decimal
    left: Decimal
    waiting: int
    terms: dict


@router.get("/calls.json", response=list[CallOut], auth=None, summary="Calls with their terms and the money left")
def calls(request: HttpRequest):
    """Calls of all programmes that are open or in preview, past ones included; drafts are nobody's yet."""
    now = timezone.now()
    programmes = list(Programme.objects.listed().values_list("pk", flat=True))
    return [
        {
            "programme": row.call.instrument.programme.slug,
            "instrument": row.call.instrument.slug,
            "slug": row.call.slug,
            "name": row.call.name,
            "url": request.build_absolute_uri(
                reverse("reporting:call", args=[row.call.instrument.programme.slug, row.call.slug])
            ),
            "opens_at": row.call.opens_at,
            "closes_at": row.call.closes_at,
            "open": row.call.is_open(now),
            "currency": row.currency,
            "budget": row.budget,
            "left": max(row.left, Decimal(0)),
            "waiting": row.waiting,
            "terms": row.call.terms,
        }
        for row in budgets(programmes)
    ]

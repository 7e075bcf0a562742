"""The public calculator `POST /funding/quote`. It stores nothing."""

from decimal import Decimal
from typing import Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from portal.api_types import Day, Errors, Flag, Money, Refused, Strict, Text, Whole
from programmes import matching, wording
from programmes.models import Programme

router = Router(tags=["Calculators"])

MOST_LINES = 500

Category = Literal[matching.CATEGORIES]  # type: ignore[valid-type]
FirmSize = Literal[*matching.FIRM_SIZES, "unknown"]  # type: ignore[valid-type]
Limit = Literal[matching.LIMITS]  # type: ignore[valid-type]


class LineIn(Strict):
    category: Category
    net: Money
    vat: Money | None = None
    vat_recoverable: Flag | None = None
    eligible: Flag | None = None


class ProjectIn(Strict):
    trl_start: Whole | None = None
    trl_end: Whole | None = None
    months: Whole | None = None
    has_research_partner: Flag | None = None


class QuoteIn(Strict):
    programme: Text
    instrument: Text
    on: Day | None = None
    firm_size: FirmSize | None = None
    lines: list[LineIn] = Field(max_length=MOST_LINES)
    requested: Money | None = None
    aid_headroom: Money | None = None
    budget_left: Money | None = None
    project: ProjectIn | None = None


class FindingOut(Schema):
    rule: str
    outcome: Literal["pass", "fail", "refer"]
    reason: str


class QuoteOut(Schema):
    accepted: bool
    eligible: str
    grant: str | None
    limit: Limit | None
    match: str | None
    applicant_pays: str | None
    effective_percent: str | None
    findings: list[FindingOut]


def _terms(payload: QuoteIn) -> matching.GrantTerms:
    """The instrument's terms in force on the day asked for; refuses what is not on offer."""
    programme = Programme.objects.listed().filter(slug=payload.programme).first()
    if programme is None:
        raise Refused("body", "programme", message="There is no programme with this slug")
    version = programme.terms_on(payload.on or programme.local_date(timezone.now()))
    terms = version.document.get("terms", {}).get(payload.instrument)
    if terms is None:
        raise Refused("body", "instrument", message="This programme has no grant with this slug")
    return matching.GrantTerms.from_data({"currency": programme.currency, **terms})


def _line(line: LineIn) -> matching.Line:
    return matching.Line(
        category=line.category,
        net=line.net,
        vat=line.vat or Decimal(0),
        vat_recoverable=line.vat_recoverable is not False,
        eligible=line.eligible is not False,
    )


@router.post("/quote", response={200: QuoteOut, 422: Errors}, auth=None, summary="What would a project be granted?")
def quote(request: HttpRequest, payload: QuoteIn):
    """The same sum as on the application's pages. Whether the call is open is not asked."""
    terms = _terms(payload)
    project = matching.Project(**dict(payload.project)) if payload.project else None
    found = matching.quote(
        terms,
        [_line(line) for line in payload.lines],
        firm_size=None if payload.firm_size == "unknown" else payload.firm_size,
        requested=payload.requested,
        aid_headroom=payload.aid_headroom,
        budget_left=payload.budget_left,
        project=project,
    )
    return {
        "accepted": found.accepted,
        "eligible": _text(found.eligible),
        "limit": found.limit,
        **{name: _text(getattr(found, name)) for name in ("grant", "match", "applicant_pays", "effective_percent")},
        "findings": [
            {"rule": one.rule, "outcome": one.outcome.value, "reason": wording.reason(one, terms.currency)}
            for one in found.findings
        ],
    }


def _text(amount):
    return None if amount is None else f"{amount:f}"

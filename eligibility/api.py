"""The public calculator `POST /eligibility/check`. It stores nothing."""

from typing import Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from eligibility import actions, rules, wording
from eligibility.facts import FactProblem, FactsIn
from portal.api_types import Day, Errors, Refused, Strict, Text
from programmes.models import Programme

router = Router(tags=["Calculators"])

Verdict = Literal["eligible", "not_eligible", "refer"]


class CheckIn(Strict):
    programme: Text
    on: Day | None = None
    facts: FactsIn


class SizeOut(Schema):
    category: Literal["micro", "small", "medium", "not_sme", "unknown"]
    employees: str | None
    turnover: str | None
    balance_sheet: str | None


class HeadroomOut(Schema):
    basis: str
    limit: str
    counted: str | None
    left: str | None
    window_from: str


class RuleOut(Schema):
    rule: str
    outcome: Literal["pass", "fail", "refer"]
    reason: str
    value: str
    limit: str


class StrandOut(Schema):
    instrument: str
    outcome: Verdict
    missing: list[str]


class CheckOut(Schema):
    outcome: Verdict
    rules_version: str
    size: SizeOut
    headroom: HeadroomOut | None
    findings: list[RuleOut]
    strands: list[StrandOut]


@router.post("/check", response={200: CheckOut, 422: Errors}, auth=None, summary="May this firm get this support?")
def check(request: HttpRequest, payload: CheckIn):
    """The same verdict as on the programme's pages. Every fact may be left out; 0 is a figure."""
    programme = Programme.objects.listed().defer("loaded").filter(slug=payload.programme).first()
    if programme is None:
        raise Refused("body", "programme", message="There is no programme with this slug")
    on = payload.on or programme.local_date(timezone.now())
    try:
        facts = payload.facts.facts(country=programme.country)
    except FactProblem as error:
        raise Refused("body", "facts", *error.path, message=error.message) from error
    verdict = rules.check(actions.rules_on(programme, on), facts, on=on)
    elsewhere = programme.words().localised("next.{index}", programme.next_places, "name", "what")
    return wording.answer(verdict, places_to_go=elsewhere)

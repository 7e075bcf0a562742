"""Making a check that is kept: the public pages' answers become facts, the facts a verdict, frozen with its words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from eligibility import rules, wording
from eligibility.facts import FactsIn, plain
from eligibility.models import EligibilityCheck
from organisations import places
from programmes.models import Programme, Region

UNKNOWN = "unknown"
_YES_NO = {"yes": True, "no": False}


def facts_from(answers: Mapping[str, Any], *, day: str, basis: str) -> dict[str, Any]:
    """The API's facts from the answers of the pages; what nobody knows is left out.

    `day` and `basis` stand for earlier aid, of which the pages ask the sum only.
    """
    kept = {key: value for key, value in answers.items() if value not in (None, UNKNOWN)}
    facts: dict[str, Any] = {
        key: kept[key]
        for key in ("postcode", "local_authority", "legal_form", "employees", "turnover", "balance_sheet")
        if key in kept
    }
    if "sic_code" in kept:
        facts["sic_codes"] = [kept["sic_code"]]
    if kept.get("group") == "no":
        facts |= {"partners": [], "linked": []}
    if kept.get("aid") == "no":
        facts["aid_received"] = []
    elif "aid_amount" in kept:
        facts["aid_received"] = [{"date": day, "amount": kept["aid_amount"], "basis": basis}]
    if "committed" in kept:
        facts["already_committed"] = _YES_NO[kept["committed"]]
    return facts


@transaction.atomic(durable=True)
def record(
    *, programme: Programme, answers: Mapping[str, Any], newest: EligibilityCheck | None = None, at: datetime
) -> EligibilityCheck:
    """Check the answers of the pages under the rules of the day and keep the result.

    `newest` is the check this visitor has made before; the same answers on the same day under the same rules give it
    back, so that a second click makes no second check.
    """
    on = programme.local_date(at)
    version = programme.terms_on(on)
    rule_set = rules.RuleSet.from_data(version.eligibility, version=str(version))
    given = FactsIn.model_validate(facts_from(answers, day=on.isoformat(), basis=rule_set.aid_basis))
    facts = given.facts(country=programme.country)
    answer = wording.answer(rules.check(rule_set, facts, on=on), places_to_go=programme.next_places)
    kept = {**plain(facts, given), "in_group": _YES_NO.get(str(answers.get("group")))}
    made = newest and (newest.facts, newest.rules_version, programme.local_date(newest.created_at))
    if newest and made == (kept, rule_set.version, on):
        return newest
    return EligibilityCheck.objects.create(
        programme=programme,
        region=_region(programme, facts),
        rules_version=rule_set.version,
        facts=kept,
        outcome=answer["outcome"],
        size=answer["size"],
        findings=answer["findings"],
        strands=answer["strands"],
        created_at=at,
    )


def _region(programme: Programme, facts: rules.Facts) -> Region | None:
    """The region of the authority, or the one that every authority of the postcode lies in."""
    codes = [facts.local_authority] if facts.local_authority else []
    if not codes and facts.postcode:
        codes = [place.code for place in places.candidates(facts.postcode, programme.country)]
    found = {region for region in programme.regions.all() if set(codes) & set(region.local_authorities)}
    return found.pop() if len(found) == 1 else None

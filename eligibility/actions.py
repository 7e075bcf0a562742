"""Making a check that is kept: the public pages' answers become facts, the facts a verdict, frozen with its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from eligibility import rules, wording
from eligibility.answers import YES_NO, facts_from
from eligibility.facts import FactsIn, plain
from eligibility.models import EligibilityCheck
from organisations import places
from programmes.models import Instrument, Programme, ProgrammeVersion, Region, read_words

# Kinds of support that a firm takes up by itself: no reason to send it to another programme.
OPEN_KINDS = frozenset({Instrument.Kind.ENTITLEMENT, Instrument.Kind.SIGNPOST})


def rules_on(programme: Programme, on: date) -> rules.RuleSet:
    """The programme's rules in force on `on`; its strands' questions and its rules' sources in the active language."""
    return _rule_set(programme, programme.terms_on(on))


def _rule_set(programme: Programme, version: ProgrammeVersion) -> rules.RuleSet:
    found = rules.RuleSet.from_data(version.eligibility, version=str(version))
    words = programme.words()
    strands = tuple(
        replace(strand, asks=tuple(words.translated(ask) for ask in strand.asks)) for strand in found.strands
    )
    sources = {rule: {**source, "text": words.translated(source["text"])} for rule, source in found.sources.items()}
    return replace(found, strands=strands, sources=sources)


@transaction.atomic(durable=True)
def record(
    *, programme: Programme, answers: Mapping[str, Any], newest: EligibilityCheck | None = None, at: datetime
) -> EligibilityCheck:
    """Check the answers of the pages under the rules of the day and keep the result in the active language.

    `newest` is the check this visitor has made before; the same answers on the same day under the same rules in the
    same language give it back, so that a second click makes no second check.
    """
    on = programme.local_date(at)
    rule_set = rules_on(programme, on)
    given = FactsIn.model_validate(facts_from(answers, on=on, basis=rule_set.aid_basis))
    facts = given.facts(country=programme.country)
    kept = {**plain(facts, given), "in_group": YES_NO.get(str(answers.get("group")))}
    language = get_language() or programme.languages[0]
    made = newest and (newest.facts, newest.rules_version, programme.local_date(newest.created_at), newest.language)
    if newest and made == (kept, rule_set.version, on, language):
        return newest
    answer = wording.answer(
        rules.check(rule_set, facts, on=on),
        places_to_go=_places_to_go(programme, facts, on),
        sources=rule_set.sources,
        names={support.slug: support.local_name for support in programme.instruments.all()},
    )
    return EligibilityCheck.objects.create(
        programme=programme,
        region=_region(programme, facts),
        rules_version=rule_set.version,
        facts=kept,
        outcome=answer["outcome"],
        size=answer["size"],
        findings=answer["findings"],
        strands=answer["strands"],
        headroom=answer["headroom"],
        language=language,
        created_at=at,
    )


def _places_to_go(programme: Programme, facts: rules.Facts, on: date) -> list[dict[str, Any]]:
    """Other programmes here that may help this firm come before the places the programme names."""
    what = _("it covers the place where your work will happen.")
    others = [{"name": other.local_name, "what": what} for other in _fitting(programme, facts, on)]
    return [*others, *programme.words().localised("next.{index}", programme.next_places, "name", "what")]


def other_programmes(check: EligibilityCheck, *, on: date) -> list[Programme]:
    """Other programmes here, of the same country, that the facts of `check` do not rule out on `on`."""
    given = FactsIn.model_validate({key: value for key, value in check.facts.items() if key != "in_group"})
    return _fitting(check.programme, given.facts(country=check.programme.country), on)


def _fitting(programme: Programme, facts: rules.Facts, on: date) -> list[Programme]:
    listed = Programme.objects.listed().filter(country=programme.country, applicants=programme.applicants)
    others = list(listed.exclude(pk=programme.pk).prefetch_related("versions", "instruments"))
    read_words(others)
    return [other for other in others if _may_help(other, facts, on)]


def _may_help(other: Programme, facts: rules.Facts, on: date) -> bool:
    """Whether anything that one applies for in this programme may still fit."""
    versions = sorted(other.versions.all(), key=lambda version: version.valid_from)
    due = [version for version in versions if version.valid_from <= on]
    verdict = rules.check(_rule_set(other, (due or versions[:1])[-1]), facts, on=on)
    open_to_all = {support.slug for support in other.instruments.all() if support.kind in OPEN_KINDS}
    return any(
        strand.outcome != rules.NOT_ELIGIBLE and strand.instrument not in open_to_all for strand in verdict.strands
    )


def _region(programme: Programme, facts: rules.Facts) -> Region | None:
    """The region of the authority, or the one that every authority of the postcode lies in."""
    codes = [facts.local_authority] if facts.local_authority else []
    if not codes and facts.postcode:
        codes = [place.code for place in places.candidates(facts.postcode, programme.country)]
    found = {region for region in programme.regions.all() if set(codes) & set(region.local_authorities)}
    return found.pop() if len(found) == 1 else None

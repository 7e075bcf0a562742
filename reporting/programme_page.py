"""What the public page of one programme shows, in the visitor's language; only what the programme has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.contrib.staticfiles import finders

from diagnostics.places import Places, places_of
from funding.figures import CallBudget, budgets
from portal.money import CURRENCIES
from programmes import wording as terms_wording
from programmes.models import Instrument, Programme, Region
from programmes.reading import Reader, Said
from reporting import benchmark_page, wording
from reporting.indicators import PublicFigures, public_figures

MOST_AREAS = 8
"""More names than that tell less than their number."""
MOST_OFFERS = 5
"""So many of a programme's offers stand on the home page."""


@dataclass(frozen=True)
class Offer:
    """One kind of support. `terms` are sentences, `most` the largest grant in words; `places` null is no cap."""

    instrument: Instrument
    name: Said
    summary: Said
    terms: list[str] = field(default_factory=list)
    most: str = ""
    places: Places | None = None


@dataclass(frozen=True)
class Group:
    code: str
    title: str
    offers: list[Offer]

    @property
    def is_ours(self) -> bool:
        """Whether the programme itself gives it."""
        return self.code in wording.FROM_US


@dataclass(frozen=True)
class CallRow:
    name: Said
    money: CallBudget

    @property
    def left(self) -> Decimal:
        """What is left in whole units: nobody plans with the pence."""
        return self.money.left.to_integral_value(ROUND_DOWN)


@dataclass(frozen=True)
class Area:
    """Where a programme works: its country, and its areas by name when they are few."""

    country: str
    names: list[Said]
    count: int


def area(programme: Programme, reader: Reader) -> Area:
    regions: list[Region] = sorted(programme.regions.all(), key=lambda region: region.position)
    named = [reader.say(f"region.{region.slug}.name", region.name) for region in regions]
    country = str(wording.COUNTRIES.get(programme.country, programme.country))
    return Area(country, named if len(named) <= MOST_AREAS else [], len(named))


def offers(
    programme: Programme, reader: Reader, terms: Mapping[str, Any] | None = None, places: Places | None = None
) -> list[Offer]:
    """The instruments in order; `terms` by slug are those of the rules in force."""
    return [
        _offer(row, reader, (terms or {}).get(row.slug), places)
        for row in sorted(programme.instruments.all(), key=lambda row: (row.position, row.name))
    ]


def _offer(row: Instrument, reader: Reader, terms: Mapping[str, Any] | None, places: Places | None) -> Offer:
    currency = row.programme.currency
    return Offer(
        row,
        reader.say(f"instrument.{row.slug}.name", row.name),
        reader.say(f"instrument.{row.slug}.summary", row.summary),
        terms_wording.terms(terms, currency) if terms else [],
        terms_wording.most(terms, currency) if terms and row.gives_money else "",
        places if row.kind == Instrument.Kind.DIAGNOSTIC and row.places is not None else None,
    )


def groups(found: list[Offer]) -> list[Group]:
    by_kind = [
        Group(code, str(title), [offer for offer in found if offer.instrument.kind in kinds])
        for code, title, kinds in wording.GROUPS
    ]
    return [group for group in by_kind if group.offers]


def context(programme: Programme, at: datetime) -> dict[str, Any]:
    """Everything the page shows. At most ten queries."""
    reader = Reader(programme.words())
    version = programme.terms_on(programme.local_date(at))
    terms = version.document.get("terms", {})
    places = places_of([programme.pk]).get(programme.pk)
    shown = offers(programme, reader, terms, places)
    kinds = {offer.instrument.kind for offer in shown}
    calls = [
        CallRow(reader.say(f"call.{row.call.slug}.name", row.call.name), row)
        for row in budgets([programme.pk])
        if row.call.closes_at > at
    ]
    grouped = groups(shown)
    return {
        "programme": programme,
        "name": reader.say("programme.name", programme.name),
        "summary": reader.say("programme.summary", programme.summary),
        "header_name": programme.local_name,
        "languages": wording.languages(programme.languages),
        "area": area(programme, reader),
        "for_organisations": programme.applicants == Programme.Applicants.ORGANISATIONS,
        "for_whom": wording.for_whom(version.eligibility, programme.currency),
        "is_anywhere": version.eligibility.get("places") is None,
        "gains": [offer for group in grouped if group.is_ours for offer in group.offers],
        "groups": grouped,
        **{group.code: len(group.offers) for group in grouped if not group.is_ours},
        "has_example_terms": any(offer.instrument.example_terms for offer in shown),
        "places": places,
        "open_calls": [row for row in calls if row.money.call.is_open(at)],
        "coming_calls": [row for row in calls if not row.money.call.is_open(at)],
        "has_benchmark": benchmark_page.snapshot_of(programme, programme.local_date(at)) is not None,
        "figures": public_figures([programme.pk], at).get(programme.pk, PublicFigures()),
        "answer_days": wording.promised_days(programme, "application") if programme.takes_applications else None,
        "promises": wording.promises(programme, kinds),
        "steps": wording.steps(programme, kinds),
        "gives_money": any(offer.instrument.gives_money for offer in shown),
        **_good_to_know(programme, shown),
        **_behind(programme, reader),
    }


def card(programme: Programme, places: Places | None, figures: PublicFigures) -> dict[str, Any]:
    """What the home page shows of one programme. No query, its words and instruments read before."""
    reader = Reader(programme.words())
    shown = offers(programme, reader, places=places)
    return {
        "programme": programme,
        "name": reader.say("programme.name", programme.name),
        "summary": reader.say("programme.summary", programme.summary),
        "area": area(programme, reader),
        "offers": shown[:MOST_OFFERS],
        "more": max(0, len(shown) - MOST_OFFERS),
        "for_organisations": programme.applicants == Programme.Applicants.ORGANISATIONS,
        "places": places,
        "figures": figures,
        "promise": wording.promised_days(programme, "application") if programme.takes_applications else None,
    }


def _good_to_know(programme: Programme, shown: list[Offer]) -> dict[str, Any]:
    """Window, what combines with what, how long records are kept: dates as dates, shares as Decimal."""
    joined = [offer for offer in shown if offer.instrument.needs_case]
    names = {offer.instrument.slug: offer.name for offer in joined}
    together = [[names[slug] for slug in group if slug in names] for group in programme.combine or []]
    is_all = programme.combine is None or any(len(group) == len(joined) for group in together)
    window = programme.delivery
    held_back = Decimal(programme.retention.get("held_back_percent", "0"))
    return {
        "delivery": {key: date.fromisoformat(day) for key, day in window.items()} if window else None,
        "combines": [group for group in together if len(group) > 1],
        "all_combine": is_all and len(joined) > 1,
        "records_years": programme.retention.get("records_years"),
        "held_back": held_back or None,
    }


def _behind(programme: Programme, reader: Reader) -> dict[str, Any]:
    """Who and what is behind the programme: partners, money, generations, work packages, targets; where else to go."""
    partners = reader.rows("partner.{index}", programme.partners, "name", proper=True)
    for partner in partners:
        partner["logo"] = partner.get("logo") if finders.find(partner.get("logo") or "-") else ""
    return {
        "partners": wording.partners(partners),
        "budget": [
            {"currency": programme.currency, **row}
            for row in reader.rows("budget.{index}", programme.budget, "source", "period", "note")
        ],
        "generations": reader.rows("generation.{index}", programme.generations, "name", "period", "note"),
        "work_packages": [
            {**row, "number": row["code"] if row["code"].isupper() else ""}
            for row in reader.rows("work_package.{code}", programme.work_packages, "name", "text")
        ],
        **_targets(programme, reader),
        "next_places": reader.rows("next.{index}", programme.next_places, "name", "what", proper=True),
    }


def _targets(programme: Programme, reader: Reader) -> dict[str, Any]:
    """The targets; where they come from once, when it is the same for all of them."""
    rows = [
        _as_written(row, reader, "unit") for row in reader.rows("target.{code}", programme.targets, "name", "source")
    ]
    for row in rows:
        row["currency"] = row["unit"] if row["unit"] in CURRENCIES else ""
    sources = {row["source"] for row in rows}
    return {"targets": rows, "targets_source": rows[0]["source"] if len(sources) == 1 else ""}


def _as_written(row: Mapping[str, Any], reader: Reader, *names: str) -> dict[str, Any]:
    """The row with these texts marked as being in the main language."""
    return {**row, **{name: reader.as_written(row.get(name) or "") for name in names}}

"""A change of a project under way: its facts gathered for the pure rules, and what it leaves in force."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from funding import quoting, rules
from funding.models import Award, Claim, ClaimLine, Partner, Variation
from funding.rules import variations
from funding.rules.partners import Row
from funding.rules.variations import Move, Span, Why
from portal.dates import long_date
from portal.money import money_text
from programmes.wording import CATEGORY_NAMES

Kind = Variation.Kind


def rows_of(award: Award) -> list[Row]:
    """The budget in force for the pure rules."""
    return [
        Row(row["partner"], row["category"], Decimal(row["eligible"]), Decimal(row["grant"])) for row in award.budget
    ]


def as_budget(rows: list[Row]) -> list[dict[str, Any]]:
    return [
        {"partner": row.key, "category": row.category, "eligible": str(row.eligible), "grant": str(row.grant)}
        for row in rows
    ]


def claimed(award: Award) -> dict[variations.Place, Decimal]:
    """Costs in claims sent and not turned down, by who claims them and their kind: as accepted, else as asked."""
    found: dict[variations.Place, Decimal] = {}
    gone = [Claim.Status.DRAFT, Claim.Status.REJECTED, Claim.Status.WITHDRAWN]
    lines = ClaimLine.objects.filter(claim__award=award).exclude(claim__status__in=gone).select_related("claim")
    for line in lines:
        place = (line.claim.partner_id, line.category)
        cost = line.cost if line.accepted is None else line.accepted
        found[place] = found.get(place, Decimal(0)) + cost
    return found


def owed(award: Award) -> Decimal:
    """What agreed claims of the award come to, paid or not."""
    agreed = Claim.objects.owed().filter(award=award)
    return sum((claim.payable or Decimal(0) for claim in agreed), Decimal(0))


def move_of(asked: dict[str, Any]) -> Move:
    one = asked["moves"][0]
    return Move(one["partner"], one["from"], one["to"], Decimal(one["amount"]))


def moved_before(award: Award) -> Decimal:
    agreed = award.variations.filter(kind=Kind.VIREMENT, status=Variation.Status.AGREED)
    return sum((move_of(one.asked).amount for one in agreed), Decimal(0))


def terms_of(award: Award) -> Any:
    return quoting.terms_of(award.call, award.application.terms)


def percent_of(award: Award) -> Decimal:
    """Of the costs that count, the most that may be moved between kinds in the life of the project."""
    given = award.claim_terms.get("virement_percent")
    return variations.VIREMENT_PERCENT if given in (None, "") else Decimal(str(given))


def refused(award: Award, kind: str, asked: dict[str, Any], today: date) -> list[Why]:
    """Why the change cannot be agreed to as things stand; empty when it can."""
    if kind == Kind.DATES:
        return _dates(award, asked, today)
    if kind == Kind.VIREMENT:
        move = move_of(asked)
        found = variations.virement(
            rows_of(award), move, terms=terms_of(award), percent=percent_of(award), moved_before=moved_before(award),
            claimed=claimed(award),
        )  # fmt: skip
        return found or ([] if _moved(award, move) else [Why.TERMS])
    if kind == Kind.PARTNER:
        return _partner(award, asked)
    if kind == Kind.TERMINATION:
        waiting = Claim.objects.filter(award=award, status__in=Claim.OPEN).count()
        return variations.end(date.fromisoformat(asked["on"]), today=today, ends=award.ends_on, open_claims=waiting)
    return []


def _dates(award: Award, asked: dict[str, Any], today: date) -> list[Why]:
    wanted = Span(date.fromisoformat(asked["starts_on"]), date.fromisoformat(asked["ends_on"]))
    return variations.dates(
        wanted, stands=Span(award.starts_on, award.ends_on), today=today,
        window=rules.window(award.application.case.programme.delivery), most_months=terms_of(award).months,
        has_claims=award.claims.exclude(status__in=[Claim.Status.REJECTED, Claim.Status.WITHDRAWN]).exists(),
    )  # fmt: skip


def _moved(award: Award, move: Move) -> list[Row]:
    application = award.application
    sizes: dict[int | None, str | None] = {None: quoting.firm_size_of(application.case)}
    sizes |= {partner.pk: partner.size.get("category") for partner in application.partners.all()}
    return variations.moved(rows_of(award), move, terms=terms_of(award), sizes=sizes)


def _partner(award: Award, asked: dict[str, Any]) -> list[Why]:
    others = [one for one in quoting.partners_of(award.application) if one.pk != asked["partner"]]
    if len(others) == len(quoting.partners_of(award.application)):
        return [Why.NOT_IN_BUDGET]
    research = any(one.kind == Partner.Kind.RESEARCH for one in others)
    return [Why.RESEARCH] if terms_of(award).research_partner and not research else []


def budget_after(award: Award, kind: str, asked: dict[str, Any]) -> list[Row]:
    """The budget once the change is in force."""
    if kind == Kind.VIREMENT:
        return _moved(award, move_of(asked))
    if kind == Kind.PARTNER:
        return variations.without(rows_of(award), asked["partner"], claimed(award))
    return rows_of(award)


def grant_after(award: Award, kind: str, asked: dict[str, Any]) -> Decimal:
    """What the award comes to once the change is in force."""
    if kind == Kind.TERMINATION:
        return owed(award)
    if kind not in (Kind.VIREMENT, Kind.PARTNER):
        return award.committed
    return min(award.committed, sum((row.grant for row in budget_after(award, kind, asked)), Decimal(0)))


def in_words(why: Why, award: Award) -> str:
    """The reason for the person who asked."""
    window = rules.window(award.application.case.programme.delivery)
    facts = {
        "percent": percent_of(award).normalize(),
        "months": terms_of(award).months,
        "first": long_date(window[0]) if window else "",
        "last": long_date(window[1]) if window else "",
        "ends": long_date(award.ends_on) if award.ends_on else "",
    }
    words = {
        Why.SAME: _("This changes nothing."),
        Why.IN_ORDER: _("The project must end after it starts."),
        Why.START_PAST: _("A new first day must be today or later."),
        Why.START_CLAIMED: _("You have claimed costs already, so the first day stays."),
        Why.END_PAST: _("The last day must be today or later."),
        Why.WINDOW: _("Projects of this programme end between %(first)s and %(last)s."),
        Why.TOO_LONG: _("A project may last %(months)s months at most."),
        Why.NOT_IN_BUDGET: _("There is not that much in your costs as they stand."),
        Why.NOT_PAID_FOR: _("This funding does not pay for costs of this kind."),
        Why.CLAIMED: _("You have claimed these costs already."),
        Why.LIMIT: _("In all, %(percent)s%% of your costs may be moved. This would be more."),
        Why.TERMS: _("With these costs your project would no longer fit the terms of this funding."),
        Why.RESEARCH: _("This funding needs a research partner, and no other would be left."),
        Why.OPEN_CLAIMS: _("Claims are open. They are settled before the project ends."),
        Why.AFTER_END: _("The project ends on %(ends)s anyway."),
    }
    return words[why] % facts


def facts(award: Award, kind: str, asked: dict[str, Any], before: dict[str, Any]) -> list[dict[str, str]]:
    """The change for a page or letter: {name, before, after} in the active language, `before` empty where none is."""
    if kind == Kind.DATES:
        return [
            {"name": name, "before": _day(before.get(key)), "after": _day(asked[key])}
            for name, key in ((_("First day"), "starts_on"), (_("Last day"), "ends_on"))
            if before.get(key) != asked[key]
        ]
    if kind == Kind.VIREMENT:
        move = move_of(asked)
        sums = {row["category"]: Decimal(row["eligible"]) for row in before["budget"] if row["partner"] == move.key}
        return [
            {
                "name": str(CATEGORY_NAMES[category]),
                "before": money_text(sums.get(category, Decimal(0)), award.currency),
                "after": money_text(sums.get(category, Decimal(0)) + change, award.currency),
            }
            for category, change in ((move.source, -move.amount), (move.target, move.amount))
        ]
    if kind == Kind.PARTNER:
        return [{"name": _("Partner who leaves"), "before": "", "after": asked["name"]}]
    if kind == Kind.SCOPE:
        return [{"name": _("What is done instead"), "before": "", "after": asked["text"]}]
    return [{"name": _("Last day"), "before": _day(before.get("ends_on")), "after": _day(asked["on"])}]


def _day(text: str | None) -> str:
    return long_date(date.fromisoformat(text)) if text else ""

"""A change of a project under way: its facts gathered for the pure rules, and what it leaves in force."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from funding import quoting, rules
from funding.models import Award, Claim, ClaimLine, Partner, Variation
from funding.rules import variations
from funding.rules.decisions import last_day_to_appeal
from funding.rules.partners import Row
from funding.rules.variations import Move, Span, Why
from portal.dates import long_date
from portal.money import money_text
from programmes.matching import FIRM_SIZES, rate_for
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
    partners = quoting.partners_of(award.application)
    others = [one for one in partners if one.pk != asked["partner"]]
    if len(others) == len(partners):
        return [Why.NOT_IN_BUDGET]
    new = next_of(award, asked)
    if "new" in asked and (new is None or not is_ready(award, new)):
        return [Why.NEXT_MISSING]
    research = any(one.kind == Partner.Kind.RESEARCH for one in [*others, *([new] if new else [])])
    return [Why.RESEARCH] if terms_of(award).research_partner and not research else []


def next_of(award: Award, asked: dict[str, Any]) -> Partner | None:
    """Who is to take the partner's place; None when nobody is, or it has declined."""
    rows = Partner.objects.answering().filter(application=award.application_id, pk=asked.get("new") or 0)
    return rows.select_related("replaces", "organisation", "contact").first()


def is_ready(award: Award, new: Partner) -> bool:
    """It has completed its part, and confirmed what is asked of its aid where its part is aid to it."""
    return new.status == Partner.Status.DONE and (bool(new.aid_confirmed_at) or not new.aid_words)


def handed_over(award: Award, new: Partner) -> list[Row]:
    """The budget with `new` in its place, at the rates of its size."""
    rows, size = rows_of(award), new.size.get("category")
    terms, known = terms_of(award), size if size in FIRM_SIZES else None
    rates = {row.category: rate_for(terms, row.category, known) for row in rows}
    return variations.handed_over(rows, new.replaces_id, new.pk, claimed(award), rates)


def to_take_over(award: Award, new: Partner) -> list[dict[str, Any]]:
    """The part that waits for it, for its page: {name, eligible, grant} by kind of cost."""
    return [
        {"name": CATEGORY_NAMES[row.category], "eligible": row.eligible, "grant": row.grant}
        for row in handed_over(award, new)
        if row.key == new.pk
    ]


def waits_for(award: Award, change: Variation, new: Partner | None) -> str:
    """How far the new partner is, for the firm that asked."""
    name = {"name": change.asked["new_name"]}
    if new is None:
        return _("%(name)s does not take the place. Take this back and ask again with another.") % name
    if is_ready(award, new):
        return _("%(name)s has told us all we need.") % name
    words = {
        Partner.Status.INVITED: _("%(name)s has not answered the invitation yet."),
        Partner.Status.ACCEPTED: _("%(name)s is filling in its part."),
        Partner.Status.DONE: _("%(name)s still has to confirm its public support."),
    }
    return words[Partner.Status(new.status)] % name


def appeal_by(change: Variation) -> date | None:
    """The last day to ask for another look at an end that staff decided."""
    if change.decided_at is None:
        return None
    programme = change.award.application.case.programme
    return last_day_to_appeal(programme.local_date(change.decided_at), change.award.call.appeal_days)


def budget_after(award: Award, kind: str, asked: dict[str, Any]) -> list[Row]:
    """The budget once the change is in force."""
    if kind == Kind.VIREMENT:
        return _moved(award, move_of(asked))
    if kind == Kind.PARTNER:
        new = next_of(award, asked)
        return handed_over(award, new) if new else variations.without(rows_of(award), asked["partner"], claimed(award))
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
        Why.NEXT_MISSING: _("The new partner has not completed its part and confirmed its public support."),
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
        leaves = {"name": _("Partner who leaves"), "before": "", "after": asked["name"]}
        takes = {"name": _("Partner who takes its place"), "before": "", "after": asked.get("new_name", "")}
        return [leaves, takes] if "new" in asked else [leaves]
    if kind == Kind.SCOPE:
        return [{"name": _("What is done instead"), "before": "", "after": asked["text"]}]
    return [{"name": _("Last day"), "before": _day(before.get("ends_on")), "after": _day(asked["on"])}]


def _day(text: str | None) -> str:
    return long_date(date.fromisoformat(text)) if text else ""

"""A project whose costs several organisations bear: what each may be granted, who is tied to whom, who may take part.

Each one's costs are helped at the rate of its own size and within its own room for aid; caps, what is asked for and
the budget hold for the project as a whole. What they leave is shared by largest remainder, so that the parts add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import combinations
from typing import Any

from funding.rules import PENNY, Answer, Cost, answer, split
from organisations.identifiers import name_key
from programmes import matching
from programmes.matching import FORMS

HUNDRED = Decimal(100)


# --- The grant ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Bearer:
    """One who bears costs: `key` is None for the firm that applies. `aid_headroom` None does not limit it."""

    key: int | None
    firm_size: str | None = None
    aid_headroom: Decimal | None = None


@dataclass(frozen=True)
class Row:
    """One bearer's costs of one kind that count, and the part of the grant that goes to them."""

    key: int | None
    category: str
    eligible: Decimal
    grant: Decimal


@dataclass(frozen=True)
class Share:
    """What one bearer's part comes to; `pays` is what it bears itself of all its costs."""

    key: int | None
    total: Decimal
    eligible: Decimal
    grant: Decimal
    pays: Decimal


@dataclass(frozen=True)
class Together:
    """The whole as one answer, and what it rests on; no rows and shares where nothing can be granted."""

    answer: Answer
    rows: tuple[Row, ...] = ()
    shares: tuple[Share, ...] = ()


def together(
    terms: matching.GrantTerms,
    costs: Sequence[tuple[int | None, Cost]],
    bearers: Sequence[Bearer],
    *,
    requested: Decimal | None = None,
    budget_left: Decimal | None = None,
    project: matching.Project | None = None,
) -> Together:
    """The grant for costs that each have their bearer's key; the first of `bearers` is the firm that applies.

    With one bearer it is the plain answer, with the grant split over its kinds of cost. With several, more cost never
    lowers the grant unless several share a kind of cost that has a cap of its own.
    """
    lead = bearers[0]
    plain = answer(
        terms, [cost for _key, cost in costs], firm_size=lead.firm_size, requested=requested,
        aid_headroom=lead.aid_headroom, budget_left=budget_left, project=project,
    )  # fmt: skip
    if not plain.quote.accepted or plain.quote.grant is None:
        return Together(plain)
    rows = [row for bearer in bearers for row in _rows_by_rate(terms, costs, plain, bearer)]
    if len(bearers) == 1:
        rows, _limit = _limited(terms, rows, bearers, requested=None, budget_left=None)
        rows = _cut(rows, plain.quote.grant, grown=True)
    else:
        rows, limit = _limited(terms, rows, bearers, requested=requested, budget_left=budget_left)
        plain = replace(plain, quote=_whole(plain.quote, sum((row.grant for row in rows), Decimal(0)), limit))
    return Together(plain, tuple(rows), tuple(_share(bearer.key, costs, rows) for bearer in bearers))


def _rows_by_rate(
    terms: matching.GrantTerms, costs: Sequence[tuple[int | None, Cost]], plain: Answer, bearer: Bearer
) -> list[Row]:
    """What the rates alone give one bearer for each kind of cost, rounded down to the penny."""
    found: dict[str, list[matching.Line]] = {}
    for (key, cost), why in zip(costs, plain.refused, strict=True):
        if key == bearer.key and why is None:
            line = matching.Line(cost.category, cost.net, cost.vat, cost.vat_recoverable)
            found.setdefault(cost.category, []).append(line)
    rates = matching.GrantTerms(
        terms.currency, terms.categories, rate=terms.rate, category_rates=terms.category_rates
    )  # fmt: skip
    rows = []
    for category, lines in found.items():
        quote = matching.quote(rates, lines, firm_size=bearer.firm_size)
        rows.append(Row(bearer.key, category, quote.eligible, quote.grant or Decimal(0)))
    return rows


def _limited(
    terms: matching.GrantTerms,
    rows: list[Row],
    bearers: Sequence[Bearer],
    *,
    requested: Decimal | None,
    budget_left: Decimal | None,
) -> tuple[list[Row], str]:
    """The rows within every limit, and the one that set the sum."""
    limit = "rate"
    for category, cap in terms.category_caps.items():
        rows, was_cut = _cut_some(rows, [row.category == category for row in rows], cap)
        limit = "category_cap" if was_cut else limit
    for bearer in bearers:
        if bearer.aid_headroom is not None:
            rows, was_cut = _cut_some(rows, [row.key == bearer.key for row in rows], bearer.aid_headroom)
            limit = "aid_headroom" if was_cut else limit
    over_all = {"cap": terms.cap, "requested": requested, "budget_left": budget_left}
    known = {name: max(amount, Decimal(0)) for name, amount in over_all.items() if amount is not None}
    if known:
        lowest = min(known, key=lambda name: (known[name], matching.LIMITS.index(name)))
        rows, was_cut = _cut_some(rows, [True] * len(rows), known[lowest])
        limit = lowest if was_cut else limit
    return rows, limit


def _cut_some(rows: list[Row], chosen: Sequence[bool], most: Decimal) -> tuple[list[Row], bool]:
    """The chosen rows lowered together so that they do not exceed `most`; whether that was needed."""
    most = max(most, Decimal(0)).quantize(PENNY, ROUND_DOWN)
    some = [row for row, is_one in zip(rows, chosen, strict=True) if is_one]
    if sum((row.grant for row in some), Decimal(0)) <= most:
        return rows, False
    lowered = iter(_cut(some, most))
    return [next(lowered) if is_one else row for row, is_one in zip(rows, chosen, strict=True)], True


def _cut(rows: Sequence[Row], amount: Decimal, *, grown: bool = False) -> list[Row]:
    """The rows with grants that add up to `amount`, in proportion; `grown`: it may be a few pennies more than now."""
    weights = [row.grant for row in rows]
    if grown and not any(weights):
        weights = [row.eligible for row in rows]
    return [replace(row, grant=grant) for row, grant in zip(rows, split(amount, weights), strict=True)]


def _whole(quote: matching.Quote, grant: Decimal, limit: str) -> matching.Quote:
    return replace(
        quote, grant=grant, limit=limit, match=quote.eligible - grant, applicant_pays=quote.total - grant,
        effective_percent=(grant * HUNDRED / quote.eligible).quantize(PENNY, ROUND_HALF_UP),
    )  # fmt: skip


def _share(key: int | None, costs: Sequence[tuple[int | None, Cost]], rows: Sequence[Row]) -> Share:
    lines = [matching.Line(c.category, c.net, c.vat, c.vat_recoverable) for bearer, c in costs if bearer == key]
    total = sum((line.cost for line in lines), Decimal(0)).quantize(PENNY, ROUND_DOWN)
    own = [row for row in rows if row.key == key]
    grant = sum((row.grant for row in own), Decimal(0))
    return Share(key, total, sum((row.eligible for row in own), Decimal(0)), grant, total - grant)


# --- Who may take part --------------------------------------------------------------------------
def against_terms(
    form: str, terms: Mapping[str, Any], shares: Mapping[int | None, Decimal]
) -> list[tuple[str, dict[str, str]]]:
    """What a call's `partner_terms` say no to, as (code, values); `shares` are the eligible costs of each bearer.

    Codes: `form` (not offered), `missing` (a joint form without a partner), `most` (too many partners, `most` there
    may be), `most_percent` (`key` bears more than `most_percent` of what counts).
    """
    partners = [key for key in shares if key is not None]
    found: list[tuple[str, dict[str, str]]] = []
    if form not in forms_of(terms):
        found.append(("form", {}))
    if form != "SINGLE" and not partners:
        found.append(("missing", {}))
    most = terms.get("most")
    if most is not None and len(partners) > int(most):
        found.append(("most", {"most": str(most)}))
    whole = sum(shares.values(), Decimal(0))
    share = terms.get("most_percent")
    if share is not None and partners and whole:
        for key, cost in shares.items():
            if cost * HUNDRED > whole * Decimal(str(share)):
                found.append(("most_percent", {"key": "" if key is None else str(key), "most_percent": str(share)}))
    return found


def forms_of(terms: Mapping[str, Any]) -> tuple[str, ...]:
    """The forms of application that a call takes, in the usual order; without terms firms ask alone."""
    offered = terms.get("forms") or ["SINGLE"]
    return tuple(form for form in FORMS if form in offered)


# --- Ties between those who take part -----------------------------------------------------------
class Tie(StrEnum):
    """How two who take part are one, or may be. The first three are known and stand in the way."""

    NUMBER = "number"
    GROUP = "group"
    DECLARED = "declared"
    NAME = "name"
    POSTCODE = "postcode"
    EMAIL = "email"


KNOWN = (Tie.NUMBER, Tie.GROUP, Tie.DECLARED)


@dataclass(frozen=True)
class Party:
    """One who takes part, as far as it is known; `group` are the ids of its group of organisations."""

    name: str
    country: str = ""
    number: str = ""
    postcode: str = ""
    email: str = ""
    group: frozenset[int] = frozenset()
    declares_ties: bool = False


def ties(parties: Sequence[Party], *, open_mail: frozenset[str] = frozenset()) -> list[tuple[int, int, Tie]]:
    """Pairs (index, index, how) of those who are not independent of each other, each pair by its strongest sign.

    `open_mail` are domains where anybody may have an address. A declared tie counts towards the firm that applies,
    the first of `parties`.
    """
    found = []
    for (first, one), (second, other) in combinations(enumerate(parties), 2):
        if tie := _tie(one, other, open_mail, declared=first == 0 and other.declares_ties):
            found.append((first, second, tie))
    return found


def _tie(one: Party, other: Party, open_mail: frozenset[str], *, declared: bool) -> Tie | None:
    if one.number and (one.country, one.number) == (other.country, other.number):
        return Tie.NUMBER
    if one.group & other.group:
        return Tie.GROUP
    if declared:
        return Tie.DECLARED
    if name_key(one.name) == name_key(other.name):
        return Tie.NAME
    if one.postcode and _plain(one.postcode) == _plain(other.postcode):
        return Tie.POSTCODE
    domain = _domain(one.email)
    return Tie.EMAIL if domain and domain == _domain(other.email) and domain not in open_mail else None


def _plain(postcode: str) -> str:
    return "".join(postcode.upper().split())


def _domain(email: str) -> str:
    return email.rpartition("@")[2].casefold()

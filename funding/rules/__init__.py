"""What funding adds to the terms of a call: which costs came too soon, the length of a project, scores and last days.

Work begun before the offer cannot be helped with: support has to change what the firm does (for EU aid Regulation
651/2014 Article 6; national programmes have the same rule).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from organisations.identifiers import name_key
from programmes import matching

PENNY = Decimal("0.01")
TOP_SCORE = 10


class Why(StrEnum):
    """Why a cost does not count."""

    COMMITTED = "committed"
    FUNDED_ELSEWHERE = "funded_elsewhere"
    CATEGORY = "category"


@dataclass(frozen=True)
class Cost:
    """One budget line as the firm gave it, in the call's currency."""

    category: str
    net: Decimal
    vat: Decimal = Decimal(0)
    vat_recoverable: bool = True
    is_committed: bool = False
    is_funded_elsewhere: bool = False


@dataclass(frozen=True)
class Answer:
    """The quote, and for each cost in the order given why it does not count (None when it does)."""

    quote: matching.Quote
    refused: tuple[Why | None, ...]


def why_not(cost: Cost, terms: matching.GrantTerms) -> Why | None:
    if cost.is_committed:
        return Why.COMMITTED
    if cost.is_funded_elsewhere:
        return Why.FUNDED_ELSEWHERE
    return None if cost.category in terms.categories else Why.CATEGORY


def answer(
    terms: matching.GrantTerms,
    costs: Sequence[Cost],
    *,
    firm_size: str | None = None,
    requested: Decimal | None = None,
    aid_headroom: Decimal | None = None,
    budget_left: Decimal | None = None,
    project: matching.Project | None = None,
) -> Answer:
    """The grant for these costs under `terms`; amounts that are None do not limit it."""
    refused = tuple(why_not(cost, terms) for cost in costs)
    lines = [
        matching.Line(
            category=cost.category,
            net=cost.net,
            vat=cost.vat,
            vat_recoverable=cost.vat_recoverable,
            # A cost of a kind that is not paid for is found, and told, by the terms themselves.
            eligible=why in {None, Why.CATEGORY},
        )
        for cost, why in zip(costs, refused, strict=True)
    ]
    quote = matching.quote(
        terms, lines, firm_size=firm_size, requested=requested, aid_headroom=aid_headroom, budget_left=budget_left,
        project=project,
    )  # fmt: skip
    return Answer(quote, refused)


@dataclass(frozen=True)
class Claim:
    """A cost as another application may claim it too; `files` are the SHA-256 of its quotes."""

    supplier: str
    description: str
    amount: Decimal
    files: frozenset[str] = frozenset()


def paid_twice(own: Sequence[Claim], others: Sequence[Claim]) -> list[tuple[int, int, bool]]:
    """Pairs (index in `own`, index in `others`, whether a quote's file is the same) of costs that are one cost.

    They are one when a quote is the same file, or when supplier, description and amount are the same; capitals and
    spaces do not make a difference, and a cost without a supplier is only known by its file.
    """
    return [
        (mine, other, bool(claim.files & theirs.files))
        for mine, claim in enumerate(own)
        for other, theirs in enumerate(others)
        if claim.files & theirs.files or _named_alike(claim, theirs)
    ]


def _named_alike(one: Claim, other: Claim) -> bool:
    def key(claim: Claim) -> tuple[str, str, Decimal]:
        return _plain(claim.supplier), _plain(claim.description), claim.amount

    return bool(_plain(one.supplier)) and key(one) == key(other)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def window(delivery: Mapping[str, str] | None) -> tuple[date, date] | None:
    """First and last day on which a project may end; None where the programme sets no window."""
    if not delivery:
        return None
    return date.fromisoformat(delivery["from"]), date.fromisoformat(delivery["to"])


def months_between(start: date, end: date) -> int:
    """Length in months of a project from `start` up to and including `end`, a month begun counting as one.

    1 March to 31 March is one month, 1 March to 1 April two.
    """
    after = end + timedelta(days=1)
    whole = (after.year - start.year) * 12 + after.month - start.month
    return whole + 1 if after.day > start.day else whole


def weighted_score(criteria: Sequence[Mapping[str, Any]], scores: Mapping[str, int]) -> Decimal:
    """Points out of 100, rounded half up to two places: each criterion's score out of 10 by its weight.

    `criteria` have `code` and `weight` (1 where left out); every one must be scored (KeyError).
    """
    weights = {criterion["code"]: Decimal(str(criterion.get("weight", 1))) for criterion in criteria}
    whole = sum(weights.values(), Decimal(0))
    if not whole:
        return Decimal("0.00")
    points = sum((Decimal(scores[code]) * weight for code, weight in weights.items()), Decimal(0))
    return (points * 100 / (whole * TOP_SCORE)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` over the weights to the penny by largest remainder, ties to the first; the parts add up to it.

    No weight at all gives it to the first.
    """
    whole = sum(weights, Decimal(0))
    if not whole:
        return [amount if place == 0 else Decimal(0) for place in range(len(weights))]
    exact = [amount * weight / whole for weight in weights]
    parts = [part.quantize(PENNY, ROUND_DOWN) for part in exact]
    short = int((amount - sum(parts, Decimal(0))) / PENNY)
    for place in sorted(range(len(weights)), key=lambda place: (parts[place] - exact[place], place))[:short]:
        parts[place] += PENNY
    return parts


def last_day_to_accept(offered_on: date, days: int) -> date:
    return offered_on + timedelta(days=days)


def fingerprint(facts: Mapping[str, Any]) -> str:
    """SHA-256 of plain JSON facts, the same whatever the order of their keys."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


SAME_NUMBER, SAME_NAME = "number", "name"


def same_business(supplier: str, name: str, number: str) -> str:
    """How a supplier, as a firm wrote it, is the business of that name and company number; empty when it is not.

    The number anywhere in the text is enough; else the names must be alike without legal form, accents and
    punctuation, as organisations are compared everywhere. A different number in the text does not clear a name.
    """
    words = {word for word in re.split(r"[^A-Z0-9]+", supplier.upper()) if word}
    if number and number.upper() in words:
        return SAME_NUMBER
    # A number beside the name is no part of it.
    key = name_key(re.sub(r"\(?\b[A-Z]{0,2}\d{6,8}\b\)?", " ", supplier, flags=re.IGNORECASE))
    return SAME_NAME if key and key == name_key(name) else ""

"""What a claim pays: both methods, what is held back, caps, periods, what stops a claim, and an award's ledger.

Everything is worked out from the beginning of the project: what the costs accepted so far are worth, less what earlier
claims were worth. So roundings never add up, and the claims of an award can never come to more than the award.

Two methods are in use: at the offer's rate a cheaper project keeps the leverage that was
promised; at the scheme's rate it keeps the percentage of the scheme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Self

from funding.rules import PENNY, split

NOTHING = Decimal(0)
HUNDRED = Decimal(100)
OFFER_RATE, SCHEME_RATE = "offer_rate", "scheme_rate"
MONTHS = 3
"""Between two claims where a call says nothing."""


@dataclass(frozen=True)
class Terms:
    """How a grant is claimed; percentages out of 100."""

    method: str = OFFER_RATE
    months: int = MONTHS
    retention_percent: Decimal = NOTHING
    """Held back of each claim until the final one."""
    cap_percent: Decimal = HUNDRED
    """Most of the grant that is paid before the final claim."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Of what an award froze; what is left out has the default."""
        known: dict[str, Any] = {name: data[name] for name in ("method", "months") if data.get(name)}
        for name in ("retention_percent", "cap_percent"):
            if data.get(name) not in (None, ""):
                known[name] = Decimal(str(data[name]))
        return cls(**known)


@dataclass(frozen=True)
class Row:
    """One kind of cost of one party's budget in force; `rate` is the scheme's percentage for it."""

    category: str
    eligible: Decimal
    grant: Decimal
    rate: Decimal = HUNDRED


@dataclass(frozen=True)
class Before:
    """What the claims agreed so far came to: accepted cost by category, grant on it, and what of that is paid out."""

    accepted: Mapping[str, Decimal] = field(default_factory=dict)
    gross: Decimal = NOTHING
    payable: Decimal = NOTHING


@dataclass(frozen=True)
class Worth:
    """What one claim comes to. `payable` = `gross` - `retained` + `released`.

    `limit` names what kept the grant low: "category" (its budget is used up), "award", "cap", or nothing.
    """

    claimed: Decimal
    accepted: Decimal
    gross: Decimal
    retained: Decimal
    released: Decimal
    payable: Decimal
    limit: str


def entitlement(terms: Terms, rows: Sequence[Row], accepted: Mapping[str, Decimal]) -> tuple[Decimal, str]:
    """The grant on all costs accepted so far, rounded down to the penny, and what limits it.

    A kind of cost counts up to its budget in force; more needs a change of the project first. At the offer's rate each
    kind brings its share of the grant, at the scheme's rate its percentage; neither brings more than the grant.
    """
    whole = sum((row.grant for row in rows), NOTHING)
    earned, limit = NOTHING, ""
    for row in rows:
        cost = accepted.get(row.category, NOTHING)
        if cost > row.eligible:
            cost, limit = row.eligible, "category"
        if terms.method == SCHEME_RATE:
            earned += cost * row.rate / HUNDRED
        elif row.eligible:
            earned += cost * row.grant / row.eligible
    if any(cost for category, cost in accepted.items() if category not in {row.category for row in rows}):
        limit = "category"
    if earned > whole:
        earned, limit = whole, "award"
    return earned.quantize(PENNY, ROUND_DOWN), limit


def worth(
    terms: Terms,
    rows: Sequence[Row],
    before: Before,
    costs: Mapping[str, Decimal],
    *,
    claimed: Decimal | None = None,
    is_final: bool = False,
) -> Worth:
    """What `costs` (accepted, by category) of one claim come to after the claims `before` it.

    `claimed` is what was asked, where less was accepted. The final claim pays out all that was held back.
    """
    accepted = sum(costs.values(), NOTHING)
    together = {name: before.accepted.get(name, NOTHING) + cost for name, cost in costs.items()}
    earned, limit = entitlement(terms, rows, {**before.accepted, **together})
    gross = max(earned - before.gross, NOTHING)
    whole = sum((row.grant for row in rows), NOTHING)
    if is_final:
        # A change of the project may have lowered the grant below what was agreed and held back.
        released = max(min(before.gross, whole) - before.payable, NOTHING)
        retained, payable = NOTHING, gross + released
    else:
        room = (whole * terms.cap_percent / HUNDRED).quantize(PENNY, ROUND_DOWN) - before.payable
        released = NOTHING
        payable = gross - (gross * terms.retention_percent / HUNDRED).quantize(PENNY, ROUND_HALF_UP)
        if payable > max(room, NOTHING):
            payable, limit = max(room, NOTHING), "cap"
        retained = gross - payable
    return Worth(
        claimed=accepted if claimed is None else claimed, accepted=accepted, gross=gross, retained=retained,
        released=released, payable=payable, limit=limit,
    )  # fmt: skip


# --- Periods --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Period:
    first: date
    last: date


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last day where it is shorter."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def periods(starts: date, ends: date, months: int) -> list[Period]:
    """The project in stretches of `months` months; the last one ends with it."""
    found: list[Period] = []
    first = starts
    while first <= ends:
        following = months_after(starts, months * (len(found) + 1))
        found.append(Period(first, min(following - timedelta(days=1), ends)))
        first = following
    return found


def to_claim(all_periods: Sequence[Period], claimed_to: date | None, today: date, *, is_final: bool) -> Period | None:
    """What the next claim is of: the stretches that have ended and are not claimed; None while there is none.

    A final claim ends today when the project is done before its time.
    """
    open_ = [one for one in all_periods if claimed_to is None or one.last > claimed_to]
    if not open_:
        return None
    first = open_[0].first if claimed_to is None else claimed_to + timedelta(days=1)
    ended = [one.last for one in open_ if one.last < today]
    last = ended[-1] if ended else None
    if is_final:
        last = max(min(today, open_[-1].last), first) if first <= today else None
    return Period(first, last) if last else None


# --- What stops a claim ---------------------------------------------------------------------------
class Stop(StrEnum):
    """Why a claim cannot be sent yet."""

    NO_COSTS = "no_costs"
    NOT_STARTED = "not_started"
    INVOICE = "invoice"
    PROOF = "proof"
    REPORT = "report"
    EARLIER = "earlier"
    MILESTONES = "milestones"
    CONDITIONS = "conditions"


@dataclass(frozen=True)
class Readiness:
    """What is known of a claim when it is to be sent; the last three matter for the final one."""

    costs: int
    without_invoice: int = 0
    without_proof: int = 0
    has_report: bool = True
    is_started: bool = True
    is_final: bool = False
    earlier_open: int = 0
    milestones_left: int = 0
    conditions_left: int = 0


def stops(facts: Readiness) -> list[Stop]:
    """Everything that has to be done first, in the order of the page; the final claim may be one without costs."""
    found = {
        Stop.NOT_STARTED: not facts.is_started,
        Stop.NO_COSTS: not facts.costs and not facts.is_final,
        Stop.INVOICE: bool(facts.without_invoice),
        Stop.PROOF: bool(facts.without_proof),
        Stop.REPORT: not facts.has_report,
        Stop.EARLIER: facts.is_final and bool(facts.earlier_open),
        Stop.MILESTONES: facts.is_final and bool(facts.milestones_left),
        Stop.CONDITIONS: facts.is_final and bool(facts.conditions_left),
    }
    return [stop for stop, holds in found.items() if holds]


# --- The clock ------------------------------------------------------------------------------------
def working_days(first: date, last: date) -> int:
    """Mondays to Fridays after `first` up to and including `last`; public holidays are not known."""
    return sum((first + timedelta(days=step)).weekday() < 5 for step in range(1, (last - first).days + 1))


def answer_by(sent_on: date, days: int, questions: Iterable[tuple[date, date | None]]) -> date | None:
    """The day by which the claim is answered: `days` working days, not counting those while we wait for an answer.

    None while a question (asked, answered) is open: the clock stands.
    """
    for asked, answered in questions:
        if answered is None:
            return None
        days += working_days(asked, answered)
    day = sent_on
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


# --- The same invoice -----------------------------------------------------------------------------
def invoice_key(number: str) -> str:
    """An invoice number as it is compared: capitals, letters and digits alone."""
    return "".join(letter for letter in number.upper() if letter.isalnum())


# --- Ledger ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class LedgerRow:
    """One kind of cost: its budget, cost claimed and accepted, and what of the budget is left."""

    category: str
    eligible: Decimal
    grant: Decimal
    claimed: Decimal
    accepted: Decimal

    @property
    def left(self) -> Decimal:
        return max(self.eligible - self.accepted, NOTHING)


@dataclass(frozen=True)
class Ledger:
    """An award in sums: what binds the call, what was claimed and agreed, paid, held back, asked back; what is left."""

    awarded: Decimal
    committed: Decimal
    claimed: Decimal
    """Grant asked for in claims that are sent and not refused, agreed ones included."""
    agreed: Decimal
    paid: Decimal
    held: Decimal
    repaid: Decimal
    to_repay: Decimal

    @property
    def owed(self) -> Decimal:
        """Agreed and not paid yet."""
        return self.agreed - self.paid

    @property
    def left(self) -> Decimal:
        """Of what is committed, not agreed yet; what is held back is in it."""
        return max(self.committed - self.agreed, NOTHING)


def shares(amount: Decimal, lines: Sequence[Mapping[str, Any]], on: date) -> list[dict[str, str]]:
    """Which funder bears what of a payment made `on` that day, by largest remainder: [{funder, amount}].

    `lines` are a call's {funder, from, to, amount}; those whose period holds the day count, or all where none does.
    """
    now = [line for line in lines if line.get("from", "") <= on.isoformat() <= (line.get("to") or "9999")] or lines
    weights: dict[str, Decimal] = {}
    for line in now:
        weights[line["funder"]] = weights.get(line["funder"], NOTHING) + Decimal(line["amount"])
    parts = split(amount, list(weights.values()))
    return [{"funder": funder, "amount": str(part)} for funder, part in zip(weights, parts, strict=True)]

"""Signs of fraud or error, each from plain facts: a finding names the rule, the very thing, and what it rests on.

They never refuse anything: a person looks at each and clears it with a reason (GovS 015 asks for a timely and
proportionate look at the risk of fraud in every grant).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from funding.rules.partners import Tie
from organisations.identifiers import name_key

TRADING = {"active", "open", "registered"}
"""Statuses of the company register that want no look; liquidation, administration and the like do."""
ROUND = Decimal(1000)
"""A single invoice of a whole multiple of this, net, is a round sum."""
LATE_CHANGE = timedelta(days=10)
"""A bank account entered so shortly before a claim is approved is a late change."""


@dataclass(frozen=True)
class Finding:
    """`key` is the same for the same thing however often it is found; `evidence` plain texts by name."""

    rule: str
    key: str
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Firm:
    """What is known of one firm; `people` are the natural persons who own or control it."""

    id: int
    name: str
    address: str = ""
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    register: Mapping[str, object] = field(default_factory=dict)
    sic_codes: tuple[str, ...] = ()


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def of_register(firm: Firm, *, programme_from: date | None) -> list[Finding]:
    """What the company register says that wants a look: young, dormant, late accounts, not trading as usual."""
    found = []
    register = firm.register
    created = str(register.get("created_on") or "")
    if created and programme_from and date.fromisoformat(created) > programme_from:
        facts = {"created_on": created, "programme_from": programme_from.isoformat()}
        found.append(Finding("young_company", created, facts))
    if "99999" in firm.sic_codes:
        found.append(Finding("dormant", "99999", {"sic": "99999"}))
    if register.get("accounts_overdue") is True:
        found.append(Finding("accounts_overdue", str(register.get("asked_at") or "")[:10]))
    status = str(register.get("status") or "")
    if status and status not in TRADING:
        found.append(Finding("not_trading", status, {"status": status}))
    return found


def shared(firm: Firm, others: Iterable[Firm]) -> list[Finding]:
    """Name, address, phone, e-mail or a person in control that another applicant, outside the group, has too."""
    found = []
    for other in others:
        same = [
            ("same_name", name_key(firm.name) if name_key(firm.name) == name_key(other.name) else ""),
            ("same_address", firm.address if firm.address and _plain(firm.address) == _plain(other.address) else ""),
            ("same_phone", ", ".join(sorted(firm.phones & other.phones))),
            ("same_email", ", ".join(sorted(firm.emails & other.emails))),
            ("same_person", ", ".join(sorted(firm.people & other.people))),
        ]
        found += [Finding(rule, str(other.id), {"other": other.name, "value": value}) for rule, value in same if value]
    return found


def linked_suppliers(suppliers: Iterable[str], tied: Iterable[str]) -> list[Finding]:
    """Suppliers who quote or invoice and are, by name, tied to the firm: owners, holdings, the group's other firms."""
    known = {name_key(name): name for name in tied if name_key(name)}
    return [
        Finding("linked_supplier", name_key(supplier), {"supplier": supplier, "tied": known[name_key(supplier)]})
        for supplier in sorted(set(suppliers))
        if name_key(supplier) in known
    ]


def of_ties(found: Iterable[tuple[str, str, Tie]]) -> list[Finding]:
    """Those who take part, or sell to them, and may be one: each pair of names once, by its strongest sign.

    What one declared itself is no sign but known.
    """
    findings: dict[str, Finding] = {}
    for one, other, tie in sorted(found, key=lambda each: list(Tie).index(each[2])):
        key = f"{name_key(one)[:31]}+{name_key(other)[:31]}"
        if tie != Tie.DECLARED:
            findings.setdefault(key, Finding(f"tie_{tie}", key, {"one": one, "other": other}))
    return list(findings.values())


@dataclass(frozen=True)
class Invoice:
    """One line of a claim."""

    id: int
    number: str
    supplier: str
    on: date
    net: Decimal


def of_invoices(invoices: Sequence[Invoice], *, accepted_on: date | None) -> list[Finding]:
    """Invoices dated before the offer was accepted, and several round sums in one claim."""
    found = [
        Finding("invoice_before_offer", str(one.id), {"invoice": one.number, "on": one.on.isoformat()})
        for one in invoices
        if accepted_on and one.on < accepted_on
    ]
    round_ones = [one for one in invoices if one.net and one.net % ROUND == 0]
    if len(round_ones) > 1:
        numbers = ", ".join(one.number for one in round_ones)
        found.append(Finding("round_sums", ",".join(str(one.id) for one in round_ones), {"invoices": numbers}))
    return found


def above_budget(claimed: Mapping[str, Decimal], budget: Mapping[str, Decimal]) -> list[Finding]:
    """Kinds of cost for which more is claimed in all than was planned."""
    found = []
    for category, total in sorted(claimed.items()):
        planned = budget.get(category, Decimal(0))
        if total > planned:
            facts = {"category": category, "claimed": f"{total:.2f}", "planned": f"{planned:.2f}"}
            found.append(Finding("claim_above_quote", category, facts))
    return found


def of_account(holder: str, firm: str, *, others: Sequence[str]) -> list[Finding]:
    """A holder that is not the firm, and other firms with the very same account."""
    found = [Finding("account_shared", name_key(other) or other, {"other": other}) for other in sorted(set(others))]
    if name_key(holder) != name_key(firm):
        found.append(Finding("account_name", name_key(holder), {"holder": holder, "firm": firm}))
    return found


def late_change(entered_on: date, approved_on: date, *, is_change: bool) -> list[Finding]:
    """The account was changed only days before money is due."""
    if is_change and timedelta(0) <= approved_on - entered_on < LATE_CHANGE:
        return [Finding("late_bank_change", entered_on.isoformat(), {"entered_on": entered_on.isoformat()})]
    return []

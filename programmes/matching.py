"""What a project would be granted under the terms of a call: pure arithmetic on plain values.

The same function serves the public calculator, the grant application and the approver. Money is `Decimal`; a grant is
rounded down to the penny, so that no rate is ever exceeded, and what the firm pays is found by subtraction, so that
the parts always add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

PENNY = Decimal("0.01")
HUNDRED = Decimal(100)
CATEGORIES = (
    "capital_equipment",
    "associated_costs",
    "complementary_equipment",
    "software",
    "rto_support",
    "consultancy",
    "upskilling",
    "labour",
    "materials",
    "other",
)
FIRM_SIZES = ("micro", "small", "medium", "not_sme")
FORMS = ("SINGLE", "COLLABORATIVE", "SUPPLY_CHAIN")
"""Forms of application: the firm alone, several who work together, a firm and its suppliers."""
CLAIM_METHODS = ("offer_rate", "scheme_rate")
# The order in which limits that come to the same amount are named.
LIMITS = ("rate", "cap", "requested", "aid_headroom", "budget_left", "category_cap")


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 - an outcome, no password
    FAIL = "fail"
    REFER = "refer"


@dataclass(frozen=True)
class Finding:
    """What one rule found: `code` says which case of the rule it is, for the words of `wording`.

    `value` is what the firm or project has and `limit` what the rule asks, both as plain texts by name.
    """

    rule: str
    outcome: Outcome
    code: str
    value: Mapping[str, str] = field(default_factory=dict)
    limit: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GrantTerms:
    """The terms of a call. Rates are percentages of eligible cost, amounts in `currency`; None is no limit.

    `category_rates` gives a category's own rate by firm size (`any` for every size) and goes before `rate`.
    `minimum_of` and `maximum_of` say what must reach `minimum` and not pass `maximum`: `total` (every line) or
    `eligible` costs.
    """

    currency: str
    categories: frozenset[str]
    rate: Decimal | None = None
    cap: Decimal | None = None
    minimum: Decimal | None = None
    minimum_of: str = "eligible"
    maximum: Decimal | None = None
    maximum_of: str = "eligible"
    category_rates: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    category_caps: Mapping[str, Decimal] = field(default_factory=dict)
    trl: tuple[int, int] | None = None
    months: int | None = None
    research_partner: bool = False

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> GrantTerms:
        """From a call's or version's `terms`, checked when they were loaded (programmes.schema), with `currency`."""
        minimum, maximum = data.get("minimum"), data.get("maximum")
        trl = data.get("trl")
        return cls(
            currency=data["currency"],
            categories=frozenset(data["categories"]),
            rate=_decimal(data.get("rate")),
            cap=_decimal(data.get("cap")),
            minimum=Decimal(minimum["amount"]) if minimum else None,
            minimum_of=minimum["of"] if minimum else "eligible",
            maximum=Decimal(maximum["amount"]) if maximum else None,
            maximum_of=maximum["of"] if maximum else "eligible",
            category_rates={
                category: {size: Decimal(rate) for size, rate in rates.items()}
                for category, rates in data.get("category_rates", {}).items()
            },
            category_caps={category: Decimal(cap) for category, cap in data.get("category_caps", {}).items()},
            trl=(trl["min"], trl["max"]) if trl else None,
            months=data.get("months"),
            research_partner=data.get("research_partner", False),
        )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@dataclass(frozen=True)
class Line:
    """One cost of the budget; VAT that the firm gets back is no cost."""

    category: str
    net: Decimal
    vat: Decimal = Decimal(0)
    vat_recoverable: bool = True
    eligible: bool = True

    @property
    def cost(self) -> Decimal:
        return self.net if self.vat_recoverable else self.net + self.vat


@dataclass(frozen=True)
class Project:
    """What the terms ask of the project; None means not known. TRL is the technology readiness level, 1 to 9."""

    trl_start: int | None = None
    trl_end: int | None = None
    months: int | None = None
    has_research_partner: bool | None = None
    already_committed: bool | None = None


@dataclass(frozen=True)
class Quote:
    """`total` is the cost of every line, `eligible` of those that count. The sums are None unless accepted.

    `match` is the firm's share of eligible costs, `applicant_pays` its share of all costs, `limit` the one of LIMITS
    that set the grant, `effective_percent` the grant as a share of eligible costs.
    """

    accepted: bool
    total: Decimal
    eligible: Decimal
    findings: tuple[Finding, ...]
    grant: Decimal | None = None
    limit: str | None = None
    match: Decimal | None = None
    applicant_pays: Decimal | None = None
    effective_percent: Decimal | None = None


def quote(
    terms: GrantTerms,
    lines: Sequence[Line],
    *,
    firm_size: str | None = None,
    requested: Decimal | None = None,
    aid_headroom: Decimal | None = None,
    budget_left: Decimal | None = None,
    project: Project | None = None,
) -> Quote:
    """The grant for a budget, and every rule's finding. Whether the call is open is not asked.

    The lowest limit sets the grant. A rule that cannot be decided refers and leaves the quote accepted; a rule that
    fails refuses it. `aid_headroom` None means that earlier aid was not checked.
    """
    counted = [line for line in lines if line.eligible and line.category in terms.categories]
    total = sum((line.cost for line in lines), Decimal(0))
    eligible = sum((line.cost for line in counted), Decimal(0))
    findings = (
        *_cost_findings(terms, lines, total=total, eligible=eligible),
        *_project_findings(terms, project or Project()),
        *_size_findings(terms, counted, firm_size),
        _headroom_finding(aid_headroom),
    )
    if any(finding.outcome is Outcome.FAIL for finding in findings):
        return Quote(accepted=False, total=_pence(total), eligible=_pence(eligible), findings=findings)
    limits = {
        **_rate_limits(terms, counted, firm_size),
        "cap": terms.cap,
        "requested": requested,
        "aid_headroom": aid_headroom,
        "budget_left": budget_left,
    }
    known = {name: max(limits[name] or Decimal(0), Decimal(0)) for name in LIMITS if limits.get(name) is not None}
    limit = min(known, key=lambda name: (known[name], LIMITS.index(name)))
    grant = known[limit].quantize(PENNY, ROUND_DOWN)
    return Quote(
        accepted=True,
        total=_pence(total),
        eligible=_pence(eligible),
        findings=findings,
        grant=grant,
        limit=limit,
        match=_pence(eligible - grant),
        applicant_pays=_pence(total - grant),
        effective_percent=(grant * HUNDRED / eligible).quantize(PENNY, ROUND_HALF_UP),
    )


def _pence(amount: Decimal) -> Decimal:
    return amount.quantize(PENNY, ROUND_DOWN)


def rate_for(terms: GrantTerms, category: str, firm_size: str | None) -> Decimal:
    """The percentage paid on a category. A size that is not known gets the lowest of the sizes' rates."""
    rates = terms.category_rates.get(category)
    if rates is None:
        return HUNDRED if terms.rate is None else terms.rate
    if "any" in rates:
        return rates["any"]
    if firm_size is None:
        return min(rates.values())
    return rates.get(firm_size, Decimal(0))


def _rate_limits(terms: GrantTerms, counted: Sequence[Line], firm_size: str | None) -> dict[str, Decimal]:
    costs: dict[str, Decimal] = {}
    for line in counted:
        costs[line.category] = costs.get(line.category, Decimal(0)) + line.cost
    by_rate = {category: cost * rate_for(terms, category, firm_size) / HUNDRED for category, cost in costs.items()}
    limits = {"rate": sum(by_rate.values(), Decimal(0))}
    if terms.category_caps:
        limits["category_cap"] = sum(
            (min(amount, terms.category_caps.get(category, amount)) for category, amount in by_rate.items()), Decimal(0)
        )
    return limits


def _cost_findings(terms: GrantTerms, lines: Sequence[Line], *, total: Decimal, eligible: Decimal) -> list[Finding]:
    findings = []
    if eligible == 0:
        findings.append(Finding("eligible_costs", Outcome.FAIL, "none", {"eligible": "0.00"}))
    else:
        findings.append(Finding("eligible_costs", Outcome.PASS, "some", {"eligible": str(_pence(eligible))}))
    foreign = sorted({line.category for line in lines} - terms.categories)
    if foreign:
        allowed = ",".join(category for category in CATEGORIES if category in terms.categories)
        findings.append(
            Finding(
                "cost_category",
                Outcome.REFER,
                "not_allowed",
                {"categories": ",".join(foreign)},
                {"categories": allowed},
            )
        )
    sizes = {"total": total, "eligible": eligible}
    if terms.minimum is not None:
        findings.append(_size_of_project("minimum_budget", terms.minimum_of, sizes, terms.minimum, at_least=True))
    if terms.maximum is not None:
        findings.append(_size_of_project("maximum_budget", terms.maximum_of, sizes, terms.maximum, at_least=False))
    return findings


def _size_of_project(rule: str, of: str, sizes: Mapping[str, Decimal], limit: Decimal, *, at_least: bool) -> Finding:
    """Whether the project is large or small enough; `of` says which of its `sizes` counts."""
    within = sizes[of] >= limit if at_least else sizes[of] <= limit
    outcome = Outcome.PASS if within else Outcome.FAIL
    return Finding(rule, outcome, of, {"amount": str(_pence(sizes[of]))}, {"amount": str(_pence(limit))})


def _project_findings(terms: GrantTerms, project: Project) -> list[Finding]:
    findings = []
    if terms.trl is not None:
        findings.append(_trl_finding(terms.trl, project.trl_start, project.trl_end))
    if terms.months is not None:
        within = None if project.months is None else project.months <= terms.months
        findings.append(
            _asked("duration", within, {"months": _text(project.months)}, {"months": str(terms.months)}),
        )
    if terms.research_partner:
        findings.append(_asked("research_partner", project.has_research_partner, {}, {}))
    if project.already_committed is not None:
        outcome = Outcome.REFER if project.already_committed else Outcome.PASS
        findings.append(
            Finding("incentive_effect", outcome, "committed" if project.already_committed else "not_committed")
        )
    return findings


def _trl_finding(allowed: tuple[int, int], start: int | None, end: int | None) -> Finding:
    """Start and end lie in the range, and the project does not go back; one known figure can already fail."""
    low, high = allowed
    outside = any(level is not None and not low <= level <= high for level in (start, end))
    known = start is not None and end is not None
    backwards = start is not None and end is not None and end < start
    within = False if outside or backwards else (True if known else None)
    value = {"start": _text(start), "end": _text(end)}
    return _asked("trl", within, value, {"min": str(low), "max": str(high)})


def _asked(rule: str, answer: bool | None, value: Mapping[str, str], limit: Mapping[str, str]) -> Finding:
    if answer is None:
        return Finding(rule, Outcome.REFER, "unknown", value, limit)
    return Finding(rule, Outcome.PASS if answer else Outcome.FAIL, "met" if answer else "not_met", value, limit)


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _size_findings(terms: GrantTerms, counted: Sequence[Line], firm_size: str | None) -> list[Finding]:
    """Only where a rate depends on the firm's size is the size asked for; a size without a rate gets nothing."""
    by_size = [
        rates
        for category in sorted({line.category for line in counted})
        if "any" not in (rates := terms.category_rates.get(category, {"any": HUNDRED}))
    ]
    if not by_size:
        return []
    if firm_size is None:
        return [Finding("firm_size", Outcome.REFER, "unknown")]
    if not any(firm_size in rates for rates in by_size):
        return [Finding("firm_size", Outcome.FAIL, "no_rate", {"size": firm_size})]
    return [Finding("firm_size", Outcome.PASS, "met", {"size": firm_size})]


def _headroom_finding(aid_headroom: Decimal | None) -> Finding:
    if aid_headroom is None:
        return Finding("aid_headroom", Outcome.REFER, "not_checked")
    return Finding("aid_headroom", Outcome.PASS, "checked", {"left": str(_pence(aid_headroom))})

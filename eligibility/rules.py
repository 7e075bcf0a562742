"""May this firm get this support? Facts and a dated rule set in, one finding for each rule out. Pure.

Every fact may be unknown (None). A rule then refers, unless what is known decides already. The words are in `wording`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from eligibility import headroom as aid
from eligibility import sizing
from eligibility.sizing import Accounts, Figures, Holding, Limits, LinkedFirm
from organisations import identifiers, places, sic
from programmes.matching import Finding, Outcome

ELIGIBLE = "eligible"
NOT_ELIGIBLE = "not_eligible"
REFER = "refer"
LEGAL_FORMS = ("company", "llp", "partnership", "sole_trader", "charity", "public_body", "overseas")
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Facts:
    """What is known of a firm. Money is in the programme's currency.

    `sic_codes` are five-digit codes, `postcode` and `local_authority` (a code) say where the work will happen.
    `partners`, `linked` and `aid_received`: None is "not stated", an empty tuple is "none". `accounts` are the firm's
    closed periods. `takeover_on` is the day the firm changed hands.
    """

    company_number: str | None = None
    legal_form: str | None = None
    sic_codes: tuple[str, ...] | None = None
    postcode: str | None = None
    local_authority: str | None = None
    figures: Figures = field(default_factory=Figures)
    accounts: tuple[Accounts, ...] = ()
    partners: tuple[Holding, ...] | None = None
    linked: tuple[LinkedFirm, ...] | None = None
    public_body_percent: Decimal | None = None
    aid_received: tuple[aid.Aid, ...] | None = None
    already_committed: bool | None = None
    takeover_on: date | None = None


@dataclass(frozen=True)
class StrandRule:
    """One kind of support: what it asks on top of the programme's rules."""

    instrument: str
    gives_grant: bool
    sizes: frozenset[str] | None = None
    sectors: tuple[str, ...] | None = None


@dataclass(frozen=True)
class RuleSet:
    """A programme's eligibility rules from one day on.

    `sectors` are SIC section letters or code beginnings; `places` codes of local authorities; `euro_rate` is the euro
    for one unit of `currency`, from the programme's data.
    """

    version: str
    country: str
    currency: str
    euro_rate: Decimal
    limits: Limits
    groups: bool
    two_years: bool
    exclude_public_control: bool
    sectors: tuple[str, ...]
    legal_forms: frozenset[str]
    legal_forms_refer: frozenset[str]
    places: frozenset[str]
    aid_basis: str
    aid_limit: Decimal
    strands: tuple[StrandRule, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any], *, version: str) -> RuleSet:
        """The rules held in a programme version's `eligibility`, checked when they were loaded."""
        size = data["size"]
        return cls(
            version=version,
            country=data["country"],
            currency=data["currency"],
            euro_rate=Decimal(data["euro_rate"]),
            limits=Limits(
                Decimal(size["employees"]), Decimal(size["turnover"]), Decimal(size["balance_sheet"]), size["operator"]
            ),
            groups=size["groups"],
            two_years=size["two_years"],
            exclude_public_control=size["exclude_public_control"],
            sectors=tuple(data["sectors"]),
            legal_forms=frozenset(data["legal_forms"]["allowed"]),
            legal_forms_refer=frozenset(data["legal_forms"]["refer"]),
            places=frozenset(data["places"]),
            aid_basis=data["aid"]["basis"],
            aid_limit=Decimal(data["aid"]["limit"]),
            strands=tuple(
                StrandRule(
                    strand["instrument"],
                    strand["gives_grant"],
                    frozenset(strand["sizes"]) if strand.get("sizes") else None,
                    tuple(strand["sectors"]) if strand.get("sectors") else None,
                )
                for strand in data["strands"]
            ),
        )


@dataclass(frozen=True)
class SizeResult:
    """The EU category with the group's figures; a figure is None when not known."""

    category: str
    employees: Decimal | None
    turnover: Decimal | None
    balance_sheet: Decimal | None


@dataclass(frozen=True)
class StrandVerdict:
    """`open_points` are the findings, the programme's and the strand's own, that keep it from fitting."""

    instrument: str
    outcome: str
    open_points: tuple[Finding, ...]


@dataclass(frozen=True)
class Verdict:
    outcome: str
    rules_version: str
    size: SizeResult
    headroom: aid.Headroom
    findings: tuple[Finding, ...]
    strands: tuple[StrandVerdict, ...]


def check(rules: RuleSet, facts: Facts, *, on: date) -> Verdict:
    """The verdict on `on`: not eligible if any rule fails, else refer if any cannot be decided, else eligible.

    Work already ordered touches only the strands that give grants: it leaves the programme's own outcome alone.
    """
    size_finding, size = _size(rules, facts, on)
    left = aid.headroom(facts.aid_received, basis=rules.aid_basis, limit=rules.aid_limit, on=on)
    base = (
        size_finding,
        _sector("sector", rules.sectors, facts.sic_codes),
        *_place(rules, facts),
        _legal_form(rules, facts.legal_form),
        _aid_headroom(left, rules.currency),
    )
    strands = tuple(_strand(strand, base, facts, size) for strand in rules.strands)
    incentive = _incentive(facts) if any(strand.gives_grant for strand in rules.strands) else ()
    return Verdict(_outcome(base), rules.version, size, left, base + incentive, strands)


def _outcome(findings: Sequence[Finding]) -> str:
    outcomes = {finding.outcome for finding in findings}
    if Outcome.FAIL in outcomes:
        return NOT_ELIGIBLE
    return REFER if Outcome.REFER in outcomes else ELIGIBLE


# --- Size ---------------------------------------------------------------------------------------


def _size(rules: RuleSet, facts: Facts, on: date) -> tuple[Finding, SizeResult]:
    """The programme's own size rule, and the EU category of the same figures."""
    size = _aggregate(facts, _current(facts))
    within = _within(rules, facts, _current(facts))
    name = sizing.category(size, euro_rate=rules.euro_rate)
    two_years = False
    taken_over = facts.takeover_on is not None and facts.takeover_on <= on
    if rules.two_years and facts.accounts and not taken_over:
        periods = sorted(facts.accounts, key=lambda accounts: accounts.period_end)
        answers = [_within(rules, facts, period.figures) for period in periods]
        known = [answer for answer in answers if answer is not None]
        lasting = sizing.settled(known)[-1] if len(known) == len(answers) else None
        two_years, within = lasting != within, lasting
        name = _settled_category(rules, [_aggregate(facts, period.figures) for period in periods])
    figures = _stated(size)
    result = SizeResult(name, figures.employees, figures.turnover, figures.balance_sheet)
    return _size_finding(rules, size, within, two_years=two_years), result


def _current(facts: Facts) -> Figures:
    """The figures as stated, else those of the newest accounts."""
    if not facts.accounts:
        return facts.figures
    own, newest = facts.figures, max(facts.accounts, key=lambda accounts: accounts.period_end).figures
    return Figures(
        newest.employees if own.employees is None else own.employees,
        newest.turnover if own.turnover is None else own.turnover,
        newest.balance_sheet if own.balance_sheet is None else own.balance_sheet,
    )


def _aggregate(facts: Facts, own: Figures) -> sizing.Size:
    return sizing.aggregate(own, facts.partners, facts.linked, public_body_percent=facts.public_body_percent)


def _within(rules: RuleSet, facts: Facts, own: Figures) -> bool | None:
    size = _aggregate(facts, own)
    if rules.exclude_public_control and size.public_control:
        return False
    if not rules.groups:
        size = sizing.aggregate(own, (), ())
    return sizing.within(size, rules.limits, groups=rules.groups)


def _settled_category(rules: RuleSet, closed: Sequence[sizing.Size]) -> str:
    raw = [sizing.category(period, euro_rate=rules.euro_rate) for period in closed]
    return sizing.UNKNOWN if sizing.UNKNOWN in raw else sizing.settled_categories(raw)[-1]


def _stated(size: sizing.Size) -> Figures:
    amounts = (size.employees, size.turnover, size.balance_sheet)
    return Figures(*(amount.known.quantize(_CENT, ROUND_HALF_UP) if amount.complete else None for amount in amounts))


def _size_finding(rules: RuleSet, size: sizing.Size, within: bool | None, *, two_years: bool) -> Finding:
    figures, limits = _stated(size), rules.limits
    value = {
        "employees": _text(figures.employees),
        "turnover": _text(figures.turnover),
        "balance_sheet": _text(figures.balance_sheet),
        "currency": rules.currency,
    }
    limit = {
        "employees": str(limits.employees),
        "turnover": str(limits.turnover),
        "balance_sheet": str(limits.balance_sheet),
        "operator": limits.operator,
        "currency": rules.currency,
    }
    if within is None:
        complete = size.employees.complete and (size.turnover.complete or size.balance_sheet.complete)
        code = "group" if complete and rules.groups and not size.groups_known else "missing"
        return Finding("size", Outcome.REFER, code, value, limit)
    if within:
        return Finding("size", Outcome.PASS, "two_years" if two_years else "met", value, limit)
    if two_years:
        code = "two_years"
    elif rules.exclude_public_control and size.public_control:
        code = "public_control"
    else:
        code = "headcount" if size.employees.test(limits.employees, "lt") is False else "money"
    return Finding("size", Outcome.FAIL, code, value, limit)


def _text(figure: Decimal | None) -> str:
    return "" if figure is None else str(figure)


# --- Sector, place, legal form ------------------------------------------------------------------


def _sector(rule: str, wanted: Sequence[str], codes: Sequence[str] | None) -> Finding:
    """One code inside the set is enough; codes that say nothing of what a firm makes refer."""
    limit = {"sectors": ",".join(wanted)}
    telling = [code for code in codes or () if code not in sic.UNTELLING]
    if not telling:
        return Finding(
            rule, Outcome.REFER, "untelling" if codes else "missing", {"codes": ",".join(codes or ())}, limit
        )
    inside = [code for code in telling if _in_sector(code, wanted)]
    if inside:
        return Finding(rule, Outcome.PASS, "met", {"codes": ",".join(inside)}, limit)
    return Finding(rule, Outcome.FAIL, "outside", {"codes": ",".join(telling)}, limit)


def _in_sector(code: str, wanted: Sequence[str]) -> bool:
    return any(sic.codes()[code].section == part if part.isalpha() else code.startswith(part) for part in wanted)


def _place(rules: RuleSet, facts: Facts) -> list[Finding]:
    """Whether the work happens in the area, and whether postcode and authority agree."""
    authority, postcode = facts.local_authority, facts.postcode
    value = {"postcode": postcode or "", "local_authority": authority or ""}
    if authority is not None:
        inside: bool | None = authority in rules.places
    elif postcode is not None:
        answers = {place.code in rules.places for place in places.candidates(postcode, rules.country)} or {False}
        inside = answers.pop() if len(answers) == 1 else None
    else:
        return [Finding("place", Outcome.REFER, "missing", value)]
    if inside is None:
        findings = [Finding("place", Outcome.REFER, "border", value)]
    elif not inside:
        findings = [Finding("place", Outcome.FAIL, "outside", value)]
    elif facts.company_number and rules.country == "GB" and identifiers.is_overseas_number(facts.company_number):
        findings = [
            Finding("place", Outcome.REFER, "overseas_number", {**value, "company_number": facts.company_number})
        ]
    else:
        findings = [Finding("place", Outcome.PASS, "met", value)]
    if authority is not None and postcode is not None and places.contradicts(postcode, authority, rules.country):
        findings.append(Finding("place_match", Outcome.REFER, "contradiction", value))
    return findings


def _legal_form(rules: RuleSet, form: str | None) -> Finding:
    limit = {"allowed": ",".join(name for name in LEGAL_FORMS if name in rules.legal_forms)}
    if form is None:
        return Finding("legal_form", Outcome.REFER, "missing", {"legal_form": ""}, limit)
    value = {"legal_form": form}
    if form in rules.legal_forms:
        return Finding("legal_form", Outcome.PASS, "met", value, limit)
    if form in rules.legal_forms_refer:
        return Finding("legal_form", Outcome.REFER, "ask", value, limit)
    return Finding("legal_form", Outcome.FAIL, "not_allowed", value, limit)


# --- Aid and incentive --------------------------------------------------------------------------


def _aid_headroom(left: aid.Headroom, currency: str) -> Finding:
    limit = {
        "amount": str(left.limit),
        "basis": left.basis,
        "window_from": left.window_from.isoformat(),
        "currency": currency,
    }
    if left.counted is None:
        return Finding("aid_headroom", Outcome.REFER, "missing", {"counted": "", "left": ""}, limit)
    value = {"counted": str(left.counted), "left": str(left.left)}
    if left.left == 0:
        return Finding("aid_headroom", Outcome.FAIL, "used_up", value, limit)
    if not left.complete:
        return Finding("aid_headroom", Outcome.REFER, "incomplete", value, limit)
    return Finding("aid_headroom", Outcome.PASS, "met", value, limit)


def _incentive(facts: Facts) -> tuple[Finding, ...]:
    """Support must change what a firm does: what is already ordered cannot be paid for."""
    if facts.already_committed is False:
        return ()
    return (Finding("incentive_effect", Outcome.REFER, "committed" if facts.already_committed else "missing"),)


# --- Strands ------------------------------------------------------------------------------------


def _strand(strand: StrandRule, base: Sequence[Finding], facts: Facts, size: SizeResult) -> StrandVerdict:
    findings = list(base)
    if strand.sectors is not None:
        findings.append(_sector("strand_sector", strand.sectors, facts.sic_codes))
    if strand.sizes is not None:
        findings.append(_strand_size(strand.sizes, size.category))
    if strand.gives_grant:
        findings.extend(_incentive(facts))
    open_points = tuple(finding for finding in findings if finding.outcome is not Outcome.PASS)
    return StrandVerdict(strand.instrument, _outcome(findings), open_points)


def _strand_size(sizes: frozenset[str], category: str) -> Finding:
    limit = {"sizes": ",".join(name for name in sizing.CATEGORIES if name in sizes)}
    if category == sizing.UNKNOWN:
        return Finding("strand_size", Outcome.REFER, "missing", {"size": category}, limit)
    if category not in sizes:
        return Finding("strand_size", Outcome.FAIL, "other_size", {"size": category}, limit)
    return Finding("strand_size", Outcome.PASS, "met", {"size": category}, limit)

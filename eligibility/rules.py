"""May this firm get this support? Facts and a dated rule set in, one finding for each rule out. Pure.

Every fact may be unknown (None). A rule then refers, unless what is known decides already. The words are in `wording`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from eligibility import headroom as aid
from eligibility import size_rule, sizing
from eligibility.size_rule import SizeResult, SizeRule
from eligibility.sizing import Accounts, Figures, Holding, Limits, LinkedFirm
from organisations import identifiers, places, sic
from programmes.matching import Finding, Outcome

ELIGIBLE = "eligible"
NOT_ELIGIBLE = "not_eligible"
REFER = "refer"
LEGAL_FORMS = ("company", "llp", "partnership", "sole_trader", "charity", "public_body", "overseas")


@dataclass(frozen=True)
class Facts:
    """What is known of a firm. Money is in the programme's currency.

    `sic_codes` are as organisations.sic keeps them; `postcode` and `local_authority` (a code) say where the work is.
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
    """One kind of support: what it asks on top of the programme's rules, or instead of them where `base` is False.

    `places` are codes of local authorities. `asks` are questions in plain words that no fact answers: an adviser does.
    """

    instrument: str
    gives_grant: bool
    sizes: frozenset[str] | None = None
    sectors: tuple[str, ...] | None = None
    places: frozenset[str] | None = None
    asks: tuple[str, ...] = ()
    base: bool = True

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> StrandRule:
        return cls(
            instrument=data["instrument"],
            gives_grant=data["gives_grant"],
            sizes=_some(data.get("sizes")),
            sectors=tuple(data.get("sectors") or ()) or None,
            places=_some(data.get("places")),
            asks=tuple(data.get("asks") or ()),
            base=data.get("base", True),
        )


def _some(names: Sequence[str] | None) -> frozenset[str] | None:
    return frozenset(names) if names else None


@dataclass(frozen=True)
class RuleSet:
    """A programme's eligibility rules from one day on. A rule that is None (no sectors: empty) is not there at all.

    `sectors` are SIC section letters or code beginnings; `places` codes of local authorities; `euro_rate` is the euro
    for one unit of `currency`, from the programme's data. `sources` says of a rule, by its name, where it comes from:
    {"text", "as_of", "url" where there is one}.
    """

    version: str
    country: str
    currency: str
    euro_rate: Decimal
    limits: Limits | None = None
    groups: bool = True
    two_years: bool = False
    exclude_public_control: bool = False
    sectors: tuple[str, ...] = ()
    legal_forms: frozenset[str] | None = None
    legal_forms_refer: frozenset[str] = frozenset()
    places: frozenset[str] | None = None
    aid_basis: str | None = None
    aid_limit: Decimal = Decimal(0)
    strands: tuple[StrandRule, ...] = ()
    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any], *, version: str) -> RuleSet:
        """The rules held in a programme version's `eligibility`, checked when they were loaded."""
        size, forms, aid_rule = data.get("size"), data.get("legal_forms"), data.get("aid")
        rule_set = cls(
            version=version,
            country=data["country"],
            currency=data["currency"],
            euro_rate=Decimal(data["euro_rate"]),
            sectors=tuple(data.get("sectors") or ()),
            places=None if data.get("places") is None else frozenset(data["places"]),
            strands=tuple(StrandRule.from_data(strand) for strand in data["strands"]),
            sources=data.get("sources") or {},
        )
        if size is not None:
            rule_set = replace(
                rule_set,
                limits=Limits(
                    Decimal(size["employees"]),
                    Decimal(size["turnover"]),
                    Decimal(size["balance_sheet"]),
                    size["operator"],
                ),
                groups=size["groups"],
                two_years=size["two_years"],
                exclude_public_control=size["exclude_public_control"],
            )
        if forms is not None:
            rule_set = replace(
                rule_set, legal_forms=frozenset(forms["allowed"]), legal_forms_refer=frozenset(forms["refer"])
            )
        if aid_rule is not None:
            rule_set = replace(rule_set, aid_basis=aid_rule["basis"], aid_limit=Decimal(aid_rule["limit"]))
        return rule_set

    @property
    def size_rule(self) -> SizeRule:
        return SizeRule(
            self.currency, self.euro_rate, self.limits, self.groups, self.two_years, self.exclude_public_control
        )


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
    headroom: aid.Headroom | None
    findings: tuple[Finding, ...]
    strands: tuple[StrandVerdict, ...]


def check(rules: RuleSet, facts: Facts, *, on: date) -> Verdict:
    """The verdict on `on`: not eligible if any rule fails, else refer if any cannot be decided, else eligible.

    Work already ordered touches only the strands that give grants: it leaves the programme's own outcome alone.
    """
    size_findings, size = _size(rules, facts, on)
    left = _headroom(rules, facts, on)
    base = (
        *size_findings,
        *_sector("sector", rules.sectors, facts.sic_codes),
        *_place("place", rules.places, rules.country, facts),
        *_legal_form(rules, facts.legal_form),
        *_aid_headroom(
            left, rules.currency, later=any(given.on and given.on > on for given in facts.aid_received or ())
        ),
    )
    strands = tuple(_strand(strand, base, rules.country, facts, size) for strand in rules.strands)
    incentive = _incentive(facts) if any(strand.gives_grant for strand in rules.strands) else ()
    return Verdict(_outcome(base), rules.version, size, left, base + incentive, strands)


def _outcome(findings: Sequence[Finding]) -> str:
    outcomes = {finding.outcome for finding in findings}
    if Outcome.FAIL in outcomes:
        return NOT_ELIGIBLE
    return REFER if Outcome.REFER in outcomes else ELIGIBLE


# --- Size ---------------------------------------------------------------------------------------


def _size(rules: RuleSet, facts: Facts, on: date) -> tuple[tuple[Finding, ...], SizeResult]:
    """The programme's own size rule, if it has one, and the EU category of the same figures.

    Accounts of a period that ends after `on` are not closed: they do not count and leave the question to an adviser.
    Figures that are stated go before those of the newest accounts. After a change of hands one year is enough.
    """
    periods = sorted(
        (accounts for accounts in facts.accounts if accounts.period_end <= on), key=lambda accounts: accounts.period_end
    )
    taken_over = facts.takeover_on is not None and facts.takeover_on <= on
    return size_rule.judge(
        rules.size_rule,
        _aggregate(facts, _current(facts.figures, periods)),
        [] if taken_over else [_aggregate(facts, period.figures) for period in periods],
        later_accounts=len(periods) < len(facts.accounts),
    )


def _current(own: Figures, periods: Sequence[Accounts]) -> Figures:
    """The figures as stated, else those of the newest accounts."""
    newest = periods[-1].figures if periods else Figures()
    return Figures(
        newest.employees if own.employees is None else own.employees,
        newest.turnover if own.turnover is None else own.turnover,
        newest.balance_sheet if own.balance_sheet is None else own.balance_sheet,
    )


def _aggregate(facts: Facts, own: Figures) -> sizing.Size:
    return sizing.aggregate(own, facts.partners, facts.linked, public_body_percent=facts.public_body_percent)


# --- Sector, place, legal form ------------------------------------------------------------------


def _sector(rule: str, wanted: Sequence[str] | None, codes: Sequence[str] | None) -> tuple[Finding, ...]:
    """One code inside the set is enough; codes that say nothing of what a firm makes refer."""
    if not wanted:
        return ()
    limit = {"sectors": ",".join(wanted)}
    telling = [code for code in codes or () if code not in sic.UNTELLING]
    if not telling:
        code = "untelling" if codes else "missing"
        return (Finding(rule, Outcome.REFER, code, {"codes": ",".join(codes or ())}, limit),)
    inside = [code for code in telling if _in_sector(code, wanted)]
    if inside:
        return (Finding(rule, Outcome.PASS, "met", {"codes": ",".join(inside)}, limit),)
    return (Finding(rule, Outcome.FAIL, "outside", {"codes": ",".join(telling)}, limit),)


def _in_sector(code: str, wanted: Sequence[str]) -> bool:
    found = sic.find(code)
    section = found.section if found else ""
    return any(section == part if part.isalpha() else code.startswith(part) for part in wanted)


def _place(rule: str, area: frozenset[str] | None, country: str, facts: Facts) -> tuple[Finding, ...]:
    """Whether the work happens in the area, and whether postcode and authority agree."""
    if area is None:
        return ()
    authority, postcode = facts.local_authority, facts.postcode
    value = {"postcode": postcode or "", "local_authority": authority or ""}
    if authority is None and postcode is None:
        return (Finding(rule, Outcome.REFER, "missing", value),)
    inside = _inside(area, country, facts)
    if inside is None:
        finding = Finding(rule, Outcome.REFER, "border", value)
    elif not inside:
        finding = Finding(rule, Outcome.FAIL, "outside", value)
    elif facts.company_number and country == "GB" and identifiers.is_overseas_number(facts.company_number):
        finding = Finding(rule, Outcome.REFER, "overseas_number", {**value, "company_number": facts.company_number})
    else:
        finding = Finding(rule, Outcome.PASS, "met", value)
    if authority is not None and postcode is not None and places.contradicts(postcode, authority, country):
        return (finding, Finding("place_match", Outcome.REFER, "contradiction", value))
    return (finding,)


def _inside(area: frozenset[str], country: str, facts: Facts) -> bool | None:
    """Is the place in the area? None for a postcode on its border."""
    if facts.local_authority is not None:
        return facts.local_authority in area
    answers = {place.code in area for place in places.candidates(facts.postcode or "", country)} or {False}
    return answers.pop() if len(answers) == 1 else None


def _legal_form(rules: RuleSet, form: str | None) -> tuple[Finding, ...]:
    if rules.legal_forms is None:
        return ()
    limit = {"allowed": ",".join(name for name in LEGAL_FORMS if name in rules.legal_forms)}
    value = {"legal_form": form or ""}
    if form is None:
        return (Finding("legal_form", Outcome.REFER, "missing", value, limit),)
    if form in rules.legal_forms:
        return (Finding("legal_form", Outcome.PASS, "met", value, limit),)
    if form in rules.legal_forms_refer:
        return (Finding("legal_form", Outcome.REFER, "ask", value, limit),)
    return (Finding("legal_form", Outcome.FAIL, "not_allowed", value, limit),)


# --- Aid and incentive --------------------------------------------------------------------------


def _headroom(rules: RuleSet, facts: Facts, on: date) -> aid.Headroom | None:
    if rules.aid_basis is None:
        return None
    return aid.headroom(facts.aid_received, basis=rules.aid_basis, limit=rules.aid_limit, on=on)


def _aid_headroom(left: aid.Headroom | None, currency: str, *, later: bool) -> tuple[Finding, ...]:
    """`later`: aid was named of a day to come. It does not count yet and will take room, so an adviser looks."""
    if left is None:
        return ()
    limit = {
        "amount": str(left.limit),
        "basis": left.basis,
        "window_from": left.window_from.isoformat(),
        "currency": currency,
    }
    if left.counted is None:
        return (Finding("aid_headroom", Outcome.REFER, "missing", {"counted": "", "left": ""}, limit),)
    value = {"counted": str(left.counted), "left": str(left.left)}
    if left.left == 0:
        return (Finding("aid_headroom", Outcome.FAIL, "used_up", value, limit),)
    if not left.complete or later:
        return (Finding("aid_headroom", Outcome.REFER, "incomplete" if not left.complete else "later", value, limit),)
    return (Finding("aid_headroom", Outcome.PASS, "met", value, limit),)


def _incentive(facts: Facts) -> tuple[Finding, ...]:
    """Support must change what a firm does: what is already ordered cannot be paid for."""
    if facts.already_committed is False:
        return ()
    return (Finding("incentive_effect", Outcome.REFER, "committed" if facts.already_committed else "missing"),)


# --- Strands ------------------------------------------------------------------------------------


def _strand(strand: StrandRule, base: Sequence[Finding], country: str, facts: Facts, size: SizeResult) -> StrandVerdict:
    findings = list(base) if strand.base else []
    findings += _sector("strand_sector", strand.sectors, facts.sic_codes)
    findings += [found for found in _place("strand_place", strand.places, country, facts) if found not in findings]
    if strand.sizes is not None:
        findings.append(_strand_size(strand.sizes, size))
    findings += [Finding("strand_condition", Outcome.REFER, "ask", {"question": question}) for question in strand.asks]
    if strand.gives_grant:
        findings.extend(_incentive(facts))
    open_points = tuple(finding for finding in findings if finding.outcome is not Outcome.PASS)
    return StrandVerdict(strand.instrument, _outcome(findings), open_points)


def _strand_size(sizes: frozenset[str], size: SizeResult) -> Finding:
    limit = {"sizes": ",".join(name for name in sizing.CATEGORIES if name in sizes)}
    value = {"size": size.category}
    if size.category == sizing.UNKNOWN:
        return Finding("strand_size", Outcome.REFER, "missing", value, limit)
    if size.doubts:
        return Finding("strand_size", Outcome.REFER, "doubt", value, limit)
    if size.category not in sizes:
        return Finding("strand_size", Outcome.FAIL, "other_size", value, limit)
    return Finding("strand_size", Outcome.PASS, "met", value, limit)

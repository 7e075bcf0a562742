"""Support and people that fit the actions of a plan, each with the reasons.

Rules come from two places: what the firm's eligibility check found (frozen, in the words the firm read) and the terms
of the call that is open now. What is not known is said to be unknown; no amount is made up.
Source: Industry 4.0 diagnostic method, section 3, points 8 and 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from applications.models import Case
from diagnostics import wording
from diagnostics.models import PlanAction
from eligibility.wording import RULE_NAMES
from network.finding import Found, nearby
from portal.dates import long_date
from portal.money import money_text
from programmes import wording as terms_wording
from programmes.matching import FIRM_SIZES, Finding, GrantTerms, Line, Outcome, Project, quote
from programmes.models import Call, Instrument

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"  # outcomes of one rule
_ORDER = (FAIL, UNKNOWN, PASS)
MOST_EXPERTS = 5
EXPERTS_EACH_ACTION = 2
_Kind, _Measure = Instrument.Kind, Instrument.Measure

SUPPORT_FOR: dict[str, frozenset[str]] = {
    _Kind.GRANT: frozenset(
        {"process_innovation_grant", "capital_grant", "rd_grant", "energy_grant", "circular_grant", "skills_grant"}
    ),
    _Kind.VOUCHER: frozenset({"process_innovation_grant", "innovation_voucher", "capital_grant"}),
    _Kind.ADVICE: frozenset({"adviser_time", "cyber_support"}),
    _Kind.PLACEMENT: frozenset({"student_placement", "knowledge_transfer"}),
    _Kind.COURSE: frozenset({"skills_grant"}),
}
"""Kinds of support an action names (`funding_kinds` of the questionnaire) that an instrument answers."""
SIGNPOST_FOR: dict[str, frozenset[str]] = {
    _Measure.TAX: frozenset({"tax_relief"}),
    _Measure.LOAN: frozenset({"loan_finance"}),
    _Measure.GUARANTEE: frozenset({"loan_finance"}),
    _Measure.GRANT: frozenset({"collaborative_rd", "rd_grant", "energy_grant", "circular_grant"}),
    _Measure.CONTRACT: frozenset({"collaborative_rd"}),
    _Measure.SERVICE: frozenset({"adviser_time", "knowledge_transfer"}),
}
"""The same for what the programme only points to, by what it gives."""
_NEEDS_COSTS = frozenset({"eligible_costs", "minimum_budget", "maximum_budget"})
_NAMES = {
    "eligible_costs": gettext_lazy("What it pays for"),
    "minimum_budget": gettext_lazy("Smallest project"),
    "maximum_budget": gettext_lazy("Largest project"),
    "trl": gettext_lazy("How far the technology is"),
    "duration": gettext_lazy("How long it takes"),
    "research_partner": gettext_lazy("Research partner"),
    "firm_size": gettext_lazy("Share for firms of your size"),
}


@dataclass(frozen=True)
class Rule:
    """One rule: its name, pass, fail or unknown, and the reason in a sentence."""

    rule: str
    name: str
    outcome: str
    reason: str


@dataclass(frozen=True)
class Amount:
    """What the terms give for agreed costs, in the call's currency. Both None: not known, `cap` is then no promise."""

    low: Decimal | None = None
    high: Decimal | None = None
    cap: Decimal | None = None


@dataclass(frozen=True)
class MatchedInstrument:
    """One instrument of the programme and the actions of the plan that it could help with.

    `outcome` is fail if a rule fails, else unknown if one is open or nothing was checked, else pass. `terms`, `amount`,
    `match` (what the firm pays) and `timing` are sentences or "". `warning` says not to order before approval where
    a grant is given. `checked_on` is the day the rules were put together, `facts_from` that of the firm's check.
    """

    slug: str
    name: str
    summary: str
    kind: str
    url: str
    gives_money: bool
    example_terms: bool
    actions: tuple[str, ...]
    action_codes: tuple[str, ...]
    is_open: bool
    outcome: str
    findings: tuple[Rule, ...]
    terms: str
    amount: str
    match: str
    timing: str
    warning: str
    checked_on: date
    facts_from: date


@dataclass(frozen=True)
class Offer:
    """What a call's terms say to a budget: the findings of its rules and the amount."""

    findings: tuple[Finding, ...]
    amount: Amount

    @property
    def is_refused(self) -> bool:
        return any(finding.outcome is Outcome.FAIL for finding in self.findings)


# --- The terms of one call ----------------------------------------------------------------------
def against_terms(
    terms: GrantTerms,
    lines: Sequence[Line],
    *,
    firm_size: str | None = None,
    headroom: Decimal | None = None,
    project: Project | None = None,
) -> Offer:
    """The terms held against a budget. Rules on costs are left out as long as no cost is agreed (`lines` empty).

    A call that states no rate gives no amount, whatever its cap: what it pays is then not known.
    """
    found = quote(terms, lines, firm_size=firm_size, aid_headroom=headroom, project=project)
    unknown = frozenset() if lines else _NEEDS_COSTS
    findings = tuple(
        replace(finding, outcome=Outcome.REFER) if finding.rule in unknown else finding for finding in found.findings
    )
    cap = terms.cap
    if not lines or not found.accepted or not _rate_is_known(terms, lines):
        return Offer(findings, Amount(cap=cap))
    return Offer(findings, Amount(found.grant, found.grant, cap))


def _rate_is_known(terms: GrantTerms, lines: Iterable[Line]) -> bool:
    return terms.rate is not None or all(line.category in terms.category_rates for line in lines if line.eligible)


def offer_of(
    terms: GrantTerms,
    costs: Sequence[Decimal],
    *,
    firm_size: str | None = None,
    headroom: Decimal | None = None,
    months: int | None = None,
) -> Offer:
    """The terms against agreed costs whose kind nobody has named yet: the amount is a range over the kinds allowed."""
    project, offers = Project(months=months), []
    for category in sorted(terms.categories):
        lines = [Line(category, cost) for cost in costs]
        offers.append(against_terms(terms, lines, firm_size=firm_size, headroom=headroom, project=project))
    best = next((offer for offer in offers if not offer.is_refused), offers[0])
    sums = [offer.amount.high for offer in offers if offer.amount.high is not None]
    if not sums or len(sums) < len([offer for offer in offers if not offer.is_refused]):
        return Offer(best.findings, Amount(cap=terms.cap))
    return Offer(best.findings, Amount(min(sums), max(sums), terms.cap))


# --- The instruments of a plan ------------------------------------------------------------------
def instruments(case: Case, rows: Iterable[PlanAction], at: datetime) -> list[MatchedInstrument]:
    """The programme's support that answers an action in now, next or later: open first, then as the programme orders.

    `rows` are actions of one plan, read with their plan. Three queries, whatever the number of rows.
    """
    rows = [row for row in rows if not row.is_dropped and row.horizon != PlanAction.Horizon.PARKED]
    if not rows:
        return []
    actions = wording.actions_of(rows[0].plan.assessment.document)
    programme, check = case.programme, case.check_result
    calls: dict[int, Call] = {}
    for call in Call.objects.filter(instrument__programme=programme, is_draft=False).order_by("closes_at"):
        known = calls.get(call.instrument_id)
        if known is None or not known.is_open(at):
            calls[call.instrument_id] = call
    found = []
    for instrument in programme.instruments.order_by("position", "name"):
        instrument.programme = programme  # one reading of the words for all
        kinds = _kinds(instrument)
        helped = [
            row for row in rows if not row.is_own and kinds.intersection(actions[row.action_code]["funding_kinds"])
        ]
        if helped:
            matcher = _Matcher(case, instrument, calls.get(instrument.pk), helped, actions, at)
            found.append(matcher.matched(programme.local_date(check.created_at)))
    return sorted(found, key=lambda each: not each.is_open)


def _kinds(instrument: Instrument) -> frozenset[str]:
    if instrument.kind in (_Kind.SIGNPOST, _Kind.ENTITLEMENT):
        every = frozenset[str]().union(*SIGNPOST_FOR.values())
        return SIGNPOST_FOR[instrument.measure] if instrument.measure else every
    return SUPPORT_FOR.get(instrument.kind, frozenset())


def _named(actions: Mapping[str, Mapping[str, Any]], row: PlanAction, part: str) -> frozenset[str]:
    return frozenset(actions[row.action_code][part])


class _Matcher:
    """One instrument held against the case and the rows it helps with."""

    def __init__(
        self,
        case: Case,
        instrument: Instrument,
        call: Call | None,
        rows: Sequence[PlanAction],
        actions: Mapping[str, Mapping[str, Any]],
        at: datetime,
    ):
        self.case, self.instrument, self.rows, self.at = case, instrument, rows, at
        self.call = call if instrument.gives_money else None
        self.months = max(-(-actions[row.action_code]["duration_weeks"] * 12 // 52) for row in rows)
        self.costs = [row.cost for row in rows if row.cost]

    @property
    def currency(self) -> str:
        return self.call.currency if self.call else self.case.programme.currency

    def matched(self, facts_from: date) -> MatchedInstrument:
        instrument, offer = self.instrument, self._offer()
        findings = self._check_rules()
        said = {rule.rule for rule in findings}
        findings += [rule for rule in self._call_rules(offer) if rule.rule not in said]
        findings.sort(key=lambda rule: _ORDER.index(rule.outcome))
        return MatchedInstrument(
            slug=instrument.slug,
            name=instrument.local_name,
            summary=instrument.local_summary,
            kind=instrument.kind,
            url=instrument.url,
            gives_money=instrument.gives_money,
            example_terms=instrument.example_terms,
            actions=tuple(row.title for row in self.rows),
            action_codes=tuple(row.action_code for row in self.rows),
            is_open=self.call.is_open(self.at) if self.call else not instrument.gives_money,
            outcome=findings[0].outcome if findings else UNKNOWN,
            findings=tuple(findings),
            terms=terms_in_words(self.call) if self.call else "",
            amount=self._amount(offer),
            match=self._match(),
            timing=self._timing(),
            warning=_("Do not order, sign or pay for anything before you have the offer in writing.")
            if instrument.gives_money
            else "",
            checked_on=self.case.programme.local_date(self.at),
            facts_from=facts_from,
        )

    # --- Rules ---
    def _check_rules(self) -> list[Rule]:
        """What the check found for every support of the programme, then for this one; none for a mere signpost."""
        check = self.case.check_result
        strand = next((one for one in check.strands if one["instrument"] == self.instrument.slug), None)
        if strand is None:
            return []
        points = {point["rule"]: point for point in strand.get("points", ())}
        asked = {RULE_NAMES[rule] for rule in points}
        met = {
            finding["rule"]: finding
            for finding in check.findings
            if finding["outcome"] == "pass" and RULE_NAMES[finding["rule"]] not in asked
        }
        return [
            Rule(
                rule,
                str(RULE_NAMES[rule]),
                {"pass": PASS, "fail": FAIL}.get(finding["outcome"], UNKNOWN),
                finding["reason"],
            )
            for rule, finding in (points | met).items()
        ]

    def _offer(self) -> Offer | None:
        if self.call is None:
            return None
        check = self.case.check_result
        size = check.size.get("category")
        left = (check.headroom or {}).get("left")
        return offer_of(
            GrantTerms.from_data({**self.call.terms, "currency": self.call.currency}),
            self.costs,
            firm_size=size if size in FIRM_SIZES else None,
            headroom=None if left is None else Decimal(left),
            months=self.months,
        )

    def _call_rules(self, offer: Offer | None) -> list[Rule]:
        if offer is None:
            return []
        outcomes = {Outcome.PASS: PASS, Outcome.FAIL: FAIL, Outcome.REFER: UNKNOWN}
        return [
            Rule(finding.rule, str(name), outcomes[finding.outcome], self._reason(finding))
            for finding in offer.findings
            if (name := _NAMES.get(finding.rule))
        ]

    def _reason(self, finding: Finding) -> str:
        if self.costs or finding.rule not in _NEEDS_COSTS:
            return terms_wording.reason(finding, self.currency)
        if finding.rule == "eligible_costs":
            return _("Agree the costs of the action with your adviser, then we can say what is paid.")
        limit = {"amount": money_text(Decimal(finding.limit["amount"]), self.currency)}
        if finding.rule == "maximum_budget":
            return _("The project must cost %(amount)s or less. No cost is agreed yet.") % limit
        return _("The project must cost %(amount)s or more. No cost is agreed yet.") % limit

    # --- Sentences ---
    def _amount(self, offer: Offer | None) -> str:
        if offer is None:
            return ""
        amount = offer.amount
        if amount.low is None or amount.high is None:
            if amount.cap is None:
                return _("Not known yet.")
            return _("Not known yet; never more than %(cap)s.") % {"cap": money_text(amount.cap, self.currency)}
        words = {"low": money_text(amount.low, self.currency), "high": money_text(amount.high, self.currency)}
        if amount.low == amount.high:
            return _("Up to %(high)s on the costs agreed so far.") % words
        return _("Up to %(low)s to %(high)s on the costs agreed so far, by what they are for.") % words

    def _match(self) -> str:
        terms = self.call.terms if self.call else {}
        if terms.get("rate"):
            share = (Decimal(100) - Decimal(terms["rate"])).normalize()
            return _("You pay at least %(share)s%% of the eligible costs yourself.") % {"share": f"{share:f}"}
        return _("How much you pay yourself depends on what the costs are for.") if self.call else ""

    def _timing(self) -> str:
        if self.call is None:
            return _("No call is open or announced.") if self.instrument.gives_money else ""
        days = {
            "opens": long_date(self.case.programme.local_date(self.call.opens_at)),
            "closes": long_date(self.case.programme.local_date(self.call.closes_at)),
            "days": self.call.promise_days,
        }
        if self.call.is_open(self.at):
            return _("Open until %(closes)s; we decide within %(days)d working days.") % days
        if self.at < self.call.opens_at:
            return _("Opens on %(opens)s.") % days
        return _("Closed on %(closes)s.") % days


def terms_in_words(call: Call) -> str:
    """What a call pays; without a known rate only its limit, for no sum follows from a limit alone."""
    rate, cap = call.terms.get("rate"), call.terms.get("cap")
    amounts = {"rate": rate, "cap": money_text(Decimal(cap), call.currency) if cap else ""}
    if rate and cap:
        return _("%(rate)s%% of eligible costs, at most %(cap)s") % amounts
    if rate:
        return _("%(rate)s%% of eligible costs") % amounts
    return _("at most %(cap)s") % amounts if cap else ""


# --- People who can help ------------------------------------------------------------------------
@dataclass(frozen=True)
class MatchedExpert:
    """An entry of the register, why it fits and what to ask.

    `kinds` and `actions` are labels and titles; `where` and `language` say place and language in words; `link` is ""
    for an independent one, else a sentence that declares what it sells. `is_demo` marks an invented entry.
    """

    slug: str
    name: str
    summary: str
    kinds: tuple[str, ...]
    actions: tuple[str, ...]
    where: str
    language: str
    what_to_ask: str
    link: str
    is_waiting: bool
    is_demo: bool
    url: str
    email: str
    checked_on: date


def experts(case: Case, rows: Iterable[PlanAction]) -> list[MatchedExpert]:
    """Up to five of the register for the actions in now and next, in the order of the plan; one query.

    `rows` are actions of one plan, read with their plan. An action of firm and adviser's own names no kind of help.
    """
    wanted = [row for row in rows if row.horizon in ("now", "next") and not row.is_dropped and not row.is_own]
    if not wanted:
        return []
    document = wanted[0].plan.assessment.document
    actions, groups = wording.actions_of(document), {item["code"]: item["group"] for item in document["questions"]}
    near = nearby(
        country=case.programme.country, authorities=_authorities(case), languages=[case.language, *_other(case)]
    )
    found: dict[str, tuple[Found, list[str]]] = {}
    for row in wanted:
        about = {row.question_code, groups[row.question_code]}
        for each in near.best(actions[row.action_code]["experts"], about, limit=EXPERTS_EACH_ACTION):
            if each.expert.slug in found or len(found) < MOST_EXPERTS:
                found.setdefault(each.expert.slug, (each, []))[1].append(row.title)
    labels = wording.labels(document, "expert_kinds")
    return [_expert(each, tuple(titles), labels) for each, titles in found.values()]


def _authorities(case: Case) -> list[str]:
    """Where the work happens, as exactly as it is known."""
    known = case.check_result.facts.get("local_authority")
    if known:
        return [known]
    return list(case.region.local_authorities) if case.region else []


def _other(case: Case) -> list[str]:
    return [language for language in case.programme.languages if language != case.language]


def _expert(found: Found, titles: tuple[str, ...], labels: Mapping[str, str]) -> MatchedExpert:
    expert, why = found.expert, found.why
    spoken = get_language_info(why.language)["name_translated"] if why.language else ""
    return MatchedExpert(
        slug=expert.slug,
        name=expert.name,
        summary=expert.summary,
        kinds=tuple(labels[code] for code in expert.kinds if code in labels),
        actions=titles,
        where=_("Works in your area") if why.place else _("Works in the whole country"),
        language=_("Speaks %(language)s") % {"language": spoken} if spoken else "",
        what_to_ask=expert.what_to_ask
        or _("Ask what they would need to see first, what it costs, and whom they have helped with “%(action)s”.")
        % {"action": titles[0]},
        link="" if expert.is_independent else _("Sells machines or software: ask others too before you choose."),
        is_waiting=why.is_waiting,
        is_demo=expert.is_demo,
        url=expert.url,
        email=expert.email,
        checked_on=expert.checked_on,
    )

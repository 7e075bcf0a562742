"""The size of a firm from what is recorded: declarations of several years and who holds whom. Pure.

The public check takes a group as it is told (`sizing.aggregate`); here it is walked over shares, with each enterprise
counted once however the shares run in circles. Both end in the same sums (`sizing.size_of`) and the same rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from eligibility import companies_act, sizing
from eligibility.size_rule import CENT, SizeResult, SizeRule, judge
from eligibility.sizing import Figures, Holding, Part
from programmes.matching import Finding, Outcome

EURO = Decimal(1)


@dataclass(frozen=True)
class Declaration:
    """Figures of one period, or as far as known (`period_end` None), in `currency`.

    `euro_rate` is the euro for one unit on the day it was stored; None takes the rate of the assessment. `months` is
    the length of the period: turnover is brought to twelve. `source`: accounts, estimate or management.
    """

    figures: Figures
    currency: str
    period_end: date | None = None
    months: int = 12
    euro_rate: Decimal | None = None
    source: str = "accounts"


@dataclass(frozen=True)
class Enterprise:
    """A firm, or whoever holds one. Figures of a partner are consolidated with its own linked firms."""

    key: str
    name: str
    declarations: tuple[Declaration, ...] = ()


@dataclass(frozen=True)
class Edge:
    """`holder` holds a part of `held` (keys), from the first to the last day it was so; None for either is open.

    `controls` is control without the share: most of the board, a contract, an agreement. `through_person`: both are
    held by the person of this name, which links them if they are in the same or neighbouring markets.
    """

    holder: str
    held: str
    capital: Decimal | None = None
    votes: Decimal | None = None
    controls: bool = False
    holder_kind: str = "enterprise"
    through_person: str = ""
    same_market: bool | None = None
    invested_eur: Decimal | None = None
    from_on: date | None = None
    to_on: date | None = None

    @property
    def share(self) -> Decimal | None:
        return sizing.share(self.capital, self.votes)

    @property
    def is_link(self) -> bool:
        return self.controls or (self.share is not None and self.share > sizing.LINKED_OVER)

    def is_live(self, on: date) -> bool:
        return (self.from_on is None or self.from_on <= on) and (self.to_on is None or on <= self.to_on)


@dataclass(frozen=True)
class Contribution:
    """What one enterprise adds: `part` with figures in the rule's currency, `counted` the share of them that counts.

    `given` is the declaration they come from, in its own currency; `counted_eur` has the amounts in euro.
    """

    key: str
    part: Part
    given: Declaration | None
    counted: Figures
    counted_eur: Figures


@dataclass(frozen=True)
class Assessment:
    """`finding` is that of the rule `size`, None where the programme has none; `reasons` say how it came about."""

    category: str
    size: SizeResult
    finding: Finding | None
    contributions: tuple[Contribution, ...]
    reasons: tuple[Finding, ...]


def assess(
    firm: str,
    enterprises: Mapping[str, Enterprise],
    edges: Sequence[Edge],
    rule: SizeRule,
    *,
    on: date,
    rates: Mapping[str, Decimal] | None = None,
    groups_known: bool = True,
    accounts_type: str = "",
) -> Assessment:
    """The size of the enterprise with key `firm` on `on`, with who adds how much and why.

    `rates` are the euro for one unit of a currency; the rule's own currency and the euro need none. `groups_known`
    False: nobody has said that the edges are all there are. `accounts_type` is what the company register calls the
    last accounts, for a word on what does not go together. Periods that end after `on` do not count.
    """
    group = _Group(enterprises, rule, on, {**(rates or {}), rule.currency: rule.euro_rate, "EUR": EURO})
    live = [edge for edge in edges if edge.is_live(on)]
    around = _around(live)
    members = _members(firm, around)
    own = enterprises[firm].declarations
    ends = sorted({one.period_end for one in own if one.period_end and one.period_end <= on and _is_closed(one)})
    changed = _changed_hands(edges, set(members), after=ends[-1] if ends else None, on=on)
    found = _parts(firm, members, around)
    now = [group.filled(key, part, None) for key, part in found]
    closed = [] if changed else [[group.filled(key, part, end) for key, part in found] for end in ends]
    public_link = _public_link(firm, live)
    current, *periods = (
        sizing.size_of([one.part for one in parts], groups_known=groups_known, public_link=public_link)
        for parts in (now, *closed)
    )
    later = any(one.period_end and one.period_end > on for one in own)
    findings, size = judge(rule, current, periods, later_accounts=later)
    return Assessment(
        category=size.category,
        size=size,
        finding=findings[0] if findings else None,
        contributions=tuple(now),
        reasons=(
            *(_note(one) for one in now[1:]),
            *_remarks(group, enterprises[firm], now, changed=changed, groups_known=groups_known),
            *(_doubt(code) for code in current.doubts),
            *_plausibility(accounts_type, now[0].part.figures, rule, ends[-1] if ends else on),
        ),
    )


def _is_closed(declaration: Declaration) -> bool:
    return declaration.source == "accounts"


# --- Who belongs to it --------------------------------------------------------------------------


def _around(edges: Sequence[Edge]) -> dict[str, list[tuple[str, Edge]]]:
    """By key, every edge with who is at its other end."""
    around: dict[str, list[tuple[str, Edge]]] = {}
    for edge in edges:
        if edge.holder != edge.held:
            around.setdefault(edge.holder, []).append((edge.held, edge))
            around.setdefault(edge.held, []).append((edge.holder, edge))
    return around


def _link(edge: Edge) -> bool | None:
    """Does this edge make both one enterprise? None for a link through a person whose market is not known."""
    if edge.through_person:
        return edge.same_market if edge.is_link or edge.share is None else False
    return edge.is_link and edge.holder_kind not in {"person", "public_body"}


def _members(firm: str, around: Mapping[str, Sequence[tuple[str, Edge]]]) -> dict[str, bool]:
    """Every enterprise linked with the firm, itself first, each once: whether that is certain."""
    members = {firm: True}
    for accepted in ({True}, {True, None}):
        waiting = list(members)
        while waiting:
            for there, edge in around.get(waiting.pop(0), ()):
                if there not in members and _link(edge) in accepted:
                    members[there] = None not in accepted
                    waiting.append(there)
    return members


def _parts(
    firm: str, members: Mapping[str, bool], around: Mapping[str, Sequence[tuple[str, Edge]]]
) -> list[tuple[str, Part]]:
    """What each enterprise adds, without its figures: linked ones in full, everyone else by the greatest share."""
    found = {key: Part("linked", Figures(), Decimal(1), certain=sure, direct=False) for key, sure in members.items()}
    links = [(there, edge) for there, edge in around.get(firm, ()) if there in members and _link(edge) is not False]
    for there, edge in sorted(links, key=lambda link: _strength(link[1], link[0])):
        found[there] = replace(
            found[there],
            relation="person_link" if edge.through_person else "linked",
            percent=edge.share,
            holder_kind="enterprise" if edge.through_person else _kind(edge, there),
            direct=True,
        )
    found[firm] = Part("own", Figures(), Decimal(1))
    for here, sure in members.items():
        for there, edge in around.get(here, ()):
            if there in members:
                continue
            part = _outside(edge, there, certain=sure, direct=here == firm)
            if there not in found or _weight(part) > _weight(found[there]):
                found[there] = part
    return list(found.items())


def _strength(edge: Edge, there: str) -> tuple[bool, bool, Decimal, str]:
    """Of several links between the same two the strongest says what the other is."""
    kind = _kind(edge, there)
    return (not edge.through_person, sizing.is_public(kind, edge.share), edge.share or Decimal(0), kind)


def _kind(edge: Edge, there: str) -> str:
    """What kind of holder the other end is; a firm that is held is a firm."""
    return edge.holder_kind if edge.holder == there else "enterprise"


def _outside(edge: Edge, there: str, *, certain: bool, direct: bool) -> Part:
    """The part of someone who is not linked."""
    if edge.through_person:
        return Part("person_link", Figures(), Decimal(0), percent=edge.share)
    percent = Decimal(100) if edge.controls else edge.share
    holding = Holding(percent, Figures(), _kind(edge, there), edge.invested_eur)
    return sizing.part_of(holding, certain=certain, direct=direct)


def _weight(part: Part) -> tuple[bool, bool, Decimal, Decimal, str]:
    """Which of two parts of the same enterprise counts: one not known before any, then the greater."""
    return (
        part.share is None,
        part.certain and bool(part.share),
        part.percent or Decimal(0),
        part.invested_eur or Decimal(0),
        part.holder_kind,
    )


def _public_link(firm: str, edges: Sequence[Edge]) -> bool:
    """Is a firm that controls ours, at any distance, mostly in public hands?"""
    above = [firm]
    for key in above:
        above += [
            edge.holder
            for edge in edges
            if edge.held == key and edge.holder not in above and not edge.through_person and _link(edge)
        ]
    public: dict[str, Decimal] = {}
    for edge in edges:
        if edge.held in above[1:] and sizing.is_public(edge.holder_kind, edge.share):
            public[edge.held] = public.get(edge.held, Decimal(0)) + (edge.share or Decimal(0))
    return any(share > sizing.LINKED_OVER for share in public.values())


def _changed_hands(edges: Sequence[Edge], members: set[str], *, after: date | None, on: date) -> bool:
    """Has a link of the group begun or ended since the last closed period?"""
    if after is None:
        return False
    days = [
        day
        for edge in edges
        if edge.is_link and {edge.holder, edge.held} & members
        for day in (edge.from_on, edge.to_on if edge.to_on and edge.to_on < on else None)
    ]
    return any(day is not None and after < day <= on for day in days)


# --- Their figures ------------------------------------------------------------------------------


@dataclass
class _Group:
    """The enterprises with what is needed to read their figures."""

    enterprises: Mapping[str, Enterprise]
    rule: SizeRule
    on: date
    rates: Mapping[str, Decimal]
    without_rate: set[str] = field(default_factory=set)

    def filled(self, key: str, part: Part, end: date | None) -> Contribution:
        """The part with the figures of the period that ended on `end`, None: the newest, or of the nearest there is."""
        enterprise = self.enterprises[key]
        given = self._declared(enterprise.declarations, end or self.on)
        figures = self._figures(given)
        counted = _times(figures, part.share)
        return Contribution(
            key,
            replace(part, figures=figures, name=enterprise.name),
            given,
            _exchanged(counted, EURO),
            _exchanged(counted, self.rule.euro_rate),
        )

    def _declared(self, declarations: Sequence[Declaration], by: date) -> Declaration | None:
        """Of one period accounts go before estimates, and what was declared later goes before what was earlier."""
        ended = [one for one in reversed(declarations) if one.period_end and one.period_end <= self.on]
        timely = [one for one in ended if one.period_end and one.period_end <= by]
        if timely:
            return max(timely, key=lambda one: (one.period_end or date.min, _is_closed(one)))
        without_period = [one for one in declarations if one.period_end is None]
        if without_period:
            return without_period[-1]
        return min(ended, key=lambda one: one.period_end or date.max, default=None)

    def _figures(self, given: Declaration | None) -> Figures:
        """Annual figures in the rule's currency; amounts without a rate are not known."""
        if given is None:
            return Figures()
        figures = given.figures
        if figures.turnover is not None and given.months != 12:
            figures = replace(figures, turnover=figures.turnover * 12 / given.months)
        if given.currency == self.rule.currency:
            return _exchanged(figures, EURO)
        rate = given.euro_rate or self.rates.get(given.currency)
        if rate is None:
            self.without_rate.add(given.currency)
            return Figures(figures.employees)
        return _exchanged(figures, rate / self.rule.euro_rate)


def _times(figures: Figures, share: Decimal | None) -> Figures:
    if share is None:
        return Figures()
    amounts = (figures.employees, figures.turnover, figures.balance_sheet)
    return Figures(*(None if amount is None and share else (amount or Decimal(0)) * share for amount in amounts))


def _exchanged(figures: Figures, rate: Decimal) -> Figures:
    amounts = (figures.turnover, figures.balance_sheet)
    return Figures(
        figures.employees,
        *(None if amount is None else (amount * rate).quantize(CENT, ROUND_HALF_UP) for amount in amounts),
    )


# --- Why ----------------------------------------------------------------------------------------


def _note(one: Contribution) -> Finding:
    """How one enterprise counts; the words are in `size_wording`."""
    part, figures = one.part, one.part.figures
    code = part.relation
    if code == "person_link":
        code = "other_market" if part.share == 0 else "person_link" if part.certain else "market_unknown"
    elif part.share and (figures.employees is None or (figures.turnover is None and figures.balance_sheet is None)):
        code = "no_figures"
    value = {"name": part.name, "percent": "" if part.percent is None else str(part.percent), "kind": part.holder_kind}
    refers = code in {"unknown", "market_unknown", "no_figures"}
    return Finding("size_part", Outcome.REFER if refers else Outcome.PASS, code, value)


def _remarks(
    group: _Group, firm: Enterprise, parts: Sequence[Contribution], *, changed: bool, groups_known: bool
) -> list[Finding]:
    remarks = []
    given = parts[0].given
    if given and given.source == "estimate":
        remarks.append(Finding("size_remark", Outcome.PASS, "estimate"))
    if given and given.months != 12:
        remarks.append(Finding("size_remark", Outcome.PASS, "months", {"months": str(given.months)}))
    if changed:
        remarks.append(Finding("size_remark", Outcome.PASS, "changed_hands"))
    if any(one.period_end and one.period_end > group.on for one in firm.declarations):
        remarks.append(Finding("size_remark", Outcome.REFER, "later_accounts"))
    if not groups_known:
        remarks.append(Finding("size_remark", Outcome.REFER, "groups_unknown"))
    for currency in sorted(group.without_rate):
        remarks.append(Finding("size_remark", Outcome.REFER, "no_rate", {"currency": currency}))
    return remarks


def _doubt(code: str) -> Finding:
    return Finding("size_remark", Outcome.REFER, code)


def _plausibility(accounts_type: str, own: Figures, rule: SizeRule, end: date) -> list[Finding]:
    """The British register's kind of accounts beside the figures declared; only ever a remark."""
    claimed = companies_act.claimed_by(accounts_type)
    if rule.currency != "GBP" or claimed is None:
        return []
    larger = companies_act.is_larger_than(claimed, own, ended=end)
    return [Finding("size_remark", Outcome.REFER, "accounts_type", {"claimed": claimed})] if larger else []

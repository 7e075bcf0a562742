"""What holds of every set of facts, whatever the figures."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility import headroom, rules, sizing
from eligibility.headroom import Aid
from eligibility.rules import Facts, RuleSet, StrandRule
from eligibility.sizing import Accounts, Figures, Holding, Limits, LinkedFirm

TODAY = date(2026, 11, 22)
PRESTON = "E07000123"
RULES = RuleSet(
    version="programme/2026-04-01",
    country="GB",
    currency="GBP",
    euro_rate=D("1.15"),
    limits=Limits(D(250), D(44_000_000), D(38_500_000), "lt"),
    sectors=("C",),
    legal_forms=frozenset({"company", "llp"}),
    legal_forms_refer=frozenset({"charity"}),
    places=frozenset({PRESTON}),
    aid_basis="mfa",
    aid_limit=D(315000),
    strands=(
        StrandRule("advice", False),
        StrandRule("grant", True, sizes=frozenset({"micro", "small"})),
        StrandRule("north", False, places=frozenset({PRESTON}), base=False),
    ),
)
EVERY_RULE = replace(RULES, two_years=True, exclude_public_control=True)
QUICK = settings(max_examples=150, deadline=None)

people = (
    st.none() | st.sampled_from([D(0), D(9), D("9.5"), D(49), D(249), D("249.5"), D(250)]) | st.integers(0, 400).map(D)
)
money = (
    st.none()
    | st.sampled_from([D(0), D("43999999.99"), D(44_000_000), D(38_500_000)])
    | st.integers(0, 90_000_000).map(D)
)
figures = st.builds(Figures, people, money, money)
percents = st.none() | st.sampled_from([D("24.99"), D(25), D(50), D("50.01")]) | st.integers(0, 100).map(D)
kinds = st.sampled_from(sorted(sizing.HOLDER_KINDS))
holdings = st.builds(Holding, percents, figures, kinds, st.none() | st.sampled_from([D(1), D(1_250_000)]))
leaves = st.builds(
    LinkedFirm,
    figures,
    st.lists(holdings, max_size=2).map(tuple),
    st.just(()),
    st.booleans(),
    st.none() | st.booleans(),
)
linked_firms = st.builds(
    LinkedFirm, figures, st.lists(holdings, max_size=1).map(tuple), st.lists(leaves, max_size=2).map(tuple),
    st.booleans(), st.none() | st.booleans(),
)  # fmt: skip
aid = st.builds(
    Aid,
    st.none() | st.integers(-1500, 3).map(lambda days: TODAY + timedelta(days=days)),
    st.none() | st.integers(0, 400_000).map(D),
    st.none() | st.sampled_from(headroom.AID_BASES),
)
accounts = st.lists(
    st.builds(Accounts, st.integers(2021, 2026).map(lambda year: date(year, 3, 31)), figures),
    max_size=3,
    unique_by=lambda row: row.period_end,
).map(tuple)
facts = st.builds(
    Facts,
    company_number=st.none() | st.sampled_from(["01234567", "FC012345"]),
    legal_form=st.none() | st.sampled_from(rules.LEGAL_FORMS),
    sic_codes=st.none() | st.lists(st.sampled_from(["25620", "62012", "99999"]), max_size=2).map(tuple),
    postcode=st.none() | st.sampled_from(["PR1 2HE", "LS1 1AA", "SK6 1AA"]),
    local_authority=st.none() | st.sampled_from([PRESTON, "E08000035"]),
    figures=figures,
    accounts=accounts,
    partners=st.none() | st.lists(holdings, max_size=3).map(tuple),
    linked=st.none() | st.lists(linked_firms, max_size=2).map(tuple),
    public_body_percent=st.none() | percents,
    aid_received=st.none() | st.lists(aid, max_size=3).map(tuple),
    already_committed=st.none() | st.booleans(),
    takeover_on=st.none() | st.just(TODAY),
)
rule_sets = st.sampled_from([RULES, EVERY_RULE, replace(RULES, groups=False, exclude_public_control=True)])


def size_of(given_facts, rule_set=RULES):
    return rules.check(rule_set, given_facts, on=TODAY).size.category


@QUICK
@given(facts, rule_sets, st.integers(0, 300).map(D))
def test_more_people_never_make_a_firm_smaller(known, rule_set, more):
    """Adding headcount never turns a larger category into a smaller one, nor a no into a yes."""
    if known.figures.employees is None:
        known = replace(known, figures=replace(known.figures, employees=D(0)), accounts=())
    grown = replace(
        known,
        figures=replace(known.figures, employees=known.figures.employees + more),
        accounts=tuple(
            replace(row, figures=replace(row.figures, employees=(row.figures.employees or D(0)) + more))
            for row in known.accounts
            if row.figures.employees is not None
        ) if all(row.figures.employees is not None for row in known.accounts) else known.accounts,
    )  # fmt: skip
    before, after = size_of(known, rule_set), size_of(grown, rule_set)
    if "unknown" not in {before, after}:
        assert sizing.CATEGORIES.index(after) >= sizing.CATEGORIES.index(before)
    if before == "not_sme":
        assert after == "not_sme"
    finding = rules.check(rule_set, known, on=TODAY).findings[0]
    if finding.outcome.value == "fail":
        assert rules.check(rule_set, grown, on=TODAY).findings[0].outcome.value == "fail"


@QUICK
@given(facts, st.randoms(use_true_random=False))
def test_the_order_of_lists_never_matters(known, order):
    def mixed(rows):
        return None if rows is None else tuple(order.sample(rows, len(rows)))

    other = replace(
        known, partners=mixed(known.partners), linked=mixed(known.linked), accounts=mixed(known.accounts),
        aid_received=mixed(known.aid_received),
    )  # fmt: skip
    ours, theirs = rules.check(EVERY_RULE, known, on=TODAY), rules.check(EVERY_RULE, other, on=TODAY)
    assert ours == theirs


SIMPLE = (
    "company_number",
    "legal_form",
    "sic_codes",
    "postcode",
    "local_authority",
    "aid_received",
    "partners",
    "linked",
)


def without(known, name):
    """The facts with one of them, or one figure, not known."""
    if name in SIMPLE:
        return replace(known, **{name: None})
    if name.startswith("own "):
        return replace(known, figures=replace(known.figures, **{name.removeprefix("own "): None}))
    place, field = name.split()
    rows = getattr(known, place)
    if not rows:
        return known
    row = rows[0]
    changed = (
        replace(row, **{field: None})
        if field in {"percent", "same_market"}
        else replace(row, figures=replace(row.figures, **{field: None}))
    )
    return replace(known, **{place: (changed, *rows[1:])})


FIGURES = ("employees", "turnover", "balance_sheet")
NAMES = [
    *(name for name in SIMPLE if name != "company_number"),
    *(f"own {name}" for name in FIGURES),
    *(f"{place} {name}" for place in ("partners", "linked") for name in FIGURES),
    "partners percent", "linked same_market",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(facts, rule_sets, st.lists(st.sampled_from(NAMES), min_size=1, max_size=3))
def test_what_passes_without_a_fact_passes_with_it(known, rule_set, names):
    """Not knowing never helps: where the rest is enough to pass, every value of what is missing passes too.

    An authority left out is read from the postcode, and accounts stand in for figures: both are other facts.
    """
    known = replace(known, accounts=(), postcode=None)
    less = known
    for name in names:
        less = without(less, name)
    little, all_known = rules.check(rule_set, less, on=TODAY), rules.check(rule_set, known, on=TODAY)
    told = {finding.rule: finding.outcome.value for finding in all_known.findings}
    for finding in little.findings:
        if finding.outcome.value == "pass":
            assert told.get(finding.rule) == "pass", finding
        if finding.outcome.value == "fail":
            assert told.get(finding.rule) == "fail", finding
    if little.size.category != "unknown":
        assert all_known.size.category == little.size.category
    order = [rules.ELIGIBLE, rules.REFER, rules.NOT_ELIGIBLE]
    for before, after in zip(little.strands, all_known.strands, strict=True):
        if before.outcome == rules.ELIGIBLE:
            assert order.index(after.outcome) <= order.index(before.outcome)


@QUICK
@given(facts)
def test_a_group_never_makes_a_firm_smaller(known):
    size = rules.check(RULES, replace(known, accounts=()), on=TODAY).size
    for name in FIGURES:
        own, sum_ = getattr(known.figures, name), getattr(size, name)
        assert sum_ is None or own is None or sum_ >= own.quantize(D("0.01"))


@QUICK
@given(facts, st.sampled_from(["mfa", "de_minimis"]), aid)
def test_more_aid_never_leaves_more_room(known, basis, more):
    history = known.aid_received or ()
    before = headroom.headroom(history, basis=basis, limit=D(315000), on=TODAY)
    after = headroom.headroom((*history, more), basis=basis, limit=D(315000), on=TODAY)
    assert 0 <= after.left <= before.left <= 315000
    assert before.complete or not after.complete
    rule_set = replace(RULES, aid_basis=basis)
    ranks = ["pass", "refer", "fail"]
    outcomes = [
        next(
            ranks.index(finding.outcome.value)
            for finding in rules.check(rule_set, replace(known, aid_received=rows), on=TODAY).findings
            if finding.rule == "aid_headroom"
        )
        for rows in (history, (*history, more))
    ]
    assert outcomes[0] <= outcomes[1]


answers = st.lists(st.none() | st.booleans(), min_size=1, max_size=6)


def _settled(answers):
    """The rule as it is written: status after each period, gained or lost only when two in a row say so."""
    status = []
    for index, answer in enumerate(answers):
        changed = index > 0 and answer == answers[index - 1]
        status.append(answer if index == 0 or changed else status[-1])
    return status


@QUICK
@given(answers)
def test_two_years_running_with_gaps_agrees_with_every_way_to_fill_them(found):
    ways = [[]]
    for answer in found:
        ways = [[*way, value] for way in ways for value in ((True, False) if answer is None else (answer,))]
    possible = {_settled(way)[-1] for way in ways}
    assert sizing.settled_last(found) in ({None} if len(possible) == 2 else {None} | possible)
    if None not in found:
        assert sizing.settled_last(found) in possible
    if possible == {False}:
        assert sizing.settled_last(found) is False


@QUICK
@given(answers.map(lambda rows: [bool(row) for row in rows]), st.data())
def test_a_better_year_never_loses_a_status(found, data):
    better = [now or data.draw(st.booleans()) for now in found]
    assert sizing.settled_last(found) <= sizing.settled_last(better)


@pytest.mark.parametrize("rule_set", [RULES, EVERY_RULE])
@QUICK
@given(facts)
def test_the_outcome_follows_from_the_findings(rule_set, known):
    verdict = rules.check(rule_set, known, on=TODAY)
    said = {finding.outcome.value for finding in verdict.findings if finding.rule != "incentive_effect"}
    expected = "not_eligible" if "fail" in said else "refer" if "refer" in said else "eligible"
    assert verdict.outcome == expected
    names = [finding.rule for finding in verdict.findings]
    assert len(names) == len(set(names))

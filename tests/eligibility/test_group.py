from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility import group, size_wording, sizing
from eligibility.group import Declaration, Edge, Enterprise
from eligibility.size_rule import SizeRule
from eligibility.sizing import Figures, Holding, Limits, LinkedFirm

TODAY = date(2026, 11, 22)
RULE = SizeRule("EUR", D(1), sizing.CEILINGS["medium"], two_years=True)
MADE_SMARTER = SizeRule("GBP", D("1.15"), Limits(D(250), D(44_000_000), D(38_500_000), "lt"))


def figures(people, turnover=1, balance_sheet=1):
    return Figures(D(str(people)), D(str(turnover)) * sizing.MILLION, D(str(balance_sheet)) * sizing.MILLION)


def firm(key, *declarations, currency="EUR"):
    return Enterprise(
        key,
        f"Firm {key}",
        tuple(Declaration(one, currency) if isinstance(one, Figures) else one for one in declarations),
    )


def assess(firms, edges, rule=RULE, **more):
    return group.assess("us", {one.key: one for one in firms}, edges, rule, on=TODAY, **more)


def codes(found):
    return [(reason.rule, reason.code) for reason in found.reasons]


def counted(found):
    return {one.key: one.counted.employees for one in found.contributions}


US = firm("us", figures(20, 4, 3))
OTHER = firm("a", figures(100, 20, 18))


@pytest.mark.parametrize(
    ("edge", "people", "relation"),
    [
        (Edge("a", "us", D("24.99")), 0, "too_little"),
        (Edge("a", "us", D(25)), 25, "partner"),
        (Edge("a", "us", D(20), D(30)), 30, "partner"),
        (Edge("us", "a", None, D(50)), 50, "partner"),
        (Edge("us", "a", D("50.01")), 100, "linked"),
        (Edge("a", "us", D(10), controls=True), 100, "linked"),
        (Edge("a", "us", D(60), holder_kind="venture_capital"), 100, "linked"),
        (Edge("a", "us", D(50), holder_kind="venture_capital"), 0, "exempt"),
        (Edge("a", "us", D(80), holder_kind="person"), 0, "person"),
        (Edge("a", "us", D(60), through_person="P", same_market=True), 100, "person_link"),
        (Edge("a", "us", None, through_person="P", same_market=True), 100, "person_link"),
        (Edge("a", "us", D(60), through_person="P", same_market=False), 0, "person_link"),
        (Edge("a", "us", D(40), through_person="P", same_market=True), 0, "person_link"),
    ],
)
def test_how_an_edge_counts(edge, people, relation):
    found = assess([US, OTHER], [edge])
    (one,) = found.contributions[1:]
    assert (one.counted.employees, one.part.relation) == (people, relation)
    assert found.size.employees == 20 + people


def test_who_added_how_much():
    partner = firm("p", figures(150, 30, 20))
    found = assess([US, OTHER, partner], [Edge("a", "us", D(60)), Edge("p", "a", D(40))])
    assert counted(found) == {"us": 20, "a": 100, "p": 60}
    assert (found.category, found.size.turnover, found.finding.code) == ("medium", D(36_000_000), "met")
    assert [size_wording.reason(reason) for reason in found.reasons] == [
        "Firm a counts in full: one controls the other, or both are controlled by the same firm.",
        "Firm p counts with 40% of its figures.",
    ]


def test_partners_of_partners_are_not_followed():
    found = assess(
        [US, OTHER, firm("p", figures(900))], [Edge("a", "us", D(40)), Edge("p", "a", D(40)), Edge("p", "a", D(60))]
    )
    assert counted(found) == {"us": 20, "a": 40}


def test_circles_count_each_firm_once():
    firms = [US, OTHER, firm("b", figures(10)), firm("p", figures(100))]
    edges = [
        Edge("us", "a", D(60)), Edge("a", "b", D(60)), Edge("b", "us", D(60)), Edge("us", "us", D(60)),
        Edge("p", "us", D(30)), Edge("us", "p", D(40)), Edge("p", "b", D(35)),
    ]  # fmt: skip
    assert counted(assess(firms, edges)) == {"us": 20, "a": 100, "b": 10, "p": 40}


def test_an_unknown_share_goes_before_a_known_one():
    found = assess([US, OTHER], [Edge("a", "us", D(30)), Edge("us", "a")])
    assert (found.category, found.finding.code, found.size.employees) == ("unknown", "group", None)
    assert ("size_part", "unknown") in codes(found)


def test_a_link_through_a_person_in_an_unknown_market_refers_only_where_it_matters():
    edge = Edge("a", "us", D(60), through_person="P")
    found = assess([US, OTHER], [edge])
    assert (found.finding.outcome.value, found.category) == ("pass", "unknown")
    found = assess([US, firm("a", figures(240, 45, 40))], [edge])
    assert (found.finding.outcome.value, found.finding.code) == ("refer", "same_market")
    assert ("size_part", "market_unknown") in codes(found)


def test_shares_count_on_the_days_they_were_held():
    edge = Edge("a", "us", D(60), from_on=date(2026, 1, 1), to_on=TODAY)
    assert counted(assess([US, OTHER], [edge])) == {"us": 20, "a": 100}
    for other in (replace(edge, to_on=date(2026, 11, 21)), replace(edge, from_on=date(2026, 11, 23), to_on=None)):
        assert counted(assess([US, OTHER], [other])) == {"us": 20}


def _years(*people, **more):
    return [Declaration(figures(count), "EUR", date(2023 + year, 12, 31), **more) for year, count in enumerate(people)]


def test_two_years_running_also_for_a_group():
    us = firm("us", *_years(20, 20, 20))
    grown = firm("a", *_years(100, 100, 260))
    edge = Edge("a", "us", D(60))
    found = assess([us, grown], [edge])
    assert (found.finding.code, found.category) == ("two_years", "medium")
    found = assess([us, firm("a", *_years(100, 260, 260))], [edge])
    assert (found.finding.code, found.category) == ("headcount", "not_sme")
    found = assess([us, grown], [edge], replace(RULE, two_years=False))
    assert (found.finding.code, found.category) == ("headcount", "not_sme")


def test_bought_by_a_large_group_the_status_is_lost_on_the_day():
    us = firm("us", *_years(100, 100, 100))
    buyer = firm("a", Declaration(figures(5000), "EUR"))
    edge = Edge("a", "us", D(100), from_on=TODAY)
    found = assess([us, buyer], [edge])
    assert (found.category, found.finding.code) == ("not_sme", "headcount")
    assert ("size_remark", "changed_hands") in codes(found)
    assert assess([us, buyer], [replace(edge, from_on=date(2026, 11, 23))]).category == "medium"


def test_a_sold_daughter_leaves_at_once():
    us = firm("us", *_years(100, 100, 100))
    edge = Edge("us", "a", D(100), to_on=date(2026, 6, 30))
    found = assess([us, firm("a", *_years(400, 400, 400))], [edge])
    assert (found.category, counted(found)) == ("medium", {"us": 100})
    assert ("size_remark", "changed_hands") in codes(found)


def test_which_declaration_counts():
    earlier, later = _years(10, 30)
    estimate = replace(later, figures=figures(99), source="estimate")
    corrected = replace(later, figures=figures(31))
    assert counted(assess([firm("us", earlier, later, corrected, estimate)], [])) == {"us": 31}
    newest = Declaration(figures(50), "EUR", date(2026, 10, 31), source="estimate")
    found = assess([firm("us", earlier, newest)], [])
    assert (counted(found), codes(found)) == ({"us": 50}, [("size_remark", "estimate")])
    without = Declaration(figures(7), "EUR")
    assert counted(assess([US, firm("a", without)], [Edge("us", "a", D(60))]))["a"] == 7
    only_later = firm("a", Declaration(figures(8), "EUR", date(2025, 12, 31)))
    assert assess([firm("us", earlier, later), only_later], [Edge("us", "a", D(60))]).category == "small"


def test_accounts_of_a_period_that_has_not_ended_do_not_count():
    found = assess([firm("us", *_years(10), Declaration(figures(500), "EUR", date(2026, 12, 31)))], [])
    assert (counted(found), found.finding.code) == ({"us": 10}, "later_accounts")
    assert ("size_remark", "later_accounts") in codes(found)


def test_short_periods_and_other_currencies():
    us = firm("us", Declaration(figures(10, 3), "SEK", date(2025, 12, 31), months=6))
    found = assess([us], [], MADE_SMARTER, rates={"SEK": D("0.092")})
    (own,) = found.contributions
    assert (own.given.currency, own.counted.turnover, own.counted_eur.turnover) == (
        "SEK", D("480000.00"), D("552000.00"),
    )  # fmt: skip
    assert codes(found) == [("size_remark", "months")]
    found = assess([us], [], MADE_SMARTER)
    assert (found.finding.code, found.size.turnover) == ("missing", None)
    assert ("size_remark", "no_rate") in codes(found)
    stored = firm("us", Declaration(figures(10, 3), "SEK", euro_rate=D("0.115")))
    assert assess([stored], [], MADE_SMARTER).size.turnover == D("300000.00")


def test_nobody_has_said_that_this_is_all():
    found = assess([US], [], groups_known=False)
    assert (found.category, found.finding.code) == ("unknown", "group")
    assert codes(found) == [("size_remark", "groups_unknown")]


@pytest.mark.parametrize(
    ("edge", "code"),
    [
        (Edge("a", "us", D(26), holder_kind="business_angel", invested_eur=D(1_300_000)), "angel"),
        (Edge("a", "us", D(26), holder_kind="business_angel", invested_eur=D("1249999.99")), None),
        (Edge("a", "us", D(24), holder_kind="business_angel", invested_eur=D(1_300_000)), None),
    ],
)
def test_a_rich_angel_is_looked_at(edge, code):
    found = assess([firm("us", figures(12)), firm("a")], [edge])
    assert found.category == "small"
    assert (found.finding.outcome.value, found.finding.code) == (("refer", code) if code else ("pass", "met"))


def test_investors_who_together_hold_more_than_half_are_looked_at():
    edges = [Edge(key, "us", D(26), holder_kind="venture_capital") for key in ("a", "b")]
    found = assess([US, OTHER, firm("b", figures(5))], edges)
    assert found.finding.code == "joint"
    assert ("size_remark", "joint") in codes(found)


def test_public_hands():
    council = firm("c")
    found = assess([US, council], [Edge("c", "us", D(25), holder_kind="public_body")])
    assert found.category == "not_sme"
    over = Edge("c", "us", D(60), holder_kind="small_local_authority")
    assert assess([US, firm("c", figures(3))], [over]).category == "not_sme"
    assert assess([US, firm("c", figures(3))], [replace(over, capital=D(50))]).category == "small"
    edges = [Edge("a", "us", D(60)), Edge("c", "a", D(60), holder_kind="public_body")]
    found = assess([US, firm("a", figures(10)), firm("c", figures(3))], edges)
    assert found.finding.code == "public_link"
    below = [Edge("us", "a", D(60)), Edge("c", "a", D(35), holder_kind="public_body")]
    assert assess([US, firm("a", figures(10)), firm("c", figures(3))], below).finding.code == "met"


def test_what_the_register_says_is_held_against_the_figures():
    us = firm("us", Declaration(figures(60, 20, 9), "GBP", date(2025, 12, 31)), currency="GBP")
    found = assess([us], [], MADE_SMARTER, accounts_type="micro-entity")
    assert codes(found) == [("size_remark", "accounts_type")]
    assert found.finding.outcome.value == "pass"
    assert codes(assess([us], [], MADE_SMARTER, accounts_type="medium")) == []
    assert codes(assess([us], [], MADE_SMARTER, accounts_type="full")) == []
    assert codes(assess([us], [], rates={"GBP": D("1.15")}, accounts_type="micro-entity")) == []


REASONS = [
    *(("size_part", code) for code in size_wording._PARTS),
    *(("size_remark", code) for code in size_wording._REMARKS if code != "accounts_type"),
]


@pytest.mark.parametrize(("rule", "code"), REASONS)
def test_every_reason_has_its_sentence(rule, code):
    value = {"name": "Firm a", "percent": "33.50", "kind": "university", "months": "6", "currency": "SEK"}
    sentence = size_wording.reason(group.Finding(rule, group.Outcome.PASS, code, value))
    assert sentence
    assert "%(" not in sentence


@pytest.mark.parametrize("claimed", ["micro", "small", "medium"])
def test_what_the_register_says_has_a_sentence_for_each_size(claimed):
    finding = group.Finding("size_remark", group.Outcome.REFER, "accounts_type", {"claimed": claimed})
    assert "register" in size_wording.reason(finding)


def test_a_reason_without_name_and_share_reads_well():
    value = {"name": "", "percent": "", "kind": "university"}
    finding = group.Finding("size_part", group.Outcome.PASS, "exempt", value)
    assert size_wording.reason(finding).startswith("A firm does not count: a university")


def test_every_relation_and_kind_has_its_name():
    assert set(size_wording.KIND_NAMES) == sizing.HOLDER_KINDS
    assert set(size_wording.RELATION_NAMES) == set(sizing.RELATIONS)


# --- The same as the public check ---------------------------------------------------------------

sizes = st.builds(figures, st.integers(0, 260), st.decimals(0, 60, places=2) | st.integers(0, 60), st.integers(0, 50))
kinds = st.sampled_from(sorted(sizing.HOLDER_KINDS))
partners = st.lists(st.tuples(st.none() | st.decimals(0, 100, places=2), sizes, kinds), max_size=3)
links = st.lists(st.tuples(sizes, partners, st.sampled_from([None, (True,), (False,), (None,)])), max_size=3)


@settings(max_examples=150, deadline=None)
@given(own=sizes, held=partners, linked=links)
def test_edges_come_to_the_same_as_nested_facts(own, held, linked):
    """A tree of shares told as facts and recorded as edges."""
    told, recorded = [], []
    firms = [firm("us", own)]

    def add(holder_of, size, edge):
        key = f"e{len(firms)}"
        firms.append(firm(key, size))
        recorded.append(replace(edge, holder=key, held=holder_of))
        return key

    def partner(holder_of, percent, size, kind):
        add(holder_of, size, Edge("", "", percent, holder_kind=kind))
        return Holding(percent, size, kind)

    direct = tuple(partner("us", *one) for one in held)
    for size, theirs, person in linked:
        through = {"through_person": "P", "same_market": person[0]} if person else {}
        key = add("us", size, Edge("", "", D(60), **through))
        # More than half of a linked firm is a link of its own, and public hands above are seen only along edges.
        small = [one for one in theirs if one[0] is not None and one[0] <= 50 and one[2] != "public_body"]
        told.append(
            LinkedFirm(
                size, tuple(partner(key, *one) for one in small), (), bool(person), person[0] if person else None
            )
        )
    expected = sizing.aggregate(own, direct, told)
    found = assess(firms, recorded)
    assert found.category == sizing.category(expected, euro_rate=D(1))
    for name in ("employees", "turnover", "balance_sheet"):
        amount = getattr(expected, name)
        value = getattr(found.size, name)
        assert (value is None) == (not amount.complete)
        assert value is None or abs(value - amount.known) < D("0.01")
    assert found.size.doubts == expected.doubts


edges = st.lists(
    st.builds(
        Edge,
        holder=st.sampled_from("uabc"), held=st.sampled_from("uabc"),
        capital=st.none() | st.integers(0, 100).map(D), votes=st.none() | st.integers(0, 100).map(D),
        controls=st.booleans(), holder_kind=kinds, through_person=st.sampled_from(["", "P"]),
        same_market=st.none() | st.booleans(),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(edges=edges, order=st.randoms(use_true_random=False))
def test_any_tangle_of_shares_comes_to_an_end(edges, order):
    firms = {key: firm(key, figures(number * 10)) for number, key in enumerate("uabc", 1)}
    found = group.assess("u", firms, edges, RULE, on=TODAY)
    keys = [one.key for one in found.contributions]
    assert len(keys) == len(set(keys))
    assert keys[0] == "u"
    assert found.contributions[0].counted.employees == 10
    assert found.size.employees is None or 10 <= found.size.employees <= 100
    shuffled = order.sample(edges, len(edges))
    again = group.assess("u", firms, shuffled, RULE, on=TODAY)
    assert (again.category, again.size.employees, again.finding.outcome) == (
        found.category, found.size.employees, found.finding.outcome,
    )  # fmt: skip

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funding import rules
from funding.rules import Cost, Why
from programmes.matching import GrantTerms, Project
from tests.reference import load_reference

TERMS = GrantTerms(
    currency="GBP",
    categories=frozenset({"capital_equipment", "software"}),
    rate=Decimal(50),
    cap=Decimal(20000),
)


def cost(net, **more):
    return Cost(**{"category": "capital_equipment", "net": Decimal(net), **more})


def test_cost_committed_before_the_offer_is_not_helped_with():
    answer = rules.answer(TERMS, [cost("30000"), cost("6000", is_committed=True)])
    assert answer.refused == (None, Why.COMMITTED)
    assert (answer.quote.eligible, answer.quote.grant) == (Decimal("30000.00"), Decimal("15000.00"))
    assert answer.quote.applicant_pays == Decimal("21000.00")


def test_cost_of_another_category_is_named():
    answer = rules.answer(TERMS, [cost("30000"), cost("1500", category="labour")])
    assert answer.refused == (None, Why.CATEGORY)
    assert answer.quote.eligible == Decimal("30000.00")


def test_committed_comes_before_category():
    assert rules.why_not(cost("1", category="labour", is_committed=True), TERMS) is Why.COMMITTED


def test_all_committed_is_refused():
    answer = rules.answer(TERMS, [cost("30000", is_committed=True)])
    assert not answer.quote.accepted
    assert answer.quote.grant is None


def test_limits_are_handed_on():
    answer = rules.answer(
        TERMS, [cost("60000")], requested=Decimal(9000), aid_headroom=Decimal(8000), budget_left=Decimal(7000),
        firm_size="small", project=Project(months=3),
    )  # fmt: skip
    assert (answer.quote.grant, answer.quote.limit) == (Decimal("7000.00"), "budget_left")


AMOUNTS = st.decimals(min_value=0, max_value=10**8, places=2)


@given(st.lists(st.tuples(AMOUNTS, st.booleans()), min_size=1, max_size=8), AMOUNTS)
def test_parts_always_add_up(rows, left):
    costs = [cost(net, is_committed=committed) for net, committed in rows]
    quote = rules.answer(TERMS, costs, budget_left=left).quote
    if quote.accepted:
        assert quote.grant + quote.match == quote.eligible
        assert quote.grant + quote.applicant_pays == quote.total
        assert 0 <= quote.grant <= min(TERMS.cap, left, quote.eligible / 2)


@pytest.mark.parametrize("vector", load_reference("domain/vectors.json")["grants"], ids=lambda one: one["id"])
def test_reference_vectors(vector):
    given = vector["inputs"]
    rates = {f"c{n}": {"any": Decimal(line["rate"])} for n, line in enumerate(given["lines"]) if "rate" in line}
    names = [f"c{n}" if "rate" in line else "other" for n, line in enumerate(given["lines"])]
    number = {name: Decimal(given[name]) for name in ("cap", "req", "min_el", "rate") if given.get(name)}
    terms = GrantTerms(
        currency="GBP", categories=frozenset(names), rate=number.get("rate"), cap=number.get("cap"),
        minimum=number.get("min_el"), category_rates=rates,
    )  # fmt: skip
    costs = [
        Cost(
            category=name,
            net=Decimal(line["net"]),
            vat=Decimal(line.get("vat", 0)),
            vat_recoverable=line.get("vat_recoverable", True),
            # The vectors say what counts; a committed cost is one that does not.
            is_committed=not line.get("eligible", True),
        )
        for name, line in zip(names, given["lines"], strict=True)
    ]
    headroom = given.get("mfa_headroom") or given.get("dm_headroom")
    quote = rules.answer(
        terms, costs, requested=number.get("req"), aid_headroom=Decimal(headroom) if headroom else None
    ).quote
    assert str(quote.eligible) == vector["eligible"]
    if "grant" not in vector:
        assert not quote.accepted
        return
    limits = {"mfa": "aid_headroom", "de_minimis": "aid_headroom"}
    assert quote.limit == limits.get(vector["limit"], vector["limit"])
    found = {name: str(getattr(quote, name)) for name in ("grant", "match", "applicant_pays")}
    assert found == {name: vector[name] for name in found}
    assert str(quote.effective_percent) == vector["effective_pct"]


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2027, 3, 1), date(2027, 3, 1), 1),
        (date(2027, 3, 1), date(2027, 3, 31), 1),
        (date(2027, 3, 1), date(2027, 4, 1), 2),
        (date(2027, 1, 15), date(2027, 2, 14), 1),
        (date(2027, 1, 15), date(2027, 2, 15), 2),
        (date(2027, 3, 31), date(2027, 3, 31), 1),
        (date(2028, 2, 29), date(2029, 2, 28), 13),
        (date(2027, 2, 1), date(2028, 5, 31), 16),
        (date(2027, 12, 31), date(2028, 1, 1), 1),
    ],
)
def test_months_between(start, end, months):
    assert rules.months_between(start, end) == months


CRITERIA = [{"code": "a", "weight": 40}, {"code": "b", "weight": 40}, {"code": "c", "weight": 20}]


@pytest.mark.parametrize(
    ("scores", "points"),
    [
        ({"a": 10, "b": 10, "c": 10}, "100.00"),
        ({"a": 0, "b": 0, "c": 0}, "0.00"),
        ({"a": 6, "b": 8, "c": 2}, "60.00"),
    ],
)
def test_weighted_score(scores, points):
    assert rules.weighted_score(CRITERIA, scores) == Decimal(points)


def test_weighted_score_rounds_half_up_and_weighs_one_where_nothing_is_said():
    criteria = [{"code": code} for code in "abcdefgh"]
    assert rules.weighted_score(criteria, {code: 10 if code == "a" else 0 for code in "abcdefgh"}) == Decimal("12.50")
    assert rules.weighted_score([{"code": c, "weight": 1} for c in "abc"], {"a": 2, "b": 0, "c": 0}) == Decimal("6.67")


def test_weighted_score_without_criteria_is_nothing():
    assert rules.weighted_score([], {}) == Decimal("0.00")


def test_weighted_score_needs_every_criterion():
    with pytest.raises(KeyError):
        rules.weighted_score(CRITERIA, {"a": 1})


def test_fingerprint_ignores_order_and_sees_every_change():
    assert rules.fingerprint({"a": 1, "b": "£"}) == rules.fingerprint({"b": "£", "a": 1})
    assert rules.fingerprint({"a": 1}) != rules.fingerprint({"a": "1"})
    assert len(rules.fingerprint({})) == 64


def test_last_day_to_accept_crosses_a_year():
    assert rules.last_day_to_accept(date(2026, 12, 20), 30) == date(2027, 1, 19)

"""What must hold for every grant beyond tests/programmes/test_matching.py: kinds of cost, splits, limits one by one."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from funding import rules
from funding.rules import Cost
from funding.rules import partners as joint
from programmes.matching import CATEGORIES, FIRM_SIZES, GrantTerms

PENNY = Decimal("0.01")
AMOUNTS = st.decimals(min_value=0, max_value=Decimal("9999999999.99"), places=2)
LIMITS = st.none() | AMOUNTS
PERCENTS = st.decimals(min_value=0, max_value=100, places=2)
SOME = CATEGORIES[:4]
BY_SIZE = st.dictionaries(st.sampled_from(FIRM_SIZES), PERCENTS, min_size=1) | st.fixed_dictionaries({"any": PERCENTS})
TERMS = st.builds(
    GrantTerms,
    currency=st.just("GBP"),
    categories=st.just(frozenset(SOME[:3])),
    rate=PERCENTS,
    cap=LIMITS,
    category_rates=st.dictionaries(st.sampled_from(SOME), BY_SIZE, max_size=2),
    category_caps=st.dictionaries(st.sampled_from(SOME), AMOUNTS, max_size=2),
)
COSTS = st.lists(
    st.builds(
        Cost, category=st.sampled_from(SOME), net=AMOUNTS, vat=AMOUNTS, vat_recoverable=st.booleans(),
        is_committed=st.booleans(), is_funded_elsewhere=st.booleans(),
    ),
    max_size=6,
)  # fmt: skip
ASKED = st.fixed_dictionaries(
    {
        "firm_size": st.none() | st.sampled_from(FIRM_SIZES),
        "requested": LIMITS, "aid_headroom": LIMITS, "budget_left": LIMITS,
    }
)  # fmt: skip


@given(TERMS, COSTS, ASKED, st.sampled_from(["requested", "aid_headroom", "budget_left"]), AMOUNTS)
def test_a_limit_never_raises_the_grant(terms, costs, asked, name, limit):
    free = rules.answer(terms, costs, **asked | {name: None}).quote
    bound = rules.answer(terms, costs, **asked | {name: limit}).quote
    assert bound.accepted == free.accepted
    if free.accepted:
        assert bound.grant == min(free.grant, limit)


@given(TERMS, COSTS, ASKED)
def test_kinds_of_cost_add_up_to_the_grant(terms, costs, asked):
    together = joint.together(
        terms,
        [(None, cost) for cost in costs],
        [joint.Bearer(None, asked["firm_size"], asked["aid_headroom"])],
        requested=asked["requested"],
        budget_left=asked["budget_left"],
    )
    quote = together.answer.quote
    assert quote == rules.answer(terms, costs, **asked).quote
    assert sum(row.grant for row in together.rows) == (quote.grant or 0)
    if quote.accepted:
        assert sum(row.eligible for row in together.rows) == quote.eligible
        assert all(0 <= row.grant <= row.eligible for row in together.rows)


@given(AMOUNTS, st.lists(AMOUNTS, min_size=1, max_size=8))
def test_a_split_adds_up_and_is_a_penny_off_at_most(amount, weights):
    parts = rules.split(amount, weights)
    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)
    whole = sum(weights)
    if whole:
        assert all(abs(part - amount * weight / whole) <= PENNY for part, weight in zip(parts, weights, strict=True))


@given(TERMS, COSTS, ASKED)
def test_what_is_committed_or_paid_by_others_never_counts(terms, costs, asked):
    plain = [cost for cost in costs if not (cost.is_committed or cost.is_funded_elsewhere)]
    found, without = (rules.answer(terms, some, **asked).quote for some in (costs, plain))
    assert (found.eligible, found.grant) == (without.eligible, without.grant)
    as_committed = [replace(cost, is_committed=True) for cost in costs]
    assert rules.answer(terms, as_committed, **asked).quote.eligible == 0

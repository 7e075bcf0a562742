"""Cash while the grant is paid in arrears: examples worked out by hand, and what must hold for every project."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funding.rules import cash, claims
from funding.rules.cash import Plan, Spread

MACHINE, COURSE = "capital_equipment", "upskilling"
D = Decimal
MARCH = date(2027, 3, 1)


def plan(**more):
    facts = {"costs": {MACHINE: D(12000)}, "starts_on": MARCH, "ends_on": date(2027, 8, 31)} | more
    return Plan(**facts)


def rows(eligible="12000", grant="6000"):
    return [claims.Row(MACHINE, D(eligible), D(grant), D(50))]


def column(months, name):
    return [getattr(month, name) for month in months]


def test_two_claims_of_three_months_are_paid_two_months_later():
    months = cash.months(plan(), claims.Terms(), rows())
    assert column(months, "paid") == [D(2000)] * 6 + [D(0)] * 2
    assert column(months, "grant") == [D(0)] * 4 + [D(3000), D(0), D(0), D(3000)]
    assert column(months, "position") == [
        D(-2000),
        D(-4000),
        D(-6000),
        D(-8000),
        D(-7000),
        D(-9000),
        D(-9000),
        D(-6000),
    ]
    assert months[-1].first == date(2027, 10, 1)


def test_vat_is_paid_first_and_comes_back_after_three_months():
    months = cash.months(plan(vat_percent=D(20), spread=Spread.START, cash=D(10000)), claims.Terms(), rows())
    assert column(months, "paid") == [D(14400)] + [D(0)] * 4
    assert column(months, "vat") == [D(0), D(0), D(0), D(2400), D(0)]
    assert column(months, "grant") == [D(0)] * 4 + [D(6000)]
    assert column(months, "position") == [D(-4400), D(-4400), D(-4400), D(-2000), D(4000)]


def test_vat_that_stays_is_part_of_the_cost():
    own = plan(vat_percent=D(20), vat_recoverable=False, spread=Spread.HALVES)
    months = cash.months(own, claims.Terms(), rows("14400", "7200"))
    assert column(months, "paid") == [D(7200), D(0), D(0), D(0), D(0), D(7200), D(0), D(0)]
    assert not any(column(months, "vat"))
    assert column(months, "grant") == [D(0)] * 4 + [D(3600), D(0), D(0), D(3600)]


@pytest.mark.parametrize(
    ("terms", "payments"),
    [
        (claims.Terms(retention_percent=D(10)), [D(2700), D(3300)]),
        (claims.Terms(cap_percent=D(40)), [D(2400), D(3600)]),
        (claims.Terms(claims.SCHEME_RATE), [D(3000), D(3000)]),
        (claims.Terms(months=6), [D(6000)]),
        (claims.Terms(months=12), [D(6000)]),
    ],
)
def test_terms_of_the_call_set_what_comes_when(terms, payments):
    months = cash.months(plan(), terms, rows())
    assert [month.grant for month in months if month.grant] == payments


def test_cost_that_does_not_count_brings_nothing():
    months = cash.months(plan(costs={MACHINE: D(12000), "other": D(600)}), claims.Terms(), rows())
    assert sum(column(months, "paid")) == D(12600)
    assert sum(column(months, "grant")) == D(6000)


def test_months_begin_on_the_day_of_the_start():
    months = cash.months(plan(starts_on=date(2027, 1, 31), ends_on=date(2027, 3, 30)), claims.Terms(), rows())
    assert column(months, "first")[:3] == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31)]


def test_a_plan_survives_being_kept():
    for one in (plan(), plan(cash=D("10.50"), vat_percent=D("20"), spread=Spread.HALVES, firm_size="small")):
        assert Plan.from_data(one.to_data()) == one


AMOUNTS = st.decimals(min_value=D("0.01"), max_value=D(5_000_000), places=2)


@given(
    machine=AMOUNTS,
    course=AMOUNTS,
    share=st.integers(0, 100),
    length=st.integers(1, 36),
    spread=st.sampled_from(Spread),
    percent=st.integers(0, 25),
    recoverable=st.booleans(),
    terms=st.builds(
        claims.Terms,
        method=st.sampled_from([claims.OFFER_RATE, claims.SCHEME_RATE]),
        months=st.integers(1, 12),
        retention_percent=st.integers(0, 50).map(D),
        cap_percent=st.integers(50, 100).map(D),
    ),
)
def test_all_money_is_accounted_for(machine, course, share, length, spread, percent, recoverable, terms):
    """The grant comes in whole, the VAT comes back whole, and the firm ends with what it bears itself."""
    own = plan(
        costs={MACHINE: machine, COURSE: course}, ends_on=claims.months_after(MARCH, length), spread=spread,
        vat_percent=D(percent), vat_recoverable=recoverable,
    )  # fmt: skip
    budget = [
        claims.Row(line.category, cost, (cost * share / 100).quantize(D("0.01"), "ROUND_DOWN"), D(share))
        for line in own.lines
        for cost in [line.net if recoverable else line.net + line.vat]
    ]
    grant, eligible = sum(row.grant for row in budget), sum(row.eligible for row in budget)
    months = cash.months(own, terms, budget)
    assert sum(column(months, "paid")) == machine + course + own.vat
    assert sum(column(months, "vat")) == (own.vat if recoverable else 0)
    assert sum(column(months, "grant")) == grant
    assert months[-1].position == grant - eligible
    assert min(column(months, "grant")) >= 0

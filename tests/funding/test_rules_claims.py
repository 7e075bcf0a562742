"""The arithmetic of claims: vectors of the reference, and what must hold for every award."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funding import rules
from funding.rules import claims
from funding.rules.claims import Before, Period, Readiness, Row, Stop, Terms
from tests.reference import load_reference

MACHINE, COURSE = "capital_equipment", "upskilling"
D = Decimal


def rows(*, eligible="52000", grant="20000", rate="50"):
    return [Row(MACHINE, D(eligible), D(grant), D(rate))]


class TestReference:
    @pytest.fixture
    def vectors(self):
        return {one["method"]: one for one in load_reference("domain/vectors.json")["claims"]}

    @pytest.mark.parametrize("method", [claims.OFFER_RATE, claims.SCHEME_RATE])
    def test_methods(self, vectors, method):
        vector = vectors[method]
        budget = rows(eligible=vector["planned"], grant=vector["award"], rate=vector.get("rate", "50"))
        found = claims.worth(Terms(method), budget, Before(), {MACHINE: D(vector["actual"])})
        assert str(found.payable) == vector["expected"]

    def test_retention(self, vectors):
        vector = vectors["retention"]
        terms = Terms(claims.SCHEME_RATE, retention_percent=D(vector["retention_pct"]))
        found = claims.worth(terms, rows(rate=vector["rate"]), Before(), {MACHINE: D(vector["claim"])})
        assert [str(one) for one in (found.gross, found.retained, found.payable)] == [
            vector["gross"], vector["retained"], vector["paid"],
        ]  # fmt: skip

    def test_funders(self):
        for vector in load_reference("domain/vectors.json")["cofunder_split"]:
            lines = [
                {"funder": str(n), "from": "", "to": "", "amount": share} for n, share in enumerate(vector["shares"])
            ]
            parts = claims.shares(D(vector["total"]), lines, date(2026, 11, 22))
            assert [D(part["amount"]) for part in parts] == [D(text) for text in vector["expected"]]


def test_terms_of_an_award_have_defaults():
    assert Terms.from_data({}) == Terms("offer_rate", 3, D(0), D(100))
    given_ = {"method": "scheme_rate", "months": 6, "retention_percent": "10", "cap_percent": 90, "virement_percent": 5}
    assert Terms.from_data(given_) == Terms("scheme_rate", 6, D(10), D(90))


def test_cost_beyond_its_budget_or_of_another_kind_does_not_count():
    over = claims.worth(Terms(), rows(eligible="1000", grant="500"), Before(), {MACHINE: D(1500)})
    assert (over.payable, over.limit) == (D(500), "category")
    other = claims.worth(Terms(), rows(), Before(), {COURSE: D(100)})
    assert (other.payable, other.limit) == (D(0), "category")
    none = claims.worth(Terms(), rows(eligible="0", grant="0"), Before(), {MACHINE: D(1)})
    assert none.payable == 0


def test_scheme_rate_stops_at_the_grant():
    found = claims.worth(Terms(claims.SCHEME_RATE), rows(), Before(), {MACHINE: D(50000)})
    assert (found.payable, found.limit) == (D(20000), "award")


def test_cap_holds_back_until_the_final_claim():
    terms = Terms(retention_percent=D(10), cap_percent=D(80))
    first = claims.worth(terms, rows(), Before(), {MACHINE: D(52000)})
    assert (first.gross, first.payable, first.retained, first.limit) == (D(20000), D(16000), D(4000), "cap")
    before = Before({MACHINE: D(52000)}, first.gross, first.payable)
    more = claims.worth(terms, rows(), before, {MACHINE: D(10)})
    assert (more.gross, more.payable) == (D(0), D(0))
    last = claims.worth(terms, rows(), before, {}, claimed=D(0), is_final=True)
    assert (last.released, last.payable, last.claimed) == (D(4000), D(4000), D(0))


def test_grant_lowered_by_a_change_is_never_overpaid():
    before = Before({MACHINE: D(52000)}, gross=D(20000), payable=D(18000))
    assert claims.worth(Terms(), rows(grant="17000"), before, {}, is_final=True).payable == 0
    assert claims.worth(Terms(), rows(grant="17000"), before, {MACHINE: D(1)}).payable == 0


money = st.decimals(min_value=0, max_value=200_000, places=2)
categories = st.sampled_from([MACHINE, COURSE])


@given(
    method=st.sampled_from([claims.OFFER_RATE, claims.SCHEME_RATE]),
    grants=st.tuples(money, money),
    eligibles=st.tuples(money, money),
    retention=st.integers(0, 20),
    cap=st.integers(50, 100),
    spent=st.lists(st.tuples(categories, money), min_size=1, max_size=6),
)
def test_claims_never_pass_the_award_and_parts_add_up(method, grants, eligibles, retention, cap, spent):
    terms = Terms(method, 3, D(retention), D(cap))
    budget = [Row(name, e, g, D(50)) for name, e, g in zip((MACHINE, COURSE), eligibles, grants, strict=True)]
    before = Before()
    for number, (category, cost) in enumerate(spent, start=1):
        is_final = number == len(spent)
        found = claims.worth(terms, budget, before, {category: cost}, is_final=is_final)
        assert found.payable == found.gross - found.retained + found.released
        assert min(found.gross, found.retained, found.released, found.payable) >= 0
        accepted = {**before.accepted, category: before.accepted.get(category, D(0)) + cost}
        before = Before(accepted, before.gross + found.gross, before.payable + found.payable)
        assert before.payable <= sum(grants)
        assert is_final or before.payable <= sum(grants) * cap / 100
    assert before.gross == before.payable == claims.entitlement(terms, budget, before.accepted)[0]


@given(method=st.sampled_from([claims.OFFER_RATE, claims.SCHEME_RATE]), one=money, more=money)
def test_more_cost_never_pays_less(method, one, more):
    less, greater = (claims.entitlement(Terms(method), rows(), {MACHINE: cost})[0] for cost in (one, one + more))
    assert less <= greater


class TestPeriods:
    ALL = claims.periods(date(2026, 1, 31), date(2026, 10, 15), 3)

    def test_the_whole_project_without_a_gap(self):
        assert [
            Period(date(2026, 1, 31), date(2026, 4, 29)), Period(date(2026, 4, 30), date(2026, 7, 30)),
            Period(date(2026, 7, 31), date(2026, 10, 15)),
        ] == self.ALL  # fmt: skip
        assert claims.months_after(date(2026, 11, 30), 3) == date(2027, 2, 28)
        assert claims.months_after(date(2026, 10, 31), 2) == date(2026, 12, 31)

    @pytest.mark.parametrize(
        ("claimed_to", "today", "final", "expected"),
        [
            (None, date(2026, 4, 29), False, None),
            (None, date(2026, 4, 30), False, Period(date(2026, 1, 31), date(2026, 4, 29))),
            (None, date(2026, 9, 1), False, Period(date(2026, 1, 31), date(2026, 7, 30))),
            (date(2026, 4, 29), date(2026, 9, 1), False, Period(date(2026, 4, 30), date(2026, 7, 30))),
            (date(2026, 4, 29), date(2026, 6, 1), True, Period(date(2026, 4, 30), date(2026, 6, 1))),
            (date(2026, 7, 30), date(2027, 1, 1), True, Period(date(2026, 7, 31), date(2026, 10, 15))),
            (date(2026, 7, 30), date(2026, 7, 30), True, None),
            (date(2026, 10, 15), date(2027, 1, 1), True, None),
        ],
    )
    def test_next_one_to_claim(self, claimed_to, today, final, expected):
        assert claims.to_claim(self.ALL, claimed_to, today, is_final=final) == expected


class TestStops:
    def test_nothing_stops_a_whole_claim(self):
        assert claims.stops(Readiness(costs=1)) == []
        assert claims.stops(Readiness(costs=0, is_final=True)) == []

    def test_everything_is_said_at_once(self):
        facts = Readiness(
            costs=0, without_invoice=1, without_proof=1, has_report=False, is_started=False, earlier_open=1,
            milestones_left=1, conditions_left=1,
        )  # fmt: skip
        usual = [Stop.NOT_STARTED, Stop.NO_COSTS, Stop.INVOICE, Stop.PROOF, Stop.REPORT]
        assert claims.stops(facts) == usual

    def test_the_final_claim_wants_more(self):
        facts = Readiness(costs=1, is_final=True, earlier_open=1, milestones_left=2, conditions_left=1)
        assert claims.stops(facts) == [Stop.EARLIER, Stop.MILESTONES, Stop.CONDITIONS]


class TestClock:
    SENT = date(2026, 11, 20)  # a Friday

    def test_working_days_alone(self):
        assert claims.answer_by(self.SENT, 5, []) == date(2026, 11, 27)

    def test_it_stands_while_we_wait(self):
        assert claims.answer_by(self.SENT, 5, [(date(2026, 11, 23), None)]) is None
        asked_and_answered = [(date(2026, 11, 23), date(2026, 11, 26))]
        assert claims.answer_by(self.SENT, 5, asked_and_answered) == date(2026, 12, 2)


def test_invoice_numbers_compare_without_their_marks():
    assert claims.invoice_key(" inv-2026/017 ") == claims.invoice_key("INV 2026017")


def test_ledger_sums():
    ledger = claims.Ledger(
        awarded=D(100), committed=D(90), claimed=D(60), agreed=D(50), paid=D(30), held=D(5), repaid=D(0), to_repay=D(0)
    )
    assert (ledger.owed, ledger.left) == (D(20), D(40))
    assert claims.LedgerRow(MACHINE, D(10), D(5), D(12), D(11)).left == 0


def test_funders_of_the_day_bear_a_payment():
    lines = [
        {"funder": "State", "from": "2026-01-01", "to": "2026-12-31", "amount": "10"},
        {"funder": "Union", "from": "2027-01-01", "to": "2027-12-31", "amount": "10"},
    ]
    assert claims.shares(D("0.03"), lines, date(2027, 5, 1)) == [{"funder": "Union", "amount": "0.03"}]
    assert len(claims.shares(D("0.03"), lines, date(2030, 1, 1))) == 2
    assert claims.shares(D(5), [], date(2030, 1, 1)) == []


def test_splitting_is_the_same_as_everywhere():
    assert rules.split(D("0.05"), [D(50), D(50)]) == [D("0.03"), D("0.02")]

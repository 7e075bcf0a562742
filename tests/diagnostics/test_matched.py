"""Support and people for the actions of a plan, rule by rule."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from diagnostics import matched
from network.models import Expert
from programmes.matching import GrantTerms, Line, Outcome, Project
from programmes.models import Instrument
from tests.factories.applications import CaseFactory, EligibilityCheckFactory
from tests.factories.diagnostics import STARTED, AssessmentFactory
from tests.factories.programmes import CallFactory, InstrumentFactory, RegionFactory
from tests.reference import load_reference

EQUIPMENT = "capital_equipment"
RULES = {"trl_out_of_range": "trl", "budget_below_minimum": "minimum_budget"}
BASQUE = GrantTerms(
    "EUR", frozenset({EQUIPMENT}), rate=Decimal(25), minimum=Decimal(75000), minimum_of="total", trl=(5, 9), months=16
)
HALF = {"rate": "50", "cap": "20000", "categories": [EQUIPMENT, "software"]}


# --- The vectors --------------------------------------------------------------------------------
def vector():
    return load_reference("diagnostics/scoring_vectors.json")["vectors"]["TV7_money"]


@pytest.mark.parametrize(("name", "number"), [("basque_ok", 0), ("basque_no", 1)])
def test_tv7_basque(name, number):
    given, expected = vector()["input"]["projects"][number], vector()["expected"][name]
    budget = Decimal(given["budget"])
    counts = min(Decimal(given["eligible"]), budget)
    lines = [Line(EQUIPMENT, counts), Line(EQUIPMENT, budget - counts, eligible=False)]
    project = Project(trl_start=given["trl"], trl_end=given["trl"], months=given["months"])
    found = matched.against_terms(BASQUE, lines, project=project)
    failed = {finding.rule for finding in found.findings if finding.outcome is Outcome.FAIL}
    assert failed == {RULES[reason] for reason in expected["reasons"]}
    assert found.is_refused is not expected["eligible"]
    grant = expected["grant_max"]
    assert found.amount.high == (None if grant is None else Decimal(grant))


def test_tv7_a_rate_that_no_source_states_gives_no_amount():
    expected = vector()["expected"]["ivplus"]
    terms = GrantTerms("GBP", frozenset({EQUIPMENT}), cap=Decimal(expected["cap"]))
    found = matched.against_terms(terms, [Line(EQUIPMENT, Decimal(80000))])
    assert not found.is_refused
    assert found.amount == matched.Amount(cap=Decimal(100000))


# --- Costs that are agreed, or not yet ----------------------------------------------------------
def test_without_agreed_costs_nothing_is_refused_and_no_amount_is_named():
    terms = GrantTerms("GBP", frozenset({EQUIPMENT}), rate=Decimal(50), cap=Decimal(20000), minimum=Decimal(5000))
    found = matched.offer_of(terms, [])
    outcomes = {finding.rule: finding.outcome for finding in found.findings}
    assert outcomes["minimum_budget"] == outcomes["eligible_costs"] == Outcome.REFER
    assert found.amount == matched.Amount(cap=Decimal(20000))


def test_rates_by_kind_of_cost_give_a_range():
    rates = {"software": {"small": Decimal(40), "medium": Decimal(30)}}
    terms = GrantTerms("GBP", frozenset({EQUIPMENT, "software"}), rate=Decimal(50), category_rates=rates)
    found = matched.offer_of(terms, [Decimal(10000)], firm_size="small")
    assert found.amount == matched.Amount(Decimal(4000), Decimal(5000))


def test_one_kind_without_a_rate_leaves_the_amount_unknown():
    rates = {"software": {"any": Decimal(40)}}
    terms = GrantTerms("GBP", frozenset({EQUIPMENT, "software"}), category_rates=rates, cap=Decimal(9000))
    assert matched.offer_of(terms, [Decimal(10000)]).amount == matched.Amount(cap=Decimal(9000))


def test_a_budget_below_the_minimum_is_refused_whatever_it_is_for():
    terms = GrantTerms("GBP", frozenset({EQUIPMENT, "software"}), rate=Decimal(50), minimum=Decimal(5000))
    found = matched.offer_of(terms, [Decimal(1000)])
    assert found.is_refused
    assert found.amount == matched.Amount()


# --- A plan -------------------------------------------------------------------------------------
def strand(slug, outcome="eligible", points=()):
    return {"instrument": slug, "outcome": outcome, "missing": [], "points": list(points)}


def case_with(programme, *strands, **changes):
    check = EligibilityCheckFactory(programme=programme, strands=list(strands), **changes)
    return CaseFactory(programme=programme, check_result=check, accepted=True)


def rows_of(case):
    assessment = AssessmentFactory(case=case, final=True)
    plan = assessment.plan
    return list(plan.actions.order_by("rank"))


@pytest.fixture
def grant(programme):
    return InstrumentFactory(programme=programme, slug="match-funding", name="Match funding", kind="grant")


@pytest.mark.django_db
def test_open_support_is_told_rule_by_rule(programme, grant, django_assert_max_num_queries):
    CallFactory(instrument=grant, terms={**HALF, "minimum": {"amount": "5000.00", "of": "eligible"}, "months": 1})
    case = case_with(programme, strand("match-funding"), size={"category": "small"}, headroom={"left": "150000.00"})
    rows = rows_of(case)
    with django_assert_max_num_queries(4):
        (found,) = matched.instruments(case, rows, STARTED)
    rules = {rule.rule: rule for rule in found.findings}
    assert rules["size"].outcome == "pass"
    assert rules["size"].reason == "Fewer than 250 people."
    assert rules["minimum_budget"].outcome == "unknown"
    assert "£5,000 or more" in rules["minimum_budget"].reason
    assert rules["eligible_costs"].outcome == "unknown"
    assert rules["duration"].outcome == "fail"
    assert (found.outcome, found.is_open, found.terms) == ("fail", True, "50% of eligible costs, at most £20,000")
    assert found.findings[0].outcome == "fail"
    assert "before you have the offer in writing" in found.warning
    assert found.amount == "Not known yet; never more than £20,000."
    assert "at least 50%" in found.match
    assert "Open until 1 January 2036" in found.timing
    assert found.checked_on == date(2026, 11, 4)
    assert found.facts_from == date(2026, 11, 2)
    assert len(found.actions) == len(found.action_codes) > 0


@pytest.mark.django_db
def test_agreed_costs_give_an_amount(programme, grant):
    CallFactory(instrument=grant, terms=HALF)
    case = case_with(programme, strand("match-funding"))
    rows = rows_of(case)
    fitting = matched.instruments(case, rows, STARTED)[0].action_codes
    row = next(row for row in rows if row.action_code == fitting[0])
    row.cost = Decimal(30000)
    (found,) = matched.instruments(case, rows, STARTED)
    assert found.amount == "Up to £15,000 on the costs agreed so far."


@pytest.mark.django_db
def test_amount_by_kind_of_cost(programme, grant):
    CallFactory(instrument=grant, terms={"categories": [EQUIPMENT, "software"], "category_rates": {
        EQUIPMENT: {"any": "50"}, "software": {"any": "40"}}})  # fmt: skip
    case = case_with(programme)
    rows = rows_of(case)
    for row in rows:
        row.cost = Decimal(100)
    (found,) = matched.instruments(case, rows, STARTED)
    assert found.amount.startswith("Up to £")
    assert " to £" in found.amount
    assert found.match == "How much you pay yourself depends on what the costs are for."
    assert found.terms == ""
    assert "size" not in {rule.rule for rule in found.findings}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("opens", "closes", "timing"),
    [(2027, 2028, "Opens on 1 January 2027."), (2024, 2025, "Closed on 1 January 2025.")],
)
def test_closed_support_says_when(programme, grant, opens, closes, timing):
    InstrumentFactory(programme=programme, slug="advice", name="Expert advice", kind="advice", position=5)
    CallFactory(
        instrument=grant, terms={"categories": [EQUIPMENT]},
        opens_at=datetime(opens, 1, 1, tzinfo=UTC), closes_at=datetime(closes, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    case = case_with(programme)
    advice, found = matched.instruments(case, rows_of(case), STARTED)
    assert (advice.slug, advice.is_open, advice.timing, advice.amount, advice.warning) == ("advice", True, "", "", "")
    assert (advice.outcome, advice.findings) == ("unknown", ())
    assert (found.is_open, found.timing) == (False, timing)
    assert found.amount == "Not known yet."


@pytest.mark.django_db
def test_the_open_call_goes_before_an_older_one(programme, grant):
    CallFactory(instrument=grant, slug="old", closes_at=datetime(2026, 2, 1, tzinfo=UTC))
    CallFactory(instrument=grant, slug="now", terms={**HALF, "cap": "7000"})
    CallFactory(instrument=grant, slug="later", opens_at=datetime(2036, 1, 1, tzinfo=UTC),
                closes_at=datetime(2037, 1, 1, tzinfo=UTC))  # fmt: skip
    case = case_with(programme)
    assert "£7,000" in matched.instruments(case, rows_of(case), STARTED)[0].terms


@pytest.mark.django_db
def test_money_without_a_call_is_not_open(programme, grant):
    case = case_with(programme)
    (found,) = matched.instruments(case, rows_of(case), STARTED)
    assert (found.is_open, found.timing) == (False, "No call is open or announced.")


@pytest.mark.django_db
def test_open_points_of_the_check_stand_for_the_rule(programme):
    InstrumentFactory(programme=programme, slug="placement", kind="placement")
    points = [
        {"rule": "strand_size", "outcome": "fail", "reason": "This support is for firms of another size."},
        {"rule": "strand_condition", "outcome": "refer", "reason": "An adviser looks at it."},
    ]
    case = case_with(programme, strand("placement", "not_eligible", points))
    (found,) = matched.instruments(case, rows_of(case), STARTED)
    assert [(rule.rule, rule.outcome) for rule in found.findings] == [
        ("strand_size", "fail"), ("strand_condition", "unknown"),
    ]  # fmt: skip


@pytest.mark.django_db
def test_what_the_programme_points_to_is_matched_by_what_it_gives(programme):
    for slug, measure in (("tax", "tax"), ("loan", "loan"), ("calls", "grant"), ("other", "")):
        InstrumentFactory(programme=programme, slug=slug, kind=Instrument.Kind.SIGNPOST, measure=measure)
    InstrumentFactory(programme=programme, slug="review", kind=Instrument.Kind.DIAGNOSTIC)
    case = case_with(programme)
    slugs = {found.slug for found in matched.instruments(case, rows_of(case), STARTED)}
    assert "review" not in slugs
    assert {"calls", "other"} <= slugs


@pytest.mark.django_db
def test_a_plan_without_work_matches_nothing(programme, grant):
    case = case_with(programme)
    rows = rows_of(case)
    for row in rows:
        row.horizon = "parked"
    assert matched.instruments(case, rows, STARTED) == []
    assert matched.experts(case, rows) == []


# --- Experts ------------------------------------------------------------------------------------
def expert(slug, **fields):
    given = {
        "name": slug.title(), "kinds": ["generalist_adviser", "rto", "software", "cyber"], "summary": "Helps firms.",
        "country": "GB", "languages": ["en"], "source": "Invented", "checked_on": date(2026, 11, 1),
    }  # fmt: skip
    return Expert.objects.create(slug=slug, **{**given, **fields})


@pytest.mark.django_db
def test_experts_say_what_for_and_declare_what_they_sell(programme, django_assert_max_num_queries):
    expert("free", what_to_ask="Ask for a half-day visit.", is_demo=True)
    expert("seller", is_independent=False, languages=["fr"], availability="waiting")
    expert("elsewhere", country="DK")
    case = case_with(programme)
    rows = rows_of(case)
    with django_assert_max_num_queries(3):
        found = matched.experts(case, rows)
    free, seller = found
    assert (free.what_to_ask, free.link, free.is_demo, free.where) == (
        "Ask for a half-day visit.", "", True, "Works in the whole country",
    )  # fmt: skip
    assert "English" in free.language
    assert "Sells machines" in seller.link
    assert seller.is_waiting
    assert seller.language == ""
    assert seller.actions[0] in seller.what_to_ask


@pytest.mark.django_db
def test_places_come_from_the_check_or_else_the_region(programme):
    expert("near", places=["TLD4"])
    facts = {"local_authority": None}
    region = RegionFactory(programme=programme, local_authorities=["E07000123"])
    case = case_with(programme, facts=facts)
    assert matched.experts(case, rows_of(case)) == []
    case = CaseFactory(
        programme=programme, region=region, accepted=True,
        check_result=EligibilityCheckFactory(programme=programme, facts=facts),
    )  # fmt: skip
    assert [found.where for found in matched.experts(case, rows_of(case))] == ["Works in your area"]

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmes.matching import CATEGORIES, LIMITS, GrantTerms, Line, Project, quote

ALL = frozenset(CATEGORIES)
EQUIPMENT = "capital_equipment"


def _outcomes(found):
    return {finding.rule: finding.outcome.value for finding in found.findings}


@pytest.mark.parametrize(("firm_size", "grant"), [("medium", "20000.00"), ("small", "29000.00")])
def test_rates_by_category_and_firm_size(firm_size, grant):
    terms = GrantTerms(
        "EUR",
        ALL,
        category_rates={
            EQUIPMENT: {"small": D(20), "medium": D(10)},
            "consultancy": {"any": D(50)},
            "upskilling": {"small": D(70), "medium": D(60)},
        },
    )
    lines = [Line(EQUIPMENT, D(80000)), Line("consultancy", D(12000)), Line("upskilling", D(10000))]
    found = quote(terms, lines, firm_size=firm_size)
    assert (str(found.grant), found.limit, _outcomes(found)["firm_size"]) == (grant, "rate", "pass")


def test_a_size_that_is_not_known_gets_the_lowest_rate():
    terms = GrantTerms("EUR", ALL, category_rates={EQUIPMENT: {"small": D(20), "medium": D(10)}})
    found = quote(terms, [Line(EQUIPMENT, D(1000))])
    assert (found.accepted, found.grant, _outcomes(found)["firm_size"]) == (True, D("100.00"), "refer")


def test_a_size_without_a_rate_is_refused():
    terms = GrantTerms("EUR", ALL, category_rates={EQUIPMENT: {"small": D(20)}})
    found = quote(terms, [Line(EQUIPMENT, D(1000))], firm_size="not_sme")
    assert (found.accepted, _outcomes(found)["firm_size"]) == (False, "fail")


def test_a_size_with_a_rate_for_one_of_two_categories_gets_that_part():
    terms = GrantTerms(
        "EUR", ALL, category_rates={EQUIPMENT: {"small": D(20)}, "labour": {"small": D(20), "not_sme": D(10)}}
    )
    found = quote(terms, [Line(EQUIPMENT, D(1000)), Line("labour", D(1000))], firm_size="not_sme")
    assert found.grant == D("100.00")


HALF = GrantTerms("GBP", ALL, rate=D(50), cap=D(1000))


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, "rate"),
        ({"requested": D(1000)}, "rate"),
        ({"requested": D("999.99")}, "requested"),
        ({"aid_headroom": D(500), "requested": D(500), "budget_left": D(500)}, "requested"),
        ({"aid_headroom": D(500), "budget_left": D(500)}, "aid_headroom"),
        ({"budget_left": D(500)}, "budget_left"),
        ({"budget_left": D(-5)}, "budget_left"),
        ({"aid_headroom": D(0)}, "aid_headroom"),
    ],
)
def test_limits_that_meet_are_named_in_order(limits, expected):
    found = quote(HALF, [Line("software", D(2000))], **limits)
    assert (found.accepted, found.limit) == (True, expected)
    assert found.grant == max(min([D(1000), *limits.values()]), D(0))


def test_the_cap_is_named_before_a_request_for_more():
    assert quote(HALF, [Line("software", D(9000))], requested=D(5000)).limit == "cap"


def test_a_category_cap():
    terms = GrantTerms("GBP", ALL, rate=D(50), category_caps={"labour": D(100)})
    found = quote(terms, [Line("labour", D(1000)), Line("software", D(1000))])
    assert (found.grant, found.limit) == (D("600.00"), "category_cap")


def test_no_rate_means_the_whole_cost():
    assert quote(GrantTerms("GBP", ALL, cap=D(300)), [Line("other", D(200))]).grant == D("200.00")


def test_a_category_that_is_not_allowed_counts_like_an_ineligible_line():
    terms = GrantTerms("GBP", frozenset({EQUIPMENT}), rate=D(50))
    found = quote(terms, [Line(EQUIPMENT, D(100)), Line("labour", D(40))])
    assert (found.eligible, found.grant, found.applicant_pays) == (D("100.00"), D("50.00"), D("90.00"))
    assert _outcomes(found)["cost_category"] == "refer"


def test_nothing_eligible_fails():
    found = quote(HALF, [Line("labour", D(40), eligible=False)])
    assert (found.accepted, _outcomes(found)["eligible_costs"]) == (False, "fail")
    assert not quote(HALF, []).accepted


BASQUE = GrantTerms(
    "EUR", ALL, rate=D(25), minimum=D(75000), minimum_of="total", trl=(5, 9), months=16, research_partner=True
)
GOOD = Project(trl_start=5, trl_end=8, months=16, has_research_partner=True)


def test_the_minimum_of_the_whole_budget_counts_every_line():
    lines = [Line(EQUIPMENT, D(60000)), Line("labour", D(15000), eligible=False)]
    found = quote(BASQUE, lines, project=GOOD)
    assert (found.accepted, found.eligible, found.grant) == (True, D("60000.00"), D("15000.00"))
    assert not quote(BASQUE, lines[:1], project=GOOD).accepted


@pytest.mark.parametrize(
    ("maximum_of", "maximum", "outcome"),
    [("total", 75000, "pass"), ("total", "74999.99", "fail"), ("eligible", 60000, "pass"), ("eligible", 59999, "fail")],
)
def test_the_largest_project(maximum_of, maximum, outcome):
    lines = [Line(EQUIPMENT, D(60000)), Line("labour", D(15000), eligible=False)]
    terms = GrantTerms("GBP", ALL, rate=D(50), maximum=D(maximum), maximum_of=maximum_of)
    found = quote(terms, lines)
    assert (_outcomes(found)["maximum_budget"], found.accepted) == (outcome, outcome == "pass")


@pytest.mark.parametrize(
    ("project", "rule", "outcome"),
    [
        (GOOD, "trl", "pass"),
        (Project(trl_start=5, trl_end=5), "trl", "pass"),
        (Project(trl_start=4, trl_end=8), "trl", "fail"),
        (Project(trl_start=4), "trl", "fail"),
        (Project(trl_end=10), "trl", "fail"),
        (Project(trl_start=8, trl_end=6), "trl", "fail"),
        (Project(trl_start=5), "trl", "refer"),
        (Project(), "trl", "refer"),
        (GOOD, "duration", "pass"),
        (Project(months=17), "duration", "fail"),
        (Project(), "duration", "refer"),
        (GOOD, "research_partner", "pass"),
        (Project(has_research_partner=False), "research_partner", "fail"),
        (Project(), "research_partner", "refer"),
        (Project(already_committed=True), "incentive_effect", "refer"),
        (Project(already_committed=False), "incentive_effect", "pass"),
    ],
)
def test_what_a_call_asks_of_the_project(project, rule, outcome):
    found = quote(BASQUE, [Line(EQUIPMENT, D(80000))], project=project)
    assert _outcomes(found)[rule] == outcome
    assert found.accepted is not ("fail" in _outcomes(found).values())


def test_missing_project_facts_do_not_refuse():
    found = quote(BASQUE, [Line(EQUIPMENT, D(80000))])
    assert (found.accepted, found.grant) == (True, D("20000.00"))


def test_headroom_that_was_not_checked_is_said():
    assert _outcomes(quote(HALF, [Line("other", D(1))]))["aid_headroom"] == "refer"
    assert _outcomes(quote(HALF, [Line("other", D(1))], aid_headroom=D(5)))["aid_headroom"] == "pass"


def test_terms_from_their_data():
    data = {
        "currency": "EUR", "categories": ["labour", "other"], "rate": "25", "cap": None,
        "minimum": {"amount": "75000.00", "of": "total"}, "maximum": {"amount": "90000.00", "of": "total"},
        "category_rates": {"labour": {"any": "40"}},
        "category_caps": {"other": "9"}, "trl": {"min": 5, "max": 9}, "months": 16, "research_partner": True,
    }  # fmt: skip
    assert GrantTerms.from_data(data) == GrantTerms(
        "EUR", frozenset({"labour", "other"}), rate=D(25), minimum=D(75000), minimum_of="total",
        maximum=D(90000), maximum_of="total", category_rates={"labour": {"any": D(40)}},
        category_caps={"other": D(9)}, trl=(5, 9), months=16, research_partner=True,
    )  # fmt: skip
    assert GrantTerms.from_data({"currency": "GBP", "categories": ["other"]}) == GrantTerms("GBP", frozenset({"other"}))


# --- What holds for every budget ----------------------------------------------------------------

amounts = st.decimals(min_value=0, max_value=D("9999999.99"), places=2)
lines = st.lists(
    st.builds(Line, st.sampled_from(CATEGORIES), amounts, amounts, st.booleans(), st.booleans()), min_size=1, max_size=8
)
percents = st.decimals(min_value=0, max_value=100, places=2)
terms_of_any_call = st.builds(
    GrantTerms,
    st.just("GBP"),
    st.frozensets(st.sampled_from(CATEGORIES), min_size=1),
    rate=percents,
    cap=st.none() | amounts,
    category_rates=st.dictionaries(st.sampled_from(CATEGORIES), st.fixed_dictionaries({"any": percents}), max_size=3),
    category_caps=st.dictionaries(st.sampled_from(CATEGORIES), amounts, max_size=3),
)
limits = st.fixed_dictionaries({name: st.none() | amounts for name in ("requested", "aid_headroom", "budget_left")})


@given(terms_of_any_call, lines, limits)
def test_parts_add_up_and_no_limit_is_passed(terms, budget, limits):
    found = quote(terms, budget, **limits)
    if not found.accepted:
        assert found.eligible == 0
        return
    assert found.match + found.grant == found.eligible
    assert found.applicant_pays + found.grant == found.total == sum(line.cost for line in budget)
    assert min(found.grant, found.match, found.applicant_pays) >= 0
    assert found.limit in LIMITS
    for limit in (terms.cap, *limits.values()):
        assert limit is None or found.grant <= limit
    counted = [line for line in budget if line.eligible and line.category in terms.categories]
    by_rate = (
        sum(line.cost * terms.category_rates.get(line.category, {"any": terms.rate})["any"] for line in counted) / 100
    )
    assert found.grant <= by_rate
    assert found.grant == found.grant.quantize(D("0.01"))


@given(terms_of_any_call, lines, amounts, limits)
def test_more_eligible_cost_never_lowers_the_grant(terms, budget, more, limits):
    before = quote(terms, budget, **limits)
    after = quote(terms, [*budget, Line(sorted(terms.categories)[0], more)], **limits)
    if before.accepted:
        assert after.grant >= before.grant


@given(terms_of_any_call, lines)
def test_the_order_of_lines_does_not_matter(terms, budget):
    one, other = quote(terms, budget), quote(terms, budget[::-1])
    assert (one.grant, one.limit, one.eligible) == (other.grant, other.limit, other.eligible)

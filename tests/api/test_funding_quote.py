import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from programmes.models import Instrument
from tests.reference import load_reference

WALES = {"programme": "wales-industry-4", "instrument": "innovation-voucher-plus", "on": "2026-11-22"}
NORTH_WEST = {"programme": "made-smarter-north-west", "instrument": "match-funding", "on": "2026-11-22"}
BASQUE = {"programme": "basque-industry-4", "instrument": "industry-4-call", "on": "2026-11-22"}
PROJECT = {"trl_start": 5, "trl_end": 8, "months": 14, "has_research_partner": True}


def line(net, **more):
    return {"category": "capital_equipment", "net": net} | more


ONE_LINE = [line("30000")]


@pytest.fixture
def quote(post, programmes):
    def ask(base=NORTH_WEST, lines=ONE_LINE, **more):
        return post("funding/quote", base | {"lines": lines} | more)

    return ask


def answer(response):
    assert response.status_code == 200, response.content
    return response.json()


def findings(found):
    return {one["rule"]: one["outcome"] for one in found["findings"]}


def sums(found):
    return [found[name] for name in ("eligible", "grant", "limit", "match", "applicant_pays", "effective_percent")]


def test_the_whole_answer(quote):
    found = answer(
        quote(
            WALES, [line("200000", vat="0", vat_recoverable=True, eligible=True)], firm_size="medium", requested=None,
            aid_headroom="85000", budget_left=None, project=PROJECT,
        )
    )  # fmt: skip
    reasons = [one.pop("reason") for one in found["findings"]]
    assert all(reasons)
    assert found == {
        "accepted": True, "eligible": "200000.00", "grant": "85000.00", "limit": "aid_headroom", "match": "115000.00",
        "applicant_pays": "115000.00", "effective_percent": "42.50",
        "findings": [{"rule": "eligible_costs", "outcome": "pass"}, {"rule": "aid_headroom", "outcome": "pass"}],
    }  # fmt: skip


def test_least_that_can_be_asked(post, programmes):
    body = {"programme": "made-smarter-north-west", "instrument": "match-funding"}
    found = answer(post("funding/quote", body | {"lines": [{"category": "software", "net": 1000}]}))
    assert sums(found)[:2] == ["1000.00", "500.00"]
    assert findings(found)["aid_headroom"] == "refer"


NORTH_WEST_VECTORS = {"GR-01", "GR-02", "GR-03", "GR-05", "GR-06"}
WALES_VECTORS = {"GR-10", "GR-11", "GR-12", "GR-13"}
BASQUE_VECTORS = {"GR-07", "GR-08", "GR-09"}
VECTORS = {
    one["id"]: one
    for one in load_reference("domain/vectors.json")["grants"]
    if one["id"] in NORTH_WEST_VECTORS | WALES_VECTORS | BASQUE_VECTORS
}


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_reference_vectors(quote, name):
    vector = VECTORS[name]
    base = NORTH_WEST if name in NORTH_WEST_VECTORS else WALES if name in WALES_VECTORS else BASQUE
    given_ = vector["inputs"]
    lines = [line(**one) for one in given_["lines"]]
    found = answer(
        quote(
            base, lines, requested=given_.get("req"), aid_headroom=given_.get("mfa_headroom"),
            project=PROJECT if base is BASQUE else None,
        )
    )  # fmt: skip
    if "grant" not in vector:
        assert found["accepted"] is False
        assert findings(found)["minimum_budget"] == "fail"
        assert sums(found)[1:] == [None] * 5
        return
    limit = "aid_headroom" if vector["limit"] == "mfa" else vector["limit"]
    names = ("eligible", "grant")
    rest = ("match", "applicant_pays", "effective_pct")
    assert sums(found) == [*(vector[one] for one in names), limit, *(vector[one] for one in rest)]


@pytest.mark.parametrize(
    ("more", "grant", "limit"),
    [
        ({"requested": "20000"}, "20000.00", "cap"),
        ({"requested": "999999"}, "20000.00", "cap"),
        ({"requested": "19999.99"}, "19999.99", "requested"),
        ({"aid_headroom": "0"}, "0.00", "aid_headroom"),
        ({"budget_left": "0", "aid_headroom": "0"}, "0.00", "aid_headroom"),
        ({"budget_left": "12.34"}, "12.34", "budget_left"),
        ({"requested": "0"}, "0.00", "requested"),
    ],
)
def test_lowest_limit_applies_and_ties_go_in_order(quote, more, grant, limit):
    found = answer(quote(lines=[line("60000")], **more))
    assert (found["accepted"], found["grant"], found["limit"]) == (True, grant, limit)


def test_line_that_does_not_count_is_paid_by_the_firm(quote):
    found = answer(quote(lines=[line("30000"), line("1500", eligible=False)]))
    assert sums(found) == ["30000.00", "15000.00", "rate", "15000.00", "16500.00", "50.00"]


def test_category_of_another_call_refers(quote, programmes):
    found = answer(quote(lines=[line("30000"), {"category": "materials", "net": "1500"}]))
    allowed = findings(found).get("cost_category") is None
    assert allowed or (findings(found)["cost_category"] == "refer" and found["eligible"] == "30000.00")


def test_nothing_that_counts_fails(quote):
    for lines in ([], [line("0")], [line("100", eligible=False)]):
        found = answer(quote(lines=lines))
        assert found["accepted"] is False
        assert findings(found)["eligible_costs"] == "fail"
        assert sums(found)[1:] == [None] * 5


class TestBasque:
    def test_missing_project_facts_refer_and_do_not_refuse(self, quote):
        found = answer(quote(BASQUE, [line("80000")]))
        assert found["accepted"] is True
        assert {findings(found)[rule] for rule in ("trl", "duration", "research_partner")} == {"refer"}

    @pytest.mark.parametrize(
        ("change", "rule"),
        [
            ({"trl_start": 4}, "trl"),
            ({"trl_end": 10}, "trl"),
            ({"trl_start": 8, "trl_end": 7}, "trl"),
            ({"months": 17}, "duration"),
            ({"has_research_partner": False}, "research_partner"),
        ],
    )
    def test_each_rule_can_refuse(self, quote, change, rule):
        found = answer(quote(BASQUE, [line("80000")], project=PROJECT | change))
        assert found["accepted"] is False
        assert [name for name, outcome in findings(found).items() if outcome == "fail"] == [rule]

    def test_minimum_is_of_the_whole_project(self, quote):
        lines = [line("50000"), line("25000", eligible=False)]
        found = answer(quote(BASQUE, lines, project=PROJECT))
        assert (found["accepted"], found["eligible"], found["grant"]) == (True, "50000.00", "12500.00")


def test_closed_or_missing_call_is_not_asked(quote, programmes):
    Instrument.objects.get(programme__slug="basque-industry-4", slug="industry-4-call").calls.all().delete()
    assert answer(quote(BASQUE, [line("80000")], project=PROJECT))["accepted"] is True


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"programme": "no-such"}, ["body", "programme"]),
        ({"instrument": "no-such"}, ["body", "instrument"]),
        ({"instrument": "leadership-programme"}, ["body", "instrument"]),
        ({"programme": None}, ["body", "programme"]),
        ({"instrument": 5}, ["body", "instrument"]),
        ({"programme": "a\0"}, ["body", "programme"]),
        ({"surprise": 1}, ["body", "surprise"]),
        ({"on": "2026-02-30"}, ["body", "on"]),
        ({"on": "22.11.2026"}, ["body", "on"]),
        ({"firm_size": "huge"}, ["body", "firm_size"]),
        ({"requested": "-1"}, ["body", "requested"]),
        ({"aid_headroom": "1e5"}, ["body", "aid_headroom"]),
        ({"budget_left": True}, ["body", "budget_left"]),
        ({"lines": None}, ["body", "lines"]),
        ({"lines": "all"}, ["body", "lines"]),
        ({"lines": [line("1.001")]}, ["body", "lines", 0, "net"]),
        ({"lines": [line("1"), line("NaN")]}, ["body", "lines", 1, "net"]),
        ({"lines": [line("12345678901234")]}, ["body", "lines", 0, "net"]),
        ({"lines": [line("1,000")]}, ["body", "lines", 0, "net"]),
        ({"lines": [line("١")]}, ["body", "lines", 0, "net"]),
        ({"lines": [line(None)]}, ["body", "lines", 0, "net"]),
        ({"lines": [line("1", vat="-2")]}, ["body", "lines", 0, "vat"]),
        ({"lines": [line("1", eligible="yes")]}, ["body", "lines", 0, "eligible"]),
        ({"lines": [line("1", extra=1)]}, ["body", "lines", 0, "extra"]),
        ({"lines": [{"net": "1"}]}, ["body", "lines", 0, "category"]),
        ({"lines": [{"category": "gold", "net": "1"}]}, ["body", "lines", 0, "category"]),
        ({"project": {"trl_start": "5.5"}}, ["body", "project", "trl_start"]),
        ({"project": {"months": -1}}, ["body", "project", "months"]),
        ({"project": {"has_research_partner": 1}}, ["body", "project", "has_research_partner"]),
        ({"project": []}, ["body", "project"]),
    ],
)
def test_bad_input_is_named_by_its_path(quote, body, where):
    response = quote(**body)
    assert response.status_code == 422
    assert where in [one["loc"] for one in response.json()["detail"]]


def test_what_is_required(post, programmes):
    response = post("funding/quote", {})
    assert response.status_code == 422
    assert {one["loc"][-1] for one in response.json()["detail"]} == {"programme", "instrument", "lines"}


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"lines": NaN}'])
def test_malformed_json_is_400(post, programmes, body):
    assert post("funding/quote", body).status_code == 400


def test_lone_surrogate_is_422(post, programmes):
    assert post("funding/quote", b'{"programme": "\\ud800", "instrument": "x", "lines": []}').status_code == 422


def test_null_equals_left_out(quote):
    bare = answer(quote(lines=[line("30000")]))
    nulls = answer(
        quote(
            lines=[line("30000", vat=None, vat_recoverable=None, eligible=None)], firm_size=None, requested=None,
            aid_headroom=None, budget_left=None, project=None,
        )
    )  # fmt: skip
    assert nulls == bare


def test_unknown_size_is_no_size(quote):
    assert answer(quote(firm_size="unknown")) == answer(quote())


def test_largest_figures_are_worked_out(quote):
    found = answer(quote(lines=[line("9999999999999.99", vat="9999999999999.99", vat_recoverable=False)] * 500))
    assert found["grant"] == "20000.00"
    assert quote(lines=[line("1")] * 501).status_code == 422


def test_public_without_cookies_and_open_to_other_sites(quote, client, programmes):
    body = json.dumps(NORTH_WEST | {"lines": [line("1000")]})
    response = client.post(
        "/api/v1/funding/quote", body, content_type="application/json", headers={"Origin": "https://other.example"}
    )
    assert response.headers["access-control-allow-origin"] == "*"
    assert not response.cookies


AMOUNT = st.decimals(min_value=0, max_value=Decimal("9999999999999.99"), places=2).map(str)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(AMOUNT, min_size=1, max_size=5), st.none() | AMOUNT, st.none() | AMOUNT)
def test_parts_add_up(quote, nets, requested, left):
    found = answer(quote(lines=[line(net) for net in nets], requested=requested, budget_left=left))
    if found["accepted"]:
        total = sum(Decimal(net) for net in nets)
        assert Decimal(found["grant"]) + Decimal(found["match"]) == Decimal(found["eligible"]) == total
        assert Decimal(found["grant"]) + Decimal(found["applicant_pays"]) == total

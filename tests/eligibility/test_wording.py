import ast
import inspect
from decimal import Decimal as D

import pytest
from django.utils import translation

from eligibility import rules, wording
from eligibility.rules import StrandVerdict
from eligibility.size_rule import SizeResult
from programmes.matching import Finding, Outcome

SIZE = {"employees": "249.50", "turnover": "1", "balance_sheet": "", "currency": "GBP"}
LIMIT = {"employees": "250", "turnover": "44000000", "balance_sheet": "38500000", "operator": "lt", "currency": "GBP"}
PLACE = {"postcode": "PR1 2HE", "local_authority": "E07000123"}
AID = {"amount": "315000.00", "basis": "mfa", "window_from": "2024-04-01", "currency": "GBP"}


def _codes():
    """Every (rule, outcome, code) that `rules` builds by name, and those that are chosen between."""
    found = {("size", outcome, "two_years") for outcome in (Outcome.PASS, Outcome.FAIL)}
    found |= {("size", Outcome.PASS, "met")}
    found |= {("size", Outcome.FAIL, code) for code in ("public_control", "headcount", "money")}
    found |= {
        ("size", Outcome.REFER, code)
        for code in ("group", "missing", "same_market", "later_accounts", "angel", "joint", "public_link")
    }
    for rule in ("sector", "strand_sector"):
        found |= {(rule, Outcome.REFER, code) for code in ("untelling", "missing")}
        found |= {(rule, Outcome.PASS, "met"), (rule, Outcome.FAIL, "outside")}
    for rule in ("place", "strand_place"):
        found |= {(rule, Outcome.REFER, code) for code in ("missing", "border", "overseas_number")}
        found |= {(rule, Outcome.PASS, "met"), (rule, Outcome.FAIL, "outside")}
    found |= {("aid_headroom", Outcome.REFER, code) for code in ("incomplete", "later")}
    found |= {("incentive_effect", Outcome.REFER, code) for code in ("committed", "missing")}
    for node in ast.walk(ast.parse(inspect.getsource(rules))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
            rule, outcome, code = node.args[:3]
            if isinstance(rule, ast.Constant) and isinstance(code, ast.Constant):
                found.add((rule.value, Outcome[outcome.attr], code.value))
    return sorted(found)


@pytest.mark.parametrize(("rule", "outcome", "code"), _codes())
def test_every_finding_has_its_sentence(rule, outcome, code):
    finding = Finding(rule, outcome, code)
    assert wording.reason(finding)
    assert wording.RULE_NAMES[rule]
    assert bool(wording.remedy(finding)) is (outcome is not Outcome.PASS) or code == "two_years"


def test_a_no_goes_on_with_where_to_turn():
    assert wording.reason(Finding("place", Outcome.FAIL, "outside"), "Try there.").endswith("programme. Try there.")
    assert "Try" not in wording.reason(Finding("place", Outcome.PASS, "met"), "Try there.")
    assert wording.next_place([]) == ""
    assert wording.next_place([{"name": "Hub", "what": "advice."}]) == "Try Hub: advice."


VERDICT = rules.Verdict(
    "eligible", "p/1", SizeResult("small", D(20), D("100.00"), None, "GBP", D("1.15")), None,
    (Finding("size", Outcome.PASS, "met", SIZE, LIMIT), Finding("place_match", Outcome.REFER, "contradiction", PLACE)),
    (
        StrandVerdict("grant", "not_eligible", (Finding("strand_place", Outcome.FAIL, "outside", PLACE),)),
        StrandVerdict("advice", "eligible", ()),
        StrandVerdict("tax", "refer", (Finding("strand_condition", Outcome.REFER, "ask", {"question": "New?"}),)),
    ),
)  # fmt: skip
HUB = [{"name": "Hub", "what": "advice."}]


def test_the_answer_of_the_api_has_its_keys_and_no_more():
    answer = wording.answer(VERDICT, places_to_go=HUB)
    assert set(answer) == {"outcome", "rules_version", "size", "headroom", "findings", "strands"}
    assert answer["size"] == {"category": "small", "employees": "20.00", "turnover": "100.00", "balance_sheet": None}
    assert answer["headroom"] is None
    assert set(answer["findings"][0]) == {"rule", "outcome", "reason", "value", "limit"}
    assert [strand["missing"] for strand in answer["strands"]] == [
        ["A site in the area of this support where the work would happen.", "Try Hub: advice."], [], ["New?"],
    ]  # fmt: skip
    assert set(answer["strands"][0]) == {"instrument", "outcome", "missing"}


def test_pages_add_where_each_limit_comes_from():
    sources = {
        "size": {"text": "The call", "url": "https://rules.example/", "as_of": "2026-01-01"},
        "place": {"text": "The law", "as_of": "2025-01-01"},
    }
    answer = wording.answer(VERDICT, places_to_go=HUB, sources=sources, names={"advice": "Advice", "grant": "Grant"})
    assert answer["findings"][0]["source"] == sources["size"]
    assert answer["findings"][1]["source"] == {"text": "The law", "url": None, "as_of": "2025-01-01"}
    grant, _advice, tax = answer["strands"]
    assert grant["points"][0]["source"]["text"] == "The law"
    assert grant["missing"][-1] == "You can get this instead: Advice."
    assert (tax["points"][0]["value"], tax["points"][0]["source"]) == ("New?", None)
    assert answer["size"]["turnover_eur"] == "115.00"
    assert (answer["size"]["balance_sheet_eur"], answer["size"]["currency"], answer["size"]["euro_rate"]) == (
        None, "GBP", "1.15",
    )  # fmt: skip


UNDER = "fewer than 250 people, and a turnover under £44,000,000 or a balance sheet total under £38,500,000"
UP_TO = "fewer than 250 people, and a turnover of £44,000,000 or less or a balance sheet total of £38,500,000 or less"
NACE = "2562 Machining; 99999 Dormant Company"
AREA = "the area of this programme"
SINCE = "£315,000 of Minimal Financial Assistance since 1 April 2024"


@pytest.mark.parametrize(
    ("rule", "has", "asks", "value", "limit"),
    [
        ("size", SIZE, LIMIT, "249.50 people, turnover £1", UNDER),
        (
            "size",
            {**SIZE, "employees": "", "balance_sheet": "2.50"},
            {**LIMIT, "operator": "le"},
            "turnover £1, balance sheet total £2.50",
            UP_TO,
        ),
        ("size", {**SIZE, "turnover": ""}, LIMIT, "249.50 people", UNDER),
        ("size", dict.fromkeys(SIZE, ""), LIMIT, "not known", UNDER),
        (
            "sector",
            {"codes": "25620"},
            {"sectors": "B,C,49"},
            "25620 Machining",
            "mining and quarrying, manufacturing, land transport",
        ),
        ("place", {"postcode": "PR1 2HE", "local_authority": "E07000123"}, {}, "PR1 2HE, Preston", AREA),
        ("place", {"postcode": "", "local_authority": "ELSEWHERE"}, {}, "somewhere else", AREA),
        ("strand_place", PLACE, {}, "PR1 2HE, Preston", "the area of this support"),
        ("strand_condition", {"question": "Is it new?"}, {}, "Is it new?", ""),
        (
            "sector",
            {"codes": "2562,99999"},
            {"sectors": "53,23,9999"},
            NACE,
            "postal and courier services, Manufacture of other non-metallic mineral products, 9999",
        ),
        ("place_match", {"postcode": "", "local_authority": "E08000035"}, {}, "E08000035", AREA),
        ("legal_form", {"legal_form": ""}, {"allowed": "sole_trader,company"}, "", "Limited company, Sole trader"),
        ("aid_headroom", {"counted": "5.00", "left": "10.50"}, AID, "£5 counted, £10.50 left", SINCE),
        ("aid_headroom", {"counted": "", "left": ""}, AID, "", SINCE),
        (
            "strand_size",
            {"size": "medium"},
            {"sizes": "micro,small"},
            "medium-sized business",
            "micro business, small business",
        ),
        ("incentive_effect", {}, {}, "", "nothing ordered, signed or paid before we agree"),
    ],
)
def test_figures_and_limits_in_words(rule, has, asks, value, limit):
    finding = Finding(rule, Outcome.PASS, "met", has, asks)
    with translation.override("en-gb"):
        assert (wording.value_text(finding), wording.limit_text(finding)) == (value, limit)

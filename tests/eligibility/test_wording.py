import ast
import inspect

import pytest
from django.utils import translation

from eligibility import rules, wording
from programmes.matching import Finding, Outcome

SIZE = {"employees": "249.50", "turnover": "1", "balance_sheet": "", "currency": "GBP"}
LIMIT = {"employees": "250", "turnover": "44000000", "balance_sheet": "38500000", "operator": "lt", "currency": "GBP"}
AID = {"amount": "315000.00", "basis": "mfa", "window_from": "2024-04-01", "currency": "GBP"}


def _codes():
    """Every (rule, outcome, code) that `rules` builds by name, and those it chooses between."""
    found = {("size", outcome, "two_years") for outcome in (Outcome.PASS, Outcome.FAIL)}
    found |= {("size", Outcome.FAIL, code) for code in ("public_control", "headcount", "money")}
    found |= {("size", Outcome.REFER, code) for code in ("group", "missing")}
    found |= {("sector", Outcome.REFER, code) for code in ("untelling", "missing")}
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


UNDER = "fewer than 250 people, and a turnover under £44,000,000 or a balance sheet total under £38,500,000"
UP_TO = "fewer than 250 people, and a turnover of £44,000,000 or less or a balance sheet total of £38,500,000 or less"
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
        (
            "sector",
            {"codes": "25620"},
            {"sectors": "B,C,49"},
            "25620 Machining",
            "mining and quarrying, manufacturing, 49",
        ),
        ("place", {"postcode": "PR1 2HE", "local_authority": "E07000123"}, {}, "PR1 2HE, Preston", AREA),
        ("place", {"postcode": "", "local_authority": "ELSEWHERE"}, {}, "somewhere else", AREA),
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

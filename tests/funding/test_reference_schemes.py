"""The three schemes of the diagnostic's reference vectors (TV7), as calls of today would answer for them."""

from decimal import Decimal

import pytest

from diagnostics import matched
from programmes.matching import GrantTerms, Line, Outcome, Project, quote
from tests.factories.programmes import CallFactory
from tests.reference import load_reference

VECTOR = load_reference("diagnostics/scoring_vectors.json")["vectors"]["TV7_money"]
EQUIPMENT = "capital_equipment"
BASQUE = GrantTerms(
    "EUR", frozenset({EQUIPMENT}), rate=Decimal(25), minimum=Decimal(75000), minimum_of="total", trl=(5, 9), months=16
)
RULES = {"trl_out_of_range": "trl", "budget_below_minimum": "minimum_budget"}


PROJECTS = list(zip(("basque_ok", "basque_no"), VECTOR["input"]["projects"], strict=True))


@pytest.mark.parametrize(("name", "given"), PROJECTS)
def test_basque_call(name, given):
    expected, budget = VECTOR["expected"][name], Decimal(given["budget"])
    counts = min(Decimal(given["eligible"]), budget)
    lines = [Line(EQUIPMENT, counts), Line(EQUIPMENT, budget - counts, eligible=False)]
    project = Project(trl_start=given["trl"], trl_end=given["trl"], months=given["months"])
    found = quote(BASQUE, lines, project=project)
    failed = {finding.rule for finding in found.findings if finding.outcome is Outcome.FAIL}
    assert found.accepted is expected["eligible"]
    assert failed == {RULES[reason] for reason in expected["reasons"]}
    assert found.grant == (None if expected["grant_max"] is None else Decimal(expected["grant_max"]))


@pytest.mark.django_db
def test_a_scheme_whose_rate_no_source_states_promises_no_sum():
    expected = VECTOR["expected"]["ivplus"]
    assert not expected["rate_known"]
    call = CallFactory(terms={"cap": str(expected["cap"]), "categories": [EQUIPMENT]})
    assert matched.terms_in_words(call) == "at most £100,000"

from decimal import Decimal as D

import pytest
from django.utils import translation

from programmes import wording
from programmes.matching import CATEGORIES, LIMITS, GrantTerms, Line, Project, quote

TERMS = GrantTerms(
    "EUR", frozenset({"capital_equipment"}), rate=D(25), minimum=D(75000), minimum_of="total", trl=(5, 9), months=16,
    research_partner=True, category_rates={"capital_equipment": {"small": D(25)}},
)  # fmt: skip
GOOD = Project(5, 8, 14, has_research_partner=True, already_committed=False)
BAD = Project(3, 8, 17, has_research_partner=False, already_committed=True)


def _sentences(terms=TERMS, project=None, amount=80000, **kwargs):
    found = quote(terms, [Line("capital_equipment", D(amount)), Line("labour", D(1))], project=project, **kwargs)
    with translation.override("en-gb"):
        return {finding.rule: wording.reason(finding, terms.currency) for finding in found.findings}


def test_everything_in_order():
    assert _sentences(project=GOOD, aid_headroom=D(500), firm_size="small") == {
        "eligible_costs": "There are costs that can be supported.",
        "cost_category": "This call does not pay for: Your own staff's time. These costs are yours to pay.",
        "minimum_budget": "The whole budget is €80,001. It must be €75,000 or more.",
        "trl": "The technology readiness levels lie between 5 and 9.",
        "duration": "The project takes 14 months, and may take up to 16.",
        "research_partner": "A research organisation takes part.",
        "incentive_effect": "Nothing has been ordered, signed or paid.",
        "firm_size": "The share we pay is that for firms of your size.",
        "aid_headroom": "Earlier public support leaves you €500.",
    }


@pytest.mark.parametrize("project", [None, BAD, GOOD])
@pytest.mark.parametrize("firm_size", [None, "small", "not_sme"])
@pytest.mark.parametrize("amount", [0, 80000])
@pytest.mark.parametrize("minimum_of", ["total", "eligible"])
def test_every_finding_has_its_sentence(project, firm_size, amount, minimum_of):
    terms = GrantTerms(
        "GBP", frozenset({"capital_equipment"}), minimum=D(75000), minimum_of=minimum_of, maximum=D(75000),
        maximum_of=minimum_of, trl=(5, 9), months=1,
        research_partner=True, category_rates={"capital_equipment": {"small": D(25)}},
    )  # fmt: skip
    assert all(_sentences(terms, project, amount, firm_size=firm_size).values())


def test_names_cover_every_code():
    assert set(wording.CATEGORY_NAMES) == set(CATEGORIES)
    assert set(wording.LIMIT_NAMES) == set(LIMITS)

from decimal import Decimal

import pytest
from django.utils import translation

from funding import rules, wording
from funding.models import BudgetLine
from funding.rules import Cost
from programmes.matching import GrantTerms

TERMS = GrantTerms(currency="GBP", categories=frozenset({"software"}), rate=Decimal("33.5"), cap=Decimal(20000))


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("rate", "We pay 33.50% of the costs that count."),
        ("cap", "£9,000 is the most that one firm can get from this funding."),
        ("requested", "£9,000 is what you ask for."),
        ("aid_headroom", "£9,000 is what the public support you have had leaves you."),
        ("budget_left", "£9,000 is all that is left in this funding now."),
        ("category_cap", "The grant is set by the most that is paid for one kind of cost."),
    ],
)
def test_which_limit_bit(limit, words):
    assert wording.limit_sentence(limit, TERMS, Decimal(9000)) == words


def test_rates_by_category_have_no_single_share():
    terms = GrantTerms(
        currency="GBP", categories=frozenset({"software"}), category_rates={"software": {"any": Decimal(10)}}
    )
    assert wording.limit_sentence("rate", terms, Decimal(1)).startswith("The grant is set by the share")


def test_percent_in_the_readers_language():
    with translation.override("sv"):
        assert wording.percent_text(Decimal("32.26")) == "32,26"
    assert wording.percent_text(Decimal("50.00")) == "50"


def test_panel_of_a_refused_quote_says_why():
    line = BudgetLine(description="Robot", category="capital_equipment", net=Decimal(100))
    answer = rules.answer(TERMS, [Cost("capital_equipment", Decimal(100))])
    panel = wording.panel(answer, [line], TERMS)
    assert (panel.accepted, panel.grant, panel.limit, panel.share) == (False, None, "", "")
    assert panel.refusals == ["None of the costs can be supported. Add a cost of a kind that is allowed."]
    assert [one.reason for one in panel.ineligible] == ["This funding does not pay for costs of this kind."]


def test_panel_tells_the_share_where_another_limit_bit():
    line = BudgetLine(description="MES", category="software", net=Decimal(100000))
    panel = wording.panel(rules.answer(TERMS, [Cost("software", Decimal(100000))]), [line], TERMS)
    assert (panel.grant, panel.share) == (Decimal("20000.00"), "20")

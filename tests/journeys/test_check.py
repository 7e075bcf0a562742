"""The check of every programme that is listed, walked to its result in a browser."""

import pytest

from programmes.models import Programme
from tests.journeys import steps
from tests.journeys.conftest import NARROW, WIDE

pytestmark = pytest.mark.journey

# A place in its area, and how many pages come before the result.
PLACES = {
    "made-smarter-north-west": ("PR1 2HE", "Preston", 8),
    "wales-industry-4": ("CF10 1EP", "Cardiff", 7),
    "basque-industry-4": ("48001", "Bizkaia", 7),
    "piemonte-impresa-4": ("", "", 2),
    "central-denmark-growth": ("8000", "Østjylland", 4),
    "smart-industri-i-regionerna": ("111 20", "Stockholm", 4),
}


def test_every_programme_is_walked(portal):
    assert set(PLACES) == set(Programme.objects.listed().values_list("slug", flat=True))


@pytest.mark.parametrize("slug", PLACES)
def test_a_firm_comes_to_a_result(person, slug):
    postcode, authority, most = PLACES[slug]
    firm = person(
        size=NARROW if slug == "wales-industry-4" else WIDE,
        javascript=slug != "basque-industry-4",
    )
    firm.go(f"/programmes/{slug}/eligibility/")
    met = steps.answer_check(firm, postcode=postcode, authority=authority)
    assert len(met) <= most, met
    firm.sees("What there is, one by one")
    firm.page.goto(firm.page.locator("#share").input_value())
    firm.look()
    firm.sees("Somebody has shared this result with you")


def test_other_firms_and_earlier_support_are_added_without_javascript(person):
    firm = person(javascript=False)
    firm.go("/programmes/made-smarter-north-west/eligibility/")
    steps.answer_check(firm, postcode="PR1 2HE", authority="Preston")
    page = firm.page
    page.get_by_role("link", name="Change Other firms").click()
    firm.choose("Yes", exact=True)
    firm.press("Continue")
    firm.choose("A firm that owns a part of ours")
    firm.choose("25 % to 50 %")
    firm.press("Save and continue")
    firm.sees("There is a problem")
    firm.fill("how many per cent", "33.5")
    firm.press("Save and continue")
    firm.fill("Number of people", "100")
    firm.choose("I do not know the turnover")
    firm.choose("I do not know the balance sheet total")
    firm.press("Save and continue")
    firm.sees("You have added 1 owner or firm")
    firm.choose("No", exact=True)
    firm.press("Continue")
    firm.sees("An adviser needs to look at this")
    page.get_by_role("link", name="Change Earlier public support").click()
    firm.choose("Yes", exact=True)
    firm.press("Continue")
    page.locator("input[name=on_year]").fill("2025")
    firm.fill("How much?", "£315,000")
    firm.choose("Minimal Financial Assistance")
    firm.press("Save and continue")
    firm.sees("£315,000, 2025, Minimal Financial Assistance")
    firm.choose("No", exact=True)
    firm.press("Continue")
    firm.sees("Your firm cannot get this support")
    firm.sees("Where else you can go")

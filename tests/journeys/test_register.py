"""A firm lets the company register fill in its name and address, with and without scripts."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from applications.models import Case
from demo.people import PASSWORD
from eligibility.session import KEY
from programmes.models import Programme
from tests import companies_house
from tests.factories.applications import EligibilityCheckFactory
from tests.journeys.conftest import NARROW, WIDE

pytestmark = pytest.mark.journey


@pytest.mark.parametrize(("size", "javascript"), [(NARROW, True), (WIDE, False)])
def test_the_register_fills_in_the_firm(portal, person, settings, size, javascript):
    programme = Programme.objects.open().get(slug="made-smarter-north-west")
    check = EligibilityCheckFactory(programme=programme)
    browser = Client()
    assert browser.login(email="newfirm@demo.example", password=PASSWORD)
    session = browser.session
    session[KEY] = {programme.slug: str(check.pk)}
    session.save()
    owner = person(size=size, javascript=javascript)
    owner.context.add_cookies([{"name": "session", "value": session.session_key, "url": portal}])

    with companies_house.running() as house:
        settings.COMPANIES_HOUSE_KEY = companies_house.KEY
        settings.COMPANIES_HOUSE_URL = house.address
        house.answers["01234567"] = companies_house.profile(company_status="administration")
        owner.go(reverse("applications:join", args=[programme.slug]))
        owner.fill("Company number", "7654321")
        owner.press("Find my firm")
        owner.sees("The register has no firm with this number")
        owner.fill("Company number", "1234567")
        owner.press("Find my firm")
        owner.sees("Status in the register: In administration")
        owner.press("Save and continue")

    firm = Case.objects.get(created_by=User.objects.get(email="newfirm@demo.example")).organisation
    assert (firm.name, firm.company_number) == ("MILL & SONS LIMITED", "01234567")

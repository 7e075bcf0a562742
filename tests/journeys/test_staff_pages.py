"""The staff's pages about a firm's eligibility and about a programme, looked at wide and narrow."""

import pytest

from demo.people import DOMAIN
from programmes.models import Programme
from tests.factories.applications import CaseFactory
from tests.journeys.conftest import NARROW, WIDE

pytestmark = pytest.mark.journey
SLUG = "made-smarter-north-west"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_an_advisers_eligibility_pages(person, portal, size):
    case = CaseFactory(programme=Programme.objects.get(slug=SLUG), submitted=True)
    adviser = person(size=size)
    adviser.sign_in(f"adviser@{DOMAIN}")
    adviser.go(f"/casework/{case.reference}/eligibility/")
    adviser.press("Check again")
    for page in ("size", "size/add", "owners/add", "aid", "aid/add"):
        adviser.go(f"/casework/{case.reference}/eligibility/{page}/")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_managers_programme_pages(person, portal, size):
    manager = person(size=size)
    manager.sign_in(f"manager@{DOMAIN}")
    manager.go("/casework/programmes/")
    manager.go(f"/casework/programmes/{SLUG}/")
    links = manager.page.locator("main a[href]").evaluate_all("all => all.map(a => new URL(a.href).pathname)")
    own = sorted({link for link in links if link.startswith(f"/casework/programmes/{SLUG}/")})
    assert len(own) > 4
    for link in own:
        manager.go(link)
    manager.go("/casework/questionnaires/")

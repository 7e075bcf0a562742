"""Whoever takes part for a partner finds its part under “Your support”, and nothing else of the firm."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from funding import actions
from funding.models import Award
from tests.factories.accounts import UserFactory
from tests.factories.applications import CaseFactory
from tests.factories.claims import running_award
from tests.factories.funding import WRITTEN, accept, approve, assess, submit
from tests.factories.joint import cover, fill_in, invite, joint, take_part

pytestmark = pytest.mark.django_db
HOME = "/cases/"


@pytest.fixture
def gill():
    user = UserFactory(email="gill@guards.example", full_name="Gill Guard")
    user.emailaddress_set.update_or_create(email=user.email, defaults={"verified": True, "primary": True})
    return user


@pytest.fixture
def application():
    return joint()


def test_invited_at_a_confirmed_address(signed_in, application, gill, outsider):
    partner = invite(application)
    page = signed_in(gill).get(HOME).text
    assert "Say whether you take part." in page
    assert f'href="/funding/partner/{partner.key}/"' in page
    assert "Projects of others" not in signed_in(outsider).get(HOME).text
    gill.emailaddress_set.update(verified=False)
    assert "Projects of others" not in signed_in(gill).get(HOME).text


def test_accepting_leads_to_the_part_and_says_where_to_find_it(signed_in, application, gill):
    partner = invite(application)
    page = signed_in(gill).post(f"/funding/partner/{partner.key}/", {"answer": "accept"}, follow=True).text
    assert "You find this project under “Your support”" in page
    assert "Fill in your part and complete it." in page
    assert f'href="{HOME}"' in page


def test_from_its_part_to_the_end(signed_in, application, gill):
    partner = take_part(application, gill)
    client = signed_in(gill)
    firm = application.case.organisation.name
    page = client.get(HOME).text
    for words in (application.title, firm, "Guards Ltd", "Not sent yet", "1 January 2036"):
        assert words in page
    assert "£" not in page
    fill_in(partner)
    assert f"{firm} sends the application." in client.get(HOME).text
    submit(cover(application))
    application.refresh_from_db()
    page = client.get(HOME).text
    assert "Being assessed" in page
    assert "<strong>£5,000</strong> for costs of £10,000" in page
    for private in ("£20,000", "£15,000", "£30,000", application.case.reference):
        assert private not in page
    assess(application)
    award = approve(application)
    page = client.get(HOME).text
    assert "cannot take the offer up before" in page
    assert "9 December 2026" in page
    accept(award)
    assert "Claim your part of the grant" in client.get(HOME).text
    running_award(application)
    Award.objects.get().complete(paid=award.amount, by=award.offered_by, at=WRITTEN + timedelta(days=1))
    assert "Project finished and paid" in client.get(HOME).text


def test_gone_once_taken_out(signed_in, application, gill):
    partner = take_part(application, gill)
    actions.remove_partner(partner=partner, by=application.created_by, at=WRITTEN)
    assert application.title not in signed_in(gill).get(HOME).text


def test_beside_own_support(signed_in, application, gill):
    case = CaseFactory(created_by=gill)
    take_part(application, gill, company_number="07654321", name="Other Ltd")
    page = signed_in(gill).get(HOME).text
    assert case.reference in page
    assert "Projects of others that you take part in" in page


def test_as_many_queries_for_one_as_for_five(signed_in, application, gill):
    take_part(application, gill)
    client = signed_in(gill)
    with CaptureQueriesContext(connection) as one:
        client.get(HOME)
    for number in range(4):
        take_part(joint(slug=f"call-{number}"), gill)
    with CaptureQueriesContext(connection) as five:
        client.get(HOME)
    assert len(one) == len(five) <= 15

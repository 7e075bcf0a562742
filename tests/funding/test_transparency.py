from datetime import date
from decimal import Decimal

import pytest

from funding import transparency
from funding.rules.transparency import Route, publish_by
from programmes.models import Text
from tests.factories.applications import CaseFactory
from tests.factories.funding import GrantApplicationFactory
from tests.factories.programmes import ProgrammeFactory
from tests.reference import load_reference


def test_every_reference_vector():
    for vector in load_reference("domain/vectors.json")["uk_transparency"]:
        found = publish_by(date.fromisoformat(vector["confirmed"]), Decimal(vector["amount"]), Route(vector["route"]))
        assert (found.isoformat() if found else None) == vector["due"], vector["id"]


@pytest.mark.parametrize(
    ("route", "amount", "owed"),
    [
        (Route.MFA, "100000.00", False),
        (Route.MFA, "100000.01", True),
        (Route.SCHEME, "100000.00", False),
        (Route.SCHEME, "100000.01", True),
        (Route.STANDALONE, "0.01", True),
    ],
)
def test_what_is_entered(route, amount, owed):
    assert (publish_by(date(2026, 11, 22), Decimal(amount), route) == date(2027, 2, 22)) is owed


@pytest.mark.django_db
class TestAwards:
    def award(self, **programme):
        rules = {"version": {"eligibility": programme.pop("eligibility", {})}}
        case = CaseFactory(programme=ProgrammeFactory(**rules, **programme), accepted=True)
        return GrantApplicationFactory(case=case, approved=True).award

    def test_small_aid_within_the_floor_is_not_entered(self):
        award = self.award(eligibility={"aid": {"basis": "mfa", "limit": "315000.00"}})
        assert transparency.route_of(award) is Route.MFA
        assert transparency.last_day(award, date(2026, 11, 22)) is None

    def test_a_subsidy_on_its_own_always_is(self):
        award = self.award()
        assert transparency.route_of(award) is Route.STANDALONE
        assert transparency.last_day(award, date(2026, 11, 22)) == date(2027, 2, 22)

    def test_one_under_the_programmes_scheme_only_when_it_is_large(self):
        award = self.award()
        programme = award.application.case.programme
        Text.objects.create(programme=programme, key=transparency.SCHEME_NUMBER, language="en-gb", body="SC10780")
        vars(programme).pop("_texts", None)
        assert transparency.route_of(award) is Route.SCHEME
        assert transparency.last_day(award, date(2026, 11, 22)) is None

    def test_elsewhere_nothing_is(self):
        award = self.award()
        award.application.case.programme.country = "ES"
        assert transparency.last_day(award, date(2026, 11, 22)) is None

"""The firm's pages from the simulator to a sent application: without JavaScript, and on the narrowest screen."""

import pytest

from funding.models import GrantApplication
from tests.factories.funding import PDF
from tests.journeys import steps
from tests.journeys.conftest import NARROW

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("options", [{"javascript": False}, {"size": NARROW}], ids=["plain", "narrow"])
def test_a_firm_applies(person, case, options):
    owner = person(**options)
    steps.try_figures(owner)
    owner.sign_in(case.created_by.email)
    owner.go(f"/cases/{case.reference}/funding/start/")
    steps.apply(owner, case.reference, PDF)
    application = GrantApplication.objects.get()
    assert application.status == GrantApplication.Status.SUBMITTED
    assert application.quoted == 12_000

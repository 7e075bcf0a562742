"""Steps 1 and 2 without JavaScript, and on a narrow phone: the product never needs more."""

import pytest

from tests.journeys import steps
from tests.journeys.conftest import NARROW, WIDE

pytestmark = pytest.mark.journey


@pytest.mark.parametrize(
    ("size", "javascript"), [(WIDE, False), (NARROW, True)], ids=["without javascript", "320 px wide"]
)
def test_a_firm_checks_and_joins(person, size, javascript):
    owner = person(size=size, javascript=javascript)
    steps.check_eligibility(owner)
    owner.sees("Your firm can get support")
    steps.open_account(owner)
    steps.join(owner)
    reference = steps.reference_of(owner)
    owner.sees("Before you send your application")
    steps.confirm_email(owner)
    steps.send_application(owner, reference)

import pytest

from tests.documents.killing import killed, ordered, wrong_plans
from tests.parallel import FEW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.volume]


def test_killed_workers_leave_one_good_plan_each():
    """The full figure, 200 plans and 20 kills, is for `bin/bench faults`."""
    batch = ordered(min(FEW, 4))
    assert killed(batch, kills=1) == 1
    assert wrong_plans(batch) == []

from decimal import Decimal

import pytest

from accounts.permissions import Role
from applications.models import Case
from diagnostics.models import Assessment
from reporting.uplift import FEWEST_FIRMS, uplift
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.programmes import RegionFactory
from tests.factories.rounds import measure_again

pytestmark = pytest.mark.django_db


@pytest.fixture
def measured(programme):
    """Five firms measured again, four of them in one region; one firm that has only begun its second round."""
    here, there = RegionFactory(programme=programme, position=1), RegionFactory(programme=programme, position=2)
    for number in range(FEWEST_FIRMS):
        case = CaseFactory(programme=programme, region=there if number == 0 else here, accepted=True)
        AssessmentFactory(case=case, final=True)
        measure_again(case, levels={"PE03": 4} if number else {"PE03": 4, "PE01": 0})
    begun = AssessmentFactory(case=CaseFactory(programme=programme, accepted=True), final=True)
    AssessmentFactory(case=begun.case, round=Assessment.Round.T1)
    return here, there


def test_the_mean_of_five_firms_and_nothing_of_fewer(programme, measured):
    total, *regions = uplift(Case.objects.filter(programme=programme))
    assert (total.round, total.is_total, total.firms) == ("T1", True, 5)
    assert total.change > 0
    assert 0 < total.gap_closed < 100
    assert total.slipped == Decimal(20)
    assert [(row.region, row.firms, row.change, row.gap_closed, row.slipped) for row in regions] == [
        (measured[0].name, 4, None, None, None),
        (measured[1].name, 1, None, None, None),
    ]


def test_nothing_measured_again_gives_no_rows(programme):
    AssessmentFactory(case=CaseFactory(programme=programme, accepted=True), final=True)
    assert uplift(Case.objects.filter(programme=programme)) == []


def test_the_dashboard_shows_it_within_the_usual_number_of_queries(
    signed_in, programme, measured, django_assert_max_num_queries
):
    client = signed_in(AssignmentFactory(programme=programme, role=Role.MANAGER).user)
    client.get("/reports/")
    with django_assert_max_num_queries(15):
        page = client.get("/reports/").content.decode()
    assert "Measured again" in page
    assert page.count("fewer than 5") == 2

import pytest

from applications.models import Case
from casework.journey import stages
from casework.story import load
from diagnostics.actions import NEXT_ROUND_AFTER, agree_plan
from diagnostics.models import Assessment
from tests.factories.applications import STARTED, CaseFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory

pytestmark = pytest.mark.django_db


def states(case, at=WRITTEN):
    found = Case.objects.with_context().get(pk=case.pk)
    [story] = load([found], user=case.created_by, at=at)
    return " ".join(stage.state for stage in stages(story))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({}, "done current todo todo todo todo todo"),
        ({"submitted": True}, "done current todo todo todo todo todo"),
        ({"accepted": True}, "done done current todo todo todo todo"),
        ({"rejected": True}, "done todo todo todo todo todo todo"),
        ({"withdrawn": True}, "done todo todo todo todo todo todo"),
    ],
)
def test_joining(state, expected):
    assert states(CaseFactory(**state)) == expected


def test_diagnosed_then_planned():
    assessment = AssessmentFactory(final=True)
    assert states(assessment.case) == "done done done current todo todo todo"
    for side in (False, True):
        agree_plan(plan=assessment.plan, for_firm=side, by=assessment.case.created_by, at=WRITTEN)
    assert states(assessment.case) == "done done done done current todo todo"


def test_money_without_a_diagnostic_leaves_it_open_and_goes_on_to_delivery():
    application = GrantApplicationFactory(accepted=True)
    assert states(application.case) == "done done todo todo done current todo"


def test_measured_again_ends_the_journey():
    first = AssessmentFactory(final=True)
    later = STARTED + NEXT_ROUND_AFTER
    again = AssessmentFactory(case=first.case, round=Assessment.Round.T1, started_at=later, final=True)
    assert again.is_final
    assert states(first.case, at=later) == "done done done todo todo todo done"

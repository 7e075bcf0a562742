"""A firm that is measured again: the round after the newest, walked to its result by the actions of real use."""

from datetime import timedelta

from accounts.permissions import Role
from diagnostics import actions
from diagnostics.models import Answer, Assessment
from tests.factories.accounts import AssignmentFactory
from tests.factories.diagnostics import STARTED, UNREAD

YEAR = timedelta(days=366)
BETTER = {"PE03": 4, "MS06": 3, "SC04": 2, "PE01": 0}
"""Three up, one slipped."""


def measure_again(case, *, at=STARTED + YEAR, levels=BETTER):
    """Every answer of last time confirmed, those of `levels` changed."""
    owner = case.created_by
    begun = actions.start(case=case, by=owner, at=at)
    Answer.objects.filter(assessment=begun).update(carried_from="", answered_at=at, answered_by=owner)
    for code, level in levels.items():
        said = {"self_level": level, "state": "answered", "answered_at": at, "answered_by": owner}
        Answer.objects.update_or_create(assessment=begun, question_code=code, defaults=said)
    begun = Assessment.objects.with_context().get(pk=begun.pk)
    actions.send(assessment=begun, by=owner, at=at)
    adviser = AssignmentFactory(programme=case.programme, role=Role.ADVISER).user
    actions.finalise(assessment=begun, by=adviser, at=at, reason=UNREAD)
    return Assessment.objects.with_context().select_related("result").get(pk=begun.pk)

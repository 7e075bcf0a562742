"""Where a firm stands: checked, joined, diagnosed, plan, money, delivery, measured again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications.models import Case
from casework.story import Story
from funding.models import Award


@dataclass(frozen=True)
class Stage:
    name: str | Promise
    state: str
    """done, current or todo."""
    at: datetime | None = None


def _joined_at(story: Story) -> datetime | None:
    joined = story.case.decided_at is not None and story.case.status != Case.Status.REJECTED
    return story.case.decided_at if joined else None


def _agreed_at(story: Story) -> datetime | None:
    """When both had first agreed a plan; a later round's plan, not agreed yet, takes nothing of that back."""
    plans = (getattr(assessment, "plan", None) for assessment in story.assessments)
    agreed = [
        max(plan.adviser_agreed_at, plan.firm_agreed_at)
        for plan in plans
        if plan and plan.adviser_agreed_at and plan.firm_agreed_at
    ]
    return min(agreed, default=None)


def stages(story: Story) -> list[Stage]:
    """Each stage with the moment it was reached; the first open one after the last reached is where the firm is.

    A stage that was passed over (a firm that needed no money) stays open without being the current one.
    """
    first = story.first
    offers = [award.accepted_at for award in story.awards if award.accepted_at]
    again = story.newest.finalised_at if story.newest and story.newest is not first else None
    delivered = again if any(award.status in Award.TAKEN_UP for award in story.awards) else None
    reached: list[tuple[str | Promise, datetime | None]] = [
        (_("Checked"), story.case.check_result.created_at),
        (_("Joined"), _joined_at(story)),
        (_("Diagnosed"), first.finalised_at if first else None),
        (_("Plan"), _agreed_at(story)),
        (_("Money"), min(offers, default=None)),
        (_("Delivery"), delivered),
        (_("Measured again"), again),
    ]
    last = max(index for index, (_name, at) in enumerate(reached) if at is not None)
    current = last + 1 if story.case.is_live else None
    return [
        Stage(name, "done" if at else "current" if index == current else "todo", at)
        for index, (name, at) in enumerate(reached)
    ]

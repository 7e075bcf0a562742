"""What a firm reads when it is not offered a grant: the reason, what assessors found, and whether it may appeal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import User
from accounts.permissions import Permission
from funding.actions.appeals import last_day
from funding.models import Appeal, Decision, GrantApplication


@dataclass(frozen=True)
class Refusal:
    """`until` is the last day to ask for another look; `may_appeal` whether this person still can."""

    feedback: str
    until: date | None
    may_appeal: bool
    appeal: Appeal | None


def refusal_of(application: GrantApplication, user: User, *, at: datetime) -> Refusal | None:
    """None unless it was declined or put on the reserve list."""
    if application.status not in (GrantApplication.Status.DECLINED, GrantApplication.Status.RESERVE):
        return None
    told = Decision.objects.filter(application=application, status=Decision.Status.RELEASED).first()
    appeal = Appeal.objects.filter(application=application).order_by("-pk").first()
    until = last_day(application)
    open_ = until is not None and application.case.programme.local_date(at) <= until
    asked = appeal is not None and appeal.decision_at == application.decided_at
    return Refusal(
        feedback=told.feedback if told else "",
        until=until,
        may_appeal=open_ and not asked and user.can(Permission.SIGN, application.case),
        appeal=appeal,
    )

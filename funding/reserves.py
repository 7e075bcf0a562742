"""Money that came back to a call while firms wait on its reserve list: shown to staff, and told to who decides."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from accounts.permissions import Role
from funding.figures import budgets
from funding.mails import tell_approver
from funding.models import Award, GrantApplication
from notifications.models import Message
from portal.models import Event
from programmes.models import Call

AGAIN_AFTER = timedelta(days=1)
"""A night on which many offers run out is one mail."""


@dataclass(frozen=True)
class Room:
    """A call with money for `waiting` of those on its reserve list, each for itself."""

    call: Call
    left: Decimal
    waiting: int


def rooms(programmes: Collection[int]) -> list[Room]:
    """Calls of these programmes that could offer a grant to somebody on their reserve list. Two queries."""
    reserved: dict[int, list[Decimal]] = {}
    rows = GrantApplication.objects.filter(
        status=GrantApplication.Status.RESERVE, call__instrument__programme__in=programmes, case__is_test=False
    )
    for application in rows.only("call", "quote"):
        reserved.setdefault(application.call_id, []).append(application.quoted or Decimal(0))
    if not reserved:
        return []
    found = []
    for budget in budgets(programmes, with_drafts=True):
        if fits := sum(amount <= budget.left for amount in reserved.get(budget.call.pk, [])):
            found.append(Room(budget.call, budget.left, fits))
    return found


def tell_of_room(award: Award, *, by: User | None, at: datetime) -> None:
    """Some of what the award held is free again: where its call has a reserve list that it is enough for, approvers
    learn it. Call in the transaction that frees it."""
    programme = award.application.case.programme
    room = next((room for room in rooms([programme.pk]) if room.call.pk == award.call_id), None)
    if room is None:
        return
    data = {"left": str(room.left), "waiting": room.waiting}
    Event.objects.record(award, kind="award.reserve_has_room", by=by, at=at, data=data, staff_only=True)
    mails: Any = Message.objects.filter(kind="reserve_has_room", created_at__gt=at - AGAIN_AFTER)
    approvers = User.objects.filter(
        is_active=True, assignments__programme=programme, assignments__role=Role.APPROVER
    ).exclude(email__in=mails.values("to"))
    for person in approvers.distinct():
        tell_approver(person, room.call, at)

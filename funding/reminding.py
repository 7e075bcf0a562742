"""Assessors are reminded of what they have not answered or sent: before the last day, and once after it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from diagnostics.allocating import reminder_due
from funding.mails import tell_assessor
from funding.models import ReviewInvitation

DAYS_BEFORE = 3


def reminder_days(due_on: date) -> list[date]:
    return [due_on - timedelta(days=DAYS_BEFORE), due_on + timedelta(days=1)]


def remind_assessors(*, at: datetime) -> int:
    """Owe the reminders that have come due since the last: how many. A beat task calls it hourly."""
    sent = 0
    for invitation in ReviewInvitation.objects.unanswered().with_context().order_by("pk"):
        today = invitation.application.case.programme.local_date(at)
        asked_on = invitation.application.case.programme.local_date(invitation.invited_at)
        # Who is asked a day before it is due has just had a mail.
        last = invitation.reminded_on or asked_on
        if reminder_due(reminder_days(invitation.due_on), reminded_on=last, today=today):
            sent += _remind(invitation, today, at)
    return sent


@transaction.atomic(durable=True)
def _remind(invitation: ReviewInvitation, today: date, at: datetime) -> int:
    """One reminder; 0 when another worker was faster or the invitation has moved on."""
    rows = ReviewInvitation.objects.filter(
        pk=invitation.pk, status=invitation.status, reminded_on=invitation.reminded_on
    )
    if not rows.update(reminded_on=today):
        return 0
    tell_assessor(invitation, "review_reminder", at)
    return 1

"""What contractors are told by mail, and when they are reminded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import pgettext

from accounts.models import User
from applications.models import Case
from diagnostics import allocating
from diagnostics.models import Allocation
from notifications import actions as notifications


def remind(*, at: datetime) -> int:
    """Owe the reminders that have come due since the last: how many allocations. A beat task calls it hourly."""
    sent = 0
    waiting = (
        Allocation.objects.with_context().in_hand().filter(assessment__case__status=Case.Status.ACCEPTED).order_by("pk")
    )
    for allocation in waiting:
        today = allocation.contractor.programme.local_date(at)
        if allocating.reminder_due(allocation.reminder_days(), reminded_on=allocation.reminded_on, today=today):
            sent += _remind(allocation, at)
    return sent


@transaction.atomic(durable=True)
def _remind(allocation: Allocation, at: datetime) -> int:
    """One reminder; 0 when another worker was faster or the work has moved on."""
    today = allocation.contractor.programme.local_date(at)
    rows = Allocation.objects.filter(pk=allocation.pk, status=allocation.status, reminded_on=allocation.reminded_on)
    if not rows.update(reminded_on=today):
        return 0
    deadline = allocation.deadline
    kind = "allocation_answer" if allocation.status == Allocation.Status.OFFERED else "allocation_due"
    tell_people(allocation, kind, at, by=f"{deadline:%Y-%m-%d}", is_late=allocation.is_late(today))
    return 1


def tell_people(allocation: Allocation, kind: str, at: datetime, **facts: object) -> None:
    """The person who carries it out; everybody of the contractor as long as nobody does."""
    people = [allocation.person] if allocation.person else allocation.contractor.people()
    page = reverse("diagnostics:contractor-work")
    tell(people, allocation, kind, at, page=page, **facts)


def tell(
    people: Iterable[User], allocation: Allocation, kind: str, at: datetime, *, page: str, **facts: object
) -> None:
    case = allocation.assessment.case
    for person in people:
        if not person.is_active:
            continue
        with translation.override(person.language):
            label = pgettext("button of a mail", "Open the portal")
        notifications.queue(
            to=person.email, kind=kind, language=person.language, at=at, reference=case.reference,
            branding=case.programme.branding,
            context={"button": {"label": label, "url": settings.PORTAL_URL + page}, **facts},
        )  # fmt: skip


def of_check(allocation: Allocation, at: datetime) -> None:
    """The contractor hears what to put right."""
    tell_people(
        allocation, "allocation_sent_back", at, reason=allocation.reason, by=f"{allocation.due_on:%Y-%m-%d}"
    )  # fmt: skip

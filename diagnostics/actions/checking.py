"""What a contractor delivered is looked at by a second person, and paid for once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from diagnostics import contractor_mails as mails
from diagnostics.actions.finals import reopen_within
from diagnostics.models import Allocation, Contractor

PUT_RIGHT_WITHIN = timedelta(days=14)


class UnableToCheck(Exception):
    """This person may not check this delivery; the message says why."""


class UnableToPay(Exception):
    """Nothing was paid; the message says why."""


@transaction.atomic(durable=True)
def approve(*, allocation: Allocation, by: User, at: datetime) -> None:
    """The delivery is good: finance may pay it. Raises UnableToCheck, or IllegalMove when it was checked already."""
    _must_be_second(allocation, by)
    allocation.approve(by=by, at=at)


@transaction.atomic(durable=True)
def send_back(*, allocation: Allocation, reason: str, by: User, at: datetime) -> None:
    """Something is to be put right: the diagnostic is opened again and the contractor has it in hand once more.

    Raises UnableToCheck, IllegalMove, and finals.UnableToReopen when the diagnostic has to stay as it is.
    """
    _must_be_second(allocation, by)
    due_on = allocation.contractor.programme.local_date(at) + PUT_RIGHT_WITHIN
    allocation.send_back(reason=reason, due_on=due_on, by=by, at=at)
    reopen_within(allocation.assessment, reason=reason, by=by, at=at)
    mails.of_check(allocation, at)


def _must_be_second(allocation: Allocation, by: User) -> None:
    if by.pk in (allocation.delivered_by_id, allocation.person_id):
        raise UnableToCheck(_("Somebody else has to check this one: you carried it out or made it final."))
    if allocation.contractor.people().filter(pk=by.pk).exists():
        raise UnableToCheck(_("You work for this contractor, so somebody else has to check its diagnostics."))


@transaction.atomic(durable=True)
def pay(
    *, contractor: Contractor, allocations: Collection[int], reference: str, by: User, at: datetime
) -> tuple[int, Decimal]:
    """Record that these were paid under `reference`: how many, and the sum. All of them or none.

    The same post sent twice gives the same answer; anything that was paid under another reference, or is not
    approved, raises UnableToPay.
    """
    Contractor.objects.select_for_update().get(pk=contractor.pk)
    rows = list(Allocation.objects.with_context().filter(contractor=contractor, pk__in=allocations).order_by("pk"))
    if not rows or len(rows) != len(set(allocations)):
        raise UnableToPay(_("Choose what was paid."))
    if any(by.pk in (row.delivered_by_id, row.person_id) for row in rows):
        raise UnableToPay(_("Somebody else has to record this payment: you carried out one of these diagnostics."))
    if not all(row.status == Allocation.Status.PAID and row.payment_reference == reference for row in rows):
        if any(row.status != Allocation.Status.APPROVED for row in rows):
            raise UnableToPay(_("Some of these were paid or changed since you opened the page. Nothing was recorded."))
        for row in rows:
            row.pay(reference=reference, by=by, at=at)
    return len(rows), sum((row.fee for row in rows), Decimal(0))

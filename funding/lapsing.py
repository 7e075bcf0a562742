"""Offers that ran out give their money back to the call."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from funding.mails import tell_firm
from funding.models import Award
from funding.reserves import tell_of_room
from portal.workflow import IllegalMove


def lapse_late(*, at: datetime) -> int:
    """Close the offers whose last day has passed, so that their money comes back to the call; returns how many."""
    lapsed = 0
    offered = Award.objects.filter(status=Award.Status.OFFERED, accept_by__lt=at.date() + timedelta(days=1))
    for award in offered.select_related("application__case__programme", "application__case__created_by"):
        if award.is_late(award.application.case.programme.local_date(at)) and _lapse(award, at):
            lapsed += 1
    return lapsed


@transaction.atomic(durable=True)
def _lapse(award: Award, at: datetime) -> bool:
    """False when the firm was faster."""
    try:
        award.lapse(by=None, at=at)
    except IllegalMove:
        return False
    tell_of_room(award, by=None, at=at)
    tell_firm(award.application, "offer_lapsed", at)
    return True

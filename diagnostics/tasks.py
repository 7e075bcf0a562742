from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from diagnostics import places
from diagnostics.models import WaitingPlace


@shared_task
def offer_places(**kwargs: Any) -> None:
    """Tell firms in line of places that have become free: a firm withdrew, or a manager added places."""
    waiting = WaitingPlace.objects.in_line().order_by().values_list("case__programme", flat=True).distinct()
    for programme_id in waiting:
        places.settle(programme_id, at=timezone.now())

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from funding.lapsing import lapse_late


@shared_task
def lapse_offers(**kwargs: Any) -> None:
    """Close offers whose last day has passed; a firm that accepts at the same moment wins or loses whole."""
    lapse_late(at=timezone.now())

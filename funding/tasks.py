from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from django.utils import timezone

from funding.invariants import broken
from funding.lapsing import lapse_late
from funding.reminding import remind_assessors as remind

log = logging.getLogger(__name__)


@shared_task
def check_invariants(**kwargs: Any) -> None:
    """Every night: whatever does not hold is an error in the log, which whoever runs the portal is alarmed by."""
    for line in broken(timezone.now()):
        log.error("Broken: %s", line)


@shared_task
def lapse_offers(**kwargs: Any) -> None:
    """Close offers whose last day has passed; a firm that accepts at the same moment wins or loses whole."""
    lapse_late(at=timezone.now())


@shared_task
def remind_assessors(**kwargs: Any) -> None:
    """Mail assessors whose answer or assessment is due soon, or late."""
    remind(at=timezone.now())

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from diagnostics import contractor_mails, freezing, inviting, papers, places, reminders
from diagnostics.models import FirstLook, WaitingPlace
from documents.tasks import make

SWEEP_SIZE = 200


@shared_task
def offer_places(**kwargs: Any) -> None:
    """Tell firms in line of places that have become free: a firm withdrew, or a manager added places."""
    waiting = WaitingPlace.objects.in_line().order_by().values_list("case__programme", flat=True).distinct()
    for programme_id in waiting:
        places.settle(programme_id, at=timezone.now())


@shared_task
def invite_rounds(**kwargs: Any) -> None:
    """Ask firms whose year is over to answer the diagnostic once more, and remind once who has not begun."""
    inviting.invite_rounds(at=timezone.now())
    inviting.remind_rounds(at=timezone.now())


@shared_task
def sweep_first_looks(**kwargs: Any) -> None:
    """Forget first looks that nobody has touched for 90 days."""
    FirstLook.objects.stale(timezone.now()).delete()


@shared_task
def remind_plans(**kwargs: Any) -> None:
    """Ask firms how their plan goes: two weeks, three months and a year after it was agreed."""
    reminders.send_due(at=timezone.now())


@shared_task
def remind_contractors(**kwargs: Any) -> None:
    """Remind contractors of an offer to answer, and of a diagnostic that is due or late."""
    contractor_mails.remind(at=timezone.now())


@shared_task
def make_plan_of_batch(*, item_id: int, **kwargs: Any) -> None:
    """Freeze and draw one plan of a batch; doing it twice, or after another worker has, changes nothing."""
    document = papers.take_up(item_id, timezone.now())
    if document is not None:
        make(str(document.pk))


@shared_task
def sweep_plan_batches(**kwargs: Any) -> None:
    """Send again the plans of batches whose messages were lost; PDFs once owed have documents.tasks.sweep."""
    for pk in papers.forgotten(timezone.now(), SWEEP_SIZE):
        make_plan_of_batch.delay(item_id=pk)


@shared_task
def take_snapshots(**kwargs: Any) -> None:
    """Freeze this quarter's comparison of firms, once; on every other day there is nothing to do."""
    freezing.take_snapshots(at=timezone.now(), with_trials=settings.DEMO)

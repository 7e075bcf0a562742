"""The Celery application, and the heartbeat that `/readyz` reads.

The heartbeat comes from the worker's own signals and not from a queued task: a long queue is no dead worker.
"""

from __future__ import annotations

import logging
import os
import time
from typing import Any

from celery import Celery
from celery.contrib.django.task import DjangoTask
from celery.signals import heartbeat_sent, worker_ready
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


class OwedTask(DjangoTask):  # type: ignore[type-arg]  # generic in the stubs alone
    """A task whose work is owed by a row: without a broker it waits for the sweeper, and the page goes on."""

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]  # nobody asks for a result
        def send() -> None:
            try:
                # One new connection at once, no more: somebody waits for the page.
                self.apply_async(args, kwargs, retry_policy={"max_retries": 1, "interval_start": 0})
            except OperationalError as error:
                logger.warning("%s is left to the sweeper: %s", self.name, error)

        transaction.on_commit(send)


app = Celery("portal", task_cls=OwedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _name_of(sender: Any) -> str:
    """A worker's name from what sends the signal: the consumer, or the heart with its event dispatcher."""
    return str(getattr(sender, "hostname", None) or getattr(getattr(sender, "eventer", None), "hostname", ""))


HEARTBEAT_KEY = "worker-heartbeat"
HEARTBEAT_LIMIT_SECONDS = 60
_WRITE_EVERY_SECONDS = 10
_last_written = 0.0


@worker_ready.connect
@heartbeat_sent.connect
def note_heartbeat(sender: object = None, **kwargs: object) -> None:
    """Of the workers somebody waits for; that of the batch queue may live while they are dead."""
    if _name_of(sender).startswith("batch@"):
        return
    from django.core.cache import cache  # noqa: PLC0415  settings are not read yet when this module loads

    global _last_written  # one number a process; the signal comes every two seconds
    now = time.time()
    if now - _last_written >= _WRITE_EVERY_SECONDS:
        cache.set(HEARTBEAT_KEY, now, timeout=10 * HEARTBEAT_LIMIT_SECONDS)
        _last_written = now

"""The Celery application, and the heartbeat that `/readyz` reads.

The heartbeat comes from the worker's own signals and not from a queued task: a long queue is no dead worker.
"""

import os
import time

from celery import Celery
from celery.signals import heartbeat_sent, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

HEARTBEAT_KEY = "worker-heartbeat"
HEARTBEAT_LIMIT_SECONDS = 60
_WRITE_EVERY_SECONDS = 10
_last_written = 0.0


@worker_ready.connect
@heartbeat_sent.connect
def note_heartbeat(**kwargs: object) -> None:
    from django.core.cache import cache  # noqa: PLC0415  settings are not read yet when this module loads

    global _last_written  # noqa: PLW0603  one number a process; the signal comes every two seconds
    now = time.time()
    if now - _last_written >= _WRITE_EVERY_SECONDS:
        cache.set(HEARTBEAT_KEY, now, timeout=10 * HEARTBEAT_LIMIT_SECONDS)
        _last_written = now

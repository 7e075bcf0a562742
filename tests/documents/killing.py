"""Real worker processes, killed outright again and again while they make a batch of plans."""

import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from accounts.permissions import Role
from diagnostics.actions import batches
from diagnostics.models import ActionPlan, PlanBatch
from documents.models import Document
from portal.celery import HEARTBEAT_KEY, app
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.programmes import ProgrammeFactory

PATIENCE_SECONDS = 120
"""Longest time in which nothing may happen."""


def ordered(plans):
    """A batch of so many plans, each with a first version that was never made."""
    app.control.purge()
    programme = ProgrammeFactory()
    manager = AssignmentFactory(programme=programme, role=Role.MANAGER).user
    for _number in range(plans):
        AssessmentFactory(case=CaseFactory(programme=programme, accepted=True), final=True)
    Document.objects.update(state=Document.State.CANCELLED)
    ActionPlan.objects.update(changed_at=timezone.now() + timedelta(seconds=-1))
    return batches.make_plans(programme=programme, region=None, key=uuid.uuid4(), by=manager, at=timezone.now())


def start_worker(nice=0):
    """A worker of all queues with two processes and its beat, on this process's database, queue and media."""
    database = connection.settings_dict
    host = database["HOST"] or database["OPTIONS"]["host"]
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgresql://{database['USER']}@/{database['NAME']}?host={host}",
        "PORTAL_DEMO": "1",
        "PORTAL_MEDIA": str(settings.MEDIA_ROOT),
        "SWEEP_SECONDS": "1",
        "CLAIM_LIMIT_SECONDS": "15",
    }
    schedule = Path(settings.STATE) / f"beat-{database['NAME']}"
    command = [
        "nice", "-n", str(nice), sys.executable, "-m", "celery", "-A", "portal", "--quiet", "worker", "--beat",
        "--concurrency", "2", "--loglevel", "CRITICAL", "--schedule", str(schedule), "--without-gossip",
        "--without-mingle",
    ]  # fmt: skip
    for leftover in schedule.parent.glob(f"{schedule.name}*"):
        leftover.unlink()  # a killed beat leaves it locked or half written
    cache.delete(HEARTBEAT_KEY)
    return subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR, start_new_session=True)


def stop_worker(process, number=signal.SIGTERM):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    process.wait(timeout=30)


def counts(batch):
    return PlanBatch.objects.counted().get(pk=batch.pk)


def killed(batch, kills):
    """Let workers make `batch` and kill them `kills` times in the midst of their work; how often one was killed."""
    chance, done, worker = random.Random(1), 0, start_worker()
    last, moved = -1, time.monotonic()
    try:
        while (now := counts(batch)).left:
            if now.done != last:
                last, moved = now.done, time.monotonic()
            assert time.monotonic() - moved < PATIENCE_SECONDS, f"nothing moves: {now.done} done, {now.left} left"
            if done < kills and Document.objects.filter(state=Document.State.WORKING, is_bulk=True).exists():
                time.sleep(chance.uniform(0, 1.5))
                if counts(batch).done >= now.total * (done + 1) // (kills + 1):
                    stop_worker(worker, signal.SIGKILL)
                    done += 1
                    worker = start_worker()
            time.sleep(0.1)
    finally:
        stop_worker(worker, signal.SIGKILL if done < kills else signal.SIGTERM)
    return done


def wrong_plans(batch):
    """What is not as it should be: plans without exactly one new, whole PDF, and files that belong to none."""
    wrong, known = [], set()
    for item in batch.items.select_related("plan", "document"):
        document, content = item.document, b""
        if document.is_ready:
            with document.file.open("rb") as stream:
                content = stream.read()
            known.add(Path(document.file.path))
        is_whole = content.startswith(b"%PDF-") and b"%%EOF" in content[-32:]
        if (
            not is_whole
            or hashlib.sha256(content).hexdigest() != document.sha256
            or item.plan.document_id != document.pk
            or item.plan.versions.count() != 2
        ):
            wrong.append(f"{item.plan}: {document.state} {document.error}")
    files = {path for path in (Path(settings.MEDIA_ROOT) / "documents").rglob("*") if path.is_file()}
    return wrong + [f"{path} belongs to no plan" for path in files - known]

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import shared_task
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from documents import orphans, scanning
from documents.models import Document, Upload
from documents.signals import upload_infected

logger = logging.getLogger(__name__)
SWEEP_SIZE = 200
SCAN_AGAIN_AFTER = timedelta(minutes=5)
"""How long a scan that was given up rests before it is owed anew."""


@shared_task
def render_document(*, document_id: str, **kwargs: Any) -> None:
    """Make one owed PDF that somebody waits for; doing it twice, or after another worker has, changes nothing."""
    make(document_id)


@shared_task
def render_in_bulk(*, document_id: str, **kwargs: Any) -> None:
    """The same on the queue of the many (settings.CELERY_TASK_ROUTES)."""
    make(document_id)


def make(document_id: str) -> None:
    """Claim the document, draw it, keep the file and its sum; without a claim to be had nothing happens."""
    document = Document.objects.claim(document_id, timezone.now())
    if document is None:
        return
    from documents import rendering  # noqa: PLC0415  loads WeasyPrint, in the worker only

    try:
        content = rendering.render_pdf(
            template=document.template, context=document.context, title=document.title,
            language=document.language, number=document.number,
        )  # fmt: skip
        document.file.save(document.file_name, ContentFile(content), save=False)
    except Exception as error:
        document.fail(timezone.now(), f"{type(error).__name__}: {error}"[:2000])
        raise
    finished = document.finish(timezone.now(), file=document.file.name, sha256=hashlib.sha256(content).hexdigest())
    if finished:
        _clear_up_after_the_lost(document)
    else:
        document.file.storage.delete(document.file.name)


def _clear_up_after_the_lost(document: Document) -> None:
    """Delete what workers that were killed over this document had written: nothing else knows of it."""
    folder, _slash, own = str(document.file.name).rpartition("/")
    storage = document.file.storage
    for name in storage.listdir(folder)[1]:
        if name != own:
            storage.delete(f"{folder}/{name}")


@shared_task
def scan_upload(*, upload_id: str, **kwargs: Any) -> None:
    """Ask the scanner about one upload; doing it twice, or after another worker has, changes nothing."""
    upload = Upload.objects.claim(upload_id, timezone.now())
    if upload is None:
        return
    try:
        with upload.file.open("rb") as content:
            virus = scanning.find_virus(content)
    except (scanning.ScannerAway, OSError) as error:
        logger.warning("upload %s: not scanned: %s", upload.pk, error)
        upload.fail(timezone.now(), f"{type(error).__name__}: {error}"[:2000])
        return
    if virus:
        _remove_infected(upload, virus[:200])
    else:
        upload.finish(timezone.now())


def _remove_infected(upload: Upload, virus: str) -> None:
    """The row stays, with the sum of what was in the file; the file goes once that is recorded for good."""
    now, name, storage = timezone.now(), str(upload.file.name), upload.file.storage
    with transaction.atomic():
        if upload.finish(now, virus=virus, file=""):
            logger.warning("upload %s: %s found, file removed", upload.pk, virus)
            upload_infected.send(sender=Upload, upload=upload, at=now)
            transaction.on_commit(partial(storage.delete, name))


@shared_task
def sweep(**kwargs: Any) -> None:
    """Send again whatever a lost message or a killed worker left behind."""
    now = timezone.now()
    waiting: Any = Document.objects.waiting(now).order_by("not_before")
    for pk, is_bulk in waiting.values_list("pk", "is_bulk")[:SWEEP_SIZE]:
        (render_in_bulk if is_bulk else render_document).delay(document_id=str(pk))
    if scanning.is_configured():
        _owe_scans_again(now)
        uploads = Upload.objects.waiting(now).order_by("not_before")
        for pk in uploads.values_list("pk", flat=True)[:SWEEP_SIZE]:
            scan_upload.delay(upload_id=str(pk))


def _owe_scans_again(at: datetime) -> None:
    """What came while there was no scanner, and what was given up while it was away, as soon as it answers."""
    given_up = Q(state=Upload.State.FAILED, finished_at__lt=at - SCAN_AGAIN_AFTER)
    rows = Upload.objects.filter(Q(state=Upload.State.CANCELLED) | given_up)
    if rows.exists() and scanning.answers():
        rows.update(state=Upload.State.QUEUED, attempts=0, not_before=at, error="", finished_at=None)


@shared_task
def sweep_files(**kwargs: Any) -> None:
    """Delete files that no row knows of, and report rows whose file is gone."""
    for name in orphans.stray_files(timezone.now()):
        default_storage.delete(name)
        logger.info("%s: deleted, no row knows of it", name)
    for row in orphans.rows_without_file():
        logger.error("%s: its file is gone", row)

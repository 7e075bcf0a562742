from __future__ import annotations

import hashlib
from typing import Any

from celery import shared_task
from django.core.files.base import ContentFile
from django.utils import timezone

from documents.models import Document

SWEEP_SIZE = 200


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
def sweep(**kwargs: Any) -> None:
    """Send again whatever a lost message or a killed worker left behind."""
    waiting: Any = Document.objects.waiting(timezone.now()).order_by("not_before")
    for pk, is_bulk in waiting.values_list("pk", "is_bulk")[:SWEEP_SIZE]:
        (render_in_bulk if is_bulk else render_document).delay(document_id=str(pk))

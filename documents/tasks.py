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
    """Make one owed PDF; doing it twice, or after another worker has, changes nothing."""
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
    if not finished:
        document.file.storage.delete(document.file.name)


@shared_task
def sweep(**kwargs: Any) -> None:
    """Send again whatever a lost message or a killed worker left behind."""
    for pk in Document.objects.waiting(timezone.now()).order_by("not_before").values_list("pk", flat=True)[:SWEEP_SIZE]:
        render_document.delay(document_id=str(pk))

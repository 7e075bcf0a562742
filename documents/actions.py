"""Ask for a PDF, and take a file."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import IO, Any

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from documents import checking, scanning, tasks
from documents.models import Document, Upload

logger = logging.getLogger(__name__)


def request_document(
    *,
    template: str,
    context: dict[str, Any],
    title: str,
    language: str,
    file_name: str,
    at: datetime,
    is_bulk: bool = False,
) -> Document:
    """Owe a PDF of `template` filled with the plain JSON `context`; one of many (`is_bulk`) waits for single ones.

    Call inside the transaction that needs it; the worker is told on commit, and the sweeper finds it otherwise.
    """
    document = Document.objects.create(
        template=template, context=context, title=title, language=language, file_name=file_name,
        created_at=at, not_before=at, is_bulk=is_bulk,
    )  # fmt: skip
    _tell_a_worker(document)
    return document


def hurry(document: Document) -> None:
    """Somebody waits for this one of many now: any worker for single documents may take it first."""
    if document.is_bulk and document.is_pending:
        document.is_bulk = False
        document.save(update_fields=["is_bulk"])
        _tell_a_worker(document)


def try_again(document: Document, *, at: datetime) -> bool:
    """Owe a document anew that was given up, with the same frozen facts; False when it was not given up."""
    given_up = Document.objects.filter(pk=document.pk, state=Document.State.FAILED)
    owed = given_up.update(state=Document.State.QUEUED, attempts=0, not_before=at, error="", finished_at=None)
    if owed:
        document.refresh_from_db()
        _tell_a_worker(document)
    return bool(owed)


def cancel(documents: QuerySet[Any], *, at: datetime) -> int:
    """Those of `documents` that no worker has taken up are not made after all; how many."""
    queued = documents.filter(state=Document.State.QUEUED)
    return queued.update(state=Document.State.CANCELLED, finished_at=at)


def _tell_a_worker(document: Document) -> None:
    task: Any = tasks.render_in_bulk if document.is_bulk else tasks.render_document
    task.delay_on_commit(document_id=str(document.pk))


def take_upload(*, file: UploadedFile[bytes], by: Any, at: datetime) -> Upload:
    """Keep `file` after checking that its content is what its name says, and owe it to the virus scanner.

    The file is whole on the disk before its row is written. Raises checking.RefusedFile when it may not be kept, and
    when the disk cannot take it.
    """
    found = checking.checked(file)
    size, digest = _measured(found.content)
    upload = Upload(
        name=checking.safe_name(file.name or ""), content_type=found.content_type, size=size, sha256=digest,
        created_at=at, not_before=at, uploaded_by_id=by.pk if by else None,
        state=Upload.State.QUEUED if scanning.is_configured() else Upload.State.CANCELLED,
    )  # fmt: skip
    try:
        upload.file.save(upload.name, File(found.content), save=False)
    except OSError as error:
        logger.warning("A file could not be kept: %s", error)
        raise checking.RefusedFile(_("We could not keep the file just now. Try again in a few minutes.")) from error
    upload.save(force_insert=True)
    if scanning.is_configured():
        task: Any = tasks.scan_upload
        task.delay_on_commit(upload_id=str(upload.pk))
    return upload


def discard_uploads(uploads: Iterable[Any]) -> None:
    """Delete `uploads` (some may be None), which nothing points to any more; files go once the rows are gone for good.

    Call inside the transaction that took away what pointed to them.
    """
    for upload in filter(None, uploads):
        if upload.file:
            transaction.on_commit(partial(upload.file.storage.delete, str(upload.file.name)))
        upload.delete()


def _measured(content: IO[bytes]) -> tuple[int, str]:
    """Size in bytes and SHA-256 in hexadecimal digits."""
    digest = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]  # reads what it can
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    return size, digest

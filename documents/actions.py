"""Ask for a PDF, and take a file."""

from __future__ import annotations

import contextlib
import hashlib
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from documents import checking, tasks
from documents.models import Document, Upload, upload_path


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
    """Keep `file` after checking that its content is what its name says.

    Raises checking.RefusedFile when it is not, and when the disk cannot take it.
    """
    kind = checking.content_type_of(file)
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    upload = Upload(
        name=checking.safe_name(file.name or ""), content_type=kind, size=file.size or 0, sha256=digest.hexdigest(),
        uploaded_at=at, uploaded_by_id=by.pk if by else None,
    )  # fmt: skip
    try:
        upload.file.save(upload.name, file, save=False)
    except OSError as error:
        with contextlib.suppress(OSError):
            upload.file.storage.delete(upload_path(upload, upload.name))
        raise checking.RefusedFile(_("We could not keep the file just now. Try again in a few minutes.")) from error
    upload.save(force_insert=True)
    return upload

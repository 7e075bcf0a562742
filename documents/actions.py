"""Ask for a PDF, and take a file."""

from __future__ import annotations

import contextlib
import hashlib
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from documents import checking, tasks
from documents.models import Document, Upload, upload_path


def request_document(
    *, template: str, context: dict[str, Any], title: str, language: str, file_name: str, at: datetime
) -> Document:
    """Owe a PDF of `template` filled with the plain JSON `context`.

    Call inside the transaction that needs it; the worker is told on commit, and the sweeper finds it otherwise.
    """
    document = Document.objects.create(
        template=template, context=context, title=title, language=language, file_name=file_name,
        created_at=at, not_before=at,
    )  # fmt: skip
    tasks.render_document.delay_on_commit(document_id=str(document.pk))  # type: ignore[attr-defined]  # portal.celery.OwedTask
    return document


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

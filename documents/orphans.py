"""Files without a row, and rows without their file: what a crash between the two leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage

from documents.models import Document, Upload

KEPT_FOR = timedelta(days=1)
"""A younger file may belong to a row that is being written just now."""
FOLDERS: dict[str, Any] = {"uploads": Upload, "documents": Document}
_BATCH = 500


def stray_files(at: datetime) -> Iterator[str]:
    """Names of files older than a day that no row knows of."""
    for folder, model in FOLDERS.items():
        names = list(_old_files(folder, at - KEPT_FOR))
        for start in range(0, len(names), _BATCH):
            batch = names[start : start + _BATCH]
            known = set(model.objects.filter(file__in=batch).values_list("file", flat=True))
            yield from (name for name in batch if name not in known)


def rows_without_file() -> Iterator[str]:
    """Rows whose file is not on disk, like "upload 3f2…"."""
    for model in FOLDERS.values():
        for pk, name in model.objects.exclude(file="").values_list("pk", "file").iterator(chunk_size=_BATCH):
            if not default_storage.exists(name):
                yield f"{model._meta.model_name} {pk}"


def _old_files(folder: str, before: datetime) -> Iterator[str]:
    root = Path(default_storage.path(""))
    for path in (root / folder).rglob("*"):
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            yield path.relative_to(root).as_posix()

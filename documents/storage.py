"""Files on disk that outlive a power cut: whole under their name, or not there."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import IO, Any

from django.core.files.storage import FileSystemStorage

UNFINISHED = ".part"


class DurableStorage(FileSystemStorage):
    """Writes beside the name, syncs and renames, so that a row written afterwards always has its whole file.

    Names are made of ids (documents.models), so two writers never meet under one.
    """

    def _save(self, name: str, content: Any) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, suffix=UNFINISHED, delete=False) as file:
            try:
                _write(file, content)
                if self.file_permissions_mode is not None:
                    os.chmod(file.name, self.file_permissions_mode)
                os.replace(file.name, target)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(file.name)
                raise
        _sync_folder(target.parent)
        return name


def _write(file: IO[bytes], content: Any) -> None:
    for chunk in content.chunks():
        file.write(chunk)
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """The rename itself reaches the disk with its folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

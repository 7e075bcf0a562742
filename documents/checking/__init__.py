"""Is this file what its name says, small enough, and of a kind we open? (ASVS 5.0, chapter 5)

Name, first bytes and a real reading of the whole content have to agree. Pictures are drawn anew, so that nothing
but the picture is kept.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from documents.checking import archives, pdfs, pictures, tables
from documents.checking.refusing import OtherContent, RefusedFile

__all__ = ["ALLOWED", "SHEET", "CheckedFile", "RefusedFile", "checked", "safe_name"]

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ALLOWED = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": SHEET,
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".csv": "text/csv",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}
NAME_LENGTH = 100
LONGEST_NAME = 200
# Windows opens a device in place of a file of these names, whatever the ending.
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


@dataclass(frozen=True)
class CheckedFile:
    """What may be kept: `content` is the file as it came, or the picture drawn anew."""

    content_type: str
    content: IO[bytes]


def safe_name(name: str) -> str:
    """`name` for showing and for a download: no path, no control characters, at most 100 characters."""
    name = _last_part(unicodedata.normalize("NFC", name))
    name = re.sub(r"[^\w .()\-]", "_", name).strip(" .") or "file"
    path = PurePath(name)
    return f"{path.stem[: NAME_LENGTH - len(path.suffix)]}{path.suffix}"[:NAME_LENGTH]


def checked(file: UploadedFile[Any]) -> CheckedFile:
    """What of `file` may be kept; raises RefusedFile with what to do."""
    ending = PurePath(file.name or "").suffix.lower()
    if ending not in ALLOWED:
        raise RefusedFile(_("Choose a PDF, Word, Excel, OpenDocument, CSV, PNG or JPEG file."))
    _check_name(_last_part(file.name or ""))
    if not file.size:
        raise RefusedFile(_("The file is empty. Choose another file."))
    if file.size > settings.UPLOAD_LIMIT:
        raise RefusedFile(_("The file must be smaller than 10 MB."))
    file.seek(0)
    try:
        content = _read(file, ending)
    except OtherContent as error:
        raise RefusedFile(
            _("The content of this file is not what its name says. Save it again as %(ending)s and try once more.")
            % {"ending": ending.removeprefix(".").upper()}
        ) from error
    content.seek(0)
    return CheckedFile(ALLOWED[ending], content)


def _last_part(name: str) -> str:
    return PurePath(name.replace("\\", "/")).name


def _check_name(name: str) -> None:
    hidden = any(unicodedata.category(letter) in {"Cc", "Cf", "Zl", "Zp"} for letter in name)
    if hidden or len(name) > LONGEST_NAME or DEVICES.match(name):
        raise RefusedFile(_("Give the file a short, plain name and try again."))


def _read(file: UploadedFile[Any], ending: str) -> IO[bytes]:
    """`file` or its cleaned copy once it was read through; raises OtherContent and RefusedFile."""
    if ending in {".png", ".jpg", ".jpeg"}:
        return pictures.drawn_anew(file, "PNG" if ending == ".png" else "JPEG")
    if ending in archives.KINDS:
        archives.check(file, ending, ALLOWED[ending])
    elif ending == ".pdf":
        pdfs.check(file.read())
    else:
        tables.check(file.read())
    return file

"""Is this file what its name says, small enough, and of a kind we open? (ASVS 5.0, chapter 5)"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from pathlib import PurePath

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

PDF = "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ALLOWED = {
    ".pdf": PDF,
    ".docx": WORD,
    ".xlsx": SHEET,
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}
# A member that every file of the kind has: a ZIP with another ending has none of them.
ZIP_MEMBERS = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml", ".odt": "content.xml", ".ods": "content.xml"}
ZIP_ENTRIES = 2000
ZIP_TOTAL = 200 * 1024 * 1024
ZIP_RATIO = 100
PIXELS = 40_000_000
NAME_LENGTH = 100


class RefusedFile(Exception):
    """The file may not be kept; the message tells the person what to do."""


def safe_name(name: str) -> str:
    """`name` for showing and for a download: no path, no control characters, at most 100 characters."""
    name = unicodedata.normalize("NFC", PurePath(name.replace("\\", "/")).name)
    name = re.sub(r"[^\w .()\-]", "_", name).strip(" .") or "file"
    path = PurePath(name)
    return f"{path.stem[: NAME_LENGTH - len(path.suffix)]}{path.suffix}"[:NAME_LENGTH]


def content_type_of(file: UploadedFile) -> str:
    """The content type that name and content agree on; raises RefusedFile with what to do."""
    ending = PurePath(file.name or "").suffix.lower()
    if ending not in ALLOWED:
        raise RefusedFile(_("Choose a PDF, Word, Excel, OpenDocument, PNG or JPEG file."))
    if not file.size:
        raise RefusedFile(_("The file is empty. Choose another file."))
    if file.size > settings.UPLOAD_LIMIT:
        raise RefusedFile(_("The file must be smaller than 10 MB."))
    file.seek(0)
    check = _check_image if ending in {".png", ".jpg", ".jpeg"} else _check_pdf if ending == ".pdf" else _check_zip
    if not check(file, ending):
        raise RefusedFile(
            _("The content of this file is not what its name says. Save it again as %(ending)s and try once more.")
            % {"ending": ending.removeprefix(".").upper()}
        )
    return ALLOWED[ending]


def _check_pdf(file: UploadedFile, ending: str) -> bool:
    content = file.read()
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-2048:]:
        return False
    if b"/Encrypt" in content:
        raise RefusedFile(_("This PDF has a password. Save it without one and try again."))
    if any(mark in content for mark in (b"/JavaScript", b"/Launch", b"/EmbeddedFile")):
        raise RefusedFile(_("This PDF holds scripts or attached files. Print it to a new PDF and try again."))
    return True


def _check_image(file: UploadedFile, ending: str) -> bool:
    too_large = _("The picture is too large. Save it with at most 40 million pixels.")
    try:
        with Image.open(file, formats=["PNG" if ending == ".png" else "JPEG"]) as image:
            if image.width * image.height > PIXELS:
                raise RefusedFile(too_large)
            image.verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RefusedFile(too_large) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, IndexError):
        return False
    return True


def _check_zip(file: UploadedFile, ending: str) -> bool:
    # Only a plain ZIP starts so: a script or a PDF with a ZIP behind it does not.
    if file.read(4) != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return False
    names = {entry.filename for entry in entries}
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if len(entries) > ZIP_ENTRIES or total > ZIP_TOTAL or total > packed * ZIP_RATIO:
        raise RefusedFile(_("This file unpacks to far more than it should. Save it again and try once more."))
    if any(name.startswith("/") or ".." in PurePath(name).parts for name in names) or any(
        name.lower().endswith("vbaproject.bin") for name in names
    ):
        raise RefusedFile(_("This file holds macros or unsafe parts. Save it without them and try again."))
    return ZIP_MEMBERS[ending] in names

"""CSV: text that decodes, without control characters, whose rows can be read."""

from __future__ import annotations

import csv
import io
import re

from django.utils.translation import gettext as _

from documents.checking.refusing import OtherContent, RefusedFile

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# How pages, scripts, programs' settings, PDFs and archives begin.
OTHER_KINDS = ("<", "{", "#!", "%PDF-", "PK", "\\")
SEPARATORS = ",;\t|"


def check(content: bytes) -> None:
    """Raises OtherContent when `content` is no table, RefusedFile when its letters are written in an unusual way."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RefusedFile(_("Save this table as “CSV UTF-8” and try again."))
    text = _decoded(content)
    if CONTROL.search(text) or text.lstrip().startswith(OTHER_KINDS) or not text.strip():
        raise OtherContent("no plain text")
    first = text.strip().partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    try:
        for _row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            pass
    except csv.Error as error:
        raise OtherContent(str(error)) from error


def _decoded(content: bytes) -> str:
    """Text in UTF-8, or as Excel writes it on Windows in western Europe."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return content.decode("cp1252")
        except UnicodeDecodeError as error:
            raise OtherContent("no text") from error

"""PDFs: whole, readable without a password, and without anything that runs or unpacks.

PDF readers repair what is broken, so the search for active parts does not follow the file's own table of contents: it
looks at every byte, and into every packed stream that may hold objects (ISO 32000-2, 7.5.7).
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress

from django.utils.translation import gettext as _

from documents.checking.refusing import OtherContent, RefusedFile

MOST_STREAMS = 50_000
MOST_UNPACKED = 64 * 1024 * 1024
_PIECE = 16 * 1024
_END = rb"(?![^\s\0()<>\[\]{}/%])"
"""A name ends before white space or one of the marks."""
_ESCAPE = re.compile(rb"#([0-9a-fA-F]{2})")
_ACTIVE = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|Rendition|GoToE|ImportData|SubmitForm|XFA)" + _END
)
_ENCRYPTED = re.compile(rb"/Encrypt" + _END)
_TAIL = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF[\s\0]*\Z")
_TABLE = re.compile(rb"\s*(?:xref\s|\d+\s+\d+\s+obj\b)")
_ROOT = re.compile(rb"/Root\s+\d+\s+\d+\s+R\b")
_CATALOG = re.compile(rb"/Type\s*/Catalog" + _END)
_PAGE = re.compile(rb"/Type\s*/Page" + _END)
_STREAM = re.compile(rb"stream\r?\n")
_OBJECT_END = re.compile(rb"endobj|endstream")
_HOLDS_OBJECTS = re.compile(
    rb"/ObjStm" + _END + rb"|/First" + _END + rb".*/N" + _END + rb"|/N" + _END + rb".*/First" + _END, re.DOTALL
)
_PLAIN_FILTER = re.compile(rb"/Filter\s*\[?\s*/FlateDecode\s*(?:\]|/|>>|$)")
_NUMBERS = re.compile(rb"\s*(?:%|\d+\s+\d+)")


def check(content: bytes) -> None:
    """Raises OtherContent when `content` is no whole PDF, RefusedFile when it is locked or holds active parts."""
    if not content.startswith(b"%PDF-") or zipfile.is_zipfile(io.BytesIO(content)):
        raise OtherContent("another kind")
    plain = _unescaped(content)
    if _ENCRYPTED.search(plain):
        raise RefusedFile(_("This PDF has a password. Save it without one and try again."))
    _refuse_active(plain)
    _check_outline(content)
    found_catalog, found_page = bool(_CATALOG.search(plain)), bool(_PAGE.search(plain))
    for objects in _packed_objects(content):
        packed = _unescaped(objects)
        _refuse_active(packed)
        found_catalog = found_catalog or bool(_CATALOG.search(packed))
        found_page = found_page or bool(_PAGE.search(packed))
    if not (found_catalog and found_page):
        raise OtherContent("no page")


def _unescaped(content: bytes) -> bytes:
    """Names may be written with #xx for any letter."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), content)


def _refuse_active(content: bytes) -> None:
    if _ACTIVE.search(content):
        raise RefusedFile(_("This PDF holds scripts or attached files. Print it to a new PDF and try again."))


def _check_outline(content: bytes) -> None:
    """The end points to a table of contents, which names the document's root."""
    tail = _TAIL.search(content, max(0, len(content) - 2048))
    offset = int(tail[1]) if tail else len(content)
    if not _TABLE.match(content, offset) or not _ROOT.search(content, offset):
        raise OtherContent("cut short")


def _packed_objects(content: bytes) -> Iterator[bytes]:
    """What every packed stream holds that may be a stream of objects."""
    room = MOST_UNPACKED
    for number, found in enumerate(_STREAM.finditer(content)):
        if number == MOST_STREAMS:
            raise _too_much()
        before = content[max(0, found.start() - 4096) : found.start()]
        head = _unescaped(_OBJECT_END.split(before)[-1])
        says_so = bool(_HOLDS_OBJECTS.search(head))
        if says_so and b"/Filter" in head and (not _PLAIN_FILTER.search(head) or b"/Predictor" in head):
            raise OtherContent("objects packed in a way that nobody uses")
        if says_so or _NUMBERS.match(_start_of(content, found.end())):
            objects = _unpacked(content, found.end(), room + 1)
            room -= len(objects)
            if room < 0:
                raise _too_much()
            yield objects


def _too_much() -> RefusedFile:
    return RefusedFile(_("This file unpacks to far more than it should. Save it again and try once more."))


def _start_of(content: bytes, start: int) -> bytes:
    """What the packed stream at `start` begins with; nothing when it is not packed so."""
    try:
        return zlib.decompressobj().decompress(content[start : start + 256], 64)
    except zlib.error:
        return b""


def _unpacked(content: bytes, start: int, most: int) -> bytes:
    """At most `most` bytes of the packed stream at `start`; of a damaged one as much as is whole."""
    unpack, parts, size = zlib.decompressobj(), [], 0
    with suppress(zlib.error):
        for place in range(start, len(content), _PIECE):
            parts.append(unpack.decompress(content[place : place + _PIECE], most - size))
            size += len(parts[-1])
            if size >= most or unpack.eof:
                break
    return b"".join(parts)

"""Office files, which are ZIP archives: every part is read, and nothing in them is believed unread."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import IO, Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from documents.checking.refusing import OtherContent, RefusedFile

KINDS = frozenset({".docx", ".xlsx", ".odt", ".ods"})
ENTRIES = 2000
TOTAL = 200 * 1024 * 1024
RATIO = 100
DIRECTORY = 1024 * 1024
XML_PART = 48 * 1024 * 1024
XML_ELEMENTS = 2_000_000
XML_DEPTH = 250
# Expat before 2.6 reads a long token again from its start with every piece it is given.
_CHUNK = 8 * 1024 * 1024
_MAIN_PARTS = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"MSCF")
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!")
_UNSAFE_NAMES = re.compile(
    r"(^|/)(vbaproject[^/]*\.bin|vbadata\.xml)$|(^|/)(activex|macrosheets)/|(^|/)embeddings/[^/]*\.bin$"
    r"|^(basic|scripts)/|\.(exe|dll|com|scr|bat|cmd|ps1|vbs|js|jar|sh|hta|lnk)$"
)
_OUTSIDE = re.compile(r"\s*([a-z][a-z0-9+.-]*:|//|\\\\)", re.IGNORECASE)
_HREF = "http://www.w3.org/1999/xlink href"
_DAMAGED = (
    zipfile.BadZipFile,
    NotImplementedError,
    ValueError,
    OSError,
    EOFError,
    RuntimeError,
    zlib.error,
    struct.error,
)


class _Room:
    """How much the archive and the archives in it may still unpack to."""

    def __init__(self, packed: int) -> None:
        self.left = min(TOTAL, packed * RATIO)
        self.entries = ENTRIES
        self.elements = XML_ELEMENTS

    def take(self, size: int = 0, entries: int = 0, elements: int = 0) -> None:
        self.left -= size
        self.entries -= entries
        self.elements -= elements
        if min(self.left, self.entries, self.elements) < 0:
            raise RefusedFile(_("This file unpacks to far more than it should. Save it again and try once more."))


def check(file: IO[bytes], ending: str, content_type: str) -> None:
    """Raises OtherContent when `file` is no whole office file of this kind, RefusedFile when we take no such thing."""
    size = file.seek(0, io.SEEK_END)
    _check(file, size, _Room(size), ending=ending, content_type=content_type)


def _check(file: IO[bytes], size: int, room: _Room, *, ending: str, content_type: str, depth: int = 0) -> None:
    _check_outline(file, size, room)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_places(entries, archive.start_dir)
            room.take(entries=len(entries))
            found = _Found()
            for entry in entries:
                _check_entry(entry)
                _read(archive, entry, room, found, depth)
    except _DAMAGED as error:
        raise OtherContent(str(error)) from error
    names = {entry.filename for entry in entries}
    if ending in _MAIN_PARTS:
        fits = found.parts.get(_MAIN_PARTS[ending], "").removeprefix("/") in names
    else:
        fits = found.mimetype == content_type and "content.xml" in names
    if not fits:
        raise OtherContent("without its main part")


def _check_outline(file: IO[bytes], size: int, room: _Room) -> None:
    """A plain ZIP from its first byte to its last: nothing before, nothing behind, and a table of a sensible size."""
    file.seek(0)
    start = file.read(1024)
    if start.startswith(_OLD_OFFICE):
        raise RefusedFile(_("This file has a password or an old format. Save it anew without one and try again."))
    if not start.startswith(b"PK\x03\x04") or b"%PDF-" in start or size < 64:
        raise OtherContent("another kind")
    file.seek(size - 42)
    tail = file.read(42)
    mark, count, length, offset, comment = struct.unpack("<4s6xHIIH", tail[20:])
    if mark != b"PK\x05\x06" or comment or tail.startswith(b"PK\x06\x07") or offset + length + 22 != size:
        raise OtherContent("not one whole archive")
    if count > ENTRIES or length > DIRECTORY:
        room.take(entries=ENTRIES + 1)


def _check_places(entries: list[zipfile.ZipInfo], end: int) -> None:
    """The parts begin at the first byte, and none lies within another."""
    place = 0
    for number, entry in enumerate(sorted(entries, key=lambda entry: entry.header_offset)):
        if entry.header_offset < place or (not number and entry.header_offset):
            raise OtherContent("parts over one another")
        place = entry.header_offset + 30 + len(entry.orig_filename) + entry.compress_size
    if place > end or len({entry.filename for entry in entries}) < len(entries):
        raise OtherContent("parts over one another")


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    if entry.flag_bits & 1:
        raise RefusedFile(_("This file has a password or an old format. Save it anew without one and try again."))
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise OtherContent("an unusual packing")
    path = PurePosixPath(name)
    strange = path.is_absolute() or ".." in path.parts or re.search(r"[\\\x00-\x1f\x7f]|^[a-z]:", name, re.IGNORECASE)
    if strange or _UNSAFE_NAMES.search(name.lower()):
        raise _unsafe()


def _unsafe() -> RefusedFile:
    return RefusedFile(_("This file holds macros or unsafe parts. Save it without them and try again."))


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: _Room, found: _Found, depth: int) -> None:
    """One part to its end: its sum, its size, its XML, and what it brings along."""
    name = entry.filename
    size, inner, part = 0, None, _Part(name, found, room) if name.endswith((".xml", ".rels")) else None
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            room.take(len(chunk))
            if not size:
                inner = _inner(name, chunk, depth)
            size += len(chunk)
            if part:
                part.read(chunk)
            if inner is not None:
                inner.write(chunk)
            if name == "mimetype":
                found.mimetype = chunk.decode("ascii")
    if size != entry.file_size:
        raise OtherContent("another size than it says")
    if part and size:
        part.read(b"", last=True)
    if inner is not None:
        ending = PurePosixPath(name).suffix
        _check(inner, size, room, ending=ending, content_type="", depth=depth + 1)


def _inner(name: str, start: bytes, depth: int) -> io.BytesIO | None:
    """Where to collect an archive within the archive: a chart's own sheet may be one, and nothing else."""
    if start.startswith(_PROGRAMS):
        raise _unsafe()
    if not start.startswith(_ARCHIVES):
        return None
    if depth or not name.endswith(tuple(_MAIN_PARTS)) or not start.startswith(b"PK\x03\x04"):
        raise _unsafe()
    return io.BytesIO()


class _Found:
    """What the parts say about the whole."""

    def __init__(self) -> None:
        self.mimetype = ""
        self.parts: dict[str, str] = {}

    def reader_of(self, name: str) -> Callable[[str, dict[str, str]], None] | None:
        """What to do with the elements of the part `name`."""
        if name.endswith(".rels"):
            return self.relationship
        if name.rpartition("/")[2] in {"content.xml", "styles.xml"}:
            return self.reference
        return {"[Content_Types].xml": self.content_type, "META-INF/manifest.xml": self.encryption}.get(name)

    def content_type(self, name: str, said: dict[str, str]) -> None:
        kind = said.get("ContentType", "")
        if "macroenabled" in kind.lower() or "vbaproject" in kind.lower():
            raise _unsafe()
        if "PartName" in said:
            self.parts[kind] = said["PartName"]

    def relationship(self, name: str, said: dict[str, str]) -> None:
        """A link that a person may follow is fine; a picture, template or table fetched from elsewhere is not."""
        external = said.get("TargetMode", "").lower() == "external"
        if external and not said.get("Type", "").endswith("/hyperlink"):
            raise _outside()

    def reference(self, name: str, said: dict[str, str]) -> None:
        """The same in OpenDocument: only its `a` elements wait for a person."""
        if _OUTSIDE.match(said.get(_HREF, "")) and not name.endswith(" a"):
            raise _outside()

    def encryption(self, name: str, said: dict[str, str]) -> None:
        if name.endswith(" encryption-data"):
            raise RefusedFile(_("This file has a password or an old format. Save it anew without one and try again."))


def _outside() -> RefusedFile:
    return RefusedFile(_("This file fetches parts from elsewhere. Save it as a PDF and try again."))


class _Part:
    """Reads a part that is XML; a document type, which is how XML unpacks to far more, is refused."""

    def __init__(self, name: str, found: _Found, room: _Room) -> None:
        self.room, self.size, self.depth = room, 0, 0
        self.look = found.reader_of(name)
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end

    def read(self, chunk: bytes, *, last: bool = False) -> None:
        self.size += len(chunk)
        if self.size > XML_PART:
            self.room.take(elements=XML_ELEMENTS + 1)
        try:
            self.parser.Parse(chunk, last)
        except expat.ExpatError as error:
            raise OtherContent(str(error)) from error

    def start(self, name: str, said: dict[str, str]) -> None:
        self.depth += 1
        self.room.elements -= 1
        if self.depth > XML_DEPTH or self.room.elements < 0:
            self.room.take(elements=XML_ELEMENTS + 1)
        if self.look:
            self.look(name, said)

    def end(self, name: str) -> None:
        self.depth -= 1

    def doctype(self, *said: Any) -> None:
        raise _unsafe()

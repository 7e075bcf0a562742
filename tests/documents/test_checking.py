"""Files that people give us: every kind that is taken, and every trick that is not."""

import contextlib
import hashlib
import io
import random
import struct
import zipfile
import zlib
from pathlib import Path

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from documents import checking
from documents.actions import take_upload
from documents.checking import ALLOWED, NAME_LENGTH, RefusedFile, content_type_of, safe_name
from documents.models import Upload


def pdf(**changes):
    stream = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        changes.pop("prepare", lambda document: None)(document)
        document.save(stream, **changes)
    return stream.getvalue()


def picture(kind, size=(30, 20)):
    stream = io.BytesIO()
    Image.new("RGB", size, "navy").save(stream, kind)
    return stream.getvalue()


def office(*members, method=zipfile.ZIP_DEFLATED, content="<x/>"):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for member in members:
            archive.writestr(member, content)
    return stream.getvalue()


def png_header(width, height):
    """The first bytes of a PNG that claims a size, without its pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


GOOD = {
    "plan.pdf": pdf(),
    "letter.docx": office("[Content_Types].xml", "word/document.xml"),
    "costs.xlsx": office("[Content_Types].xml", "xl/workbook.xml"),
    "letter.odt": office("mimetype", "content.xml"),
    "costs.ods": office("mimetype", "content.xml"),
    "machine.png": picture("PNG"),
    "machine.jpg": picture("JPEG"),
    "machine.jpeg": picture("JPEG"),
    "LOUD.PDF": pdf(),
}
NOT_ITS_NAME = "not what its name says"


def checked(name, content):
    return content_type_of(SimpleUploadedFile(name, content))


@pytest.mark.parametrize("name", GOOD)
def test_a_plain_file_is_taken(name):
    assert checked(name, GOOD[name]) == ALLOWED[Path(name).suffix.lower()]


def test_every_kind_is_tried_here():
    assert {Path(name).suffix.lower() for name in GOOD} == set(ALLOWED)


@pytest.mark.parametrize(
    "name", ["run.exe", "page.html", "logo.svg", "macro.docm", "old.doc", "pdf", ".pdf", "a.pdf.exe"]
)
def test_other_kinds_are_refused_by_name(name):
    with pytest.raises(RefusedFile, match="Choose a PDF, Word, Excel"):
        checked(name, GOOD["plan.pdf"])


@pytest.mark.parametrize("name", GOOD)
def test_an_empty_file_is_refused(name):
    with pytest.raises(RefusedFile, match="empty"):
        checked(name, b"")


@pytest.mark.parametrize("name", GOOD)
def test_a_large_file_is_refused(settings, name):
    settings.UPLOAD_LIMIT = len(GOOD[name]) - 1
    with pytest.raises(RefusedFile, match="smaller than 10 MB"):
        checked(name, GOOD[name])
    settings.UPLOAD_LIMIT += 1
    checked(name, GOOD[name])


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("content", [*GOOD.values(), b"MZ\x90\x00", b"<html>", b"\0" * 100, b"%PDF-", b"PK\x03\x04"])
def test_content_of_another_kind_is_refused(name, content):
    named = Path(name).suffix.lower()
    kinds = {Path(other).suffix.lower() for other in GOOD if GOOD[other] == content}
    alike = [{".odt", ".ods"}, {".jpg", ".jpeg"}]
    if named in kinds or any(named in pair and kinds & pair for pair in alike):
        assert checked(name, content) == ALLOWED[named]
    else:
        with pytest.raises(RefusedFile, match=NOT_ITS_NAME):
            checked(name, content)


class TestPdf:
    def test_one_with_a_password_is_refused(self):
        content = pdf(encryption=pikepdf.Encryption(owner="secret", user="secret"))
        with pytest.raises(RefusedFile, match="has a password"):
            checked("plan.pdf", content)

    def test_one_that_runs_a_script_is_refused(self):
        def prepare(document):
            document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))

        with pytest.raises(RefusedFile, match="scripts or attached files"):
            checked("plan.pdf", pdf(prepare=prepare))

    def test_one_that_starts_a_program_is_refused(self):
        def prepare(document):
            document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe"))

        with pytest.raises(RefusedFile, match="scripts or attached files"):
            checked("plan.pdf", pdf(prepare=prepare))

    def test_one_with_a_file_in_it_is_refused(self):
        def prepare(document):
            document.attachments["run.exe"] = pikepdf.AttachedFileSpec(document, b"MZ")

        with pytest.raises(RefusedFile, match="scripts or attached files"):
            checked("plan.pdf", pdf(prepare=prepare))

    def test_half_of_one_is_refused(self):
        content = GOOD["plan.pdf"] + b" " * 5000
        with pytest.raises(RefusedFile, match=NOT_ITS_NAME):
            checked("plan.pdf", content)


class TestPicture:
    @pytest.mark.parametrize("size", [(8000, 5001), (10000, 10000), (60000, 60000)])
    def test_one_that_unpacks_to_too_many_pixels_is_refused(self, size):
        with pytest.raises(RefusedFile, match="too large"):
            checked("machine.png", png_header(*size))

    def test_one_of_another_format_is_not_even_opened(self):
        for kind in ("GIF", "BMP", "TIFF"):
            with pytest.raises(RefusedFile, match=NOT_ITS_NAME):
                checked("machine.png", picture(kind))

    def test_a_broken_one_is_refused(self):
        with pytest.raises(RefusedFile, match=NOT_ITS_NAME):
            checked("machine.png", GOOD["machine.png"][:60])


class TestOffice:
    def test_one_that_unpacks_to_far_more_is_refused(self):
        bomb = office("[Content_Types].xml", "word/document.xml", content="0" * 5_000_000)
        assert len(bomb) < 50_000
        with pytest.raises(RefusedFile, match="unpacks to far more"):
            checked("letter.docx", bomb)

    def test_one_that_unpacks_to_very_much_is_refused(self, monkeypatch):
        monkeypatch.setattr(checking, "ZIP_TOTAL", 5)
        with pytest.raises(RefusedFile, match="unpacks to far more"):
            checked("letter.docx", office("word/document.xml", "a.xml", method=zipfile.ZIP_STORED))

    def test_one_of_very_many_parts_is_refused(self):
        names = [f"part{number}.xml" for number in range(checking.ZIP_ENTRIES)]
        with pytest.raises(RefusedFile, match="unpacks to far more"):
            checked("letter.docx", office("word/document.xml", *names))

    @pytest.mark.parametrize("member", ["word/vbaProject.bin", "xl/VBAProject.BIN"])
    def test_one_with_macros_is_refused(self, member):
        with pytest.raises(RefusedFile, match="macros or unsafe parts"):
            checked("letter.docx", office("word/document.xml", member))

    @pytest.mark.parametrize("member", ["../../etc/cron.d/x", "/etc/passwd", "word/../../x"])
    def test_one_with_paths_out_of_itself_is_refused(self, member):
        with pytest.raises(RefusedFile, match="macros or unsafe parts"):
            checked("letter.docx", office("word/document.xml", member))

    def test_another_kind_behind_it_is_refused(self):
        for before in (GOOD["plan.pdf"], b"#!/bin/sh\nexit\n"):
            with pytest.raises(RefusedFile, match=NOT_ITS_NAME):
                checked("letter.docx", before + GOOD["letter.docx"])

    def test_one_without_its_main_part_is_refused(self):
        with pytest.raises(RefusedFile, match=NOT_ITS_NAME):
            checked("costs.xlsx", GOOD["letter.docx"])

    def test_one_of_an_unknown_packing_is_refused(self):
        content = bytearray(GOOD["letter.docx"])
        directory = content.index(b"PK\x01\x02")
        content[directory + 6] = 250  # needs a later version than there is
        with pytest.raises(RefusedFile, match=NOT_ITS_NAME):
            checked("letter.docx", bytes(content))


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("name", GOOD)
def test_no_damage_breaks_the_check(name):
    """Changed, cut and lengthened files are taken or refused, never an error of ours."""
    chance = random.Random(name)
    for _ in range(300):
        content = bytearray(GOOD[name])
        for _ in range(chance.choice([1, 2, 5, 20])):
            place = chance.randrange(len(content)) if content else 0
            match chance.randrange(3):
                case 0:
                    content[place : place + 1] = bytes([chance.randrange(256)])
                case 1:
                    del content[place:]
                case _:
                    content[place:place] = chance.randbytes(8)
        with contextlib.suppress(RefusedFile):
            assert checked(name, bytes(content)) == ALLOWED[Path(name).suffix.lower()]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Plan 2026 (final).pdf", "Plan 2026 (final).pdf"),
        ("C:\\Users\\me\\Plan.pdf", "Plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/tmp/a.pdf", "a.pdf"),
        ("Åtgärdsplan – slutlig.pdf", "Åtgärdsplan _ slutlig.pdf"),
        ('quote"\r\nSet-Cookie: x.pdf', "quote___Set-Cookie_ x.pdf"),
        ("abc\u202efdp.exe", "abc_fdp.exe"),
        ("nul\0.pdf", "nul_.pdf"),
        ("..", "file"),
        ("", "file"),
        (" . . ", "file"),
    ],
)
def test_a_name_keeps_no_path_and_no_marks(given, kept):
    assert safe_name(given) == kept


def test_a_long_name_keeps_its_ending():
    assert safe_name("x" * 300 + ".docx") == "x" * (NAME_LENGTH - 5) + ".docx"
    assert safe_name("x" * 300) == "x" * NAME_LENGTH
    assert len(safe_name("a." + "x" * 300)) == NAME_LENGTH


@pytest.mark.django_db
class TestTakeUpload:
    def test_it_is_kept_under_its_own_id_with_its_sum(self, adviser, now):
        file = SimpleUploadedFile("C:\\docs\\Plan.pdf", GOOD["plan.pdf"], content_type="text/html")
        file.name = "C:\\docs\\Plan.pdf"
        upload = take_upload(file=file, by=adviser, at=now)

        stored = Upload.objects.get()
        assert stored == upload
        assert (stored.name, stored.content_type, stored.size) == ("Plan.pdf", "application/pdf", len(GOOD["plan.pdf"]))
        assert stored.file.name == f"uploads/{upload.pk}"
        assert (stored.uploaded_at, stored.uploaded_by_id) == (now, adviser.pk)
        assert str(stored) == "Plan.pdf"
        with stored.file.open() as kept:
            content = kept.read()
        assert content == GOOD["plan.pdf"]
        assert stored.sha256 == hashlib.sha256(content).hexdigest()

    def test_it_may_be_nobodys(self, now):
        file = SimpleUploadedFile("machine.png", GOOD["machine.png"])
        assert take_upload(file=file, by=None, at=now).uploaded_by_id is None

    def test_a_refused_one_leaves_neither_row_nor_file(self, settings, adviser, now):
        with pytest.raises(RefusedFile):
            take_upload(file=SimpleUploadedFile("plan.pdf", b"MZ"), by=adviser, at=now)
        assert not Upload.objects.exists()
        assert not Path(settings.MEDIA_ROOT).exists()

    def test_a_full_disk_leaves_neither_row_nor_file(self, settings, tmp_path, adviser, now):
        (tmp_path / "full").write_text("a file where the folder should be")
        settings.MEDIA_ROOT = tmp_path / "full"
        with pytest.raises(RefusedFile, match="Try again in a few minutes"):
            take_upload(file=SimpleUploadedFile("plan.pdf", GOOD["plan.pdf"]), by=adviser, at=now)
        assert not Upload.objects.exists()

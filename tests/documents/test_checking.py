"""Files that people give us: what is taken, how it is kept, what no damage may do. For tricks: test_malformed.py."""

import contextlib
import io
import random
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageFile

from documents import checking
from documents.checking import ALLOWED, NAME_LENGTH, RefusedFile, archives, pdfs, safe_name
from tests.documents import files
from tests.documents.files import EICAR, GOOD, MEGABYTE, docx, xlsx

NOT_ITS_NAME = "not what its name says"


def checked(name, content):
    return checking.checked(SimpleUploadedFile(name, content))


def ending(name):
    return Path(name).suffix.lower()


@pytest.mark.parametrize("name", [*GOOD, *files.infected()])
def test_a_plain_file_is_taken(name):
    """A virus is the scanner's to find: what holds it is a good file of its kind."""
    given = (GOOD | files.infected())[name]
    taken = checked(name, given)
    assert taken.content_type == ALLOWED[ending(name)]
    if not taken.content_type.startswith("image/"):
        assert taken.content.read() == given


def test_every_kind_is_tried_here():
    assert {ending(name) for name in GOOD} == set(ALLOWED)


@pytest.mark.parametrize("name", GOOD)
def test_a_large_file_is_refused(settings, name):
    settings.UPLOAD_LIMIT = len(GOOD[name]) - 1
    with pytest.raises(RefusedFile, match="smaller than 10 MB"):
        checked(name, GOOD[name])
    settings.UPLOAD_LIMIT += 1
    checked(name, GOOD[name])


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("other", GOOD)
def test_content_of_another_kind_is_refused(name, other):
    alike = {".jpg": ".jpeg"}
    if alike.get(ending(name), ending(name)) == alike.get(ending(other), ending(other)):
        assert checked(name, GOOD[other]).content_type == ALLOWED[ending(name)]
    else:
        with pytest.raises(RefusedFile, match=NOT_ITS_NAME):
            checked(name, GOOD[other])


class TestPdf:
    def test_names_of_active_parts_within_other_names_are_words(self):
        content = files.raw_pdf(*files.PAGES, b"<</Launching 1 /JavaScripts 2 /EncryptMetadata true>>")
        assert checked("plan.pdf", content).content_type == "application/pdf"

    def test_streams_that_hold_no_objects_are_not_unpacked(self, monkeypatch):
        monkeypatch.setattr(pdfs, "MOST_UNPACKED", 100)
        picture = files.packed_object(b"\xff" * MEGABYTE, b"/Type /XObject /Subtype /Image /Filter /FlateDecode")
        assert checked("plan.pdf", files.raw_pdf(*files.PAGES, picture, b"<<>>\nstream\nno packing\nendstream"))

    def test_a_stream_of_objects_may_be_unpacked_already(self):
        content = files.raw_pdf(*files.PAGES, b"<</Type /ObjStm /N 1 /First 4>>\nstream\n9 0 <</A 1>>\nendstream")
        assert checked("plan.pdf", content).content_type == "application/pdf"

    def test_all_in_all_it_may_unpack_to_so_much(self, monkeypatch):
        monkeypatch.setattr(pdfs, "MOST_UNPACKED", 100)
        streams = [files.packed_object(b"9 0 <</A (%s)>>" % (b"x" * 40))] * 2
        assert checked("plan.pdf", files.raw_pdf(*files.PAGES, streams[0]))
        with pytest.raises(RefusedFile, match="unpacks to far more"):
            checked("plan.pdf", files.raw_pdf(*files.PAGES, *streams))

    def test_a_packed_stream_may_claim_more_than_there_is(self):
        stored = b"\x78\x01\x00\xff\xff\x00\x009 0 <</A 1>>"
        content = files.raw_pdf(*files.PAGES, b"<<>>\nstream\n" + stored + b"\nendstream")
        assert checked("plan.pdf", content).content_type == "application/pdf"

    def test_linear_and_changed_files_are_taken(self):
        """For reading over a network, with the table in front; and saved twice, with one table behind another."""
        assert checked("plan.pdf", files.pdf(linearize=True))
        first = GOOD["plan.pdf"]
        more = b"\nxref\n0 0\ntrailer\n<</Root 1 0 R /Size 9 /Prev %d>>\nstartxref\n%d\n%%%%EOF\n\0\n"
        assert checked("plan.pdf", first + more % (first.index(b"xref\n"), len(first) + 1))


class TestPicture:
    def test_nothing_but_the_picture_is_kept(self):
        given = files.telling_jpeg()
        for telling in (b"Home of the owner", b"Made by the owner", b"owner's profile", b"<?php", EICAR):
            assert telling in given
        kept = checked("machine.jpg", given).content.read()
        for telling in (b"owner", b"<?php", b"EICAR", b"Exif"):
            assert telling not in kept
        with Image.open(io.BytesIO(kept)) as picture:
            assert (picture.size, picture.format) == ((48, 64), "JPEG")  # it lay on its side

    def test_text_in_a_png_is_dropped_and_its_clear_parts_stay(self):
        plain = Image.new("P", (30, 20), 0)
        plain.putpalette([255, 0, 0])
        stream = io.BytesIO()
        text = files.PngImagePlugin.PngInfo()
        text.add_text("Author", "The owner")
        plain.save(stream, "PNG", pnginfo=text, transparency=0, icc_profile=b"profile" * 20)
        kept = checked("machine.png", stream.getvalue()).content.read()
        assert b"owner" not in kept
        assert b"iCCP" not in kept
        with Image.open(io.BytesIO(kept)) as picture:
            assert picture.convert("RGBA").getpixel((0, 0))[3] == 0

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "P", "RGB", "RGBA"])
    def test_every_kind_of_png_is_drawn(self, mode):
        stream = io.BytesIO()
        Image.new(mode, (30, 20)).save(stream, "PNG")
        assert checked("machine.png", stream.getvalue()).content_type == "image/png"

    @pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
    def test_every_kind_of_jpeg_is_drawn(self, mode):
        assert checked("machine.jpg", files.picture("JPEG", mode=mode) if mode == "RGB" else jpeg(mode))

    @pytest.mark.parametrize("name", ["machine.png", "machine.jpg"])
    def test_half_a_picture_is_none_wherever_it_is_looked_at(self, monkeypatch, name):
        """A process that also makes PDFs would draw it (WeasyPrint sets this)."""
        monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
        with pytest.raises(RefusedFile, match=NOT_ITS_NAME):
            checked(name, files.half(GOOD[name]))
        assert ImageFile.LOAD_TRUNCATED_IMAGES

    def test_of_two_pictures_in_a_phones_photograph_the_first_is_kept(self):
        stream = io.BytesIO()
        files.noise().save(stream, "MPO", save_all=True, append_images=[files.noise((32, 24))])
        with Image.open(checked("machine.jpg", stream.getvalue()).content) as picture:
            assert (picture.format, picture.size) == ("JPEG", (64, 48))


def jpeg(mode):
    stream = io.BytesIO()
    Image.new(mode, (30, 20)).save(stream, "JPEG")
    return stream.getvalue()


class TestOffice:
    def test_a_charts_own_sheet_may_be_in_it(self):
        assert checked("letter.docx", docx({"word/embeddings/Sheet.xlsx": xlsx()}))

    def test_an_empty_part_may_be_in_it(self):
        assert checked("letter.docx", docx({"word/empty.xml": "", "word/media/": ""}))

    def test_its_main_part_may_have_another_name(self):
        parts = files.word_parts()
        parts["[Content_Types].xml"] = files.types(f"{files.WORD}.main+xml", "/word/document2.xml")
        parts["word/document2.xml"] = parts.pop("word/document.xml")
        assert checked("letter.docx", files.archive(parts))

    def test_what_it_unpacks_to_is_counted_while_reading(self, monkeypatch):
        monkeypatch.setattr(archives, "TOTAL", 500)
        with pytest.raises(RefusedFile, match="unpacks to far more"):
            checked("letter.docx", docx(method=zipfile.ZIP_STORED))

    def test_one_xml_part_may_be_so_large(self, monkeypatch):
        monkeypatch.setattr(archives, "XML_PART", 50)
        with pytest.raises(RefusedFile, match="unpacks to far more"):
            checked("letter.docx", GOOD["letter.docx"])

    def test_sheets_that_the_portal_writes_are_taken(self, tmp_path):
        from documents.writing import write_xlsx  # noqa: PLC0415  one test's

        path = tmp_path / "a.xlsx"
        write_xlsx(path, ["Firm"], iter([["Ösel & Söner <AB>"], ["=1+1"]]))
        assert checked("costs.xlsx", path.read_bytes())


class TestTable:
    @pytest.mark.parametrize(
        "content",
        [
            "Item,Net\nRobot,30000\n".encode("utf-8-sig"),
            "Pos;Größe\r\n1;Ø 30\r\n".encode("cp1252"),
            b"Item\tNet\nRobot\t30000",
            b"Robot\n",
            b'"a ""quoted"" word",2\n',
            b"=HYPERLINK(1),@SUM(1),+1,-1\n",  # a formula is content; what we export is made safe (documents.cells)
        ],
    )
    def test_tables_as_programs_write_them_are_taken(self, content):
        assert checked("costs.csv", content).content_type == "text/csv"


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
            assert checked(name, bytes(content)).content_type == ALLOWED[ending(name)]


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

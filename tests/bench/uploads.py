"""Every malformed file of tests/documents/files.py, and the largest good ones, each checked in a process of its own:
nothing may take more than 512 MB and 5 s. bin/bench uploads [WORDS OF A NAME]"""

import io
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time

os.environ["PORTAL_TESTING"] = "1"

import django

django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from PIL import Image  # noqa: E402

from documents.checking import RefusedFile, checked  # noqa: E402
from tests.documents import files  # noqa: E402

SECONDS = 5
MEGABYTES = 512


def large_pictures():
    """As many pixels as we take, with all there is to do: four bands, and a quarter turn."""
    exif = Image.Exif()
    exif[0x0112] = 6
    for name, mode, kind in (
        ("drawing.png", "RGBA", "PNG"),
        ("photo.jpg", "RGB", "JPEG"),
        ("print.jpg", "CMYK", "JPEG"),
    ):
        stream = io.BytesIO()
        tile = Image.frombytes(mode, (64, 64), random.Random(8).randbytes(64 * 64 * len(mode)))
        picture = tile.resize((8000, 5000), Image.Resampling.NEAREST)
        picture.save(stream, kind, exif=exif, **({"quality": 60} if kind == "JPEG" else {"compress_level": 1}))
        yield f"good: 40 million pixels, {name}", name, stream.getvalue()


def large_files():
    """Ten megabytes, or what unpacks to as much as we take."""
    room = 9 * files.MEGABYTE
    noise = random.Random(9).randbytes(room)
    yield "good: large PDF", "plan.pdf", files.raw_pdf(*files.PAGES, b"<<>>\nstream\n" + noise + b"\nendstream")
    objects = [files.packed_object(b"9 0 " + b"<</A (%d)>>" % n * 60_000) for n in range(80)]
    yield "good: PDF of large object streams", "plan.pdf", files.raw_pdf(*files.PAGES, *objects)
    rows = "<sheetData>" + "<row><c><v>1</v></c></row>" * 450_000 + "</sheetData>"
    sheet = files.xlsx({"xl/worksheets/sheet1.xml": rows, "xl/media/a.emf": noise[: files.MEGABYTE]})
    yield "good: sheet of 450,000 rows", "costs.xlsx", sheet
    yield "good: letter with large parts", "letter.docx", files.docx({"word/media/a.emf": noise})
    yield "good: large table", "costs.csv", b"Item;Net;Note\r\n" + b"Robot;30000;Six axes\r\n" * 450_000


def check_alone(name, path, outcome):
    """In a fresh process: what came of it, seconds, and the most memory it had."""
    resource.setrlimit(resource.RLIMIT_AS, (2048 * 1024 * 1024,) * 2)  # a runaway ends here and not the machine
    with open(path, "rb") as file:
        given = SimpleUploadedFile(name, file.read())
    began = time.perf_counter()
    try:
        checked(given)
        came = "taken"
    except RefusedFile:
        came = "refused"
    spent = time.perf_counter() - began
    outcome.send((came, spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def measured(name, content):
    """Outcome, seconds and megabytes of one check; the file is made elsewhere, so that making it is not counted."""
    context = multiprocessing.get_context("forkserver")  # its processes begin without what was made here
    context.set_forkserver_preload(["tests.bench.uploads"])
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=check_alone, args=(name, file.name, sender))
        process.start()
        sender.close()
        try:
            return receiver.recv()
        except EOFError:
            return "died", 0.0, 0.0
        finally:
            process.join()


def every_file(words):
    for trick, make in files.MALFORMED.items():
        if words in trick:
            yield trick, *make()
    for what, name, content in (*large_files(), *large_pictures()):
        if words in what:
            yield what, name, content


def main(words=""):
    """Prints a line for each; the exit code is the number of those that went wrong."""
    wrong, slowest, largest, count = 0, 0.0, 0.0, 0
    sys.stdout.write(f"{'file':54}{'bytes':>10}{'seconds':>9}{'MB':>6}  outcome\n")
    for what, name, content in every_file(words):
        came, spent, memory = measured(name, content)
        bad = came != ("taken" if what.startswith("good: ") else "refused") or spent > SECONDS or memory > MEGABYTES
        sys.stdout.write(f"{what:54}{len(content):>10}{spent:>9.2f}{memory:>6.0f}  {came}{'  WRONG' if bad else ''}\n")
        sys.stdout.flush()
        wrong, slowest, largest, count = wrong + bad, max(slowest, spent), max(largest, memory), count + 1
    sys.stdout.write(f"{count} files, {wrong} wrong; slowest {slowest:.2f} s, largest {largest:.0f} MB\n")
    return wrong


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))

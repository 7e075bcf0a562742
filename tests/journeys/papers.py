"""What the journeys fetch: PDFs and files made in the background, opened and read."""

import io
import subprocess
import time

import pikepdf

WAIT_SECONDS = 60


def download(person, path):
    answer = person.context.request.get(path)
    assert answer.ok, f"{path}: {answer.status}"
    return answer.body()


def wait_for(person, path, name):
    """Reload as a person without JavaScript would, until the link is there."""
    for _ in range(WAIT_SECONDS):
        person.page.goto(path)
        if person.page.get_by_role("link", name=name).count():
            person.look()
            return
        time.sleep(1)
    raise AssertionError(f"{path} still says:\n{person.page.inner_text('main')}")


def text_of(content):
    """The words of a PDF in reading order."""
    done = subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def wait_for_pdf(person, path):
    """Fetch it again until it is made: while it is not, the address leads back to a page."""
    for _ in range(WAIT_SECONDS):
        content = download(person, path)
        if content.startswith(b"%PDF"):
            return content
        time.sleep(1)
    raise AssertionError(f"{path} is still no PDF")


def check_pdf(content, *, least, most):
    """Its title and the kinds of its parts, after a look at what a screen reader needs."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang).startswith("en")
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            title = metadata["dc:title"]
        kinds = set()
        alternatives = []
        todo = [pdf.Root.StructTreeRoot]
        while todo:
            node = todo.pop()
            if isinstance(node, pikepdf.Dictionary):
                if "/S" in node:
                    kinds.add(str(node.S))
                    if node.S == "/Figure":
                        alternatives.append(str(node.get("/Alt", "")))
                children = node.get("/K", [])
                todo.extend(children if isinstance(children, pikepdf.Array) else [children])
        assert least <= len(pdf.pages) <= most, len(pdf.pages)
    assert all(alternatives), "a figure has no text alternative"
    return title, kinds

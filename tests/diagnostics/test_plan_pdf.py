"""The plan as a PDF at its edges: everything is there, readable by everyone, on as few pages as it needs."""

import io
import json
import logging
import os
import subprocess
from pathlib import Path

import pikepdf
import pytest

from diagnostics import rendering
from documents.rendering import render_pdf
from tests.diagnostics.plan_cases import CASES, LATER

pytestmark = pytest.mark.django_db


class Paper:
    """One plan made into a PDF: its pages as text, its tags."""

    def __init__(self, name):
        self.plan = CASES[name]()
        self.context = rendering.plan_context(self.plan, LATER)
        arguments = {
            "template": "diagnostics/pdf/action_plan.html", "context": self.context, "language": "en-gb",
            "title": f"Action plan for {self.context['firm']}", "number": "DOC-222222",
        }  # fmt: skip
        self.content = render_pdf(**arguments)
        if folder := os.environ.get("KEEP_PDF"):
            Path(folder, f"plan-{name}.pdf").write_bytes(self.content)
            Path(folder, f"plan-{name}.json").write_text(json.dumps(arguments))
        self.pdf = pikepdf.open(io.BytesIO(self.content))
        text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=self.content, capture_output=True, check=True)
        self.pages = [" ".join(page.split()) for page in text.stdout.decode().split("\f")[:-1]]

    @property
    def text(self):
        return " ".join(self.pages)

    def page_of(self, words):
        return next(number for number, page in enumerate(self.pages, start=1) if words in page)

    def elements(self, node=None):
        """Every element of the tree of tags."""
        children = (node or self.pdf.Root.StructTreeRoot).get("/K", [])
        for child in children if isinstance(children, pikepdf.Array) else [children]:
            if isinstance(child, pikepdf.Dictionary) and "/S" in child:
                yield child
                yield from self.elements(child)

    def bookmarks(self):
        with self.pdf.open_outline() as outline:
            return [str(item.title) for item in outline.root]


@pytest.fixture
def paper(request, caplog):
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        made = Paper(request.param)
    assert [record.message for record in caplog.records] == []
    return made


def case(*names):
    return pytest.mark.parametrize("paper", names, indirect=True)


def is_small_and_for_everyone(paper):
    assert len(paper.content) < 400 * 1024
    root = paper.pdf.Root
    assert root.Lang == "en-gb"
    assert root.MarkInfo.Marked
    assert b"pdfuaid" in root.Metadata.read_bytes()
    elements = list(paper.elements())
    kinds = {str(element["/S"]) for element in elements}
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/L"} <= kinds
    assert all(str(each.get("/Alt", "")) for each in elements if each["/S"] == "/Figure")
    assert paper.context["firm"] in str(paper.pdf.docinfo.Title)
    assert paper.bookmarks() == ["Action plan"]
    for number, page in enumerate(paper.pages, start=1):
        assert "DOC-222222" in page
        assert f"page {number} of {len(paper.pages)}" in page
    assert paper.page_of("what to do now") == 2
    assert paper.page_of("Where you are") == 3
    assert paper.text.count("How we follow up") == 1
    return True


@case("thin")
def test_a_plan_of_next_to_nothing_is_short_and_says_why(paper):
    assert is_small_and_for_everyone(paper)
    assert len(paper.pages) <= 7
    assert paper.context["now"] == paper.context["next"] == []
    assert "There is no action in the plan yet" in paper.pages[1]
    assert "You have not chosen goals yet" in paper.pages[0]
    assert "not enough firms like yours" in paper.pages[2]
    assert "Range" in paper.pages[2]
    assert "0.0–100.0" in paper.pages[2]
    assert "Draft" in paper.pages[0]
    assert "Roadmap" not in paper.text


@case("full")
def test_a_plan_of_everything_keeps_its_measure(paper):
    """Two pages for the owner, four to eight of detail, then the appendix; no card breaks over two pages."""
    assert is_small_and_for_everyone(paper)
    assert 4 <= paper.page_of("Appendix: your answers") - 3 <= 8
    assert "Final" in paper.pages[0]
    assert "agreed by you and your adviser" in paper.pages[0]
    for words in ("What matters most to you", "Strongest and weakest", "Owner, production manager"):
        assert words in paper.pages[0]
    for words in ("Who leads", "Money needed", "Likely support", "Do not order", "Next review: 25 November 2026"):
        assert words in paper.pages[1]
    for card in [*paper.context["now"], *paper.context["next"]]:
        if card["is_own"]:
            continue
        assert [case["code"] for case in card["money"]] == ["low", "likely", "high"]
        starts = [page for page in paper.pages[4:] if " ".join(card["first_step"].split()[:5]) in page]
        assert len(starts) == 1, card["title"]
        assert card["measure"] in starts[0]
    shown = len(paper.context["now"]) + len(paper.context["next"])
    assert 9 <= shown <= 12
    assert paper.text.count("does not pay back") == shown - 1
    assert "14.6 months" in paper.text
    for words in ("Support that fits", "People who can help", "Skills", "What gets in the way", "11 February 2027"):
        assert words in paper.text
    assert len(paper.context["parked"]) >= 5
    assert "ideas kept for later" in paper.text
    sheet = paper.context["sheet"]
    assert {len(row) for row in sheet["rows"]} == {len(sheet["heads"])}
    assert len(sheet["rows"]) == paper.plan.actions.count()


@case("welsh")
def test_welsh_letters_are_letters(paper):
    assert is_small_and_for_everyone(paper)
    assert "Llŷr & Môn Cyf" in paper.pages[0]
    assert "tŷ, dŵr, gŵyl, sïo, ffôl, âr" in paper.text
    fonts = subprocess.run(["pdffonts", "-"], input=paper.content, capture_output=True, check=True).stdout.decode()
    assert {line.split()[0].split("+")[1].split("-")[0] for line in fonts.splitlines()[2:]} == {"Inter"}

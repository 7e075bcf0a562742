import io
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pikepdf
import pytest
from django.template import TemplateDoesNotExist

from documents.rendering import WITHOUT_NOTES, UnableToRender, render_pdf
from tests.factories.documents import DocumentFactory


def pdf_of(document, **changes):
    names = ("template", "context", "title", "language", "number")
    return render_pdf(**{**{name: getattr(document, name) for name in names}, **changes})


def text_of(content):
    """What a person reads, in reading order."""
    done = subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


@pytest.fixture
def template(settings, tmp_path):
    """`template(html)` gives the name of a template with that content."""
    folder = tmp_path / "templates"
    folder.mkdir()
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], folder]}]

    def write(html):
        (folder / "probe.html").write_text(
            f'<!doctype html><html lang="{{{{ language }}}}"><head><title>{{{{ title }}}}</title></head>{html}</html>'
        )
        return "probe.html"

    return write


@pytest.fixture(scope="module")
def content():
    return pdf_of(DocumentFactory.build())


class TestLetter:
    def test_it_is_a_tagged_pdf_for_all_readers(self, content):
        with pikepdf.open(io.BytesIO(content)) as pdf:
            assert str(pdf.Root.Lang) == "en-gb"
            assert bool(pdf.Root.MarkInfo.Marked) is True
            assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle) is True
            assert "/StructTreeRoot" in pdf.Root
            with pdf.open_metadata() as metadata:
                assert metadata["pdfuaid:part"] == "1"
                assert metadata["dc:title"] == "Our offer to you"

    def test_its_fonts_are_inside(self, content):
        with pikepdf.open(io.BytesIO(content)) as pdf:
            fonts = [font for page in pdf.pages for font in page.Resources.Font.values()]
            assert fonts
            for font in fonts:
                assert "Inter" in str(font.BaseFont)
                descriptor = (
                    font.DescendantFonts[0].FontDescriptor if "/DescendantFonts" in font else font.FontDescriptor
                )
                assert any(name in descriptor for name in ("/FontFile2", "/FontFile3"))

    def test_it_shows_the_frozen_facts_as_they_are(self, content):
        text = text_of(content)
        assert "Ösel & Söner <AB>" in text
        assert "22 November 2026" in text
        assert "Reference TEST-222222" in text


def test_it_speaks_the_language_asked_for(template):
    content = pdf_of(DocumentFactory.build(), template=template("<body><h1>{{ title }}</h1>"), language="cy")
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert str(pdf.Root.Lang) == "cy"


def test_the_portals_own_files_may_be_used(template):
    html = '<link rel="stylesheet" href="build/app.css"><body><img src="img/icon.svg" alt="Logo"><h1>{{ title }}</h1>'
    content = pdf_of(DocumentFactory.build(), template=template(html))
    assert "Our offer to you" in text_of(content)


def test_a_style_sheet_is_obeyed(template, settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "hidden.css").write_text(".hidden { display: none }")
    html = '<link rel="stylesheet" href="hidden.css"><body><h1>Seen</h1><p class="hidden">Unseen</p>'
    assert text_of(pdf_of(DocumentFactory.build(), template=template(html))) == "Seen"


@pytest.fixture
def listener():
    """A web server on this machine that counts who calls."""
    calls = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            calls.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", calls
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "html",
    [
        '<img src="{}/a.png" alt="">',
        '<link rel="stylesheet" href="{}/a.css">',
        '<style>@import url("{}/a.css");</style>',
        '<style>body {{ background: url("{}/a.png") }}</style><p>Text',
        '<style>@font-face {{ font-family: X; src: url("{}/a.woff2") }} p {{ font-family: X }}</style><p>Text',
    ],
)
def test_nothing_is_loaded_from_the_network(template, listener, html):
    address, calls = listener
    with pytest.raises(UnableToRender, match="may not load http://127.0.0.1"):
        pdf_of(DocumentFactory.build(), template=template(html.format(address)))
    assert calls == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hostname",
        "../portal/settings.py",
        "/../manage.py",
        "https://static.invalid/../../manage.py",
        "https://static.invalid@elsewhere.example/img/icon.svg",
        "img/no-such-file.svg",
        "img/",
    ],
)
def test_nothing_but_static_files_is_loaded(template, url):
    with pytest.raises(UnableToRender, match="may not load"):
        pdf_of(DocumentFactory.build(), template=template(f'<body><img src="{url}" alt="">'))


def test_a_link_out_of_static_is_not_followed(template, settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "static").mkdir()
    (tmp_path / "secret.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "static" / "logo.svg").symlink_to(tmp_path / "secret.svg")
    with pytest.raises(UnableToRender):
        pdf_of(DocumentFactory.build(), template=template('<body><img src="logo.svg" alt="">'))


def test_a_template_that_is_not_there_is_an_error():
    with pytest.raises(TemplateDoesNotExist):
        pdf_of(DocumentFactory.build(), template="documents/none.html")


class TestLooks:
    def test_only_notes_are_left_out_of_what_html_looks_like_of_itself(self, template):
        assert "::note" not in WITHOUT_NOTES
        assert "::footnote" not in WITHOUT_NOTES
        assert "\nli::marker { font-variant-numeric" in WITHOUT_NOTES
        page = template("<body><ul><li>One</li></ul><ol><li>Two</li></ol></body>")
        assert text_of(pdf_of(DocumentFactory.build(), template=page)) == "• One 1. Two"

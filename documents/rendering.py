"""PDF/UA-1 from a template and frozen facts. Imported by the worker only: WeasyPrint takes 2 s to load."""

from __future__ import annotations

import mimetypes
import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from weasyprint import CSS, HTML
from weasyprint.html import UA
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

STATIC_HOST = "static.invalid"
# Kept between documents: unpacking the four fonts anew takes as long as drawing a letter.
FONTS = FontConfiguration()
# Footnotes and notes, which no document has, would give each element five more styles to work out, and a marker to
# those that are no item of a list: a fifth of the time of a long document.
WITHOUT_NOTES = re.sub(r"(?m)^::(?:foot)?note-.*$", "", UA).replace("\n::marker ", "\nli::marker ")
OWN_LOOKS = CSS(string=WITHOUT_NOTES)


class UnableToRender(Exception):
    """The template or its facts cannot become a PDF."""


class StaticOnly(URLFetcher):
    """Documents use the portal's own static files and nothing else: no network, no other path."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        parts = urlsplit(url)
        root = (settings.BASE_DIR / "static").resolve()
        path = (root / parts.path.lstrip("/")).resolve()
        if parts.hostname != STATIC_HOST or not path.is_relative_to(root) or not path.is_file():
            raise FatalURLFetchingError(f"A document may not load {url}")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})


class Page(HTML):
    """A page whose elements look as HTML's own do, notes at its foot left out."""

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [OWN_LOOKS]


def render_pdf(*, template: str, context: dict[str, Any], title: str, language: str, number: str) -> bytes:
    """The PDF/UA-1 bytes of `template`; the template sees `context` plus title, language and document number.

    Raises UnableToRender when the template loads what is not one of the portal's static files.
    """
    with translation.override(language):
        html = render_to_string(template, {**context, "title": title, "language": language, "number": number})
    page = Page(string=html, base_url=f"https://{STATIC_HOST}/", url_fetcher=StaticOnly())
    try:
        pdf: bytes = page.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True, font_config=FONTS)
    except FatalURLFetchingError as error:  # not an Exception: nothing else would record it
        raise UnableToRender(str(error)) from error
    return pdf

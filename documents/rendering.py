"""PDF/UA-1 from a template and frozen facts. Imported by the worker only: WeasyPrint takes 2 s to load."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

logger = logging.getLogger(__name__)
STATIC_HOST = "static.invalid"


class UnableToRender(Exception):
    """The template or its facts cannot become a PDF."""


class StaticOnly(URLFetcher):
    """Documents use the portal's own static files and nothing else: no network, no other path."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        parts = urlsplit(url)
        root = (settings.BASE_DIR / "static").resolve()
        path = (root / parts.path.lstrip("/")).resolve()
        if parts.hostname != STATIC_HOST or not path.is_relative_to(root):
            raise UnableToRender(f"A document may not load {url}")
        return URLFetcherResponse(url, Path(path).open("rb"))


def render_pdf(*, template: str, context: dict[str, Any], title: str, language: str, number: str) -> bytes:
    """The PDF/UA-1 bytes of `template`; the template sees `context` plus title, language and document number."""
    with translation.override(language):
        html = render_to_string(template, {**context, "title": title, "language": language, "number": number})
    page = HTML(string=html, base_url=f"https://{STATIC_HOST}/", url_fetcher=StaticOnly())
    pdf: bytes = page.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True)
    return pdf

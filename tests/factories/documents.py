from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from documents.models import Document

ASKED = datetime(2026, 11, 2, 9, tzinfo=UTC)


class DocumentFactory(DjangoModelFactory):
    """A letter owed since 2 November 2026."""

    class Meta:
        model = Document

    template = "documents/letter.html"
    context = factory.LazyFunction(
        lambda: {
            "firm": "Ösel & Söner <AB>",
            "brand": {"name": "Programme One", "colour": "#12436d"},
            "reference": "TEST-222222",
            "date": "2026-11-22",
        }
    )
    title = "Our offer to you"
    language = "en-gb"
    file_name = "offer.pdf"
    created_at = ASKED
    not_before = ASKED

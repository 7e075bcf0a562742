from io import BytesIO

import pikepdf
import pytest

from documents.rendering import render_pdf
from tests.factories.funding import GrantApplicationFactory

pytestmark = pytest.mark.django_db


def test_letter_is_one_tagged_page():
    letter = GrantApplicationFactory(approved=True).award.letter
    names = ("template", "context", "title", "language", "number")
    with pikepdf.open(BytesIO(render_pdf(**{name: getattr(letter, name) for name in names}))) as pdf:
        assert len(pdf.pages) == 1
        assert str(pdf.Root.Lang) == "en-gb"
        assert pdf.Root.MarkInfo.Marked

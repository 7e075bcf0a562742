"""Every trick of tests/documents/files.py, sent through a real form: refused beside the other answers, never an error.

How long and how much memory each takes: bin/bench uploads.
"""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from diagnostics.models import Evidence
from documents.models import Upload
from tests.documents.files import CSV, GOOD, MALFORMED
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning:zipfile")]


@pytest.fixture
def case(programme):
    return AssessmentFactory(case=CaseFactory(programme=programme, accepted=True)).case


@pytest.fixture
def send(signed_in, case):
    """Posts a file with the other answers of the form for evidence."""
    client = signed_in(case.created_by)
    address = reverse("diagnostics:evidence", args=[case.reference, "PE01"])

    def post(name, content):
        file = SimpleUploadedFile("x", content)
        # Past the first cleaning, as a tool sends it and no browser would.
        file.__dict__["_name"] = name
        answers = {"key": uuid.uuid4(), "strength": "measured", "note": "The log of our two printers."}
        return client.post(address, {**answers, "file": file})

    return post


def test_there_are_at_least_sixty():
    assert len(MALFORMED) >= 60


@pytest.mark.parametrize("trick", MALFORMED)
def test_it_is_refused_beside_the_other_answers(send, settings, trick):
    page = send(*MALFORMED[trick]())
    assert page.status_code == 200
    assert "There is a problem" in page.text
    assert 'href="#id_file' in page.text
    assert "The log of our two printers." in page.text
    assert not Upload.objects.exists()
    assert not Evidence.objects.exists()
    assert not settings.MEDIA_ROOT.exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("annex\u202egpj.pdf", "annexgpj.pdf"),
        ("C:\\fakepath\\quote.pdf", "quote.pdf"),
        ("quote\x07: 1.pdf", "quote_ 1.pdf"),
        ("q" * 150 + ".pdf", "q" * 96 + ".pdf"),
        ("<b>quote</b>.pdf", "b_.pdf"),
        ("QUOTE.PDF", "QUOTE.PDF"),
        ("quote.exe.pdf", "quote.exe.pdf"),
    ],
)
def test_a_strange_name_of_a_good_file_is_made_plain(send, given, kept):
    assert send(given, GOOD["plan.pdf"]).status_code == 302
    assert Upload.objects.get().name == kept


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_taken(send, name):
    assert send(name, GOOD[name]).status_code == 302
    assert Upload.objects.get().name == name


def test_a_table_with_formulas_is_kept_as_it_is(send):
    assert send("costs.csv", CSV + b"=1+1;@SUM(A1);-1\r\n").status_code == 302

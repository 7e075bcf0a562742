"""One door for files: as an attachment, and only what may be had."""

import ast

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string

from documents import serving
from documents.actions import take_upload
from documents.models import Upload
from tests.documents.files import GOOD
from tests.factories.documents import ASKED
from tests.guards.sources import modules

pytestmark = pytest.mark.django_db
State = Upload.State


@pytest.fixture
def upload():
    return take_upload(file=SimpleUploadedFile("Plan.pdf", GOOD["plan.pdf"]), by=None, at=ASKED)


def answer(rf, upload):
    return serving.attachment(rf.get("/"), upload)


def listed(upload):
    return render_to_string("components/_file.html", {"upload": upload, "url": "/files/1/"})


def test_it_is_an_attachment_that_nobody_guesses_at_or_stores(rf, upload):
    response = answer(rf, upload)
    assert response.getvalue() == GOOD["plan.pdf"]
    response.close()
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="Plan.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert "/files/1/" in listed(upload)
    assert "not scanned for viruses" in listed(upload)


@pytest.mark.parametrize(
    ("state", "virus", "said", "tag"),
    [
        (State.QUEUED, "", "is being checked", "being checked for viruses"),
        (State.WORKING, "", "is being checked", "being checked for viruses"),
        (State.FAILED, "", "could not be checked yet", "could not be checked for viruses yet"),
        (State.READY, "Eicar", "held a virus", "holds a virus: not kept"),
    ],
)
def test_what_may_not_be_had_is_said_in_words(rf, upload, settings, state, virus, said, tag):
    settings.CLAMAV_SOCKET = "/none"
    upload.state, upload.virus = state, virus
    response = answer(rf, upload)
    assert response.status_code == 409
    assert response.template_name == "documents/no_file.html"
    page = render_to_string(response.template_name, response.context_data, request=request_of_nobody(rf))
    assert said in page
    assert "Plan.pdf" in page
    assert tag in listed(upload).lower()
    assert "/files/1/" not in listed(upload)


@pytest.mark.parametrize(
    ("came_from", "back"), [("http://testserver/costs/", "http://testserver/costs/"), ("https://evil.example/", "")]
)
def test_the_way_back_is_one_of_ours(rf, upload, settings, came_from, back):
    settings.CLAMAV_SOCKET = "/none"
    response = serving.attachment(rf.get("/", headers={"referer": came_from}), upload)
    assert response.context_data["back"] == back


def test_a_file_that_is_gone_is_no_error_of_ours(rf, upload):
    default_storage.delete(upload.file.name)
    response = answer(rf, upload)
    assert response.status_code == 404
    page = render_to_string(response.template_name, response.context_data, request=request_of_nobody(rf))
    assert "This file is missing" in page


def request_of_nobody(rf):
    from django.contrib.auth.models import AnonymousUser  # noqa: PLC0415  one test's

    request = rf.get("/")
    request.user = AnonymousUser()
    return request


def test_no_other_code_answers_with_a_file():
    found = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if (
            isinstance(node, ast.Name | ast.Attribute)
            and getattr(node, "id", getattr(node, "attr", "")) == "FileResponse"
        )
        or (isinstance(node, ast.Attribute) and node.attr == "open" and ast.unparse(node.value).endswith("upload.file"))
    }
    assert found - {"documents/serving.py", "documents/tasks.py"} == set()

"""What shows an answer: a file, a link or a note, brought once and taken away by marking it."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.permissions import Role
from diagnostics import actions
from diagnostics.actions.evidence import MOST_PIECES
from diagnostics.models import Answer, Evidence
from tests.factories.accounts import AssignmentFactory
from tests.factories.diagnostics import STARTED, AssessmentFactory, level, moderate
from tests.factories.funding import a_quote

pytestmark = pytest.mark.django_db


def url(name, case, *args):
    return reverse(f"diagnostics:{name}", args=[case.reference, *args])


def add(assessment, code="PE01", **given):
    parts = {"strength": "stated", "note": "Two printers.", "key": uuid.uuid4(), "at": STARTED} | given
    return actions.add_evidence(assessment=assessment, code=code, by=assessment.case.created_by, **parts)


def take_away(piece, at=STARTED):
    actions.remove_evidence(evidence=piece, by=piece.added_by, at=at)


def strength(code="PE01"):
    return Answer.objects.get(question_code=code).strength


def sent(**given):
    return {"key": uuid.uuid4(), "strength": "stated", "note": "", "url": "", **given}


# --- Action -------------------------------------------------------------------------------------
def test_an_answer_is_as_sure_as_its_best_piece(draft):
    add(draft)
    actions.save_answer(
        assessment=draft, code="PE01", reply=level(2), row_version=0, by=draft.case.created_by, at=STARTED
    )
    assert strength() == "stated"
    measured = add(draft, strength="measured")
    assert strength() == "measured"
    assert Answer.objects.get().row_version == 1
    take_away(measured)
    take_away(measured, STARTED + timedelta(days=1))
    assert strength() == "stated"
    measured.refresh_from_db()
    assert measured.removed_at == STARTED
    assert Evidence.objects.count() == 2


def test_what_the_adviser_has_seen_stays_seen(case, adviser):
    assessment = AssessmentFactory(case=case, submitted=True)
    moderate(assessment, {"PE01": (1, "")}, by=adviser)
    assessment.answers.filter(question_code="PE01").update(strength="seen")
    take_away(add(assessment))
    assert strength() == "seen"


def test_a_double_click_adds_one(draft):
    key = uuid.uuid4()
    assert add(draft, key=key) == add(draft, key=key)
    with pytest.raises(actions.UnableToKeepEvidence, match="out of date"):
        add(draft, "PE02", key=key)


def test_there_is_an_end_to_pieces_and_to_time(draft, case, now):
    for _ in range(MOST_PIECES):
        piece = add(draft)
    with pytest.raises(actions.UnableToKeepEvidence, match="10 pieces"):
        add(draft)
    case.withdraw(by=case.created_by, at=now, reason="No time.")
    with pytest.raises(actions.UnableToKeepEvidence, match="closed"):
        take_away(piece)


# --- Pages --------------------------------------------------------------------------------------
def test_a_file_is_added_listed_and_read_as_an_attachment(firm, case, draft, adviser, client):
    address = url("evidence", case, "PE01")
    assert "Photos of printed tools or parts" in firm.get(address).content.decode()
    response = firm.post(address, sent(file=a_quote(), strength="measured", note="The bureau’s invoice."))
    assert response.url == url("question", case, "PE01") + "#evidence-PE01"
    page = firm.get(response.url).content.decode()
    piece = Evidence.objects.get()
    assert piece.upload.name in page
    assert "The bureau’s invoice." in page
    assert "Measured" in page
    client.force_login(adviser)
    file = client.get(url("evidence-file", case, piece.pk))
    assert file["Content-Disposition"].startswith("attachment")
    assert file["X-Content-Type-Options"] == "nosniff"
    assert file.getvalue().startswith(b"%PDF")
    client.force_login(case.created_by)
    assert "1 file, link or note shows how you work" in client.get(url("check", case)).content.decode()


def test_the_wrong_kind_of_file_keeps_the_words(firm, case, draft):
    wrong = SimpleUploadedFile("plan.exe", b"MZ")
    page = firm.post(url("evidence", case, "PE01"), sent(file=wrong, note="What it shows.")).content.decode()
    assert "Choose a PDF, Word, Excel, OpenDocument, PNG or JPEG file." in page
    assert "What it shows." in page
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Write a note, choose a file or enter a link"),
        ({"url": "ftp://files.example/x"}, "Enter an address that begins with https://"),
        ({"url": "not an address"}, "Enter an address like https://"),
        ({"note": "x" * 10_000}, "Use 1000 characters or fewer"),
        ({"note": "x", "strength": "seen"}, "Choose one of the options shown"),
    ],
)
def test_what_is_wrong_is_said(firm, case, draft, given, message):
    assert message in firm.post(url("evidence", case, "PE01"), sent(**given)).content.decode()
    assert not Evidence.objects.exists()


def test_a_file_and_a_link_are_two_pieces(firm, case, draft):
    both = sent(url="https://firm.example/log", file=a_quote())
    assert "Add the file first" in firm.post(url("evidence", case, "PE01"), both).content.decode()
    firm.post(url("evidence", case, "PE01"), sent(url="https://firm.example/log"))
    assert Evidence.objects.get().kind == "link"


def test_too_many_pieces_is_a_message(firm, case, draft):
    for _ in range(MOST_PIECES):
        add(draft)
    assert "the most there can be" in firm.post(url("evidence", case, "PE01"), sent(note="x")).content.decode()


def test_taking_away_is_asked_and_marked(firm, case, draft):
    piece = add(draft)
    assert "Two printers." in firm.get(url("evidence-end", case, piece.pk)).content.decode()
    for _ in range(2):
        assert firm.post(url("evidence-end", case, piece.pk)).url == url("question", case, "PE01")
    assert not Evidence.objects.live().exists()
    assert "Two printers." not in firm.get(url("question", case, "PE01")).content.decode()
    assert firm.get(url("evidence-file", case, piece.pk)).status_code == 404


def test_closed_once_sent_and_not_for_hidden_questions(firm, case, draft):
    piece = add(draft)
    assert firm.get(url("evidence", case, "MS07")).status_code == 404
    assert firm.get(url("evidence", case, "XX99")).status_code == 404
    draft.submit(by=case.created_by, at=STARTED)
    assert firm.post(url("evidence", case, "PE01"), sent(note="x")).status_code == 409
    assert firm.post(url("evidence-end", case, piece.pk)).url == url("start", case)


def test_outsiders_and_readers(signed_in, outsider, case, draft, programme):
    piece = add(draft, file=a_quote())
    client = signed_in(outsider)
    for address in (
        url("evidence", case, "PE01"), url("evidence-file", case, piece.pk), url("evidence-end", case, piece.pk),
    ):  # fmt: skip
        assert client.get(address).status_code == 404
    client = signed_in(AssignmentFactory(programme=programme, role=Role.AUDITOR).user)
    assert client.get(url("evidence-end", case, piece.pk)).status_code == 403

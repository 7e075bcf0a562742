"""The visit sheet, one part of it, the firm's reading, histories, lists and calibration."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from diagnostics import actions
from diagnostics.calibration import Difference, sample
from diagnostics.models import Assessment, Evidence
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import STARTED, AssessmentFactory, moderate

pytestmark = pytest.mark.django_db
WHY = "Nobody has ever restored a backup."


@pytest.fixture
def shown(submitted, adviser):
    moderate(submitted, {"MS06": (1, WHY)}, by=adviser)
    actions.show_to_firm(assessment=submitted, by=adviser, at=STARTED)
    submitted.refresh_from_db()
    return submitted


def url(name, case, *args):
    return reverse(f"diagnostics:{name}", args=[case.reference, *args])


def fields(response):
    """Everything the sheet of a page would send."""
    found = {}
    for form in response.context["sheet"].forms:
        for field in form:
            value = field.value()
            if field.name == "visited_on":
                for part in ("day", "month", "year"):
                    found[f"{field.html_name}_{part}"] = getattr(value, part, "") if value else ""
            else:
                found[field.html_name] = "" if value is None else value
    return found


def answer_of(assessment, code="MS06"):
    return assessment.answers.get(question_code=code)


# --- The whole sheet ----------------------------------------------------------------------------
def test_everything_on_one_page(staff, submitted, case, adviser):
    Evidence.objects.create(
        assessment=submitted, question_code="MS06", kind="link", url="https://firm.example/backup", strength="stated",
        added_at=STARTED, added_by=case.created_by,
    )  # fmt: skip
    page = staff.get(url("visit", case))
    text = page.content.decode()
    for piece in ("Every order is typed three times", "https://firm.example/backup", "Our customers send the material"):
        assert piece in text
    data = fields(page) | {
        "MS06-level": "1", "PE01-level": "1", "PE01-strength": "seen", "visit-notes": "Saw the press shop.",
        "visit-took_part": "Owner", "visit-visited_on_day": "3", "visit-visited_on_month": "11",
        "visit-visited_on_year": "2025", "visit-first": "quality",
    }  # fmt: skip
    refused = staff.post(url("visit", case), data).content.decode()
    assert "Say why your view of “Cyber security of business systems” differs" in refused
    assert "Saw the press shop." in refused
    submitted.refresh_from_db()
    assert (submitted.status, submitted.visit_notes) == ("SUBMITTED", "")
    data["MS06-reason"] = "too short"
    assert "differs" in staff.post(url("visit", case), data).content.decode()
    data["MS06-reason"] = WHY
    assert staff.post(url("visit", case), data).url == url("visit", case)
    submitted.refresh_from_db()
    assert (submitted.status, submitted.visit_notes, submitted.took_part) == (
        "IN_MODERATION", "Saw the press shop.", "Owner",
    )  # fmt: skip
    assert submitted.facts["goals"][0] == "quality"
    assert (answer_of(submitted).self_level, answer_of(submitted).moderated_level) == (2, 1)
    assert (answer_of(submitted, "PE01").moderated_level, answer_of(submitted, "PE01").strength) == (1, "seen")
    assert submitted.answers.exclude(moderated_level=None).count() == 2


def test_an_untouched_sheet_saves_nothing(staff, submitted, case):
    assert staff.post(url("visit", case), fields(staff.get(url("visit", case)))).status_code == 302
    assert not submitted.answers.exclude(moderated_at=None).exists()


def test_back_to_no_view(staff, submitted, case, adviser):
    moderate(submitted, {"MS06": (1, WHY)}, by=adviser)
    data = fields(staff.get(url("visit", case))) | {"MS06-level": "", "MS06-reason": ""}
    staff.post(url("visit", case), data)
    assert answer_of(submitted).moderated_level is None


def test_stale_sheet_shows_both_and_leaves_what_nobody_touched(staff, submitted, case, adviser):
    page = fields(staff.get(url("visit", case)))
    theirs = page | {"PE01-level": "0", "PE01-reason": "Seen on site: none.", "visit-notes": "Theirs."}
    mine = page | {"PE01-level": "3", "PE01-reason": "They showed me jigs.", "visit-notes": "Mine."}
    staff.post(url("visit", case), theirs | {"PE02-level": "1"})
    again = staff.post(url("visit", case), mine)
    text = again.content.decode()
    for words in ("Seen on site: none.", "They showed me jigs.", "Theirs.", "Mine."):
        assert words in text
    assert answer_of(submitted, "PE01").moderated_level == 0
    assert staff.post(url("visit", case), fields(again)).status_code == 302
    submitted.refresh_from_db()
    assert (answer_of(submitted, "PE01").moderated_level, submitted.visit_notes) == (3, "Mine.")
    assert answer_of(submitted, "PE02").moderated_level == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"MS06-reason": "x" * 10_001, "MS06-level": "1"}, "2000 characters or fewer"),
        (
            {"visit-visited_on_day": "31", "visit-visited_on_month": "2", "visit-visited_on_year": "2026"},
            "Check the day",
        ),
        ({"visit-visited_on_day": "1", "visit-visited_on_month": "1", "visit-visited_on_year": "2099"}, "on or before"),
        ({"visit-first": "quality", "visit-second": "quality"}, "different goal"),
        ({"MS06-level": "9"}, "Choose one of the options"),
        ({"MS06-row_version": "x"}, "There is a problem"),
    ],
)
def test_bad_input_is_told_and_nothing_is_lost(staff, submitted, case, changes, message):
    data = fields(staff.get(url("visit", case))) | {"PE02-reason": "Typed in the van."} | changes
    text = staff.post(url("visit", case), data).content.decode()
    assert message in text
    assert "Typed in the van." in text
    assert not submitted.answers.exclude(moderated_at=None).exists()


def test_a_sheet_of_what_has_moved_on_keeps_the_words(staff, submitted, case, adviser):
    data = fields(staff.get(url("visit", case))) | {"PE02-reason": "Typed in the van."}
    actions.return_to_firm(assessment=submitted, reason="Look.", by=adviser, at=STARTED)
    text = staff.post(url("visit", case), data).content.decode()
    assert "not with an adviser" in text
    assert "Typed in the van." in text


# --- One part -----------------------------------------------------------------------------------
def part_of(page, part):
    return {"part": part} | {name: value for name, value in fields(page).items() if name.startswith(f"{part}-")}


def test_one_question_is_saved_alone(staff, submitted, case):
    data = part_of(staff.get(url("visit", case)), "MS06") | {"MS06-level": "1"}
    refused = staff.post(url("visit-save", case), data)
    assert (refused.status_code, "Say why" in refused.content.decode()) == (422, True)
    saved = staff.post(url("visit-save", case), data | {"MS06-reason": WHY})
    assert saved.status_code == 200
    assert 'name="MS06-row_version" value="2"' in saved.content.decode()
    assert answer_of(submitted).moderated_level == 1
    assert staff.post(url("visit-save", case), data | {"MS06-reason": WHY}).status_code == 200  # a repeat
    clash = staff.post(url("visit-save", case), data | {"MS06-level": "0", "MS06-reason": "There is no backup at all."})
    text = clash.content.decode()
    assert (clash.status_code, WHY in text, "There is no backup at all." in text) == (409, True, True)
    assert answer_of(submitted).moderated_level == 1


def test_the_visit_is_saved_alone(staff, submitted, case, adviser):
    data = part_of(staff.get(url("visit", case)), "visit") | {"visit-notes": "Saw the press shop."}
    assert staff.post(url("visit-save", case), data).status_code == 200
    clash = staff.post(url("visit-save", case), data | {"visit-notes": "Other."})
    assert (clash.status_code, "Saw the press shop." in clash.content.decode()) == (409, True)
    actions.return_to_firm(assessment=Assessment.objects.get(), reason="Look.", by=adviser, at=STARTED)
    assert staff.post(url("visit-save", case), data | {"visit-notes": "Late."}).status_code == 423


def test_no_such_part(staff, submitted, case):
    for part in ("", "XX99", "SC99"):
        assert staff.post(url("visit-save", case), {"part": part}).status_code == 404
    assert staff.get(url("visit-save", case)).status_code == 405


def test_readers_read(signed_in, submitted, case, programme):
    auditor = signed_in(AssignmentFactory(programme=programme, role=Role.AUDITOR).user)
    page = auditor.get(url("visit", case))
    assert page.status_code == 200
    assert "<textarea" not in page.content.decode()
    for name in ("visit", "visit-save", "review-show", "review-take-back", "review-reopen"):
        assert auditor.post(url(name, case), {"part": "MS06"}).status_code == 403
    assert auditor.get(url("review-history", case, "MS06")).status_code == 200


def test_the_firm_has_no_sheet(signed_in, submitted, case):
    client = signed_in(case.created_by)
    assert client.get(url("visit", case)).status_code == 403
    assert client.get(url("review-history", case, "MS06")).status_code == 403


# --- The firm reads -----------------------------------------------------------------------------
def test_firm_reads_contests_and_adviser_answers(signed_in, shown, case, adviser):
    owner = signed_in(case.created_by)
    page = owner.get(url("firm-review", case))
    assert WHY in page.content.decode()
    assert "sees 1 answer differently" in page.content.decode()
    refused = owner.post(url("firm-review", case), {"MS06-is_contested": "on", "MS06-comment": ""})
    assert "Say how you see “Cyber security of business systems”" in refused.content.decode()
    said = {"MS06-is_contested": "on", "MS06-comment": "We restored one in May."}
    assert owner.post(url("firm-review", case), said | {"later": "1"}).url == url("firm-review", case)
    shown.refresh_from_db()
    assert shown.status == "FIRM_REVIEW"
    owner.post(url("firm-review", case), said)
    shown.refresh_from_db()
    assert shown.status == "IN_MODERATION"
    after = owner.get(url("firm-review", case)).content.decode()
    assert "We restored one in May." in after
    late = owner.post(url("firm-review", case), said)
    assert "cannot be changed now" in late.content.decode()
    staff = signed_in(adviser)
    overview = staff.get(url("review", case)).content.decode()
    assert "The firm sees this differently" in overview
    assert case.organisation.name in staff.get(reverse("diagnostics:worklist") + "?show=contested").content.decode()
    history = staff.get(url("review-history", case, "MS06")).content.decode()
    for words in ("Contested", "We restored one in May.", WHY, adviser.get_full_name()):
        assert words in history


def test_from_reading_to_the_result(signed_in, shown, case, adviser):
    signed_in(case.created_by).post(url("firm-review", case), {})
    staff = signed_in(adviser)
    assert "contests nothing" in staff.get(url("review", case)).content.decode()
    assert staff.post(url("review-finalise", case)).url == url("staff-plan", case)
    assert "Open it again" in staff.get(url("review", case)).content.decode()
    refused = staff.post(url("review-reopen", case), {"reopen-reason": ""}).content.decode()
    assert "Say why you open it again" in refused
    staff.post(url("review-reopen", case), {"reopen-reason": "The site has moved."})
    assert "Opened again" in staff.get(url("review", case)).content.decode()
    for name in ("staff-result", "staff-plan", "result", "plan"):
        assert staff.get(url(name, case)).status_code == 200
    assert "has moved on" in staff.post(
        url("review-reopen", case), {"reopen-reason": "The site has moved."}, follow=True
    ).content.decode()  # fmt: skip


def test_shown_and_taken_back_by_buttons(staff, submitted, case, adviser):
    moderate(submitted, {"MS06": (1, WHY)}, by=adviser)
    assert "Let the firm read your view" in staff.get(url("review", case)).content.decode()
    staff.post(url("review-show", case))
    assert "The firm is reading your view" in staff.get(url("review", case)).content.decode()
    refused = staff.post(url("review-finalise", case), {"finalise-reason": ""}).content.decode()
    assert "Say why the firm has not read your view first" in refused
    staff.post(url("review-take-back", case))
    submitted.refresh_from_db()
    assert submitted.status == "IN_MODERATION"


def test_nothing_to_read_yet(signed_in, submitted, case, adviser):
    assert signed_in(case.created_by).get(url("firm-review", case)).url == url("start", case)
    assert signed_in(adviser).get(url("firm-review", case)).status_code == 302


def test_a_contractor_does_not_open_again(signed_in, case, programme):
    AssessmentFactory(case=case, final=True)
    manager = signed_in(AssignmentFactory(programme=programme, role=Role.MANAGER).user)
    assert manager.post(url("review-reopen", case), {"reopen-reason": "The site has moved."}).status_code == 403


def test_history_of_what_is_no_question(staff, submitted, case):
    assert staff.get(url("review-history", case, "XX99")).status_code == 404


# --- Lists and figures --------------------------------------------------------------------------
def test_queues_of_the_worklist(staff, programme, adviser, now):
    programme.promise_days = {"diagnostic": 10}
    programme.save()
    late, fresh = (CaseFactory(programme=programme, accepted=True) for _ in range(2))
    AssessmentFactory(case=late, submitted=True)
    new = AssessmentFactory(case=fresh, answered=True)
    new.submit(by=fresh.created_by, at=timezone.now())
    Assessment.objects.filter(case=late).update(submitted_at=now - timedelta(days=60))
    page = staff.get(reverse("diagnostics:worklist") + "?show=late").content.decode()
    assert late.organisation.name in page
    assert fresh.organisation.name not in page
    assert "days late" in page
    waiting = staff.get(reverse("diagnostics:worklist")).content.decode()
    assert waiting.index(late.organisation.name) < waiting.index(fresh.organisation.name)
    moderate(new, {"MS06": (1, WHY)}, by=adviser)
    actions.show_to_firm(assessment=new, by=adviser, at=STARTED)
    assert fresh.organisation.name in staff.get(reverse("diagnostics:worklist") + "?show=reading").content.decode()
    actions.comment(assessment=new, comments={}, is_read=True, by=fresh.created_by, at=STARTED)
    assert fresh.organisation.name in staff.get(reverse("diagnostics:worklist") + "?show=read").content.decode()
    assert staff.get(reverse("diagnostics:worklist") + "?show=nonsense&programme=nobody").status_code == 200


def test_calibration_counts_finals_only(signed_in, programme, case):
    AssessmentFactory(case=case, final=True)
    other = AssessmentFactory(case=CaseFactory(programme=programme, accepted=True), submitted=True)
    moderate(other, {"MS06": (0, WHY)}, by=AssignmentFactory(programme=programme, role=Role.ADVISER).user)
    manager = signed_in(AssignmentFactory(programme=programme, role=Role.MANAGER).user)
    page = manager.get(reverse("diagnostics:calibration"), {"programme": programme.slug})
    (adviser,), (question,) = page.context["advisers"], page.context["questions"]
    assert (adviser.count, adviser.changed, adviser.shift) == (1, 1, -1)
    assert question.label == "Cyber security of business systems"
    assert "Too few to say" in page.content.decode()


def test_calibration_is_for_managers(staff, signed_in, outsider, submitted):
    assert staff.get(reverse("diagnostics:calibration")).status_code == 404
    assert signed_in(outsider).get(reverse("diagnostics:calibration")).status_code == 404


def test_differences():
    assert Difference("a", "A", 0, 0, 0).share == 0
    few, many = Difference("a", "A", 4, 4, -2), Difference("b", "B", 8, 4, -0.5)
    assert (few.is_few, few.is_flagged, many.share, many.is_flagged) == (True, False, 50, True)
    assert Difference("c", "C", 8, 3, 0.8).is_flagged
    assert not Difference("d", "D", 8, 3, 0.5).is_flagged


def test_the_sample_is_drawn_and_not_chosen():
    pairs = [("1", f"T-{number}") for number in range(20)] + [("2", "T-90")]
    first = sample(pairs, salt="2026-3")
    assert first == sample(reversed(pairs), salt="2026-3")
    assert first["2"] == "T-90"
    assert {sample(pairs, salt=str(salt))["1"] for salt in range(10)} != {first["1"]}


def test_pages_ask_few_queries(staff, signed_in, shown, case, programme, adviser):
    pages = [
        url("visit", case),
        url("review", case),
        url("review-history", case, "MS06"),
        reverse("diagnostics:worklist"),
    ]
    manager = AssignmentFactory(programme=programme, role=Role.MANAGER).user
    people = [(adviser, pages), (case.created_by, [url("firm-review", case)]),
              (manager, [reverse("diagnostics:calibration")])]  # fmt: skip
    for person, addresses in people:
        client = signed_in(person)
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as found:
                assert client.get(address).status_code == 200
            assert len(found) <= 15, (address, len(found))

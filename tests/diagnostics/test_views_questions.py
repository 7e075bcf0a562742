"""Answering: one question a page or a whole part on one; saved at once, nobody's words lost."""

import copy

import pytest
from django.urls import reverse

from accounts.permissions import FirmRole
from diagnostics import actions, schema
from diagnostics.forms.answers import mark_of
from diagnostics.models import Answer, QuestionnaireVersion
from tests.factories.accounts import MembershipFactory
from tests.factories.diagnostics import STARTED, AssessmentFactory, carried, level, questionnaire

pytestmark = pytest.mark.django_db
TOO_LONG = "x" * 10_000


@pytest.fixture
def colleague(case):
    return MembershipFactory(organisation=case.organisation, role=FirmRole.COLLEAGUE).user


def url(name, case, *args):
    return reverse(f"diagnostics:{name}", args=[case.reference, *args])


def save(draft, code, reply, by, row_version=0):
    actions.save_answer(assessment=draft, code=code, reply=reply, row_version=row_version, by=by, at=STARTED)


def row(code, level="", note="", row_version=0, was=None):
    """One question of a part as its page sends it; `was` are the level and note that the page had shown."""
    shown = mark_of(*(was or ("", "")))
    return {f"{code}-level": level, f"{code}-note": note, f"{code}-row_version": row_version, f"{code}-was": shown}


def text(response):
    return response.content.decode()


# --- One question -------------------------------------------------------------------------------
def test_a_question_says_why_it_is_asked_and_who_answered(firm, draft, case, colleague):
    save(draft, "PE01", level(2), colleague)
    page = text(firm.get(url("question", case, "PE01")))
    assert "Printing a fixture or spare in a day" in page
    assert "Photos of printed tools or parts" in page
    assert f"Answered by {colleague.full_name} on 4 November 2026 at 9am" in page
    save(draft, "PE02", level(2), case.created_by)
    assert "Answered by you on" in text(firm.get(url("question", case, "PE02")))


def test_ten_thousand_characters_are_refused_and_kept(firm, draft, case):
    page = firm.post(url("question", case, "PE01"), {"level": "1", "note": TOO_LONG, "row_version": "0"})
    assert "Use 1000 characters or fewer. You have used 10000" in text(page)
    assert TOO_LONG in text(page)
    assert not Answer.objects.exists()


def test_a_question_that_is_not_asked_any_more_shows_the_words_to_copy(firm, draft, case):
    page = firm.post(url("question", case, "MS07"), {"level": "1", "note": "Our own press.", "row_version": "0"})
    assert page.status_code == 404
    assert "We do not ask you this question" in text(page)
    assert "Our own press." in text(page)
    assert "does not count" in text(firm.get(url("question", case, "MS07")))


def test_words_on_their_way_when_the_diagnostic_was_sent_are_shown(firm, case):
    AssessmentFactory(case=case, submitted=True)
    page = firm.post(url("question", case, "PE01"), {"level": "1", "note": "One more thing.", "row_version": "1"})
    assert page.status_code == 409
    assert "One more thing." in text(page)


def test_another_window_is_called_another_window(firm, draft, case):
    save(draft, "PE01", level(2), case.created_by)
    page = firm.post(url("question", case, "PE01"), {"level": "3", "note": "", "row_version": "0"})
    assert "You have answered this in another window" in text(page)


# --- Saved by itself ----------------------------------------------------------------------------
def autosave(client, case, code, **sent):
    return client.post(url("question", case, code), {"note": "", "row_version": 0, **sent}, headers={"X-Autosave": "1"})


def test_a_chosen_level_is_saved_by_itself(firm, draft, case):
    told = autosave(firm, case, "PE01", level="2")
    assert told.status_code == 200
    assert told.json()["text"].startswith("Saved at ")
    assert told.json()["row_version"] == 1
    assert "PE01" in told.json()["asked"]
    again = autosave(firm, case, "PE01", level="2", note="Two printers.", row_version=1).json()
    assert again["was"] == mark_of("2", "Two printers.")
    assert Answer.objects.get().note == "Two printers."


def test_what_cannot_be_saved_by_itself_says_why(firm, draft, case, colleague):
    told = autosave(firm, case, "PE01", level="not_applicable")
    assert (told.status_code, told.json()["text"]) == (
        422, "Not saved yet. Say in a few words why this does not apply to you."
    )  # fmt: skip
    save(draft, "PE01", level(1), colleague)
    told = autosave(firm, case, "PE01", level="3")
    assert told.status_code == 409
    assert told.json()["text"].startswith(f"{colleague.full_name} has answered this since")
    assert Answer.objects.get().self_level == 1
    draft.submit(by=case.created_by, at=STARTED)
    assert autosave(firm, case, "PE01", level="3").status_code == 423


def test_autosave_against_ones_own_other_window(firm, draft, case):
    save(draft, "PE01", level(1), case.created_by)
    assert "another window" in autosave(firm, case, "PE01", level="3").json()["text"]


# --- A whole part -------------------------------------------------------------------------------
def test_a_part_saves_what_was_filled_in_and_says_what_is_open(firm, draft, case):
    sent = row("PE01", "2", "Two printers.") | row("PE02", "1") | row("PE03")
    response = firm.post(url("part", case, "PE"), sent)
    assert response.url == url("part", case, "PE") + "#PE03"
    assert "Saved. 4 questions of this part are still open." in text(firm.get(response.url))
    assert set(Answer.objects.values_list("question_code", "self_level")) == {("PE01", 2), ("PE02", 1)}


def test_a_full_part_leads_to_the_next_and_the_last_to_the_check(firm, case):
    AssessmentFactory(case=case, answered=True)
    assert firm.post(url("part", case, "PE"), {}).url == url("part", case, "MS")
    assert firm.post(url("part", case, "BR"), {}).url == url("check", case)
    assert firm.post(url("part", case, "PE") + "?check", {}).url == url("check", case)


def test_errors_stand_at_their_questions_and_everything_else_is_saved(firm, draft, case):
    sent = row("PE01", "not_applicable") | row("PE02", "", "Half a thought.") | row("PE03", "3")
    page = firm.post(url("part", case, "PE"), sent)
    assert page.status_code == 200
    body = text(page)
    assert "Everything else on this page is saved." in body
    assert "Say in a few words why this does not apply to you" in body
    assert "Half a thought." in body
    assert 'href="#id_PE01-note"' in body
    assert Answer.objects.get().question_code == "PE03"


def test_untouched_rows_never_stand_in_a_colleagues_way(firm, draft, case, colleague):
    save(draft, "PE01", level(1, "Only samples."), colleague)
    firm.post(url("part", case, "PE"), row("PE01") | row("PE02", "2"))
    assert Answer.objects.get(question_code="PE01").note == "Only samples."
    assert Answer.objects.filter(question_code="PE02").exists()


def test_a_stale_row_is_shown_beside_the_newer_one(firm, draft, case, colleague):
    save(draft, "PE01", level(1, "Only samples."), colleague)
    page = firm.post(url("part", case, "PE"), row("PE01", "3", "Jigs weekly.") | row("PE02", "2"))
    body = text(page)
    assert "Only samples." in body
    assert "Jigs weekly." in body
    assert f"{colleague.full_name} has answered this since you opened it" in body
    assert Answer.objects.get(question_code="PE02").self_level == 2
    form = next(item["form"] for item in page.context["rows"] if item["question"]["code"] == "PE01")
    again = row("PE01", "3", "Jigs weekly.", form["row_version"].value())
    assert firm.post(url("part", case, "PE"), again).status_code == 302
    assert Answer.objects.get(question_code="PE01").note == "Jigs weekly."


def test_a_question_that_becomes_visible_is_shown_and_a_hidden_answer_is_kept(firm, case):
    code, base = "PE06", questionnaire()
    document = copy.deepcopy(base.document)
    asked = next(item for item in document["questions"] if item["code"] == code)
    asked["applies_if"] = {"question": "PE03", "op": "gte", "value": 3}
    version = QuestionnaireVersion.objects.create(
        questionnaire=base.questionnaire, number="9.9.9", document=document, sha256=schema.sha256(document),
        loaded_at=STARTED,
    )  # fmt: skip
    AssessmentFactory(case=case, version=version)
    there = url("part", case, "PE")
    assert f'id="{code}"' not in text(firm.get(there))
    assert code in autosave(firm, case, "PE03", level="3").json()["asked"]
    assert f'id="{code}"' in text(firm.get(there))
    firm.post(there, row(code, "4", "Metered.") | row("PE03", "1", "", 1, ("3", "")))
    assert f'id="{code}"' not in text(firm.get(there))
    assert Answer.objects.get(question_code=code).note == "Metered."
    firm.post(there, row(code, "3", "Metered twice.", 1, ("4", "Metered.")))
    assert Answer.objects.get(question_code=code).note == "Metered twice."


def test_parts_that_are_not_there(firm, draft, case):
    assert firm.get(url("part", case, "XX")).status_code == 404
    draft.submit(by=case.created_by, at=STARTED)
    assert firm.post(url("part", case, "PE"), row("PE01", "2")).url == url("start", case)


# --- One by one, or together --------------------------------------------------------------------
def test_the_choice_is_remembered_over_a_sign_out(client, draft, case):
    client.force_login(case.created_by)
    assert client.post(url("view", case), {"view": "part", "group": "MS"}).url == url("part", case, "MS") + "#MS01"
    client.post(reverse("account_logout"))
    client.force_login(case.created_by)
    assert client.get(url("start", case)).context["next_url"] == url("part", case, "PE") + "#PE01"
    assert client.post(url("view", case), {"view": "question", "group": "MS"}).url == url("question", case, "MS01")
    assert client.get(url("start", case)).context["next_url"] == url("question", case, "PE01")


def test_a_choice_of_nothing_is_no_choice(firm, draft, case):
    assert firm.post(url("view", case), {"view": "upside_down", "group": "MS"}).status_code == 404
    assert firm.post(url("view", case), {"view": "part", "group": "XX"}).status_code == 404
    draft.submit(by=case.created_by, at=STARTED)
    assert firm.post(url("view", case), {"view": "part", "group": "MS"}).url == url("start", case)


# --- Brought from before ------------------------------------------------------------------------
def test_a_brought_answer_is_asked_for_and_confirmed_with_one_click(firm, draft, case):
    carried(draft, "PE01", 2)
    page = text(firm.get(url("question", case, "PE01")))
    assert "You said this in your first look. Is it still right?" in page
    assert 'value="2" checked' in page
    assert "Confirm" not in page
    assert firm.post(url("confirm", case, "PE01")).url == url("question", case, "PE02")
    answer = Answer.objects.get()
    assert (answer.carried_from, answer.answered_by, answer.row_version) == ("", case.created_by, 2)
    assert firm.post(url("confirm", case, "PE01")).status_code == 302
    assert Answer.objects.get().row_version == 2


def test_all_of_a_part_are_confirmed_together(firm, draft, case):
    for code in ("PE01", "PE02", "MS01"):
        carried(draft, code, 1, Answer.Carried.LAST_ROUND)
    page = text(firm.get(url("question", case, "PE01")))
    assert "You said this last time." in page
    assert "Confirm all 2 of this part" in page
    assert "2 to confirm" in text(firm.get(url("start", case)))
    assert firm.post(url("part-confirm", case, "PE")).url == url("question", case, "PE03")
    assert Answer.objects.exclude(carried_from="").get().question_code == "MS01"


def test_saving_a_part_confirms_what_was_brought(firm, draft, case):
    carried(draft, "PE01", 2)
    assert "1 answer was brought along from before" in text(firm.get(url("part", case, "PE")))
    firm.post(url("part", case, "PE"), row("PE01", "2", "", 1, ("2", "")))
    assert Answer.objects.get().carried_from == ""


def test_the_end_of_a_part_leads_back_to_the_list(firm, case):
    draft = AssessmentFactory(case=case, answered=True)
    draft.answers.filter(question_code="PE01").update(carried_from="first_look")
    assert firm.post(url("part-confirm", case, "PE")).url == url("start", case)


def test_hidden_answers_cannot_be_confirmed(firm, draft, case):
    assert firm.post(url("confirm", case, "MS07")).status_code == 404
    draft.submit(by=case.created_by, at=STARTED)
    assert firm.post(url("confirm", case, "PE01")).url == url("start", case)


def test_unconfirmed_answers_hold_the_sending_up(firm, case):
    draft = AssessmentFactory(case=case, answered=True)
    draft.answers.filter(question_code="PE01").update(carried_from="last_round")
    draft.answers.filter(question_code="PE02").update(state="dont_know", self_level=None)
    page = text(firm.post(url("check", case)))
    assert "1 answer from before is to be confirmed" in page
    assert "1 answer is “Not sure yet”" in page
    assert "To confirm" in page
    assert case.created_by.full_name in page
    firm.post(url("confirm", case, "PE01"))
    assert "Every question is answered." in text(firm.get(url("check", case)))
    assert firm.post(url("check", case)).url == url("start", case)


# --- A session that ended -----------------------------------------------------------------------
def typed(user, **sent):
    return {"level": "3", "note": "Jigs every week.", "row_version": "0", "typed_by": str(user.pk), **sent}


def test_words_typed_before_the_sign_in_ended_come_back_unsaved(client, draft, case):
    there = url("question", case, "PE01")
    assert client.post(there, typed(case.created_by)).url == f"/accounts/login/?next={there}"
    client.force_login(case.created_by)
    page = text(client.get(there))
    assert "Your words are back" in page
    assert "Jigs every week." in page
    assert 'value="3" checked' in page
    assert not Answer.objects.exists()
    client.post(there, typed(case.created_by))
    assert Answer.objects.get().note == "Jigs every week."
    assert "Your words are back" not in text(client.get(there))


def test_words_of_a_whole_part_come_back(client, draft, case):
    there = url("part", case, "PE")
    client.post(there, row("PE01", "3", "Jigs every week.") | row("PE02") | {"typed_by": str(case.created_by.pk)})
    client.force_login(case.created_by)
    page = text(client.get(there))
    assert "Your words are back" in page
    assert "Jigs every week." in page
    assert "There is a problem" not in page


def test_nobody_else_gets_the_words(client, draft, case, colleague):
    there = url("question", case, "PE01")
    client.post(there, typed(case.created_by))
    client.force_login(colleague)
    assert "Jigs every week." not in text(client.get(there))


def test_words_wait_a_quarter_of_an_hour_at_their_own_page(client, draft, case):
    there = url("question", case, "PE01")
    client.post(there, typed(case.created_by))
    client.force_login(case.created_by)
    assert "Jigs every week." not in text(client.get(url("question", case, "PE02")))
    session = client.session
    session["typed_words"] = {**session["typed_words"], "at": session["typed_words"]["at"] - 901}
    session.save()
    assert "Jigs every week." not in text(client.get(there))


def test_too_much_and_nobodys_words_are_not_kept(client, draft, case):
    there = url("question", case, "PE01")
    client.post(there, typed(case.created_by, note="x" * 100_001))
    assert "typed_words" not in client.session
    client.post(there, typed(case.created_by, typed_by=""))
    assert "typed_words" not in client.session


def test_pages_of_a_part_ask_few_queries(firm, case, django_assert_max_num_queries):
    AssessmentFactory(case=case, answered=True)
    firm.get(url("part", case, "PE"))
    with django_assert_max_num_queries(15):
        assert firm.get(url("part", case, "PE")).status_code == 200

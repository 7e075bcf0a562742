"""The adviser's levels, the visit, the firm's word on them, and opening a final diagnostic again."""

from datetime import date, timedelta

import pytest

from diagnostics import actions
from diagnostics.actions import Comment, Verdict, Visit
from diagnostics.models import Answer, Assessment, Result
from notifications.models import Message
from portal.models import Event
from portal.workflow import IllegalMove
from tests.factories.diagnostics import STARTED, UNREAD, AssessmentFactory, level, moderate

pytestmark = pytest.mark.django_db
WHY = "Nobody has ever restored a backup."


@pytest.fixture
def shown(submitted, adviser):
    """With the firm to read: MS06 from 2 to 1."""
    moderate(submitted, {"MS06": (1, WHY)}, by=adviser)
    actions.show_to_firm(assessment=submitted, by=adviser, at=STARTED)
    submitted.refresh_from_db()
    return submitted


def answer_of(assessment, code="MS06"):
    return assessment.answers.get(question_code=code)


def comment(assessment, text, is_contested, *, is_read=True):
    actions.comment(
        assessment=assessment, comments={"MS06": Comment(text, is_contested)}, is_read=is_read,
        by=assessment.case.created_by, at=STARTED,
    )  # fmt: skip
    assessment.refresh_from_db()


# --- Levels -------------------------------------------------------------------------------------
def test_a_level_can_be_taken_back(submitted, adviser):
    moderate(submitted, {"MS06": (1, WHY)}, by=adviser)
    moderate(submitted, {"MS06": (None, "")}, by=adviser)
    answer = answer_of(submitted)
    assert (answer.self_level, answer.moderated_level, answer.moderation_reason) == (2, None, "")
    assert answer.moderated_by == adviser


def test_strength_of_the_evidence_is_kept_and_scores_the_same(submitted, adviser):
    before = submitted.scored(submitted.answers.all())["result"]
    verdict = Verdict(2, "", answer_of(submitted).row_version, "measured")
    actions.moderate(assessment=submitted, verdicts={"MS06": verdict}, by=adviser, at=STARTED)
    assert answer_of(submitted).strength == "measured"
    again = Verdict(2, "", answer_of(submitted).row_version)
    actions.moderate(assessment=submitted, verdicts={"MS06": again}, by=adviser, at=STARTED)
    assert answer_of(submitted).strength == "measured"
    after = submitted.scored(submitted.answers.all())["result"]
    assert after["overall"] == before["overall"]


def test_an_open_tab_does_not_score_a_changed_text(submitted, adviser):
    seen = answer_of(submitted).row_version
    actions.return_to_firm(assessment=submitted, reason="Look again.", by=adviser, at=STARTED)
    owner = submitted.case.created_by
    actions.save_answer(
        assessment=submitted, code="MS06", reply=level(3, "We test it monthly now."), row_version=seen, by=owner,
        at=STARTED,
    )  # fmt: skip
    submitted.refresh_from_db()
    submitted.submit(by=owner, at=STARTED)
    with pytest.raises(actions.ViewChanged) as caught:
        actions.moderate(
            assessment=submitted, verdicts={"MS06": Verdict(1, WHY, seen)}, by=adviser, at=STARTED
        )  # fmt: skip
    assert [answer.self_level for answer in caught.value.answers] == [3]
    assert answer_of(submitted).moderated_level is None


# --- The visit ----------------------------------------------------------------------------------
VISIT = Visit(date(2026, 11, 3), "Production manager", "Saw the press shop.", ("quality",), "25k_100k")


def record(assessment, visit, seen, by):
    actions.moderate(assessment=assessment, verdicts={}, visit=visit, seen=seen, by=by, at=STARTED)
    assessment.refresh_from_db()


def test_what_was_found_at_the_visit(submitted, adviser):
    record(submitted, VISIT, Visit.of(submitted).mark, adviser)
    assert Visit.of(submitted) == VISIT
    assert (submitted.status, submitted.facts["sector"]) == ("IN_MODERATION", "fabricated_metal")
    record(submitted, VISIT, "an old mark", adviser)  # the same words from another tab


def test_another_tab_does_not_overwrite_the_visit(submitted, adviser):
    old = Visit.of(submitted).mark
    record(submitted, VISIT, old, adviser)
    with pytest.raises(actions.ViewChanged) as caught:
        record(submitted, Visit(None, "", "Other notes.", ("quality",), ""), old, adviser)
    assert (caught.value.visit, caught.value.answers) == (VISIT, [])


# --- The firm reads -----------------------------------------------------------------------------
def test_the_firm_reads_and_the_result_is_made_final(shown, adviser):
    assert shown.status == "FIRM_REVIEW"
    assert not shown.is_with_adviser
    assert actions.needs_reason(shown)
    with pytest.raises(actions.UnableToModerate):
        moderate(shown, {"MS06": (2, "")}, by=adviser)
    comment(shown, "We see your point.", False)
    assert (shown.status, shown.read_by) == ("FIRM_REVIEW", shown.case.created_by)
    actions.finalise(assessment=shown, by=adviser, at=STARTED)
    kinds = list(Message.objects.order_by("created_at", "pk").values_list("kind", "to"))
    assert ("diagnostic_read", adviser.email) in kinds
    assert Message.objects.filter(kind="diagnostic_review").count() == 1
    answer = answer_of(shown)
    assert (answer.self_level, answer.moderated_level, answer.comment) == (2, 1, "We see your point.")


def test_what_is_contested_goes_back_and_waits_for_an_answer(shown, adviser):
    comment(shown, "We restored one in May.", True)
    assert (shown.status, shown.read_at) == ("IN_MODERATION", STARTED)
    assert Message.objects.filter(kind="diagnostic_contested", to=adviser.email).count() == 1
    with pytest.raises(actions.UnableToFinalise, match="contests"):
        actions.finalise(assessment=shown, by=adviser, at=STARTED, reason=UNREAD)
    with pytest.raises(actions.UnableToModerate, match="contests"):
        actions.show_to_firm(assessment=shown, by=adviser, at=STARTED)
    moderate(shown, {"MS06": (1, "One in May was of the mail only.")}, by=adviser)
    answer = answer_of(shown)
    assert (answer.is_contested, answer.comment) == (False, "We restored one in May.")
    actions.show_to_firm(assessment=shown, by=adviser, at=STARTED)
    shown.refresh_from_db()
    assert shown.read_at is None


def test_the_strength_alone_answers_no_contest(shown, adviser):
    comment(shown, "We restored one in May.", True)
    verdict = Verdict(1, WHY, answer_of(shown).row_version, "seen")
    actions.moderate(assessment=shown, verdicts={"MS06": verdict}, by=adviser, at=STARTED)
    assert answer_of(shown).is_contested


def test_comments_are_kept_until_the_firm_is_done(shown):
    comment(shown, "Let me ask.", False, is_read=False)
    comment(shown, "Let me ask.", False, is_read=False)
    assert (shown.read_at, answer_of(shown).comment) == (None, "Let me ask.")
    comment(shown, "Let me ask.", False)
    with pytest.raises(actions.UnableToComment):
        comment(shown, "One more thing.", True)


def test_the_adviser_takes_it_back(shown, adviser):
    actions.take_back(assessment=shown, by=adviser, at=STARTED)
    shown.refresh_from_db()
    assert shown.status == "IN_MODERATION"
    with pytest.raises(IllegalMove):
        actions.take_back(assessment=shown, by=adviser, at=STARTED)


def test_past_the_firm_only_with_a_reason(submitted, adviser):
    with pytest.raises(actions.UnableToFinalise, match="has not read"):
        actions.finalise(assessment=submitted, by=adviser, at=STARTED)
    actions.finalise(assessment=submitted, by=adviser, at=STARTED, reason=UNREAD)
    assert Event.objects.get(kind="assessment.final").note == UNREAD


def test_nobody_to_tell(submitted):
    type(submitted.case).objects.update(adviser=None)
    submitted.case.refresh_from_db()
    submitted.start_moderation(by=submitted.case.created_by, at=STARTED)
    submitted.show_to_firm(by=submitted.case.created_by, at=STARTED)
    comment(submitted, "Fine.", False)
    assert not Message.objects.filter(kind="diagnostic_read").exists()


def test_an_ended_case_stands_still(shown, adviser):
    case = shown.case
    case.refresh_from_db()
    case.withdraw(by=case.created_by, at=STARTED, reason="No time.")
    with pytest.raises(actions.UnableToModerate):
        actions.take_back(assessment=shown, by=adviser, at=STARTED)
    with pytest.raises(actions.UnableToModerate):
        actions.show_to_firm(assessment=shown, by=adviser, at=STARTED)
    with pytest.raises(actions.UnableToComment):
        comment(shown, "Late.", False)
    shown.case.refresh_from_db()
    with pytest.raises(actions.UnableToModerate):
        actions.return_to_firm(assessment=shown, reason="Look.", by=adviser, at=STARTED)


# --- Opened again -------------------------------------------------------------------------------
def test_opened_again_keeps_the_result_until_the_next(final, adviser):
    first = final.result
    actions.reopen(assessment=final, reason="The site has moved.", by=adviser, at=STARTED)
    final.refresh_from_db()
    assert (final.status, final.result, final.is_reviewed_again) == ("IN_MODERATION", first, True)
    assert (final.reason, Message.objects.filter(kind="diagnostic_reopened").count()) == ("The site has moved.", 1)
    moderate(final, {"MS06": (0, "There is none at the new site.")}, by=adviser)
    later = STARTED + timedelta(days=2)
    second = actions.finalise(assessment=final, by=adviser, at=later, reason=UNREAD)
    final.refresh_from_db()
    assert (second.number, final.result, final.reason) == (2, second, "")
    assert Result.objects.filter(assessment=final).count() == 2


def test_only_a_final_one_of_a_live_case_is_opened(submitted, adviser):
    with pytest.raises(IllegalMove):
        actions.reopen(assessment=submitted, reason="Again.", by=adviser, at=STARTED)
    submitted.case.withdraw(by=submitted.case.created_by, at=STARTED, reason="No time.")
    with pytest.raises(actions.UnableToReopen, match="ended"):
        actions.reopen(assessment=submitted, reason="Again.", by=adviser, at=STARTED)


def test_the_next_round_closes_the_last(final, adviser):
    AssessmentFactory(case=final.case, round=Assessment.Round.T1)
    with pytest.raises(actions.UnableToReopen, match="next diagnostic"):
        actions.reopen(assessment=final, reason="Again.", by=adviser, at=STARTED)


def test_moderation_starts_once(submitted, adviser):
    submitted.start_moderation(by=adviser, at=STARTED)
    with pytest.raises(IllegalMove):
        submitted.start_moderation(by=adviser, at=STARTED)
    assert Answer.objects.filter(is_contested=True).count() == 0

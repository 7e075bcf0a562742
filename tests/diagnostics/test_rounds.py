"""Earlier answers brought along, and firms asked to answer once more."""

from datetime import UTC, date, datetime, timedelta

import pytest

from applications.models import Case
from diagnostics import actions, inviting, tasks
from diagnostics.models import Answer, Assessment, Consent, QuestionnaireVersion, RoundInvitation
from notifications.models import Message
from portal.models import Event
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import LEVELS, STARTED, AssessmentFactory, questionnaire
from tests.factories.firstlooks import ANSWERS, FirstLookFactory, with_diagnostic
from tests.factories.rounds import YEAR, measure_again

pytestmark = pytest.mark.django_db

LATER = STARTED + YEAR


@pytest.fixture
def joined():
    return CaseFactory(programme=with_diagnostic(), accepted=True)


def begin(case, look=None, at=STARTED):
    questionnaire()
    return actions.start(case=case, by=case.created_by, at=at, first_look=look)


def raised(document, code):
    """The same questionnaire in its next version, where one question means something else."""
    questions = [
        {**item, "revision": item["revision"] + 1} if item["code"] == code else item for item in document["questions"]
    ]
    return {**document, "framework": {**document["framework"], "version": "1.1.0"}, "questions": questions}


def publish(document):
    old = questionnaire()
    return QuestionnaireVersion.objects.create(
        questionnaire=old.questionnaire, number="1.1.0", document=document, sha256="0" * 64, loaded_at=STARTED
    )


class TestFirstLook:
    def test_its_answers_come_along_to_be_confirmed(self, joined):
        look = FirstLookFactory(programme=joined.programme)
        begun = begin(joined, look)
        rows = list(begun.answers.all())
        assert {row.question_code: row.self_level for row in rows} == ANSWERS
        assert {(row.carried_from, row.state, row.value) for row in rows} == {("first_look", "answered", None)}
        assert begun.facts["sector"] == "fabricated_metal"
        look.refresh_from_db()
        assert look.taken_into == begun
        assert Event.objects.get(kind="assessment.first_look_taken").note == "10"

    def test_what_the_case_knows_stands(self, joined):
        known = actions.known_facts(joined)
        look = FirstLookFactory(programme=joined.programme, facts={"employees": "999", "goals": ["quality"]})
        begun = begin(joined, look)
        assert begun.facts["goals"] == ["quality"]
        if known["employees"]:
            assert begun.facts["employees"] == known["employees"]

    def test_only_levels_come_along(self, joined):
        answers = {"PE03": "not_applicable", "PE06": "dont_know", "MS03": 2, "GONE": 3}
        begun = begin(joined, FirstLookFactory(programme=joined.programme, answers=answers))
        assert list(begun.answers.values_list("question_code", flat=True)) == ["MS03"]

    def test_a_question_that_means_something_else_now_is_asked_anew(self, joined):
        look = FirstLookFactory(programme=joined.programme)
        publish(raised(questionnaire().document, "MS03"))
        codes = set(begin(joined, look).answers.values_list("question_code", flat=True))
        assert codes == ANSWERS.keys() - {"MS03"}

    def test_it_is_taken_over_once_and_by_its_own_programme_alone(self, joined):
        look = FirstLookFactory(programme=joined.programme, taken_into=AssessmentFactory())
        assert not begin(joined, look).answers.exists()
        other = CaseFactory(programme=with_diagnostic(), accepted=True)
        assert not begin(other, FirstLookFactory(programme=joined.programme)).answers.exists()

    def test_the_page_says_how_many_came_along(self, signed_in, joined):
        look = FirstLookFactory(programme=joined.programme)
        client = signed_in(joined.created_by)
        session = client.session
        session["first_looks"] = {joined.programme.slug: str(look.pk)}
        session.save()
        page = client.post(f"/cases/{joined.reference}/diagnostic/begin/", follow=True).content.decode()
        assert "We brought 10 answers from your first look" in page
        assert client.post(f"/cases/{joined.reference}/diagnostic/begin/").status_code == 302
        assert Answer.objects.count() == 10


class TestLastRound:
    def test_what_counted_is_offered_with_the_firms_words(self):
        first = AssessmentFactory(final=True)
        begun = begin(first.case, at=LATER)
        rows = {row.question_code: row for row in begun.answers.all()}
        assert begun.round == "T1"
        assert rows["MS06"].self_level == 1, "the adviser's level is what counted"
        assert rows["PE01"].self_level == LEVELS["PE01"]
        assert rows["MS03"].note.startswith("Every order is typed three times")
        assert (rows["SC02"].state, bool(rows["SC02"].note)) == ("not_applicable", True)
        assert {row.carried_from for row in rows.values()} == {"last_round"}
        assert begun.facts["sector"] == "fabricated_metal"
        with pytest.raises(actions.UnableToSend):
            actions.send(assessment=begun, by=first.case.created_by, at=LATER)

    def test_another_revision_is_asked_anew(self):
        first = AssessmentFactory(final=True)
        publish(raised(first.version.document, "PE01"))
        begun = begin(first.case, at=LATER)
        assert begun.version.number == "1.1.0"
        assert not begun.answers.filter(question_code="PE01").exists()
        assert begun.answers.filter(question_code="PE02").exists()

    def test_a_result_that_was_opened_again_has_no_next_round(self):
        first = AssessmentFactory(final=True)
        Assessment.objects.get(pk=first.pk).reopen(by=first.case.created_by, at=LATER, reason="A level was wrong.")
        assert actions.next_round(first.case, LATER) is None

    def test_the_page_says_how_many_came_along(self, signed_in, joined):
        first = AssessmentFactory(case=joined, final=True)
        Assessment.objects.filter(pk=first.pk).update(finalised_at=STARTED - YEAR)
        page = signed_in(joined.created_by).post(f"/cases/{joined.reference}/diagnostic/begin/", follow=True)
        assert "from last time" in page.content.decode()


class TestInvitations:
    @pytest.fixture
    def final(self):
        return AssessmentFactory(final=True, case__agrees_to_contact=True)

    def invited(self, kind="round_due"):
        return Message.objects.filter(kind=kind).count()

    def test_a_year_after_the_first_result_and_not_a_day_before(self, final):
        day = datetime(2027, 11, 4, 9, tzinfo=UTC)
        assert inviting.invite_rounds(at=day - timedelta(days=1)) == 0
        assert inviting.invite_rounds(at=day) == 1
        assert inviting.invite_rounds(at=day) == 0
        invitation = RoundInvitation.objects.get()
        assert (invitation.round, invitation.due_on) == ("T1", date(2027, 11, 4))
        assert self.invited() == 1
        assert list(RoundInvitation.objects.visible_to(final.case.created_by)) == [invitation]

    def test_reminded_once_after_three_weeks(self, final):
        inviting.invite_rounds(at=LATER)
        assert inviting.remind_rounds(at=LATER + timedelta(days=20)) == 0
        assert inviting.remind_rounds(at=LATER + timedelta(days=21)) == 1
        assert inviting.remind_rounds(at=LATER + timedelta(days=50)) == 0
        assert self.invited("round_reminder") == 1

    def test_who_has_begun_is_neither_invited_nor_reminded(self, final):
        inviting.invite_rounds(at=LATER)
        begin(final.case, at=LATER)
        assert RoundInvitation.objects.get().started_at == LATER
        assert inviting.remind_rounds(at=LATER + timedelta(days=30)) == 0
        other = AssessmentFactory(final=True)
        begin(other.case, at=LATER)
        assert inviting.invite_rounds(at=LATER) == 0

    def test_two_years_after_the_first_result_the_third_round_is_due(self, final):
        measure_again(final.case, at=LATER)
        assert inviting.invite_rounds(at=LATER) == 0
        assert inviting.invite_rounds(at=STARTED + 2 * YEAR) == 1
        assert RoundInvitation.objects.get().round == "T2"

    def test_a_case_that_has_ended_is_left_in_peace(self, final):
        case = Case.objects.get(pk=final.case_id)
        case.withdraw(by=case.created_by, at=STARTED, reason="We sold the firm.")
        assert inviting.invite_rounds(at=LATER) == 0

    def test_one_that_ends_after_the_invitation_is_not_reminded(self, final):
        inviting.invite_rounds(at=LATER)
        case = Case.objects.get(pk=final.case_id)
        case.withdraw(by=case.created_by, at=LATER, reason="We sold the firm.")
        assert inviting.remind_rounds(at=LATER + timedelta(days=30)) == 0
        assert inviting._invite(case, "T2", date(2028, 1, 1), LATER) is False

    def test_no_mail_against_the_firms_wish_and_still_an_invitation(self, final):
        Consent.objects.create(
            case=final.case, purpose="contact", is_given=False, given_at=STARTED, given_by=final.case.created_by
        )
        assert inviting.invite_rounds(at=LATER) == 1
        assert inviting.remind_rounds(at=LATER + timedelta(days=30)) == 0
        assert self.invited() == self.invited("round_reminder") == 0

    def test_what_was_said_when_joining_counts_until_it_is_changed(self):
        case = AssessmentFactory(final=True, case__agrees_to_contact=False).case
        assert inviting.may_contact(case) is False
        Consent.objects.create(case=case, purpose="contact", is_given=True, given_at=STARTED, given_by=case.created_by)
        assert inviting.may_contact(case) is True

    def test_the_beat_does_both(self, final):
        Assessment.objects.filter(pk=final.pk).update(updated_at=STARTED)
        tasks.invite_rounds()
        assert not RoundInvitation.objects.exists()

    def test_of_29_february_the_day_before_counts(self):
        assert inviting.in_years(date(2028, 2, 29), 1) == date(2029, 2, 28)

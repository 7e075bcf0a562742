from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.permissions import Role
from applications import actions
from applications.models import Case
from casework.decisions import decisions
from casework.next_step import next_step
from casework.story import load
from diagnostics.actions import NEXT_ROUND_AFTER, agree_plan, start
from diagnostics.models import ActionPlan, Assessment, RoundInvitation
from funding import actions as funding
from funding.actions import claim_checks
from portal.workflow import Turn
from programmes.models import Instrument
from tests.factories import contractors
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import STARTED, CaseFactory
from tests.factories.claims import (
    a_claim,
    add_line,
    approve,
    check,
    running_award,
    send,
    sent_claim,
    show_milestones,
    staff_of,
)
from tests.factories.contractors import ContractorFactory
from tests.factories.diagnostics import AssessmentFactory, carried
from tests.factories.funding import (
    WRITTEN,
    GrantApplicationFactory,
    OutlineFactory,
    approver_of,
    assess,
    judge,
    submit,
)
from tests.factories.programmes import CallFactory, InstrumentFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db


def step_of(case, at=WRITTEN, user=None):
    found = Case.objects.with_context().get(pk=case.pk)
    [story] = load([found], user=user or case.created_by, at=at)
    return next_step(story)


@pytest.fixture
def accepted():
    programme = ProgrammeFactory(promise_days={"application": 5, "diagnostic": 15})
    InstrumentFactory(programme=programme, kind=Instrument.Kind.DIAGNOSTIC)
    return CaseFactory(programme=programme, accepted=True)


def test_draft_says_how_much_is_left(case):
    step = step_of(case)
    assert step.turn == Turn.FIRM
    assert step.text == "Every part is complete. Read it once more and send it."
    Case.objects.filter(pk=case.pk).update(makes="")
    assert step_of(case).text == "1 part is left."
    assert step.url == f"/cases/{case.reference}/apply/"


def test_sent_application_waits_with_its_promise(programme):
    case = CaseFactory(programme=programme, submitted=True)
    step = step_of(case, at=STARTED)
    assert step.is_waiting
    assert step.promise == date(2026, 11, 16)
    assert step.by == "You will hear from us by 16 November 2026."


def test_a_promise_that_was_not_kept_is_admitted(programme):
    case = CaseFactory(programme=programme, submitted=True)
    step = step_of(case, at=STARTED + timedelta(days=30))
    assert step.by.startswith("We promised an answer by 16 November 2026 and have not kept it.")


@pytest.mark.parametrize(
    ("state", "title", "words", "waits"),
    [
        ("returned", "Answer your adviser’s question", "Please tell us more.", False),
        ("rejected", "Look for other support", "Not a manufacturer.", False),
        ("withdrawn", "You can come back at any time", "", False),
    ],
)
def test_states_before_and_after_joining(state, title, words, waits):
    step = step_of(CaseFactory(**{state: True}))
    assert (step.title, step.words, step.is_waiting) == (title, words, waits)
    assert step.url
    assert step.button


def test_accepted_firm_starts_its_diagnostic(accepted):
    step = step_of(accepted)
    assert step.title == "Find out where you stand"
    assert step.url == f"/cases/{accepted.reference}/diagnostic/"


@pytest.mark.parametrize(
    ("state", "title", "turn"),
    [
        ({}, "Finish your diagnostic", Turn.FIRM),
        ({"submitted": True}, "Your adviser is going through your diagnostic", Turn.ADVISER),
        ({"returned": True}, "Answer your adviser’s question", Turn.FIRM),
        ({"final": True}, "Your adviser is preparing your action plan", Turn.ADVISER),
    ],
)
def test_diagnostic(accepted, state, title, turn):
    AssessmentFactory(case=accepted, **state)
    step = step_of(accepted)
    assert (step.title, step.turn) == (title, turn)


def test_diagnostic_with_the_adviser_has_a_promise_only_where_the_programme_made_one(accepted):
    AssessmentFactory(case=accepted, submitted=True)
    assert step_of(accepted).promise == date(2026, 11, 25)
    accepted.programme.promise_days = {}
    accepted.programme.save()
    assert step_of(accepted).promise is None


def test_plan_is_agreed_first_by_the_adviser_then_by_the_firm(accepted):
    assessment = AssessmentFactory(case=accepted, final=True)
    agree_plan(plan=assessment.plan, for_firm=False, by=assessment.finalised_by, at=WRITTEN)
    assert step_of(accepted).title == "Agree your action plan"
    agree_plan(plan=assessment.plan, for_firm=True, by=accepted.created_by, at=WRITTEN)
    assert step_of(accepted).title == "You are up to date"


def test_open_call_invites_to_ask_for_money_once_the_plan_is_agreed(accepted):
    call = CallFactory(instrument__programme=accepted.programme)
    assessment = AssessmentFactory(case=accepted, final=True)
    for side in (False, True):
        agree_plan(plan=assessment.plan, for_firm=side, by=accepted.created_by, at=WRITTEN)
    step = step_of(accepted)
    assert step.title == "Ask for funding"
    assert step.url == f"/cases/{accepted.reference}/funding/start/"
    assert call.instrument.name in step.text
    again = step_of(accepted, at=STARTED + NEXT_ROUND_AFTER + timedelta(days=30))
    assert again.title == "Measure again"


def test_programme_without_diagnostic_goes_to_money_at_once():
    case = CaseFactory(accepted=True)
    CallFactory(instrument__programme=case.programme)
    assert step_of(case).title == "Ask for funding"


@pytest.mark.parametrize(
    ("state", "title", "turn"),
    [
        ({}, "Finish asking for funding", Turn.FIRM),
        ({"returned": True}, "Answer a question about your funding", Turn.FIRM),
        ({"submitted": True}, "We are looking at your funding application", Turn.ASSESSOR),
        ({"assessed": True}, "We are looking at your funding application", Turn.APPROVER),
        ({"approved": True}, "Accept your offer of £15,000", Turn.FIRM),
        ({"accepted": True}, "Carry out your project", Turn.FIRM),
    ],
)
def test_money(state, title, turn):
    application = GrantApplicationFactory(**state)
    step = step_of(application.case)
    assert (step.title, step.turn) == (title, turn)


def test_declined_application_is_told_with_its_reason():
    application = GrantApplicationFactory()
    submit(application)
    assess(application)
    funding.decline(application=application, reason="Too dear.", by=approver_of(application), at=WRITTEN)
    step = step_of(application.case)
    assert step.title == "Talk to your adviser about what else would help"
    assert step.words == "Too dear."


def test_an_offer_past_its_last_day_is_not_the_next_step():
    application = GrantApplicationFactory(approved=True)
    assert step_of(application.case, at=WRITTEN + timedelta(days=60)).title != "Accept your offer of £15,000"


def test_withdrawal_ends_every_step(accepted):
    AssessmentFactory(case=accepted)
    actions.withdraw(case=accepted, reason="No time.", by=accepted.created_by, at=WRITTEN)
    assert step_of(accepted).turn == Turn.NOBODY


def test_a_draft_names_the_moment_the_call_closes_where_the_programme_is(accepted):
    instrument = InstrumentFactory(programme=accepted.programme)
    call = CallFactory(instrument=instrument, closes_at=datetime(2027, 6, 30, 23, 30, tzinfo=UTC))
    GrantApplicationFactory(case=accepted, call=call)
    AssessmentFactory(case=accepted, submitted=True)
    assert step_of(accepted).by == "Send it by 1 July 2027 at 12:30am."


def test_of_a_closed_call_nothing_is_promised(accepted):
    instrument = InstrumentFactory(programme=accepted.programme)
    call = CallFactory(instrument=instrument, closes_at=WRITTEN + timedelta(days=1))
    GrantApplicationFactory(case=accepted, call=call)
    AssessmentFactory(case=accepted, submitted=True)
    step = step_of(accepted, at=WRITTEN + timedelta(days=2))
    assert step.title == "Finish asking for funding"
    assert step.by == ""


# --- Earlier answers, the firm's reading, contractors, looking back, measuring again --------------
def test_answers_of_the_first_look_wait_to_be_confirmed(accepted):
    assessment = AssessmentFactory(case=accepted)
    carried(assessment, "PE01", 2)
    assert step_of(accepted).text.startswith("1 answer from your first look is there.")
    carried(assessment, "PE02", 2)
    assert step_of(accepted).text.startswith("2 answers from your first look are there.")


def test_answers_of_the_last_round_wait_to_be_confirmed(accepted):
    first = AssessmentFactory(case=accepted, final=True)
    start(case=accepted, by=accepted.created_by, at=first.finalised_at + NEXT_ROUND_AFTER)
    step = step_of(accepted)
    assert step.title == "Finish your diagnostic"
    assert "answers from last time are there" in step.text


def test_the_firm_reads_both_views_and_then_waits(accepted):
    assessment = AssessmentFactory(case=accepted, submitted=True)
    adviser = AssignmentFactory(programme=accepted.programme, role=Role.ADVISER).user
    assessment.start_moderation(by=adviser, at=WRITTEN)
    assessment.show_to_firm(by=adviser, at=WRITTEN)
    step = step_of(accepted)
    assert (step.title, step.turn) == ("Read your adviser’s view", Turn.FIRM)
    Assessment.objects.filter(pk=assessment.pk).update(read_at=WRITTEN, read_by=accepted.created_by)
    step = step_of(accepted)
    assert (step.title, step.is_waiting) == ("Your adviser makes the result final", True)
    [story] = load([Case.objects.with_context().get(pk=accepted.pk)], user=adviser, at=WRITTEN)
    assert decisions(story, adviser)[0].title == "Make the diagnostic final"


def test_a_result_that_was_opened_again_says_why(accepted):
    assessment = AssessmentFactory(case=accepted, final=True)
    adviser = AssignmentFactory(programme=accepted.programme, role=Role.ADVISER).user
    assessment.reopen(by=adviser, at=WRITTEN, reason="A level was wrong.")
    step = step_of(accepted)
    assert (step.title, step.words) == ("Your adviser is looking at your result again", "A level was wrong.")
    [story] = load([Case.objects.with_context().get(pk=accepted.pk)], user=adviser, at=WRITTEN)
    assert decisions(story, adviser)[0].text == "It was opened again: A level was wrong."


def test_the_specialist_is_named(accepted):
    assessment = AssessmentFactory(case=accepted, submitted=True)
    contractor = ContractorFactory(programme=accepted.programme)
    allocation = contractors.accepted(assessment, contractor, accepted.created_by)
    step = step_of(accepted)
    assert step.title == "A specialist is going through your diagnostic"
    assert step.text.startswith(allocation.contractor.organisation.name)


def test_the_plan_is_looked_back_at_on_the_day_and_for_a_month(accepted):
    plan = AssessmentFactory(case=accepted, final=True).plan
    ActionPlan.objects.filter(pk=plan.pk).update(
        adviser_agreed_at=WRITTEN, adviser_agreed_by=accepted.created_by,
        firm_agreed_at=WRITTEN, firm_agreed_by=accepted.created_by,
    )  # fmt: skip
    due = WRITTEN.date() + timedelta(days=14)
    plan.reminders.create(kind="two_weeks", due_on=due)
    assert step_of(accepted, at=WRITTEN + timedelta(days=13)).title != "Say how your plan is going"
    step = step_of(accepted, at=WRITTEN + timedelta(days=14))
    assert (step.title, step.turn) == ("Say how your plan is going", Turn.FIRM)
    assert step_of(accepted, at=WRITTEN + timedelta(days=45)).title != "Say how your plan is going"
    adviser = AssignmentFactory(programme=accepted.programme, role=Role.ADVISER).user
    [story] = load([Case.objects.with_context().get(pk=accepted.pk)], user=adviser, at=WRITTEN + timedelta(days=45))
    assert "Look back at the plan with the firm" in [each.title for each in decisions(story, adviser)]


def test_measuring_again_tells_when_we_asked(accepted):
    first = AssessmentFactory(case=accepted, final=True)
    ActionPlan.objects.filter(assessment=first).update(
        adviser_agreed_at=WRITTEN, adviser_agreed_by=accepted.created_by,
        firm_agreed_at=WRITTEN, firm_agreed_by=accepted.created_by,
    )  # fmt: skip
    day = datetime(2027, 11, 5, 9, tzinfo=UTC)
    RoundInvitation.objects.create(case=accepted, round="T1", due_on=day.date(), sent_at=day)
    step = step_of(accepted, at=day)
    assert (step.title, step.by) == ("Measure again", "We asked you on 5 November 2027.")


class TestOutline:
    """Between the plan and the application, where a call asks for one."""

    def test_asking_for_money_says_that_one_comes_first(self):
        case = CaseFactory(accepted=True)
        CallFactory(instrument__programme=case.programme, needs_outline=True)
        assert "A short outline comes first" in step_of(case).text

    @pytest.mark.parametrize(
        ("state", "title", "turn"),
        [
            ({}, "Finish your outline", Turn.FIRM),
            ({"sent": True}, "Two advisers are reading your outline", Turn.ADVISER),
            ({"ready": True}, "Apply for funding", Turn.FIRM),
        ],
    )
    def test_each_state_has_its_step(self, state, title, turn):
        outline = OutlineFactory(**state)
        step = step_of(outline.case)
        assert (step.title, step.turn, step.url) == (title, turn, outline.get_absolute_url())

    def test_not_ready_yet_goes_back_to_the_firm(self):
        outline = OutlineFactory(sent=True)
        judge(outline, "BUSINESS")
        judge(outline, "TECHNICAL", is_ready=False)
        step = step_of(outline.case)
        assert (step.title, step.button) == ("Change your outline", "Read what they say")

    def test_one_that_carries_an_application_or_whose_call_has_closed_is_no_step(self):
        outline = OutlineFactory(ready=True)
        assert step_of(outline.case, at=outline.call.closes_at).title == "You are up to date"
        GrantApplicationFactory(case=outline.case, call=outline.call, outline=outline)
        assert step_of(outline.case).title == "Finish asking for funding"

    def test_two_advisers_are_asked_one_after_the_other(self):
        outline = OutlineFactory(sent=True)
        adviser = AssignmentFactory(programme=outline.case.programme, role=Role.ADVISER).user

        def first():
            [story] = load([Case.objects.with_context().get(pk=outline.case_id)], user=adviser, at=WRITTEN)
            return decisions(story, adviser)[0]

        assert first().title == "Give an opinion on the outline"
        judge(outline, "BUSINESS", by=adviser)
        assert first().title == "The outline waits for a second opinion"
        judge(outline, "TECHNICAL")
        assert first().title == "With the firm"


def test_a_claim_is_finished_and_its_question_answered():
    award = running_award(GrantApplicationFactory(accepted=True))
    case = award.application.case
    claim = a_claim(award)
    step = step_of(case)
    assert (step.title, step.url) == ("Finish your claim", claim.get_absolute_url())
    assert step.text == "For what you spent from 1 March 2026 to 31 August 2026."
    add_line(claim)
    show_milestones(claim)
    send(claim)
    assert step_of(case).title != "Finish your claim"
    claim_checks.ask_about_claim(claim=claim, question="Which invoice?", by=staff_of(award, Role.ADVISER), at=WRITTEN)
    step = step_of(case)
    assert (step.title, step.words) == ("Answer a question about your claim", "Which invoice?")
    assert step.url == claim.get_absolute_url()


def waits(case, role):
    user = AssignmentFactory(programme=case.programme, role=role).user
    [story] = load([Case.objects.with_context().get(pk=case.pk)], user=user, at=WRITTEN)
    return [(each.title, each.link.url) for each in decisions(story, user) if each.link]


def test_staff_see_which_step_of_a_claim_is_theirs():
    award = running_award(GrantApplicationFactory(accepted=True))
    case, claim = award.application.case, sent_claim(award)
    page = reverse("funding:staff-claim", args=[case.reference, award.application.number, claim.number])
    assert waits(case, Role.ADVISER) == [("Check the claim", page)]
    check(claim)
    assert waits(case, Role.APPROVER) == [("Approve the claim", page)]
    approve(claim)
    assert waits(case, Role.FINANCE) == [("Pay the claim", page)]


def test_staff_see_what_else_a_grant_waits_for():
    award = running_award(GrantApplicationFactory(accepted=True))
    application, by = award.application, award.application.created_by
    award.conditions.create(position=99, text="A letter", shown_at=WRITTEN, shown_by=by)
    change = award.variations.create(
        number=1, kind="SCOPE", asked={"text": "Other"}, before={}, reason="Why", asked_at=WRITTEN, asked_by=by,
        updated_at=WRITTEN,
    )  # fmt: skip
    application.comments.create(section="project", text="?", for_adviser=True, written_at=WRITTEN, written_by=by)
    titles = [title for title, _url in waits(application.case, Role.ADVISER)]
    assert titles == [
        "Answer a comment on the grant application",
        "Look at a condition of the grant",
        "Look at a change of the project",
    ]
    funding.recommend_change(variation=change, note="Fine", by=staff_of(award, Role.ADVISER), at=WRITTEN)
    assert "Decide on a change of the project" in dict(waits(application.case, Role.APPROVER))


def test_an_appeal_leads_to_its_answer(signed_in):
    application = GrantApplicationFactory(assessed=True)
    case = application.case
    approver = approver_of(application)
    funding.decline(application=application, reason="No gain", by=approver, at=WRITTEN)
    funding.appeal(application=application, text="There is one.", by=application.created_by, at=WRITTEN)
    url = reverse("funding:answer-appeal", args=[case.reference, application.number])
    assert ("Answer the appeal", url) in waits(case, Role.APPROVER)
    detail = reverse("funding:detail", args=[case.reference, application.number])
    assert url in signed_in(approver).get(detail).text
    adviser = AssignmentFactory(programme=case.programme, role=Role.ADVISER).user
    text = signed_in(adviser).get(detail).text
    assert url not in text
    assert reverse("funding:staff-comments", args=[case.reference, application.number]) in text

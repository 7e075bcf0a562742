from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, InternalError, transaction
from django.utils import translation

from diagnostics import actions
from diagnostics.actions import AnswerChanged, Reply, Verdict
from diagnostics.models import ActionPlan, Answer, Assessment, PlanAction, Result
from documents.models import Document
from notifications.models import Message
from organisations.models import SizeDeclaration
from portal.models import Event
from portal.workflow import IllegalMove
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import STARTED, UNREAD, AssessmentFactory, level, moderate, questionnaire
from tests.factories.programmes import CallFactory, InstrumentFactory

pytestmark = pytest.mark.django_db


def save(assessment, code, reply, row_version=0, by=None):
    return actions.save_answer(
        assessment=assessment, code=code, reply=reply, row_version=row_version,
        by=by or assessment.case.created_by, at=STARTED,
    )  # fmt: skip


# --- Starting -----------------------------------------------------------------------------------
def test_start_knows_what_the_case_knows(case, now):
    questionnaire()
    SizeDeclaration.objects.create(
        organisation=case.organisation, employees="32.50", turnover="3200000", currency="GBP", declared_at=now
    )
    assessment = actions.start(case=case, by=case.created_by, at=now)
    assert assessment.facts == {"employees": "32.5", "region": None, "turnover_band": "2m_10m"}
    assert assessment.round == "T0"
    assert actions.start(case=case, by=case.created_by, at=now) == assessment


@pytest.mark.parametrize(
    ("turnover", "band"), [(None, None), (499999, "under_500k"), (500000, "500k_2m"), (44000000, "over_44m")]
)
def test_turnover_band(case, now, turnover, band):
    SizeDeclaration.objects.create(organisation=case.organisation, turnover=turnover, currency="GBP", declared_at=now)
    assert actions.known_facts(case)["turnover_band"] == band


def test_the_plans_title_is_in_the_firms_language(case, adviser):
    case.created_by.language = "cy"
    case.created_by.save(update_fields=["language"])
    assessment = AssessmentFactory(case=case, submitted=True)
    with translation.override("cy"):
        title = translation.gettext("Action plan for %(firm)s") % {"firm": case.organisation.name}
    actions.finalise(assessment=assessment, by=adviser, at=STARTED, reason=UNREAD)
    assert Document.objects.get().title == title


def test_start_needs_an_accepted_case_and_a_questionnaire(programme, case, now):
    with pytest.raises(actions.UnableToStart, match="not ready"):
        actions.start(case=case, by=case.created_by, at=now)
    other = CaseFactory(programme=programme, submitted=True)
    with pytest.raises(actions.UnableToStart, match="accepted"):
        actions.start(case=other, by=other.created_by, at=now)


def test_next_round_opens_after_nine_months(final):
    case, owner = final.case, final.case.created_by
    with pytest.raises(actions.UnableToStart, match="not due"):
        actions.start(case=case, by=owner, at=STARTED + timedelta(days=269))
    second = actions.start(case=case, by=owner, at=STARTED + timedelta(days=270))
    assert second.round == "T1"
    assert second.facts["sector"] == "fabricated_metal"


def test_no_round_after_the_last(case, now):
    last = AssessmentFactory(case=case, round=Assessment.Round.T2, final=True)
    assert actions.next_round(last.case, STARTED + timedelta(days=2000)) is None


# --- Answers ------------------------------------------------------------------------------------
def test_answer_is_saved_and_changed(draft):
    first = save(draft, "PE01", level(2, "Two printers."))
    assert (first.row_version, first.value, first.level) == (1, 2, 2)
    second = save(draft, "PE01", Reply("dont_know", None, ""), row_version=1)
    assert (second.pk, second.row_version, second.value) == (first.pk, 2, "dont_know")
    assert Answer.objects.get().note == ""


def test_the_same_words_sent_twice_are_saved_once(draft):
    save(draft, "PE01", level(2))
    assert save(draft, "PE01", level(2), row_version=0).row_version == 1


def test_a_colleagues_answer_is_never_overwritten_unseen(draft):
    save(draft, "PE01", level(2, "Two printers."))
    with pytest.raises(AnswerChanged) as caught:
        save(draft, "PE01", level(3, "Three printers."), row_version=0)
    assert [answer.note for answer in caught.value.answers] == ["Two printers."]
    assert Answer.objects.get().self_level == 2


def test_answers_are_closed_while_the_adviser_has_them(submitted):
    with pytest.raises(actions.UnableToAnswer):
        save(submitted, "PE01", level(4), row_version=1)
    with pytest.raises(actions.UnableToAnswer):
        actions.save_facts(assessment=submitted, facts={}, by=submitted.case.created_by, at=STARTED)


def test_answers_are_closed_when_the_case_has_ended(draft, now):
    draft.case.withdraw(by=draft.case.created_by, at=now, reason="No time.")
    with pytest.raises(actions.UnableToAnswer):
        save(draft, "PE01", level(4))


def test_a_new_answer_after_a_return_clears_the_advisers_view(submitted, adviser):
    moderate(submitted, {"MS06": (1, "No test of a backup.")}, by=adviser)
    submitted.refresh_from_db()
    actions.return_to_firm(assessment=submitted, reason="Look again.", by=adviser, at=STARTED)
    changed = save(submitted, "MS06", level(3, "We test them now."), row_version=2)
    assert (changed.level, changed.moderated_level, changed.moderated_by) == (3, None, None)
    assert Message.objects.filter(kind="diagnostic_returned", reference=submitted.case.reference).count() == 1


def test_facts_are_added(draft):
    actions.save_facts(assessment=draft, facts={"sector": "machinery"}, by=draft.case.created_by, at=STARTED)
    draft.refresh_from_db()
    assert (draft.facts["sector"], draft.facts["employees"]) == ("machinery", "32")


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "answered"},
        {"state": "dont_know", "self_level": 1},
        {"state": "answered", "self_level": 5},
        {"state": "not_applicable"},
        {"state": "answered", "self_level": 1, "moderated_level": 2},
        {"state": "unanswered", "moderated_level": 2},
        {"state": "answered", "self_level": 1, "moderated_level": 9, "moderation_reason": "x"},
        {"state": "answered", "self_level": 1, "answered_at": STARTED},
    ],
)
def test_database_refuses(draft, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.create(assessment=draft, question_code="PE01", **fields)


# --- Sending ------------------------------------------------------------------------------------
def test_send(case):
    assessment = AssessmentFactory(case=case, answered=True)
    actions.send(assessment=assessment, by=case.created_by, at=STARTED)
    assert (assessment.status, assessment.turn, assessment.public_label) == (
        "SUBMITTED", "ADVISER", "With your adviser",
    )  # fmt: skip
    assert Message.objects.get(kind="diagnostic_submitted").reference == case.reference
    assert Event.objects.for_reference(case.reference).filter(kind="assessment.submitted").count() == 1
    with pytest.raises(IllegalMove):
        actions.send(assessment=assessment, by=case.created_by, at=STARTED)


def test_send_names_what_is_missing(case):
    assessment = AssessmentFactory(case=case, answered=True)
    assessment.answers.filter(question_code__in=["PE01", "BR01"]).delete()
    with pytest.raises(actions.UnableToSend) as caught:
        actions.send(assessment=assessment, by=case.created_by, at=STARTED)
    assert caught.value.missing == ["PE01", "BR01"]
    assessment.facts["goals"] = []
    with pytest.raises(actions.UnableToSend) as caught:
        actions.send(assessment=assessment, by=case.created_by, at=STARTED)
    assert caught.value.missing == ["goals"]


# --- Moderation ---------------------------------------------------------------------------------
def test_moderation_keeps_both_levels(submitted, adviser):
    moderate(submitted, {"PE01": (1, ""), "MS06": (1, "No test of a backup.")}, by=adviser)
    submitted.refresh_from_db()
    answer = submitted.answers.get(question_code="MS06")
    assert submitted.status == "IN_MODERATION"
    assert (answer.self_level, answer.moderated_level, answer.level, answer.was_changed) == (2, 1, 1, True)
    assert not submitted.answers.get(question_code="PE01").was_changed


def test_adviser_may_fill_a_gap(submitted, adviser):
    submitted.answers.filter(question_code="PE01").delete()
    moderate(submitted, {"PE01": (0, "We looked together.")}, by=adviser)
    answer = submitted.answers.get(question_code="PE01")
    assert (answer.state, answer.value, answer.level) == ("unanswered", None, 0)


def test_moderating_twice_writes_once_and_a_stale_page_nothing(submitted, adviser):
    verdicts = {"PE01": Verdict(2, "Seen on site.", 1), "PE02": Verdict(1, "", 1)}
    for _ in range(2):
        actions.moderate(assessment=submitted, verdicts=verdicts, by=adviser, at=STARTED)
    assert submitted.answers.get(question_code="PE01").row_version == 2
    stale = {"PE01": Verdict(3, "Seen it too.", 1), "PE03": Verdict(0, "Nothing there.", 1)}
    with pytest.raises(AnswerChanged) as caught:
        actions.moderate(assessment=submitted, verdicts=stale, by=adviser, at=STARTED)
    assert [answer.question_code for answer in caught.value.answers] == ["PE01"]
    assert submitted.answers.get(question_code="PE03").moderated_level is None


def test_moderation_only_while_with_the_adviser(draft, adviser):
    with pytest.raises(actions.UnableToModerate):
        moderate(draft, {"PE01": (1, "x")}, by=adviser)


# --- The result and the plan --------------------------------------------------------------------
def test_finalise_freezes_result_and_owes_the_plan(submitted, adviser):
    moderate(submitted, {"MS06": (1, "No test of a backup.")}, by=adviser)
    result = actions.finalise(assessment=submitted, by=adviser, at=STARTED, reason=UNREAD)
    assert result.snapshot["result"]["overall"]["score"] == "28.4"
    assert result.snapshot["own"]["overall"]["score"] == "29.3"
    assert result.snapshot["moderation"]["changed"] == ["MS06"]
    assert result.is_reproducible()
    plan = ActionPlan.objects.get()
    assert plan.actions.filter(horizon="now").count() == 4
    assert (plan.version, plan.document.state, plan.is_outdated) == (1, "QUEUED", False)
    assert Message.objects.filter(kind="diagnostic_final").count() == 1


def test_finalising_twice_gives_the_same_result(submitted, adviser):
    first = actions.finalise(assessment=submitted, by=adviser, at=STARTED, reason=UNREAD)
    assert actions.finalise(assessment=submitted, by=adviser, at=STARTED, reason=UNREAD) == first
    assert Document.objects.count() == 1


def test_finalise_rolls_back_whole(draft, adviser):
    with pytest.raises(actions.UnableToFinalise):
        actions.finalise(assessment=draft, by=adviser, at=STARTED, reason=UNREAD)
    answered = AssessmentFactory(answered=True)
    with pytest.raises(IllegalMove):
        actions.finalise(assessment=answered, by=adviser, at=STARTED, reason=UNREAD)
    assert not Result.objects.exists()
    assert not Document.objects.exists()


def test_an_ended_case_has_no_result(submitted, adviser, now):
    assert Assessment.objects.with_adviser().count() == 1
    submitted.case.withdraw(by=submitted.case.created_by, at=now, reason="No time.")
    with pytest.raises(actions.UnableToFinalise, match="has ended"):
        actions.finalise(assessment=submitted, by=adviser, at=STARTED, reason=UNREAD)
    assert not Assessment.objects.with_adviser().exists()


def test_a_result_cannot_be_changed(final):
    with pytest.raises(InternalError), transaction.atomic():
        Result.objects.update(method_version="9")


def test_second_click_gives_the_same_document(final):
    plan, owner = final.plan, final.case.created_by
    first = actions.request_plan(plan=plan, by=owner, at=STARTED)
    assert actions.request_plan(plan=plan, by=owner, at=STARTED) == first == plan.document


def test_a_changed_plan_gets_a_new_document_once_the_old_is_ready(final):
    plan, owner, later = final.plan, final.case.created_by, STARTED + timedelta(hours=1)
    action = plan.actions.get(rank=1)
    actions.change_action(action=action, changes={"owner": "Production manager"}, by=owner, at=later)
    assert actions.request_plan(plan=plan, by=owner, at=later) == plan.document
    Document.objects.update(state=Document.State.READY)
    new = actions.request_plan(plan=plan, by=owner, at=later)
    plan.refresh_from_db()
    assert (plan.version, plan.document, new.context["version"]) == (2, new, 2)
    assert new.context["now"][0]["owner"] == "Production manager"
    Document.objects.update(state=Document.State.READY)
    assert actions.request_plan(plan=plan, by=owner, at=later) == new


def test_a_failed_document_is_asked_for_again(final):
    Document.objects.update(state=Document.State.FAILED)
    assert actions.request_plan(plan=final.plan, by=final.case.created_by, at=STARTED) != final.plan.document


def test_both_sides_agree(final, adviser):
    plan, owner = final.plan, final.case.created_by
    for _ in range(2):
        actions.agree_plan(plan=plan, for_firm=True, by=owner, at=STARTED)
    actions.agree_plan(plan=plan, for_firm=False, by=adviser, at=STARTED)
    plan.refresh_from_db()
    assert plan.is_agreed
    assert Event.objects.filter(kind="plan.agreed_by_firm").count() == 1


def test_other_figures_ask_both_sides_again(final, adviser):
    plan, owner = final.plan, final.case.created_by
    actions.agree_plan(plan=plan, for_firm=True, by=owner, at=STARTED)
    actions.agree_plan(plan=plan, for_firm=False, by=adviser, at=STARTED)
    action = plan.actions.get(rank=1)
    actions.change_action(action=action, changes={"owner": "Production manager"}, by=owner, at=STARTED)
    plan.refresh_from_db()
    assert plan.is_agreed, "who leads is the firm's own affair"
    actions.change_action(action=action, changes={"cost": Decimal(48000)}, by=adviser, at=STARTED)
    plan.refresh_from_db()
    assert (plan.firm_agreed_at, plan.firm_agreed_by, plan.adviser_agreed_at) == (None, None, None)


def test_a_moved_action_has_its_reason(final):
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanAction.objects.filter(rank=1).update(horizon="later")
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanAction.objects.filter(rank=1).update(cost=-1)


def test_money_only_from_agreed_figures(final):
    action = final.plan.actions.get(rank=1)
    assert action.money is None
    action.cost, action.yearly_benefit = 48000, 26000
    assert (action.money.net_cost, str(action.money.payback_months)) == (48000, "22.2")


def test_support_is_matched_to_actions(case, submitted, adviser):
    grant = InstrumentFactory(programme=case.programme, name="Match funding", kind="grant")
    CallFactory(instrument=grant)
    InstrumentFactory(programme=case.programme, name="Student project", kind="placement")
    InstrumentFactory(programme=case.programme, name="Expert days", kind="advice")
    actions.finalise(assessment=submitted, by=adviser, at=STARTED, reason=UNREAD)
    support = {item["name"]: item for item in Document.objects.get().context["support"]}
    assert support["Expert days"]["is_open"]
    if "Match funding" in support:
        assert support["Match funding"]["terms"] == "50% of eligible costs, at most £20,000"


def test_scope(final, adviser, outsider):
    for model in (Assessment, Answer, Result, ActionPlan, PlanAction):
        assert model.objects.visible_to(adviser).exists(), model
        assert model.objects.visible_to(final.case.created_by).exists(), model
        assert not model.objects.visible_to(outsider).exists(), model


def test_rows_have_names(final):
    plan = final.plan
    assert str(final) == f"{final.case.reference} T0"
    assert str(plan) == f"Plan of {final}"
    assert str(final.result) == f"Result of {final}"
    assert str(final.answers.get(question_code="PE01")) == f"{final.pk} PE01"
    assert str(plan.actions.get(rank=1)).startswith("MS03-A1 ")
    assert final.get_absolute_url() == f"/cases/{final.case.reference}/diagnostic/"


def test_what_is_in_the_plan(final):
    plan = final.plan
    assert plan.actions.in_plan().count() == 18
    plan.actions.filter(rank=1).update(progress="dropped")
    assert plan.actions.in_plan().count() == 17


def test_nobody_sees_nothing():
    assert not Assessment.objects.visible_to(AnonymousUser()).exists()

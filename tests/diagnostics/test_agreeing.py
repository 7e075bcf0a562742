"""Firm and adviser work on the plan, agree it, follow it; and what a second result does to it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from applications.models import Case
from diagnostics import actions, reminders, tasks
from diagnostics.actions import plans
from diagnostics.actions.agreeing import PlanChanged
from diagnostics.models import ActionPlan, Consent, PlanAction, PlanReminder, PlanVersion, Result
from notifications.models import Message
from notifications.rendering import render
from portal.models import Event
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import STARTED, AssessmentFactory

pytestmark = pytest.mark.django_db
LATER = STARTED + timedelta(days=3)


@pytest.fixture
def plan(programme):
    case = CaseFactory(programme=programme, accepted=True, agrees_to_contact=True)
    return AssessmentFactory(case=case, final=True).plan


@pytest.fixture
def owner(plan):
    return plan.assessment.case.created_by


@pytest.fixture
def agreed(plan, owner, adviser):
    for side, by in ((True, owner), (False, adviser)):
        actions.agree_plan(plan=plan, for_firm=side, by=by, at=STARTED, revision=plan.revision)
    plan.refresh_from_db()
    return plan


def fresh(plan):
    return ActionPlan.objects.get(pk=plan.pk)


# --- Changing actions ---------------------------------------------------------------------------
def test_several_actions_change_together_and_once(plan, owner):
    first, second = plan.actions.order_by("rank")[:2]
    changes = {first.pk: {"owner": "Ann"}, second.pk: {"owner": "Production manager"}}
    assert actions.change_actions(plan=plan, changes=changes, by=owner, at=LATER) == 2
    assert actions.change_actions(plan=plan, changes=changes, by=owner, at=LATER) == 0
    assert Event.objects.filter(kind="plan.action_changed").count() == 1
    assert fresh(plan).revision == plan.revision


def test_two_people_change_one_action(plan, owner, adviser):
    row = plan.actions.get(rank=1)
    seen = row.stamp
    actions.change_action(action=row, changes={"owner": "Ann"}, by=adviser, at=LATER, seen=seen)
    with pytest.raises(actions.ActionChanged) as stale:
        actions.change_action(action=row, changes={"owner": "Bea"}, by=owner, at=LATER, seen=seen)
    assert [each.owner for each in stale.value.rows] == ["Ann"]
    assert plan.actions.get(rank=1).owner == "Ann"
    actions.change_action(action=row, changes={"owner": "Ann"}, by=owner, at=LATER, seen=seen)


def test_the_day_an_action_ended_is_kept(plan, owner):
    row = plan.actions.get(rank=1)
    actions.change_action(action=row, changes={"progress": "done"}, by=owner, at=LATER)
    assert row.finished_on == date(2026, 11, 7)
    actions.change_action(action=row, changes={"progress": "doing"}, by=owner, at=LATER)
    assert row.finished_on is None
    told = {"progress": "dropped", "progress_note": "Too dear.", "finished_on": date(2026, 11, 1)}
    actions.change_action(action=row, changes=told, by=owner, at=LATER)
    assert (row.finished_on, row.is_dropped) == (date(2026, 11, 1), True)


def test_an_ended_case_leaves_its_plan_as_it_is(plan, owner):
    plan.assessment.case.withdraw(by=owner, at=LATER, reason="No time.")
    row = plan.actions.get(rank=1)
    with pytest.raises(actions.UnableToChangePlan, match="has ended"):
        actions.change_action(action=row, changes={"owner": "Ann"}, by=owner, at=LATER)
    with pytest.raises(actions.UnableToChangePlan, match="has ended"):
        actions.agree_plan(plan=plan, for_firm=True, by=owner, at=LATER)


# --- Own actions --------------------------------------------------------------------------------
OWN = {"title": "Label every tool", "description": "Shadow boards at both presses. Start on Monday.",
       "horizon": "now", "cost_band": 0}  # fmt: skip


def test_own_actions_come_after_the_others(plan, owner):
    last = plan.actions.order_by("-rank").first().rank
    first = actions.add_action(plan=plan, fields=OWN, by=owner, at=LATER)
    second = actions.add_action(plan=plan, fields={**OWN, "title": "Tidy the store"}, by=owner, at=LATER)
    assert [(row.action_code, row.rank) for row in (first, second)] == [("OWN-1", last + 1), ("OWN-2", last + 2)]
    assert fresh(plan).revision == plan.revision + 2
    actions.change_action(action=first, changes={"horizon": "later"}, by=owner, at=LATER)
    assert not first.was_moved, "nobody but people has placed it"


def test_own_actions_are_removed_until_the_plan_is_agreed(plan, owner, adviser):
    row = actions.add_action(plan=plan, fields=OWN, by=owner, at=LATER)
    with pytest.raises(actions.UnableToChangePlan, match="Only your own"):
        actions.remove_action(action=plan.actions.get(rank=1), by=owner, at=LATER)
    for _ in range(2):
        actions.remove_action(action=row, by=owner, at=LATER)
    assert not PlanAction.objects.filter(is_own=True).exists()
    with pytest.raises(actions.UnableToChangePlan, match="removed from the plan"):
        actions.change_actions(plan=plan, changes={row.pk: {"owner": "Ann"}}, by=owner, at=LATER)
    row = actions.add_action(plan=plan, fields=OWN, by=owner, at=LATER)
    for side, by in ((True, owner), (False, adviser)):
        actions.agree_plan(plan=plan, for_firm=side, by=by, at=LATER)
    with pytest.raises(actions.UnableToChangePlan, match="is agreed"):
        actions.remove_action(action=row, by=owner, at=LATER)


# --- Agreement ----------------------------------------------------------------------------------
def test_both_agree_to_the_revision_they_read(plan, owner, adviser):
    read = plan.revision
    actions.change_action(action=plan.actions.get(rank=1), changes={"cost": Decimal(48000)}, by=adviser, at=LATER)
    with pytest.raises(PlanChanged, match="Read it again"):
        actions.agree_plan(plan=plan, for_firm=True, by=owner, at=LATER, revision=read)
    actions.agree_plan(plan=plan, for_firm=False, by=adviser, at=LATER, revision=read + 1)
    assert Message.objects.filter(kind="plan_to_agree").count() == 1
    assert fresh(plan).next_review_on is None
    for _ in range(2):
        actions.agree_plan(plan=plan, for_firm=True, by=owner, at=LATER, revision=read + 1)
    assert Message.objects.filter(kind="plan_agreed").count() == 1
    assert fresh(plan).next_review_on == date(2026, 11, 21)
    days = dict(plan.reminders.values_list("kind", "due_on"))
    assert days == {
        "two_weeks": date(2026, 11, 21), "three_months": date(2027, 2, 7), "twelve_months": date(2027, 11, 7),
    }  # fmt: skip


def test_a_diagnostic_that_is_open_again_has_no_plan_to_agree(plan, owner, adviser):
    actions.reopen(assessment=plan.assessment, reason="MS06 was misread.", by=adviser, at=LATER)
    with pytest.raises(actions.UnableToAgree, match="looking at the result again"):
        actions.agree_plan(plan=plan, for_firm=True, by=owner, at=LATER)


def test_what_is_agreed_changes_only_with_both(agreed, owner, adviser):
    row = agreed.actions.get(rank=1)
    actions.change_actions(
        plan=agreed, changes={row.pk: {"progress": "dropped", "progress_note": "Sold."}}, by=owner, at=LATER,
        is_report=True,
    )  # fmt: skip
    assert fresh(agreed).is_agreed, "a report is no change of the plan"
    assert Event.objects.filter(kind="plan.followed").count() == 1
    actions.change_action(action=row, changes={"progress": "not_started"}, by=adviser, at=LATER)
    assert not fresh(agreed).is_agreed
    promised = list(agreed.reminders.values_list("pk", "due_on"))
    for side, by in ((True, owner), (False, adviser)):
        actions.agree_plan(plan=agreed, for_firm=side, by=by, at=LATER)
    assert list(agreed.reminders.values_list("pk", "due_on")) == promised, "days that were promised stay"


# --- A second result ----------------------------------------------------------------------------
def again(plan, change):
    """The diagnostic made final with other actions: `change` edits the list of the snapshot."""
    old = plan.assessment.result
    snapshot = {**old.snapshot, "result": {**old.snapshot["result"]}}
    snapshot["result"]["actions"] = change([dict(item) for item in old.snapshot["result"]["actions"]])
    result = Result.objects.create(
        assessment=plan.assessment, number=2, method_version="1", snapshot=snapshot, created_at=LATER
    )
    plans.renew_plan(plan, result, LATER)
    return fresh(plan)


def test_new_candidates_come_in_and_vanished_ones_are_parked(plan, owner):
    first, second = plan.actions.order_by("rank")[:2]
    actions.change_action(action=second, changes={"progress": "doing"}, by=owner, at=LATER)
    own = actions.add_action(plan=plan, fields=OWN, by=owner, at=LATER)
    new = {"code": "PE01-A2", "question": "PE01", "title": "Set up a managed printing capability", "rank": 1,
           "horizon": "later", "cost_band": 2, "pinned": False, "quick_win": False, "waiting_for": []}  # fmt: skip
    gone = {first.action_code, second.action_code}
    renewed = again(plan, lambda items: [new, *(item for item in items if item["code"] not in gone)])
    rows = {row.action_code: row for row in renewed.actions.all()}
    assert rows["PE01-A2"].horizon == "later"
    assert (rows[first.action_code].horizon, rows[first.action_code].reason != "") == ("parked", True)
    assert rows[second.action_code].horizon == second.horizon, "work on it has begun"
    assert rows[own.action_code].horizon == "now"
    assert len({row.rank for row in rows.values() if row.action_code in {*gone, own.action_code}}) == 3
    assert renewed.version == 2
    assert PlanVersion.objects.filter(plan=plan).count() == 2


def test_places_people_chose_stay_and_others_follow_the_method(agreed, owner, adviser, plan):
    first, second = agreed.actions.order_by("rank")[:2]
    changes = {"horizon": "later", "reason": "The hall is rebuilt in spring.", "cost": Decimal(9000)}
    actions.change_action(action=first, changes=changes, by=adviser, at=LATER)

    def shift(items):
        return [{**item, "horizon": "next"} if item["code"] == second.action_code else item for item in items]

    renewed = again(agreed, shift)
    moved, followed = renewed.actions.get(pk=first.pk), renewed.actions.get(pk=second.pk)
    assert (moved.horizon, moved.reason, moved.cost) == ("later", "The hall is rebuilt in spring.", Decimal(9000))
    assert (followed.horizon, followed.reason) == ("next", "")
    assert renewed.firm_agreed_at is None


def test_an_agreed_place_stays_with_a_reason(agreed):
    second = agreed.actions.order_by("rank")[1]
    renewed = again(agreed, lambda items: [{**item, "horizon": "later"} for item in items])
    row = renewed.actions.get(pk=second.pk)
    assert (row.horizon, row.computed_horizon) == (second.horizon, "later")
    assert "made final again" in row.reason


# --- Looking back -------------------------------------------------------------------------------
def test_reminders_are_sent_once_on_their_day(agreed):
    early = datetime(2026, 11, 17, 12, tzinfo=STARTED.tzinfo)
    assert reminders.send_due(at=early) == 0
    due = datetime(2026, 11, 18, 0, 30, tzinfo=STARTED.tzinfo)
    assert [reminders.send_due(at=due) for _ in range(3)] == [1, 0, 0]
    message = Message.objects.get(kind="plan_reminder")
    assert message.context["button"]["url"].endswith("/plan/follow-up/")
    assert agreed.reminders.filter(sent_at=None).count() == 2


def test_a_reminder_is_due_on_the_programmes_own_day(agreed):
    """Half past eleven at night in London is the next day nowhere but on a clock further east."""
    programme = agreed.assessment.case.programme
    programme.time_zone = "America/New_York"
    programme.save()
    assert reminders.send_due(at=datetime(2026, 11, 18, 2, tzinfo=STARTED.tzinfo)) == 0
    assert reminders.send_due(at=datetime(2026, 11, 18, 6, tzinfo=STARTED.tzinfo)) == 1


def test_a_worker_that_dies_sends_it_in_the_next_run(agreed, monkeypatch):
    def die(*args, **kwargs):
        raise SystemExit

    at = STARTED + timedelta(days=20)
    with monkeypatch.context() as patch:
        patch.setattr(reminders, "tell_firm", die)
        with pytest.raises(SystemExit):
            reminders.send_due(at=at)
    assert Message.objects.filter(kind="plan_reminder").count() == 0
    assert reminders.send_due(at=at) == 1


def test_whoever_wants_no_questions_gets_none(agreed, owner):
    Consent.objects.create(
        case=agreed.assessment.case, purpose=Consent.Purpose.CONTACT, is_given=False, given_at=LATER, given_by=owner
    )
    assert reminders.send_due(at=STARTED + timedelta(days=20)) == 0
    assert not Message.objects.filter(kind="plan_reminder").exists()


def test_an_ended_case_is_not_asked(agreed):
    Case.objects.update(status=Case.Status.WITHDRAWN)
    assert reminders.send_due(at=STARTED + timedelta(days=400)) == 0


def test_the_task_sends_what_is_due(agreed, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: STARTED + timedelta(days=400))
    tasks.remind_plans()
    sent = Message.objects.filter(kind="plan_reminder").order_by("pk")
    assert {message.context["after"] for message in sent} == {"two_weeks", "three_months", "twelve_months"}
    assert len({render(message).text for message in sent}) == 3


def test_the_adviser_looks_back_with_the_firm(agreed, adviser, owner):
    first = agreed.reminders.get(kind="two_weeks")
    for note in ("All begun.", "Clicked twice."):
        reminders.mark_done(reminder=first, note=note, by=adviser, at=LATER)
    first.refresh_from_db()
    assert (first.note, first.done_by) == ("All begun.", adviser)
    assert fresh(agreed).next_review_on == date(2027, 2, 4)
    assert Event.objects.filter(kind="plan.reviewed").count() == 1
    agreed.assessment.case.withdraw(by=owner, at=LATER, reason="No time.")
    with pytest.raises(reminders.UnableToFollowUp):
        reminders.mark_done(reminder=agreed.reminders.get(kind="three_months"), note="", by=adviser, at=LATER)
    assert PlanReminder.objects.to_hold().count() == 0


# --- Figures ------------------------------------------------------------------------------------
def test_how_far_agreed_plans_are(plan, owner, adviser):
    assert PlanAction.objects.how_far() == {"all": 0, "begun": 0, "done": 0}
    first, second, third = plan.actions.order_by("rank")[:3]
    for side, by in ((True, owner), (False, adviser)):
        actions.agree_plan(plan=plan, for_firm=side, by=by, at=STARTED)
    states = {first.pk: "done", second.pk: "doing", third.pk: "dropped"}
    changes = {pk: {"progress": state} for pk, state in states.items()}
    actions.change_actions(plan=plan, changes=changes, by=owner, at=LATER, is_report=True)
    found = PlanAction.objects.how_far()
    assert (found["begun"], found["done"]) == (2, 1)
    assert found["all"] == plan.actions.exclude(horizon="parked").count()


def test_money_in_three_cases(plan):
    row = plan.actions.get(rank=1)
    assert row.outlook is None
    row.cost, row.yearly_benefit, row.grant, row.running_cost = map(Decimal, (48000, 26000, 20000, 3000))
    assert not row.outlook.has_range
    row.cost_high, row.benefit_low = Decimal(60000), Decimal(2000)
    found = row.outlook
    assert (found.low.pays_back, found.likely.payback_months) == (False, Decimal("14.6"))
    assert found.low.net_cost == Decimal(40000)
    assert found.high == found.likely, "no hopeful end was agreed"

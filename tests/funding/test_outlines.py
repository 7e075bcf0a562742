"""The outline between plan and application: written, sent, read by two advisers, carried on."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from accounts.permissions import Role
from applications import actions as applications
from funding import actions, outlining
from funding.models import BudgetLine, GrantApplication, Outline, OutlineOpinion
from funding.rules import cash
from notifications.models import Message
from portal.models import Event
from portal.workflow import IllegalMove, Turn
from tests.factories.accounts import AssignmentFactory, UserFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory, OutlineFactory, judge, send_outline
from tests.factories.programmes import CallFactory, InstrumentFactory, ProgrammeFactory
from tests.parallel import FEW, at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def accepted(programme):
    return CaseFactory(programme=programme, accepted=True)


@pytest.fixture
def call(programme):
    return CallFactory(instrument=InstrumentFactory(programme=programme), needs_outline=True)


def plan(**more):
    facts = {"costs": {"capital_equipment": Decimal(30000)}, "starts_on": WRITTEN.date() + timedelta(days=90)}
    facts |= {"ends_on": WRITTEN.date() + timedelta(days=200), "vat_percent": Decimal(20)}
    return cash.Plan(**facts | more)


def begin(case, call, **more):
    facts = {"plan_action": None, "key": uuid.uuid4(), "by": case.created_by, "at": WRITTEN} | more
    return actions.start_outline(case=case, call=call, **facts)


def apply(outline, **more):
    facts = {"plan_action": outline.plan_action, "key": uuid.uuid4(), "by": outline.created_by, "at": WRITTEN} | more
    return actions.start(case=outline.case, call=outline.call, **facts)


class TestStart:
    def test_a_repeat_gives_the_same(self, accepted, call):
        key = uuid.uuid4()
        first = begin(accepted, call, key=key)
        assert begin(accepted, call, key=key) == first
        assert begin(accepted, call) == first
        assert Event.objects.filter(kind="outline.started").count() == 1

    def test_the_key_of_another_firm_is_refused(self, accepted, call, programme):
        key = uuid.uuid4()
        begin(accepted, call, key=key)
        with pytest.raises(actions.UnableToStart, match="out of date"):
            begin(CaseFactory(programme=programme, accepted=True), call, key=key)

    def test_it_takes_title_and_figures_along(self, accepted, call):
        action = AssessmentFactory(case=accepted, final=True).plan.actions.first()
        outline = begin(accepted, call, plan_action=action, figures=plan())
        assert (outline.title, outline.rough_cost) == (action.title, Decimal(30000))
        assert outline.starts_on == plan().starts_on
        assert cash.Plan.from_data(outline.figures) == plan()

    def test_figures_without_a_cost_give_none(self, accepted, call):
        assert begin(accepted, call, figures=plan(costs={})).rough_cost is None

    def test_only_where_the_call_asks_for_one(self, accepted, programme):
        other = CallFactory(instrument=InstrumentFactory(programme=programme))
        with pytest.raises(actions.UnableToStart, match="needs no outline"):
            begin(accepted, other)

    def test_only_once_the_firm_has_joined_and_while_the_call_is_open(self, accepted, call, programme):
        with pytest.raises(actions.UnableToStart, match="not open"):
            begin(accepted, call, at=call.closes_at + timedelta(seconds=1))
        with pytest.raises(actions.UnableToStart, match="has been accepted"):
            begin(CaseFactory(programme=programme, submitted=True), call)

    def test_not_beside_support_that_excludes_it(self):
        case = CaseFactory(programme=ProgrammeFactory(combine=[["voucher", "diagnostic"]]), accepted=True)
        GrantApplicationFactory(case=case, approved=True)
        call = CallFactory(instrument=InstrumentFactory(programme=case.programme), needs_outline=True)
        with pytest.raises(actions.UnableToStart, match="cannot be combined"):
            begin(case, call)


class TestWriting:
    def test_answers_are_kept_until_it_is_sent(self):
        outline = OutlineFactory(change="")
        seen = outline.digest(["change"])
        assert outline.missing == ["change"]
        assert actions.save_outline(outline=outline, answers={"change": "A robot."}, seen=seen)
        outline.refresh_from_db()
        assert outline.missing == []
        send_outline(outline)
        with pytest.raises(actions.UnableToChange):
            actions.save_outline(outline=outline, answers={"change": "Two."}, seen=seen)
        with pytest.raises(IllegalMove):
            outline.save_answers(change="Two.")

    def test_what_somebody_wrote_meanwhile_is_not_overwritten(self):
        outline = OutlineFactory()
        seen = outline.digest(["change"])
        assert actions.save_outline(outline=outline, answers={"change": "A robot."}, seen=seen)
        assert not actions.save_outline(outline=outline, answers={"change": "A belt."}, seen=seen)
        assert actions.save_outline(outline=outline, answers={"change": "A robot."}, seen=seen)
        outline.refresh_from_db()
        assert outline.change == "A robot."

    def test_the_database_keeps_cost_and_dates_sound(self):
        with pytest.raises(IntegrityError, match="outline_cost_is_positive"):
            OutlineFactory(rough_cost=0)

    def test_a_page_is_told_where_the_dates_are_wrong(self):
        outline = OutlineFactory()
        outline.ends_on = outline.starts_on - timedelta(days=1)
        with pytest.raises(ValidationError):
            outline.full_clean()

    def test_it_reads_as_its_name_or_the_calls(self, accepted, call):
        outline = begin(accepted, call)
        assert str(outline) == str(call)
        assert outlining.value_of(outline, "rough_cost") == ""
        assert str(OutlineFactory()) == "Robot cell for machine tending"


class TestSending:
    def test_it_goes_to_the_advisers_once(self):
        outline = OutlineFactory(sent=True)
        assert (outline.status, outline.turn, outline.turn_number) == ("SENT", Turn.ADVISER, 1)
        assert Message.objects.get().kind == "outline_sent"
        with pytest.raises(IllegalMove):
            send_outline(outline)
        assert Outline.objects.waiting_on(Turn.ADVISER).get() == outline

    @pytest.mark.parametrize(
        ("facts", "words"),
        [
            ({"problem": ""}, "Complete every part"),
            ({"starts_on": None}, "Complete every part"),
            ({"starts_on": WRITTEN.date()}, "has come"),
        ],
    )
    def test_not_before_it_is_whole_and_the_work_to_come(self, facts, words):
        with pytest.raises(actions.UnableToSubmit, match=words):
            send_outline(OutlineFactory(**facts))

    def test_not_after_the_call_has_closed(self):
        outline = OutlineFactory()
        with pytest.raises(actions.UnableToSubmit, match="not open"):
            send_outline(outline, at=outline.call.closes_at + timedelta(seconds=1))

    def test_not_before_the_address_is_confirmed(self):
        with pytest.raises(actions.UnableToSubmit, match="Confirm"):
            actions.send_outline(outline=OutlineFactory(), by=UserFactory(confirmed=False), at=WRITTEN)


class TestOpinions:
    def test_two_that_find_it_ready_let_the_firm_apply(self):
        outline = OutlineFactory(sent=True)
        judge(outline, "BUSINESS")
        assert outline.status == "SENT"
        opinion = judge(outline, "TECHNICAL")
        assert outline.status == "READY"
        assert str(opinion) == "Robot cell for machine tending: Technical"
        assert [message.kind for message in Message.objects.order_by("created_at", "pk")].count("outline_ready") == 1
        assert Event.objects.get(kind="outline.ready").note == ""

    def test_one_that_does_not_gives_it_back_with_its_reason(self):
        outline = OutlineFactory(sent=True)
        judge(outline, "BUSINESS")
        judge(outline, "TECHNICAL", is_ready=False, reason="Name the supplier’s reference.")
        assert outline.status == "NOT_YET"
        assert Event.objects.get(kind="outline.not_yet").note == "Name the supplier’s reference."
        assert Message.objects.filter(kind="outline_not_yet").count() == 1

    def test_it_is_sent_again_and_read_again_by_the_same_people(self):
        outline = OutlineFactory(sent=True)
        business = judge(outline, "BUSINESS", is_ready=False).given_by
        technical = judge(outline, "TECHNICAL", is_ready=False).given_by
        send_outline(outline)
        assert outline.turn_number == 2
        assert not OutlineOpinion.objects.of_last_sending().exists()
        judge(outline, "TECHNICAL", by=technical)
        judge(outline, "BUSINESS", by=business)
        assert outline.status == "READY"
        assert outline.opinions.count() == 4

    def test_nobody_gives_both(self):
        outline = OutlineFactory(sent=True)
        mine = judge(outline, "BUSINESS")
        assert judge(outline, "BUSINESS", by=mine.given_by, reason="Once more.") == mine
        with pytest.raises(actions.UnableToReview, match="Somebody else"):
            judge(outline, "TECHNICAL", by=mine.given_by)
        with pytest.raises(IntegrityError, match="one_opinion_per_adviser"):
            outline.opinions.create(
                turn_number=1, side="TECHNICAL", is_ready=True, reason="x", given_at=WRITTEN, given_by=mine.given_by
            )

    def test_one_for_each_side(self):
        outline = OutlineFactory(sent=True)
        judge(outline, "BUSINESS")
        with pytest.raises(actions.UnableToReview, match="meanwhile"):
            judge(outline, "BUSINESS")

    def test_only_on_what_was_read(self):
        outline = OutlineFactory(sent=True)
        with pytest.raises(actions.UnableToReview, match="again since"):
            judge(outline, "BUSINESS", number=2)
        actions.withdraw_outline(outline=outline, by=outline.created_by, at=WRITTEN)
        with pytest.raises(actions.UnableToReview, match="no opinion any more"):
            judge(outline, "BUSINESS")

    @pytest.mark.parametrize("repetition", range(FEW))
    @pytest.mark.django_db(transaction=True)
    def test_two_at_once_move_it_once(self, repetition):
        outline = OutlineFactory(sent=True)
        people = [AssignmentFactory(programme=outline.case.programme, role=Role.ADVISER).user for _ in range(2)]

        def give(number):
            return actions.give_opinion(
                outline=outline, number=1, side=("BUSINESS", "TECHNICAL")[number], is_ready=True, reason="Clear.",
                by=people[number], at=WRITTEN,
            )  # fmt: skip

        found = at_once(2, give)
        assert [type(one) for one in found] == [OutlineOpinion, OutlineOpinion]
        outline.refresh_from_db()
        assert outline.status == "READY"
        assert Event.objects.filter(kind="outline.ready").count() == 1
        assert Message.objects.filter(kind="outline_ready").count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_of_two_people_for_one_side_one_is_heard(self):
        outline = OutlineFactory(sent=True)
        people = [AssignmentFactory(programme=outline.case.programme, role=Role.ADVISER).user for _ in range(2)]

        def give(number):
            return actions.give_opinion(
                outline=outline, number=1, side="BUSINESS", is_ready=True, reason="Clear.", by=people[number],
                at=WRITTEN,
            )  # fmt: skip

        found = at_once(2, give)
        assert sorted(type(one).__name__ for one in found) == ["OutlineOpinion", "UnableToReview"]
        outline.refresh_from_db()
        assert outline.status == "SENT"


class TestApplying:
    def test_an_application_waits_for_a_ready_outline(self):
        outline = OutlineFactory(sent=True)
        with pytest.raises(actions.OutlineFirst, match="outline comes first"):
            apply(outline)
        judge(outline, "BUSINESS")
        judge(outline, "TECHNICAL")
        application = apply(outline)
        assert application.outline == outline
        assert (application.title, application.problem, application.work) == (
            outline.title, outline.problem, outline.change,
        )  # fmt: skip
        assert (application.starts_on, application.ends_on) == (outline.starts_on, outline.ends_on)
        assert not application.lines.exists()

    def test_what_was_tried_out_goes_on_into_the_application(self, accepted, call):
        action = AssessmentFactory(case=accepted, final=True).plan.actions.first()
        outline = OutlineFactory(case=accepted, call=call, plan_action=action, figures=plan().to_data(), ready=True)
        application = apply(outline)
        [line] = application.lines.all()
        assert (line.net, line.plan_action, line.supplier) == (Decimal(30000), action, "Robots of Preston")
        assert application.starts_on == outline.starts_on

    def test_newer_figures_come_first_and_no_supplier_is_guessed_for_several(self, accepted, call):
        outline = OutlineFactory(case=accepted, call=call, figures=plan().to_data(), ready=True)
        both = plan(costs={"capital_equipment": Decimal(1), "software": Decimal(2)})
        lines = BudgetLine.objects.filter(application=apply(outline, figures=both))
        assert [(line.net, line.supplier) for line in lines.order_by("pk")] == [(1, ""), (2, "")]

    def test_an_outline_carries_one_application(self):
        outline = OutlineFactory(ready=True)
        application = apply(outline)
        with pytest.raises(actions.UnableToChange, match="Withdraw the application"):
            actions.withdraw_outline(outline=outline, by=outline.created_by, at=WRITTEN)
        GrantApplication.objects.get(pk=application.pk).withdraw(by=outline.created_by, at=WRITTEN)
        assert apply(outline).outline == outline
        assert not Outline.objects.usable().exists()

    def test_staff_who_try_a_call_out_may_go_on_without(self, call, programme):
        manager = AssignmentFactory(programme=programme, role=Role.MANAGER).user
        case = actions.try_out(programme=programme, by=manager, at=WRITTEN)
        facts = {"case": case, "call": call, "plan_action": None, "by": manager, "at": WRITTEN}
        outline = actions.start_outline(**facts, key=uuid.uuid4())
        outline.save_answers(
            title="x", problem="x", change="x", rough_cost=1, starts_on=plan().starts_on, ends_on=plan().ends_on
        )
        actions.send_outline(outline=outline, by=manager, at=WRITTEN)
        assert actions.start(**facts, key=uuid.uuid4()).outline is None
        assert not Outline.objects.visible_to(AssignmentFactory(programme=programme, role=Role.MANAGER).user).exists()
        actions.stop_trying(case=case, by=manager, at=WRITTEN)
        assert not Outline.objects.exists()


class TestEnding:
    def test_a_firm_takes_it_back_once(self):
        outline = OutlineFactory()
        actions.withdraw_outline(outline=outline, by=outline.created_by, at=WRITTEN)
        outline.refresh_from_db()
        assert (outline.status, outline.is_open, outline.turn) == ("WITHDRAWN", False, Turn.NOBODY)
        with pytest.raises(IllegalMove):
            actions.withdraw_outline(outline=outline, by=outline.created_by, at=WRITTEN)

    def test_open_ones_end_with_the_case(self, accepted):
        sent, ready = OutlineFactory(case=accepted, sent=True), OutlineFactory(case=accepted, ready=True)
        applications.withdraw(case=accepted, reason="We move.", by=accepted.created_by, at=WRITTEN)
        for outline in (sent, ready):
            outline.refresh_from_db()
        assert (sent.status, ready.status) == ("WITHDRAWN", "READY")
        assert (sent.event_reference, sent.event_programme) == (accepted.reference, accepted.programme.slug)


class TestScope:
    def test_staff_see_what_was_sent_in_their_programme(self, adviser, accepted, outsider):
        draft, sent = OutlineFactory(case=accepted), OutlineFactory(case=accepted, sent=True)
        judge(sent, "BUSINESS")
        assert set(Outline.objects.visible_to(accepted.created_by)) == {draft, sent}
        assert set(Outline.objects.visible_to(adviser)) == {sent}
        assert set(Outline.objects.worked_on_by(adviser)) == {sent}
        assert not Outline.objects.worked_on_by(accepted.created_by).exists()
        assert not Outline.objects.visible_to(outsider).exists()
        assert OutlineOpinion.objects.visible_to(adviser).count() == 1
        elsewhere = AssignmentFactory(programme=ProgrammeFactory()).user
        assert not OutlineOpinion.objects.visible_to(elsewhere).exists()

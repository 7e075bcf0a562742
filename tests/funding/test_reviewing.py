"""The pool, invitations, what an assessment does to the score, and what the meeting agrees."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Role
from funding import actions, closeness, quoting, reminding, tasks
from funding.models import (
    Assessor,
    GrantApplication,
    Interests,
    PanelOutcome,
    Review,
    ReviewInvitation,
)  # fmt: skip
from funding.reminding import remind_assessors
from notifications.models import Message
from portal.models import Event
from portal.workflow import IllegalMove
from tests.factories.accounts import AssignmentFactory, MembershipFactory, UserFactory
from tests.factories.applications import CaseFactory
from tests.factories.funding import (
    SCORES,
    WRITTEN,
    GrantApplicationFactory,
    approver_of,
    asked,
    assess,
    assessor_of,
    in_pool,
    take_on,
)  # fmt: skip

pytestmark = pytest.mark.django_db
DUE = WRITTEN.date() + timedelta(days=14)


@pytest.fixture
def application():
    return GrantApplicationFactory(submitted=True)


def new_assessor(application, **facts):
    number = User.objects.count()
    return in_pool(application.case.programme, UserFactory(email=f"asa{number}@assessors.example"), **facts)


def invite(application, *assessors, **more):
    facts = {"due_on": DUE, "by": application.created_by, "at": WRITTEN} | more
    return actions.invite(application=application, assessors=assessors, **facts)


def declare(application, by, conflict="NONE", **more):
    return actions.declare(application=application, conflict=conflict, note="", by=by, at=WRITTEN, **more)


def score(review, points, at=WRITTEN):
    scores = {code: {**entry, "score": points} for code, entry in SCORES.items()}
    actions.review(
        review=review, scores=scores, recommendation="FUND", comment="", send=True, by=review.assessor, at=at
    )


class TestPool:
    def test_only_assessors_of_the_programme_join(self, application):
        facts = {"skills": [], "employer": "", "most_at_once": 5, "is_active": True, "at": WRITTEN}
        with pytest.raises(actions.UnableToInvite, match="is no assessor of this programme"):
            actions.keep_assessor(
                programme=application.case.programme, user=UserFactory(), by=application.created_by, **facts
            )

    def test_a_second_time_changes_the_entry(self, application):
        first = new_assessor(application)
        again = in_pool(application.case.programme, first.user, most_at_once=2, skills=["software"])
        assert (again.pk, again.most_at_once, again.skills) == (first.pk, 2, ["software"])

    def test_seen_by_oneself_and_by_who_invites(self, application):
        entry = new_assessor(application)
        stranger = AssignmentFactory(role=Role.MANAGER).user
        manager = AssignmentFactory(programme=application.case.programme, role=Role.MANAGER).user
        for model in (Assessor, Interests):
            assert model.objects.visible_to(entry.user).count() == 1
            assert model.objects.visible_to(manager).count() == 1
            assert not model.objects.visible_to(stranger).exists()
        assert str(entry) == entry.user.email
        assert str(Interests.objects.get()).startswith(entry.user.email)

    def test_interests_hold_for_a_year(self, application):
        declared = Interests.objects.create(
            programme=application.case.programme, user=UserFactory(), has_interests=False, declared_at=WRITTEN
        )
        assert Interests.objects.in_force(declared.until).exists()
        assert not Interests.objects.in_force(declared.until + timedelta(seconds=1)).exists()


class TestInvite:
    def test_asks_once_with_mail_and_event(self, application):
        entry = new_assessor(application)
        [first] = invite(application, entry)
        [again] = invite(application, entry)
        assert first == again
        assert (first.status, first.due_on, first.hints) == ("INVITED", DUE, [])
        message = Message.objects.get(kind="review_invited")
        assert message.to == entry.user.email
        assert application.title not in str(message.context)
        assert Event.objects.filter(kind="reviewinvitation.invited", staff_only=True).count() == 1

    def test_nobody_closed_is_mailed(self, application):
        entry = new_assessor(application)
        User.objects.filter(pk=entry.user_id).update(is_active=False)
        invite(application, entry)
        assert not Message.objects.filter(kind="review_invited").exists()

    @pytest.mark.parametrize(
        ("facts", "message"),
        [({"is_active": False}, "takes no applications now"), ({"most_at_once": 0}, "as many applications as they")],
    )
    def test_who_has_no_room_is_not_asked(self, application, facts, message):
        with pytest.raises(actions.UnableToInvite, match=message):
            invite(application, new_assessor(application, **facts))
        assert not ReviewInvitation.objects.exists()

    def test_load_counts_what_is_not_sent_yet(self, application):
        entry = new_assessor(application)
        take_on(application, entry.user)
        assert Assessor.objects.with_load().get(pk=entry.pk).load == 1
        assess(application, by=entry.user)
        assert Assessor.objects.with_load().get(pk=entry.pk).load == 0

    def test_people_of_the_firm_are_not_asked(self, application):
        entry = new_assessor(application)
        MembershipFactory(user=entry.user, organisation=application.case.organisation)
        with pytest.raises(actions.UnableToInvite, match="belongs to this firm"):
            invite(application, entry)

    def test_who_has_a_conflict_is_not_asked_again(self, application):
        entry = new_assessor(application)
        [invitation] = invite(application, entry)
        actions.decline_invitation(invitation=invitation, why="CONFLICT", note="My cousin", by=entry.user, at=WRITTEN)
        with pytest.raises(actions.UnableToInvite, match="declared a conflict"):
            invite(application, entry)

    def test_only_while_it_is_assessed_and_for_a_day_to_come(self, application):
        entry = new_assessor(application)
        with pytest.raises(actions.UnableToInvite, match="today or later"):
            invite(application, entry, due_on=WRITTEN.date() - timedelta(days=1))
        actions.withdraw(application=application, reason="No", by=application.created_by, at=WRITTEN)
        with pytest.raises(actions.UnableToInvite, match="not being assessed"):
            invite(application, entry)

    def test_others_pools_are_not_touched(self, application):
        elsewhere = new_assessor(GrantApplicationFactory(submitted=True))
        assert invite(application, elsewhere) == []


class TestAnswer:
    def test_accepting_twice_is_once(self, application):
        invitation = asked(application, UserFactory())
        for _click in range(2):
            actions.accept_invitation(invitation=invitation, by=invitation.assessor, at=WRITTEN)
        assert Event.objects.filter(kind="reviewinvitation.accepted").count() == 1

    def test_conflict_bars_from_deciding_too(self, application):
        invitation = asked(application, UserFactory())
        actions.decline_invitation(
            invitation=invitation, why="CONFLICT", note="My cousin", by=invitation.assessor, at=WRITTEN
        )
        invitation.refresh_from_db()
        assert (invitation.status, invitation.why) == ("DECLINED", "CONFLICT")
        assert Review.objects.get().conflict == "HAS"
        with pytest.raises(IllegalMove):
            actions.accept_invitation(invitation=invitation, by=invitation.assessor, at=WRITTEN)

    def test_given_up_after_a_yes_but_not_after_the_assessment(self, application):
        busy, quick = take_on(application, UserFactory()), take_on(application, UserFactory())
        actions.decline_invitation(invitation=busy, why="CAPACITY", note="", by=busy.assessor, at=WRITTEN)
        assert not Review.objects.exists()
        score(declare(application, quick.assessor), 8)
        with pytest.raises(actions.UnableToReview, match="sent your assessment already"):
            actions.decline_invitation(invitation=quick, why="CAPACITY", note="", by=quick.assessor, at=WRITTEN)

    def test_taken_back_with_a_mail_unless_assessed(self, application):
        invitation, done = take_on(application, UserFactory()), take_on(application, UserFactory())
        review = declare(application, invitation.assessor)
        actions.take_back_invitation(invitation=invitation, by=application.created_by, at=WRITTEN)
        assert Message.objects.get(kind="review_taken_back").to == invitation.assessor.email
        with pytest.raises(actions.UnableToReview, match="no longer given to you"):
            score(review, 8)
        score(declare(application, done.assessor), 8)
        with pytest.raises(IllegalMove):
            actions.take_back_invitation(invitation=done, by=application.created_by, at=WRITTEN)

    def test_one_live_invitation_each(self, application):
        invitation = asked(application, UserFactory())
        invitation.pk = None
        with pytest.raises(IntegrityError, match="one_live_invitation"), transaction.atomic():
            invitation.save()

    def test_seen_by_the_assessor_and_by_staff(self, application):
        invitation = asked(application, UserFactory())
        for role, seen in [(Role.APPROVER, 1), (Role.ADVISER, 1), (Role.ASSESSOR, 0), (Role.CONTRACTOR, 0)]:
            person = AssignmentFactory(programme=application.case.programme, role=role).user
            assert ReviewInvitation.objects.visible_to(person).count() == seen, role
        assert ReviewInvitation.objects.visible_to(invitation.assessor).count() == 1
        assert not ReviewInvitation.objects.visible_to(application.created_by).exists()
        assert str(invitation).startswith(application.reference)
        assert invitation.event_programme == application.case.programme.slug


class TestDeclare:
    def test_needs_an_accepted_invitation(self, application):
        stranger = AssignmentFactory(programme=application.case.programme, role=Role.ASSESSOR).user
        with pytest.raises(actions.UnableToReview, match="not taken on"):
            declare(application, stranger)
        invitation = asked(application, stranger)
        with pytest.raises(actions.UnableToReview, match="not taken on"):
            declare(application, invitation.assessor)

    def test_needs_this_years_declaration(self, application):
        assessor = assessor_of(application)
        Interests.objects.update(declared_at=WRITTEN - timedelta(days=366))
        with pytest.raises(actions.UnableToReview, match="Declare your interests"):
            declare(application, assessor)

    def test_a_conflict_gives_the_invitation_back(self, application):
        assessor = assessor_of(application)
        declare(application, assessor, "HAS")
        assert ReviewInvitation.objects.get().why == "CONFLICT"
        assert not GrantApplication.objects.given_to(assessor).exists()


class TestScore:
    def test_mean_and_spread_are_kept(self, application):
        application.call.reviews_needed = 2
        application.call.save()
        first, second = assessor_of(application), assessor_of(application)
        score(declare(application, first), 8)
        application.refresh_from_db()
        assert (application.score, application.spread, application.status) == (Decimal("80.00"), None, "SUBMITTED")
        score(declare(application, second), 5)
        application.refresh_from_db()
        assert (application.score, application.spread) == (Decimal("65.00"), Decimal("30.00"))
        assert (application.status, application.assessed_by) == ("ASSESSED", second)

    def test_a_changed_application_is_assessed_anew(self, application):
        review = assess(application)
        quiet = assessor_of(application)
        actions.return_to_firm(application=application, reason="Which?", by=approver_of(application), at=WRITTEN)
        application.refresh_from_db()
        actions.submit(application=application, by=application.created_by, at=WRITTEN)
        application.refresh_from_db()
        review.refresh_from_db()
        assert (application.status, application.score, review.submitted_at) == ("SUBMITTED", None, None)
        assert Message.objects.get(kind="review_again").to == review.assessor.email != quiet.email
        score(review, 9)
        application.refresh_from_db()
        assert (application.status, application.score) == ("ASSESSED", Decimal("90.00"))

    def test_automatic_support_goes_straight_to_a_decision(self):
        application = GrantApplicationFactory()
        application.call.reviews_needed = 0
        application.call.save()
        actions.submit(application=application, by=application.created_by, at=WRITTEN)
        application.refresh_from_db()
        assert (application.status, application.assessed_by, application.score) == ("ASSESSED", None, None)


class TestPanel:
    def agree(self, application, by, **more):
        facts = {"outcome": "FUND", "score": Decimal("72.5"), "note": "Strong."} | more
        return actions.record_panel(application=application, by=by, at=WRITTEN, **facts)

    def test_agreed_score_ranks_and_can_be_taken_away(self, application):
        assess(application)
        chair = approver_of(application)
        panel = self.agree(application, chair)
        application.refresh_from_db()
        assert application.score == Decimal("72.50")
        assert str(panel).endswith("FUND")
        self.agree(application, chair, score=None, outcome="RESERVE")
        application.refresh_from_db()
        assert application.score == Decimal("70.00")
        assert PanelOutcome.objects.get().outcome == "RESERVE"
        assert Event.objects.filter(kind="panel.recorded", staff_only=True).count() == 2

    def test_not_after_the_decision(self):
        application = GrantApplicationFactory(approved=True)
        with pytest.raises(actions.UnableToReview, match="not being assessed"):
            self.agree(application, approver_of(application))

    def test_seen_by_those_who_decide(self, application):
        assess(application)
        chair = approver_of(application)
        self.agree(application, chair)
        assert PanelOutcome.objects.visible_to(chair).count() == 1
        for person in (assessor_of(application), application.created_by):
            assert not PanelOutcome.objects.visible_to(person).exists()


class TestHints:
    def test_what_the_portal_knows(self, application):
        case = application.case
        case.organisation.postcode = "PR1 2AB"
        case.organisation.save()
        own = MembershipFactory(organisation__postcode="PR1 2AB").user
        in_pool(case.programme, own, employer=application.lines.get().supplier)
        Event.objects.record(case, kind="note.note", by=own, at=WRITTEN, note="Rang.", staff_only=True)
        take_on(application, own)
        hints = closeness.hints_for(application, [own, UserFactory(email="x@elsewhere.example")], timezone.now())
        assert [hint["code"] for hint in hints[own.pk]] == ["email", "postcode", "supplier", "contact"]
        assert ReviewInvitation.objects.get().hints == hints[own.pk]

    def test_same_queries_for_one_and_many(self, application):
        people = [new_assessor(application).user for _number in range(4)]

        def count(some):
            with CaptureQueriesContext(connection) as found:
                closeness.hints_for(application, some, timezone.now())
            return len(found)

        count(people)
        assert count(people) == count(people[:1])


class TestReminders:
    @pytest.mark.parametrize(
        ("days", "sent"), [(10, 0), (11, 1), (14, 1), (15, 1)], ids=["early", "3 days before", "due", "late"]
    )
    def test_before_the_last_day_and_after_it(self, application, days, sent):
        invitation = asked(application, UserFactory())
        at = WRITTEN + timedelta(days=days)
        assert remind_assessors(at=at) == sent
        assert remind_assessors(at=at) == 0
        assert Message.objects.filter(kind="review_reminder", to=invitation.assessor.email).count() == sent

    def test_none_after_the_assessment_nor_on_the_day_of_the_invitation(self, application):
        assess(application)
        asked(application, UserFactory(), due_on=WRITTEN.date())
        assert remind_assessors(at=WRITTEN) == 0

    def test_task_runs_by_the_clock(self, application):
        asked(application, UserFactory())
        tasks.remind_assessors()
        assert Message.objects.filter(kind="review_reminder").count() == 1

    def test_second_worker_sends_nothing(self, application):
        invitation = asked(application, UserFactory())
        ReviewInvitation.objects.update(reminded_on=DUE)
        assert reminding._remind(invitation, DUE, WRITTEN) == 0


class TestRanking:
    def test_index_serves_the_ranked_list(self, application):
        assess(application)
        other = GrantApplicationFactory(
            case=CaseFactory(programme=application.case.programme, accepted=True), call=application.call, assessed=True
        )
        rows = GrantApplication.objects.filter(call=other.call, score__isnull=False).order_by("-score", "id")
        with connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
            )
        plan = rows.explain()
        assert "grants_by_rank" in plan
        assert "Sort" not in plan


class TestConflictFoundLate:
    @pytest.fixture
    def two(self):
        """Assessed by two, 80 and 40 of 100, where the call asks for two."""
        application = GrantApplicationFactory(submitted=True)
        type(application.call).objects.update(reviews_needed=2)
        reviews = []
        for points in (8, 4):
            assessor = assessor_of(application)
            reviews.append(declare(application, assessor))
            score(reviews[-1], points)
        application.refresh_from_db()
        return application, *reviews

    def find(self, review, **more):
        facts = {"why": "Her brother owns the firm.", "by": review.assessor, "at": WRITTEN} | more
        return actions.find_conflict(review=review, **facts)

    def test_counts_no_more_and_what_rested_on_it_goes(self, two):
        application, _first, second = two
        manager = approver_of(application)
        actions.record_panel(
            application=application, outcome="FUND", score=Decimal(70), note="Good.", by=manager, at=WRITTEN
        )
        draft = actions.propose(
            application=application, proposal=actions.Proposal("DECLINE", reason="No."),
            seen=quoting.fingerprint(application), by=manager, at=WRITTEN,
        )  # fmt: skip
        assert self.find(second, by=manager)
        application.refresh_from_db()
        second.refresh_from_db()
        draft.refresh_from_db()
        assert (application.score, application.spread) == (Decimal(80), None)
        assert (application.status, application.assessed_by) == ("ASSESSED", None)
        assert (second.conflict, second.submitted_at, second.total) == ("HAS", None, Decimal(40))
        assert (second.conflict_found_by, second.conflict_found_at) == (manager, WRITTEN)
        assert second.conflict_note == "Her brother owns the firm."
        assert draft.status == "DROPPED"
        assert not PanelOutcome.objects.exists()
        assert application.invitations.get(assessor=second.assessor).why == "CONFLICT"
        event = Event.objects.get(kind="review.set_aside")
        assert (event.actor_id, event.note, event.staff_only) == (manager.pk, second.conflict_note, True)

    def test_the_others_are_told(self, two):
        application, first, second = two
        self.find(second, by=approver_of(application))
        told = Message.objects.filter(kind="review_set_aside")
        assert {message.to for message in told} == {second.assessor.email, application.created_by.email}
        self.find(first)
        assert told.filter(to=first.assessor.email).count() == 0

    def test_no_decision_before_another_has_come(self, two):
        application, _first, second = two
        self.find(second)
        application.refresh_from_db()
        decline = {"application": application, "reason": "No.", "by": approver_of(application), "at": WRITTEN}
        with pytest.raises(actions.UnableToDecide, match="Another has to come before a decision"):
            actions.decline(**decline)
        third = assessor_of(application)
        score(declare(application, third), 6)
        application.refresh_from_db()
        assert (application.assessed_by, application.score) == (third, Decimal(70))
        actions.decline(**decline | {"application": application})

    def test_where_enough_are_left_another_stands_for_the_recommendation(self, two):
        application, first, second = two
        type(application.call).objects.update(reviews_needed=1)
        self.find(second)
        application.refresh_from_db()
        assert (application.assessed_by, application.status) == (first.assessor, "ASSESSED")

    def test_a_place_on_the_reserve_list_that_lacks_an_assessment_is_open_again(self, two):
        application, _first, second = two
        actions.reserve(
            application=application, seen=quoting.fingerprint(application), by=approver_of(application), at=WRITTEN
        )
        self.find(second)
        application.refresh_from_db()
        assert application.status == "ASSESSED"

    def test_once_decided_it_is_a_note(self, two):
        application, _first, second = two
        actions.decline(application=application, reason="No.", by=approver_of(application), at=WRITTEN)
        application.refresh_from_db()
        assert not self.find(second)
        second.refresh_from_db()
        application.refresh_from_db()
        assert (second.conflict, application.score) == ("NONE", Decimal(60))
        assert Event.objects.get(kind="decision.conflict_noted").note == "Her brother owns the firm."
        assert not Message.objects.filter(kind="review_set_aside").exists()

    def test_only_once_and_only_of_what_was_sent(self, two):
        application, _first, second = two
        self.find(second)
        with pytest.raises(actions.UnableToReview, match="does not count any more"):
            self.find(second)
        with pytest.raises(actions.UnableToInvite, match="declared a conflict"):
            invite(application, Assessor.objects.get(user=second.assessor))

    def test_while_assessment_goes_on_and_after_a_return(self):
        application = GrantApplicationFactory(submitted=True)
        type(application.call).objects.update(reviews_needed=2)
        review = declare(application, assessor_of(application))
        score(review, 8)
        self.find(review)
        application.refresh_from_db()
        assert (application.status, application.score) == ("SUBMITTED", None)

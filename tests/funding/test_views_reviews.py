"""An assessor's pages, and those of who asks assessors and leads the meeting."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from documents.actions import take_upload
from funding import actions
from funding.models import Assessor, GrantApplication, Interests, PanelOutcome, Review, ReviewInvitation
from tests.factories.accounts import AssignmentFactory, MembershipFactory, UserFactory
from tests.factories.applications import CaseFactory
from tests.factories.funding import (
    WRITTEN,
    GrantApplicationFactory,
    a_quote,
    approve,
    asked,
    assess,
    assessor_of,
    in_pool,
    take_on,
)  # fmt: skip
from tests.funding.test_views_firm import address

pytestmark = pytest.mark.django_db

SCORES = {
    "score_need": "8", "reason_need": "A real bottleneck.", "score_value": "6", "reason_value": "Fair price.",
    "recommendation": "FUND", "comment": "",
}  # fmt: skip
ASSESSING = "/casework/funding/assess/"


@pytest.fixture
def application():
    return GrantApplicationFactory(submitted=True)


@pytest.fixture
def assessor(application, client):
    """Signed in, and has taken the application on."""
    user = assessor_of(application)
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def manager(application, client):
    client.force_login(AssignmentFactory(programme=application.case.programme, role=Role.MANAGER).user)
    return client


def blind(application):
    application.call.is_blind = True
    application.call.save()


class TestInvitation:
    @pytest.fixture
    def invited(self, application, client):
        invitation = asked(application, UserFactory(email="asa@elsewhere.example"))
        client.force_login(invitation.assessor)
        client.invitation = invitation
        return client

    def test_list_leads_to_the_answer(self, invited, application):
        page = invited.get(ASSESSING)
        assert application.title in page.text
        assert "Accept or decline" in page.text
        assert invited.get(address(application, "review")).url == address(application, "invitation")

    def test_accepting_leads_to_the_declaration(self, invited, application):
        page = invited.get(address(application, "invitation"))
        assert application.case.organisation.name in page.text
        assert "A real bottleneck" not in page.text
        assert application.work not in page.text
        response = invited.post(address(application, "invitation"), {"answer": "YES"})
        assert response.url == address(application, "review")
        assert "Do you have a conflict of interest?" in invited.get(response.url).text

    @pytest.mark.parametrize("why", ["CONFLICT", "EXPERTISE", "CAPACITY"])
    def test_declining_gives_it_back(self, invited, application, why):
        invited.post(address(application, "invitation"), {"answer": why, "note": "Sorry"})
        assert ReviewInvitation.objects.get().why == why
        assert invited.get(address(application, "invitation")).status_code == 404
        assert "Declined" in invited.get(ASSESSING).text

    def test_bad_answers_get_a_message(self, invited, application):
        for given in ({"answer": ""}, {"answer": "MAYBE"}, {"answer": "CONFLICT"}):
            assert "There is a problem" in invited.post(address(application, "invitation"), given).text
        assert ReviewInvitation.objects.get().status == "INVITED"

    def test_given_up_after_a_yes(self, assessor, application):
        page = assessor.get(address(application, "invitation"))
        assert "Give an application back" in page.text
        assert "Yes, I will" not in page.text
        assessor.post(address(application, "invitation"), {"answer": "CAPACITY"})
        assert not GrantApplication.objects.given_to(assessor.user).exists()

    def test_not_given_up_after_the_assessment(self, client, application):
        review = assess(application)
        client.force_login(review.assessor)
        page = client.post(address(application, "invitation"), {"answer": "CAPACITY"})
        assert "sent your assessment already" in page.text

    def test_moved_on_meanwhile(self, invited, application, monkeypatch):
        stale = invited.invitation
        monkeypatch.setattr("funding.views.reviews._given", lambda *args: (application, stale))
        actions.take_back_invitation(invitation=stale, by=application.created_by, at=WRITTEN)
        assert invited.post(address(application, "invitation"), {"answer": "YES"}).url == ASSESSING

    def test_signs_are_told_and_a_blind_call_keeps_what_they_are(self, application, client):
        user = UserFactory()  # at the firm's domain, as everybody here is
        asked(application, user)
        client.force_login(user)
        assert "Email address at firm.example" in client.get(address(application, "invitation")).text
        blind(application)
        page = client.get(address(application, "invitation"))
        assert "Email address at the firm’s domain" in page.text
        assert "firm.example" not in page.text.replace(user.email, "")


class TestInterests:
    def test_come_before_the_first_application_of_the_year(self, assessor, application):
        Interests.objects.all().delete()
        page = assessor.get(address(application, "review"))
        where = reverse("funding:interests", args=[application.case.programme.slug])
        assert page.url == where
        assert "declare your interests for this year" in assessor.get(ASSESSING).text
        assert "Name the firms" in assessor.post(where, {"has_interests": "yes"}).text
        assert assessor.post(where, {"has_interests": "yes", "text": "Pennine Gears"}).url == ASSESSING
        assert "holds until" in assessor.get(ASSESSING).text
        assert "Pennine Gears" in assessor.get(where).text
        assert assessor.get(address(application, "review")).status_code == 200

    def test_are_for_assessors(self, manager, application):
        assert manager.get(reverse("funding:interests", args=[application.case.programme.slug])).status_code == 404
        assert manager.get(ASSESSING).status_code == 403


class TestReview:
    def test_conflict_comes_first(self, assessor, application):
        page = assessor.get(address(application, "review"))
        assert "Do you have a conflict of interest?" in page.text
        assert application.work not in page.text
        page = assessor.post(address(application, "review"), {"conflict": "HAS"})
        assert "Say in a few words what the conflict is" in page.text
        answer = assessor.post(address(application, "review"), {"conflict": "HAS", "note": "My cousin works there"})
        assert answer.url == ASSESSING
        assert assessor.get(address(application, "review")).status_code == 404

    def test_scores_are_saved_and_sent(self, assessor, application):
        assessor.post(address(application, "review"), {"conflict": "NONE"})
        page = assessor.get(address(application, "review"))
        assert application.work in page.text
        assert "Robot installed" in page.text
        assessor.post(address(application, "review"), {"score_need": "8"})
        page = assessor.get(address(application, "review"))
        assert page.context["form"]["score_need"].value() == 8
        page = assessor.post(address(application, "review"), SCORES | {"score_value": "", "send": "1"})
        assert "Choose a score from 0 to 10 for: Value" in page.text
        assessor.post(address(application, "review"), SCORES | {"send": "1"})
        review = Review.objects.get()
        assert review.total == 70
        assert review.scores["need"] == {"score": 8, "reason": "A real bottleneck."}
        page = assessor.get(address(application, "review"))
        assert "You have sent your assessment" in page.text
        assert "A real bottleneck." in page.text
        assert "Assessment sent" in assessor.get(ASSESSING).text

    @pytest.mark.parametrize("changes", [{"score_need": "11"}, {"score_need": "1e3"}, {"reason_need": "\0"},
                                         {"recommendation": "MAYBE"}, {"comment": "x" * 4000}])  # fmt: skip
    def test_bad_scores_get_a_message(self, assessor, application, changes):
        assessor.post(address(application, "review"), {"conflict": "NONE"})
        page = assessor.post(address(application, "review"), SCORES | changes | {"send": "1"})
        assert "There is a problem" in page.text
        assert Review.objects.get().submitted_at is None

    def test_others_are_not_seen_before_the_own_one(self, assessor, application):
        assess(application)
        assessor.post(address(application, "review"), {"conflict": "NONE"})
        assert "A real bottleneck." not in assessor.get(address(application, "review")).text
        assessor.post(address(application, "review"), SCORES | {"send": "1", "comment": "Mine"})
        assert assessor.get(address(application, "review")).text.count("A real bottleneck.") == 2

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.APPROVER])
    def test_nor_by_the_way_of_another_role(self, assessor, application, role):
        assess(application)
        AssignmentFactory(user=assessor.user, programme=application.case.programme, role=role)
        pages = [address(application, name) for name in ("detail", "panel", "decide", "decline")]
        pages.append(reverse("funding:ranked", args=[application.call_id]))
        names = [other.assessor.get_full_name() for other in application.reviews.all()]
        for page in pages:
            found = assessor.get(page).text
            assert "A real bottleneck." not in found, page
            assert not (page.endswith("/ranked/") and names[0] in found)
        actions.decline_invitation(
            invitation=application.invitations.get(assessor=assessor.user), why="CAPACITY", note="",
            by=assessor.user, at=WRITTEN,
        )  # fmt: skip
        assert "A real bottleneck." in assessor.get(address(application, "panel")).text

    def test_nothing_else_opens(self, assessor, application):
        case = application.case
        for page in (f"/casework/{case.reference}/", address(application, "detail"), address(application, "tasks")):
            assert assessor.get(page).status_code == 404, page
        assert assessor.get("/casework/").status_code == 404
        other = GrantApplicationFactory(case=CaseFactory(programme=case.programme, accepted=True), submitted=True)
        assert assessor.get(address(other, "review")).status_code == 404

    def test_people_of_the_firm_and_former_assessors_find_nothing(self, assessor, application):
        assessor.user.assignments.all().delete()
        assert assessor.get(address(application, "review")).status_code == 404
        AssignmentFactory(user=assessor.user, programme=application.case.programme, role=Role.ASSESSOR)
        MembershipFactory(user=assessor.user, organisation=application.case.organisation)
        assert assessor.post(address(application, "review"), {"conflict": "NONE"}).status_code == 404

    def test_moved_on_meanwhile(self, assessor, application, monkeypatch):
        assessor.post(address(application, "review"), {"conflict": "NONE"})
        stale = GrantApplication.objects.with_context().get(pk=application.pk)
        monkeypatch.setattr("funding.views.reviews._given", lambda *args: (stale, stale.invitations.get()))
        actions.withdraw(application=application, reason="No", by=application.created_by, at=WRITTEN)
        response = assessor.post(address(application, "review"), SCORES | {"send": "1"})
        assert response.url == address(application, "review")

    def test_declaring_too_late_is_told(self, assessor, application, monkeypatch):
        stale = GrantApplication.objects.with_context().get(pk=application.pk)
        monkeypatch.setattr("funding.views.reviews._given", lambda *args: (stale, stale.invitations.get()))
        actions.withdraw(application=application, reason="No", by=application.created_by, at=WRITTEN)
        assert "not being assessed now" in assessor.post(address(application, "review"), {"conflict": "NONE"}).text

    def test_not_to_assess_now(self, assessor, application):
        actions.withdraw(application=application, reason="No", by=application.created_by, at=WRITTEN)
        assert assessor.get(address(application, "review")).url == ASSESSING


class TestBlind:
    @pytest.fixture
    def application(self):
        case = CaseFactory(accepted=True, organisation__name="Calder Castings Ltd", contact_name="Sam Field")
        return GrantApplicationFactory(
            case=case, submitted=True, title="Calder Castings robot",
            problem="At CALDER CASTINGS two lathes wait. Ask Sam Field at sam@calder.example.",
        )  # fmt: skip

    def test_names_and_files_are_withheld_everywhere(self, assessor, application):
        blind(application)
        line = application.lines.get()
        quote = line.quotes.create(
            upload=take_upload(file=a_quote("calder.pdf"), by=application.created_by, at=WRITTEN), supplier="Robots",
            amount=1, attached_at=WRITTEN, attached_by=application.created_by,
        )  # fmt: skip
        pages = [assessor.get(ASSESSING), assessor.get(address(application, "invitation"))]
        pages.append(assessor.get(address(application, "review")))
        assessor.post(address(application, "review"), {"conflict": "NONE"})
        pages.append(assessor.get(address(application, "review")))
        assessor.post(address(application, "review"), SCORES | {"send": "1"})
        pages.append(assessor.get(address(application, "review")))
        for page in pages:
            assert page.status_code == 200
            for name in ("calder", "sam field"):
                assert name not in page.text.casefold(), name
        assert "At [name withheld] two lathes wait." in pages[-1].text
        assert assessor.get(address(application, "review-file", quote.pk)).status_code == 404

    def test_open_calls_show_names_and_files_once_declared(self, assessor, application):
        quote = application.lines.get().quotes.create(
            upload=take_upload(file=a_quote(), by=application.created_by, at=WRITTEN), supplier="Robots",
            amount=1, attached_at=WRITTEN, attached_by=application.created_by,
        )  # fmt: skip
        file = address(application, "review-file", quote.pk)
        assert assessor.get(file).status_code == 404
        assessor.post(address(application, "review"), {"conflict": "NONE"})
        assert "Calder Castings Ltd" in assessor.get(address(application, "review")).text
        response = assessor.get(file)
        assert response.status_code == 200
        assert response.getvalue()


class TestPool:
    def test_added_changed_and_listed(self, manager, application):
        programme = application.case.programme
        person = AssignmentFactory(programme=programme, role=Role.ASSESSOR, user__full_name="Asa Judge").user
        add = reverse("funding:pool-add", args=[programme.slug])
        assert "Choose who joins the pool" in manager.post(add, {"person": ""}).text
        facts = {"person": person.pk, "skills": ["software"], "employer": "Institute", "most_at_once": "3"}
        assert manager.post(add, facts | {"is_active": "on"}).url == reverse("funding:pool")
        entry = Assessor.objects.get()
        page = manager.get(reverse("funding:pool"))
        assert "Asa Judge" in page.text
        assert "0 of 3" in page.text
        assert "Not this year" in page.text
        entry_page = reverse("funding:pool-entry", args=[entry.pk])
        assert 'value="Institute"' in manager.get(entry_page).text
        manager.post(entry_page, {"skills": [], "employer": "", "most_at_once": "4"})
        entry.refresh_from_db()
        assert (entry.most_at_once, entry.is_active, entry.skills) == (4, False, [])
        person.assignments.all().delete()
        assert "is no assessor" in manager.post(entry_page, {"most_at_once": "4"}, follow=True).text

    def test_is_for_who_runs_it(self, client, application):
        for role in (Role.ADVISER, Role.ASSESSOR, Role.FINANCE):
            client.force_login(AssignmentFactory(programme=application.case.programme, role=role).user)
            assert client.get(reverse("funding:pool")).status_code == 404, role


class TestInvite:
    def test_asks_several_and_takes_one_back(self, manager, application):
        programme = application.case.programme
        people = [in_pool(programme, UserFactory(full_name=f"Judge {n}"), skills=["capital_equipment"]) for n in "AB"]
        page = manager.get(address(application, "invite"))
        assert "Capital equipment" in page.text
        assert "Email address at firm.example" in page.text
        day = timezone.localdate() + timedelta(days=7)
        due = {"due_on_day": day.day, "due_on_month": day.month, "due_on_year": day.year}
        assert "Choose at least one assessor" in manager.post(address(application, "invite"), due).text
        manager.post(address(application, "invite"), due | {"assessors": [one.pk for one in people]})
        assert ReviewInvitation.objects.live().count() == 2
        page = manager.get(address(application, "invite"))
        assert "Nobody is left to ask" in page.text
        first = ReviewInvitation.objects.first()
        back = address(application, "take-back-invitation", first.pk)
        assert manager.get(back).status_code == 405
        for _click in range(2):
            assert manager.post(back).url == address(application, "invite")
        assert ReviewInvitation.objects.live().count() == 1
        assert "Taken back" in manager.get(address(application, "detail")).text

    def test_who_cannot_be_asked_is_shown_with_the_reason(self, manager, application):
        programme = application.case.programme
        in_pool(programme, UserFactory(full_name="Full Judge"), most_at_once=0)
        conflict = asked(application, UserFactory(full_name="Close Judge"))
        actions.decline_invitation(invitation=conflict, why="CONFLICT", note="Cousin", by=conflict.assessor, at=WRITTEN)
        page = manager.get(address(application, "invite"))
        assert "Has as many as they take at once" in page.text
        assert "Declared a conflict of interest" in page.text
        assert '<input class="govuk-checkboxes__input"' not in page.text

    def test_last_place_that_went_meanwhile_is_told(self, manager, application, monkeypatch):
        entry = in_pool(application.case.programme, UserFactory(full_name="Judge"))
        day = timezone.localdate() + timedelta(days=7)
        due = {"due_on_day": day.day, "due_on_month": day.month, "due_on_year": day.year}
        monkeypatch.setattr("funding.views.panels._candidates", lambda *args: [_free(entry)])
        Assessor.objects.update(most_at_once=0)
        page = manager.post(address(application, "invite"), due | {"assessors": [entry.pk]})
        assert "as many applications as they take at once" in page.text

    def test_same_queries_for_one_and_many(self, manager, application):
        in_pool(application.case.programme, UserFactory())

        def count():
            with CaptureQueriesContext(connection) as found:
                manager.get(address(application, "invite"))
            return len(found)

        one = count()
        for _number in range(8):
            in_pool(application.case.programme, UserFactory())
        assert count() == one <= 20

    def test_not_after_the_decision(self, client):
        application = GrantApplicationFactory(approved=True)
        client.force_login(AssignmentFactory(programme=application.case.programme, role=Role.MANAGER).user)
        assert client.get(address(application, "invite")).url == address(application, "detail")


def _free(entry):
    entry.why_not, entry.signs, entry.fitting, entry.load = "", [], [], 0
    return entry


class TestMeeting:
    @pytest.fixture
    def application(self):
        application = GrantApplicationFactory(submitted=True)
        application.call.reviews_needed = 2
        application.call.save()
        assess(application)
        return application

    def second_opinion(self, application, points):
        invitation = take_on(application, UserFactory())
        review = actions.declare(application=application, conflict="NONE", note="", by=invitation.assessor, at=WRITTEN)
        scores = {code: {"score": points, "reason": "Hm."} for code in ("need", "value")}
        actions.review(
            review=review, scores=scores, recommendation="DO_NOT_FUND", comment="", send=True, by=invitation.assessor,
            at=WRITTEN,
        )  # fmt: skip

    def test_ranked_with_what_is_far_apart(self, manager, application):
        self.second_opinion(application, 2)
        case = CaseFactory(programme=application.case.programme, accepted=True)
        better = GrantApplicationFactory(case=case, call=application.call, title="Better one", submitted=True)
        assess(better)
        GrantApplicationFactory(
            case=CaseFactory(programme=application.case.programme, accepted=True), call=application.call, submitted=True
        )
        page = manager.get(reverse("funding:ranked", args=[application.call_id]))
        assert page.text.index("Better one") < page.text.index(application.title)
        assert "50.0, far" in page.text
        assert "1 application has no assessment yet" in page.text

    def test_pages_go_on_counting(self, manager, application, monkeypatch):
        monkeypatch.setattr("funding.views.panels.SIZE", 1)
        case = CaseFactory(programme=application.case.programme, accepted=True)
        assess(GrantApplicationFactory(case=case, call=application.call, submitted=True))
        url = reverse("funding:ranked", args=[application.call_id])
        first = manager.get(url).context["page"]
        second = manager.get(url, {"cursor": first.next_cursor}).context["page"]
        assert [row.place for row in [*first.rows, *second.rows]] == [1, 2]
        assert manager.get(url, {"cursor": "%00"}).status_code == 200

    def test_at_most_15_queries_at_any_size(self, manager, application):
        url = reverse("funding:ranked", args=[application.call_id])

        def count():
            with CaptureQueriesContext(connection) as found:
                manager.get(url)
            return len(found)

        one = count()
        for _number in range(4):
            case = CaseFactory(programme=application.case.programme, accepted=True)
            assess(GrantApplicationFactory(case=case, call=application.call, submitted=True))
        assert count() == one <= 15

    def test_500_with_5_assessments_each(self, manager, application):
        people = [UserFactory() for _number in range(5)]
        facts = {"case": application.case, "call": application.call, "status": "DECLINED", "title": "Robot",
                 "created_at": WRITTEN, "created_by": application.created_by, "submitted_at": WRITTEN,
                 "submitted_by": application.created_by, "updated_at": WRITTEN}  # fmt: skip
        rows = GrantApplication.objects.bulk_create(
            GrantApplication(number=10 + place, score=Decimal(place % 100), spread=Decimal(20), **facts)
            for place in range(500)
        )
        sent = {"conflict": "NONE", "declared_at": WRITTEN, "submitted_at": WRITTEN, "recommendation": "FUND"}
        Review.objects.bulk_create(
            Review(application=row, assessor=one, total=row.score, **sent) for row in rows for one in people
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE funding_grantapplication, funding_review")
        url, places, queries = reverse("funding:ranked", args=[application.call_id]), [], []
        cursor = ""
        for _page in range(11):
            with CaptureQueriesContext(connection) as found:
                page = manager.get(url, {"cursor": cursor} if cursor else {}).context["page"]
            queries.append(len(found))
            places += [row.place for row in page.rows]
            assert all(len(row.sent_reviews) == 5 for row in page.rows if row.pk != application.pk)
            cursor = page.next_cursor
        assert places == list(range(1, 502))
        assert max(queries) <= 15
        ranking = GrantApplication.objects.filter(call=application.call, score__isnull=False)
        assert "grants_by_rank" in ranking.order_by("-score", "id")[:51].explain()

    def test_is_for_who_runs_it(self, client, application):
        for role in (Role.ADVISER, Role.ASSESSOR, Role.FINANCE):
            client.force_login(AssignmentFactory(programme=application.case.programme, role=role).user)
            assert client.get(reverse("funding:ranked", args=[application.call_id])).status_code == 404, role
            assert client.get(address(application, "panel")).status_code in {403, 404}, role

    def test_agreed_and_on_to_the_next(self, manager, application):
        self.second_opinion(application, 2)
        case = CaseFactory(programme=application.case.programme, accepted=True)
        other = GrantApplicationFactory(case=case, call=application.call, submitted=True)
        assess(other)
        page = manager.get(address(application, "panel"))
        assert page.text.count("Far apart") == 3, "both criteria and the whole"
        assert "Say why, in a sentence" in manager.post(address(application, "panel"), {"outcome": "FUND"}).text
        given = {"outcome": "FUND", "score": "66.5", "note": "Strong."}
        assert manager.post(address(application, "panel"), given | {"next": "1"}).url == address(other, "panel")
        assert manager.post(address(other, "panel"), given | {"next": "1"}).url.endswith("/ranked/")
        assert PanelOutcome.objects.count() == 2
        assert 'value="66.50"' in manager.get(address(application, "panel")).text
        assert manager.post(address(application, "panel"), given | {"score": "101"}).status_code == 200

    def test_too_late_is_told(self, manager, application):
        actions.withdraw(application=application, reason="No", by=application.created_by, at=WRITTEN)
        page = manager.post(address(application, "panel"), {"outcome": "FUND", "note": "Strong."})
        assert "not being assessed now" in page.text


class TestConflictFound:
    WHY = {"reason": "Her brother owns the firm."}

    @pytest.fixture
    def review(self, application):
        return assess(application)

    def page(self, review):
        return address(review.application, "conflict-found", review.pk)

    def test_by_the_assessor_who_then_has_nothing_more_to_do_with_it(self, client, review):
        client.force_login(review.assessor)
        page = self.page(review)
        assert page in client.get(address(review.application, "review")).text
        assert "You sent your assessment" in client.get(page).text
        assert "Give a reason in plain words" in client.post(page, {"reason": ""}).text
        assert client.post(page, self.WHY).url == ASSESSING
        assert client.get(page).status_code == 404
        assert client.get(address(review.application, "review")).status_code == 404

    def test_by_a_manager_and_the_pages_show_it(self, manager, application, review):
        assess(application)
        assert self.page(review) in manager.get(address(application, "detail")).text
        shown = manager.post(self.page(review), self.WHY, follow=True)
        assert "no longer counts" in shown.text
        for page in (address(application, "detail"), address(application, "panel")):
            text = manager.get(page).text
            assert "Her brother owns the firm." in text
            assert f"The assessment of {review.assessor.get_full_name()}" in text
        ranked = manager.get(reverse("funding:ranked", args=[application.call_id])).text
        assert "1 not counted" in ranked

    def test_after_the_decision_it_is_kept_beside_it(self, manager, application, review):
        approve(application)
        assert "nothing is worked out again" in manager.get(self.page(review)).text
        assert "Recorded beside the decision" in manager.post(self.page(review), self.WHY, follow=True).text
        assert Review.objects.get().submitted_at

    def test_two_at_once_record_one(self, manager, review, monkeypatch):
        manager.get(self.page(review))

        def late(**facts):
            raise actions.UnableToReview("This assessment does not count any more.")

        monkeypatch.setattr(actions, "find_conflict", late)
        assert "does not count any more" in manager.post(self.page(review), self.WHY, follow=True).text

    @pytest.mark.parametrize(("role", "status"), [(Role.ADVISER, 403), (Role.ASSESSOR, 404)])
    def test_is_for_the_assessor_and_who_runs_it(self, client, review, role, status):
        client.force_login(AssignmentFactory(programme=review.application.case.programme, role=role).user)
        assert client.get(self.page(review)).status_code == status

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.permissions import FirmRole, Role
from funding import actions
from funding.models import GrantApplication, Outline
from tests.factories.accounts import AssignmentFactory, MembershipFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.funding import OutlineFactory, judge
from tests.factories.programmes import CallFactory, InstrumentFactory
from tests.funding.test_outlines import plan

pytestmark = pytest.mark.django_db

MOST_QUERIES = 15


def address(outline, name="outline", *args):
    return reverse(f"funding:{name}", args=[outline.case.reference, outline.pk, *args])


@pytest.fixture
def accepted(programme):
    return CaseFactory(programme=programme, accepted=True)


@pytest.fixture
def call(programme):
    return CallFactory(instrument=InstrumentFactory(programme=programme), needs_outline=True)


@pytest.fixture
def owner(accepted, client):
    client.force_login(accepted.created_by)
    return client


def answers(page, **more):
    """What a form sends that was opened as `page`."""
    form = page.context["form"]
    return {name: form[name].value() or "" for name in ("seen", "typed_by")} | more


DATES = {
    "starts_on_day": "1", "starts_on_month": "3", "starts_on_year": "2036",
    "ends_on_day": "31", "ends_on_month": "8", "ends_on_year": "2036",
}  # fmt: skip
WRITTEN_BY_HAND = {
    "problem": {"title": "Robot cell", "problem": "Idle at night."},
    "change": {"change": "We buy a robot."},
    "cost": {"rough_cost": "£45,000", "supplier": "Robots of Preston"},
    "dates": DATES,
}


class TestTheFirmsWay:
    def test_from_the_start_to_the_advisers_page_by_page(self, owner, accepted, call):
        start = f"/cases/{accepted.reference}/funding/start/"
        page = owner.get(start)
        assert "A short outline comes first" in page.text
        page = owner.post(start, {"call": call.pk, "key": str(uuid.uuid4())}, follow=True)
        outline = Outline.objects.get()
        assert page.redirect_chain[-1][0] == address(outline, "outline-page", "problem")
        page = owner.get(address(outline))
        assert "Still to write: Problem" in page.text
        assert page.context["next_page"] == address(outline, "outline-page", "problem")
        again = owner.post(start, {"call": call.pk, "key": str(uuid.uuid4())})
        assert again["Location"] == address(outline, "outline-page", "problem")
        for code, said in WRITTEN_BY_HAND.items():
            url = address(outline, "outline-page", code)
            page = owner.post(url, answers(owner.get(url), **said), follow=True)
        outline.refresh_from_db()
        assert (outline.rough_cost, outline.supplier) == (Decimal(45000), "Robots of Preston")
        assert page.redirect_chain[-1][0] == address(outline)
        assert "Check your outline" in page.text
        page = owner.post(address(outline, "send-outline"), follow=True)
        assert "You have sent your outline." in page.text
        assert "What happens next" in page.text
        again = owner.post(address(outline, "send-outline"), follow=True)
        assert "Our advisers are reading it" in again.text
        again = owner.post(start, {"call": call.pk, "key": str(uuid.uuid4())})
        assert again["Location"] == address(outline)
        assert not GrantApplication.objects.exists()

    def test_each_page_leads_to_the_next_that_is_empty(self, owner, accepted, call):
        outline = OutlineFactory(case=accepted, call=call, rough_cost=None, starts_on=None)
        url = address(outline, "outline-page", "problem")
        said = WRITTEN_BY_HAND["problem"]
        page = owner.post(url, answers(owner.get(url), **said))
        assert page["Location"] == address(outline, "outline-page", "cost")
        page = owner.post(f"{url}?from=check", answers(owner.get(url), **said))
        assert page["Location"] == address(outline)

    def test_figures_tried_out_come_along(self, owner, accepted, call):
        session = owner.session
        session["afford"] = {str(call.pk): plan().to_data()}
        session.save()
        owner.post(f"/cases/{accepted.reference}/funding/start/", {"call": call.pk, "key": str(uuid.uuid4())})
        outline = Outline.objects.get()
        assert outline.rough_cost == Decimal(30000)
        assert owner.session["afford"] == {}
        assert "£30,000" in owner.get(address(outline)).text

    def test_from_an_action_of_the_plan(self, owner, accepted, call):
        action = AssessmentFactory(case=accepted, final=True).plan.actions.first()
        start = reverse("funding:start-for-action", args=[accepted.reference, action.pk])
        owner.post(start, {"call": call.pk, "key": str(uuid.uuid4())})
        outline = Outline.objects.get()
        assert outline.plan_action == action
        assert action.title in owner.get(address(outline)).text

    @pytest.mark.parametrize(
        ("code", "said", "words"),
        [
            ("problem", {"title": "", "problem": ""}, "Enter a name for your project"),
            ("cost", {"rough_cost": "much"}, "Enter the rough cost in pounds, like 45,000"),
            ("dates", DATES | {"starts_on_year": "2020"}, "Enter a day after today"),
            ("dates", DATES | {"ends_on_year": "2035"}, "The project must finish after it starts"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_lost(self, owner, accepted, call, code, said, words):
        outline = OutlineFactory(case=accepted, call=call)
        url = address(outline, "outline-page", code)
        page = owner.post(url, answers(owner.get(url), **said))
        assert page.status_code == 200
        assert words in page.text
        assert "There is a problem" in page.text

    def test_a_project_ends_in_the_delivery_window(self, owner, accepted, call):
        accepted.programme.delivery = {"from": "2026-01-01", "to": "2030-12-31"}
        accepted.programme.save()
        outline = OutlineFactory(case=accepted, call=call)
        url = address(outline, "outline-page", "dates")
        assert "must finish between" in owner.post(url, answers(owner.get(url), **DATES)).text

    def test_two_colleagues_lose_no_words(self, owner, accepted, call):
        outline = OutlineFactory(case=accepted, call=call)
        url = address(outline, "outline-page", "change")
        mine = answers(owner.get(url), change="We buy a belt.")
        owner.post(url, mine | {"change": "We buy two robots."})
        page = owner.post(url, mine)
        assert "Somebody has changed this since you opened it" in page.text
        assert "We buy two robots." in page.text
        assert "We buy a belt." in page.text
        owner.post(url, answers(page, change="We buy a belt."))
        outline.refresh_from_db()
        assert outline.change == "We buy a belt."

    def test_words_typed_before_the_sign_in_ended_are_back(self, client, accepted, call):
        outline = OutlineFactory(case=accepted, call=call)
        url = address(outline, "outline-page", "change")
        client.force_login(accepted.created_by)
        mine = answers(client.get(url), change="We buy a belt.")
        client.logout()
        assert client.post(url, mine).status_code == 302
        session = client.session  # which the sign-in page gave; signing in there keeps it
        kept = session["typed_words"]
        client.force_login(accepted.created_by)
        session = client.session
        session["typed_words"] = kept
        session.save()
        page = client.get(url)
        assert "Your words are back" in page.text
        assert "We buy a belt." in page.text

    def test_a_page_that_is_not_there(self, owner, accepted, call):
        assert owner.get(address(OutlineFactory(case=accepted, call=call), "outline-page", "x")).status_code == 404

    def test_once_sent_it_is_read_only(self, owner, accepted, call):
        outline = OutlineFactory(case=accepted, call=call, sent=True)
        url = address(outline, "outline-page", "change")
        assert owner.get(url)["Location"] == address(outline)
        page = owner.get(address(outline))
        assert "?from=check" not in page.text
        draft = OutlineFactory(case=CaseFactory(programme=accepted.programme, accepted=True), call=call)
        owner.force_login(draft.created_by)
        url = address(draft, "outline-page", "change")
        said = answers(owner.get(url), change="Later.")
        actions.withdraw_outline(outline=draft, by=draft.created_by, at=draft.created_at)
        assert "cannot be changed now" in owner.post(url, said, follow=True).text

    def test_sending_what_is_not_whole_says_so(self, owner, accepted, call):
        outline = OutlineFactory(case=accepted, call=call, problem="")
        assert "Complete every part" in owner.post(address(outline, "send-outline"), follow=True).text

    def test_a_closed_call_keeps_the_words(self, owner, accepted, call, now):
        ready = OutlineFactory(case=accepted, call=call, ready=True)
        outline = OutlineFactory(case=accepted, call=call)
        type(call).objects.filter(pk=call.pk).update(closes_at=now - timedelta(days=1))
        for one in (outline, ready):
            assert "This funding has closed" in owner.get(address(one)).text


class TestColleagues:
    def test_a_colleague_writes_and_an_owner_sends(self, client, accepted, call):
        outline = OutlineFactory(case=accepted, call=call)
        client.force_login(MembershipFactory(organisation=accepted.organisation, role=FirmRole.COLLEAGUE).user)
        page = client.get(address(outline))
        assert "Only an owner or director can send the outline" in page.text
        assert "Withdraw this outline" not in page.text
        assert client.post(address(outline, "send-outline")).status_code == 403
        assert client.post(address(outline, "withdraw-outline")).status_code == 403
        url = address(outline, "outline-page", "change")
        assert client.post(url, answers(client.get(url), change="We do.")).status_code == 302

    def test_students_and_strangers_find_nothing(self, client, accepted, call, outsider, adviser):
        outline = OutlineFactory(case=accepted, call=call, sent=True)
        student = MembershipFactory(organisation=accepted.organisation, role=FirmRole.STUDENT).user
        for person in (student, outsider, adviser):
            client.force_login(person)
            assert client.get(address(outline)).status_code == 404
        for person in (student, outsider, accepted.created_by):
            client.force_login(person)
            assert client.get(address(outline, "read-outline")).status_code == 404
            assert client.post(address(outline, "read-outline")).status_code == 404


class TestWhatTheFirmReads:
    def test_one_opinion_alone_is_not_shown(self, owner, accepted, call):
        outline = OutlineFactory(case=accepted, call=call, sent=True)
        judge(outline, "BUSINESS", reason="Too dear by half.")
        assert "Too dear" not in owner.get(address(outline)).text

    def test_both_reasons_then_change_and_send_again(self, owner, accepted, call):
        outline = OutlineFactory(case=accepted, call=call, sent=True)
        judge(outline, "BUSINESS", is_ready=False, reason="Too dear by half.")
        judge(outline, "TECHNICAL", reason="The right robot.")
        page = owner.get(address(outline))
        for words in ("Too dear by half.", "The right robot.", "Send it again", "Change"):
            assert words in page.text
        owner.post(address(outline, "send-outline"))
        outline.refresh_from_db()
        assert (outline.status, outline.turn_number) == ("SENT", 2)

    def test_ready_leads_to_the_application_with_one_click(self, owner, accepted, call):
        action = AssessmentFactory(case=accepted, final=True).plan.actions.first()
        outline = OutlineFactory(case=accepted, call=call, plan_action=action, ready=True)
        page = owner.get(address(outline))
        form = page.context["start"]
        said = {"call": call.pk, "key": str(form["key"].value())}
        page = owner.post(form.helper.form_action, said, follow=True)
        application = GrantApplication.objects.get()
        assert (application.outline, application.plan_action) == (outline, action)
        assert "Your outline" in page.text
        assert "You have applied with this outline." in owner.get(address(outline)).text
        cost = owner.get(reverse("funding:add-line", args=[accepted.reference, application.number]))
        assert cost.context["form"]["supplier"].value() == "Robots of Preston"
        assert 'value="45,000"' in cost.text
        refused = owner.post(address(outline, "withdraw-outline"), follow=True)
        assert "Withdraw the application instead" in refused.text

    def test_without_an_action_it_starts_all_the_same(self, owner, accepted, call):
        outline = OutlineFactory(case=accepted, call=call, ready=True)
        assert "You can apply with it." in owner.get(f"/cases/{accepted.reference}/funding/start/").text
        form = owner.get(address(outline)).context["start"]
        owner.post(form.helper.form_action, {"call": call.pk, "key": str(form["key"].value())})
        assert GrantApplication.objects.get().outline == outline

    def test_withdrawn_is_said_once_more(self, owner, accepted, call):
        outline = OutlineFactory(case=accepted, call=call)
        url = address(outline, "withdraw-outline")
        assert "Nobody reads it any more" in owner.get(url).text
        assert "You have withdrawn your outline." in owner.post(url, follow=True).text
        assert "has ended already" in owner.post(url, follow=True).text

    def test_all_of_them_stand_with_the_applications(self, owner, accepted, call):
        OutlineFactory(case=accepted, call=call, title="", sent=False)
        page = owner.get(f"/cases/{accepted.reference}/funding/")
        assert "Outline: Project without a name yet" in page.text
        assert "You have not asked for money yet" not in page.text


class TestStaffWhoTryOut:
    def test_with_the_outline_or_without(self, client, programme, call):
        manager = AssignmentFactory(programme=programme, role=Role.MANAGER).user
        case = actions.try_out(programme=programme, by=manager, at=call.opens_at)
        client.force_login(manager)
        start = f"/cases/{case.reference}/funding/start/"
        assert "Begin with the outline, as firms do" in client.get(start).text
        client.post(start, {"call": call.pk, "key": str(uuid.uuid4()), "outline": "on"})
        assert Outline.objects.get().case == case
        client.post(start, {"call": call.pk, "key": str(uuid.uuid4())})
        assert GrantApplication.objects.get().outline is None


OPINION = {"number": "1", "side": "BUSINESS", "is_ready": "yes", "reason": "They can pay their part."}


class TestStaff:
    @pytest.fixture
    def sent(self, accepted, call):
        return OutlineFactory(case=accepted, call=call, sent=True, figures=plan(cash=Decimal(10)).to_data())

    def test_the_list_and_the_way_to_it(self, signed_in, adviser, sent, django_assert_max_num_queries):
        client = signed_in(adviser)
        page = client.get("/casework/")
        [entry] = [one for group in page.context["rail"] for one in group["entries"] if one["label"] == "Outlines"]
        assert (entry["count"], entry["url"]) == (1, reverse("funding:outlines"))
        judge(sent, "TECHNICAL", is_ready=False)
        with django_assert_max_num_queries(MOST_QUERIES) as one:
            page = client.get(entry["url"])
        assert sent.title in page.text
        assert "Technical: not yet" in page.text
        for _number in range(20):
            OutlineFactory(case=CaseFactory(programme=sent.case.programme, accepted=True), call=sent.call, sent=True)
        with django_assert_max_num_queries(MOST_QUERIES) as many:
            client.get(entry["url"])
        assert len(one.captured_queries) == len(many.captured_queries)
        judge(sent, "BUSINESS")
        assert sent.case.organisation.name in client.get(entry["url"], {"status": "NOT_YET"}).text
        assert "Nothing here" in client.get(entry["url"], {"status": "READY"}).text

    def test_a_firm_has_no_such_list(self, owner):
        assert owner.get(reverse("funding:outlines")).status_code == 403

    def test_two_advisers_answer(self, signed_in, adviser, sent, programme, django_assert_max_num_queries):
        assessment = AssessmentFactory(case=sent.case, final=True)
        Outline.objects.filter(pk=sent.pk).update(plan_action=assessment.plan.actions.first())
        client = signed_in(adviser)
        url = address(sent, "read-outline")
        with django_assert_max_num_queries(MOST_QUERIES):
            page = client.get(url)
        for words in ("What the firm tried out", "Result of the diagnostic", "Action of the plan", "Short of cash by"):
            assert words in page.text
        assert "Your opinion is kept." in client.post(url, OPINION, follow=True).text
        page = client.post(url, OPINION | {"side": "TECHNICAL"})
        assert "Somebody else has to give this one" in page.text
        assert "Another adviser has to give the other one." in client.get(url).text
        client = signed_in(AssignmentFactory(programme=programme, role=Role.MANAGER).user)
        form = client.get(url).context["form"]
        assert [value for value, _label in form.fields["side"].choices] == ["TECHNICAL"]
        page = client.post(url, OPINION | {"side": "TECHNICAL"}, follow=True)
        assert "Both find it ready." in page.text
        assert "They can pay their part." in page.text

    def test_a_reason_is_needed(self, signed_in, adviser, sent):
        page = signed_in(adviser).post(address(sent, "read-outline"), OPINION | {"reason": ""})
        assert "Give a reason in plain words" in page.text
        assert not sent.opinions.exists()

    def test_an_approver_reads_and_gives_none(self, signed_in, sent, programme):
        client = signed_in(AssignmentFactory(programme=programme, role=Role.APPROVER).user)
        url = address(sent, "read-outline")
        page = client.get(url)
        assert page.context["form"] is None
        assert "It waits for two advisers" in page.text
        assert client.post(url, OPINION).status_code == 403

    @pytest.mark.parametrize(
        ("state", "words"), [("NOT_YET", "The firm has read what is missing"), ("WITHDRAWN", "has withdrawn it")]
    )
    def test_what_became_of_it_is_said(self, signed_in, adviser, sent, state, words):
        if state == "NOT_YET":
            judge(sent, "BUSINESS", is_ready=False)
            judge(sent, "TECHNICAL")
        else:
            actions.withdraw_outline(outline=sent, by=sent.created_by, at=sent.sent_at)
        assert words in signed_in(adviser).get(address(sent, "read-outline")).text

    def test_from_the_application_back_to_it(self, signed_in, adviser, accepted, call):
        outline = OutlineFactory(case=accepted, call=call, ready=True)
        actions.start(
            case=accepted, call=call, plan_action=None, key=uuid.uuid4(), by=accepted.created_by, at=outline.sent_at
        )
        page = signed_in(adviser).get(address(outline, "read-outline"))
        assert "The firm has begun its application." in re.sub(r"\s+", " ", page.text)

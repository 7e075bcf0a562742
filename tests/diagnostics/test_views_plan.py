"""The plan's pages on both sides: read, change, agree, follow, download."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from diagnostics import actions
from diagnostics.models import ActionPlan, PlanAction
from documents import tasks
from documents.models import Document
from tests.factories.accounts import AssignmentFactory
from tests.factories.diagnostics import STARTED, AssessmentFactory
from tests.factories.programmes import CallFactory, InstrumentFactory, RegionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(final):
    return final.plan


@pytest.fixture
def owner(case):
    return case.created_by


@pytest.fixture
def agreed(plan, owner, adviser):
    for side, by in ((True, owner), (False, adviser)):
        actions.agree_plan(plan=plan, for_firm=side, by=by, at=STARTED, revision=plan.revision)
    plan.refresh_from_db()
    return plan


def url(name, case, *args):
    return reverse(f"diagnostics:{name}", args=[case.reference, *args])


def fields(page):
    """Everything the form of a page would send, dates in their three boxes."""
    found = {}
    for field in page.context["form"]:
        value = field.value()
        if isinstance(value, date):
            found |= {f"{field.html_name}_{part}": str(getattr(value, part)) for part in ("day", "month", "year")}
        elif value is not None and value is not False:
            found[field.html_name] = value
    return found


# --- PDF ----------------------------------------------------------------------------------------
def test_plan_page_waits_then_offers_the_pdf(signed_in, final, case, django_capture_on_commit_callbacks):
    client = signed_in(case.created_by)
    page = client.get(url("plan", case)).content.decode()
    assert "Your PDF is next in line" in page
    assert "Check again" in page
    assert client.get(url("plan-pdf", case)).status_code == 404
    assert client.get(url("plan-status", case)).url == url("plan", case)
    fragment = client.get(url("plan-status", case), headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 2s"' in fragment
    tasks.render_document(document_id=str(final.plan.document_id))
    fragment = client.get(url("plan-status", case), headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in fragment
    assert "Your action plan is ready" in fragment
    pdf = client.get(url("plan-pdf", case))
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert b"".join(pdf.streaming_content).startswith(b"%PDF-")


def test_second_click_makes_no_second_document(signed_in, final, case):
    client = signed_in(case.created_by)
    for _ in range(3):
        assert client.post(url("plan-make", case)).url == url("plan", case)
    assert Document.objects.count() == 1


def test_rendering_again_after_a_lost_worker_uses_the_same_facts(final, case):
    document = Document.objects.claim(final.plan.document_id, timezone.now())
    assert document.state == "WORKING"
    tasks.render_document(document_id=str(document.pk))  # another worker has it: nothing happens
    document.refresh_from_db()
    assert document.state == "WORKING"
    Document.objects.update(claimed_at=STARTED)  # that worker is gone
    tasks.render_document(document_id=str(document.pk))
    document.refresh_from_db()
    assert (document.state, document.attempts, document.context["firm"]) == ("READY", 2, case.organisation.name)


def test_failed_pdf_can_be_asked_for_again(signed_in, staff, final, case):
    Document.objects.update(state=Document.State.FAILED)
    assert "could not be made" in staff.get(url("plan", case)).content.decode()
    assert staff.post(url("plan-make", case)).url == url("staff-plan", case)
    assert Document.objects.count() == 2


def test_firm_changes_and_agrees(signed_in, final, case):
    client = signed_in(case.created_by)
    action = final.plan.actions.get(rank=1)
    page = client.get(url("plan-action", case, action.pk))
    assert "Every order is typed three times" in page.content.decode()
    sent = {"owner": "Sam", "start_on_day": "1", "start_on_month": "12", "start_on_year": "2026", "progress": "doing"}
    assert client.post(url("plan-action", case, action.pk), sent).url == url("plan", case)
    action.refresh_from_db()
    assert (action.owner, str(action.start_on), action.progress) == ("Sam", "2026-12-01", "doing")
    wrong = client.post(url("plan-action", case, action.pk), {**sent, "start_on_month": "13"}).content.decode()
    assert "There is a problem" in wrong
    assert client.post(url("plan-agree", case), {"revision": "1"}).url == url("plan", case)
    assert "Your firm agreed this plan" in client.get(url("plan", case)).content.decode()


def test_adviser_moves_an_action_with_a_reason(staff, final, case):
    action = final.plan.actions.get(rank=1)
    page = staff.get(url("staff-plan-action", case, action.pk))
    data = {
        "owner": "Sam", "progress": "not_started", "horizon": "later", "reason": "",
        "cost": "48,000", "grant": "50,000", "yearly_benefit": "26000", "running_cost": "3000",
    }  # fmt: skip
    refused = staff.post(url("staff-plan-action", case, action.pk), data).content.decode()
    assert "Say why you move this action" in refused
    assert "not more than the cost" in refused
    data |= {"reason": "They change their order system in spring.", "grant": "20,000"}
    assert staff.post(url("staff-plan-action", case, action.pk), data).status_code == 302
    action.refresh_from_db()
    assert (action.horizon, action.computed_horizon, str(action.money.payback_months)) == ("later", "now", "14.6")
    assert page.status_code == 200
    plan = staff.get(url("staff-plan", case)).content.decode()
    assert "They change their order system in spring." in plan
    assert staff.post(url("staff-plan-agree", case), {"revision": "2"}).url == url("staff-plan", case)


def test_firm_cannot_agree_for_the_adviser(signed_in, final, case, adviser):
    client = signed_in(case.created_by)
    assert client.post(url("staff-plan-agree", case)).status_code == 403
    assert signed_in(adviser).post(url("plan-agree", case)).status_code == 403


def test_no_plan_yet(staff, case):
    AssessmentFactory(case=case, submitted=True)
    assert staff.get(url("plan", case)).status_code == 404


def test_each_version_is_there_to_download(signed_in, plan, case, owner):
    client = signed_in(owner)
    tasks.render_document(document_id=str(plan.document_id))
    page = client.get(url("plan", case)).content.decode()
    assert "Version 1 (PDF)" in page
    assert "draft" in page
    pdf = client.get(url("plan-version", case, 1))
    assert b"".join(pdf.streaming_content).startswith(b"%PDF-")
    assert client.get(url("plan-version", case, 2)).status_code == 404


# --- The firm -----------------------------------------------------------------------------------
def test_names_and_dates_come_first_then_the_signature(signed_in, plan, case, owner):
    client = signed_in(owner)
    assert "Give the first actions a name and a date" in client.get(url("plan", case)).content.decode()
    page = client.get(url("plan-names", case))
    data = fields(page)
    for row in plan.actions.filter(horizon="now"):
        data |= {f"owner_{row.pk}": "Sam", f"start_on_{row.pk}_day": "1", f"start_on_{row.pk}_month": "12",
                 f"start_on_{row.pk}_year": "2026"}  # fmt: skip
    wrong = client.post(url("plan-names", case), {**data, f"start_on_{row.pk}_month": "13"}).content.decode()
    assert "There is a problem" in wrong
    assert client.post(url("plan-names", case), data).url == url("plan", case)
    assert set(plan.actions.filter(horizon="now").values_list("owner", "start_on")) == {("Sam", date(2026, 12, 1))}
    page = client.get(url("plan", case)).content.decode()
    assert "Read the plan, then agree it" in page
    client.post(url("plan-agree", case), {"revision": "1"})
    assert "Your firm agreed this plan" in client.get(url("plan", case)).content.decode()


@pytest.mark.parametrize("sent", [{"revision": "7"}, {"revision": "x"}, {}])
def test_a_plan_that_was_not_read_is_not_agreed(signed_in, plan, case, owner, sent):
    client = signed_in(owner)
    page = client.post(url("plan-agree", case), sent, follow=True).content.decode()
    assert "Read it again, then agree" in page
    assert ActionPlan.objects.get().firm_agreed_at is None


def test_how_is_it_going(signed_in, agreed, case, owner):
    client = signed_in(owner)
    assert "How is it going?" in client.get(url("plan", case)).content.decode()
    page = client.get(url("plan-follow-up", case))
    first, second = agreed.actions.filter(horizon="now").order_by("rank")[:2]
    data = {**fields(page), f"progress_{first.pk}": "dropped", f"progress_{second.pk}": "doing"}
    refused = client.post(url("plan-follow-up", case), data).content.decode()
    assert "Say why you drop this action" in refused
    data[f"progress_note_{first.pk}"] = "The press is sold."
    assert client.post(url("plan-follow-up", case), data).url == url("plan", case)
    first.refresh_from_db()
    assert (first.progress, first.progress_note, first.finished_on) == (
        "dropped", "The press is sold.", timezone.now().date(),
    )  # fmt: skip
    assert ActionPlan.objects.get().is_agreed
    assert first.title in client.get(url("plan", case)).content.decode()


def test_both_texts_are_shown_when_somebody_was_faster(signed_in, plan, case, owner):
    client = signed_in(owner)
    row = plan.actions.filter(horizon="now").order_by("rank").first()
    for name, args, suffix in (("plan-follow-up", (), f"_{row.pk}"), ("plan-action", (row.pk,), "")):
        row.refresh_from_db()
        data = fields(client.get(url(name, case, *args)))
        theirs = {"progress_note": f"Theirs {name}", "progress": "doing"}
        actions.change_action(action=row, changes=theirs, by=owner, at=STARTED)
        mine = {**data, f"progress_note{suffix}": "Mine", f"progress{suffix}": "not_started"}
        page = client.post(url(name, case, *args), mine)
        text = page.content.decode()
        assert f"Theirs {name}" in text
        assert "Mine" in text
        assert "Under way" in text
        row.refresh_from_db()
        assert row.progress_note == f"Theirs {name}"
        assert client.post(url(name, case, *args), fields(page)).status_code == 302
        row.refresh_from_db()
        assert row.progress_note == "Mine"


def test_an_action_that_came_in_meanwhile_is_left_alone(signed_in, plan, case, owner):
    client = signed_in(owner)
    data = fields(client.get(url("plan-names", case)))
    own = actions.add_action(
        plan=plan, fields={"title": "Label tools", "description": "Do it.", "horizon": "now", "cost_band": 0,
                           "owner": "Ann"}, by=owner, at=STARTED,
    )  # fmt: skip
    assert client.post(url("plan-names", case), data).status_code == 302
    own.refresh_from_db()
    assert own.owner == "Ann"


OWN = {"title": "Label every tool", "description": "Shadow boards at both presses.", "horizon": "now", "cost_band": "0"}


@pytest.mark.parametrize("side", ["", "staff-"])
def test_own_actions(client, plan, case, owner, adviser, side):
    client.force_login(adviser if side else owner)
    assert client.get(url(f"{side}plan-add", case)).status_code == 200
    assert (
        "Answer the question: What do you want to do?"
        in client.post(url(f"{side}plan-add", case), {**OWN, "title": ""}).content.decode()
    )
    assert client.post(url(f"{side}plan-add", case), OWN).url == url(f"{side}plan", case)
    row = PlanAction.objects.get(is_own=True)
    assert "Label every tool" in client.get(url(f"{side}plan", case)).content.decode()
    assert "Label every tool" in client.get(url(f"{side}plan-action", case, row.pk)).content.decode()
    page = client.get(url(f"{side}plan-own", case, row.pk))
    stale = fields(page)
    assert client.post(url(f"{side}plan-own", case, row.pk), {**stale, "title": "Label tools"}).status_code == 302
    late = client.post(url(f"{side}plan-own", case, row.pk), {**stale, "description": "Only at one press."})
    assert "Somebody else has changed this" in late.content.decode()
    assert client.post(url(f"{side}plan-own", case, row.pk), fields(late)).status_code == 302
    assert client.post(url(f"{side}plan-remove", case, row.pk)).url == url(f"{side}plan", case)
    assert not PlanAction.objects.filter(is_own=True).exists()
    other = plan.actions.first()
    assert client.get(url(f"{side}plan-own", case, other.pk)).status_code == 404
    assert client.post(url(f"{side}plan-remove", case, other.pk)).status_code == 404


def test_own_actions_of_an_agreed_plan_stay(signed_in, plan, case, owner, adviser):
    row = actions.add_action(plan=plan, fields={**OWN, "cost_band": 0}, by=owner, at=STARTED)
    for side, by in ((True, owner), (False, adviser)):
        actions.agree_plan(plan=plan, for_firm=side, by=by, at=STARTED)
    page = signed_in(owner).post(url("plan-remove", case, row.pk), follow=True).content.decode()
    assert "The plan is agreed. Drop this action" in page


def test_an_ended_case_only_shows_its_plan(signed_in, plan, case, owner):
    data = fields(signed_in(owner).get(url("plan-names", case)))
    data[next(key for key in data if key.startswith("seen"))] = ""
    case.withdraw(by=owner, at=STARTED, reason="No time.")
    client = signed_in(owner)
    assert "Add an action of your own" not in client.get(url("plan", case)).content.decode()
    row = plan.actions.filter(horizon="now").first()
    page = client.post(url("plan-names", case), {**data, f"owner_{row.pk}": "Sam"}).content.decode()
    assert "has ended" in page
    assert "has ended" in client.post(url("plan-add", case), OWN, follow=True).content.decode()
    assert "has ended" in client.post(url("plan-agree", case), {"revision": "1"}, follow=True).content.decode()


def test_a_result_that_is_open_again_is_said(signed_in, plan, case, owner, adviser):
    actions.reopen(assessment=plan.assessment, reason="MS06 was misread.", by=adviser, at=STARTED)
    assert "Your result is being looked at again" in signed_in(owner).get(url("plan", case)).content.decode()


def test_the_page_shows_support_and_people_rule_by_rule(signed_in, programme, plan, case, owner):
    grant = InstrumentFactory(programme=programme, slug="match", name="Match funding", kind="grant")
    CallFactory(instrument=grant)
    text = signed_in(owner).get(url("plan", case)).content.decode()
    for words in (
        "Match funding", "Agree the costs of the action", "before you have the offer in writing", "<svg", "Quick wins",
        "What is in the way", "Who looks back at it",
    ):  # fmt: skip
        assert words in text, words


# --- Staff --------------------------------------------------------------------------------------
def test_places_of_all_actions_on_one_page(staff, plan, case):
    page = staff.get(url("staff-plan-places", case))
    first, second = plan.actions.order_by("rank")[:2]
    data = {**fields(page), f"horizon_{first.pk}": "later", f"is_kept_first_{second.pk}": "on"}
    refused = staff.post(url("staff-plan-places", case), data).content.decode()
    assert "Say why you move this action" in refused
    assert "Say why it comes first" in refused
    data |= {f"reason_{first.pk}": "The hall is rebuilt.", f"reason_{second.pk}": "The customer asks for it."}
    assert staff.post(url("staff-plan-places", case), data).url == url("staff-plan", case)
    first.refresh_from_db()
    assert (first.horizon, first.computed_horizon) == ("later", "now")
    text = staff.get(url("staff-plan", case)).content.decode()
    assert "Kept first" in text
    assert "Moved; the method says" in text
    assert text.index(second.title) < text.index("The customer asks for it.")


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"cost_low": "100"}, "Enter what is most likely too"),
        ({"cost_low": "100", "cost": "90"}, "Enter no more than what is most likely"),
        ({"cost": "90", "cost_high": "80"}, "Enter no less than what is most likely"),
        ({"cost_low": "50", "cost": "90", "grant": "60"}, "Enter a grant that is not more than the cost"),
        ({"horizon": "nowhere"}, "Choose one of the options shown"),
    ],
)
def test_figures_in_order(staff, plan, case, sent, message):
    row = plan.actions.get(rank=1)
    address = url("staff-plan-action", case, row.pk)
    data = {**fields(staff.get(address)), **sent}
    assert message in staff.post(address, data).content.decode()


def test_estimates_show_three_cases(staff, plan, case, owner, client):
    row = plan.actions.get(rank=1)
    address = url("staff-plan-action", case, row.pk)
    data = fields(staff.get(address)) | {
        "cost_low": "40000", "cost": "48000", "cost_high": "60000", "grant": "20000", "benefit_low": "2000",
        "yearly_benefit": "26000", "running_cost": "3000", "baseline": "40 cards lost a month",
    }  # fmt: skip
    assert staff.post(address, data).status_code == 302
    client.force_login(owner)
    text = client.get(url("plan-action", case, row.pk)).content.decode()
    for words in ("Careful", "does not pay back", "14.6 months", "146.4 %", "£29,197.60", "40 cards lost a month"):
        assert words in text, words


def test_other_roles_read(signed_in, plan, case, programme):
    client = signed_in(AssignmentFactory(programme=programme, role=Role.AUDITOR).user)
    row = plan.actions.first()
    assert "Your role reads this plan" in client.get(url("staff-plan-action", case, row.pk)).content.decode()
    assert client.get(url("staff-plan-places", case)).status_code == 403
    assert client.post(url("staff-plan-action", case, row.pk), {}).status_code == 403
    assert client.get(url("plan-names", case)).status_code == 403


def test_looking_back_is_noted(staff, agreed, case, owner, client):
    reminder = agreed.reminders.get(kind="two_weeks")
    address = url("staff-plan-look-back", case, reminder.pk)
    assert "Write a line about what came of it" in staff.post(address, {"note": ""}).content.decode()
    assert staff.post(address, {"note": "All begun."}).url == url("staff-plan", case)
    assert "All begun." in staff.get(url("staff-plan", case)).content.decode()
    case.withdraw(by=owner, at=STARTED, reason="No time.")
    other = agreed.reminders.get(kind="three_months")
    page = staff.post(url("staff-plan-look-back", case, other.pk), {"note": "x"}, follow=True).content.decode()
    assert "followed no longer" in page


def test_the_list_of_plans_to_look_back_at(
    staff, agreed, case, programme, django_assert_max_num_queries, outsider, client, monkeypatch
):
    north = RegionFactory(programme=programme, name="North")
    agreed.reminders.filter(kind="two_weeks").update(due_on=timezone.now().date() - timedelta(days=1))
    listed = reverse("diagnostics:plans")
    staff.get(listed)
    with django_assert_max_num_queries(15):
        text = staff.get(listed).content.decode()
    assert case.reference in text
    assert "Late" in text
    assert staff.get(listed, {"due": "late"}).context["page"].rows[0].kind == "two_weeks"
    assert len(staff.get(listed, {"due": "all"}).context["page"].rows) == 3
    assert staff.get(listed, {"region": north.pk}).context["page"].rows == []
    assert len(staff.get(listed, {"region": "x", "due": "y"}).context["page"].rows) == 1
    client.force_login(outsider)
    assert client.get(listed).context["page"].rows == []
    client.force_login(case.created_by)
    assert client.get(listed).status_code == 404


def test_pages_of_the_plan_ask_few_queries(
    client, plan, case, owner, adviser, programme, django_assert_max_num_queries
):
    CallFactory(instrument=InstrumentFactory(programme=programme, kind="grant"))
    row = plan.actions.first()
    pages = {
        owner: [url(name, case) for name in ("plan", "plan-names", "plan-follow-up", "plan-add")]
        + [url("plan-action", case, row.pk)],
        adviser: [url(name, case) for name in ("staff-plan", "staff-plan-places", "staff-plan-add")]
        + [url("staff-plan-action", case, row.pk)],
    }
    for person, addresses in pages.items():
        client.force_login(person)
        for address in addresses:
            client.get(address)
            with django_assert_max_num_queries(15):
                assert client.get(address).status_code == 200, address

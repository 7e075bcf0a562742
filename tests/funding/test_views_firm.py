import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.permissions import FirmRole, Role
from funding import actions, sheet
from funding.models import BudgetLine, GrantApplication
from tests.factories.accounts import AssignmentFactory, MembershipFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.funding import GrantApplicationFactory, a_quote, approve, assess, submit
from tests.factories.programmes import CallFactory, InstrumentFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def address(application, name, *args):
    return reverse(f"funding:{name}", args=[application.case.reference, application.number, *args])


@pytest.fixture
def application():
    return GrantApplicationFactory()


@pytest.fixture
def owner(application, client):
    """The client of the firm's owner."""
    client.force_login(application.case.created_by)
    return client


PROJECT = {
    "title": "Robot cell", "problem": "Idle at night.", "summary": "A robot.", "work": "We buy it.",
    "outputs": "One cell.", "benefit": "Faster.",
}  # fmt: skip
DATES = {
    "starts_on_day": "1", "starts_on_month": "3", "starts_on_year": "2030",
    "ends_on_day": "31", "ends_on_month": "8", "ends_on_year": "2030",
    "trl_start": "9", "trl_end": "9",
}  # fmt: skip
LINE = {
    "key": "6f1f8ad0-3f0e-4ac1-a5a3-0d1f6a1c2b3c", "description": "Gripper", "category": "capital_equipment",
    "supplier": "", "net": "£2,000", "vat": "400", "vat_recoverable": "no", "is_committed": "no",
    "is_funded_elsewhere": "no",
}  # fmt: skip


def declaration(application, **more):
    """What a signatory sends who has read the application as it is."""
    return {"declares": "on", "seen": sheet.fingerprint(application)} | more


# Every address of an application, with the arguments that come after reference and number.
ADDRESSES = {
    "tasks": (), "project": (), "dates": (), "costs": (), "add-line": (), "line": ("line",), "remove-line": ("line",),
    "milestones": (), "add-milestone": (), "risks": (), "add-risk": (), "subsidy": (), "conflicts": (),
    "versions": (), "staff-versions": (), "add-quote": ("line",), "quote-file": ("quote",),
    "remove-quote": ("quote",), "grant": (), "check": (), "sent": (), "withdraw": (), "offer": (), "turn-down": (),
    "letter": (), "detail": (), "review": (), "return": (), "decide": (), "decline": (), "withdraw-offer": (),
}  # fmt: skip


def every_address(application):
    line = application.lines.first()
    quote = line.quotes.first()
    parts = {"line": line.pk, "quote": quote.pk if quote else 1}
    for name, args in ADDRESSES.items():
        yield name, address(application, name, *(parts[arg] for arg in args))


@pytest.fixture
def offered():
    """A draft's worth of everything: approved, with a quote."""
    application = GrantApplicationFactory()
    line = application.lines.get()
    actions.attach_quote(
        line=line, file=a_quote(), supplier="Robots", amount=Decimal(1), valid_until=None,
        by=application.created_by, at=application.created_at,
    )  # fmt: skip
    submit(application)
    assess(application)
    approve(application)
    return application


@pytest.mark.parametrize("method", ["get", "post"])
def test_outsider_finds_nothing(offered, outsider, client, method):
    client.force_login(outsider)
    ask = getattr(client, method)
    for name, url in every_address(offered):
        assert ask(url).status_code == 404, name
    for name in ("list", "start"):
        assert ask(reverse(f"funding:{name}", args=[offered.case.reference])).status_code == 404, name
    assert ask(reverse("funding:start-for-action", args=[offered.case.reference, 1])).status_code == 404


def test_nobody_signed_in_is_asked_to(offered, client):
    for name, url in every_address(offered):
        assert client.get(url).status_code == 302, name
        assert client.get(url).url.startswith("/accounts/login/"), name


@pytest.mark.parametrize("role", [Role.ADVISER, Role.AUDITOR])
def test_staff_do_not_write_for_the_firm(application, client, role):
    application = GrantApplicationFactory(submitted=True)
    client.force_login(AssignmentFactory(programme=application.case.programme, role=role).user)
    assert client.get(address(application, "tasks")).status_code == 200
    for name in (
        "project", "dates", "costs", "add-line", "grant", "check", "withdraw", "milestones", "risks", "subsidy",
        "conflicts",
    ):  # fmt: skip
        assert client.post(address(application, name)).status_code == 403, name


def test_pages_of_a_draft_are_shown(owner, application):
    actions.attach_quote(
        line=application.lines.get(), file=a_quote(), supplier="Robots", amount=Decimal(1),
        valid_until=date(2027, 1, 1), by=application.created_by, at=application.created_at,
    )  # fmt: skip
    for name in (
        "tasks", "project", "dates", "costs", "add-line", "grant", "check", "withdraw", "milestones", "add-milestone",
        "risks", "add-risk", "subsidy", "conflicts",
    ):  # fmt: skip
        assert owner.get(address(application, name)).status_code == 200, name
    line = application.lines.get()
    for name in ("line", "remove-line", "add-quote"):
        assert owner.get(address(application, name, line.pk)).status_code == 200, name
    assert owner.get(address(application, "remove-quote", line.quotes.get().pk)).status_code == 200


def test_list_before_and_after(owner, application):
    page = owner.get(reverse("funding:list", args=[application.case.reference]))
    assert "Robot cell for machine tending" in page.text
    other = CaseFactory(submitted=True)
    owner.force_login(other.created_by)
    page = owner.get(reverse("funding:list", args=[other.reference]))
    assert "You have not asked for money yet" in page.text
    assert "once your application to join has been accepted" in page.text


class TestStart:
    @pytest.fixture
    def case(self, programme):
        return CaseFactory(programme=programme, accepted=True)

    @pytest.fixture
    def call(self, programme):
        return CallFactory(instrument=InstrumentFactory(programme=programme))

    def post(self, client, case, call, url=None, key=None):
        client.force_login(case.created_by)
        url = url or reverse("funding:start", args=[case.reference])
        return client.post(url, {"key": str(key or uuid.uuid4()), "call": str(call.pk)})

    def test_page_says_what_is_left_and_starts_a_draft(self, client, case, call):
        client.force_login(case.created_by)
        page = client.get(reverse("funding:start", args=[case.reference]))
        assert "£100,000 is left" in page.text
        response = self.post(client, case, call)
        assert response.url == GrantApplication.objects.get().get_absolute_url()

    def test_double_click_makes_one(self, client, case, call):
        key = uuid.uuid4()
        assert self.post(client, case, call, key=key).url == self.post(client, case, call, key=key).url
        assert GrantApplication.objects.count() == 1

    def test_several_calls_are_a_choice(self, client, case, call, programme):
        CallFactory(instrument=InstrumentFactory(programme=programme), name="Second call")
        client.force_login(case.created_by)
        page = client.get(reverse("funding:start", args=[case.reference]))
        assert "Which funding do you want to ask for?" in page.text
        page = client.post(reverse("funding:start", args=[case.reference]), {"key": str(uuid.uuid4())})
        assert "Choose the funding you want to ask for" in page.text

    def test_call_of_another_programme_is_refused(self, client, case, call):
        page = self.post(client, case, CallFactory())
        assert page.status_code == 200
        assert not GrantApplication.objects.exists()

    def test_nothing_open(self, client, case):
        client.force_login(case.created_by)
        page = client.get(reverse("funding:start", args=[case.reference]))
        assert "No funding is open now" in page.text

    def test_firm_that_has_not_joined_is_told(self, client, call, programme):
        page = self.post(client, CaseFactory(programme=programme, submitted=True), call)
        assert "once your application to join has been accepted" in page.text

    def test_action_of_the_plan_comes_along(self, client, case, call):
        assessment = AssessmentFactory(case=case, final=True)
        action = assessment.plan.actions.first()
        for url in (
            reverse("funding:start-for-action", args=[case.reference, action.pk]),
            reverse("funding:start", args=[case.reference]) + f"?action={action.pk}",
        ):
            client.force_login(case.created_by)
            assert action.title in client.get(url).text
            self.post(client, case, call, url=url)
        found = GrantApplication.objects.get()
        assert (found.plan_action, found.title) == (action, action.title[:120])

    @pytest.mark.parametrize("given", ["abc", "999999", "9" * 40, "-1", "\0", "²"])
    def test_action_that_is_not_the_firms_is_not_found(self, client, case, call, given):
        client.force_login(case.created_by)
        assert client.get(reverse("funding:start", args=[case.reference]), {"action": given}).status_code == 404


class TestSections:
    def test_project_and_dates_are_kept(self, owner, application):
        assert owner.post(address(application, "project"), PROJECT).url == address(application, "tasks")
        assert owner.post(address(application, "dates") + "?from=check", DATES).url == address(application, "check")
        application.refresh_from_db()
        assert (application.title, application.starts_on) == ("Robot cell", date(2030, 3, 1))

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"starts_on_day": "30", "starts_on_month": "2"}, "Check the day"),
            ({"starts_on_year": "2020"}, "Enter a day after today"),
            ({"ends_on_year": "2029"}, "must finish after it starts"),
            ({"trl_end": "8"}, "cannot be less ready"),
            ({"trl_end": "10"}, "Choose one of the options"),
            ({"starts_on_year": "99999"}, "The year must have 4 numbers"),
            ({"starts_on_day": "1\0"}, "Check the day"),
            ({"starts_on_day": ""}, "Add a day"),
        ],
    )
    def test_bad_dates_get_a_message_and_keep_the_answers(self, owner, application, changes, message):
        page = owner.post(address(application, "dates"), DATES | changes)
        assert page.status_code == 200
        assert message in page.text
        assert "There is a problem" in page.text
        assert page.text.count('value="2030"') or "starts_on_year" in changes

    @pytest.mark.parametrize(
        "changes", [{"title": ""}, {"title": "x" * 121}, {"summary": "a\0b"}, {"work": "x" * 1_000_000}]
    )
    def test_bad_words_get_a_message(self, owner, application, changes):
        page = owner.post(address(application, "project"), PROJECT | changes)
        assert page.status_code == 200
        assert "There is a problem" in page.text

    def test_partner_is_asked_for_where_the_terms_do(self, owner, application):
        application.call.terms["research_partner"] = True
        application.call.save()
        page = owner.post(address(application, "dates"), DATES)
        assert "Enter the name of your research organisation" in page.text

    def test_ask_for_less(self, owner, application):
        page = owner.post(address(application, "grant"), {"requested": "9,000", "work_out": "1"})
        assert "£9,000 is what you ask for" in page.text
        application.refresh_from_db()
        assert application.requested is None
        owner.post(address(application, "grant"), {"requested": "9,000"})
        application.refresh_from_db()
        assert application.requested == Decimal("9000.00")

    def test_panel_alone_for_htmx(self, owner, application):
        page = owner.post(address(application, "grant"), {"requested": "9000", "work_out": "1"}, headers=HTMX)
        assert page.text.lstrip().startswith("<section")
        assert "<html" not in page.text

    @pytest.mark.parametrize("given", ["1e999", "NaN", "-5", "٣٠٠٠", "0.001", "x" * 1_000_000, "9" * 30])
    def test_bad_sum_gets_a_message(self, owner, application, given):
        page = owner.post(address(application, "grant"), {"requested": given})
        assert "There is a problem" in page.text
        application.refresh_from_db()
        assert application.requested is None


class TestSend:
    def test_owner_sends_once(self, owner, application):
        page = owner.get(address(application, "check"))
        assert "Send your application" in page.text
        for _click in range(2):
            response = owner.post(address(application, "check"), declaration(application))
            assert response.url == address(application, "sent")
        page = owner.get(address(application, "sent"))
        assert application.case.reference in page.text
        assert owner.get(address(application, "check")).url == address(application, "sent")

    def test_declaration_is_needed(self, owner, application):
        page = owner.post(address(application, "check"), declaration(application, declares=""))
        assert "Confirm that what you have told us is true" in page.text

    def test_colleague_asks_the_owner(self, client, application):
        colleague = MembershipFactory(organisation=application.case.organisation, role=FirmRole.COLLEAGUE).user
        client.force_login(colleague)
        assert "Ask your owner to sign in" in client.get(address(application, "check")).text
        assert client.post(address(application, "check"), declaration(application)).status_code == 403

    def test_address_has_to_be_confirmed(self, owner, application):
        application.created_by.emailaddress_set.update(verified=False)
        assert "Send the link again" in owner.get(address(application, "check")).text
        page = owner.post(address(application, "check"), declaration(application))
        assert "Confirm your email address first" in page.text

    def test_missing_sections_lead_back(self, owner, application):
        application.save_answers(title="")
        assert owner.get(address(application, "check")).url == address(application, "tasks")
        page = owner.get(address(application, "tasks"))
        assert "Cannot start yet" in page.text

    def test_confirmation_is_for_what_was_sent(self, owner, application):
        assert owner.get(address(application, "sent")).url == address(application, "tasks")

    def test_stale_pages_say_that_it_was_sent(self, owner, application):
        owner.post(address(application, "check"), declaration(application))
        line = application.lines.get()
        for name in ("grant", "costs", "add-line"):
            assert owner.post(address(application, name), LINE).url == address(application, "tasks")
        for name in ("line", "remove-line", "add-quote"):
            assert owner.post(address(application, name, line.pk), LINE).url == address(application, "tasks")
        assert owner.post(address(application, "remove-quote", 1)).url == address(application, "tasks")
        page = owner.get(address(application, "tasks"))
        assert "Being assessed" in page.text

    def test_returned_application_shows_the_question(self, client):
        application = GrantApplicationFactory(returned=True)
        client.force_login(application.case.created_by)
        assert "Which robot?" in client.get(address(application, "tasks")).text

    def test_withdraw(self, owner, application):
        page = owner.post(address(application, "withdraw"), {"reason": ""})
        assert "Give a reason" in page.text
        owner.post(address(application, "withdraw"), {"reason": "No time"})
        application.refresh_from_db()
        assert application.status == GrantApplication.Status.WITHDRAWN
        assert owner.post(address(application, "withdraw"), {"reason": "No time"}).url == address(application, "tasks")
        page = owner.get(address(application, "tasks"))
        assert "No time" in page.text


class TestMovedMeanwhile:
    """Somebody else of the firm sends it between loading and saving."""

    @pytest.fixture
    def _race(self, monkeypatch):
        monkeypatch.setattr(GrantApplication, "EDITABLE", ())
        monkeypatch.setattr(GrantApplication, "is_editable", property(lambda self: True))

    @pytest.mark.usefixtures("_race")
    def test_sum(self, owner, application):
        assert owner.post(address(application, "grant"), {"requested": "1"}).url == address(application, "tasks")


class TestMovedWhileThePageWasOpen:
    @pytest.fixture
    def stale(self, application, monkeypatch):
        """The views still hold the draft that somebody else of the firm has sent in and withdrawn."""
        held = GrantApplication.objects.with_context().get(pk=application.pk)
        for name in ("to_edit", "application_or_404"):
            monkeypatch.setattr(f"funding.views.firm.{name}", lambda *args: held)
        submit(application)
        actions.withdraw(application=application, reason="No", by=application.created_by, at=application.created_at)

    @pytest.mark.usefixtures("stale")
    def test_send_and_withdraw_say_so(self, owner, application):
        assert owner.post(address(application, "check"), declaration(application)).url == address(application, "sent")
        response = owner.post(address(application, "withdraw"), {"reason": "No"}, follow=True)
        assert "moved on meanwhile" in response.text


def test_task_list_without_a_cost_promises_nothing(owner, application):
    application.lines.all().delete()
    page = owner.get(address(application, "tasks"))
    assert "You can ask for" not in page.text
    assert "Cannot start yet" in page.text


def test_closed_calls_are_not_offered(client, programme):
    case = CaseFactory(programme=programme, accepted=True)
    instrument = InstrumentFactory(programme=programme)
    CallFactory(instrument=instrument, closes_at=datetime(2026, 1, 2, tzinfo=UTC), name="Last year")
    client.force_login(case.created_by)
    assert "No funding is open now" in client.get(reverse("funding:start", args=[case.reference])).text


def queries(client, url):
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_costs_take_as_many_queries_for_30_as_for_1(owner, application, monkeypatch):
    monkeypatch.setattr("funding.actions.costs.MOST_FILES", 100)
    line = application.lines.get()

    def attach(line):
        actions.attach_quote(
            line=line, file=a_quote(), supplier="S", amount=Decimal(1), valid_until=None, by=application.created_by,
            at=datetime(2026, 11, 9, tzinfo=UTC),
        )  # fmt: skip

    attach(line)
    pages = [address(application, name) for name in ("costs", "check", "tasks", "grant")]
    before = [queries(owner, url) for url in pages]
    for number in range(29):
        facts = {"category": "software", "description": f"Licence {number}", "net": Decimal(100)}
        attach(BudgetLine.objects.create(application=application, **facts))
    assert [queries(owner, url) for url in pages] == before
    assert max(before) <= 15


def test_list_takes_as_many_queries_for_30_as_for_1(owner, application):
    url = reverse("funding:list", args=[application.case.reference])
    one = queries(owner, url)
    for _number in range(29):
        GrantApplicationFactory(case=application.case)
    assert queries(owner, url) == one <= 15

from datetime import date
from decimal import Decimal

import pytest

from accounts.permissions import Role
from documents.models import Upload
from funding import actions
from funding.models import BudgetLine, Quote
from tests.factories.accounts import AssignmentFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.funding import PDF, GrantApplicationFactory, a_quote
from tests.funding.test_views_firm import HTMX, LINE, address

pytestmark = pytest.mark.django_db
KEY = "0c9a5be2-7a14-4d6c-9d0b-3f7c1d2e4a5b"


@pytest.fixture
def application():
    return GrantApplicationFactory()


@pytest.fixture
def owner(application, client):
    client.force_login(application.case.created_by)
    return client


def attach(application, **more):
    return actions.attach_quote(
        line=application.lines.first(), file=a_quote(**more), supplier="Robots", amount=Decimal(1), valid_until=None,
        by=application.created_by, at=application.created_at,
    )  # fmt: skip


class TestLine:
    def test_added_changed_and_taken_out(self, owner, application):
        assert owner.post(address(application, "add-line"), LINE).url == address(application, "costs")
        line = BudgetLine.objects.get(description="Gripper")
        assert (line.net, line.vat, line.vat_recoverable, line.cost) == (2000, 400, False, 2400)
        page = owner.get(address(application, "line", line.pk))
        assert 'value="2,000"' in page.text
        owner.post(address(application, "line", line.pk), LINE | {"net": "3000", "vat_recoverable": "yes"})
        line.refresh_from_db()
        assert line.cost == 3000
        owner.post(address(application, "remove-line", line.pk))
        assert not BudgetLine.objects.filter(pk=line.pk).exists()
        # A second click finds it gone and says nothing.
        assert owner.post(address(application, "remove-line", line.pk)).url == address(application, "costs")

    def test_double_click_keeps_one(self, owner, application):
        for _click in range(2):
            assert owner.post(address(application, "add-line"), LINE).url == address(application, "costs")
        assert application.lines.filter(description="Gripper").count() == 1
        other = GrantApplicationFactory(case=application.case)
        assert owner.post(address(other, "add-line"), LINE).url == address(other, "tasks")
        assert other.lines.count() == 1

    def test_page_without_its_key_is_out_of_date(self, owner, application):
        page = owner.post(address(application, "add-line"), LINE | {"key": ""})
        assert "This page is out of date" in page.text

    def test_work_out_keeps_nothing(self, owner, application):
        page = owner.post(address(application, "add-line"), LINE | {"work_out": "1"})
        assert "£16,200" in page.text  # half of 30,000 and 2,400
        assert "These figures are not kept yet" in page.text
        assert application.lines.count() == 1

    def test_panel_follows_the_form(self, owner, application):
        line = application.lines.get()
        page = owner.post(address(application, "line", line.pk), LINE | {"work_out": "1"}, headers=HTMX)
        assert "£1,200" in page.text
        assert "<html" not in page.text
        page = owner.post(address(application, "add-line"), {"net": "12"}, headers=HTMX)
        assert "Fill in the cost" in page.text

    def test_committed_cost_does_not_count_and_says_why(self, owner, application):
        facts = {
            "is_committed": "yes",
            "committed_on_day": "1",
            "committed_on_month": "10",
            "committed_on_year": "2026",
        }
        owner.post(address(application, "add-line"), LINE | facts)
        page = owner.get(address(application, "costs"))
        assert "Costs that do not count" in page.text
        assert "We can only help with what comes after our offer" in page.text
        assert "1 October 2026" in page.text

    def test_day_is_dropped_when_nothing_is_committed(self, owner, application):
        facts = {"committed_on_day": "1", "committed_on_month": "10", "committed_on_year": "2026"}
        owner.post(address(application, "add-line"), LINE | facts)
        assert BudgetLine.objects.get(description="Gripper").committed_on is None

    def test_category_that_is_not_paid_for_is_explained(self, owner, application):
        owner.post(address(application, "add-line"), LINE | {"category": "labour"})
        assert "does not pay for costs of this kind" in owner.get(address(application, "costs")).text

    @pytest.mark.parametrize(
        "changes",
        [
            {"net": ""}, {"net": "1e999"}, {"net": "NaN"}, {"net": "-1"}, {"net": "1,2,3"}, {"net": "٣٠"},
            {"net": "x" * 1_000_000}, {"net": "9" * 14}, {"vat": "1\0"}, {"description": ""}, {"description": "a\0b"},
            {"description": "x" * 201}, {"category": "gold"}, {"is_committed": "maybe"}, {"vat_recoverable": ""},
            {"is_committed": "yes", "committed_on_day": "30", "committed_on_month": "2", "committed_on_year": "2026"},
            {"is_committed": "yes", "committed_on_day": "1", "committed_on_month": "1", "committed_on_year": "2099"},
            {"supplier": "\U0001f600" * 200},
        ],
    )  # fmt: skip
    def test_bad_input_gets_a_message_and_changes_nothing(self, owner, application, changes):
        page = owner.post(address(application, "add-line"), LINE | changes)
        assert page.status_code == 200
        assert "There is a problem" in page.text
        assert application.lines.count() == 1

    def test_cost_that_others_pay_for_is_refused_and_says_why(self, owner, application):
        page = owner.post(address(application, "add-line"), LINE | {"is_funded_elsewhere": "yes"})
        assert "Enter who gives the money" in page.text
        facts = {"is_funded_elsewhere": "yes", "funded_by": "The county’s energy fund"}
        owner.post(address(application, "add-line"), LINE | facts)
        page = owner.get(address(application, "costs"))
        assert "No cost is paid for twice" in page.text
        assert "The county’s energy fund" in page.text
        assert "£15,000" in page.text  # of the robot alone
        line = BudgetLine.objects.get(description="Gripper")
        owner.post(address(application, "line", line.pk), LINE | {"funded_by": "x"})
        line.refresh_from_db()
        assert (line.is_funded_elsewhere, line.funded_by) == (False, "")

    def test_cost_carries_out_an_action_of_the_plan(self, owner, application):
        assert "Which action of your plan" not in owner.get(address(application, "add-line")).text
        action = AssessmentFactory(case=application.case, final=True).plan.actions.in_plan().first()
        strange = AssessmentFactory(final=True).plan.actions.first()
        assert action.title in owner.get(address(application, "add-line")).text
        page = owner.post(address(application, "add-line"), LINE | {"plan_action": strange.pk})
        assert "There is a problem" in page.text
        owner.post(address(application, "add-line"), LINE | {"plan_action": action.pk})
        assert BudgetLine.objects.get(description="Gripper").plan_action == action
        assert "From your plan" in owner.get(address(application, "costs")).text

    def test_line_of_another_application_is_not_found(self, owner, application):
        other = GrantApplicationFactory().lines.get()
        for name in ("line", "remove-line", "add-quote"):
            assert owner.get(address(application, name, other.pk)).status_code == 404
        owner.post(address(application, "remove-line", other.pk))
        assert BudgetLine.objects.filter(pk=other.pk).exists()
        assert owner.get(address(application, "line", 10**17)).status_code == 404


class TestQuote:
    def post(self, owner, application, file, **more):
        facts = {"key": KEY, "supplier": "Robots of Preston", "amount": "£30,000", "file": file}
        return owner.post(address(application, "add-quote", application.lines.get().pk), facts | more)

    def test_kept_and_downloaded(self, owner, application):
        response = self.post(owner, application, a_quote("Angebot für Röbi.pdf"))
        assert response.url == address(application, "costs")
        quote = Quote.objects.get()
        download = owner.get(address(application, "quote-file", quote.pk))
        assert download.getvalue() == PDF
        assert download["Content-Disposition"].startswith("attachment")
        assert download["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in download["Cache-Control"]
        assert "Angebot für Röbi.pdf" in owner.get(address(application, "costs")).text

    def test_double_click_keeps_one(self, owner, application):
        for _click in range(2):
            assert self.post(owner, application, a_quote()).url == address(application, "costs")
        assert (Quote.objects.count(), Upload.objects.count()) == (1, 1)
        other = GrantApplicationFactory(case=application.case)
        page = self.post(owner, other, a_quote())
        assert "This page is out of date" in page.text

    @pytest.mark.parametrize(
        ("file", "message"),
        [
            (a_quote("quote.exe"), "Choose a PDF"),
            (a_quote("quote.pdf", b"MZ"), "not what its name says"),
            (a_quote("quote.png", PDF), "not what its name says"),
            (a_quote("quote.svg", b"<svg/>"), "Choose a PDF"),
            (a_quote("quote.pdf", PDF + b"/JavaScript"), "scripts or attached files"),
            (a_quote("quote.pdf", b""), "empty"),
        ],
    )
    def test_refused_file_is_explained_at_the_field(self, owner, application, file, message):
        file.seek(0)
        page = self.post(owner, application, file)
        assert page.status_code == 200
        assert "There is a problem" in page.text
        assert not Upload.objects.exists()
        assert message in page.text

    def test_no_file(self, owner, application):
        page = owner.post(address(application, "add-quote", application.lines.get().pk), {"supplier": "x"})
        assert "Choose the file of the quote" in page.text

    def test_one_that_has_run_out_is_replaced(self, owner, application):
        old = attach(application)
        Quote.objects.filter(pk=old.pk).update(valid_until=date(2026, 1, 31))
        page = owner.get(address(application, "costs"))
        assert "Has run out" in page.text
        url = address(application, "add-quote", application.lines.get().pk) + f"?replaces={old.pk}"
        assert "It takes the place of" in owner.get(url).text
        facts = {"key": KEY, "supplier": "Robots", "amount": "1", "file": a_quote("newer.pdf")}
        gone = {"valid_until_day": "1", "valid_until_month": "2", "valid_until_year": "2026"}
        assert "This quote has run out" in owner.post(url, facts | gone).text
        facts["file"].seek(0)
        assert owner.post(url, facts).url == address(application, "costs")
        old.refresh_from_db()
        assert old.replaced_by.upload.name == "newer.pdf"
        page = owner.get(address(application, "costs"))
        assert "newer.pdf" in page.text
        assert "Has run out" not in page.text
        assert "It takes the place of" not in owner.get(url).text
        assert owner.get(url.replace(f"replaces={old.pk}", "replaces=x")).status_code == 200

    def test_sending_waits_for_a_quote_that_is_valid(self, application):
        old = attach(application)
        Quote.objects.filter(pk=old.pk).update(valid_until=date(2026, 1, 31))
        with pytest.raises(actions.UnableToSubmit, match="ran out on 31 January 2026"):
            actions.submit(application=application, by=application.created_by, at=application.created_at)

    def test_taken_out_once_or_twice(self, owner, application):
        quote = attach(application)
        for _click in range(2):
            response = owner.post(address(application, "remove-quote", quote.pk))
            assert response.url == address(application, "costs")
        assert owner.get(address(application, "remove-quote", quote.pk)).status_code == 404

    def test_staff_read_it_once_sent(self, client, application):
        quote = attach(application)
        adviser = AssignmentFactory(programme=application.case.programme).user
        client.force_login(adviser)
        url = address(application, "quote-file", quote.pk)
        assert client.get(url).status_code == 404
        actions.submit(application=application, by=application.created_by, at=application.created_at)
        assert client.get(url).getvalue() == PDF
        # An assessor has an address of their own, which withholds files where the call is blind.
        client.force_login(AssignmentFactory(programme=application.case.programme, role=Role.ASSESSOR).user)
        assert client.get(url).status_code == 404
        assert client.get(address(application, "staff-partners")).status_code == 404

    def test_quote_of_another_application_is_not_found(self, owner, application):
        other = GrantApplicationFactory(case=application.case)
        quote = attach(other)
        assert owner.get(address(application, "quote-file", quote.pk)).status_code == 404
        assert owner.get(address(application, "remove-quote", quote.pk)).status_code == 404


class TestMovedMeanwhile:
    """Somebody else of the firm sends the application between loading and saving."""

    @pytest.fixture(autouse=True)
    def _sent_meanwhile(self, application, monkeypatch):
        attach(application)
        actions.submit(application=application, by=application.created_by, at=application.created_at)
        monkeypatch.setattr("funding.views.bearing.to_edit", lambda *args: _as_draft(application))

    def test_every_change_says_so(self, owner, application):
        line = application.lines.get()
        tasks = address(application, "tasks")
        assert owner.post(address(application, "add-line"), LINE).url == tasks
        assert owner.post(address(application, "remove-line", line.pk)).url == tasks
        assert owner.post(address(application, "remove-quote", line.quotes.get().pk)).url == tasks
        page = owner.post(
            address(application, "add-quote", line.pk), {"key": KEY, "supplier": "x", "amount": "1", "file": a_quote()}
        )
        assert "has been sent, so it cannot be changed" in page.text


def _as_draft(application):
    application.status = "DRAFT"
    return application

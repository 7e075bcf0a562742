"""What was sent stays: versions, receipts, what changed between two, and what is given back when a firm withdraws."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.permissions import Role
from applications import actions as applications
from documents.tasks import render_document
from funding import actions, rules, sheet
from funding.models import Award, Claim, GrantApplication, Submission
from funding.rules.compare import Change, changes
from organisations.models import AidRecord
from portal.workflow import IllegalMove
from tests.factories.accounts import AssignmentFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory, submit

pytestmark = pytest.mark.django_db


def address(application, name, *args):
    return reverse(f"funding:{name}", args=[application.case.reference, application.number, *args])


def sent_twice():
    application = GrantApplicationFactory(submitted=True)
    actions.return_to_firm(
        application=application, reason="Which robot?", sections={"project": "Name the robot."},
        by=application.created_by, at=WRITTEN,
    )  # fmt: skip
    application.save_answers(title="Six-axis robot cell")
    submit(application)
    return application


class TestSubmission:
    def test_keeps_words_and_facts_with_a_receipt(self):
        application = GrantApplicationFactory(submitted=True)
        kept = application.submissions.get()
        assert (kept.number, kept.sent_by, kept.sent_at) == (1, application.created_by, WRITTEN)
        assert kept.document["project"][0] == {"label": "Name", "value": "Robot cell for machine tending"}
        assert kept.facts["costs"][0]["net"] == "30000.00"
        assert kept.facts["declared"].startswith("What I have told you is true")
        assert kept.sha256 == rules.fingerprint({"document": kept.document, "facts": kept.facts})
        assert kept.receipt.context["sent_at"] == "9 November 2026 at 09:00:00 (Europe/London)"
        assert kept.receipt.context["sha256"] == kept.sha256

    def test_what_changed_after_it_was_read_is_not_sent(self):
        application = GrantApplicationFactory()
        seen = sheet.fingerprint(application)
        application.save_answers(title="Another")
        with pytest.raises(actions.UnableToSubmit, match="has changed since"):
            actions.submit(application=application, seen=seen, by=application.created_by, at=WRITTEN)
        assert not Submission.objects.exists()

    @pytest.mark.parametrize(
        "change", [{"is_funded_elsewhere": True, "funded_by": "The county"}, {"is_committed": True}]
    )
    def test_nor_when_a_cost_no_longer_counts(self, change):
        application = GrantApplicationFactory()
        seen = sheet.fingerprint(application)
        application.lines.update(**change)
        with pytest.raises(actions.UnableToSubmit, match="has changed since"):
            actions.submit(application=application, seen=seen, by=application.created_by, at=WRITTEN)

    def test_a_cost_says_who_else_bears_it(self):
        application = GrantApplicationFactory()
        application.lines.update(is_funded_elsewhere=True, funded_by="The county")
        assert "paid for by The county" in sheet.document_of(application)["costs"][0]["value"]

    def test_a_click_from_before_a_return_sends_nothing(self):
        application = GrantApplicationFactory()
        seen = sheet.fingerprint(application)
        submit(application)
        actions.return_to_firm(application=application, reason="?", by=application.created_by, at=WRITTEN)
        with pytest.raises(actions.UnableToSubmit, match="has changed since"):
            actions.submit(application=application, seen=seen, by=application.created_by, at=WRITTEN)

    def test_the_next_version_is_beside_the_first(self):
        application = sent_twice()
        assert [one.document["project"][0]["value"] for one in application.submissions.all()] == [
            "Robot cell for machine tending", "Six-axis robot cell",
        ]  # fmt: skip
        assert application.sent_back == {}


class TestPages:
    def test_page_that_is_out_of_date_is_shown_anew(self, client):
        application = GrantApplicationFactory()
        client.force_login(application.created_by)
        page = client.post(address(application, "check"), {"declares": "on", "seen": "x"})
        assert "has changed since you opened this page" in page.text
        seen = page.context["form"]["seen"].value()
        assert client.post(address(application, "check"), {"declares": "on", "seen": seen}).status_code == 302

    def test_receipt_is_for_firm_and_staff_and_nobody_else(self, client, outsider):
        application = GrantApplicationFactory(submitted=True)
        url = address(application, "receipt", 1)
        adviser = AssignmentFactory(programme=application.case.programme, role=Role.ADVISER).user
        client.force_login(application.created_by)
        assert client.get(url).url == address(application, "versions")
        assert "being made" in client.get(url, headers={"HX-Request": "true"}).text
        assert "receipt being made" in client.get(address(application, "versions")).text
        render_document(document_id=str(application.submissions.get().receipt_id))
        for person in (application.created_by, adviser):
            client.force_login(person)
            assert client.get(url).getvalue().startswith(b"%PDF")
        client.force_login(outsider)
        assert client.get(url).status_code == 404

    def test_versions_stand_side_by_side(self, client):
        application = sent_twice()
        client.force_login(application.created_by)
        page = client.get(address(application, "versions"))
        assert "Robot cell for machine tending" in page.text
        assert "Six-axis robot cell" in page.text
        assert "(as before)" in page.text
        first = client.get(address(application, "versions"), {"after": "1"})
        assert first.context["before"] is None
        assert client.get(address(application, "versions"), {"after": "x", "before": "9"}).status_code == 200
        client.force_login(AssignmentFactory(programme=application.case.programme, role=Role.ADVISER).user)
        assert "Six-axis robot cell" in client.get(address(application, "staff-versions")).text

    def test_nothing_sent_has_no_versions(self, client):
        application = GrantApplicationFactory()
        client.force_login(application.created_by)
        assert client.get(address(application, "versions")).status_code == 404

    def test_returned_sections_are_the_only_links(self, client):
        application = GrantApplicationFactory(submitted=True)
        client.force_login(AssignmentFactory(programme=application.case.programme, role=Role.ADVISER).user)
        client.post(address(application, "return"), {"reason": "Which robot?", "ask_project": "Name the robot."})
        application.refresh_from_db()
        assert application.sent_back == {"project": "Name the robot."}
        client.force_login(application.created_by)
        page = client.get(address(application, "tasks"))
        assert "Name the robot." in page.text
        assert f'href="{address(application, "project")}"' in page.text
        assert f'href="{address(application, "risks")}"' not in page.text
        assert "Name the robot." in client.get(address(application, "project")).text
        for name in ("risks", "costs", "grant", "subsidy"):
            assert client.get(address(application, name)).url == address(application, "tasks"), name


class TestCompare:
    def row(self, label, value):
        return {"label": label, "value": value}

    def test_pairs_by_label_and_place(self):
        before = [self.row("Risk", "a"), self.row("Risk", "b"), self.row("Gone", "x")]
        after = [self.row("New", "n"), self.row("Risk", "a"), self.row("Risk", "c")]
        found = changes(before, after)
        assert found == [
            Change("New", None, "n"), Change("Risk", "a", "a"), Change("Risk", "b", "c"), Change("Gone", "x", None),
        ]  # fmt: skip
        assert [one.is_change for one in found] == [True, False, True, True]


def withdraw(application):
    actions.withdraw(application=application, reason="We are moving", by=application.created_by, at=WRITTEN)


class TestWithdraw:
    @pytest.mark.parametrize("stage", ["submitted", "returned", "assessed"])
    def test_before_a_decision(self, stage):
        application = GrantApplicationFactory(**{stage: True})
        withdraw(application)
        application.refresh_from_db()
        assert application.status == GrantApplication.Status.WITHDRAWN
        with pytest.raises(IllegalMove):
            withdraw(application)

    @pytest.mark.parametrize(("stage", "status"), [("approved", "DECLINED_BY_FIRM"), ("accepted", "WITHDRAWN")])
    def test_after_the_offer_the_money_and_the_room_for_aid_are_free(self, stage, status):
        application = GrantApplicationFactory(**{stage: True})
        withdraw(application)
        award = Award.objects.get()
        assert (award.status, award.committed) == (status, Decimal(0))
        assert not AidRecord.objects.counting().filter(reference=application.reference).exists()

    def test_not_once_money_was_claimed(self, client):
        application = GrantApplicationFactory(accepted=True)
        Claim.objects.create(
            award=application.award, number=1, status="SUBMITTED", period_from=date(2036, 3, 1),
            period_to=date(2036, 5, 31), created_at=WRITTEN, created_by=application.created_by, updated_at=WRITTEN,
        )  # fmt: skip
        with pytest.raises(actions.UnableToChange, match="claimed money"):
            withdraw(application)
        client.force_login(application.created_by)
        page = client.post(address(application, "withdraw"), {"reason": "No time"}, follow=True)
        assert "Ask us to end it early" in page.text
        applications.withdraw(case=application.case, reason="Moving", by=application.created_by, at=WRITTEN)
        assert Award.objects.get().committed == Decimal(15000)

    def test_firm_withdraws_an_offer_from_its_page(self, client):
        application = GrantApplicationFactory(approved=True)
        client.force_login(application.created_by)
        assert "We hold £15,000" in client.get(address(application, "withdraw")).text
        client.post(address(application, "withdraw"), {"reason": "No time"})
        assert Award.objects.get().committed == Decimal(0)
        assert client.get(address(application, "withdraw")).url == address(application, "tasks")

    def test_leaving_the_programme_gives_everything_back(self):
        application = GrantApplicationFactory(accepted=True)
        GrantApplicationFactory(case=application.case, approved=True)
        applications.withdraw(case=application.case, reason="Moving", by=application.created_by, at=WRITTEN)
        assert set(Award.objects.values_list("status", "committed")) == {
            ("WITHDRAWN", Decimal(0)), ("LAPSED", Decimal(0)),
        }  # fmt: skip

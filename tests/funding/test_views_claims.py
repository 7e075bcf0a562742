"""From a firm's first invoice to the file for the bank, through the pages."""

import uuid
from datetime import date
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.permissions import FirmRole, Role
from documents.tasks import render_document
from funding.actions import claim_checks, payments
from funding.models import Award, BankAccount, Claim, Clawback, Colleague, Partner, Payment, PaymentRun
from tests.factories.accounts import MembershipFactory, UserFactory, reauthenticated
from tests.factories.claims import (
    EQUIPMENT,
    a_claim,
    a_file,
    add_line,
    approved_claim,
    check,
    firm_of,
    running_award,
    send,
    sent_claim,
    staff_of,
)
from tests.factories.funding import WRITTEN
from tests.funding.test_payments import in_use, released

pytestmark = pytest.mark.django_db

LINE = {
    "key": "6f1f8ad0-3f0e-4ac1-a5a3-0d1f6a1c2b3c", "description": "Gripper", "category": EQUIPMENT,
    "supplier": "Grippers Ltd", "invoice_number": "G-1", "net": "£2,000", "vat": "400", "vat_recoverable": "yes",
    "invoice_on_day": "1", "invoice_on_month": "4", "invoice_on_year": "2026",
    "paid_on_day": "9", "paid_on_month": "4", "paid_on_year": "2026",
}  # fmt: skip


@pytest.fixture
def award():
    return running_award(ends_on=date(2027, 3, 1))


@pytest.fixture
def owner(award, client):
    client.force_login(firm_of(award))
    return client


def at(award, name, *args):
    application = award.application
    return reverse(f"funding:{name}", args=[application.case.reference, application.number, *args])


class TestFirm:
    def test_first_claim_from_start_to_receipt(self, owner, award):
        assert "Claim for 1 March 2026 to 31 August 2026" in owner.get(at(award, "claims")).text
        start = owner.post(at(award, "start-claim"), {"key": str(uuid.uuid4()), "is_final": "no"})
        assert start.url == at(award, "claim", 1)
        assert "Add at least one invoice." in owner.get(start.url).text
        for _click in range(2):
            kept = owner.post(at(award, "add-claim-line", 1), LINE | {"invoice_file": a_file(), "proof_file": a_file()})
            assert kept.url == at(award, "claim", 1)
        assert Claim.objects.get().lines.count() == 1
        assert owner.get(at(award, "check-claim", 1)).url == at(award, "claim", 1)
        assert owner.get(at(award, "claim-report", 1)).status_code == 200
        owner.post(at(award, "claim-report", 1), {"summary": "The gripper grips."})
        page = owner.get(at(award, "check-claim", 1)).text
        assert "£1,000" in page
        assert "Confirm that you may claim" in owner.post(at(award, "check-claim", 1), {"declares": ""}).text
        for _click in range(2):
            assert owner.post(at(award, "check-claim", 1), {"declares": "on"}).url == at(award, "claim", 1)
        page = owner.get(at(award, "claim", 1)).text
        assert "Being checked" in page
        assert "You hear from us by" in page
        assert owner.get(at(award, "claim-receipt", 1)).url == at(award, "claim", 1)
        render_document(document_id=str(Claim.objects.get().receipt_id))
        assert owner.get(at(award, "claim-receipt", 1)).getvalue().startswith(b"%PDF-")
        assert "Claim 1" in owner.get(at(award, "claims")).text

    def test_what_is_wrong_is_said_at_the_field(self, owner, award):
        a_claim(award)
        page = owner.post(at(award, "add-claim-line", 1), LINE | {"net": "", "paid_on_year": "2030"}).text
        assert "Enter the cost without VAT" in page
        assert "Enter a day that has been" in page
        page = owner.post(at(award, "add-claim-line", 1), LINE | {"invoice_file": a_file("x.exe")}).text
        assert "govuk-error-summary" in page

    def test_changed_and_taken_out(self, owner, award):
        line = add_line(a_claim(award))
        assert "invoice.pdf" in owner.get(at(award, "claim-line", 1, line.pk)).text
        owner.post(at(award, "claim-line", 1, line.pk), LINE | {"description": "Two grippers"})
        assert "Two grippers" in owner.get(at(award, "claim", 1)).text
        assert "Take out “Two grippers”?" in owner.get(at(award, "remove-claim-line", 1, line.pk)).text
        for _click in range(2):
            assert owner.post(at(award, "remove-claim-line", 1, line.pk)).url == at(award, "claim", 1)

    def test_milestone_with_a_file(self, owner, award):
        point = award.application.milestones.create(title="It runs", due_on=date(2026, 8, 1), evidence="A film")
        claim = a_claim(award)
        assert "A film" in owner.get(at(award, "claim-milestone", 1, point.pk)).text
        facts = {"reached_on_day": "1", "reached_on_month": "8", "reached_on_year": "2026", "note": "See the film."}
        owner.post(at(award, "claim-milestone", 1, point.pk), facts | {"file": a_file("film.pdf")})
        shown = claim.evidence.get()
        response = owner.get(at(award, "claim-file", 1, "milestone", shown.pk))
        assert response["Content-Disposition"].startswith("attachment")
        assert response.getvalue().startswith(b"%PDF-")
        assert "Reached" in owner.get(at(award, "claim", 1)).text
        assert "See the film." in owner.get(at(award, "claim-milestone", 1, point.pk)).text

    def test_files_are_of_the_claims_people(self, owner, award, client, outsider):
        line = sent_claim(award).lines.get()
        for what in ("invoice", "proof"):
            response = owner.get(at(award, "claim-file", 1, what, line.pk))
            assert response.getvalue().startswith(b"%PDF-")
        assert owner.get(at(award, "claim-file", 1, "other", line.pk)).status_code == 404
        client.force_login(outsider)
        assert client.get(at(award, "claim-file", 1, "invoice", line.pk)).status_code == 404

    def test_sent_claim_is_locked_and_can_be_withdrawn(self, owner, award):
        line = sent_claim(award).lines.get()
        point = award.application.milestones.create(title="It runs", due_on=date(2026, 8, 1), evidence="A film")
        for name, args in {
            "add-claim-line": (), "claim-line": (line.pk,), "remove-claim-line": (line.pk,), "claim-report": (),
            "claim-milestone": (point.pk,), "check-claim": (),
        }.items():  # fmt: skip
            assert owner.get(at(award, name, 1, *args)).url == at(award, "claim", 1)
        assert "Withdraw this claim?" in owner.get(at(award, "withdraw-claim", 1)).text
        for _click in range(2):
            assert owner.post(at(award, "withdraw-claim", 1)).url == at(award, "claim", 1)
        assert "Withdrawn by you" in owner.get(at(award, "claim", 1)).text

    def test_question_is_answered_on_the_last_page(self, owner, award):
        claim = sent_claim(award)
        adviser = staff_of(award, Role.ADVISER)
        claim_checks.ask_about_claim(claim=claim, question="Which robot?", by=adviser, at=timezone.now())
        assert "Which robot?" in owner.get(at(award, "claim", 1)).text
        assert "Answer our question" in owner.get(at(award, "claims")).text
        assert "Which robot?" in owner.get(at(award, "check-claim", 1)).text
        owner.post(at(award, "check-claim", 1), {"declares": "on", "answer": "The large one."})
        assert "The large one." in owner.get(at(award, "claim", 1)).text

    def test_colleague_who_may_not_send_or_change(self, client, award):
        colleague = MembershipFactory(organisation=award.application.case.organisation, role=FirmRole.COLLEAGUE).user
        client.force_login(colleague)
        add_line(a_claim(award))
        Claim.objects.get().save_answers(summary="It runs.")
        assert "Ask them to sign in" in client.get(at(award, "check-claim", 1)).text
        assert client.post(at(award, "check-claim", 1), {"declares": "on"}).status_code == 403
        assert client.post(at(award, "withdraw-claim", 1)).status_code == 403
        Colleague.objects.create(
            application=award.application, user=colleague, role="VIEW", given_at=WRITTEN, given_by=firm_of(award)
        )
        assert client.get(at(award, "claim", 1)).status_code == 200
        assert client.get(at(award, "add-claim-line", 1)).status_code == 403
        assert client.get(at(award, "start-claim")).status_code == 403

    def test_nothing_to_claim_is_said(self, owner, award):
        sent_claim(award)
        Award.objects.filter(pk=award.pk).update(starts_on=date(2026, 3, 1), ends_on=date(2030, 3, 1))
        Claim.objects.update(period_to=timezone.localdate())
        page = owner.post(at(award, "start-claim"), {"key": str(uuid.uuid4()), "is_final": "no"})
        assert "You can make your next claim from" in page.text

    def test_before_the_offer_is_accepted(self, owner, award):
        Award.objects.update(status="LAPSED")
        assert owner.get(at(award, "claims")).url == at(award, "offer")

    def test_partner_claims_its_own_part_and_sees_no_other(self, client, award):
        contact = MembershipFactory().user
        partner = Partner.objects.create(
            application=award.application, name="Welders Ltd", email=contact.email, contact=contact, status="ACCEPTED",
            organisation=contact.memberships.get().organisation, invited_at=WRITTEN, invited_by=firm_of(award),
            updated_at=WRITTEN,
        )  # fmt: skip
        budget = [
            {"partner": None, "category": EQUIPMENT, "eligible": "20000", "grant": "10000"},
            {"partner": partner.pk, "category": EQUIPMENT, "eligible": "10000", "grant": "5000"},
        ]
        Award.objects.update(budget=budget)
        sent_claim(award)
        client.force_login(contact)
        assert client.get(at(award, "claim", 1)).status_code == 404
        client.post(at(award, "start-claim"), {"key": str(uuid.uuid4()), "is_final": "no"})
        own = Claim.objects.get(partner=partner)
        client.post(at(award, "add-claim-line", own.number), LINE | {"invoice_file": a_file(), "proof_file": a_file()})
        client.post(at(award, "claim-report", own.number), {"summary": "Welded."})
        client.post(at(award, "check-claim", own.number), {"declares": "on"})
        own.refresh_from_db()
        assert own.figures["payable"] == "1000.00"
        for page in ("firm-ledger", "forecast"):
            assert client.get(at(award, page)).url == at(award, "claims")
        assert "Claim 1" not in client.get(at(award, "claims")).text
        client.force_login(firm_of(award))
        assert "Welders Ltd" in client.get(at(award, "claims")).text
        assert client.post(at(award, "check-claim", own.number), {"declares": "on"}).status_code == 404

    def test_forecast_beside_what_was_claimed(self, owner, award):
        add_line(a_claim(award))
        assert "Keep this forecast" in owner.get(at(award, "forecast")).text
        assert owner.post(at(award, "forecast"), {f"sum_0_{EQUIPMENT}": "12,000"}).status_code == 302
        page = owner.get(at(award, "forecast")).text
        assert "12,000.00" in page
        assert "10,000.00" in page
        assert "What you expected and what you spent" in page
        assert "Enter Capital equipment" in owner.post(at(award, "forecast"), {f"sum_0_{EQUIPMENT}": "x"}).text


class TestStaff:
    def test_queue_check_and_approve(self, client, award):
        claim = sent_claim(award)
        adviser, approver = staff_of(award, Role.ADVISER), staff_of(award, Role.APPROVER)
        client.force_login(adviser)
        assert "Robot cell" in client.get(reverse("funding:claim-queue")).text
        assert "Nothing here" in client.get(reverse("funding:claim-queue"), {"status": "PAID"}).text
        page = client.get(at(award, "staff-claim", 1))
        assert "I have checked every cost" in page.text
        assert "Invoice is older than the acceptance" in page.text
        line = claim.lines.get()
        facts = {"seen": claim.updated_at.isoformat(), f"accepted_{line.pk}": "8,000", f"why_{line.pk}": ""}
        assert "Say why less is accepted" in client.post(at(award, "staff-claim", 1), facts).text
        facts[f"why_{line.pk}"] = "The cover is not needed."
        for _click in range(2):
            assert client.post(at(award, "staff-claim", 1), facts).url == at(award, "staff-claim", 1)
        claim.refresh_from_db()
        client.force_login(approver)
        assert "To approve: £4,000" in client.get(at(award, "staff-claim", 1)).text
        stale = client.post(at(award, "staff-claim", 1), {"seen": "x"})
        assert "has changed since" in stale.text
        for _click in range(2):
            client.post(at(award, "staff-claim", 1), {"seen": claim.updated_at.isoformat()})
        claim.refresh_from_db()
        assert claim.status == "APPROVED"

    def test_same_invoice_names_no_claim_of_a_programme_not_ones_own(self, client, award):
        claim = sent_claim(award, invoice_number="A-1")
        foreign = sent_claim(running_award(), invoice_number="a1")
        client.force_login(staff_of(award, Role.ADVISER))
        page = client.get(at(award, "staff-claim", 1)).text
        assert "The same invoice is in" in page
        assert foreign.reference not in page
        assert claim.reference in page

    def test_asked_sent_back_and_rejected_with_reasons(self, client, award):
        claim = sent_claim(award)
        client.force_login(staff_of(award, Role.ADVISER))
        assert client.get(at(award, "ask-about-claim", 1)).status_code == 200
        for _click in range(2):
            client.post(at(award, "ask-about-claim", 1), {"reason": "Which robot?"})
        assert claim.queries.count() == 1
        send(claim, answer="The large one.")
        check(claim)
        client.force_login(staff_of(award, Role.APPROVER))
        for _click in range(2):
            client.post(at(award, "send-claim-back", 1), {"reason": "The VAT?"})
        client.force_login(staff_of(award, Role.MANAGER))
        for _click in range(2):
            client.post(at(award, "reject-claim", 1), {"reason": "No robot."})
        assert "No robot." in client.get(at(award, "staff-claim", 1)).text

    def test_who_may_what(self, client, award):
        sent_claim(award)
        client.force_login(staff_of(award, Role.AUDITOR))
        page = client.get(at(award, "staff-claim", 1)).text
        assert "I have checked every cost" not in page
        assert client.post(at(award, "reject-claim", 1), {"reason": "x"}).status_code == 403
        client.force_login(firm_of(award))
        assert client.get(at(award, "staff-claim", 1)).status_code == 404
        assert client.get(reverse("funding:claim-queue")).status_code == 403

    def test_unsent_claim_is_not_staffs_to_read(self, client, award):
        a_claim(award)
        client.force_login(staff_of(award, Role.ADVISER))
        assert client.get(at(award, "staff-claim", 1)).status_code == 404

    def test_queue_asks_as_little_for_many(self, client, award):
        client.force_login(staff_of(award, Role.ADVISER))
        claim = sent_claim(award)
        counts = []
        for more in (0, 5):
            for number in range(more):
                Claim.objects.create(
                    award=award, number=number + 2, status="CHECKED", period_from=claim.period_from,
                    period_to=claim.period_to, created_at=WRITTEN, created_by=firm_of(award), updated_at=WRITTEN,
                    submitted_at=WRITTEN, submitted_by=firm_of(award),
                )  # fmt: skip
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse("funding:claim-queue"))
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 15


class TestBank:
    FACTS = {"holder": "Firm Ltd", "sort_code": "12-34-56", "account": "01234567", "account_again": "01234567"}

    def test_entered_twice_masked_and_only_after_showing_who_one_is(self, owner, award):
        page = owner.get(at(award, "bank-account"))
        assert "reauthenticate" in unquote(page.url)
        late = owner.post(at(award, "bank-account"), self.FACTS)
        assert late.url == at(award, "bank-account")
        assert "01234567" not in str(dict(owner.session))
        reauthenticated(owner, firm_of(award))
        wrong = owner.post(at(award, "bank-account"), self.FACTS | {"account_again": "01234568"}).text
        assert "The two numbers are not the same" in wrong
        assert "6 to 8 digits" in owner.post(at(award, "bank-account"), self.FACTS | {"account": "1"}).text
        assert owner.post(at(award, "bank-account"), self.FACTS).url == at(award, "bank-account")
        page = owner.get(at(award, "bank-account")).text
        assert "•••• 4567" in page
        assert "01234567" not in page

    def test_iban_elsewhere(self, owner, award):
        firm = award.application.case.organisation
        firm.country = "SE"
        firm.save()
        reauthenticated(owner, firm_of(award))
        facts = {"holder": "Firm AB", "account": "SE45 5000 0000 0583 9825 7466"}
        page = owner.post(at(award, "bank-account"), facts | {"account_again": "SE45"}).text
        assert "The two numbers are not the same" in page
        wrong = {"account": "SE46 5000", "account_again": "SE46 5000"}
        assert "Check the IBAN" in owner.post(at(award, "bank-account"), facts | wrong).text
        owner.post(at(award, "bank-account"), facts | {"account_again": "SE4550000000058398257466"})
        assert BankAccount.objects.get().is_iban

    def test_not_for_colleagues_nor_before_acceptance(self, client, award):
        client.force_login(MembershipFactory(organisation=award.application.case.organisation, role="COLLEAGUE").user)
        assert client.get(at(award, "bank-account")).status_code == 403
        client.force_login(firm_of(award))
        Award.objects.update(status="LAPSED")
        assert client.get(at(award, "bank-account")).url == at(award, "claims")

    def test_a_partner_is_not_called_on_the_number_of_the_firm_that_applied(self, client, award):
        contact = MembershipFactory().user
        organisation = contact.memberships.get().organisation
        award.application.partners.create(
            name="Welders Ltd", email=contact.email, contact=contact, status="DONE", organisation=organisation,
            invited_at=WRITTEN, invited_by=firm_of(award), updated_at=WRITTEN,
        )  # fmt: skip
        reauthenticated(client, contact)
        client.post(at(award, "bank-account"), self.FACTS)
        client.force_login(staff_of(award, Role.FINANCE))
        page = client.get(reverse("funding:confirm-account", args=[BankAccount.objects.get().pk])).text
        assert award.application.case.contact_name not in page
        assert "This is a partner’s account" in page

    def test_partner_in_another_organisations_name_meets_no_account(self, client, award):
        victim, contact = MembershipFactory().organisation, UserFactory()
        award.application.partners.create(
            name=victim.name, email=contact.email, contact=contact, status="DONE", organisation=victim,
            invited_at=WRITTEN, invited_by=firm_of(award), updated_at=WRITTEN,
        )  # fmt: skip
        reauthenticated(client, contact)
        for answer in (client.get(at(award, "bank-account")), client.post(at(award, "bank-account"), self.FACTS)):
            assert answer.url == at(award, "claims")
        assert "its own people" in client.get(at(award, "claims")).text
        assert not BankAccount.objects.exists()

    def test_two_officers(self, owner, award, client):
        reauthenticated(owner, firm_of(award))
        owner.post(at(award, "bank-account"), self.FACTS)
        found = BankAccount.objects.get()
        url = reverse("funding:confirm-account", args=[found.pk])
        finance, approver = staff_of(award, Role.FINANCE), staff_of(award, Role.APPROVER)
        client.force_login(approver)
        assert "An officer of finance calls the firm first" in client.get(url).text
        client.force_login(finance)
        assert "Firm Ltd" in client.get(reverse("funding:bank-accounts")).text
        assert "Choose what the bank said" in client.post(url, {"called_back": "x"}).text
        client.post(url, {"payee": "MATCH", "called_back": "Ms Smith on 01772 000000"})
        assert "You noted the call" in client.get(url).text
        assert client.post(url, {"confirms": "on"}).status_code == 200
        client.force_login(approver)
        assert "Ms Smith" in client.get(url).text
        assert client.post(url, {"confirms": "on"}).url == reverse("funding:bank-accounts")
        assert client.post(url, {"confirms": "on"}).url == url
        found.refresh_from_db()
        assert found.status == "IN_USE"
        client.force_login(staff_of(award, Role.ADVISER))
        assert client.get(reverse("funding:bank-accounts")).status_code == 403
        assert client.get(url).status_code == 404

    def test_refused(self, owner, award, client):
        reauthenticated(owner, firm_of(award))
        owner.post(at(award, "bank-account"), self.FACTS)
        client.force_login(staff_of(award, Role.FINANCE))
        url = reverse("funding:confirm-account", args=[BankAccount.objects.get().pk])
        assert client.post(url, {"refuse": "1", "reason": ""}).status_code == 200
        client.post(url, {"refuse": "1", "reason": "Nobody there knew."})
        assert BankAccount.objects.get().status == "REFUSED"


class TestPayments:
    @pytest.fixture
    def claim(self, award):
        in_use(award)
        return approved_claim(award)

    @pytest.fixture
    def finance(self, claim, client):
        client.force_login(staff_of(claim.award, Role.FINANCE))
        return client

    def test_from_the_list_to_paid(self, finance, claim, award):
        runs = reverse("funding:payment-runs")
        officer = User.objects.get(assignments__role=Role.FINANCE, pk=finance.session["_auth_user_id"])
        assert claim.reference in finance.get(runs).text
        assert "Choose at least one claim" in finance.post(runs, {"key": str(uuid.uuid4())}).text
        made = finance.post(runs, {"key": str(uuid.uuid4()), "claims": [claim.pk]})
        run = PaymentRun.objects.get()
        assert made.url == reverse("funding:payment-run", args=[run.pk])
        file = reverse("funding:payment-file", args=[run.pk])
        assert "reauthenticate" in finance.get(file).url
        reauthenticated(finance, officer)
        assert finance.get(file).url == made.url
        assert "Release 1 payment" in finance.get(made.url).text
        for _click in range(2):
            finance.post(made.url, {"release": "1"})
        assert finance.get(file).content.decode().splitlines()[-1] == "TOTAL,1,,,,5000.00,GBP"
        assert "1 payment has not been answered" in finance.get(made.url).text
        assert "Enter the day" in finance.post(made.url, {"paid": "1"}).text
        day = {"paid_on_day": "20", "paid_on_month": "11", "paid_on_year": "2026"}
        finance.post(made.url, {"paid": "1"} | day)
        assert Payment.objects.get().status == "PAID"
        assert "All answered" in finance.get(made.url).text
        assert "£5,000" in finance.get(at(award, "ledger")).text

    def test_taken_out_failed_and_cancelled(self, finance, claim):
        run = finance.post(reverse("funding:payment-runs"), {"key": str(uuid.uuid4()), "claims": [claim.pk]}).url
        payment = Payment.objects.get()
        one = reverse("funding:payment", args=[payment.run_id, payment.pk])
        assert "Take it out of this run" in finance.get(one).text
        for _click in range(2):
            assert finance.post(one, {"drop": "1"}).url == run
        finance.post(run, {"cancel": "1"})
        sent = released(claim)
        payment = sent.payments.get()
        one = reverse("funding:payment", args=[sent.pk, payment.pk])
        assert "Enter what the bank said" not in finance.get(one).text
        assert "Enter what the bank said" in finance.post(one, {"reason": ""}).text
        for _click in range(2):
            finance.post(one, {"reason": "Account closed"})
        assert "Account closed" in finance.get(one).text
        assert claim.reference in finance.get(reverse("funding:payment-runs")).text

    def test_not_for_others(self, finance, claim, client):
        run = released(claim)
        client.force_login(staff_of(claim.award, Role.ADVISER))
        assert client.get(reverse("funding:payment-runs")).status_code == 403
        assert client.get(reverse("funding:payment-run", args=[run.pk])).status_code == 404
        client.force_login(staff_of(claim.award, Role.AUDITOR))
        assert client.get(reverse("funding:payment-run", args=[run.pk])).status_code == 200
        assert client.post(reverse("funding:payment-run", args=[run.pk]), {"release": "1"}).status_code == 403
        assert client.get(reverse("funding:payment-file", args=[run.pk])).status_code == 403

    def test_claim_without_an_account_is_listed(self, finance, claim):
        BankAccount.objects.update(status="REPLACED")
        page = finance.get(reverse("funding:payment-runs")).text
        assert "Agreed, and no account to pay to" in page

    def test_ledger_of_the_firm(self, claim, client, award):
        client.force_login(firm_of(award))
        page = client.get(at(award, "firm-ledger")).text
        assert "10,000.00" in page
        assert "Your grant in figures" in page

    def test_money_back(self, finance, claim, client, award):
        run = released(claim)
        payments.mark_paid(payment=run.payments.get(), on=date(2026, 11, 12), by=run.released_by, at=WRITTEN)
        client.force_login(staff_of(award, Role.ADVISER))
        propose = at(award, "propose-clawback")
        assert client.get(propose).status_code == 200
        facts = {"key": str(uuid.uuid4()), "amount": "6,000", "reason": "Sold."}
        assert "More cannot come back" in client.post(propose, facts).text
        for _click in range(2):
            assert client.post(propose, facts | {"amount": "1,000"}).url == at(award, "ledger")
        answer = at(award, "answer-clawback", Clawback.objects.get().pk)
        assert client.get(answer).status_code == 403
        client.force_login(staff_of(award, Role.APPROVER))
        assert client.post(answer, {"paid": "1"}).status_code == 403
        for _click in range(2):
            client.post(answer, {"approve": "1"})
        client.force_login(staff_of(award, Role.FINANCE))
        assert client.post(answer, {"paid": "1"}).status_code == 200
        day = {"paid_on_day": "20", "paid_on_month": "11", "paid_on_year": "2026"}
        client.post(answer, {"paid": "1"} | day)
        assert "Paid back" in self.as_firm(client, award)
        client.force_login(staff_of(award, Role.APPROVER))
        assert client.post(answer, {"drop": "1", "reason": "x"}).url == at(award, "ledger")
        assert Clawback.objects.get().status == "REPAID"

    def as_firm(self, client, award):
        client.force_login(firm_of(award))
        return client.get(at(award, "firm-ledger")).text


def test_pages_ask_few_questions_of_the_database(client, award):
    sent_claim(award)
    client.force_login(firm_of(award))
    for name, args in {"claims": (), "claim": (1,), "forecast": (), "firm-ledger": ()}.items():
        with CaptureQueriesContext(connection) as queries:
            client.get(at(award, name, *args))
        assert len(queries) <= 15, name
    for person, name, args in (("ADVISER", "staff-claim", (1,)), ("FINANCE", "ledger", ())):
        client.force_login(staff_of(award, Role(person)))
        with CaptureQueriesContext(connection) as queries:
            client.get(at(award, name, *args))
        assert len(queries) <= 15, name

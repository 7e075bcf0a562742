"""Where money goes, who lets it go, and what becomes of it."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from cryptography.exceptions import InvalidTag
from django.db import InternalError, transaction

from accounts.permissions import FirmRole, Role
from funding import bank, payment_file
from funding.actions import bank as accounts
from funding.actions import claim_checks
from funding.actions import payments as actions
from funding.actions.problems import UnableToPay
from funding.models import Award, BankAccount, Claim, Payment, PaymentRun
from notifications.models import Message
from portal.models import Event
from portal.workflow import IllegalMove
from tests.factories.accounts import AssignmentFactory, MembershipFactory, UserFactory
from tests.factories.claims import approved_claim, firm_of, running_award, sent_claim, staff_of
from tests.factories.funding import WRITTEN, GrantApplicationFactory
from tests.factories.organisations import OrganisationFactory

pytestmark = pytest.mark.django_db
NUMBER = "12345601234567"


def enter(award, *, number=NUMBER, holder="Firm Ltd", by=None, at=WRITTEN):
    return accounts.enter_account(
        award=award, partner=None, holder=holder, number=number, is_iban=False, by=by or firm_of(award), at=at
    )


def call(account, by=None):
    by = by or staff_of(account.award, Role.FINANCE)
    accounts.note_call(account=account, payee="MATCH", called_back="Ms Smith, 01772.", by=by, at=WRITTEN)


def in_use(award, **more):
    account = enter(award, **more)
    call(account)
    accounts.confirm_account(account=account, by=staff_of(award, Role.APPROVER), at=WRITTEN + timedelta(days=9))
    account.refresh_from_db()
    return account


class TestNumbers:
    def test_kept_encrypted_and_bound_to_its_owner(self):
        one, other = (bank.encrypt(NUMBER, owner=1) for _time in range(2))
        assert one != other
        assert NUMBER.encode() not in one
        assert bank.decrypt(one, owner=1) == NUMBER
        with pytest.raises(InvalidTag):
            bank.decrypt(one, owner=2)

    def test_read_after_the_key_was_changed(self, settings):
        secret, old = bank.encrypt(NUMBER, owner=1), settings.SECRET_KEY
        settings.SECRET_KEY = "another"
        with pytest.raises(InvalidTag):
            bank.decrypt(secret, owner=1)
        settings.SECRET_KEY_FALLBACKS = [old]
        assert bank.decrypt(secret, owner=1) == NUMBER

    def test_same_account_has_the_same_print(self):
        assert bank.fingerprint(NUMBER) == bank.fingerprint(NUMBER) != bank.fingerprint(NUMBER[::-1])

    @pytest.mark.parametrize(
        ("code", "number", "read"),
        [
            ("12-34-56", "1234567", NUMBER), ("123456", "01234567", NUMBER), ("12 34 56", "0123 4567", NUMBER),
            ("12345", "1234567", None), ("123456", "12345", None), ("123456", "1234567x", None),
        ],
    )  # fmt: skip
    def test_british(self, code, number, read):
        assert bank.read_british(code, number) == read

    def test_iban(self):
        assert bank.read_iban("se45 5000 0000 0583 9825 7466") == "SE4550000000058398257466"
        assert bank.read_iban("SE46 5000 0000 0583 9825 7466") is None


class TestAccount:
    def test_asked_after_the_award_alone(self):
        with pytest.raises(UnableToPay, match="once the offer is accepted"):
            enter(GrantApplicationFactory(approved=True).award, by=MembershipFactory().user)

    def test_two_officers_one_after_the_other(self):
        account = enter(running_award())
        assert (str(account), account.held_until) == ("•••• 4567", None)
        approver = staff_of(account.award, Role.APPROVER)
        with pytest.raises(UnableToPay, match="Call the firm first"):
            accounts.confirm_account(account=account, by=approver, at=WRITTEN)
        finance = staff_of(account.award, Role.FINANCE)
        call(account, by=finance)
        with pytest.raises(UnableToPay, match="somebody else"):
            accounts.confirm_account(account=account, by=finance, at=WRITTEN)
        accounts.confirm_account(account=account, by=approver, at=WRITTEN)
        account.refresh_from_db()
        assert (account.status, account.payee) == ("IN_USE", "MATCH")
        with pytest.raises(IllegalMove):
            accounts.confirm_account(account=account, by=approver, at=WRITTEN)
        with pytest.raises(IllegalMove):
            call(account)

    def test_change_waits_and_tells_old_and_new(self):
        award = running_award()
        old = in_use(award)
        other = MembershipFactory(organisation=award.application.case.organisation, role=FirmRole.OWNER).user
        Message.objects.all().delete()
        new = enter(award, number="65432187654321", by=other)
        told = set(Message.objects.filter(kind="bank_changed").values_list("to", flat=True))
        assert {other.email, firm_of(award).email} <= told
        assert new.held_until == date(2026, 11, 13), "Tuesday to Thursday lie between Monday and Friday"
        call(new)
        approver = staff_of(award, Role.APPROVER)
        with pytest.raises(UnableToPay, match="waits until 13 November 2026"):
            accounts.confirm_account(account=new, by=approver, at=WRITTEN + timedelta(days=3))
        accounts.confirm_account(account=new, by=approver, at=WRITTEN + timedelta(days=4))
        old.refresh_from_db()
        assert old.status == "REPLACED"

    def test_same_again_changes_nothing_and_another_takes_the_waiting_ones_place(self):
        award = running_award()
        first = in_use(award)
        assert enter(award) == first
        waiting = enter(award, number="65432187654321")
        enter(award, number="65432100000001")
        waiting.refresh_from_db()
        assert waiting.status == "REPLACED"
        assert BankAccount.objects.filter(status="HELD").count() == 1

    def test_second_click_is_the_same_account_and_the_one_in_use_takes_a_false_change_back(self):
        award = running_award()
        first = enter(award)
        assert enter(award) == first
        assert Message.objects.filter(kind="bank_entered").count() == 1
        call(first)
        accounts.confirm_account(account=first, by=staff_of(award, Role.APPROVER), at=WRITTEN)
        false = enter(award, number="65432187654321")
        assert enter(award) == first
        false.refresh_from_db()
        assert false.status == "REPLACED"

    def test_who_answers_for_a_partner_has_no_say_in_its_own_account(self):
        """A firm may name any organisation as its partner and give an address of its own for it."""
        award = running_award()
        owner = MembershipFactory().user
        organisation = owner.memberships.get().organisation
        partner = award.application.partners.create(
            name="Welders Ltd", email="w@welders.example", contact=UserFactory(), organisation=organisation,
            status="DONE", invited_at=WRITTEN, invited_by=firm_of(award), updated_at=WRITTEN,
        )  # fmt: skip
        facts = {"award": award, "partner": partner, "holder": "Me", "number": NUMBER, "is_iban": False, "at": WRITTEN}
        with pytest.raises(UnableToPay, match="its own people"):
            accounts.enter_account(by=partner.contact, **facts)
        assert accounts.enter_account(by=owner, **facts).organisation == organisation

    def test_refused(self):
        account = enter(running_award())
        accounts.refuse_account(
            account=account, reason="Nobody there knew.", by=staff_of(account.award, Role.FINANCE), at=WRITTEN
        )
        assert Message.objects.filter(kind="bank_refused").exists()
        assert BankAccount.objects.get().status == "REFUSED"

    def test_no_number_in_mails_or_history(self):
        award = running_award()
        enter(award)
        assert "1234567" not in str(list(Message.objects.values()) + list(Event.objects.values()))


@pytest.fixture
def claim():
    award = running_award(ends_on=date(2027, 3, 1))
    in_use(award)
    return approved_claim(award, net="20000")


def run_of(*claims, by=None):
    programme = claims[0].award.application.case.programme
    return actions.make_run(
        programme=programme, claims=[one.pk for one in claims], key=uuid.uuid4(),
        by=by or staff_of(claims[0].award, Role.FINANCE), at=WRITTEN,
    )  # fmt: skip


def released(claim):
    run = run_of(claim)
    actions.release_run(run=run, by=staff_of(claim.award, Role.FINANCE), at=WRITTEN)
    run.refresh_from_db()
    return run


class TestRun:
    def test_one_file_with_a_control_total(self, claim):
        run = released(claim)
        content = payment_file.contents(run, actions.in_file(run))
        head, line, total = content.decode().splitlines()
        assert head == "reference,payee,sort_code,account_number,iban,amount,currency"
        assert line == f"{claim.reference},Firm Ltd,123456,01234567,,10000.00,GBP"
        assert total == "TOTAL,1,,,,10000.00,GBP"
        assert (run.status, run.count, run.total, run.sha256) == (
            "RELEASED", 1, Decimal(10000), payment_file.sha256(content),
        )  # fmt: skip

    def test_cells_are_no_formulas(self):
        award = running_award(ends_on=date(2027, 3, 1))
        in_use(award, holder="=HYPERLINK(1)")
        run = released(approved_claim(award))
        assert "'=HYPERLINK(1)" in payment_file.contents(run, actions.in_file(run)).decode()

    def test_repeat_gives_the_run_made(self, claim):
        key, by = uuid.uuid4(), staff_of(claim.award, Role.FINANCE)
        facts = {"programme": claim.award.application.case.programme, "claims": [claim.pk], "key": key, "by": by}
        assert actions.make_run(at=WRITTEN, **facts) == actions.make_run(at=WRITTEN, **facts)
        with pytest.raises(UnableToPay, match="cannot be paid now"):
            run_of(claim)

    def test_no_account_or_one_being_changed(self, claim):
        run = run_of(claim)
        enter(claim.award, number="65432187654321")
        with pytest.raises(UnableToPay, match="being changed"):
            actions.release_run(run=run, by=staff_of(claim.award, Role.FINANCE), at=WRITTEN)
        with pytest.raises(UnableToPay):
            run_of(approved_claim(running_award()))

    @pytest.mark.parametrize("part", ["checked_by", "approved_by"])
    def test_released_by_nobody_who_decided(self, claim, part):
        with pytest.raises(UnableToPay, match="somebody else"):
            actions.release_run(run=run_of(claim), by=getattr(claim, part), at=WRITTEN)

    def test_nor_by_one_who_assessed_or_signed_before_the_last(self, claim):
        """Of several assessors and approvers the award itself names the last alone."""
        run, application = run_of(claim), claim.award.application
        Award.objects.filter(pk=claim.award_id).update(recommended_by=None)
        early = AssignmentFactory(programme=application.case.programme, role=Role.APPROVER).user
        decision = application.decisions.get()
        decision.approvals.create(offer_hash=decision.offer_hash, signed_by=early, signed_at=WRITTEN)
        for person in (application.reviews.get().assessor, early):
            with pytest.raises(UnableToPay, match="somebody else"):
                actions.release_run(run=run, by=person, at=WRITTEN)
            with pytest.raises(InternalError, match="may not pay it"), transaction.atomic():
                PaymentRun.objects.filter(pk=run.pk).update(status="RELEASED", released_by=person, released_at=WRITTEN)

    @pytest.mark.parametrize("belongs", ["firm", "partner", "contact"])
    def test_nor_by_who_belongs_to_those_that_are_paid(self, claim, belongs):
        application, finance = claim.award.application, staff_of(claim.award, Role.FINANCE)
        firm = application.case.organisation
        if belongs != "firm":
            firm = OrganisationFactory()
            contact = finance if belongs == "contact" else firm_of(claim.award)
            application.partners.create(
                name="Welders Ltd", email="w@welders.example", organisation=firm, contact=contact, status="DONE",
                invited_at=WRITTEN, invited_by=firm_of(claim.award), updated_at=WRITTEN,
            )  # fmt: skip
        if belongs != "contact":
            MembershipFactory(user=finance, organisation=firm, role=FirmRole.COLLEAGUE)
        with pytest.raises(UnableToPay, match="somebody else"):
            actions.release_run(run=run_of(claim), by=finance, at=WRITTEN)

    def test_the_database_holds_to_it_too(self, claim):
        run = run_of(claim)
        with pytest.raises(InternalError, match="may not pay it"), transaction.atomic():
            PaymentRun.objects.filter(pk=run.pk).update(
                status="RELEASED", released_by=claim.approved_by, released_at=WRITTEN
            )

    def test_taken_out_cancelled_and_empty(self, claim):
        finance = staff_of(claim.award, Role.FINANCE)
        run = run_of(claim)
        actions.drop_payment(payment=run.payments.get(), by=finance, at=WRITTEN)
        with pytest.raises(UnableToPay, match="nothing to pay"):
            actions.release_run(run=run, by=finance, at=WRITTEN)
        actions.cancel_run(run=run, by=finance, at=WRITTEN)
        second = run_of(claim)
        actions.cancel_run(run=second, by=finance, at=WRITTEN)
        third = released(claim)
        with pytest.raises(IllegalMove):
            actions.release_run(run=third, by=finance, at=WRITTEN)
        with pytest.raises(UnableToPay, match="Nothing can be taken out"):
            actions.drop_payment(payment=third.payments.get(), by=finance, at=WRITTEN)

    def test_claim_in_a_run_is_not_rejected(self, claim):
        run_of(claim)
        with pytest.raises(claim_checks.UnableToCheck, match="in a payment run"):
            claim_checks.reject_claim(claim=claim, reason="x", by=staff_of(claim.award, Role.APPROVER), at=WRITTEN)

    def test_funders_bear_their_shares(self, claim):
        call_ = claim.award.call
        call_.budget_lines = [
            {"funder": name, "from": "2026-01-01", "to": "2027-12-31", "amount": "50000"} for name in ("State", "Union")
        ]
        call_.save()
        payment = run_of(claim).payments.get()
        expected = [{"funder": "State", "amount": "5000.00"}, {"funder": "Union", "amount": "5000.00"}]
        assert payment.shares == expected


class TestAnswers:
    def test_paid(self, claim):
        run = released(claim)
        day = date(2026, 11, 12)
        actions.mark_paid(payment=run.payments.get(), on=day, by=run.released_by, at=WRITTEN)
        claim.refresh_from_db()
        run.refresh_from_db()
        assert (claim.status, claim.paid_on, run.status) == ("PAID", day, "CLOSED")
        assert Message.objects.filter(kind="claim_paid").count() == 1
        assert Award.objects.get(pk=claim.award_id).status == "ACCEPTED"

    def test_failed_waits_for_the_next_run(self, claim):
        run = released(claim)
        actions.mark_failed(payment=run.payments.get(), reason="Account closed", by=run.released_by, at=WRITTEN)
        assert list(actions.payable(run.programme)) == [claim]

    def test_failed_after_it_was_noted_as_paid(self, claim):
        run = released(claim)
        payment = run.payments.get()
        actions.mark_paid(payment=payment, on=date(2026, 11, 12), by=run.released_by, at=WRITTEN)
        actions.mark_failed(payment=payment, reason="Returned", by=run.released_by, at=WRITTEN)
        claim.refresh_from_db()
        assert (claim.status, claim.paid_on) == ("APPROVED", None)
        released(claim)

    def test_last_paid_claim_completes_the_award(self):
        award = running_award(ends_on=date(2027, 3, 1), claim_terms={"retention_percent": "10"})
        in_use(award)
        for facts in ({"net": "10000"}, {"net": "5000", "is_final": True}):
            run = released(approved_claim(award, **facts))
            actions.mark_paid(payment=run.payments.get(), on=date(2026, 11, 12), by=run.released_by, at=WRITTEN)
        award.refresh_from_db()
        assert (award.status, award.committed) == ("COMPLETED", Decimal(7500))
        assert sum(Payment.objects.values_list("amount", flat=True)) == Decimal(7500)


class TestMoneyBack:
    @pytest.fixture
    def paid(self, claim):
        run = released(claim)
        actions.mark_paid(payment=run.payments.get(), on=date(2026, 11, 12), by=run.released_by, at=WRITTEN)
        return claim

    def propose(self, paid, amount="4000", by=None, key=None):
        return actions.propose_clawback(
            award=paid.award, amount=Decimal(amount), reason="Sold the robot.", key=key or uuid.uuid4(),
            by=by or staff_of(paid.award, Role.ADVISER), at=WRITTEN,
        )  # fmt: skip

    def test_proposed_approved_by_another_and_repaid(self, paid):
        clawback = self.propose(paid)
        assert self.propose(paid, key=clawback.creation_key) == clawback
        with pytest.raises(UnableToPay, match="somebody else"):
            actions.approve_clawback(clawback=clawback, by=clawback.proposed_by, at=WRITTEN)
        actions.approve_clawback(clawback=clawback, by=staff_of(paid.award, Role.APPROVER), at=WRITTEN)
        assert Message.objects.filter(kind="clawback_asked").count() == 1
        actions.mark_repaid(clawback=clawback, on=date(2026, 12, 1), by=staff_of(paid.award, Role.FINANCE), at=WRITTEN)
        assert clawback.status == "REPAID"

    def test_no_more_than_was_paid(self, paid):
        self.propose(paid, "9000")
        with pytest.raises(UnableToPay, match="More cannot come back"):
            self.propose(paid, "1000.01")

    def test_dropped_leaves_room_again(self, paid):
        clawback = self.propose(paid, "10000")
        actions.drop_clawback(
            clawback=clawback, reason="A mistake.", by=staff_of(paid.award, Role.APPROVER), at=WRITTEN
        )
        self.propose(paid, "10000")


def test_unapproved_claims_are_not_payable():
    claim = sent_claim(running_award())
    assert not actions.payable(claim.award.application.case.programme).exists()
    assert Claim.objects.count() == 1

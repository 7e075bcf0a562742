"""Partners: invited, their part, the link's page, and what an award holds for them."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.permissions import FirmRole
from eligibility import ledger
from funding import actions, aid, quoting
from funding.models import BudgetLine, Partner
from notifications.models import Message
from notifications.rendering import render
from organisations.models import AidRecord, Organisation
from portal.models import Event
from tests.factories.accounts import AssignmentFactory, MembershipFactory, UserFactory
from tests.factories.applications import CaseFactory
from tests.factories.funding import (
    WRITTEN,
    BudgetLineFactory,
    GrantApplicationFactory,
    accept,
    approve,
    approver_of,
    assess,
    submit,
)
from tests.factories.joint import cover, fill_in, invite, joint, take_part
from tests.factories.organisations import OwnershipFactory
from tests.factories.programmes import ProgrammeFactory
from tests.funding.test_views_firm import LINE, address

pytestmark = pytest.mark.django_db
KEY = "3a1c5be2-7a14-4d6c-9d0b-3f7c1d2e4a5b"
INVITED = {"key": KEY, "kind": "FIRM", "name": "Guards Ltd", "company_number": "01234567", "postcode": "LA1 1AA",
           "email": "Gill@guards.example"}  # fmt: skip


@pytest.fixture
def application():
    return joint()


@pytest.fixture
def owner(application, client):
    client.force_login(application.case.created_by)
    return client


@pytest.fixture
def gill():
    return UserFactory(email="gill@guards.example", full_name="Gill Guard")


def part(partner, name="part", *args):
    return reverse(f"funding:{name}", args=[partner.key, *args])


class TestInviting:
    def test_page_invites_once_and_the_mail_has_the_link(self, owner, application):
        for _click in range(2):
            assert owner.post(address(application, "invite-partner"), INVITED).url == address(application, "partners")
        partner = Partner.objects.get()
        assert (partner.email, partner.company_number, partner.country) == ("gill@guards.example", "01234567", "GB")
        message = Message.objects.get(kind="partner_invited")
        mail = render(message)
        assert str(partner.key) in mail.text
        assert application.case.organisation.name in mail.subject
        assert Event.objects.filter(kind="partner.invited").count() == 1
        assert "Guards Ltd" in owner.get(address(application, "partners")).text

    @pytest.mark.parametrize(
        ("facts", "message"),
        [
            ({"kind": ""}, "Choose what it is"),
            ({"name": ""}, "Enter the name"),
            ({"email": "x"}, "email address"),
            ({"company_number": "abc"}, "company number"),
        ],
    )
    def test_bad_input(self, owner, application, facts, message):
        assert message in owner.post(address(application, "invite-partner"), INVITED | facts).text
        assert not Partner.objects.exists()

    def test_refused(self, application, owner):
        own = application.case
        colleague = MembershipFactory(organisation=own.organisation, user__email="anna@toys.example").user
        with pytest.raises(actions.UnableToChange, match="own firm"):
            invite(application, email=colleague.email)
        Organisation.objects.filter(pk=own.organisation_id).update(company_number="07654321")
        with pytest.raises(actions.UnableToChange, match="same company number"):
            invite(application, company_number="07654321")
        held = OwnershipFactory(other=own.organisation, firm__company_number="05555555").firm
        with pytest.raises(actions.UnableToChange, match="belong to one group"):
            invite(application, company_number=held.company_number)
        invite(application, key=KEY)
        with pytest.raises(actions.UnableToChange, match="invited this address"):
            invite(application, key="3a1c5be2-7a14-4d6c-9d0b-3f7c1d2e4a5c", company_number="")
        invite(
            application, key="3a1c5be2-7a14-4d6c-9d0b-3f7c1d2e4a5d", company_number="", email="b@b.example", name="B"
        )
        page = owner.post(
            address(application, "invite-partner"), INVITED | {"key": KEY[:-1] + "e", "email": "c@c.example"}
        )
        assert "There can be 2 partners" in page.text
        with pytest.raises(actions.UnableToChange, match="out of date"):
            invite(joint(case=own, slug="second"), key=KEY)

    def test_alone_or_with_partners(self, owner, application):
        partners = address(application, "partners")
        assert "Invite at least one partner" in owner.get(partners).text
        assert owner.post(partners, {"form": "SINGLE"}).url == partners
        with pytest.raises(actions.UnableToChange, match="Choose first"):
            invite(application)
        assert "Choose one of the options" in owner.post(partners, {"form": "SUPPLY_CHAIN"}).text
        with pytest.raises(actions.UnableToChange, match="does not take"):
            actions.choose_form(application=application, form="SUPPLY_CHAIN", by=application.created_by, at=WRITTEN)
        owner.post(partners, {"form": "COLLABORATIVE"})
        invite(application)
        assert "Take your partners out first" in owner.post(partners, {"form": "SINGLE"}).text

    def test_where_firms_ask_alone_there_is_no_such_section(self):
        alone = GrantApplicationFactory()
        assert "partners" not in quoting.sections_of(alone.call)
        assert "partners" not in quoting.missing_sections(alone)

    def test_taken_out_with_its_costs(self, owner, application, gill):
        partner = take_part(application, gill)
        BudgetLineFactory(application=application, partner=partner)
        remove = address(application, "remove-partner", partner.pk)
        assert "Take out" in owner.get(remove).text
        for _click in range(2):
            assert owner.post(remove).url == address(application, "partners")
        assert not BudgetLine.objects.filter(partner=partner).exists()
        partner.refresh_from_db()
        assert partner.status == "REMOVED"


class TestLink:
    def test_who_is_asked_reads_signs_in_and_accepts(self, client, application, gill):
        partner = invite(application)
        page = client.get(part(partner))
        assert "You are asked to take part" in page.text
        assert "Create an account" in page.text
        assert "/accounts/login/" in client.post(part(partner)).url
        client.force_login(gill)
        assert "Take part" in client.get(part(partner)).text
        for _click in range(2):
            assert client.post(part(partner), {"answer": "accept"}).url == part(partner) if _click == 0 else True
        partner.refresh_from_db()
        assert (partner.status, partner.contact) == ("ACCEPTED", gill)
        assert partner.organisation.company_number == "01234567"
        assert not partner.organisation.memberships.exists()
        assert Message.objects.filter(kind="partner_answered").count() == 1
        assert "Your part of the grant" in client.get(part(partner)).text
        assert actions.accept_part(partner=partner, by=gill, at=WRITTEN).status == "ACCEPTED"

    def test_declined(self, client, application, gill):
        partner = invite(application)
        client.force_login(gill)
        assert "You do not take part" in client.post(part(partner), {"answer": "decline"}).text
        partner.refresh_from_db()
        assert partner.status == "DECLINED"
        assert client.get(part(partner)).status_code == 404
        assert client.post(part(partner)).status_code == 404

    def test_another_person_cannot_take_it(self, client, application, outsider):
        partner = invite(application)
        client.force_login(outsider)
        assert "The invitation went to another address" in client.get(part(partner)).text
        for answer in ("accept", "decline"):
            assert client.post(part(partner), {"answer": answer}).url == part(partner)
        partner.refresh_from_db()
        assert partner.status == "INVITED"

    def test_nobody_else_finds_anything(self, client, application, gill, outsider):
        partner = take_part(application, gill)
        line = BudgetLineFactory(application=application, partner=partner)
        assert client.get(reverse("funding:part", args=[KEY[:-1] + "0"])).status_code == 404
        for person in (outsider, application.case.created_by):
            client.force_login(person)
            for name, args in {
                "part": (), "partner-costs": (), "partner-add-line": (), "partner-line": (line.pk,),
                "partner-remove-line": (line.pk,), "partner-add-quote": (line.pk,), "partner-section": ("benefit",),
                "partner-leave": (),
            }.items():  # fmt: skip
                assert client.get(part(partner, name, *args)).status_code == 404, name
            for name in ("partner-complete", "partner-reopen", "partner-leave"):
                assert client.post(part(partner, name)).status_code == 404
        client.force_login(gill)
        for name in ("tasks", "project", "costs", "match", "partners", "comments", "check"):
            assert client.get(address(application, name)).status_code == 404

    def test_closed_once_the_application_was_sent(self, application, gill):
        partner = invite(application)
        type(application).objects.filter(pk=application.pk).update(form="SINGLE")
        submit(cover(application))
        with pytest.raises(actions.UnableToChange, match="does not work any more"):
            actions.accept_part(partner=partner, by=gill, at=WRITTEN)
        with pytest.raises(actions.UnableToChange, match="has been sent"):
            actions.decline_part(partner=partner, by=gill, at=WRITTEN)

    def test_who_turns_out_to_be_of_the_group_is_refused(self, application, gill):
        firm = OwnershipFactory(
            other=application.case.organisation, firm__name="Guards Ltd", firm__company_number=""
        ).firm
        Organisation.objects.filter(pk=firm.pk).update(name_key="GUARDS")
        MembershipFactory(user=gill, organisation=firm)
        partner = invite(application, company_number="")
        with pytest.raises(actions.UnableToChange, match="belong to one group"):
            actions.accept_part(partner=partner, by=gill, at=WRITTEN)


class TestPart:
    def test_filled_in_page_by_page(self, client, application, gill):
        partner = take_part(application, gill)
        client.force_login(gill)
        assert client.get(part(partner, "partner-section", "nonsense")).status_code == 404
        codes = re.findall(r"/funding/partner/[^/]+/(benefit|size|aid|links)/", client.get(part(partner)).text)
        answers = {
            "benefit": {"benefit": "Fewer rejects."},
            "size": {"employees": "12", "turnover": "900,000", "balance_sheet": "400,000"},
            "aid": {"amount": "0", "confirms": "on"},
            "links": {"none": "yes"},
        }
        assert set(codes) >= {"benefit", "size", "links"}
        for code in dict.fromkeys(codes):
            url = part(partner, "partner-section", code)
            assert "There is a problem" in client.post(url, {"sent": ""}).text
            assert client.post(url, answers[code]).url == part(partner)
            assert client.get(url).status_code == 200
        client.post(part(partner, "partner-complete"))
        partner.refresh_from_db()
        assert partner.status == "ACCEPTED"  # its costs are missing
        client.post(part(partner, "partner-add-line"), LINE)
        line = BudgetLine.objects.get(partner=partner)
        assert "£1,200" in client.get(part(partner, "partner-costs")).text
        assert client.get(part(partner, "partner-line", line.pk)).status_code == 200
        own = application.lines.get(partner=None)
        assert client.get(part(partner, "partner-line", own.pk)).status_code == 404
        client.post(part(partner, "partner-complete"))
        client.post(part(partner, "partner-complete"))
        partner.refresh_from_db()
        assert (partner.status, partner.size["category"]) == ("DONE", "small")
        assert "Change something" in client.get(part(partner)).text
        for name, args in {"partner-section": ("benefit",), "partner-costs": (), "partner-line": (line.pk,)}.items():
            assert client.get(part(partner, name, *args)).url == part(partner)
        with pytest.raises(actions.UnableToChange, match="Your part is closed"):
            actions.remove_line(line=line)
        client.post(part(partner, "partner-reopen"))
        client.post(part(partner, "partner-reopen"))
        assert client.post(part(partner, "partner-remove-line", line.pk)).url == part(partner, "partner-costs")

    def test_tied_by_its_own_words(self, client, application, gill):
        partner = take_part(application, gill)
        client.force_login(gill)
        url = part(partner, "partner-section", "links")
        assert "Say in a few words" in client.post(url, {"none": "no"}).text
        client.post(url, {"none": "no", "note": "My brother owns both."})
        actions.save_own_part(partner=partner, benefit="Much.", size={"category": "small"}, subsidy={"told": True})
        BudgetLineFactory(application=application, partner=partner)
        with pytest.raises(actions.UnableToChange, match="says that it is tied"):
            actions.complete_part(partner=partner, by=gill, at=WRITTEN)

    def test_stepping_back_deletes_its_costs(self, client, application, gill):
        partner = take_part(application, gill)
        BudgetLineFactory(application=application, partner=partner)
        client.force_login(gill)
        assert "Do not take part after all?" in client.get(part(partner, "partner-leave")).text
        assert "You do not take part" in client.post(part(partner, "partner-leave")).text
        assert not BudgetLine.objects.filter(partner=partner).exists()

    def test_complete_cannot_leave_before_it_is_opened(self, client, application, gill):
        partner = take_part(application, gill)
        fill_in(partner)
        client.force_login(gill)
        assert client.post(part(partner, "partner-leave")).url == part(partner)

    def test_a_research_organisation_is_asked_less(self, client, application, gill):
        partner = take_part(application, gill, kind="RESEARCH", company_number="")
        assert partner.organisation.kind == "UNIVERSITY"
        client.force_login(gill)
        assert client.get(part(partner, "partner-section", "size")).status_code == 404
        fill_in(partner)
        partner.refresh_from_db()
        assert partner.status == "DONE"
        application.research_partner = ""
        assert quoting.has_research_partner(application)


AID = {"basis": "mfa", "limit": "315000"}


@pytest.fixture
def with_aid():
    """A joint application in a programme with a rule for small aid."""
    programme = ProgrammeFactory()
    version = programme.versions.get()
    version.document["eligibility"]["aid"] = AID
    version.save()
    return joint(case=CaseFactory(programme=programme, accepted=True))


class TestAid:
    def test_what_is_on_record_is_part_of_what_is_told(self, with_aid, gill):
        partner = take_part(with_aid, gill)
        firm, day = partner.organisation, WRITTEN.date()
        for amount, left in ((50000, 265000), (20000, 295000)):
            actions.declare_aid(partner=partner, amount=Decimal(amount), words="All.", by=gill, at=WRITTEN)
            assert aid.rooms(with_aid.case, day, [firm.pk], known=True)[firm.pk].most == left
        ledger.declare(firm, amount=Decimal(5000), currency="GBP", on=day, basis="mfa", by=gill, at=WRITTEN)
        actions.declare_aid(partner=partner, amount=Decimal(5000), words="All.", by=gill, at=WRITTEN)
        assert aid.rooms(with_aid.case, day, [firm.pk])[firm.pk].most == 310000

    def test_nobody_speaks_for_a_firm_of_others(self, with_aid, gill):
        firm = MembershipFactory(organisation__company_number="01234567", organisation__country="GB").organisation
        partner = take_part(with_aid, gill)
        assert partner.organisation == firm
        actions.declare_aid(partner=partner, amount=Decimal(50000), words="All.", by=gill, at=WRITTEN)
        assert partner.application.partners.get().subsidy["amount"] == "50000"
        assert not ledger.is_told(firm, WRITTEN.date())

    def test_an_award_holds_each_ones_part_and_frees_it(self, with_aid, gill):
        partner = take_part(with_aid, gill)
        fill_in(partner)
        application = cover(with_aid)
        submit(application)
        assess(application)
        award = approve(application)
        assert aid.shares(award.budget) == {None: 15000, partner.pk: 5000}
        held = {row.organisation_id: row.amount for row in AidRecord.objects.counting()}
        assert held == {application.case.organisation_id: 15000, partner.organisation_id: 5000}
        accept(award)
        assert set(AidRecord.objects.counting().values_list("state", flat=True)) == {"GIVEN"}
        award.withdraw(by=approver_of(application), at=WRITTEN, reason="Ended.")
        assert not AidRecord.objects.counting().exists()

    def test_no_partner_gets_more_than_its_group_may_have(self, with_aid, gill):
        partner = take_part(with_aid, gill)
        fill_in(partner)
        application = cover(with_aid)
        submit(application)
        assess(application)
        ledger.declare(
            partner.organisation, amount=Decimal(312000), currency="GBP", on=date(2026, 11, 10), basis="mfa", by=gill,
            at=WRITTEN,
        )  # fmt: skip
        with pytest.raises(actions.UnableToDecide, match="Guards Ltd and its group may have £3,000 more"):
            approve(application, at=WRITTEN + timedelta(days=1))


class TestSending:
    def test_waits_for_every_part(self, application, gill):
        partner = take_part(application, gill)
        BudgetLineFactory(application=application, partner=partner, net=Decimal(5000))
        assert "partners" in quoting.missing_sections(application)
        fill_in(partner)
        application = cover(application)
        assert "partners" not in quoting.missing_sections(application)
        submit(application)
        rows = application.quote["rows"]
        assert sum(Decimal(row["grant"]) for row in rows) == application.quoted == Decimal(20000)
        assert {row["partner"] for row in rows} == {None, partner.pk}

    def test_a_partner_that_bears_too_much_is_named(self, owner, application, gill):
        partner = take_part(application, gill)
        fill_in(partner, net=200000)
        page = owner.get(address(application, "partners"))
        assert "Guards Ltd bears more than 80% of the costs that count" in page.text
        with pytest.raises(actions.UnableToSubmit, match="bears more than 80%"):
            submit(cover(application))
        application.lines.filter(partner=None).update(net=Decimal(1000000))
        with pytest.raises(actions.UnableToSubmit, match=f"{application.case.organisation.name} bears more"):
            submit(cover(application))

    def test_the_firm_reads_partners_costs_and_changes_none(self, owner, application, gill):
        partner = take_part(application, gill)
        fill_in(partner)
        page = owner.get(address(application, "costs"))
        assert "What your partners pay for" in page.text
        assert "What each of you gets" in page.text
        line = BudgetLine.objects.get(partner=partner)
        assert owner.get(address(application, "line", line.pk)).status_code == 404

    def test_staff_see_who_takes_part_and_what_to_look_at(self, client, application, gill):
        partner = take_part(application, gill)
        Partner.objects.filter(pk=partner.pk).update(postcode=application.case.organisation.postcode or "PR1 2HE")
        Organisation.objects.filter(pk=application.case.organisation_id).update(
            postcode=application.case.organisation.postcode or "PR1 2HE"
        )
        partner.refresh_from_db()
        fill_in(partner)
        submit(cover(application))
        client.force_login(AssignmentFactory(programme=application.case.programme).user)
        page = client.get(address(application, "staff-partners"))
        assert "have the same postcode" in page.text
        assert "12 people" in page.text
        assert "£5,000" in page.text
        student = MembershipFactory(organisation=application.case.organisation, role=FirmRole.STUDENT).user
        client.force_login(student)
        assert client.get(address(application, "staff-partners")).status_code == 404

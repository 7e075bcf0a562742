from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.permissions import FirmRole, Role
from funding.flag_wording import RULES, flag_words
from funding.flagging import flag_account, flag_application, flag_claim, flag_late_change
from funding.models import BankAccount, Claim, ClaimLine, FraudFlag
from organisations.identifiers import name_key
from portal.models import Event
from tests.factories.accounts import AssignmentFactory, MembershipFactory, UserFactory
from tests.factories.applications import CaseFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory
from tests.factories.organisations import OrganisationFactory, OwnershipFactory

pytestmark = pytest.mark.django_db


def case_of(programme, **firm):
    return CaseFactory(
        programme=programme, accepted=True, **{f"organisation__{key}": each for key, each in firm.items()}
    )


def raised(flags):
    return sorted(flag.rule for flag in flags)


class TestApplication:
    def test_an_honest_one_has_none(self, programme):
        other = case_of(programme, address="2 Dock Road", postcode="PR2 1AA")
        type(other).objects.filter(pk=other.pk).update(contact_phone="01772 555 999", contact_email="")
        GrantApplicationFactory(submitted=True, case=other)
        application = GrantApplicationFactory(submitted=True, case=CaseFactory(programme=programme, accepted=True))
        assert flag_application(application, at=WRITTEN) == []

    def test_what_is_shared_with_another_applicant(self, programme):
        place = {"address": "1 Mill Lane", "postcode": "PR1 2HE"}
        other = GrantApplicationFactory(submitted=True, case=case_of(programme, **place))
        application = GrantApplicationFactory(submitted=True, case=case_of(programme, **place))
        type(application.case).objects.all().update(contact_phone="01772 555 123")
        MembershipFactory(
            organisation=application.case.organisation, user=other.case.created_by, role=FirmRole.COLLEAGUE
        )
        FraudFlag.objects.all().delete()
        found = flag_application(application, at=WRITTEN)
        assert raised(found) == ["same_address", "same_email", "same_phone"]
        assert flag_application(application, at=WRITTEN) == []

    def test_a_draft_elsewhere_shares_nothing(self, programme):
        place = {"address": "1 Mill Lane", "postcode": "PR1 2HE"}
        GrantApplicationFactory(case=case_of(programme, **place))
        application = GrantApplicationFactory(submitted=True, case=case_of(programme, **place))
        assert not FraudFlag.objects.filter(rule="same_address").exists()
        assert "same_address" not in raised(flag_application(application, at=WRITTEN))

    def test_a_supplier_who_owns_the_firm(self, programme):
        application = GrantApplicationFactory(submitted=True, case=CaseFactory(programme=programme, accepted=True))
        supplier = application.lines.get().supplier
        OwnershipFactory(firm=application.case.organisation, other=None, other_name=supplier)
        assert raised(flag_application(application, at=WRITTEN)) == ["linked_supplier"]

    def test_a_supplier_known_here_who_sits_where_the_firm_does(self, programme):
        application = GrantApplicationFactory(submitted=True, case=case_of(programme, postcode="LA1 1AA"))
        supplier = application.lines.get().supplier
        seller = OrganisationFactory(name=supplier, name_key=name_key(supplier), postcode="la1 1aa")
        (flag,) = flag_application(application, at=WRITTEN)
        assert (flag.rule, flag.evidence) == (
            "tie_postcode", {"one": application.case.organisation.name, "other": supplier},
        )  # fmt: skip
        assert "the same postcode" in flag_words(flag).text
        # The same pair is looked at once, by its strongest sign then.
        MembershipFactory(organisation=seller, user=application.created_by)
        assert flag_application(application, at=WRITTEN) == []

    def test_a_supplier_whose_people_write_from_the_firms_domain(self, programme):
        application = GrantApplicationFactory(submitted=True, case=case_of(programme, postcode="LA1 1AA"))
        supplier = application.lines.get().supplier
        seller = OrganisationFactory(name=supplier, name_key=name_key(supplier))
        domain = application.case.contact_email.partition("@")[2]
        MembershipFactory(organisation=seller, user=UserFactory(email=f"sales@{domain}"))
        assert raised(flag_application(application, at=WRITTEN)) == ["tie_email"]

    def test_a_partner_who_sells_to_the_project_and_may_be_the_firm(self, programme):
        application = GrantApplicationFactory(submitted=True, case=case_of(programme, postcode="LA1 1AA"))
        supplier = application.lines.get().supplier
        application.partners.create(
            name=f"{supplier} Ltd", postcode="LA1 1AA", email="gill@guards.example", invited_at=WRITTEN,
            invited_by=application.created_by, updated_at=WRITTEN,
        )  # fmt: skip
        assert raised(flag_application(application, at=WRITTEN)) == ["tie_name", "tie_postcode"]


@pytest.fixture
def claim():
    award = GrantApplicationFactory(accepted=True).award
    claim = Claim.objects.create(
        award=award, number=1, period_from=date(2036, 3, 1), period_to=date(2036, 5, 31), created_at=WRITTEN,
        created_by=award.application.created_by, updated_at=WRITTEN,
    )  # fmt: skip
    line(claim)
    return claim


def line(claim, **more):
    facts = {
        "category": "capital_equipment", "description": "Robot", "supplier": "Robots of Preston",
        "invoice_number": "R-100", "invoice_key": "R100", "invoice_on": date(2036, 3, 5), "net": Decimal("10000.50"),
    }  # fmt: skip
    return ClaimLine.objects.create(claim=claim, **facts | more)


class TestClaim:
    def test_an_honest_one_has_none(self, claim):
        assert flag_claim(claim, at=WRITTEN) == []

    def test_dates_sums_and_more_than_planned(self, claim):
        line(claim, invoice_number="2", invoice_key="2", invoice_on=date(2026, 1, 5), net=Decimal(20_000))
        line(claim, invoice_number="3", invoice_key="3", net=Decimal(3_000))
        assert raised(flag_claim(claim, at=WRITTEN)) == ["claim_above_quote", "invoice_before_offer", "round_sums"]

    def test_a_partner_who_invoices(self, claim):
        claim.award.application.partners.create(
            name="Robots of Preston", email="gill@guards.example", invited_at=WRITTEN, invited_by=claim.created_by,
            updated_at=WRITTEN,
        )  # fmt: skip
        assert raised(flag_claim(claim, at=WRITTEN)) == ["tie_name"]

    def test_the_same_invoice_in_another_firms_claim(self, claim):
        award = GrantApplicationFactory(accepted=True).award
        other = Claim.objects.create(
            award=award, number=1, period_from=date(2036, 3, 1), period_to=date(2036, 5, 31), created_at=WRITTEN,
            created_by=award.application.created_by, updated_at=WRITTEN,
        )  # fmt: skip
        line(other, supplier="ROBOTS OF PRESTON")
        assert raised(flag_claim(claim, at=WRITTEN)) == ["same_invoice"]


def account_of(award, **more):
    facts = {
        "organisation": award.application.case.organisation, "award": award, "secret": b"x", "fingerprint": "f" * 64,
        "holder": award.application.case.organisation.name, "last_four": "1234", "entered_at": WRITTEN,
        "entered_by": award.application.created_by, "updated_at": WRITTEN,
    }  # fmt: skip
    return BankAccount.objects.create(**facts | more)


class TestAccount:
    def test_in_the_firms_name_and_its_own(self, claim):
        assert flag_account(account_of(claim.award), at=WRITTEN) == []

    def test_another_holder_and_two_firms(self, claim):
        account_of(GrantApplicationFactory(accepted=True).award)
        found = flag_account(account_of(claim.award, holder="J Smith"), at=WRITTEN)
        assert raised(found) == ["account_name", "account_shared"]

    def test_changed_days_before_the_money(self, claim):
        account_of(claim.award, status="REPLACED", entered_at=WRITTEN - timedelta(days=90))
        assert flag_late_change(claim, at=WRITTEN) == []
        account_of(claim.award)
        assert raised(flag_late_change(claim, at=WRITTEN + timedelta(days=2))) == ["late_bank_change"]


class TestPage:
    @pytest.fixture
    def flag(self, claim):
        return flag_account(account_of(claim.award, holder="J Smith"), at=WRITTEN)[0]

    def staff(self, flag, role):
        return AssignmentFactory(programme=flag.case.programme, role=role).user

    def test_looked_at_and_cleared_with_a_reason(self, signed_in, flag):
        client = signed_in(self.staff(flag, Role.APPROVER))
        page = client.get(reverse("funding:flags")).content.decode()
        assert "The account is not in the firm’s name" in page
        address = reverse("funding:clear-flag", args=[flag.pk])
        assert "Give a reason" in client.post(address, {"reason": ""}).content.decode()
        client.post(address, {"reason": "It trades under that name."})
        flag.refresh_from_db()
        assert flag.reason == "It trades under that name."
        assert Event.objects.get(kind="flag.cleared").staff_only
        assert "Nothing to look at" in client.get(reverse("funding:flags")).content.decode()
        assert "It trades under that name." in client.get(reverse("funding:flags") + "?all=1").content.decode()
        assert client.post(address, {"reason": "Again"}).status_code == 302
        flag.refresh_from_db()
        assert flag.reason == "It trades under that name."

    @pytest.mark.parametrize(("role", "status"), [(Role.ADVISER, 403), (Role.ASSESSOR, 404), (Role.FINANCE, 200)])
    def test_who_may_clear(self, signed_in, flag, role, status):
        client = signed_in(self.staff(flag, role))
        assert client.get(reverse("funding:clear-flag", args=[flag.pk])).status_code == status

    def test_firms_never_learn_of_it(self, signed_in, flag):
        client = signed_in(flag.application.created_by)
        assert client.get(reverse("funding:flags")).status_code == 403
        assert client.get(reverse("funding:clear-flag", args=[flag.pk])).status_code == 404

    def test_same_number_of_queries_for_1_and_30(self, signed_in, flag, django_assert_max_num_queries):
        for number in range(30):
            FraudFlag.objects.create(
                case=flag.case, rule="dormant", key=str(number), evidence={"sic": "99999"}, raised_at=WRITTEN
            )
        client = signed_in(self.staff(flag, Role.APPROVER))
        with django_assert_max_num_queries(8):
            client.get(reverse("funding:flags"))


def test_every_rule_has_words():
    for rule in RULES:
        names = dict.fromkeys(
            ("created_on", "programme_from", "sic", "status", "other", "value", "supplier", "tied", "file", "invoice",
             "claim", "on", "invoices", "category", "claimed", "planned", "holder", "firm", "entered_on", "one"), "x"
        )  # fmt: skip
        assert flag_words(FraudFlag(rule=rule, evidence=names)).text

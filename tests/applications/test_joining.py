"""Joining with and without the company register's help, in every country's own numbers."""

import uuid

import pytest
from django.urls import reverse

from applications.models import Case
from eligibility.models import EligibilityCheck
from eligibility.session import KEY
from organisations import register
from tests import companies_house
from tests.factories.accounts import UserFactory
from tests.factories.applications import EligibilityCheckFactory
from tests.factories.organisations import OrganisationFactory

pytestmark = pytest.mark.django_db


def words(response):
    return " ".join(response.content.decode().split())


def link(name, programme):
    return reverse(f"applications:{name}", args=[programme.slug])


@pytest.fixture
def house(settings):
    with companies_house.running() as house:
        settings.COMPANIES_HOUSE_KEY = companies_house.KEY
        settings.COMPANIES_HOUSE_URL = house.address
        house.answers["01234567"] = companies_house.profile()
        yield house


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def client(signed_in, person):
    return signed_in(person)


def check_for(client, programme, **facts):
    given = {**EligibilityCheckFactory.build(programme=programme).facts, "legal_form": None, **facts}
    check = EligibilityCheckFactory(programme=programme, facts=given)
    session = client.session
    session[KEY] = {programme.slug: str(check.pk)}
    session.save()
    return check


@pytest.fixture
def check(client, programme):
    return check_for(client, programme)


def find(client, programme, number="1234567"):
    return client.post(link("find-firm", programme), {"company_number": number}, follow=True)


def join(client, programme, form, **changes):
    given = {name: form.initial.get(name) or field.initial or "" for name, field in form.fields.items()}
    given["address"] = given["address"].replace("\n", "\r\n")  # as browsers send it
    return client.post(link("join", programme), {**given, "key": uuid.uuid4(), **changes})


class TestRegister:
    def test_joining_begins_with_the_number(self, client, house, programme, check):
        response = client.get(link("join", programme), follow=True)
        assert response.redirect_chain == [(link("find-firm", programme), 302)]
        assert "Find my firm" in words(response)
        assert f"{link('join', programme)}?typed=1" in words(response)

    def test_what_the_register_says_is_filled_in_and_kept(
        self, client, house, programme, check, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(30):  # two pages
            response = find(client, programme)
        assert response.redirect_chain == [(link("join", programme), 302)]
        page = words(response)
        assert "MILL &amp; SONS LIMITED" in page
        assert "Looked up at Companies House on" in page
        assert "Status in the register: Active" in page
        assert "Last accounts up to 31 March 2025" in page
        assert "overdue" not in page
        form = response.context["form"]
        assert form["company_number"].value() == "01234567"
        assert form["sic_codes"].value() == "25620 28990"
        assert form["legal_form"].value() == "company"

        response = join(client, programme, form, name="Mill and Sons", sic_codes="28990, 25.62")
        firm = Case.objects.get().organisation
        assert response["Location"] == reverse("applications:task-list", args=[Case.objects.get().reference])
        assert (firm.name, firm.country, firm.company_number) == ("Mill and Sons", "GB", "01234567")
        assert firm.sic_codes == ["28990", "25620"]
        assert firm.address.splitlines() == ["1 Mill Lane", "Fishergate", "Preston", "Lancashire", "PR1 2HE", "England"]
        assert firm.register["name"] == "MILL & SONS LIMITED"
        assert firm.register["status"] == "active"
        assert firm.register["taken"] == ["address", "company_number", "legal_form"]
        assert house.asked == ["01234567"]
        assert "company_register" not in client.session

    def test_all_may_be_taken_as_it_is(self, client, house, programme, check):
        join(client, programme, find(client, programme).context["form"])
        taken = Case.objects.get().organisation.register["taken"]
        assert taken == ["address", "company_number", "legal_form", "name", "sic_codes"]

    def test_another_number_typed_later_takes_nothing_from_the_register(self, client, house, programme, check):
        join(client, programme, find(client, programme).context["form"], company_number="07654321")
        assert Case.objects.get().organisation.register == {}

    def test_a_firm_that_ends_is_shown_to_the_adviser(self, client, house, programme, check):
        house.answers["01234567"] = companies_house.profile(company_status="liquidation", accounts={"overdue": True})
        response = find(client, programme)
        assert "Status in the register: In liquidation" in words(response)
        assert "The next accounts are overdue" in words(response)
        join(client, programme, response.context["form"])
        assert register.status_words(Case.objects.get().organisation.register) == "In liquidation"

    def test_without_codes_in_the_register_those_of_the_check_stay(self, client, house, programme, check):
        house.answers["01234567"] = companies_house.profile(sic_codes=None)
        form = find(client, programme).context["form"]
        assert "sic_codes" not in form.fields
        join(client, programme, form)
        assert Case.objects.get().organisation.sic_codes == check.facts["sic_codes"]

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ("", "Enter an industry code, like 25620"),
            ("25600", "25600 is not an industry code"),
            ("1392", "enter one of 13921, 13922, 13923"),
            ("25620 28990 25110 25120 25210", "Enter up to four industry codes"),
            ("٢٥٦٢٠", "is not an industry code"),
        ],
    )
    def test_wrong_industry_codes(self, client, house, programme, check, given, message):
        response = join(client, programme, find(client, programme).context["form"], sic_codes=given)
        assert response.status_code == 200
        assert message in words(response)
        assert not Case.objects.exists()

    def test_a_number_the_register_does_not_have(self, client, house, programme, check):
        response = find(client, programme, "07654321")
        assert response.redirect_chain == []
        assert "The register has no firm with this number" in words(response)
        assert "There is a problem" in words(response)
        assert "typed=1" in words(response)

    @pytest.mark.parametrize("said", [429, 500, b"{", 401])
    def test_a_register_that_does_not_answer(self, client, house, programme, check, said):
        house.answers["01234567"] = said
        response = find(client, programme)
        assert response.redirect_chain == [(link("join", programme), 302)]
        assert "We could not reach the register. Type it in yourself." in words(response)
        assert response.context["form"]["company_number"].value() == "01234567"
        assert "sic_codes" not in response.context["form"].fields
        join(client, programme, response.context["form"], name="Mill", legal_form="company", address="1 Mill Lane")
        assert Case.objects.get().organisation.register == {}

    @pytest.mark.parametrize(
        ("number", "message"),
        [
            ("", "Enter your company number"),
            ("AB123456", "like 01234567 or SC123456"),
            ("0" * 41, "40 characters or fewer"),
        ],
    )
    def test_what_is_no_number_is_not_asked(self, client, house, programme, check, number, message):
        assert message in words(find(client, programme, number))
        assert house.asked == []

    def test_a_number_known_from_the_check_is_filled_in(self, client, house, programme):
        check_for(client, programme, company_number="01234567")
        assert 'value="01234567"' in words(client.get(link("find-firm", programme)))

    def test_who_would_rather_type(self, client, house, programme, check):
        response = client.get(f"{link('join', programme)}?typed=1")
        assert response.status_code == 200
        assert link("find-firm", programme) in words(response)

    @pytest.mark.parametrize("form", ["sole_trader", "partnership"])
    def test_who_is_in_no_register_is_not_sent_there(self, client, house, programme, form):
        check_for(client, programme, legal_form=form)
        assert client.get(link("join", programme)).status_code == 200

    def test_without_a_key_typing_works_as_ever(self, client, programme, check):
        response = client.get(link("join", programme))
        assert response.status_code == 200
        assert link("find-firm", programme) not in words(response)
        for method in (client.get, client.post):
            assert method(link("find-firm", programme))["Location"] == link("join", programme)

    def test_the_check_comes_first(self, client, house, programme):
        assert client.get(link("find-firm", programme))["Location"] == reverse(
            "eligibility:start", args=[programme.slug]
        )
        refused = EligibilityCheckFactory(programme=programme, outcome=EligibilityCheck.Outcome.NOT_ELIGIBLE)
        session = client.session
        session[KEY] = {programme.slug: str(refused.pk)}
        session.save()
        assert client.get(link("find-firm", programme))["Location"] == reverse(
            "eligibility:result", args=[programme.slug]
        )


class TestCountries:
    @pytest.mark.parametrize(
        ("country", "label", "typed", "kept"),
        [
            ("GB", "Company number, if it has one", "1234567", "01234567"),
            ("ES", "NIF/CIF, if it has one", "B-58378431", "B58378431"),
            ("IT", "Partita IVA, if it has one", "IT 00743110157", "00743110157"),
            ("DK", "CVR-nummer, if it has one", "DK 13585628", "13585628"),
            ("SE", "Organisationsnummer, if it has one", "556703-7485", "5567037485"),
        ],
    )
    def test_the_number_of_the_country(self, client, programme, country, label, typed, kept):
        programme.country = country
        programme.save()
        check_for(client, programme)
        response = client.get(link("join", programme))
        assert label in words(response)
        form = response.context["form"]
        firm = {"name": "Mill", "legal_form": "company", "address": "1 Mill Lane"}

        wrong = join(client, programme, form, **firm, company_number="none")
        assert "Enter your" in words(wrong)
        assert not Case.objects.exists()

        assert join(client, programme, form, **firm, company_number=typed).status_code == 302
        organisation = Case.objects.get().organisation
        assert (organisation.country, organisation.company_number) == (country, kept)

    def test_the_same_digits_in_another_country_are_another_firm(self, client, programme):
        OrganisationFactory(country="GB", company_number="13585628")
        programme.country = "DK"
        programme.save()
        check_for(client, programme)
        form = client.get(link("join", programme)).context["form"]
        firm = {"name": "Mill", "legal_form": "company", "address": "1 Mill Lane", "company_number": "13585628"}
        assert join(client, programme, form, **firm).status_code == 302

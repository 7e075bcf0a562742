from decimal import Decimal

import pytest

from documents.models import Upload
from funding import actions
from funding.models import BudgetLine, MatchSource
from tests.factories.accounts import AssignmentFactory
from tests.factories.funding import PDF, GrantApplicationFactory, a_quote, submit
from tests.funding.test_views_firm import address

pytestmark = pytest.mark.django_db
KEY = "9a1c5be2-7a14-4d6c-9d0b-3f7c1d2e4a5b"
LOAN = {"key": KEY, "kind": "LOAN", "giver": "Bank of Lancaster", "amount": "£5,000", "is_certain": "no"}


@pytest.fixture
def application():
    application = GrantApplicationFactory()
    application.match_sources.all().delete()
    return application


@pytest.fixture
def owner(application, client):
    client.force_login(application.case.created_by)
    return client


def add(owner, application, **facts):
    return owner.post(address(application, "add-source"), LOAN | facts)


def test_sources_are_added_up_against_what_the_firm_pays(owner, application):
    assert "As it stands you pay £15,000" in owner.get(address(application, "match")).text
    assert add(owner, application).url == address(application, "match")
    assert "£10,000 is missing" in owner.get(address(application, "match")).text
    source = MatchSource.objects.get()
    change = LOAN | {"amount": "16000"}
    owner.post(address(application, "source", source.pk), change)
    assert "that is £1,000 too much" in owner.get(address(application, "match")).text
    owner.post(address(application, "source", source.pk), change | {"amount": "15000"})
    assert "That is all of it" in owner.get(address(application, "match")).text
    for _click in range(2):
        owner.post(address(application, "remove-source", source.pk))
    assert not MatchSource.objects.exists()
    assert owner.get(address(application, "remove-source", source.pk)).status_code == 404


def test_nothing_is_sent_until_it_adds_up(application):
    application.match_sources.create(kind="OWN_CASH", amount=Decimal(14000))
    with pytest.raises(actions.UnableToSubmit, match="£1,000 is missing"):
        submit(application)
    application.match_sources.create(kind="OWN_CASH", amount=Decimal(1000))
    submit(application)
    assert application.status == "SUBMITTED"


def test_task_list_says_what_does_not_add_up(owner, application):
    application.match_sources.create(kind="OWN_CASH", amount=Decimal(14000))
    page = owner.get(address(application, "tasks"))
    assert "Before you can send it" in page.text
    assert "£1,000 is missing" in page.text
    application.match_sources.update(amount=Decimal(15000))
    assert "Before you can send it" not in owner.get(address(application, "tasks")).text


def test_without_costs_no_sum_is_told(owner, application):
    BudgetLine.objects.all().delete()
    assert "shows once your costs are in" in owner.get(address(application, "match")).text


def test_double_click_keeps_one(owner, application):
    for _click in range(2):
        add(owner, application)
    assert application.match_sources.count() == 1
    other = GrantApplicationFactory(case=application.case)
    assert add(owner, other).url == address(other, "tasks")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"kind": ""}, "Choose where the money comes from"),
        ({"amount": "0"}, "£1 or more"),
        ({"giver": ""}, "Enter who gives the money"),
        ({"is_certain": "yes"}, "Add the proof"),
    ],
)
def test_bad_input_gets_a_message(owner, application, facts, message):
    assert message in add(owner, application, **facts).text
    assert not application.match_sources.exists()


class TestProof:
    def test_kept_replaced_and_read_by_staff_once_sent(self, owner, application, client):
        add(owner, application, kind="OWN_CASH", giver="", amount="15000", is_certain="yes", file=a_quote("bank.pdf"))
        source = MatchSource.objects.get()
        file = address(application, "source-file", source.pk)
        assert owner.get(file).getvalue() == PDF
        change = {"kind": "OWN_CASH", "amount": "15000", "is_certain": "yes"}
        owner.post(address(application, "source", source.pk), change)
        owner.post(address(application, "source", source.pk), change | {"file": a_quote("newer.pdf")})
        source.refresh_from_db()
        assert source.proof.name == "newer.pdf"
        assert Upload.objects.count() == 1
        adviser = AssignmentFactory(programme=application.case.programme).user
        client.force_login(adviser)
        assert client.get(file).status_code == 404
        submit(application)
        assert client.get(file).getvalue() == PDF
        page = client.get(address(application, "staff-partners"))
        assert "newer.pdf" in page.text
        assert "The firm itself pays £15,000" in page.text

    def test_refused_file_is_explained(self, owner, application):
        page = add(owner, application, is_certain="yes", file=a_quote("bank.pdf", b"MZ"))
        assert "not what its name says" in page.text
        assert not MatchSource.objects.exists()

    def test_goes_with_its_source(self, owner, application):
        add(owner, application, is_certain="yes", file=a_quote())
        owner.post(address(application, "remove-source", MatchSource.objects.get().pk))
        assert not Upload.objects.exists()


def test_closed_once_sent(owner, application):
    source = application.match_sources.create(kind="OWN_CASH", amount=Decimal(15000))
    submit(application)
    for name, args in {"match": (), "add-source": (), "source": (source.pk,), "remove-source": (source.pk,)}.items():
        assert owner.get(address(application, name, *args)).url == address(application, "tasks")
    with pytest.raises(actions.UnableToChange):
        actions.remove_source(source=source)

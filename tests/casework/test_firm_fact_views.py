import uuid
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from organisations.models import AidRecord, Ownership, SizeDeclaration
from portal.dates import long_date
from portal.models import Event
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import STARTED, CaseFactory
from tests.factories.organisations import AidRecordFactory, OrganisationFactory, OwnershipFactory

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15
PAGES = ("size", "add-figures", "add-owner", "aid", "add-aid", "all-aid")


def words(response):
    return " ".join(response.content.decode().split())


def page(name, case, **more):
    return reverse(f"casework:{name}", kwargs={"reference": case.reference, **more})


@pytest.fixture
def sent(programme):
    return CaseFactory(programme=programme, submitted=True)


@pytest.fixture
def firm(sent):
    return sent.organisation


def figures(**more):
    return {
        "period_end_day": "31", "period_end_month": "3", "period_end_year": "2026", "months": "12",
        "source": "ACCOUNTS", "employees": "26.5", "turnover": "£3,100,000", "balance_sheet": "1,400,000",
        "in_group": "no",
    } | more  # fmt: skip


def owner(**more):
    return {
        "key": uuid.uuid4(), "direction": "HOLDS_US", "other_name": "Holding of Hollin Bank", "other_number": "",
        "holder_kind": "enterprise", "capital_percent": "60", "votes_percent": "55.5", "employees": "240",
        "turnover": "45,000,000", "balance_sheet": "40,000,000",
    } | more  # fmt: skip


def told(**more):
    return {
        "key": uuid.uuid4(), "given_by": "The county", "currency": "GBP", "amount": "12,000", "basis": "mfa",
        "on_day": "1", "on_month": "6", "on_year": "2026",
    } | more  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_for_those_who_work_on_the_case(signed_in, adviser, outsider, sent, name):
    assert signed_in(adviser).get(page(name, sent)).status_code == 200
    for user in (outsider, sent.created_by):
        client = signed_in(user)
        assert client.get(page(name, sent)).status_code == client.post(page(name, sent)).status_code == 404


@pytest.mark.parametrize("name", ["add-figures", "add-owner", "add-aid", "all-aid"])
def test_readers_change_nothing(signed_in, programme, sent, name):
    client = signed_in(AssignmentFactory(programme=programme, role=Role.AUDITOR).user)
    assert client.get(page(name, sent)).status_code == client.post(page(name, sent)).status_code == 403
    for shown in ("size", "aid"):
        found = words(client.get(page(shown, sent)))
        assert "/add/" not in found


# --- Figures ----------------------------------------------------------------------------------------
class TestFigures:
    def test_they_are_kept_once_and_count(self, signed_in, adviser, sent, firm):
        client = signed_in(adviser)
        for _ in range(2):
            done = words(client.post(page("add-figures", sent), figures(), follow=True))
        assert "Kept. Check again" in done
        row = SizeDeclaration.objects.get(organisation=firm)
        assert (row.employees, row.turnover, row.period_end, row.source) == (
            Decimal("26.50"), Decimal("3100000.00"), date(2026, 3, 31), "ACCOUNTS",
        )  # fmt: skip
        assert row.turnover_eur == Decimal("3565000.00")
        assert row.declared_by_id == adviser.pk
        assert Event.objects.filter(kind="firm.size_declared", staff_only=True).count() == 1
        for text in ("26.5", "£3,100,000", "€3,565,000", "31 Mar 2026", "Counts", "small business"):
            assert text in done, text

    def test_work_units_are_worked_out(self, signed_in, adviser, sent, firm):
        parts = {
            "employees": "", "full_time": "100", "part_time": "10", "part_time_percent": "50", "part_year": "8",
            "part_year_months": "3", "owners": "2",
        }  # fmt: skip
        signed_in(adviser).post(page("add-figures", sent), figures(**parts))
        assert firm.size_declarations.get().employees == Decimal("109.00")

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"employees": "-1"}, "as 0 or more"),
            ({"employees": "many"}, "as a number, like 26.5"),
            ({"employees": "٢٦"}, "as a number, like 26.5"),
            ({"turnover": "12.345,67"}, "Enter turnover in pounds"),
            ({"period_end_year": "2099"}, "Enter a date on or before"),
            (
                {"period_end_day": "", "period_end_month": "", "period_end_year": ""},
                "Approved accounts have a last day",
            ),
            ({"employees": "", "turnover": "", "balance_sheet": ""}, "Enter at least one figure"),
            ({"employees": "", "part_time": "4"}, "Enter their usual hours"),
            ({"employees": "", "part_year": "4"}, "Enter for how many months"),
            ({"months": "0"}, "as 1 or more"),
            ({"source": "GOSSIP"}, "Choose one of the options shown"),
            ({"in_group": ""}, "Answer the question"),
        ],
    )
    def test_what_is_wrong_is_said_and_the_answers_kept(self, signed_in, adviser, sent, firm, changes, message):
        given = figures(**changes)
        found = words(signed_in(adviser).post(page("add-figures", sent), given))
        assert "There is a problem" in found
        assert message in found
        assert f'value="{given["months"]}"' in found
        assert not firm.size_declarations.exists()


# --- Owners -----------------------------------------------------------------------------------------
class TestOwners:
    def test_an_owner_is_kept_once_and_adds_its_figures(self, signed_in, adviser, sent, firm):
        client = signed_in(adviser)
        for _ in range(2):
            done = words(client.post(page("add-owner", sent), owner(), follow=True))
        row = Ownership.objects.get(firm=firm)
        assert (row.share, row.is_link, row.currency, row.recorded_by_id) == (60, True, "GBP", adviser.pk)
        for text in (
            "Holding of Hollin Bank",
            "60% of the capital, 55.5",
            "counts in full: one controls the other",
            "240",
            "272",
        ):
            assert text in done, text
        assert Event.objects.filter(kind="firm.owner_recorded").count() == 1

    def test_a_number_known_here_ties_both(self, signed_in, adviser, sent, firm):
        other = OrganisationFactory(name="Known Ltd", company_number="01234567")
        signed_in(adviser).post(page("add-owner", sent), owner(other_number="01234567"))
        assert Ownership.objects.get(firm=firm).other == other

    def test_a_person_between_two_firms(self, signed_in, adviser, sent):
        client = signed_in(adviser)
        client.post(page("add-owner", sent), owner(through_person="A. Owner", same_market=""))
        found = words(client.get(page("size", sent)))
        assert "we do not know whether the markets are the same" in found
        client.post(page("add-owner", sent), owner(through_person="B. Owner", same_market="yes", votes_percent=""))
        client.post(page("add-owner", sent), owner(through_person="C. Owner", same_market="no", capital_percent=""))
        found = words(client.get(page("size", sent)))
        assert "the same person controls both, in the same or a neighbouring market" in found
        assert "does not count: a person links it, but not in the same market" in found

    def test_a_partner_counts_by_its_share(self, signed_in, adviser, sent):
        client = signed_in(adviser)
        client.post(page("add-owner", sent), owner(capital_percent="40", votes_percent=""))
        found = words(client.get(page("size", sent)))
        assert "counts with 40% of its figures" in found
        assert "40%" in found
        assert "96" in found

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"capital_percent": "100.01"}, "as 100 or less"),
            ({"capital_percent": "", "votes_percent": ""}, "or say that it has control"),
            ({"other_name": ""}, "Enter the name of the other side"),
            ({"other_number": "12/34"}, "Enter its number as it is registered"),
            ({"direction": ""}, "Answer the question"),
            ({"holder_kind": "ghost"}, "Choose one of the options shown"),
            ({"from_on_day": "31", "from_on_month": "2", "from_on_year": "2024"}, "Check the day"),
            ({"employees": "1e9"}, "as a number"),
        ],
    )
    def test_what_is_wrong_is_said(self, signed_in, adviser, sent, firm, changes, message):
        found = words(signed_in(adviser).post(page("add-owner", sent), owner(**changes)))
        assert "There is a problem" in found
        assert message in found
        assert not firm.ownerships.exists()

    def test_a_firm_does_not_own_itself(self, signed_in, adviser, sent, firm):
        found = words(signed_in(adviser).post(page("add-owner", sent), owner(other_number=firm.company_number)))
        assert "This is the number of the firm itself" in found

    def test_it_ends_once(self, signed_in, adviser, sent, firm):
        row = OwnershipFactory(firm=firm, from_on=date(2020, 1, 1))
        client = signed_in(adviser)
        address = page("end-owner", sent, ownership=row.pk)
        assert row.name in words(client.get(address))
        early = {"last_day_day": "1", "last_day_month": "1", "last_day_year": "2019"}
        assert "Enter a date on or after" in words(client.post(address, early))
        last = {"last_day_day": "30", "last_day_month": "6", "last_day_year": "2026"}
        assert "Ended." in words(client.post(address, last, follow=True))
        assert "meanwhile" in words(client.post(address, last, follow=True))
        row.refresh_from_db()
        assert (row.to_on, row.ended_by_id) == (date(2026, 6, 30), adviser.pk)

    def test_a_row_of_another_firm_is_not_found(self, signed_in, adviser, sent):
        row = OwnershipFactory()
        assert signed_in(adviser).get(page("end-owner", sent, ownership=row.pk)).status_code == 404


def test_the_page_has_few_queries_whatever_it_holds(
    signed_in, adviser, sent, firm, django_assert_max_num_queries, django_assert_num_queries
):
    OwnershipFactory(firm=firm)
    client = signed_in(adviser)
    client.get(page("size", sent))
    with django_assert_max_num_queries(MOST_QUERIES) as one:
        client.get(page("size", sent))
    for number in range(10):
        OwnershipFactory(firm=firm, capital_percent=30 + number, votes_percent=None)
    with django_assert_num_queries(len(one.captured_queries)):
        client.get(page("size", sent))


# --- Earlier aid ------------------------------------------------------------------------------------
class TestAid:
    def test_nobody_knows_what_is_left_until_somebody_says_that_this_is_all(self, signed_in, adviser, sent, firm):
        client = signed_in(adviser)
        given = told()
        for _ in range(2):
            done = words(client.post(page("add-aid", sent), given, follow=True))
        row = AidRecord.objects.get(organisation=firm)
        assert (row.amount, row.on, row.given_by, row.source) == (
            12000, date(2026, 6, 1), "The county", AidRecord.Source.DECLARED,
        )  # fmt: skip
        assert "not known" in done
        assert "The county" in done
        assert "There is a problem" in words(client.post(page("all-aid", sent), {}))
        for _ in range(2):
            done = words(client.post(page("all-aid", sent), {"said": "on"}, follow=True))
        assert "£303,000" in done
        assert "€300,000" in done
        statement = firm.aid_statements.get()
        assert (statement.by_firm, statement.stated_by_id) == (False, adviser.pk)

    def test_the_groups_aid_counts(self, signed_in, adviser, sent, firm):
        other = OwnershipFactory(firm=firm).other
        AidRecordFactory(organisation=other, amount=Decimal(5000), given_by="Elsewhere")
        client = signed_in(adviser)
        client.post(page("all-aid", sent), {"said": "on"})
        found = words(client.get(page("aid", sent)))
        assert "Counted for 2 firms of one group together" in found
        assert "£310,000" in found
        assert other.name in found

    def test_what_is_left_is_told_of_any_day(self, signed_in, adviser, sent, firm):
        AidRecordFactory(organisation=firm, amount=Decimal(15000), on=date(2026, 6, 1))
        client = signed_in(adviser)
        client.post(page("all-aid", sent), {"said": "on"})

        def left(day):
            return words(client.get(page("aid", sent), {"on": day}))

        assert "£300,000" in left("2026-06-01")
        before = left("2026-05-31")
        assert "What may still be given on 31 May 2026" in before
        assert "£300,000" not in before
        assert "£300,000" not in left("2029-04-01"), "the third financial year after it"
        today = long_date(sent.programme.local_date(timezone.now()))
        for unreadable in ("0001-01-01", "9999-12-31", "yesterday", "\x00"):
            assert f"What may still be given on {today}" in left(unreadable)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"amount": "-5"}, "as £0 or more"),
            ({"amount": "x"}, "Enter amount, before tax in pounds"),
            ({"given_by": ""}, "Answer the question"),
            ({"currency": "XXX"}, "Choose one of the options shown"),
            ({"basis": "luck"}, "Choose one of the options shown"),
            ({"on_year": "2098"}, "Enter a date on or before"),
            ({"key": ""}, "This page is out of date"),
        ],
    )
    def test_what_is_wrong_is_said(self, signed_in, adviser, sent, firm, changes, message):
        found = words(signed_in(adviser).post(page("add-aid", sent), told(**changes)))
        assert "There is a problem" in found
        assert message in found
        assert not firm.aid_records.exists()

    def test_an_entry_is_struck_out_with_a_reason(self, signed_in, adviser, sent, firm):
        row = AidRecordFactory(organisation=firm, given_by="The county")
        client = signed_in(adviser)
        address = page("strike-aid", sent, record=row.pk)
        assert "There is a problem" in words(client.post(address, {"reason": ""}))
        done = words(client.post(address, {"reason": "It was a loan."}, follow=True))
        assert "Struck out." in done
        assert "It was a loan." in done
        row.refresh_from_db()
        assert row.state == AidRecord.State.RELEASED

    def test_an_award_follows_its_award(self, signed_in, adviser, sent, firm):
        row = AidRecordFactory(
            organisation=firm, source=AidRecord.Source.AWARD, state=AidRecord.State.RESERVED, reference="A-1",
            recorded_at=STARTED,
        )  # fmt: skip
        address = page("strike-aid", sent, record=row.pk)
        assert "it follows its award" in words(signed_in(adviser).post(address, {"reason": "Wrong."}, follow=True))

    def test_an_entry_of_another_firm_is_not_found(self, signed_in, adviser, sent):
        row = AidRecordFactory()
        assert signed_in(adviser).get(page("strike-aid", sent, record=row.pk)).status_code == 404

    def test_few_queries_whatever_it_holds(self, signed_in, adviser, sent, firm, django_assert_num_queries):
        AidRecordFactory(organisation=firm)
        client = signed_in(adviser)
        client.post(page("all-aid", sent), {"said": "on"})
        client.get(page("aid", sent))
        with django_assert_num_queries(13):
            client.get(page("aid", sent))
        AidRecordFactory.create_batch(10, organisation=firm)
        with django_assert_num_queries(13):
            client.get(page("aid", sent))

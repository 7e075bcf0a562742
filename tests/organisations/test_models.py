from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, InternalError, transaction

from organisations.models import AidRecord, AidStatement, Ownership, SizeDeclaration
from tests.factories.organisations import AidRecordFactory, OrganisationFactory, OwnershipFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def firm():
    return OrganisationFactory(name="Mill Forge", company_number="01234567")


def refused(words):
    return pytest.raises((IntegrityError, InternalError), match=words)


class TestOrganisation:
    def test_a_company_number_belongs_to_one_firm(self, firm):
        with refused("one_firm_per_company_number"), transaction.atomic():
            OrganisationFactory(company_number="01234567")
        assert str(firm) == "Mill Forge"

    def test_another_country_counts_its_own_numbers(self, firm):
        assert OrganisationFactory(company_number="01234567", country="IT").company_number == firm.company_number

    def test_many_firms_have_no_company_number(self):
        for _ in range(2):
            OrganisationFactory(company_number="")


class TestSizeDeclaration:
    def test_a_size_is_of_a_day(self, firm):
        size = SizeDeclaration.objects.create(organisation=firm, currency="GBP", declared_at=AT)
        assert str(size) == "Mill Forge on 2026-11-02"
        assert (size.employees, size.turnover, size.in_group, size.source) == (None, None, None, "ESTIMATE")

    def test_it_is_never_overwritten(self, firm):
        size = SizeDeclaration.objects.create(organisation=firm, currency="GBP", declared_at=AT)
        size.employees = Decimal(9)
        with refused("append_only"), transaction.atomic():
            size.save()
        with refused("append_only"), transaction.atomic():
            size.delete()


class TestOwnership:
    @pytest.mark.parametrize(
        ("capital", "votes", "controls", "share", "is_link"),
        [
            (None, None, False, None, False),
            (None, None, True, None, True),
            ("50", None, False, "50", False),
            ("50", "50.01", False, "50.01", True),
            (None, "30", False, "30", False),
        ],
    )
    def test_the_greater_share_counts(self, capital, votes, controls, share, is_link):
        held = Ownership(
            capital_percent=capital and Decimal(capital), votes_percent=votes and Decimal(votes), controls=controls
        )
        assert (held.share, held.is_link) == (share and Decimal(share), is_link)

    def test_it_names_the_other_side(self, firm):
        named = OwnershipFactory(firm=firm, other=None, other_name="Northern Holding")
        assert str(named) == "Mill Forge Holds a share of the firm: Northern Holding"
        other = OrganisationFactory(name="Valley Tools")
        assert OwnershipFactory(firm=firm, other=other).name == "Valley Tools"

    def test_it_ends_once_and_is_not_altered(self, firm):
        held = OwnershipFactory(firm=firm)
        assert held.end(by_id=7, at=AT, last_day=date(2026, 10, 31))
        assert (held.ended_at, held.ended_by_id, held.to_on) == (AT, 7, date(2026, 10, 31))
        assert not held.end(by_id=8, at=AT)
        with refused("ends_once"), transaction.atomic():
            Ownership.objects.filter(pk=held.pk).update(to_on=None)
        with refused("no_delete"), transaction.atomic():
            held.delete()

    def test_a_change_is_a_new_row(self, firm):
        held = OwnershipFactory(firm=firm)
        held.capital_percent = Decimal(10)
        with refused("only_ends"), transaction.atomic():
            held.save()

    def test_what_was_so_on_a_day(self, firm):
        was = OwnershipFactory(firm=firm, from_on=date(2025, 1, 1))
        was.end(by_id=None, at=AT, last_day=date(2025, 12, 31))
        mistake = OwnershipFactory(firm=firm)
        mistake.end(by_id=None, at=AT)
        new = OwnershipFactory(firm=firm, from_on=date(2026, 1, 1))
        assert list(Ownership.objects.current()) == [new]
        assert list(Ownership.objects.on(date(2025, 12, 31))) == [was]
        assert list(Ownership.objects.on(date(2026, 1, 1))) == [new]
        assert not Ownership.objects.on(date(2024, 12, 31)).exists()

    @pytest.mark.parametrize(
        ("values", "constraint"),
        [
            ({"other": None}, "ownership_has_another_side"),
            ({"capital_percent": Decimal("100.01")}, "ownership_capital_percent_0_to_100"),
            ({"votes_percent": Decimal("-1")}, "ownership_votes_percent_0_to_100"),
            ({"ended_by_id": 7}, "ownership_ended_by"),
            ({"from_on": date(2026, 2, 1), "to_on": date(2026, 1, 1)}, "ownership_dates_in_order"),
        ],
    )
    def test_nonsense_is_refused(self, firm, values, constraint):
        with refused(constraint), transaction.atomic():
            OwnershipFactory(firm=firm, **values)

    def test_nobody_owns_itself(self, firm):
        with refused("ownership_has_another_side"), transaction.atomic():
            OwnershipFactory(firm=firm, other=firm)


class TestAidRecord:
    def test_its_amount_stays(self, firm):
        record = AidRecordFactory(organisation=firm)
        assert str(record) == "Mill Forge: 1000 GBP (Minimal Financial Assistance)"
        record.amount = Decimal(1)
        with refused("amount_stays"), transaction.atomic():
            record.save()
        with refused("no_delete"), transaction.atomic():
            record.delete()

    def test_released_aid_does_not_count_and_stays_released(self, firm):
        kept, record = AidRecordFactory(organisation=firm), AidRecordFactory(organisation=firm)
        AidRecord.objects.filter(pk=record.pk).update(state="RELEASED", released_at=AT)
        assert list(AidRecord.objects.counting()) == [kept]
        with refused("released_for_good"), transaction.atomic():
            AidRecord.objects.filter(pk=record.pk).update(state="GIVEN", released_at=None)

    def test_an_award_is_recorded_once(self, firm):
        AidRecordFactory(organisation=firm, source="AWARD", state="RESERVED", reference="MSNW-2026-00001/1")
        with refused("one_aid_record_per_award"), transaction.atomic():
            AidRecordFactory(organisation=firm, source="AWARD", state="RESERVED", reference="MSNW-2026-00001/1")

    @pytest.mark.parametrize(
        ("values", "constraint"),
        [
            ({"state": "RESERVED"}, "aid_record_of_an_award_is_whole"),
            ({"source": "AWARD"}, "aid_record_of_an_award_is_whole"),
            ({"source": "AWARD", "reference": "A/1", "basis": ""}, "aid_record_of_an_award_is_whole"),
            ({"amount": Decimal(-1)}, "aid_record_amount_not_negative"),
            ({"state": "RELEASED"}, "aid_record_released_at"),
            ({"released_at": AT}, "aid_record_released_at"),
        ],
    )
    def test_nonsense_is_refused(self, firm, values, constraint):
        with refused(constraint), transaction.atomic():
            AidRecordFactory(organisation=firm, **values)


def test_what_was_stated_is_never_overwritten(firm):
    statement = AidStatement.objects.create(organisation=firm, on=date(2026, 11, 2), by_firm=True, stated_at=AT)
    assert str(statement) == "Mill Forge: all aid up to 2026-11-02"
    with refused("append_only"), transaction.atomic():
        statement.delete()

from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest

from eligibility import ledger
from organisations.models import AidRecord, AidStatement
from tests.factories.accounts import UserFactory
from tests.factories.applications import EligibilityCheckFactory
from tests.factories.organisations import AidRecordFactory, OrganisationFactory, OwnershipFactory
from tests.factories.programmes import RULES, ProgrammeFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = AT.date()
MFA = {"basis": "mfa", "limit": "315000.00"}
DE_MINIMIS = {"basis": "de_minimis", "limit": "300000.00"}


@pytest.fixture
def firm():
    return OrganisationFactory()


@pytest.fixture
def owner():
    return UserFactory()


def state_all(firm, owner, on=TODAY):
    return ledger.state_all(firm, on=on, by_firm=True, wording="That is all.", by=owner, at=AT)


def programme_in(currency, **rules):
    return ProgrammeFactory(currency=currency, version={"eligibility": RULES | {"currency": currency} | rules})


class TestUnknown:
    def test_nothing_told_is_not_nothing_had(self, firm, owner):
        AidRecordFactory(organisation=firm)
        found = ledger.headroom_for(firm, MFA, TODAY)
        assert (found.counted, found.left, found.complete) == (None, None, False)
        assert ledger.most_left(firm, MFA, TODAY) == 314000
        state_all(firm, owner)
        assert ledger.headroom_for(firm, MFA, TODAY).left == 314000

    def test_a_statement_speaks_of_its_day_and_later(self, firm, owner):
        state_all(firm, owner)
        assert ledger.is_told(firm, TODAY)
        assert not ledger.is_told(firm, date(2026, 11, 21))

    @pytest.mark.parametrize("gap", ["on", "basis", "amount"])
    def test_a_gap_leaves_the_sum_open_and_counts_as_the_worse(self, firm, owner, gap):
        empty = "" if gap == "basis" else None
        values = {"amount": D(1000), "on": TODAY, "basis": "mfa"} | {gap: empty}
        ledger.declare(firm, currency="GBP", by=None, at=AT, **values)
        state_all(firm, owner)
        found = ledger.headroom_for(firm, MFA, TODAY)
        assert (found.left, found.complete) == (315000, False)
        assert ledger.most_left(firm, MFA, TODAY) == (315000 if gap == "amount" else 314000)

    def test_more_than_the_limit_leaves_nothing(self, firm):
        AidRecordFactory(organisation=firm, amount=D(400000))
        assert ledger.most_left(firm, MFA, TODAY) == 0


class TestCurrencies:
    def test_both_amounts_are_kept_with_the_rate(self, firm, owner):
        programme_in("GBP", euro_rate="1.25", euro_rate_source={"source": "The bank", "as_of": "2026-04-01"})
        record = ledger.declare(
            firm, amount=D(100000), currency="EUR", on=TODAY, basis="de_minimis", by=owner, at=AT
        )  # fmt: skip
        assert (record.amount_gbp, record.amount_eur) == (D(80000), D(100000))
        assert record.rates == {"GBP": {"rate": "1.25", "source": "The bank", "as_of": "2026-04-01"}}
        state_all(firm, owner)
        found = ledger.both(firm, TODAY)
        assert (found.uk.left, found.eu.left) == (D(235000), D(200000))

    def test_a_third_currency_goes_by_the_euro(self, firm, owner):
        programme_in("GBP", euro_rate="1.25")
        programme_in("SEK", euro_rate="0.10")
        record = ledger.declare(
            firm, amount=D(1000), currency="SEK", on=TODAY, basis="de_minimis", by=owner, at=AT
        )  # fmt: skip
        assert (record.amount_gbp, record.amount_eur) == (D(80), D(100))
        assert set(record.rates) == {"GBP", "SEK"}
        euros = ledger.declare(firm, amount=D(100), currency="EUR", on=TODAY, basis="de_minimis", by=owner, at=AT)
        assert [aid.amount for aid in ledger.history(firm, TODAY, currency="SEK")] == [D(1000), D(1000)]
        assert ledger.most_left(firm, {"basis": "de_minimis", "limit": "3000000"}, TODAY, currency="SEK") == D(2998000)
        assert euros.rates == {"GBP": record.rates["GBP"]}

    def test_without_a_rate_nothing_is_guessed(self, firm, owner):
        record = ledger.declare(
            firm, amount=D(1000), currency="SEK", on=TODAY, basis="de_minimis", by=owner, at=AT
        )  # fmt: skip
        assert (record.amount_gbp, record.amount_eur, record.rates) == (None, None, {})
        assert ledger.history(firm, TODAY, currency="DKK")[0].amount is None
        state_all(firm, owner)
        assert not ledger.headroom_for(firm, DE_MINIMIS, TODAY).complete

    def test_a_known_rate_does_not_help_an_amount_without_one(self, firm, owner):
        ledger.declare(firm, amount=D(1000), currency="SEK", on=TODAY, basis="de_minimis", by=owner, at=AT)
        programme_in("DKK", euro_rate="0.13")
        assert ledger.history(firm, TODAY, currency="DKK")[0].amount is None

    def test_rules_of_later_days_give_no_rate(self):
        programme_in("GBP")
        assert ledger.rate_of("GBP", date(2025, 1, 1)) is None
        assert ledger.rate_of("GBP", TODAY).rate == D("1.15")


class TestBoth:
    def test_the_whole_group_is_shown_newest_first(self, firm, owner):
        member = OwnershipFactory(firm=firm).other
        old = AidRecordFactory(organisation=member, on=date(2025, 5, 1))
        new = AidRecordFactory(organisation=firm, on=date(2026, 5, 1))
        struck = AidRecordFactory(organisation=firm)
        ledger.strike(struck, reason="Told twice", by=owner, at=AT)
        found = ledger.both(firm, TODAY)
        assert found.entries == (new, old)
        assert set(found.members) == {firm, member}
        assert (found.statement, found.uk.left, found.eu.left) == (None, None, None)
        statement = state_all(firm, owner)
        found = ledger.both(firm, TODAY)
        assert (found.statement, found.uk.left, found.eu.left) == (statement, 313000, 300000)

    def test_queries_do_not_grow(self, firm, owner, django_assert_num_queries):
        for _ in range(5):
            AidRecordFactory(organisation=OwnershipFactory(firm=firm).other)
        with django_assert_num_queries(4):
            ledger.both(firm, TODAY)


class TestStrike:
    def test_a_wrong_entry_stays_to_be_read(self, firm, owner):
        record = AidRecordFactory(organisation=firm)
        ledger.strike(record, reason="Told twice", by=owner, at=AT)
        ledger.strike(record, reason="Again", by=owner, at=AT)
        record.refresh_from_db()
        assert (record.state, record.release_reason, record.released_by_id) == ("RELEASED", "Told twice", owner.pk)

    def test_an_award_follows_its_award(self, firm, owner):
        with pytest.raises(ledger.UnableToStrike):
            ledger.strike(reserve(firm, owner), reason="No", by=owner, at=AT)


def reserve(firm, owner, **more):
    facts = {
        "basis": "mfa", "amount": D(1000), "currency": "GBP", "on": TODAY, "given_by": "A programme",
        "reference": "A-1/1", "programme_slug": "a-programme", "by": owner, "at": AT,
    }  # fmt: skip
    return ledger.reserve(firm, **facts | more)


class TestAwards:
    def test_a_reservation_counts_and_can_be_left_out(self, firm, owner):
        reserve(firm, owner)
        assert ledger.most_left(firm, MFA, TODAY) == 314000
        assert ledger.most_left(firm, MFA, TODAY, without="A-1/1") == 315000

    def test_given_on_the_day_of_acceptance(self, firm, owner):
        reserve(firm, owner)
        ledger.give("A-1/1", on=date(2026, 12, 1), country="GB", register_by=date(2027, 1, 1))
        record = AidRecord.objects.get()
        assert (record.state, record.on, record.register, record.register_by) == ("GIVEN", date(2026, 12, 1), "", None)

    @pytest.mark.parametrize(("country", "register"), [("IT", "RNA"), ("ES", "BDNS"), ("SE", "EU")])
    def test_de_minimis_goes_to_a_register(self, firm, owner, country, register):
        record = reserve(firm, owner, basis="de_minimis", currency="EUR")
        ledger.give("A-1/1", on=TODAY, country=country, register_by=date(2026, 12, 21))
        ledger.enter_register(record, number="R-77", at=AT)
        record.refresh_from_db()
        assert (record.register, record.register_by) == (register, date(2026, 12, 21))
        assert (record.register_ref, record.registered_at) == ("R-77", AT)

    def test_an_ended_award_no_longer_counts(self, firm, owner):
        reserve(firm, owner)
        ledger.release("A-1/1", reason="Lapsed", by=None, at=AT)
        assert ledger.most_left(firm, MFA, TODAY) == 315000
        assert AidRecord.objects.get().released_by_id is None


class TestRecordCheck:
    def told(self, aid, **more):
        check = EligibilityCheckFactory(programme=programme_in("GBP"), created_at=AT, **more)
        check.facts["aid_received"] = aid
        check.save()
        return check

    def record(self, firm, owner, aid):
        ledger.record_check(firm, self.told(aid), by=owner, at=AT)

    def test_what_was_told_is_recorded_once(self, firm, owner):
        check = self.told([{"date": "2025-05-01", "amount": "1000.00", "basis": "mfa"}, {"date": None}])
        for _again in range(2):
            ledger.record_check(firm, check, by=owner, at=AT)
        first, second = AidRecord.objects.order_by("id")
        assert (first.amount, first.on, first.basis, first.source) == (D(1000), date(2025, 5, 1), "mfa", "DECLARED")
        assert (second.amount, second.on, second.basis) == (None, None, "")
        statement = AidStatement.objects.get()
        assert (statement.on, statement.by_firm, statement.reference) == (TODAY, True, f"check:{check.pk}")

    def test_a_second_check_of_the_same_aid_adds_nothing(self, firm, owner):
        once = [{"date": "2025-05-01", "amount": "1000.00", "basis": "mfa"}]
        AidRecordFactory(organisation=firm, amount=D(7))
        self.record(firm, owner, once)
        self.record(firm, owner, once * 2)
        assert AidRecord.objects.count() == 3

    def test_a_sum_without_days_is_the_same_sum_another_day(self, firm, owner):
        AidRecordFactory(organisation=firm, amount=D(500), on=date(2026, 11, 1))
        self.record(firm, owner, [{"date": TODAY.isoformat(), "amount": "500.00", "basis": "mfa"}])
        assert AidRecord.objects.count() == 1

    def test_none_is_known_and_nothing_told_is_not(self, firm, owner):
        self.record(firm, owner, None)
        assert not ledger.is_told(firm, TODAY)
        self.record(firm, owner, [])
        assert ledger.headroom_for(firm, MFA, TODAY).left == 315000

    def test_a_repeat_with_its_reference_gives_the_entry(self, firm, owner):
        values = {"amount": D(1), "currency": "GBP", "on": TODAY, "reference": "letter 7", "by": owner, "at": AT}
        assert ledger.declare(firm, **values) == ledger.declare(firm, **values)

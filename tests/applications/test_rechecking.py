from datetime import date, timedelta
from decimal import Decimal

import pytest

from applications import rechecking
from applications.rechecking import Known
from organisations.models import AidRecord, AidStatement, SizeDeclaration
from portal.models import Event
from portal.workflow import IllegalMove
from tests.factories.applications import STARTED, CaseFactory, EligibilityCheckFactory
from tests.factories.organisations import AidRecordFactory, OwnershipFactory
from tests.factories.programmes import ProgrammeFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
LATER = STARTED + timedelta(days=20)
ACCOUNTS, ESTIMATE = SizeDeclaration.Source.ACCOUNTS, SizeDeclaration.Source.ESTIMATE


@pytest.fixture
def sent(programme):
    return CaseFactory(programme=programme, submitted=True)


@pytest.fixture
def firm(sent):
    return sent.organisation


def declare(firm, period_end=None, **more):
    given = {
        "employees": Decimal(40), "turnover": Decimal(4000000), "balance_sheet": Decimal(2000000), "currency": "GBP",
        "source": ACCOUNTS if period_end else ESTIMATE, "declared_at": STARTED, "period_end": period_end,
    }  # fmt: skip
    return SizeDeclaration.objects.create(organisation=firm, **given | more)


def tell_all(firm, on=TODAY):
    AidStatement.objects.create(organisation=firm, on=on, by_firm=True, stated_at=STARTED)


def facts(case, on=TODAY):
    return Known(case, on).facts()


# --- Figures ----------------------------------------------------------------------------------------
def test_without_a_record_the_check_speaks(sent):
    found = facts(sent)
    said = sent.check_result.facts
    for name in ("employees", "turnover", "balance_sheet", "postcode", "local_authority", "already_committed"):
        assert found[name] == said[name]
    assert (found["company_number"], found["legal_form"]) == (sent.organisation.company_number, "company")
    assert found["partners"] is None
    assert found["aid_received"] is None
    assert "accounts" not in found


def test_the_latest_period_counts_before_a_later_estimate(sent, firm):
    declare(firm, date(2026, 3, 31), employees=Decimal(51))
    declare(firm, employees=Decimal(60))
    assert facts(sent)["employees"] == "51.00"


def test_of_two_said_of_a_period_the_later_counts(sent, firm):
    declare(firm, date(2026, 3, 31), employees=Decimal(51))
    declare(firm, date(2026, 3, 31), employees=Decimal(52))
    declare(firm, date(2025, 3, 31), employees=Decimal(44))
    found = facts(sent)
    assert found["employees"] == "52.00"
    assert [(year["period_end"], year["employees"]) for year in found["accounts"]] == [
        ("2025-03-31", "44.00"), ("2026-03-31", "52.00"),
    ]  # fmt: skip


def test_turnover_is_that_of_a_year(sent, firm):
    declare(firm, date(2026, 3, 31), months=18, turnover=Decimal(6000000))
    found = facts(sent)
    assert (found["turnover"], found["balance_sheet"]) == ("4000000.00", "2000000.00")


def test_other_currencies_are_converted_at_the_stored_rate(sent, firm):
    declare(firm, currency="EUR", turnover=Decimal("1150000.00"), balance_sheet=None)
    found = facts(sent)
    assert (found["turnover"], found["balance_sheet"]) == ("1000000.00", None)


def test_what_cannot_be_converted_is_not_known(sent, firm):
    declare(firm, currency="SEK")
    assert facts(sent)["turnover"] is None


# --- Owners -----------------------------------------------------------------------------------------
def test_a_firm_that_says_it_is_alone_is(sent, firm):
    declare(firm, in_group=False)
    found = facts(sent)
    assert (found["partners"], found["linked"]) == ([], [])


def test_owners_go_before_what_the_check_said(sent, firm):
    declare(firm, in_group=False)
    OwnershipFactory(firm=firm, employees=Decimal(100))
    OwnershipFactory(firm=firm, capital_percent=Decimal(30), votes_percent=Decimal(40), employees=Decimal(10))
    OwnershipFactory(firm=firm, holder_kind="university", capital_percent=Decimal(60))
    OwnershipFactory(firm=firm, holder_kind="public_body", controls=True, capital_percent=Decimal(10))
    found = facts(sent)
    assert [row["employees"] for row in found["linked"]] == ["100.00"]
    assert {row["holder_kind"]: row["percent"] for row in found["partners"]} == {
        "enterprise": "40.00", "university": "60.00", "public_body": "100.00",
    }  # fmt: skip


def test_a_link_through_a_person_asks_for_the_market(sent, firm):
    OwnershipFactory(firm=firm, through_person="A. Owner", same_market=None)
    OwnershipFactory(firm=firm, through_person="A. Owner", same_market=False)
    assert [(row["through_person"], row["same_market"]) for row in facts(sent)["linked"]] == [
        (True, None),
        (True, False),
    ]


def test_what_has_ended_no_longer_counts(sent, firm):
    row = OwnershipFactory(firm=firm)
    row.end(by_id=None, at=STARTED, last_day=date(2026, 1, 31))
    assert facts(sent)["linked"] is None
    assert len(facts(sent, date(2026, 1, 31))["linked"]) == 1


@pytest.mark.parametrize(
    ("from_on", "years", "expected"),
    [
        (date(2026, 9, 1), (2025, 2026), "2026-09-01"),
        (date(2026, 3, 31), (2025, 2026), None),
        (date(2027, 1, 1), (2025, 2026), None),
        (None, (2025, 2026), None),
    ],
)
def test_a_change_of_hands_after_the_last_closed_year(sent, firm, from_on, years, expected):
    for year in years:
        declare(firm, date(year, 3, 31))
    OwnershipFactory(firm=firm, from_on=from_on)
    OwnershipFactory(firm=firm, from_on=date(2026, 8, 1), capital_percent=30, votes_percent=None)
    assert facts(sent)["takeover_on"] == expected


def test_chains_of_linked_firms_count_with_their_partners(sent, firm):
    mother = OwnershipFactory(firm=firm, employees=Decimal(100)).other
    OwnershipFactory(firm=mother, employees=Decimal(500))
    OwnershipFactory(firm=mother, capital_percent=Decimal(40), votes_percent=None, employees=Decimal(10))
    found = facts(sent)
    assert [row["employees"] for row in found["linked"]] == ["100.00", "500.00"]
    assert found["partners"] == []
    assert [(row["percent"], row["employees"]) for row in found["linked"][0]["partners"]] == [("40.00", "10.00")]


def test_the_other_side_may_have_said_it(sent, firm):
    OwnershipFactory(other=firm, direction="WE_HOLD", employees=None)
    OwnershipFactory(firm=firm).end(by_id=None, at=STARTED)
    assert len(facts(sent)["linked"]) == 1


# --- Aid --------------------------------------------------------------------------------------------
def test_aid_told_with_the_check_counts_until_there_is_a_record(programme):
    check = EligibilityCheckFactory(programme=programme)
    check.facts = {**check.facts, "aid_received": [{"date": "2026-01-01", "amount": "5.00", "basis": "mfa"}]}
    check.save()
    case = CaseFactory(programme=programme, check_result=check, submitted=True)
    assert facts(case)["aid_received"][0]["amount"] == "5.00"
    AidRecordFactory(organisation=case.organisation)
    assert facts(case)["aid_received"] is None
    tell_all(case.organisation)
    assert [row["amount"] for row in facts(case)["aid_received"]] == ["1000.00"]


def test_aid_of_another_kind_is_left_out(sent, firm):
    AidRecordFactory(organisation=firm, basis=AidRecord.Basis.OTHER)
    AidRecordFactory(organisation=firm, basis="", on=None)
    tell_all(firm)
    assert facts(sent)["aid_received"] == [{"date": None, "amount": "1000.00", "basis": None}]


# --- Making and taking it ---------------------------------------------------------------------------
class TestRecheck:
    def test_it_is_made_under_the_rules_of_the_day(self, sent, firm, adviser):
        declare(firm, employees=Decimal(300))
        made = rechecking.recheck(case=sent, by=adviser, at=LATER)
        assert made.taken_at is None
        assert made.check_result.outcome == "not_eligible"
        assert made.check_result.rules_version == f"{sent.programme.slug}/2026-01-01"
        assert made.check_result.language == sent.check_result.language
        sent.refresh_from_db()
        assert sent.check_result != made.check_result

    def test_the_same_facts_give_the_same_check(self, sent, firm, adviser):
        made = rechecking.recheck(case=sent, by=adviser, at=LATER)
        assert rechecking.recheck(case=sent, by=adviser, at=LATER) == made
        assert rechecking.recheck(case=sent, by=adviser, at=LATER + timedelta(days=1)) != made
        declare(firm)
        assert rechecking.recheck(case=sent, by=adviser, at=LATER + timedelta(days=1)) != made
        assert sent.checks.count() == 4

    def test_the_first_check_of_an_old_case_may_be_missing(self, adviser):
        case = CaseFactory(programme=ProgrammeFactory(), first_check=False, submitted=True)
        assert rechecking.recheck(case=case, by=adviser, at=LATER).check_result.facts["in_group"] is None

    def test_it_is_taken_once_with_its_reason(self, sent, adviser):
        made = rechecking.recheck(case=sent, by=adviser, at=LATER)
        made.case = sent
        rechecking.take(made=made, why="New accounts.", by=adviser, at=LATER)
        sent.refresh_from_db()
        assert sent.check_result == made.check_result
        event = Event.objects.get(kind="check.taken")
        assert (event.note, event.staff_only, event.data["outcome"]) == (
            "New accounts.", True, made.check_result.outcome,
        )  # fmt: skip
        with pytest.raises(IllegalMove):
            rechecking.take(made=made, why="Again.", by=adviser, at=LATER)

    def test_of_two_taken_at_once_one_is_told(self, sent, firm, adviser):
        first = rechecking.recheck(case=sent, by=adviser, at=LATER)
        stale = rechecking.CaseCheck.objects.select_related("case__check_result").get(pk=first.pk)
        declare(firm)
        second = rechecking.recheck(case=sent, by=adviser, at=LATER)
        rechecking.take(made=second, why="Figures.", by=adviser, at=LATER)
        with pytest.raises(IllegalMove):
            rechecking.take(made=stale, why="Older.", by=adviser, at=LATER)

    def test_what_cannot_be_read_is_said(self, sent, firm, adviser):
        firm.sic_codes = ["99"]
        firm.save()
        with pytest.raises(rechecking.UnableToCheck, match="cannot be checked"):
            rechecking.recheck(case=sent, by=adviser, at=LATER)

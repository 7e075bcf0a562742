from datetime import date
from decimal import Decimal

import pytest

from funding.rules import flags
from funding.rules.flags import Firm, Invoice
from funding.rules.partners import Tie

FIRM = Firm(1, "Alder Castings Ltd", "1 Mill Lane, Preston", frozenset({"772555123"}), frozenset({"a@alder.example"}))


def rules(found):
    return [one.rule for one in found]


@pytest.mark.parametrize(
    ("register", "sic", "found"),
    [
        ({}, (), []),
        ({"status": "active", "created_on": "2020-01-01", "accounts_overdue": False}, ("25620",), []),
        ({"created_on": "2026-04-02"}, (), ["young_company"]),
        ({"created_on": "2026-04-01"}, (), []),
        ({}, ("99999",), ["dormant"]),
        ({"accounts_overdue": True, "asked_at": "2026-11-22T10:00:00"}, (), ["accounts_overdue"]),
        ({"status": "liquidation"}, (), ["not_trading"]),
    ],
)
def test_of_register(register, sic, found):
    firm = Firm(1, "Alder", register=register, sic_codes=sic)
    assert rules(flags.of_register(firm, programme_from=date(2026, 4, 1))) == found


def test_without_a_start_no_company_is_young():
    assert flags.of_register(Firm(1, "A", register={"created_on": "2026-04-02"}), programme_from=None) == []


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (Firm(2, "Beech Ltd"), []),
        (Firm(2, "ALDER CASTINGS LIMITED"), ["same_name"]),
        (Firm(2, "Beech", "1, Mill Lane PRESTON"), ["same_address"]),
        (Firm(2, "Beech", phones=frozenset({"772555123", "1"})), ["same_phone"]),
        (Firm(2, "Beech", emails=frozenset({"a@alder.example"})), ["same_email"]),
        (Firm(2, "Beech", people=frozenset({"j. alder"})), ["same_person"]),
    ],
)
def test_shared(other, found):
    firm = Firm(**{**FIRM.__dict__, "people": frozenset({"j. alder"})})
    assert rules(flags.shared(firm, [other])) == found


def test_linked_suppliers_by_name_alone():
    found = flags.linked_suppliers(["Robots Ltd", "Gears plc", "Robots Ltd"], ["ROBOTS LIMITED", "", "Holding"])
    assert [(one.rule, one.evidence["supplier"]) for one in found] == [("linked_supplier", "Robots Ltd")]


def test_invoices():
    early = Invoice(1, "A1", "S", date(2026, 10, 1), Decimal("1234.56"))
    later = Invoice(2, "A2", "S", date(2026, 12, 1), Decimal(5000))
    also = Invoice(3, "A3", "S", date(2026, 12, 2), Decimal(2000))
    assert rules(flags.of_invoices([early, later], accepted_on=date(2026, 11, 1))) == ["invoice_before_offer"]
    assert rules(flags.of_invoices([later, also], accepted_on=date(2026, 11, 1))) == ["round_sums"]
    assert flags.of_invoices([early], accepted_on=None) == []


def test_above_budget_to_the_penny():
    budget = {"software": Decimal(100)}
    assert flags.above_budget({"software": Decimal(100)}, budget) == []
    assert rules(flags.above_budget({"software": Decimal("100.01"), "labour": Decimal(1)}, budget)) == [
        "claim_above_quote",
        "claim_above_quote",
    ]


def test_account():
    assert flags.of_account("ALDER CASTINGS LIMITED", "Alder Castings Ltd", others=[]) == []
    assert rules(flags.of_account("J Smith", "Alder", others=["Beech", "Beech"])) == ["account_shared", "account_name"]


@pytest.mark.parametrize(
    ("entered", "is_change", "found"),
    [
        (date(2026, 11, 20), True, ["late_bank_change"]),
        (date(2026, 11, 20), False, []),
        (date(2026, 11, 12), True, []),
        (date(2026, 11, 13), True, ["late_bank_change"]),
        (date(2026, 11, 23), True, []),
    ],
)
def test_late_change(entered, is_change, found):
    assert rules(flags.late_change(entered, date(2026, 11, 22), is_change=is_change)) == found


def test_a_pair_that_may_be_one_is_told_once_by_its_strongest_sign():
    found = flags.of_ties(
        [
            ("Alder", "Beech", Tie.EMAIL),
            ("Alder", "The Beech Ltd", Tie.POSTCODE),
            ("Alder", "Cedar", Tie.DECLARED),
            ("Beech", "Cedar", Tie.NUMBER),
        ]
    )
    assert [(one.rule, dict(one.evidence)) for one in found] == [
        ("tie_number", {"one": "Beech", "other": "Cedar"}),
        ("tie_postcode", {"one": "Alder", "other": "The Beech Ltd"}),
    ]

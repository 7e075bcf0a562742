from decimal import Decimal

import pytest

from applications.rules import largest_grant, needs_second, open_findings

STRANDS = [
    {"instrument": "diagnostic", "gives_grant": False},
    {"instrument": "grant", "gives_grant": True},
    {"instrument": "voucher", "gives_grant": True},
]


def finding(rule, outcome):
    return {"rule": rule, "outcome": outcome}


def test_what_fails_or_is_undecided_is_open():
    fail, refer = finding("sector", "fail"), finding("place", "refer")
    assert open_findings([finding("size", "pass"), fail, refer]) == [fail, refer]


@pytest.mark.parametrize("rule", ["incentive_effect", "strand_size", "strand_condition"])
def test_what_touches_one_kind_of_support_keeps_no_firm_out(rule):
    assert open_findings([finding(rule, "refer")]) == []


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"grant": {"cap": "20000.00"}, "voucher": {"cap": "100000"}}, Decimal(100000)),
        ({"grant": {"cap": "20000.00"}, "voucher": {"cap": None}}, None),
        ({"grant": {"cap": "20000.00"}}, None),
    ],
)
def test_the_largest_grant_is_the_highest_cap(terms, expected):
    assert largest_grant(STRANDS, terms) == expected


def test_a_programme_without_grants_gives_none():
    assert largest_grant(STRANDS[:1], {}) == 0


@pytest.mark.parametrize(
    ("outcome", "over", "grant", "expected"),
    [
        ("refer", None, None, False),
        ("refer", "10000.00", Decimal(20000), False),
        ("fail", None, Decimal(0), True),
        ("fail", "10000.00", None, True),
        ("fail", "10000.00", Decimal("10000.00"), False),
        ("fail", "10000.00", Decimal("10000.01"), True),
    ],
)
def test_who_needs_a_second_person(outcome, over, grant, expected):
    assert needs_second(outcome, over=over, grant=grant) is expected

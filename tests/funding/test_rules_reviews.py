from decimal import Decimal

import pytest

from funding.rules.reviews import Firm, Person, Sign, is_wide, masked, score_and_spread, signs_of_conflict

FIRM = Firm(
    names=("Pennine Gears Ltd", "Calder Castings Limited"),
    people=("Olive Owner", "Sam Field"),
    emails=("olive@pennine.example", "sam@gmail.com"),
    suppliers=("Robots of Preston",),
    postcodes=frozenset({"PR1 2AB"}),
)


def signs(**facts):
    person = Person(**{"email": "asa@elsewhere.example", "name": "Asa Judge", **facts})
    return signs_of_conflict(person, FIRM)


@pytest.mark.parametrize(
    ("totals", "score", "spread"),
    [
        ([], None, None),
        (["70.00"], "70.00", None),
        (["70.00", "50.00", "60.01"], "60.00", "20.00"),
        (["66.67", "66.66"], "66.67", "0.01"),
    ],
)
def test_score_is_the_mean_and_spread_the_distance(totals, score, spread):
    expected = tuple(value if value is None else Decimal(value) for value in (score, spread))
    assert score_and_spread([Decimal(total) for total in totals]) == expected


@pytest.mark.parametrize(("spread", "wide"), [(None, False), ("19.99", False), ("20.00", True)])
def test_wide_from_20_points(spread, wide):
    assert is_wide(None if spread is None else Decimal(spread)) is wide


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"email": "asa@PENNINE.example"}, [(Sign.EMAIL, "pennine.example")]),
        ({"email": "asa@gmail.com"}, []),
        ({"name": "Rex owner"}, [(Sign.SURNAME, "Olive Owner")]),
        ({"name": "Owner"}, []),
        ({"postcodes": frozenset({"pr12ab", ""})}, [(Sign.POSTCODE, "PR12AB")]),
        ({"employer": "CALDER CASTINGS"}, [(Sign.EMPLOYER, "Calder Castings Limited")]),
        ({"employer": "Robots of Preston Ltd"}, [(Sign.SUPPLIER, "Robots of Preston")]),
        ({"interests": "My brother works at pennine gears."}, [(Sign.INTERESTS, "Pennine Gears Ltd")]),
        ({"interests": "Pennine Gearsmiths"}, []),
        ({"contacts": 3}, [(Sign.CONTACT, "3")]),
    ],
)
def test_signs_of_a_conflict(facts, expected):
    assert signs(**facts) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pennine  Gears Ltd buys. PENNINE GEARS grows.", "[x] buys. [x] grows."),
        ("Gears for Pennine Gearsmiths", "Gears for Pennine Gearsmiths"),
        ("Write to olive@pennine.example or www.pennine.example/cell.", "Write to [x] or [x]"),
        ("Call Olive Owner (olive owner).", "Call [x] ([x])."),
        ("", ""),
    ],
)
def test_names_are_masked_in_free_text(text, expected):
    names = ["Pennine Gears Ltd", "Pennine Gears", "Olive Owner", "", "x"]
    assert masked(text, names, "[x]") == expected


def test_without_names_only_addresses_go():
    assert masked("Pennine Gears, a@b.example", [], "[x]") == "Pennine Gears, [x]"

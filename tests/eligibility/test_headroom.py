from datetime import date
from decimal import Decimal as D

import pytest

from eligibility.headroom import Aid, headroom, window_from

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("basis", "on", "first"),
    [
        ("mfa", date(2026, 3, 31), date(2023, 4, 1)),
        ("mfa", date(2026, 4, 1), date(2024, 4, 1)),
        ("de_minimis", TODAY, date(2023, 11, 23)),
        ("de_minimis", date(2028, 2, 29), date(2025, 3, 1)),
    ],
)
def test_the_first_day_that_counts(basis, on, first):
    assert window_from(basis, on) == first


def _left(*history, basis="mfa", limit="315000"):
    return headroom(history, basis=basis, limit=D(limit), on=TODAY)


def test_all_small_aid_counts_under_the_british_limit():
    kinds = [Aid(TODAY, D(10), kind) for kind in ("mfa", "spei", "de_minimis", "safa")]
    assert _left(*kinds).counted == 40
    assert _left(*kinds, basis="de_minimis").counted == 10


def test_aid_of_a_later_day_does_not_count_yet():
    assert _left(Aid(date(2026, 11, 23), D(10), "mfa")).counted == 0


def test_more_than_the_limit_leaves_nothing():
    assert _left(Aid(TODAY, D(400000), "mfa")).left == 0


@pytest.mark.parametrize(
    "aid", [Aid(None, D(10), "mfa"), Aid(TODAY, None, "mfa"), Aid(TODAY, D(10), None)], ids=["day", "amount", "basis"]
)
def test_an_entry_with_a_gap_is_not_counted_and_said(aid):
    left = _left(aid)
    assert (left.counted, left.complete) == (0, False)


def test_old_aid_of_unknown_amount_does_not_matter():
    assert _left(Aid(date(2020, 1, 1), None, "mfa")).complete


def test_no_history_is_not_the_same_as_none():
    unknown = headroom(None, basis="mfa", limit=D(5), on=TODAY)
    assert (unknown.counted, unknown.left, unknown.complete) == (None, None, False)
    assert _left().left == 315000

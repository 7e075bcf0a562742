from datetime import date
from decimal import Decimal

import pytest

from funding.rules.decisions import approvers_for, last_day_to_appeal

BANDS = [{"up_to": "20000.00", "approvers": 1}, {"up_to": "50000.00", "approvers": 2}, {"up_to": None, "approvers": 3}]


@pytest.mark.parametrize(
    ("amount", "needed"),
    [("0.01", 1), ("20000.00", 1), ("20000.01", 2), ("50000.00", 2), ("50000.01", 3), ("9999999.99", 3)],
)
def test_the_first_band_that_reaches_the_amount(amount, needed):
    assert approvers_for(BANDS, Decimal(amount)) == needed


def test_without_bands_one_is_enough():
    assert approvers_for([], Decimal(1_000_000)) == 1


def test_beyond_the_last_band_the_last_one_holds():
    assert approvers_for(BANDS[:2], Decimal(60_000)) == 2


def test_last_day_to_appeal_crosses_a_year():
    assert last_day_to_appeal(date(2026, 12, 15), 30) == date(2027, 1, 14)

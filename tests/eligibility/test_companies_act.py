from datetime import date
from decimal import Decimal as D

import pytest

from eligibility import companies_act
from eligibility.sizing import Figures

NEW, OLD = date(2025, 4, 6), date(2025, 4, 5)


def figures(people, turnover, balance_sheet):
    return Figures(*(None if value is None else D(value) for value in (people, turnover, balance_sheet)))


@pytest.mark.parametrize(
    ("year", "new", "old"),
    [
        ((11, 632_000, 316_000), "micro", "micro"),
        ((11, 632_001, 316_000), "micro", "small"),
        ((51, 10_200_000, 5_100_000), "small", "small"),
        ((51, 10_200_000, 5_100_001), "small", "medium"),
        ((251, 36_000_000, 18_000_000), "medium", "medium"),
        ((251, 36_000_000, 18_000_001), "medium", "large"),
    ],
)
def test_the_thresholds_of_the_day(year, new, old):
    assert companies_act.size(figures(*year), begins=NEW) == new
    assert companies_act.size(figures(*year), begins=OLD) == old


@pytest.mark.parametrize(
    ("year", "expected"),
    [((10, 1, None), "micro"), ((None, 1, 1), "micro"), ((10, None, None), None), ((11, 900_000, None), None),
     ((300, 60_000_000, None), "large")],
)  # fmt: skip
def test_a_missing_figure_matters_only_where_it_decides(year, expected):
    assert companies_act.size(figures(*year), begins=NEW) == expected


def test_two_years_running_under_the_thresholds_of_the_last():
    small, medium = figures(40, 14_000_000, 7_000_000), figures(60, 20_000_000, 9_000_000)
    assert companies_act.size_after([small, medium], begins=NEW) == "small"
    assert companies_act.size_after([small, medium, medium], begins=NEW) == "medium"
    assert companies_act.size_after([medium, small], begins=NEW) == "medium"
    # Medium by the old figures of 2024; the new ones are taken to have applied.
    assert companies_act.size(small, begins=OLD) == "medium"
    assert companies_act.size_after([small, small], begins=NEW) == "small"
    assert companies_act.size_after([figures(None, None, None), small], begins=NEW) is None


def test_what_the_register_calls_accounts():
    assert companies_act.claimed_by("micro-entity") == "micro"
    assert companies_act.claimed_by("group") is None
    year = figures(12, 900_000, 600_000)
    assert companies_act.is_larger_than("micro", year, ended=date(2026, 4, 4))
    assert companies_act.is_larger_than("micro", year, ended=date(2026, 4, 5))
    year = figures(12, 900_000, 400_000)
    assert companies_act.is_larger_than("micro", year, ended=date(2026, 4, 4))
    assert not companies_act.is_larger_than("micro", year, ended=date(2026, 4, 5))
    assert not companies_act.is_larger_than("micro", year, ended=date(2028, 2, 28))
    assert not companies_act.is_larger_than("micro", figures(None, None, None), ended=date(2028, 2, 29))

from datetime import date

import pytest
from django.utils import translation

from portal.dates import long_date, short_month


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en-gb", "4 November 2026"),
        ("sv", "4 november 2026"),
        ("da", "4. november 2026"),
        ("es", "4 de noviembre de 2026"),
        ("it", "4 novembre 2026"),
    ],
)
def test_a_day_is_told_as_the_language_tells_it(language, words):
    with translation.override(language):
        assert long_date(date(2026, 11, 4)) == words


@pytest.mark.parametrize(
    ("language", "words"), [("en-gb", "Nov 2026"), ("cy", "Tach 2026"), ("es", "nov 2026"), ("da", "nov 2026")]
)
def test_a_month_has_a_capital_where_the_language_gives_it_one(language, words):
    with translation.override(language):
        assert short_month(date(2026, 11, 4)).replace(".", "") == words

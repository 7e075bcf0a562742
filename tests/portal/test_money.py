from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from portal.money import money_text, parse_money, parse_number

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("language", "currency", "text"),
    [
        ("en-gb", "GBP", "£20,000"),
        ("cy", "GBP", "£20,000"),
        ("en-gb", "EUR", "€20,000"),
        ("en-gb", "SEK", f"20,000{NBSP}kr"),
        ("es", "EUR", f"20{NBSP}000{NBSP}€"),
        ("it", "EUR", f"20.000{NBSP}€"),
        ("da", "DKK", f"20.000{NBSP}kr."),
        ("sv", "SEK", f"20{NBSP}000{NBSP}kr"),
    ],
)
def test_money_text_follows_the_language(language, currency, text):
    with translation.override(language):
        assert money_text(Decimal(20000), currency) == text


def test_money_text_shows_pence_only_when_there_are_any():
    assert money_text(Decimal("20000.00")) == "£20,000"
    assert money_text(Decimal("20000.5")) == "£20,000.50"
    assert money_text(Decimal(-5)) == "−£5"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("£1,250,000", "1250000.00"),
        (" 1250000 ", "1250000.00"),
        ("1 250 000", "1250000.00"),
        (f"1{NBSP}250{NBSP}000.5", "1250000.50"),
        ("£ 12.34", "12.34"),
        ("GBP 10", "10.00"),
        ("10 gbp", "10.00"),
        ("-5", "-5.00"),
        ("−5", "-5.00"),
        ("0", "0.00"),
    ],
)
def test_parse_money_reads_what_people_write(text, amount):
    assert parse_money(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    ["", "£", "1e999", "NaN", "Infinity", "1_000", "12,50", "1,25,000", "1.2m", "$5", "€5", "1.234", ".5", "5.",
     "١٢٣", "１２", "1\x0000", "1,250,000" * 9, "--5", "0x10"],
)  # fmt: skip
def test_parse_money_refuses_what_can_be_misread(text):
    assert parse_money(text) is None


def test_parse_money_follows_the_language():
    with translation.override("da"):
        assert parse_money("1.250.000,50 kr.", "DKK") == Decimal("1250000.50")
        assert parse_money("1,250,000", "DKK") is None
    with translation.override("sv"):
        assert parse_money("20 000 kr", "SEK") == Decimal("20000.00")


def test_parse_number_without_decimals():
    assert parse_number("1,200", places=0) == Decimal(1200)
    assert parse_number("12.5", places=0) is None


@given(st.decimals(min_value=0, max_value=Decimal("99999999999.99"), places=2))
def test_what_we_show_we_read(amount):
    assert parse_money(money_text(amount)) == amount

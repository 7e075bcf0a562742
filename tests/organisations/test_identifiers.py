import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organisations.identifiers import (
    COMPANY_NUMBERS,
    BadIdentifier,
    company_identifier,
    is_overseas_number,
    name_key,
    normalise_company_number,
    normalise_number,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SL12345A", "SL12345A"),
        ("SL123456", "SL123456"),
        ("LP12345A", None),
        ("RS00712C", "RS00712C"),
        ("SP1234", "SP001234"),
        ("١٢٣٤٥٦٧٨", None),
        ("OE001", "OE000001"),
    ],
)
def test_company_number_odd_forms(text, expected):
    assert normalise_company_number(text) == expected


@pytest.mark.parametrize(("number", "expected"), [("OE000001", True), ("FC012345", True), ("SC012345", False)])
def test_overseas_numbers(number, expected):
    assert is_overseas_number(number) is expected


@pytest.mark.parametrize(
    ("one", "other", "key"),
    [
        ("The Acme Engineering Co. Ltd", "ACME ENGINEERING LIMITED", "ACME ENGINEERING"),
        ("Acme & Sons Ltd.", "Acme and Sons Limited", "ACME AND SONS"),
        ("Peirianneg Môn Cyf", "PEIRIANNEG MON CYFYNGEDIG", "PEIRIANNEG MON"),
        ("Smörgås AB", "Smorgas", "SMORGAS"),
        ("Ñandú S.L.", "NANDU SL", "NANDU"),
        ("Sørensen ApS", "SORENSEN", "SORENSEN"),
        ("O'Brien's Castings", "OBriens Castings plc", "OBRIENS CASTINGS"),
        ("The Company", "the company", "THE"),
        ("Limited", "LIMITED", "LIMITED"),
    ],
)
def test_two_spellings_meet(one, other, key):
    assert name_key(one) == name_key(other) == key


@pytest.mark.parametrize(
    ("country", "text", "expected"),
    [
        ("GB", "sc 12345", "SC012345"),
        ("ES", "B-58378431", "B58378431"),
        ("ES", "ES B58378431", "B58378431"),
        ("ES", "54362315K", "54362315K"),
        ("IT", "IT 00743110157", "00743110157"),
        ("DK", "DK 13 58 56 28", "13585628"),
        ("SE", "556703-7485", "5567037485"),
        ("SE", "SE 556703-7485 01", "5567037485"),
        ("LT", "LT 123.456-78", "LT12345678"),
    ],
)
def test_a_firm_s_number_in_its_country(country, text, expected):
    assert company_identifier(text, country) == expected


@pytest.mark.parametrize(
    ("country", "text", "message"),
    [
        ("GB", "AB123456", "Give the firm's Company number, like 01234567 or SC123456"),
        ("ES", "B58378432", "Give the firm's NIF/CIF, like B12345674"),
        ("IT", "00743110158", "Give the firm's Partita IVA, like 01234560017"),
        ("DK", "13585627", "Give the firm's CVR-nummer, like 12345674"),
        ("SE", "1234567891", "Give the firm's Organisationsnummer, like 556123-4567"),
        ("SE", "", "Give the firm's Organisationsnummer, like 556123-4567"),
        ("DK", "١٣٥٨٥٦٢٨", "Give the firm's CVR-nummer, like 12345674"),
        ("LT", "?", "Give the firm's Company number, like 12345678"),
        ("LT", "1" * 21, "Give the firm's Company number, like 12345678"),
    ],
)
def test_what_is_no_number_of_the_country(country, text, message):
    with pytest.raises(BadIdentifier) as caught:
        company_identifier(text, country)
    assert (str(caught.value), caught.value.text) == (message, text)


@given(st.text(max_size=30), st.sampled_from([*COMPANY_NUMBERS, "LT"]))
def test_any_text_is_a_number_or_said_to_be_none(text, country):
    try:
        number = company_identifier(text, country)
    except BadIdentifier:
        return
    assert re.fullmatch("[A-Z0-9]{2,20}", number)
    assert company_identifier(number, country) == number


@pytest.mark.parametrize("country", COMPANY_NUMBERS)
def test_the_examples_are_right_themselves(country):
    for example in COMPANY_NUMBERS[country].example.split(" or "):
        assert company_identifier(example, country)


def test_a_kind_that_is_not_there():
    with pytest.raises(KeyError):
        normalise_number("1", "fr.siren")

import pytest

from organisations.identifiers import is_overseas_number, name_key, normalise_company_number


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

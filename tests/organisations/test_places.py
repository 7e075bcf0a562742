import pytest

from organisations import places


@pytest.mark.parametrize("text", ["IM1 1AA", "je2 3ab", "GY1 1WG"])
def test_islands_outside_the_kingdom_are_named(text):
    with pytest.raises(places.OutsideUnitedKingdom):
        places.normalise_postcode(text)


@pytest.mark.parametrize("text", ["PR1\u00a02HE", "PR1\t2HE\n", "pr1.2he"])
def test_pasted_postcodes(text):
    assert places.normalise_postcode(text) == "PR1 2HE"


@pytest.mark.parametrize("text", ["РR1 2HE", "PR1 2H\u0661"])
def test_letters_of_another_alphabet_are_no_postcode(text):
    with pytest.raises(places.BadPostcode):
        places.normalise_postcode(text)


@pytest.mark.parametrize(
    ("country", "text", "expected"),
    [
        ("ES", "48 001", "48001"),
        ("IT", "10121", "10121"),
        ("SE", "11120", "111 20"),
        ("DK", "8800", "8800"),
        ("LT", "LT-01100", "LT-01100"),
    ],
)
def test_postcodes_elsewhere(country, text, expected):
    assert places.normalise_postcode(text, country) == expected


@pytest.mark.parametrize(("country", "text"), [("ES", "4800"), ("DK", "88000"), ("SE", "11 12"), ("LT", "?")])
def test_wrong_postcodes_elsewhere(country, text):
    with pytest.raises(places.BadPostcode):
        places.normalise_postcode(text, country)


def test_the_regions_have_their_authorities():
    found = places.places().values()
    assert sum(place.itl1 == "TLD" for place in found) == 35
    assert sum(place.itl1 == "TLL" for place in found) == 22
    assert all(place.itl3 for place in found if place.itl1 in {"TLD", "TLL"})


def test_names_and_slugs_are_unique():
    found = list(places.places().values())
    assert len({place.slug for place in found}) == len({place.name for place in found}) == len(found)


@pytest.mark.parametrize("text", ["E07000123", "preston", "Preston", " PRESTON ", "e07000123"])
def test_an_authority_by_code_slug_or_name(text):
    assert places.find(text).code == "E07000123"


def test_an_unknown_authority():
    assert places.find("Atlantis") is None
    assert places.is_authority_code("E08000035")
    assert places.is_authority_code("ES213")
    assert places.is_authority_code(places.ELSEWHERE)
    assert not places.is_authority_code("Leeds")


@pytest.mark.parametrize(
    ("postcode", "expected"),
    [
        ("PR1 2HE", {"Preston", "South Ribble"}),
        ("PR8 1AA", {"Sefton"}),
        ("L39 1AA", {"West Lancashire"}),
        ("WN8 6AA", {"West Lancashire", "Wigan"}),
        ("OL14 5AA", {"Calderdale"}),
        ("SK13 1AA", {"High Peak"}),
        ("BB18 5AA", {"Pendle", "North Yorkshire"}),
        ("CH5 3UZ", {"Flintshire"}),
        ("CH4 9AA", {"Cheshire West and Chester", "Flintshire", "Wrexham"}),
        ("SY23 3AF", {"Ceredigion"}),
        ("SY10 7AA", {"Shropshire", "Powys", "Wrexham"}),
        ("NP25 3AA", {"Monmouthshire", "Forest of Dean", "Herefordshire"}),
        ("EC1A 1BB", set()),
    ],
)
def test_border_traps_of_postcodes(postcode, expected):
    assert {place.name for place in places.candidates(postcode)} == expected


def test_candidates_in_spain():
    assert [place.name for place in places.candidates("48001", "ES")] == ["Bizkaia"]


@pytest.mark.parametrize(
    ("postcode", "authority", "expected"),
    [
        ("PR1 2HE", "E07000123", False),
        ("PR1 2HE", "E08000003", True),
        ("EC1A 1BB", "E07000123", True),
        ("EC1A 1BB", "E09000001", False),
    ],
)
def test_contradictions(postcode, authority, expected):
    assert places.contradicts(postcode, authority) is expected

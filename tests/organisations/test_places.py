import csv
from pathlib import Path

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


@pytest.mark.parametrize(
    ("code", "scheme", "count"),
    [
        ("TLD", "ITL2025", 35),
        ("TLL", "ITL2025", 22),
        ("TLD", "ITL2021", 35),
        ("TLL", "ITL2021", 22),
        ("UKL", "NUTS2016", 22),
        ("ES2", "NUTS2021", 3),
        ("ITC", "NUTS2024", 8),
        ("SE1", "NUTS2016", 6),
    ],
)
def test_the_regions_have_their_authorities(code, scheme, count):
    found = [places.region(place, scheme, level=1) for place in places.places()]
    assert sum(region is not None and region.code == code for region in found) == count


@pytest.mark.parametrize("scheme", places.SCHEMES)
def test_every_region_lies_in_one_of_the_level_above(scheme):
    found = places.regions(scheme)
    assert {region.level for region in found.values()} == {1, 2, 3}
    assert all(code[:-1] in found for code, region in found.items() if region.level > 1)


@pytest.mark.parametrize(
    ("name", "scheme", "level", "expected"),
    [
        ("Powys", "ITL2021", 2, ("TLL2", "East Wales")),
        ("Powys", "ITL2025", 2, ("TLL4", "Mid and South West Wales")),
        ("Powys", "NUTS2016", 3, ("UKL24", "Powys")),
        ("Bridgend", "ITL2021", 3, ("TLL17", "Bridgend and Neath Port Talbot")),
        ("Neath Port Talbot", "ITL2021", 3, ("TLL17", "Bridgend and Neath Port Talbot")),
        ("Bridgend", "ITL2025", 2, ("TLL5", "South East Wales")),
        ("Neath Port Talbot", "ITL2025", 2, ("TLL4", "Mid and South West Wales")),
        ("Gwynedd", "ITL2021", 2, ("TLL1", "West Wales and the Valleys")),
        ("Gwynedd", "ITL2025", 2, ("TLL3", "North Wales")),
        ("Cumberland", "ITL2025", 3, ("TLD13", "Cumberland")),
        ("Westmorland and Furness", "ITL2025", 3, ("TLD14", "Westmorland and Furness")),
        ("Cumberland", "ITL2021", 2, ("TLD1", "Cumbria")),
        ("Cumberland", "ITL2021", 3, None),
        ("Westmorland and Furness", "NUTS2016", 3, None),
        ("Halton", "ITL2025", 3, ("TLD71", "East Merseyside")),
        ("High Peak", "ITL2025", 1, ("TLF", "East Midlands (England)")),
        ("High Peak", "ITL2025", 2, None),
        ("Preston", "NUTS2021", 1, None),
        ("Torino", "ITL2025", 2, None),
        ("Torino", "NUTS2024", 2, ("ITC1", "Piemonte")),
        ("Verbano-Cusio-Ossola", "NUTS2016", 3, ("ITC14", "Verbano-Cusio-Ossola")),
        ("Østjylland", "NUTS2024", 2, ("DK04", "Midtjylland")),
        ("Örebro", "NUTS2024", 1, ("SE1", "Östra Sverige")),
        ("bizkaia", "NUTS2021", 2, ("ES21", "País Vasco")),
    ],
)
def test_the_region_of_an_authority(name, scheme, level, expected):
    found = places.region(places.find(name).code, scheme, level)
    assert (found and (found.code, found.name)) == expected
    assert found is None or (found.scheme, found.level) == (scheme, level)


def test_an_authority_outside_the_tables_lies_in_no_region():
    assert places.region("E09000001") is None


def test_a_scheme_that_is_not_there():
    with pytest.raises(ValueError, match="ITL2030 is none of ITL2025"):
        places.region("W06000023", "ITL2030")


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


@pytest.mark.parametrize(
    ("postcode", "country", "expected"),
    [
        ("48001", "ES", {"Bizkaia"}),
        ("10121", "IT", {"Torino"}),
        ("13900", "IT", {"Vercelli", "Biella"}),
        ("28921", "IT", {"Novara", "Verbano-Cusio-Ossola"}),
        ("8000", "DK", {"Østjylland"}),
        ("7400", "DK", {"Vestjylland", "Østjylland"}),
        ("7100", "DK", {"Sydjylland", "Østjylland"}),
        ("6000", "DK", {"Sydjylland"}),
        ("1050", "DK", set()),
        ("111 20", "SE", {"Stockholm"}),
        ("434 37", "SE", {"Västra Götaland", "Halland"}),
        ("281 31", "SE", {"Skåne", "Kronoberg"}),
        ("972 33", "SE", {"Norrbotten"}),
    ],
)
def test_candidates_elsewhere(postcode, country, expected):
    assert {place.name for place in places.candidates(postcode, country)} == expected


def test_every_authority_abroad_has_postcodes():
    countries = {"spain": "ES", "italy": "IT", "denmark": "DK", "sweden": "SE"}
    reached = {
        place
        for country in countries.values()
        for first in range(100)
        for place in places.candidates(f"{first:02}000", country)
    }
    assert reached == {place for place in places.places().values() if place.country in countries}


def test_every_authority_in_the_postcode_table_is_known():
    with (Path(places.__file__).parent / "data" / "outward_codes.csv").open(encoding="utf-8") as stream:
        named = {slug for row in csv.DictReader(stream) for slug in row["authorities"].split()}
    assert {slug for slug in named if places.find(slug) is None} == set()


def test_an_operator_s_own_rows_win(tmp_path, monkeypatch):
    own = tmp_path / "outward_codes.csv"
    own.write_text("country,outward,authorities\nGB,PR1,preston E07000126 E09000001\nGB,EC1A,E09000001 E09000033\n")
    monkeypatch.setattr(places, "own_outward_codes", own)
    places._outward.cache_clear()
    try:
        assert [place.slug for place in places.candidates("PR1 2HE")] == ["preston", "south-ribble", "elsewhere"]
        assert [place.code for place in places.candidates("EC1A 1BB")] == [places.ELSEWHERE]
        assert [places.contradicts("EC1A 1BB", code) for code in ("E09000001", places.ELSEWHERE, "E07000123")] == [
            False, False, True
        ]  # fmt: skip
        assert [place.slug for place in places.candidates("PR8 1AA")] == ["sefton"]
    finally:
        places._outward.cache_clear()


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

from collections import Counter

import pytest

from organisations import sic


@pytest.mark.parametrize(
    ("scheme", "version", "levels", "manufacturing"),
    [
        ("UKSIC2007", "2007", {"section": 21, "division": 88, "group": 272, "class": 615, "subclass": 731}, 259),
        ("NACE2", "Rev. 2", {"section": 21, "division": 88, "group": 272, "class": 615}, 230),
        ("NACE2.1", "Rev. 2.1", {"section": 22, "division": 87, "group": 287, "class": 651}, 232),
    ],
)
def test_the_tables_are_whole(scheme, version, levels, manufacturing):
    entries = sic.table(scheme)
    assert Counter(entry.level for entry in entries.values()) == levels
    assert {(entry.scheme, entry.version) for entry in entries.values()} == {(scheme, version)}
    assert all(entry.parent in entries for entry in entries.values() if entry.level != "section")
    assert all(entry.title for entry in entries.values())
    codes = sic.codes(scheme)
    assert list(codes) == sorted(codes)
    assert sum(code.section == sic.MANUFACTURING for code in codes.values()) == manufacturing
    assert {code.division for code in codes.values() if code.section == "C"} == {str(n) for n in range(10, 34)}


def test_codes_per_division_of_manufacturing():
    counts = Counter(code.division for code in sic.codes().values() if code.section == sic.MANUFACTURING)
    assert list(counts.values()) == [
        30, 7, 1, 13, 10, 3, 6, 8, 8, 3, 18, 2, 6, 24, 16, 17, 15, 10, 25, 6, 8, 4, 10, 9
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "division", "title"),
    [
        ("NACE2", "15", "Manufacture of leather and related products"),
        ("NACE2.1", "15", "Manufacture of leather and related products of other materials"),
        ("NACE2", "33", "Repair and installation of machinery and equipment"),
        ("NACE2.1", "33", "Repair, maintenance and installation of machinery and equipment"),
    ],
)
def test_titles_that_changed_with_revision_2_1(scheme, division, title):
    assert sic.table(scheme)[division].title == title


def test_a_section_s_letter_is_of_its_scheme():
    assert sic.table(sic.NACE2)["62"].parent == "J"
    assert sic.table(sic.NACE21)["62"].parent == "K"


# SIC-01 to SIC-08: what is typed, and the code, or the codes to choose from.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25620", "25620"),
        ("25.62", "25620"),
        ("2562", "25620"),
        (" 25620 ", "25620"),
        ("25600", ()),
        ("10110", "10110"),
        ("33200", "33200"),
        ("62012", "62012"),
        ("99999", "99999"),
        ("74990", "74990"),
        ("98000", "98000"),
        ("1392", ("13921", "13922", "13923")),
        ("1011", "10110"),
        ("01110", "01110"),
    ],
)
def test_codes_as_they_are_typed(text, expected):
    if isinstance(expected, str):
        assert sic.normalise(text).code == expected
        assert sic.find(expected) == sic.normalise(text)
        return
    with pytest.raises(sic.UnknownCode) as caught:
        sic.normalise(text)
    assert tuple(code.code for code in caught.value.choices) == expected


def test_a_code_knows_where_it_belongs():
    code = sic.normalise("25620")
    assert (code.code, code.title, code.section, code.division, code.nace) == ("25620", "Machining", "C", "25", "25.62")


@pytest.mark.parametrize("text", ["25600", "01000", "", "abc", "256", "2562O", "٢٥٦٢٠", "256201"])
def test_what_is_no_code(text):
    with pytest.raises(sic.UnknownCode) as caught:
        sic.normalise(text)
    assert caught.value.choices == ()


@pytest.mark.parametrize("text", ["10110", "33200"])
def test_first_and_last_code_of_manufacturing(text):
    assert sic.normalise(text).section == "C"


def test_a_valid_code_outside_manufacturing():
    assert sic.normalise("62012").section == "J"


@pytest.mark.parametrize("text", sorted(sic.UNTELLING))
def test_special_codes_are_valid(text):
    assert sic.normalise(text).code == text


@pytest.mark.parametrize("text", ["25.62", "2562", " 2562 ", "25620", "25.62.0", "25.62.00", "256200"])
def test_a_nace_class(text):
    code = sic.normalise(text, sic.NACE2)
    assert (code.code, code.nace, code.section, code.scheme) == ("2562", "25.62", "C", "NACE2")
    assert sic.find("2562") == code


@pytest.mark.parametrize("text", ["2560", "25.6", "25", "", "C", "2562000", "٢٥٦٢"])
def test_what_is_no_nace_class(text):
    with pytest.raises(sic.UnknownCode, match="is not a NACE Rev. 2 code") as caught:
        sic.normalise(text, sic.NACE2)
    assert (caught.value.text, caught.value.choices, caught.value.scheme) == (text, (), "NACE2")


def test_a_class_means_what_its_revision_says():
    assert sic.normalise("25.53", sic.NACE21).title == "Machining of metals"
    with pytest.raises(sic.UnknownCode):
        sic.normalise("25.53", sic.NACE2)
    assert sic.normalise("25.62", sic.NACE21).title == "Manufacture of locks and hinges"


def test_each_country_s_scheme():
    assert {country: sic.scheme_of(country) for country in ("GB", "ES", "IT", "DK", "SE")} == {
        "GB": "UKSIC2007", "ES": "NACE2", "IT": "NACE2", "DK": "NACE2", "SE": "NACE2"
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "C", "25", "256", "25600", "0000"])
def test_what_was_never_kept_is_not_found(text):
    assert sic.find(text) is None


def test_search_in_another_scheme():
    assert sic.search("machining", scheme=sic.NACE2)[0].code == "2562"
    assert [code.code for code in sic.search("25.5", scheme=sic.NACE21)] == ["2551", "2552", "2553"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("machining", "25620"),
        ("bakery", "10710"),
        ("25.6", "25610"),
        ("brewing", "11050"),
        ("kitchen furniture", "31020"),
    ],
)
def test_search_puts_the_best_first(words, code):
    assert sic.search(words)[0].code == code


def test_search_prefers_makers_to_sellers():
    assert [code.section for code in sic.search("furniture", limit=3)] == ["C", "C", "C"]


@pytest.mark.parametrize("words", ["", "the of", "zzzz", "9"])
def test_search_without_a_telling_word(words):
    assert all(code.code.startswith("9") for code in sic.search(words))

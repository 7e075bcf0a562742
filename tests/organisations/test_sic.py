import pytest

from organisations import sic


def test_all_codes_of_the_scheme_are_there():
    codes = sic.codes()
    assert len(codes) == 731
    assert sum(code.section == sic.MANUFACTURING for code in codes.values()) == 259
    assert len({code.division for code in codes.values()}) == 88


def test_a_code_knows_where_it_belongs():
    code = sic.normalise("25620")
    assert (code.code, code.title, code.section, code.division, code.nace) == ("25620", "Machining", "C", "25", "25.62")


@pytest.mark.parametrize("text", ["25.62", "2562", " 25620 ", "25620"])
def test_spellings_of_one_code(text):
    assert sic.normalise(text).code == "25620"


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


def test_a_class_with_several_codes_asks_which():
    with pytest.raises(sic.UnknownCode) as caught:
        sic.normalise("1392")
    assert [code.code for code in caught.value.choices] == ["13921", "13922", "13923"]


def test_a_class_with_one_code_is_that_code():
    assert sic.normalise("1011").code == "10110"


def test_the_leading_zero_stays():
    assert sic.normalise("01110").code == "01110"


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

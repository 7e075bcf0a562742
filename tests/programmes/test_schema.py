import copy

import pytest
import yaml
from pydantic import ValidationError

from programmes import loading, schema


@pytest.fixture(scope="module")
def north_west():
    return yaml.safe_load((loading.FOLDER / "made-smarter-north-west.yaml").read_text())


def _problems(data, edit):
    data = copy.deepcopy(data)
    edit(data)
    with pytest.raises(ValidationError) as caught:
        schema.ProgrammeFile.model_validate(data)
    return [(".".join(map(str, problem["loc"])), problem["msg"]) for problem in caught.value.errors()]


def _set(path, value):
    def edit(data):
        *parents, last = path
        for part in parents:
            data = data[part]
        data[last] = value

    return edit


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (["nonsense"], 1, "Extra inputs"),
        (["slug"], "Made Smarter", "lower-case letters"),
        (["prefix"], "m", "capital letters"),
        (["colour"], "#ffdd00", "4.5:1"),
        (["colour"], "blue", "#12436d"),
        (["time_zone"], "Europe/Preston", "Europe/London"),
        (["contact_email"], "nobody", "email address"),
        (["country"], "Wales", "country code"),
        (["regions", 0, "local_authorities", 0], "atlantis", "places.csv"),
        (["next_places", 0, "url"], "http://example.org", "https://"),
        (["versions", 0, "eligibility", "size", "employees"], 249.5, "Give a number"),
        (["versions", 0, "eligibility", "size", "turnover"], 44000000.5, "Give a number"),
        (["versions", 0, "eligibility", "sectors"], ["manufacturing"], "section letter"),
        (["versions", 0, "terms", "match-funding", "rate"], "101", "0 to 100"),
        (["versions", 0, "terms", "match-funding", "trl"], {"min": 9, "max": 5}, "min must not be above max"),
        (["versions", 0, "terms", "match-funding", "category_caps"], {"gold": "1"}, "Input should be"),
        (["versions", 0, "terms", "match-funding", "categories"], [], "at least 1"),
        (["calls", 0, "opens"], "soon", "2027-12-31 17:00"),
        (["calls", 0, "opens"], "2026-13-01 09:00", "2027-12-31 17:00"),
        (["calls", 0, "closes"], "2026-04-01 09:00", "closes must be after opens"),
        (["calls", 0, "instrument"], "leadership-programme", "has no terms on the opening day"),
        (["versions", 0, "eligibility", "strands", 0, "instrument"], "gold", "unknown instrument: gold"),
        (["regions", 1, "local_authorities"], ["preston"], "one region only"),
        (["regions", 1, "slug"], "lancashire", "slug lancashire appears twice"),
        (["calls", 0, "criteria", 1, "code"], "need", "code need appears twice"),
        (["texts", "a.key"], {"sv": "Hej"}, "sv is not among the languages"),
    ],
)
def test_what_is_wrong_is_named(north_west, path, value, expected):
    problems = _problems(north_west, _set(path, value))
    assert any(expected in message for _path, message in problems), problems


def test_the_path_leads_to_the_mistake(north_west):
    path = ["versions", 0, "eligibility", "size", "employees"]
    assert [found for found, _message in _problems(north_west, _set(path, "many"))] == [".".join(map(str, path))]


def test_a_category_with_its_own_rate_must_be_allowed(north_west):
    def edit(data):
        data["versions"][0]["terms"]["match-funding"] |= {"categories": ["labour"], "category_caps": {"other": "1"}}

    assert "other has a rate or cap" in _problems(north_west, edit)[0][1]


@pytest.mark.parametrize(("colour", "ratio"), [("#ffffff", 1.0), ("#000000", 21.0), ("#767676", 4.54)])
def test_contrast(colour, ratio):
    assert schema.contrast_on_white(colour) == pytest.approx(ratio, abs=0.01)


def test_figures_are_kept_as_plain_digits():
    rate = schema.Terms(categories=["other"], rate="50").rate
    assert loading.plain({"a": rate, "b": (True, None, 3)}) == {"a": "50", "b": [True, None, 3]}

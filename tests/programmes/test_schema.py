import copy

import pytest
import yaml
from pydantic import ValidationError

from programmes import file_fields, file_rules, loading, schema


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
        (["name"], "", "not empty"),
        (["name"], "x" * 121, "at most 120"),
        (["name"], 2027, "Give a text"),
        (["name"], {}, "Give a text"),
        (["name"], {"en-gb": 5}, "Give a text"),
        (["name"], {"en-gb": "A", "sv": "B"}, "programme.name: sv is not among the languages"),
        (["name"], {"cy": "B", "en-gb": "A"}, "programme.name: write the main language, en-gb, first"),
        (["instruments", 0, "name"], {"cy": "B"}, "instrument.digital-diagnostic.name: write the main language"),
        (["summary"], "a\x00b", "cannot be stored"),
        (["texts", "a.key"], {"en-gb": "a\ud800"}, "cannot be stored"),
        (["slug"], "a" * 51, "at most 50"),
        (["partners", 0, "role"], "friend", "Input should be"),
        (["partners", 0, "logo"], "https://elsewhere.example/logo.svg", "img/partners/name.svg"),
        (["budget", 0, "amount"], "1000000000000", "less than"),
        (["promise_days", "lead"], 367, "less than or equal"),
        (["delivery"], {"from": "2027-01-01", "to": "2026-01-01"}, "to must not be before from"),
        (["combine"], [["match-funding"]], "at least 2"),
        (["combine"], [["match-funding", "gold"]], "combine names an unknown instrument: gold"),
        (["targets", 1, "code"], "one-to-one", "code one-to-one appears twice"),
        (["targets", 0, "code"], "one to one", "a code of letters"),
        (["retention", "records_years"], 0, "greater than or equal"),
        (["applicants"], "anybody", "Input should be"),
        (["instruments", 0, "kind"], "gift", "Input should be"),
        (["instruments", 0, "places"], 0, "greater than or equal"),
        (["instruments", 0, "level"], "galactic", "Input should be"),
        (["versions", 0, "eligibility", "sources"], {}, "incentive_effect, legal_form, place, sector, size"),
        (["versions", 0, "eligibility", "sources", "luck"], {"text": "x", "as_of": "2026-01-01"}, "Input should be"),
        (["versions", 0, "eligibility", "strands"], [], "at least 1"),
        (["versions", 0, "eligibility", "strands", 0, "regions"], ["atlantis"], "unknown region: atlantis"),
        (["versions", 0, "eligibility", "strands", 0, "instrument"], "match-funding", "an instrument has two strands"),
        (["versions", 0, "eligibility", "strands", 0, "asks"], [""], "not empty"),
        (["versions", 0, "eligibility", "override"], {"second_person_over": "-1"}, "Give 0 or more"),
        (["versions", 0, "terms", "match-funding", "rate"], None, "Give a rate, or category_rates for capital_equipm"),
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
        (
            ["calls", 0, "budget_lines", 0, "amount"],
            "1.00",
            "budget_lines come to 1300001.00, the budget is 3000000.00",
        ),
        (["calls", 0, "budget_lines", 0, "to"], "2026-01-01", "to must not be before from"),
        (["calls", 0, "approval_bands"], [{"up_to": "5.00", "approvers": 1}], "the last band, and no other"),
        (["calls", 0, "approval_bands"], [{"approvers": 1}, {"approvers": 2}], "the last band, and no other"),
        (["calls", 0, "approval_bands", 1, "approvers"], 0, "greater than or equal"),
        (["calls", 0, "approval_bands", 0, "approvers"], 3, "more money must not need fewer"),
        (["calls", 0, "approval_bands"], [{"up_to": "5", "approvers": 1}] * 2 + [{"approvers": 1}], "up_to must rise"),
        (["calls", 0, "reviews_needed"], 10, "less than or equal"),
        (["calls", 0, "claim_terms", "method"], "advance", "Input should be"),
        (["calls", 0, "claim_terms", "retention_percent"], "51", "less than or equal"),
        (["calls", 0, "partner_terms"], {"forms": ["FRIENDS"]}, "Input should be"),
        (["versions", 0, "terms", "match-funding", "maximum"], {"amount": "5", "of": "half"}, "Input should be"),
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


def test_the_largest_project_is_not_smaller_than_the_smallest(north_west):
    def edit(data):
        sizes = {"minimum": {"amount": "9.00", "of": "total"}, "maximum": {"amount": "8.00", "of": "total"}}
        data["versions"][0]["terms"]["match-funding"] |= sizes

    assert "maximum must not be below minimum" in _problems(north_west, edit)[0][1]


def test_a_category_with_its_own_rate_must_be_allowed(north_west):
    def edit(data):
        data["versions"][0]["terms"]["match-funding"] |= {"categories": ["labour"], "category_caps": {"other": "1"}}

    assert "other has a rate or cap" in _problems(north_west, edit)[0][1]


@pytest.mark.parametrize(("colour", "ratio"), [("#ffffff", 1.0), ("#000000", 21.0), ("#767676", 4.54)])
def test_contrast(colour, ratio):
    assert file_fields.contrast_on_white(colour) == pytest.approx(ratio, abs=0.01)


def test_figures_are_kept_as_plain_digits():
    rate = file_rules.Terms(categories=["other"], rate="50").rate
    assert loading.plain({"a": rate, "b": (True, None, 3)}) == {"a": "50", "b": [True, None, 3]}


def _strand(**values):
    return file_rules.Strand.model_validate({"instrument": "a", **values})


def _refused(model, **values):
    with pytest.raises(ValidationError) as caught:
        model.model_validate(values)
    return caught.value.errors()[0]["msg"]


INSTRUMENT = {"slug": "a", "name": "A", "summary": "A."}


def test_a_strand_has_one_area():
    assert _strand(regions=["b"]).regions == ["b"]
    both = _refused(file_rules.Strand, instrument="a", regions=["b"], local_authorities=["preston"])
    assert both == "Give regions or local_authorities, not both"


def test_a_measure_that_firms_take_by_themselves_says_what_it_is():
    assert "names its measure and its level" in _refused(schema.Instrument, **INSTRUMENT, kind="entitlement")
    assert "needs no case" in _refused(schema.Instrument, **INSTRUMENT, kind="signpost", needs_case=True)
    tax = schema.Instrument.model_validate({**INSTRUMENT, "kind": "entitlement", "measure": "tax", "level": "national"})
    assert not tax.gives_grant


@pytest.mark.parametrize(
    ("rates", "missing"),
    [
        ({"rate": "50"}, None),
        ({"category_rates": {"labour": {"any": "40"}, "other": {"small": "20"}}}, None),
        ({"category_rates": {"labour": {"any": "40"}}}, "other"),
        ({"category_rates": {"labour": {"any": "40"}, "other": {}}}, "other"),
        ({}, "labour, other"),
    ],
)
def test_everything_that_is_paid_for_has_a_rate(rates, missing):
    terms = {"categories": ["labour", "other"], **rates}
    if missing is None:
        assert file_rules.Terms.model_validate(terms)
    else:
        assert _refused(file_rules.Terms, **terms) == f"Give a rate, or category_rates for {missing}"


def test_rules_that_are_left_out_do_not_exist():
    rate = {"rate": "1", "as_of": "2026-01-01", "source": "The euro itself"}
    rules = file_rules.Eligibility.model_validate(
        {"euro_rate": rate, "anywhere": True, "strands": [{"instrument": "a"}]}
    )
    assert list(rules.rules()) == []
    assert list(rules.model_copy(update={"anywhere": False}).rules()) == ["place"]


def test_words_keep_their_languages():
    said = schema.Instrument.model_validate({**INSTRUMENT, "kind": "advice", "name": {"en-gb": "A", "cy": "B"}}).name
    assert (said, said.main, said.others) == ("A", "en-gb", {"cy": "B"})
    plain = schema.Instrument.model_validate({**INSTRUMENT, "kind": "advice"}).name
    assert (plain, plain.main, plain.others) == ("A", "", {})
    assert type(loading.plain(said)) is str

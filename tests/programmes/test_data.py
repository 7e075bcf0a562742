"""The programmes that come with the portal make sense: what their sources state is in them."""

import re
from datetime import date

import pytest
import yaml

from organisations import places
from programmes import loading
from programmes.models import Call, Instrument, Programme, Text
from tests.factories.programmes import load_programmes

PATHS = {path.stem: path for path in sorted(loading.FOLDER.glob("*.yaml"))}
LANGUAGES = {
    "made-smarter-north-west": ["en-gb"],
    "wales-industry-4": ["en-gb", "cy"],
    "basque-industry-4": ["en-gb", "es"],
    "piemonte-impresa-4": ["en-gb", "it"],
    "central-denmark-growth": ["en-gb", "da"],
    "smart-industri-i-regionerna": ["en-gb", "sv"],
}


@pytest.fixture
def programmes(db):
    return load_programmes()


@pytest.fixture(params=sorted(PATHS))
def programme(request, programmes):
    return programmes[request.param]


def _rules(programme):
    return programme.terms_on(date(2026, 11, 22)).eligibility


def _instruments(programme):
    return {row.slug: row for row in programme.instruments.order_by("position")}


def test_six_files_named_by_their_slugs():
    assert {name: loading.read(path).slug for name, path in PATHS.items()} == {name: name for name in LANGUAGES}


def test_what_firms_read_before_they_sign_in_is_in_every_language(programme):
    assert programme.languages == LANGUAGES[programme.slug]
    found = loading.read(PATHS[programme.slug])
    proper_names = {"Finpiemonte", "Virksomhedsguiden", "Verksamt", "Tillväxtverket", "Nuova Sabatini", "Patent Box"}
    shown = ("programme.", "instrument.", "next.", "work_package.", "target.", "asks.")
    for key, said in found.words():
        if key.startswith(shown) and said not in proper_names:
            assert set(said.others) == set(programme.languages[1:]), key
    intro = programme.texts.filter(key="eligibility.intro").values_list("language", flat=True)
    assert sorted(intro) == sorted(programme.languages)


def test_every_rule_says_where_it_comes_from(programme):
    rules = _rules(programme)
    present = {
        "size": "size",
        "sectors": "sector",
        "places": "place",
        "legal_forms": "legal_form",
        "aid": "aid_headroom",
    }
    for name, rule in present.items():
        if name in rules:
            source = rules["sources"][rule]
            assert source["text"]
            assert date.fromisoformat(source["as_of"]) <= date(2026, 11, 22)


def test_regions_are_places_of_its_country(programme):
    countries = {"GB": {"england", "wales"}, "ES": {"spain"}, "IT": {"italy"}, "DK": {"denmark"}, "SE": {"sweden"}}
    for region in programme.regions.all():
        found = {places.places()[code].country for code in region.local_authorities}
        assert found <= countries[programme.country]
    assert programme.region_scheme["name"] == ("ITL" if programme.country == "GB" else "NUTS")


@pytest.mark.parametrize("name", PATHS)
def test_every_amount_and_rate_has_its_mark(name):
    lines = PATHS[name].read_text().splitlines()
    figures = [
        line
        for line in lines
        if re.match(r"\s*(amount|rate|cap|limit|employees|turnover|balance_sheet|budget): \S", line)
    ]
    assert [line for line in figures if not re.search(r"# .*\[[SVKD]\]", line)] == []


def test_made_smarter_is_complete(programmes):
    north_west = programmes["made-smarter-north-west"]
    size = _rules(north_west)["size"]
    assert (size["employees"], size["turnover"], size["balance_sheet"], size["operator"]) == (
        250, "44000000.00", "38500000.00", "lt",
    )  # fmt: skip
    assert sum(len(region.local_authorities) for region in north_west.regions.all()) == 35
    assert [row.kind for row in _instruments(north_west).values()] == [
        "diagnostic", "grant", "advice", "placement", "course",
    ]  # fmt: skip
    assert north_west.delivery == {"from": "2026-04-01", "to": "2029-03-31"}
    assert north_west.retention == {"records_years": 10, "held_back_percent": "0"}
    assert north_west.may_combine(["match-funding", "student-placement"])
    assert _rules(north_west)["override"] == {"second_person_over": "10000.00"}
    assert [target["target"] for target in north_west.targets[:2]] == [1500, 300]
    assert "$ends_on" in Text.objects.get(programme=north_west, key="offer.conditions").body


def test_wales_is_complete(programmes):
    wales = programmes["wales-industry-4"]
    found = _instruments(wales)
    assert found["industry-4-diagnostic"].places == 700
    terms = wales.terms_on(date(2026, 11, 22)).document["terms"]["innovation-voucher-plus"]
    assert (terms["rate"], terms["cap"]) == ("50", "100000.00")
    assert {"capital_equipment", "associated_costs", "complementary_equipment", "rto_support", "upskilling"} <= set(
        terms["categories"]
    )
    uk = [row for row in found.values() if row.level == "uk" and row.slug != "national-calls"]
    assert {row.slug: row.measure for row in uk} == {
        "hyper-and-super-depreciation": "tax",
        "nuova-sabatini": "loan",
        "tax-credit-for-research": "tax",
        "patent-box": "tax",
        "tax-credit-for-training": "tax",
    }
    assert all((row.kind, row.needs_case) == ("signpost", False) for row in uk)
    conditions = Text.objects.filter(programme=wales, key="offer.conditions")
    assert {text.language: text.body.count("\n") for text in conditions} == {"en-gb": 7, "cy": 7}


def test_the_basque_call_can_do_without_a_research_partner_by_a_switch(programmes):
    call = Call.objects.get(instrument__programme=programmes["basque-industry-4"])
    assert call.budget == 2_500_000
    assert call.terms["research_partner"] is True
    assert (call.terms["trl"], call.terms["months"]) == ({"min": 5, "max": 9}, 16)
    assert call.terms["minimum"] == {"amount": "75000.00", "of": "total"}
    data = yaml.safe_load(PATHS["basque-industry-4"].read_text())
    data["versions"][0]["terms"]["industry-4-call"]["research_partner"] = False
    found = loading.schema.ProgrammeFile.model_validate(data)
    assert not found.versions[0].terms["industry-4-call"].research_partner


def test_piemonte_asks_nothing_of_a_firm_but_what_a_measure_asks(programmes):
    piemonte = programmes["piemonte-impresa-4"]
    rules = _rules(piemonte)
    assert not {"size", "sectors", "places", "legal_forms", "aid"} & set(rules)
    found = _instruments(piemonte)
    assert len(found) == len(rules["strands"]) == 10
    assert all(strand["base"] is False and not strand["gives_grant"] for strand in rules["strands"])
    assert {row.level for row in found.values()} == {"national"}
    assert not any(row.needs_case for row in found.values())
    for_smes = {strand["instrument"] for strand in rules["strands"] if strand.get("sizes")}
    assert for_smes == {"guarantee-fund", "innovative-start-ups"}
    assert (piemonte.takes_applications, piemonte.can_be_joined) == (False, False)
    question = next(strand["asks"][0] for strand in rules["strands"] if strand["instrument"] == "innovative-start-ups")
    assert piemonte.words("it").translated(question).startswith("La tua impresa")


def test_central_denmark_has_work_packages_and_targets(programmes):
    denmark = programmes["central-denmark-growth"]
    assert [package["code"] for package in denmark.work_packages] == ["WP1", "WP2", "WP3", "WP4"]
    assert {target["code"]: target["target"] for target in denmark.targets} == {"A": 30, "B": 12, "C": 120, "D": 1200}
    assert (denmark.currency, denmark.time_zone) == ("DKK", "Europe/Copenhagen")
    assert [partner["role"] for partner in denmark.partners].count("wanted") == 7
    assert {"legal_forms", "aid"}.isdisjoint(_rules(denmark))


def test_sweden_has_two_generations_and_all_counties(programmes):
    sweden = programmes["smart-industri-i-regionerna"]
    assert [(row["budget"], row["currency"]) for row in sweden.generations] == [
        ("25000000.00", "SEK"), ("80000000.00", "SEK"),
    ]  # fmt: skip
    assert sweden.regions.count() == 21
    assert (sweden.applicants, sweden.takes_applications) == (Programme.Applicants.ORGANISATIONS, False)
    assert {"B", "C", "49", "74"} <= set(_rules(sweden)["sectors"])
    call = Call.objects.get(instrument__programme=sweden)
    assert (sweden.local_date(call.opens_at), sweden.local_date(call.closes_at)) == (
        date(2019, 6, 1),
        date(2019, 10, 31),
    )
    assert Instrument.objects.filter(programme=sweden, kind="project").count() == 2


def test_strands_name_their_own_area_only_where_it_is_another_than_the_programmes():
    data = yaml.safe_load(PATHS["wales-industry-4"].read_text())
    strands = data["versions"][0]["eligibility"]["strands"]
    assert all(len(strand["regions"]) == 3 for strand in strands)

    def areas(data):
        found = loading.schema.ProgrammeFile.model_validate(data)
        written = loading.document(found, found.versions[0])["eligibility"]
        return [strand.get("places") for strand in written["strands"]]

    assert areas(data) == [None, None, None]
    strands[0]["regions"] = ["north-wales"]
    del strands[1]["regions"]
    strands[1]["local_authorities"] = ["wrexham", "cardiff"]
    strands[2]["base"] = False
    north, two, all_wales = areas(data)
    assert (len(north), two, len(all_wales)) == (6, ["W06000006", "W06000015"], 22)

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from programmes import loading
from programmes.matching import GrantTerms
from programmes.models import Call, Instrument, Programme, ProgrammeVersion, Region, Text
from tests.factories.programmes import load_programmes

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FILES = sorted(loading.FOLDER.glob("*.yaml"))


@pytest.fixture
def changed(tmp_path):
    """`changed(edit)` gives a copy of the North West file after `edit(data)`."""

    def change(edit=lambda data: None, name="programme.yaml"):
        data = yaml.safe_load((loading.FOLDER / "made-smarter-north-west.yaml").read_text())
        edit(data)
        path = tmp_path / name
        path.write_text(yaml.safe_dump(data, sort_keys=False))
        return path

    return change


def _load(*paths, **kwargs):
    return loading.load(loading.read_all(paths), at=NOW, **kwargs)


def _problems(*paths):
    with pytest.raises(loading.UnableToLoad) as caught:
        _load(*paths)
    return caught.value.problems


def _counts():
    return [model.objects.count() for model in (Programme, ProgrammeVersion, Region, Instrument, Call, Text)]


def test_the_programmes_that_come_with_the_portal(db):
    programmes = load_programmes()
    assert {slug: (found.prefix, found.status) for slug, found in programmes.items()} == {
        "made-smarter-north-west": ("MSNW", "OPEN"),
        "wales-industry-4": ("WAI4", "OPEN"),
        "basque-industry-4": ("BAI4", "PREVIEW"),
        "piemonte-impresa-4": ("PII4", "OPEN"),
        "central-denmark-growth": ("CDG4", "PREVIEW"),
        "smart-industri-i-regionerna": ("SIR2", "PREVIEW"),
    }
    north_west = programmes["made-smarter-north-west"]
    assert sum(len(region.local_authorities) for region in north_west.regions.all()) == 35
    assert sum(len(region.local_authorities) for region in programmes["wales-industry-4"].regions.all()) == 22
    assert [stage["target"] for stage in north_west.funnel] == [15000, 1500, 300, 60]
    call = Call.objects.get(instrument__slug="match-funding")
    assert call.is_open(NOW)
    assert call.is_open(datetime(2027, 12, 31, 16, 59, tzinfo=UTC))
    terms = GrantTerms.from_data({"currency": call.currency, **call.terms})
    assert (terms.rate, terms.cap) == (50, 20000)


def test_loading_twice_changes_nothing(db):
    assert _load(*FILES)
    before = _counts()
    assert _load(*FILES) == []
    assert _counts() == before


def test_a_check_says_what_would_change_and_keeps_nothing(db):
    assert "+ made-smarter-north-west" in _load(*FILES, check=True)
    assert _counts() == [0] * 6


def test_a_change_is_loaded_and_told(db, changed):
    _load(changed())

    def edit(data):
        data["short_name"] = "MSNW"
        data["regions"][0]["name"] = "Lancs"
        data["calls"][0] |= {"budget": "5.00", "budget_lines": []}

    assert _load(changed(edit))[:3] == [
        "~ made-smarter-north-west: short_name: 'Made Smarter' -> 'MSNW'",
        "~ made-smarter-north-west region lancashire: name: 'Lancashire' -> 'Lancs'",
        "~ made-smarter-north-west call match-funding-2026: budget: Decimal('3000000.00') -> Decimal('5.00')",
    ]


def test_a_published_version_is_never_rewritten(db, changed):
    _load(changed())

    def edit(data):
        data["versions"][0]["eligibility"]["size"]["employees"] = 500

    (problem,) = _problems(changed(edit))
    assert "version 2026-04-01: is published with other content (eligibility.size.employees: 250 -> 500)" in problem
    assert ProgrammeVersion.objects.get().document["eligibility"]["size"]["employees"] == 250


def test_another_day_for_a_published_version_is_refused(db, changed):
    _load(changed())

    def edit(data):
        data["versions"][0]["valid_from"] = "2026-04-02"

    assert "(valid_from: '2026-04-01' -> '2026-04-02')" in _problems(changed(edit))[0]


def test_a_new_version_stands_beside_the_old_one(db, changed):
    _load(changed())

    def edit(data):
        newer = yaml.safe_load(yaml.safe_dump(data["versions"][0]))
        newer |= {"number": "2027-04-01", "valid_from": "2027-04-01"}
        newer["terms"]["match-funding"]["rate"] = "40"
        data["versions"].append(newer)

    assert _load(changed(edit)) == ["+ made-smarter-north-west version 2027-04-01"]
    programme = Programme.objects.get()
    assert str(programme.terms_on(datetime(2027, 3, 31).date())) == "made-smarter-north-west/2026-04-01"  # noqa: DTZ001
    assert programme.terms_on(datetime(2027, 4, 1).date()).document["terms"]["match-funding"]["rate"] == "40"  # noqa: DTZ001
    assert Call.objects.get().terms["rate"] == "50"


def test_terms_and_criteria_of_a_call_stay(db, changed):
    _load(changed())

    def edit(data):
        data["calls"][0]["criteria"][0]["weight"] = 99
        data["calls"][0]["opens"] = "2026-04-02 09:00"

    problems = _problems(changed(edit))
    assert [problem.partition(":")[0] for problem in problems] == [
        "made-smarter-north-west call match-funding-2026"
    ] * 2


def test_how_a_call_runs_is_loaded_and_what_applicants_go_through_stays(db, changed):
    _load(changed())
    call = Call.objects.get()
    assert [band["approvers"] for band in call.approval_bands] == [1, 2]
    assert call.approval_bands[1]["up_to"] is None
    assert sum(Decimal(line["amount"]) for line in call.budget_lines) == call.budget
    assert call.claim_terms["retention_percent"] == "10"

    def edit(data):
        data["calls"][0] |= {"is_blind": True, "claim_terms": {"months": 6}, "accept_days": 14}

    assert [problem.split(": ")[1] for problem in _problems(changed(edit))] == [
        "is_blind is published and may not change",
        "claim_terms is published and may not change",
    ]


def test_a_call_that_was_loaded_before_files_said_how_it_runs_takes_it_over(db, changed):
    _load(changed())
    call = Call.objects.get()
    known = ("name", "closes_at", "budget", "promise_days")
    call.claim_terms, call.approval_bands = {}, []
    call.loaded = {name: call.loaded[name] for name in known}
    call.save()
    assert {line.split(": ")[1] for line in _load(changed())} == {"claim_terms", "approval_bands"}
    assert _load(changed()) == []


def test_what_was_loaded_may_not_be_taken_out(db, changed):
    def with_second(data):
        newer = yaml.safe_load(yaml.safe_dump(data["versions"][0]))
        data["versions"].append(newer | {"number": "2025", "valid_from": "2025-04-01"})

    _load(changed(with_second))

    def edit(data):
        del data["regions"][4]
        data["instruments"] = [row for row in data["instruments"] if row["slug"] != "leadership-programme"]
        data["versions"][0]["eligibility"]["strands"].pop()
        del data["combine"]

    problems = "\n".join(_problems(changed(edit)))
    for part in ("version 2025: is loaded", "region cumbria: is loaded", "instrument leadership-programme: is loaded"):
        assert part in problems


def test_managers_words_are_not_overwritten(db, changed):
    _load(changed())
    Text.objects.filter(key="eligibility.intro").update(body="Edited")

    def edit(data):
        data["texts"]["eligibility.intro"] = {"en-gb": "From the file"}
        data["texts"]["offer.conditions"] = {"en-gb": "Keep the invoices."}
        data["texts"]["mail.case_accepted.subject"] = {"en-gb": "welcome"}

    before = Text.objects.get(key="offer.conditions").body
    assert _load(changed(edit)) == [
        f"~ made-smarter-north-west text offer.conditions (en-gb): body: {before!r} -> 'Keep the invoices.'",
        "+ made-smarter-north-west text mail.case_accepted.subject (en-gb)",
    ]
    assert Text.objects.get(key="eligibility.intro").body == "Edited"
    assert _load(changed(edit)) == []


def test_what_managers_changed_stays_until_the_file_says_something_new(db, changed):
    _load(changed())
    closes = datetime(2028, 1, 31, 17, tzinfo=UTC)
    Call.objects.update(closes_at=closes, budget=Decimal(7))
    Instrument.objects.filter(slug="match-funding").update(example_terms=False)
    Programme.objects.update(promise_days={"lead": 9})
    assert _load(changed()) == []

    def edit(data):
        data["calls"][0] |= {"budget": "8.00", "budget_lines": []}
        data["promise_days"]["lead"] = 3

    promises, budget, lines = (line.split(" -> ")[0] for line in _load(changed(edit)))
    assert promises == "~ made-smarter-north-west: promise_days: {'lead': 9}"
    assert budget == "~ made-smarter-north-west call match-funding-2026: budget: Decimal('7.00')"
    assert lines.startswith("~ made-smarter-north-west call match-funding-2026: budget_lines: [")
    call = Call.objects.get()
    assert (call.closes_at, call.budget) == (closes, 8)
    assert Programme.objects.get().promise_days["lead"] == 3
    assert not Instrument.objects.get(slug="match-funding").example_terms


def test_one_bad_file_loads_none(db, changed):
    def edit(data):
        data["colour"] = "#ffdd00"

    problems = _problems(*FILES, changed(edit, "bright.yaml"))
    assert any(problem.startswith("bright.yaml: colour: Choose a darker colour") for problem in problems)
    assert _counts() == [0] * 6


def test_two_files_may_not_share_a_slug_or_prefix(db, changed):
    problems = _problems(changed(name="a.yaml"), changed(name="b.yaml"))
    assert problems == [
        "b.yaml: slug: made-smarter-north-west is used by a.yaml too",
        "b.yaml: prefix: MSNW is used by a.yaml too",
    ]


def test_a_prefix_of_another_programme_is_refused(db, changed):
    _load(changed())

    def edit(data):
        data["slug"] = "another"

    assert _problems(changed(edit)) == ["another: prefix: MSNW is used by made-smarter-north-west"]
    assert Programme.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("slug: [", "is not YAML"),
        ("slug: a\nslug: b", "the key slug is written twice"),
        ("- a", "(whole file)"),
        ("", "The file is empty"),
    ],
)
def test_files_that_are_no_programme(tmp_path, text, expected):
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(loading.UnableToLoad, match="x.yaml") as caught:
        loading.read(path)
    assert expected in str(caught.value)


def test_a_file_that_is_not_there():
    with pytest.raises(loading.UnableToLoad, match="cannot be read"):
        loading.read(Path("nowhere.yaml"))


def test_a_language_the_portal_does_not_speak(changed):
    def edit(data):
        data["languages"] = ["en-gb", "tlh"]

    with pytest.raises(loading.UnableToLoad, match="languages: tlh is not a language of the portal"):
        loading.read(changed(edit))


def test_the_command(db, capsys):
    call_command("load_programmes", "--check")
    assert "+ wales-industry-4" in capsys.readouterr().out
    assert Programme.objects.count() == 0
    call_command("load_programmes")
    capsys.readouterr()
    call_command("load_programmes", str(loading.FOLDER))
    assert capsys.readouterr().out == "Nothing to change.\n"


def test_the_command_names_what_is_wrong(db, changed):
    def edit(data):
        data["currency"] = "XXX"

    with pytest.raises(CommandError) as caught:
        call_command("load_programmes", str(changed(edit)))
    assert str(caught.value) == "programme.yaml: currency: Give one of GBP, EUR, SEK, DKK\nNothing was loaded."


def test_the_command_shows_each_place_that_differs(db, changed, capsys):
    _load(changed())

    def edit(data):
        data["partners"][1]["name"] = "Siemens plc"
        data["promise_days"]["lead"] = 3
        data["delivery"] = None
        data["funnel"].pop()
        newer = yaml.safe_load(yaml.safe_dump(data["versions"][0])) | {"number": "2027", "valid_from": "2027-04-01"}
        newer["terms"]["match-funding"]["rate"] = "40"
        newer["terms"]["match-funding"]["categories"].pop()
        data["versions"].append(newer)

    call_command("load_programmes", "--check", str(changed(edit)))
    assert capsys.readouterr().out.splitlines() == [
        "~ made-smarter-north-west: partners[1].name: 'Siemens' -> 'Siemens plc'",
        "~ made-smarter-north-west: funnel[3]: {'stage': 'funded', 'source': 'Firms with agreed funding, 2019', "
        "'target': 60} -> None",
        "~ made-smarter-north-west: promise_days.lead: 2 -> 3",
        "~ made-smarter-north-west: delivery: {'to': '2029-03-31', 'from': '2026-04-01'} -> None",
        "+ made-smarter-north-west version 2027",
        "    terms.match-funding.categories[9]: 'other' -> None",
        "    terms.match-funding.rate: '50' -> '40'",
    ]

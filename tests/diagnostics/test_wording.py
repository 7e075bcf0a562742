"""Numbers in words: what cannot be seen from one firm's pages."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import translation

from diagnostics import matched, planning, results, snapshots, wording
from diagnostics.models import PlanAction
from diagnostics.rendering.cards import money_needed
from tests.diagnostics.test_scoring import CODES, DOCUMENT, FACTS

EXACT = {**FACTS, "employees": Decimal(80)}


def made(answers, facts=EXACT, moderated=None):
    return snapshots.snapshot(DOCUMENT, facts, answers, moderated or {})


def test_sentence():
    level = dict.fromkeys(CODES, 2)
    assert wording.sentence(DOCUMENT, made(level)["result"]).startswith("You are developing throughout: furthest in ")
    better = {**level, **dict.fromkeys([code for code in CODES if code.startswith("PI")], 4)}
    assert wording.sentence(DOCUMENT, made(better)["result"]) == (
        "You are leading in product innovation and developing in production efficiency upgrades."
    )
    held = {**dict.fromkeys(CODES, 4), "MS06": 1}
    assert wording.sentence(DOCUMENT, made(held)["result"]).endswith(
        "; cyber security of business systems holds you back."
    )
    assert wording.sentence(DOCUMENT, made({})["result"]) == "There are too few answers for a result yet."


def test_notes_say_why_a_score_is_missing_or_open():
    answers = {code: 1 for code in CODES if not code.startswith(("PE", "SC"))}
    answers |= dict.fromkeys([code for code in CODES if code.startswith("SC")], "not_applicable")
    del answers["CI01"]
    rows = {row["code"]: row for row in wording.score_rows(DOCUMENT, made(answers))}
    assert rows["PE"]["note"] == "Answer more questions for a score (7 open)"
    assert rows["SC"]["note"] == "Does not apply to you"
    assert rows["CI"]["note"].startswith("Provisional: between ")
    assert rows["MS"]["note"] == ""
    assert (rows["CI"]["has_range"], rows["MS"]["has_range"], rows["SC"]["has_range"]) == (True, False, False)


def test_pictures_of_little():
    rows = wording.score_rows(DOCUMENT, made({}))
    assert results.radar_of(rows) == ""
    assert "no answer" in results.bars_of(rows, None)
    without_size = wording.score_rows(DOCUMENT, made(dict.fromkeys(CODES, 2), {**EXACT, "employees": None}))
    assert "Target" not in results.radar_of(without_size)
    assert "Target" in results.radar_of(wording.score_rows(DOCUMENT, made(dict.fromkeys(CODES, 2))))


def test_without_foundations():
    document = {**DOCUMENT, "groups": [group for group in DOCUMENT["groups"] if group["role"] != "readiness"]}
    snapshot = snapshots.snapshot(document, EXACT, dict.fromkeys(CODES, 2), {})
    assert wording.foundations_row(document, snapshot["result"]) is None


def test_nothing_to_measure_without_size():
    snapshot = made(dict.fromkeys(CODES, 2), {**EXACT, "employees": None})
    assert snapshots.measured(DOCUMENT, snapshot["result"]) == {}


def test_strengths_or_what_to_build_on():
    strong = made({**dict.fromkeys(CODES, 1), "PE01": 3, "PI01": 4})["result"]
    assert [item["code"] for item in wording.strengths(DOCUMENT, strong)] == ["PI01", "PE01"]
    weak = made({**dict.fromkeys(CODES, 1), "PE01": 2})["result"]
    assert [(item["code"], item["is_strong"]) for item in wording.strengths(DOCUMENT, weak)] == [("PE01", False)]


def test_choices_that_a_newer_questionnaire_adds():
    assert wording.choice_label("toys_games") == "Toys games"
    assert wording.choice_label("jobbing") == "One-offs, to each customer’s order"


def test_facts_in_words():
    facts = {**EXACT, "region": "lancashire", "sector": "machinery", "size_band": "medium", "turnover_band": None}
    rows = {row["code"]: row["value"] for row in wording.fact_rows(DOCUMENT, facts, {"lancashire": "Lancashire"})}
    assert (rows["region"], rows["sector"], rows["goals"]) == ("Lancashire", "Machinery", "Shorter lead times")
    assert "turnover_band" not in rows


def action(cost_band, cost=None):
    return PlanAction(cost_band=cost_band, cost=cost)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([action(0), action(1)], "£1,000 to £6,000"),
        ([action(0)], "up to £1,000"),
        ([action(5), action(1)], "more than £251,000"),
        ([action(5, Decimal(48000))], "£48,000"),
        ([action(1, Decimal(48000)), action(0)], "£48,000 to £49,000"),
    ],
)
def test_money_needed_is_a_range_until_agreed(rows, words):
    assert money_needed(DOCUMENT, rows, "GBP") == words


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"rate": "50", "cap": "20000"}, "50% of eligible costs, at most £20,000"),
        ({"rate": "25"}, "25% of eligible costs"),
        ({"cap": "100000"}, "at most £100,000"),
        ({}, ""),
    ],
)
def test_terms(terms, words):
    assert matched.terms_in_words(SimpleNamespace(terms=terms, currency="GBP")) == words


def test_first_sentence():
    assert planning.first_sentence("List ten jigs. Choose three.") == "List ten jigs."
    assert planning.first_sentence("Do it.") == "Do it."


def test_words_in_another_language_than_the_page_say_so():
    document = {"framework": {"default_language": "en"}, "translations": {"cy": {"framework.title": "Diwydiant"}}}
    shown = {}
    for language in ("en-gb", "cy", "sv"):
        with translation.override(language):
            shown[language] = str(wording.spoken(document, "Cost & time"))
    assert shown == {"en-gb": "Cost & time", "cy": "Cost & time", "sv": '<span lang="en">Cost &amp; time</span>'}

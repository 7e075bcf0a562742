"""Words apart from workings: every text has a path, nothing else has one."""

import copy

import pytest

from diagnostics import scoring, texts
from diagnostics.models import QuestionnaireVersion
from tests.diagnostics.test_scoring import DOCUMENT, FACTS

WORDS = texts.texts(DOCUMENT)


def welsh():
    return {path: f"CY {text}" for path, text in WORDS.items()}


@pytest.mark.parametrize(
    "path",
    [
        "framework.title",
        "questions.PE01.prompt",
        "questions.PE01.levels.0",
        "questions.PE01.evidence.1",
        "questions.PE01.actions.PE01-A1.description",
        "barriers.BR01.response.title",
        "scale.labels.2.hint",
        "scale.other_answers.dont_know.label",
        "cost_bands.0.label",
        "profile.employees.label",
        "groups.PE.summary",
        "barrier_scale.4.label",
    ],
)
def test_texts_have_a_path(path):
    assert WORDS[path]


def test_nothing_else_has_a_path():
    ends = {path.rpartition(".")[2] for path in WORDS if not path.rpartition(".")[2].isdigit()}
    assert ends <= texts.WORDS
    for part in ("weight", "applies_if", "code", "schema", "framework.version", "scoring", "requires"):
        assert not any(f".{part}" in path or path.startswith(part) for path in WORDS)


def test_words_are_laid_over_and_the_rest_is_untouched():
    found = texts.overlay(DOCUMENT, {"questions.PE01.levels.0": "Nothing yet.", "questions.XX.prompt": "no"})
    assert found["questions"][0]["levels"][0] == "Nothing yet."
    found["questions"][0]["levels"][0] = DOCUMENT["questions"][0]["levels"][0]
    assert found == DOCUMENT


def test_a_translation_is_complete_or_says_what_is_missing():
    document = {**DOCUMENT, "translations": {"cy": welsh()}}
    assert texts.missing(document, "cy") == []
    assert texts.missing(document, "en") == texts.missing(document, "en-gb") == []
    document["translations"]["cy"]["questions.PE01.prompt"] = " "
    assert texts.missing(document, "cy") == ["questions.PE01.prompt"]
    assert len(texts.missing(DOCUMENT, "cy")) == len(WORDS)


def test_reading_in_a_language_falls_back_text_by_text():
    version = QuestionnaireVersion(document={**DOCUMENT, "translations": {"cy": {"questions.PE01.title": "Teitl"}}})
    version.patched = {"en": {"questions.PE01.prompt": "How?", "questions.PE01.title": "Title"}, "cy": {}}
    cy, en = version.in_language("cy")["questions"][0], version.in_language("en-gb")["questions"][0]
    assert (cy["title"], cy["prompt"]) == ("Teitl", "How?")
    assert (en["title"], en["prompt"]) == ("Title", "How?")
    version.patched["cy"]["questions.PE01.title"] = "Teitl newydd"
    assert version.in_language("cy") is version.in_language("cy")
    fresh = QuestionnaireVersion(document=version.document, patched=version.patched)
    assert fresh.in_language("cy")["questions"][0]["title"] == "Teitl newydd"
    assert fresh.languages == ["en"]


def test_words_never_change_a_score():
    answers = {"PE01": 2, "MS03": 1, "BR01": 4}
    document = texts.overlay(DOCUMENT, welsh())
    ours = scoring.score(DOCUMENT, FACTS, answers, {})
    theirs = scoring.score(document, FACTS, answers, {})
    assert [group.score for group in ours.groups] == [group.score for group in theirs.groups]
    assert ours.overall == theirs.overall


def test_overlaying_copies():
    before = copy.deepcopy(DOCUMENT)
    texts.overlay(DOCUMENT, welsh())
    assert before == DOCUMENT

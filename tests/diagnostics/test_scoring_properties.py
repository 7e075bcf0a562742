"""What no result may depend on: words, evidence, who looks at it. And how a stored result is held against today's."""

from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diagnostics import scoring, snapshots, texts
from tests.diagnostics.test_scoring import CODES, DOCUMENT, FACTS, all_answers, few

WELSH = {path: f"Cymraeg {number}" for number, path in enumerate(texts.texts(DOCUMENT))}
TRANSLATED = {**DOCUMENT, "translations": {"cy": WELSH}}
strengths = st.dictionaries(st.sampled_from(CODES), st.sampled_from(["stated", "seen", "measured"]))
moderations = st.dictionaries(st.sampled_from(CODES), st.integers(0, 4), max_size=6)
WORDS = {"name", "title"}


def without_words(value):
    if isinstance(value, dict):
        return {key: without_words(item) for key, item in value.items() if key not in WORDS}
    return [without_words(item) for item in value] if isinstance(value, list) else value


@few
@given(answers=all_answers, moderated=moderations)
def test_both_languages_give_identical_numbers(answers, moderated):
    english, welsh = (
        snapshots.snapshot(texts.in_language(TRANSLATED, language, {}), FACTS, answers, moderated)
        for language in ("en", "cy")
    )
    assert without_words(english) == without_words(welsh)
    assert welsh["result"]["groups"][0]["name"].startswith("Cymraeg")


@few
@given(answers=all_answers, code=st.sampled_from(CODES))
def test_setting_a_question_aside_is_as_if_it_were_not_there(answers, code):
    assume(not any(code in str(question.get("applies_if")) for question in DOCUMENT["questions"]))
    aside = scoring.score(DOCUMENT, FACTS, {**answers, code: "not_applicable"})
    shorter = {**DOCUMENT, "questions": [item for item in DOCUMENT["questions"] if item["code"] != code]}
    without = scoring.score(shorter, FACTS, {key: value for key, value in answers.items() if key != code})
    for one, other in zip([*aside.groups, aside.foundations], [*without.groups, without.foundations], strict=True):
        assert (one.state, one.score, one.low, one.high, one.target, one.gap, one.coverage) == (
            other.state, other.score, other.low, other.high, other.target, other.gap, other.coverage,
        )  # fmt: skip
    assert aside.overall == without.overall


@few
@given(answers=all_answers, code=st.sampled_from(CODES))
def test_raising_one_answer_never_lowers_a_score_anywhere(answers, code):
    level = answers[code]
    assume(isinstance(level, int) and level < 4)
    assume(not any(code in str(question.get("applies_if")) for question in DOCUMENT["questions"]))
    before, after = (scoring.score(DOCUMENT, FACTS, {**answers, code: each}) for each in (level, level + 1))
    for one, other in zip([*before.groups, before.overall], [*after.groups, after.overall], strict=True):
        assert one.score is None or other.score >= one.score


@few
@given(answers=all_answers, given_strengths=strengths)
def test_evidence_tells_how_sure_a_result_is_and_changes_nothing_else(answers, given_strengths):
    plain = snapshots.snapshot(DOCUMENT, FACTS, answers, {})
    proven = snapshots.snapshot(DOCUMENT, FACTS, answers, {}, given_strengths)
    confidence = proven.pop("confidence")
    assert proven.pop("strengths") == given_strengths
    assert proven == plain
    assert confidence is None or 0 <= Decimal(confidence) <= 100


def test_confidence_is_the_share_of_answered_weight():
    weights = {question["code"]: question["weight"] for question in DOCUMENT["questions"]}
    answers = {"MS03": 1, "MS06": 2, "PE01": "dont_know", "BR01": 3}
    shown = {"MS03": "measured", "MS06": "stated", "PE01": "seen", "BR01": "seen"}
    found = snapshots.snapshot(DOCUMENT, FACTS, answers, {}, shown)["confidence"]
    assert Decimal(found) == round(Decimal(100 * weights["MS03"]) / (weights["MS03"] + weights["MS06"]), 1)
    assert snapshots.snapshot(DOCUMENT, FACTS, {}, {}, shown)["confidence"] is None


@settings(max_examples=20, deadline=None)
@given(answers=all_answers, moderated=moderations, given_strengths=strengths)
def test_a_frozen_result_can_be_had_again_from_its_own_answers(answers, moderated, given_strengths):
    frozen = {
        "answers": answers, "moderated": moderated, **snapshots.snapshot(
            DOCUMENT, FACTS, answers, moderated, given_strengths
        ),
    }  # fmt: skip
    today = snapshots.again(DOCUMENT, frozen, FACTS)
    assert list(snapshots.differences({key: frozen[key] for key in today}, today)) == []


@pytest.mark.parametrize(
    ("stored", "today", "paths"),
    [
        ({"a": "1.0"}, {"a": "1.0"}, []),
        ({"a": "1.0"}, {"a": "1.1"}, ["a"]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, ["a.b.1"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a"]),
        ({"a": 1}, {"b": 1}, ["a", "b"]),
        ({"a": True}, {"a": 1}, ["a"]),
        ({"a": None}, {}, []),
    ],
)
def test_differences_are_told_with_their_path(stored, today, paths):
    assert [found.path for found in snapshots.differences(stored, today)] == paths

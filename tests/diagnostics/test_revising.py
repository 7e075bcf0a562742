"""Which file may follow which: numbers, revisions, codes (ADR 0015)."""

import copy

import pytest

from diagnostics import revising
from tests.diagnostics.test_scoring import DOCUMENT


def next_one(number="1.1.0"):
    document = copy.deepcopy(DOCUMENT)
    document["framework"]["version"] = number
    return document


def problems(document, *earlier):
    return [str(problem) for problem in revising.problems(earlier or (DOCUMENT,), document)]


def test_the_first_version_follows_nothing():
    assert revising.problems([], DOCUMENT) == []


@pytest.mark.parametrize("number", ["1.0.0", "0.9.9"])
def test_numbers_rise(number):
    assert problems(next_one(number)) == [
        f"framework.version: {number} is not higher than 1.0.0, the newest published version"
    ]


def test_words_alone_may_raise_the_last_part():
    document = next_one("1.0.1")
    document["questions"][0]["help"] = "In other words."
    document["framework"]["title"] = "Another title"
    document["translations"] = {"cy": {"framework.title": "Teitl"}}
    assert problems(document) == []


@pytest.mark.parametrize("number", ["1.0.1", "1.1.0", "2.0.0"])
@pytest.mark.parametrize(
    "change",
    [
        lambda document: document["questions"][0].update(weight=3),
        lambda document: document["questions"][1].update(applies_if={"fact": "makes_to_order", "op": "eq", "value": 1}),
        lambda document: document["questions"].pop(),
        lambda document: document["barriers"][0].update(revision=2),
        lambda document: document["questions"][0]["target"].update(micro=4),
    ],
)
def test_more_than_words_needs_at_least_a_minor_number(change, number):
    document = next_one(number)
    change(document)
    message = "framework.version: more than words has changed since 1.0.0: give at least 1.1.0"
    assert problems(document) == ([message] if number == "1.0.1" else [])


def test_another_prompt_needs_a_revision_or_a_word_that_it_means_the_same():
    document = next_one()
    document["questions"][0]["prompt"] = "Asked in other words?"
    [line] = problems(document)
    assert line.startswith("questions.PE01.revision: the prompt or levels differ from 1.0.0. Give revision 2 if")
    document["framework"]["wording_only"] = ["PE01"]
    assert problems(document) == []
    document["framework"]["wording_only"] = []
    document["questions"][0]["revision"] = 2
    assert problems(document) == []


def test_another_level_or_barrier_needs_one_too():
    document = next_one()
    document["questions"][3]["levels"][4] = "Something else."
    document["barriers"][0]["prompt"] = "Something else?"
    assert [line.split(":")[0] for line in problems(document)] == [
        "questions.PE04.revision",
        "barriers.BR01.revision",
    ]


def test_another_group_is_more_than_wording():
    document = next_one()
    document["questions"][0]["group"] = "MS"
    document["questions"][0]["prompt"] = "Asked in other words?"
    document["framework"]["wording_only"] = ["PE01"]
    assert problems(document) == ["framework.wording_only.PE01: its group differs, which is more than wording"]


@pytest.mark.parametrize("code", ["PE02", "XX01"])
def test_wording_only_is_not_left_behind(code):
    document = next_one()
    document["framework"]["wording_only"] = [code]
    message = f"framework.wording_only.{code}: no words of its prompt or levels differ: take it out"
    assert problems(document) == [message]


def test_a_revision_never_falls():
    earlier = next_one("1.1.0")
    earlier["questions"][0]["revision"] = 3
    assert problems(next_one("1.2.0"), DOCUMENT, earlier) == [
        "questions.PE01.revision: 1 is lower than in 1.1.0, which has 3"
    ]


def test_a_code_that_has_gone_is_said_and_comes_back_only_as_what_it_was():
    shorter = next_one("1.1.0")
    shorter["questions"] = [item for item in shorter["questions"] if item["code"] != "PI03"]
    found = [(each.kind, each.code) for each in revising.gone(DOCUMENT, shorter)]
    assert found == [("questions", "PI03"), ("actions", "PI03-A1"), ("actions", "PI03-A2"), ("actions", "PI03-A3")]
    again = next_one("1.2.0")
    assert problems(again, DOCUMENT, shorter) == []
    next(item for item in again["questions"] if item["code"] == "PI03")["prompt"] = "Something quite different?"
    [line] = problems(again, DOCUMENT, shorter)
    assert line.startswith("questions.PI03.revision: the prompt or levels differ from 1.0.0")


def test_a_code_is_never_given_to_another_kind():
    document = next_one()
    document["questions"] = [item for item in document["questions"] if item["code"] != "PI03"]
    document["barriers"][0]["code"] = "PI03"
    assert problems(document) == [
        "barriers.PI03: this code is taken for ever by one of the questions of 1.0.0: choose another"
    ]

"""A questionnaire is published only when it is sound; each fault is named with its path."""

import copy
from decimal import Decimal

import pytest

from diagnostics import conditions, inputs, schema, texts
from tests.diagnostics.test_scoring import DOCUMENT, FACTS


@pytest.fixture
def document():
    return copy.deepcopy(DOCUMENT)


def question(document, code):
    return next(item for item in document["questions"] if item["code"] == code)


def problems_of(document):
    return [str(problem) for problem in schema.problems(document)]


def only(document):
    found = problems_of(document)
    assert len(found) == 1, found
    return found[0]


def test_the_published_questionnaire_is_sound(document):
    assert schema.problems(document) == []
    assert document["framework"]["status"] == "published"


def test_hash_ignores_the_order_of_keys(document):
    assert schema.sha256(document) == schema.sha256(dict(reversed(document.items())))
    question(document, "PE01")["weight"] = 2
    assert schema.sha256(document) != schema.sha256(DOCUMENT)


def test_not_a_document():
    assert problems_of(["x"]) == ["document: Input should be a valid dictionary or instance of Questionnaire"]


def test_misspelt_key_is_named_with_its_path(document):
    question(document, "PE01")["wieght"] = 1
    assert only(document).startswith("questions.0.wieght:")


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"fact": "nope", "op": "eq", "value": 1}, "questions.PE02.applies_if: no fact nope"),
        ({"question": "ZZ01", "op": "eq", "value": 1}, "questions.PE02.applies_if: no question ZZ01"),
        (
            {"all": [{"not": {"question": "PE03", "op": "eq", "value": 1}}]},
            "questions.PE02.applies_if.all.0.not: PE03 is not asked before PE02",
        ),
        ({"fact": "sector", "op": "like", "value": 1}, "questions.PE02.applies_if.op: no operator like"),
        ({"fact": "sector", "op": "in", "value": "x"}, "questions.PE02.applies_if.value: give a list"),
        ({"fact": "employees", "op": "gte", "value": "10"}, "questions.PE02.applies_if.value: give a number"),
        ({"question": [], "op": "eq", "value": 1}, "questions.PE02.applies_if: name the fact or question by its code"),
        ({"any": []}, "questions.PE02.applies_if.any: give at least one condition"),
        ({"any": ["x"]}, "questions.PE02.applies_if.any.0: a condition is a mapping"),
        (
            {"fact": "sector"},
            "questions.PE02.applies_if: give all, any, not, or one fact or question with op and value",
        ),
    ],
)
def test_bad_condition(document, condition, message):
    question(document, "PE02")["applies_if"] = condition
    assert only(document) == message


def test_condition_on_itself_is_a_cycle(document):
    question(document, "PE03")["applies_if"] = {"question": "PE03", "op": "gte", "value": 1}
    assert problems_of(document) == [
        "questions.PE03.applies_if: PE03 is not asked before PE03",
        "questions.PE03.applies_if: depends on itself",
    ]


def test_two_conditions_on_each_other_are_a_cycle(document):
    question(document, "PE01")["applies_if"] = {"question": "PE03", "op": "gte", "value": 1}
    question(document, "PE03")["applies_if"] = {"question": "PE01", "op": "gte", "value": 1}
    assert [line for line in problems_of(document) if "itself" in line] == [
        "questions.PE01.applies_if: depends on itself",
        "questions.PE03.applies_if: depends on itself",
    ]


def test_prerequisites_that_lead_back_are_refused(document):
    action = question(document, "MS06")["actions"][0]
    action["requires"] = [{"question": "MS06", "min_level": 4}]
    assert "actions.MS06-A1.requires: leads back to itself" in problems_of(document)


def test_unknown_codes(document):
    item = question(document, "PE01")
    item["group"] = "XX"
    item["actions"][0]["benefits"] = ["wealth"]
    item["actions"][1]["cost_band"] = 9
    item["actions"][2]["requires"] = [{"question": "XX01", "min_level": 1}]
    document["barriers"][0]["response"]["see_questions"] = ["XX02"]
    assert problems_of(document) == [
        "questions.PE01.group: no group XX",
        "questions.PE01.PE01-A1.benefits: no benefit wealth",
        "questions.PE01.PE01-A2.cost_band: no cost band 9",
        "questions.PE01.PE01-A3.requires: no question XX01",
        "barriers.BR01.response.see_questions: no question XX02",
    ]


def test_code_used_twice(document):
    document["barriers"][0]["code"] = "PE01"
    assert only(document) == "questions.PE01: this code is used twice"


def test_bands_that_do_not_rise(document):
    document["bands"][1]["min"] = 0
    document["scoring"]["gate"]["caps_band_at"] = "middling"
    assert problems_of(document) == [
        "bands: lower bounds must start at 0 and rise",
        "scoring.gate.caps_band_at: no band middling",
    ]


def test_a_number_in_quotes_is_no_number(document):
    question(document, "PE01")["actions"][0]["duration_weeks"] = "8"
    assert only(document).startswith("questions.0.actions.0.duration_weeks: Input should be a valid integer")


def test_scales_and_profile_that_pages_cannot_show(document):
    document["scale"]["labels"].reverse()
    document["scale"]["other_answers"].pop()
    document["profile"][0]["type"] = "derived"
    document["profile"][2].pop("choices")
    next(fact for fact in document["profile"] if fact["code"] == "goals").pop("max")
    assert problems_of(document) == [
        "scale.labels: give the levels 0 to 4 in this order",
        "scale.other_answers: give not_applicable and dont_know, each once",
        "profile.sector: give choices",
        "profile.goals: give max",
        "profile: a number called employees is needed: targets depend on it",
    ]


def test_words_for_a_text_that_is_not_there(document):
    document["translations"] = {"cy": {"questions.PE99.prompt": "Sut?"}}
    assert only(document) == "translations.cy.questions.PE99.prompt: there is no such text"


def test_minutes_are_the_sum_of_what_is_asked(document):
    assert schema.unready(document) == []
    question(document, "PE01")["seconds"] += 61
    assert [str(problem) for problem in schema.unready(document)] == [
        "framework.typical_minutes.self_assessment: says 35, but all seconds together are 2161: write 37"
    ]


def test_a_language_that_the_document_lists_is_complete_or_it_is_not_ready(document):
    document["framework"]["required_languages"] = ["en", "cy"]
    [problem] = schema.unready(document)
    assert str(problem).startswith("framework.required_languages.cy: no words for framework.title, framework.summary")
    assert str(problem).endswith("more")
    document["translations"] = {"cy": dict(texts.texts(document))}
    assert schema.unready(document) == []
    del document["translations"]["cy"]["questions.MS03.prompt"]
    [problem] = schema.unready(document)
    assert problem.message == "no words for questions.MS03.prompt"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"fact": "employees", "op": "gte", "value": 50}, True),
        ({"fact": "sector", "op": "gte", "value": 50}, False),
        ({"fact": "sector", "op": "in", "value": ["food", "metal"]}, True),
        ({"fact": "sector", "op": "ne", "value": "food"}, False),
        ({"fact": "unknown", "op": "ne", "value": "food"}, False),
        ({"question": "PE01", "op": "eq", "value": 2}, True),
        ({"any": [{"question": "PE09", "op": "eq", "value": 2}, {"fact": "employees", "op": "eq", "value": 80}]}, True),
        ({"all": [{"not": {"question": "PE01", "op": "eq", "value": 2}}]}, False),
    ],
)
def test_conditions(condition, expected):
    assert conditions.holds(condition, {"employees": Decimal(80), "sector": "food"}, {"PE01": 2}) is expected


def problems(facts=None, answers=None, moderated=None):
    found = inputs.problems(
        DOCUMENT, {**FACTS, **(facts or {})}, answers or {}, moderated or {}, regions=["lancashire"]
    )
    return [".".join(map(str, problem.path)) for problem in found]


def test_good_input():
    assert problems({"region": "lancashire", "sector": None}, {"PE01": 0, "BR01": "dont_know", "MS07": None}) == []


@pytest.mark.parametrize(
    ("fact", "path"),
    [
        ({"size_band": "small"}, "facts.size_band"),
        ({"colour": "red"}, "facts.colour"),
        ({"employees": True}, "facts.employees"),
        ({"employees": Decimal("-1")}, "facts.employees"),
        ({"employees": "32"}, "facts.employees"),
        ({"makes_to_order": "yes"}, "facts.makes_to_order"),
        ({"sector": "mining"}, "facts.sector"),
        ({"sector": ["food_drink"]}, "facts.sector"),
        ({"region": "atlantis"}, "facts.region"),
        ({"goals": "quality"}, "facts.goals"),
        ({"goals": ["quality", "sales", "people", "downtime"]}, "facts.goals"),
        ({"goals": ["quality", "wealth"]}, "facts.goals.1"),
        ({"goals": [{}]}, "facts.goals.0"),
        ({"goals": ["quality", "quality"]}, "facts.goals"),
    ],
)
def test_bad_fact(fact, path):
    assert problems(fact) == [path]


@pytest.mark.parametrize("answer", [5, -1, True, "2", "maybe", 2.0, [], {}])
def test_bad_answer(answer):
    assert problems(answers={"PE01": answer}) == ["answers.PE01"]


def test_bad_codes_and_moderated_words():
    assert problems(answers={"PE99": 1}, moderated={"PE01": "dont_know", "PE98": 1}) == [
        "answers.PE99",
        "moderated.PE01",
        "moderated.PE98",
    ]


def test_not_applicable_only_where_it_may_be():
    assert problems(answers={"MS06": "not_applicable"}) == ["answers.MS06"]
    assert problems(answers={"PE01": "not_applicable"}) == []
    assert problems({"has_production_machines": False}, {"MS01": "not_applicable"}) in ([], ["answers.MS01"])


def test_not_applicable_on_a_hidden_question_is_ignored():
    document = copy.deepcopy(DOCUMENT)
    question(document, "PE02")["allow_na"] = False
    facts = {**FACTS, "has_manual_assembly": False}
    assert inputs.problems(document, facts, {"PE02": "not_applicable"}, {}, regions=[]) == []

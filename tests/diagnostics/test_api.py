import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnostics import scoring
from tests.diagnostics.test_scoring import CODES, DOCUMENT
from tests.factories.diagnostics import FACTS, LEVELS, questionnaire
from tests.factories.programmes import RegionFactory
from tests.reference import load_reference

pytestmark = pytest.mark.django_db
URL = "/api/v1/diagnostics/score"
NUMBERS = {**FACTS, "employees": 32, "region": None}


@pytest.fixture(autouse=True)
def _questionnaire(db):
    questionnaire()


@pytest.fixture
def ask(client):
    def ask(body, status=200):
        text = body if isinstance(body, str) else json.dumps(body)
        response = client.post(URL, text, content_type="application/json")
        assert response.status_code == status, response.content
        return response.json()

    return ask


def body(**changes):
    return {"questionnaire": "industry-4", "facts": NUMBERS, "answers": LEVELS} | changes


def refused(ask, sent):
    return [".".join(map(str, item["loc"])) for item in ask(sent, 422)["detail"]]


def test_whole_questionnaire(ask):
    vector = load_reference("diagnostics/scoring_vectors.json")["vectors"]["TV8_questionnaire"]
    RegionFactory(slug="south_west_wales")
    answers = {**vector["input"]["answers"], "SC02": "not_applicable", "BR01": 4}
    found = ask(body(facts=vector["input"]["facts"], answers=answers))
    expected = vector["expected"]
    assert (found["questionnaire"], found["version"]) == ("industry-4", "1.0.0")
    assert found["overall"] == {
        "state": "final", "score": "29.3", "target": "70.4", "gap": "41.1", "coverage": "1.000", "band": "exploring",
    }  # fmt: skip
    assert found["foundations"] == {"score": "42.5", "state": "final"}
    assert found["groups"][0] == {
        "code": "PE", "name": "Production efficiency upgrades", "state": "final", "score": "30.8", "low": "30.8",
        "high": "30.8", "target": "73.1", "gap": "42.3", "coverage": "1.000", "band": "exploring",
        "band_capped_by": None, "na_flag": False,
    }  # fmt: skip
    assert len(found["actions"]) == expected["candidates"]
    assert found["actions"][0] == {
        "code": "MS03-A1", "title": "Draw one order from quote to invoice", "question": "MS03", "horizon": "now",
        "rank": 1, "priority": "21.44", "pinned": True, "quick_win": True, "cost_band": 0, "waiting_for": [],
    } | {"title": found["actions"][0]["title"], "cost_band": found["actions"][0]["cost_band"]}  # fmt: skip
    for horizon, codes in expected["by_horizon"].items():
        assert [action["code"] for action in found["actions"] if action["horizon"] == horizon] == codes


def test_gate_and_moderation(ask):
    high = dict.fromkeys(CODES, 4)
    capped = next(group for group in ask(body(answers=high, moderated={"MS06": 1}))["groups"] if group["code"] == "MS")
    assert (capped["band"], capped["band_capped_by"]) == ("developing", "MS06")


def test_optional_parts(ask):
    bare = ask({"questionnaire": "industry-4", "answers": {}})
    assert bare["actions"] == []
    assert bare["overall"]["state"] == "insufficient"
    nulls = body(version=None, language=None, facts=None, answers={"PE01": None}, moderated=None)
    assert ask(nulls) == bare
    assert ask(body(language="cy")) == ask(body(language="en", version="1.0.0"))


def test_without_employees_there_are_no_targets_and_no_actions(ask):
    found = ask(body(facts={**NUMBERS, "employees": None}))
    assert found["actions"] == []
    assert {(group["target"], group["gap"]) for group in found["groups"]} == {(None, None)}
    assert found["overall"]["score"] is not None


@pytest.mark.parametrize("employees", [32, "32", " 32 ", "32.50", 32.5, 0, "250", 9999999999999])
def test_employees(ask, employees):
    assert ask(body(facts={**NUMBERS, "employees": employees}))["actions"] is not None


@pytest.mark.parametrize("employees", ["-1", -1, "1e2", "٣", "", True, [], "12,5", "1_000", 1e20, "12345678901234"])
def test_bad_employees(ask, employees):
    assert refused(ask, body(facts={**NUMBERS, "employees": employees})) == ["body.facts.employees"]


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({"answers": {}}, "body.questionnaire"),
        ({"questionnaire": "industry-4"}, "body.answers"),
        (body(questionnaire="industry-9"), "body.questionnaire"),
        (body(version="9.9.9"), "body.version"),
        (body(questionnaire="industry-9", version="1.0.0"), "body.questionnaire"),
        (body(language="xx"), "body.language"),
        (body(colour="red"), "body.colour"),
        (body(facts={"colour": "red"}), "body.facts.colour"),
        (body(facts={"region": "atlantis"}), "body.facts.region"),
        (body(facts={"goals": ["quality", "wealth"]}), "body.facts.goals.1"),
        (body(answers={"PE99": 1}), "body.answers.PE99"),
        (body(answers={"PE01": 5}), "body.answers.PE01"),
        (body(answers={"PE01": "2"}), "body.answers.PE01"),
        (body(answers={"PE01": 2.0}), "body.answers.PE01"),
        (body(answers={"MS06": "not_applicable"}), "body.answers.MS06"),
        (body(moderated={"MS06": "dont_know"}), "body.moderated.MS06"),
        (body(moderated={"XX01": 1}), "body.moderated.XX01"),
        (body(questionnaire="in\x00dustry"), "body.questionnaire"),
        (body(answers=[]), "body.answers"),
    ],
)
def test_refused_with_its_path(ask, sent, path):
    assert refused(ask, sent) == [path]


def test_every_error_is_told(ask):
    assert refused(ask, body(facts={"employees": "x", "sector": 1}, answers={"PE01": 9, "ZZ01": 1})) == [
        "body.facts.employees", "body.facts.sector", "body.answers.PE01", "body.answers.ZZ01",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', '{"questionnaire": NaN}', "[" * 5000])
def test_malformed_bodies(client, text):
    assert client.post(URL, text, content_type="application/json").status_code in (400, 422)


@pytest.mark.parametrize("text", ['"\\ud800"', '"a\\u0000b"'])
@pytest.mark.parametrize(
    "place",
    [
        '{{"questionnaire": {0}, "answers": {{}}}}',
        '{{"questionnaire": "industry-4", "answers": {{{0}: 1}}}}',
        '{{"questionnaire": "industry-4", "answers": {{}}, "facts": {{"sector": {0}}}}}',
        '{{"questionnaire": "industry-4", "answers": {{"PE01": {0}}}}}',
        '{{"questionnaire": "industry-4", "answers": {{}}, {0}: 1}}',
        '{{"questionnaire": "industry-4", "answers": {{}}, "facts": {{"goals": [{0}]}}}}',
    ],
)
def test_strings_that_cannot_be_stored(client, place, text):
    response = client.post(URL, place.format(text), content_type="application/json")
    assert response.status_code == 422


def test_same_numbers_as_the_pages(ask):
    found = ask(body())
    result = scoring.score(DOCUMENT, {**NUMBERS, "employees": Decimal(32)}, LEVELS)
    assert found["overall"]["score"] == str(result.overall.score)
    assert [action["code"] for action in found["actions"]] == [action.code for action in result.actions]


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([0, 4, "dont_know", 1.5]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    facts=st.dictionaries(st.sampled_from([*NUMBERS, "x"]), junk, max_size=4),
    answers=st.dictionaries(st.sampled_from([*CODES[:6], "BR01", "x"]), junk, max_size=4),
    moderated=st.dictionaries(st.sampled_from(CODES[:4]), junk, max_size=2),
)
def test_no_input_is_a_server_error(client, facts, answers, moderated):
    sent = json.dumps(body(facts=facts, answers=answers, moderated=moderated))
    assert client.post(URL, sent, content_type="application/json").status_code in (200, 422)

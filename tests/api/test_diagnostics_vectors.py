"""The method's worked examples through the public calculator, each on a questionnaire made of the example itself."""

from decimal import Decimal

import pytest

from diagnostics import schema
from diagnostics.models import Questionnaire, QuestionnaireVersion
from tests.diagnostics.test_scoring import DOCUMENT
from tests.factories.diagnostics import STARTED, questionnaire
from tests.factories.programmes import RegionFactory
from tests.reference import load_reference

pytestmark = pytest.mark.django_db
VECTORS = load_reference("diagnostics/scoring_vectors.json")["vectors"]
SIZES = ("micro", "small", "medium")
PUBLISHED = ("state", "score", "low", "high", "target", "gap", "band", "na_flag")
TITLES = {group["code"]: group for group in DOCUMENT["groups"]}


def question(code, *, group, weight=1, target=2, impact=3, gate=False, is_hidden=False, action=None):
    """A question of the shipped questionnaire with another's figures; hidden ones apply to nobody who is asked."""
    step = {**DOCUMENT["questions"][0]["actions"][-1], "code": f"{code}-A1", "lifts_to": 4, "requires": []}
    made = {
        **DOCUMENT["questions"][0],
        "code": code,
        "group": group,
        "weight": weight,
        "impact": impact,
        "gate": gate,
        "allow_na": True,
        "target": dict.fromkeys(SIZES, target),
        "actions": [{**step, **(action or {})}],
    }
    made.pop("applies_if", None)
    return made | ({"applies_if": {"fact": "uses_process_water", "op": "eq", "value": True}} if is_hidden else {})


def publish(code, groups, questions):
    """A questionnaire of these groups (code -> weight) and questions, as sound as any that is published."""
    document = {
        **DOCUMENT,
        "framework": {**DOCUMENT["framework"], "code": code},
        "groups": [{**TITLES[name], "weight": weight} for name, weight in groups.items()] + [TITLES["BR"]],
        "questions": questions,
        "barriers": [],
    }
    assert schema.problems(document) == []
    return QuestionnaireVersion.objects.create(
        questionnaire=Questionnaire.objects.create(code=code), number="1.0.0", document=document,
        sha256=schema.sha256(document), loaded_at=STARTED,
    )  # fmt: skip


def of_rows(code, rows, weights):
    """A questionnaire of a vector's groups of rows, and the answers and moderated levels in them."""
    questions, answers, moderated = [], {}, {}
    for group, items in rows.items():
        for index, item in enumerate(items, start=1):
            name = f"{group}{index:02d}"
            questions.append(
                question(
                    name, group=group, weight=item["w"], target=item["t"], gate=item.get("gate", False),
                    is_hidden=item["status"] == "hidden",
                )
            )  # fmt: skip
            answers[name] = item["self"] if item["status"] == "answered" else item["status"]
            if item["status"] in ("hidden", "unanswered"):
                answers[name] = 4 if item["status"] == "hidden" else None  # an answer that is hidden is ignored
            if "mod" in item:
                moderated[name] = item["mod"]
    publish(code, weights, questions)
    return answers, moderated


def said(value, places="0.1"):
    if value is None or isinstance(value, bool | str):
        return value
    return str(Decimal(str(value)).quantize(Decimal(places)))


@pytest.fixture
def ask(post):
    def ask(code, **body):
        response = post("diagnostics/score", {"questionnaire": code, "facts": {"employees": 32}} | body)
        assert response.status_code == 200, response.content
        return response.json()

    return ask


def assert_group(found, expected):
    assert {key: found[key] for key in PUBLISHED} == {key: said(expected[key]) for key in PUBLISHED}
    assert found["coverage"] == said(expected["coverage"], "0.001")
    assert (found["band_capped_by"] is not None) == expected.get("band_capped_by_gate", False)


@pytest.mark.parametrize("name", ["TV1_plain", "TV2_missing", "TV2b_provisional"])
def test_groups_and_overall(ask, name):
    vector = VECTORS[name]
    answers, _ = of_rows(name, vector["input"], vector["group_weights"])
    found = ask(name, answers=answers)
    assert [group["code"] for group in found["groups"]] == list(vector["input"])
    for group in found["groups"]:
        assert_group(group, vector["expected"]["groups"][group["code"]])
    overall = vector["expected"]["overall"]
    assert found["overall"] == {
        key: said(overall[key], "0.001" if key == "coverage" else "0.1") for key in found["overall"]
    }
    assert found["foundations"] == {"score": None, "state": "not_applicable"}


def test_moderation_and_gate(ask):
    vector = VECTORS["TV3_moderated_gate"]
    answers, moderated = of_rows("TV3", {"MS": vector["input"]}, {"MS": 20})
    assert_group(ask("TV3", answers=answers)["groups"][0], vector["expected"]["self"])
    final = ask("TV3", answers=answers, moderated=moderated)["groups"][0]
    assert_group(final, vector["expected"]["moderated"])
    assert final["band_capped_by"] == "MS01"


def test_priority(ask):
    """Foundations of exactly 40: five questions at 2, 2, 2, 1 and 1. A need is met at 1 and unmet at 4."""
    vector = VECTORS["TV4_priority"]
    foundations = {f"FN{index:02d}": level for index, level in enumerate([2, 2, 2, 1, 1], start=1)}
    questions = [question(code, group="FN", target=level) for code, level in foundations.items()]
    names, answers = {}, dict(foundations)
    for index, item in enumerate(vector["input"]["rows"], start=1):
        code = f"PE{index:02d}"
        names[f"{code}-A1"], answers[code] = item["name"], item["x"]
        needs = [
            {"question": f"FN{need:02d}", "min_level": 1 if need <= item["req_met"] else 4}
            for need in range(1, item["req_total"] + 1)
        ]
        step = {"benefits": item["benefits"], "cost_band": item["cost_band"], "requires": needs}
        questions.append(question(code, group="PE", target=item["t"], impact=item["impact"], action=step))
    publish("TV4", {"PE": 20, "FN": 0}, questions)
    found = ask("TV4", answers=answers, facts={"employees": 32, "goals": vector["input"]["goals"]})
    assert found["foundations"] == {"score": "40.0", "state": "final"}
    assert [(names[action["code"]], action["priority"]) for action in found["actions"]] == [
        (item["name"], said(item["P"], "0.01")) for item in vector["expected"]
    ]


@pytest.mark.parametrize("name", ["TV8_questionnaire", "TV9_prerequisites"])
def test_whole_questionnaire(ask, name):
    vector = VECTORS[name]
    questionnaire()
    RegionFactory(slug=vector["input"]["facts"]["region"])
    answers = vector["input"]["answers"] | dict.fromkeys(vector["input"].get("not_applicable", []), "not_applicable")
    found = ask("industry-4", facts=vector["input"]["facts"], answers=answers)
    expected = vector["expected"]
    groups = {group["code"]: group for group in found["groups"]}
    for code, group in expected.get("groups", {"MS": expected.get("ms_group")}).items():
        if code == "FN":
            assert found["foundations"] == {"score": said(group["score"]), "state": group["state"]}
        else:
            assert_group(groups[code], group)
    assert found["overall"] == {
        key: said(expected["overall"][key], "0.001" if key == "coverage" else "0.1") for key in found["overall"]
    }
    assert len(found["actions"]) == expected.get("candidates", len(expected["top"]))
    for action, item in zip(found["actions"], expected["top"], strict=False):
        assert {key: action[key] for key in ("code", "horizon", "quick_win", "pinned", "waiting_for")} == {
            "code": item["code"], "horizon": item["horizon"], "quick_win": item["quick_win"],
            "pinned": item["pinned"], "waiting_for": item["unmet"],
        }  # fmt: skip
        assert Decimal(action["priority"]) == pytest.approx(Decimal(str(item["P"])), abs=Decimal("0.055"))
    for horizon, codes in expected.get("by_horizon", {}).items():
        assert [action["code"] for action in found["actions"] if action["horizon"] == horizon] == codes

"""The published method: every worked example, and what must hold for any answers."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import diagnostics
from diagnostics import benchmark, change, money, ranking, scoring
from tests.reference import load_reference

DOCUMENT = yaml.safe_load((Path(diagnostics.__file__).parent / "data" / "industry-4.yaml").read_text())
PUBLISHED = ("state", "score", "target", "gap", "band")
FACTS = {
    "employees": 80,
    "production_mode": "jobbing",
    "has_manual_assembly": True,
    "has_production_machines": True,
    "has_networked_machines": True,
    "uses_process_water": True,
    "makes_durable_products": True,
    "owns_product_design": True,
    "makes_to_order": True,
    "goals": ["lead_time"],
}
CODES = [question["code"] for question in DOCUMENT["questions"]]


@pytest.fixture(scope="module")
def vectors():
    return load_reference("diagnostics/scoring_vectors.json")["vectors"]


def number(value):
    return None if value is None else Decimal(str(value))


def group_row(code="PE", weight=20):
    return {"code": code, "title": code, "role": "score", "weight": weight}


def row(item, *, moderated=True):
    level = item.get("mod", item.get("self")) if moderated else item.get("self")
    return scoring.Row(item["w"], item["t"], item["status"], level, code="gate", gate=item.get("gate", False))


def assert_group(found, expected):
    for name in ("score", "low", "high", "target", "gap"):
        assert getattr(found, name) == number(expected[name]), name
    assert found.state == expected["state"]
    assert found.band == expected["band"]
    assert found.na_flag == expected["na_flag"]
    assert found.coverage == number(expected["coverage"])
    assert (found.applicable_weight, found.answered_weight) == (
        expected["applicable_weight"],
        expected["answered_weight"],
    )
    assert (found.band_capped_by is not None) == expected.get("band_capped_by_gate", False)


@pytest.mark.parametrize("name", ["TV1_plain", "TV2_missing", "TV2b_provisional"])
def test_groups_and_overall(vectors, name):
    vector = vectors[name]
    groups = [
        scoring.score_group([row(item) for item in items], DOCUMENT, group_row(code, vector["group_weights"][code]))
        for code, items in vector["input"].items()
    ]
    for group in groups:
        assert_group(group, vector["expected"]["groups"][group.code])
    overall, expected = scoring.score_overall(groups, DOCUMENT), vector["expected"]["overall"]
    assert overall == scoring.Overall(
        expected["state"], *(number(expected[key]) for key in ("score", "target", "gap", "coverage")), expected["band"]
    )


def test_tv3_moderation_and_gate(vectors):
    vector = vectors["TV3_moderated_gate"]
    own = scoring.score_group([row(item, moderated=False) for item in vector["input"]], DOCUMENT, group_row())
    final = scoring.score_group([row(item) for item in vector["input"]], DOCUMENT, group_row())
    assert_group(own, vector["expected"]["self"])
    assert_group(final, vector["expected"]["moderated"])
    moderation = change.moderation(
        [(str(index), item["self"], item.get("mod", item["self"])) for index, item in enumerate(vector["input"])]
    )
    assert len(moderation.changed) == vector["expected"]["changed_answers"]
    assert moderation.mean_shift == number(vector["expected"]["mean_shift"])


def test_tv4_priority(vectors):
    vector = vectors["TV4_priority"]
    found = []
    for item in vector["input"]["rows"]:
        priority = ranking.priority(
            DOCUMENT["scoring"]["priority"],
            impact=item["impact"],
            level=item["x"],
            target=item["t"],
            benefits=item["benefits"],
            cost_band=item["cost_band"],
            met=item["req_met"],
            total=item["req_total"],
            goals=vector["input"]["goals"],
            foundations=Fraction(vector["input"]["foundation"]),
        )
        found.append((priority.value, item["name"], priority))
    found.sort(reverse=True, key=lambda entry: entry[0])
    assert [
        {
            "name": name,
            "I": round(float(p.impact), 4),
            "G": float(p.gap),
            "R": float(p.readiness),
            "K": float(p.cost),
            "P": round(float(value), 2),
        }
        for value, name, p in found
    ] == vector["expected"]


@pytest.mark.parametrize("count", ["4", "7", "12", "20"])
def test_tv5_benchmark(vectors, count):
    vector = vectors["TV5_benchmark"]
    peers = [number(score) for score in vector["input"][f"peers{count}"]]
    found = benchmark.standing(number(vector["input"]["own"]), peers)
    expected = {key: value for key, value in vector["expected"][f"n{count}"].items() if key != "percentile_exact"}
    assert {key: value for key, value in vars(found).items() if value is not None or key in expected} == expected


def test_tv5_fallback(vectors):
    vector = vectors["TV5_benchmark"]
    peers = [
        benchmark.Peer(item["sector"], item["size"], item["region"], number(item["score"]))
        for item in vector["input"]["fallback_companies"]
    ]
    own = vector["input"]["fallback_own"]
    level, scores = benchmark.cohort(own["sector"], own["size"], own["region"], peers)
    assert level == vector["expected"]["fallback_level"]
    assert scores == vector["expected"]["fallback_scores"]
    found = benchmark.standing(number(vector["input"]["own"]), scores)
    assert {key: value for key, value in vars(found).items() if value is not None} == vector["expected"][
        "fallback_result"
    ]


def test_tv6_reassessment(vectors):
    vector = vectors["TV6_reassessment"]
    rounds = [
        {
            code: change.Measured(item["rev"], item["w"], item["x"], item["t"])
            for code, item in vector["input"][key].items()
        }
        for key in ("t0", "t1")
    ]
    found, expected = change.between(*rounds), vector["expected"]
    assert found == change.Change(
        tuple(expected["common"]),
        *(number(expected[key]) for key in ("t0", "t1", "change", "gap_closed")),
        tuple(expected["slipped"]),
    )


def test_tv7_money(vectors):
    given_, expected = vectors["TV7_money"]["input"], vectors["TV7_money"]["expected"]["money"]
    found = money.money_lines(
        cost=number(given_["cost"]),
        grant=number(given_["grant"]),
        yearly_benefit=number(given_["annual_benefit"]),
        running_cost=number(given_["running_cost"]),
        rate=number(given_["rate"]),
    )
    assert found.pays_back
    assert found.net_cost == number(expected["net_cost"])
    assert found.net_yearly_benefit == number(expected["annual_net_benefit"])
    assert found.payback_months == number(expected["payback_months"])
    assert found.return_percent == number(expected["roi_3y_pct"])
    assert round(found.npv, 1) == number(expected["npv_3y"])


def scored(vector):
    answers = {
        **vector["input"]["answers"],
        **dict.fromkeys(vector["input"].get("not_applicable", []), "not_applicable"),
    }
    return scoring.score(DOCUMENT, vector["input"]["facts"], answers)


def assert_top(result, expected):
    for action, item in zip(result.actions, expected, strict=False):
        assert action.code == item["code"]
        assert action.priority == pytest.approx(number(item["P"]), abs=Decimal("0.055"))
        assert action.own_priority == pytest.approx(number(item["own_P"]), abs=Decimal("0.055"))
        assert (action.horizon, action.quick_win, action.pinned) == (item["horizon"], item["quick_win"], item["pinned"])
        assert list(action.waiting_for) == item["unmet"]


def test_tv8_whole_questionnaire(vectors):
    vector = vectors["TV8_questionnaire"]
    result, expected = scored(vector), vector["expected"]
    assert result.size == expected["size"]
    for group in [*result.groups, result.foundations]:
        assert_group(group, expected["groups"][group.code])
    assert {key: str(getattr(result.overall, key)) for key in PUBLISHED} == {
        key: str(expected["overall"][key]) for key in PUBLISHED
    }
    assert len(result.actions) == expected["candidates"]
    assert_top(result, expected["top"])
    for horizon, codes in expected["by_horizon"].items():
        assert [action.code for action in result.actions if action.horizon == horizon] == codes
    limits = DOCUMENT["scoring"]["plan_limits"]["now"]
    assert ranking.now_limit(limits, result.foundations.exact_score) == expected["now_limit"]
    values = {band["code"]: band["planning_value"] for band in DOCUMENT["cost_bands"]}
    assert (
        sum(values[action.cost_band] for action in result.actions if action.horizon in ("now", "next"))
        == expected["planned_spend_now_and_next"]
    )


def test_tv9_prerequisites(vectors):
    vector = vectors["TV9_prerequisites"]
    result = scored(vector)
    assert {key: str(getattr(result.overall, key)) for key in PUBLISHED} == {
        key: str(vector["expected"]["overall"][key]) for key in PUBLISHED
    }
    assert_group(next(group for group in result.groups if group.code == "MS"), vector["expected"]["ms_group"])
    assert result.held_back_by == (("MS", "MS06"),)
    assert_top(result, vector["expected"]["top"])
    assert len(result.actions) == len(vector["expected"]["top"])


# --- What must hold for any answers (section 4.9) ---------------------------------------------------------------

few = settings(max_examples=60, deadline=None)
levels = st.integers(0, 4)
any_answer = st.one_of(levels, st.sampled_from(["not_applicable", "dont_know", None]))
all_answers = st.fixed_dictionaries({code: any_answer for code in CODES})
plain_rows = st.lists(st.tuples(st.integers(1, 3), levels, levels), min_size=1, max_size=8)


def rows_of(items):
    return [scoring.Row(weight, target, scoring.ANSWERED, level) for weight, target, level in items]


@few
@given(k=levels, items=plain_rows)
def test_equal_levels_score_25_for_each(k, items):
    rows = rows_of([(weight, target, k) for weight, target, _level in items])
    assert scoring.score_group(rows, DOCUMENT, group_row()).score == 25 * k


@few
@given(items=plain_rows, weight=st.integers(1, 3))
def test_not_applicable_changes_no_number(items, weight):
    rows = rows_of(items)
    more = [*rows, scoring.Row(weight, 4, scoring.NOT_APPLICABLE), scoring.Row(weight, 4, scoring.HIDDEN)]
    before, after = (scoring.score_group(each, DOCUMENT, group_row()) for each in (rows, more))
    assert (before.score, before.low, before.high, before.target, before.gap, before.coverage) == (
        after.score,
        after.low,
        after.high,
        after.target,
        after.gap,
        after.coverage,
    )


@few
@given(items=plain_rows, missing=st.integers(0, 3))
def test_score_lies_in_its_range(items, missing):
    rows = rows_of(items) + [scoring.Row(1, 2, scoring.UNANSWERED)] * missing
    group = scoring.score_group(rows, DOCUMENT, group_row())
    assert group.low <= group.high
    if group.score is not None:
        assert group.low <= group.score <= group.high
        assert group.gap >= 0


@few
@given(items=plain_rows, at=st.integers(0, 7))
def test_raising_an_answer_never_lowers_the_score(items, at):
    at %= len(items)
    weight, target, level = items[at]
    raised = [*items[:at], (weight, target, min(4, level + 1)), *items[at + 1 :]]
    before, after = (scoring.score_group(rows_of(each), DOCUMENT, group_row()).score for each in (items, raised))
    assert after >= before


@few
@given(
    impact=st.integers(1, 5),
    level=levels,
    target=levels,
    cost=st.integers(0, 5),
    needs=st.integers(0, 3),
    met=st.integers(0, 3),
    foundations=st.integers(0, 100),
    benefits=st.sets(st.sampled_from(["quality", "people", "sales"])),
)
def test_priority(impact, level, target, cost, needs, met, foundations, benefits):
    level, met = min(level, target), min(met, needs)

    def value(**changes):
        given_ = {
            "impact": impact,
            "level": level,
            "target": target,
            "benefits": benefits,
            "cost_band": cost,
            "met": met,
            "total": needs,
            "goals": ("quality", "people"),
            "foundations": Fraction(foundations),
        } | changes
        return ranking.priority(DOCUMENT["scoring"]["priority"], **given_).value

    assert 0 <= value() <= 100
    assert value(level=target) == 0
    assert value(foundations=Fraction(foundations, 2)) <= value()
    assert value(met=0) <= value()
    is_full = value() == 100
    full = impact == 5 and {"quality", "people"} <= benefits and (level, target) == (0, 4)
    assert is_full == (full and foundations == 100 and met == needs and cost == 0)


@few
@given(answers=all_answers, junk=st.dictionaries(st.sampled_from(["PE02", "PE07", "MS07", "CI03"]), levels))
def test_hidden_answers_change_nothing(answers, junk):
    hiding = {**FACTS, "has_manual_assembly": False, "uses_process_water": False}
    visible = {
        state.code for state in scoring.question_states(DOCUMENT, hiding, answers, {}) if state.status != scoring.HIDDEN
    }
    dirty = {**answers, **{code: level for code, level in junk.items() if code not in visible}}
    assert scoring.score(DOCUMENT, hiding, dirty) == scoring.score(DOCUMENT, hiding, answers)


@few
@given(answers=all_answers, moderated=st.dictionaries(st.sampled_from(CODES), levels, max_size=5))
def test_any_answers_give_a_coherent_result(answers, moderated):
    result = scoring.score(DOCUMENT, FACTS, answers, moderated)
    assert [action.rank for action in result.actions] == list(range(1, len(result.actions) + 1))
    counts = {name: sum(action.horizon == name for action in result.actions) for name in ("now", "next", "later")}
    assert counts["now"] <= 5
    assert counts["next"] <= 6
    assert counts["later"] <= 8
    assert all(action.level < action.target for action in result.actions)
    assert all(not action.waiting_for or action.horizon != "now" for action in result.actions)
    if result.overall.gap is not None:
        assert result.overall.gap == result.overall.target - result.overall.score


@few
@given(peers=st.lists(st.decimals(0, 100, places=1), max_size=40), own=st.decimals(0, 100, places=1))
def test_few_peers_give_no_number(peers, own):
    found = benchmark.standing(own, peers)
    if len(peers) < 5:
        assert found == benchmark.Standing("suppressed")
    else:
        assert (found.percentile is not None) == (len(peers) >= 20)
        assert (found.p25 is not None) == (len(peers) >= 10)


# --- Corners the vectors do not reach ---------------------------------------------------------------------------


def everything(level):
    return dict.fromkeys(CODES, level)


def test_without_employees_no_targets_and_no_actions():
    result = scoring.score(DOCUMENT, {**FACTS, "employees": None}, everything(1))
    assert result.size is None
    assert result.actions == ()
    assert {(group.target, group.gap) for group in result.groups} == {(None, None)}
    assert (result.overall.target, result.overall.gap) == (None, None)
    assert result.overall.score == 25


@pytest.mark.parametrize(
    ("employees", "size"),
    [(0, "micro"), (Decimal("9.99"), "micro"), (10, "small"), (49, "small"), (50, "medium"), (250, "medium")],
)
def test_size(employees, size):
    assert scoring.size_of({"employees": employees}) == size


def test_nothing_answered():
    result = scoring.score(DOCUMENT, FACTS, {})
    assert {group.state for group in result.groups} == {"insufficient"}
    assert {(group.low, group.high) for group in result.groups} == {(0, 100)}
    assert result.overall == scoring.Overall("insufficient", None, None, None, Decimal("0.000"), None)
    assert (result.strongest, result.weakest, result.actions, result.responses) == (None, None, (), ())


def test_nothing_applies():
    document = {**DOCUMENT, "groups": [group for group in DOCUMENT["groups"] if group["role"] != "readiness"]}
    result = scoring.score(document, FACTS, everything("not_applicable"))
    assert result.overall.state == "not_applicable"
    assert result.foundations is None
    assert {group.na_flag for group in result.groups} == {True}


def test_a_firm_at_its_targets_has_no_actions():
    result = scoring.score(DOCUMENT, FACTS, everything(4))
    assert result.actions == ()
    assert (result.strongest, result.weakest) == ("PE", "PE")


def test_unknown_foundations_count_as_the_default():
    without = {code: 1 for code in CODES if not code.startswith("FN")}
    result = scoring.score(DOCUMENT, {**FACTS, "goals": None}, without)
    assert result.foundations.state == "insufficient"
    assert sum(action.horizon == "now" for action in result.actions) <= 3


def test_moderated_level_counts_even_where_the_firm_was_not_sure():
    result = scoring.score(DOCUMENT, FACTS, {"MS06": "dont_know", "MS03": "not_applicable"}, {"MS06": 1, "MS03": None})
    states = {state.code: state for state in result.questions}
    assert (states["MS06"].status, states["MS06"].level, states["MS06"].self_level) == ("answered", 1, None)
    assert (states["MS03"].status, states["MS03"].level) == ("not_applicable", None)


def test_barriers_worst_first_and_never_among_the_actions():
    result = scoring.score(DOCUMENT, FACTS, {"BR01": 3, "BR02": 2, "BR04": 4, "BR07": "dont_know"})
    assert [response.question for response in result.responses] == ["BR04", "BR01"]
    assert result.actions == ()


def test_a_lower_budget_moves_actions_to_later():
    def planned(budget):
        actions = scoring.score(DOCUMENT, {**FACTS, "budget_12m": budget}, everything(1)).actions
        values = {band["code"]: band["planning_value"] for band in DOCUMENT["cost_bands"]}
        return sum(
            values[action.cost_band] for action in actions if action.horizon in ("now", "next") and not action.pinned
        )

    assert planned("none") <= 500
    assert planned("under_5k") <= 5000
    assert planned("over_100k") == planned(None)
    assert {action.horizon for action in scoring.score(DOCUMENT, FACTS, everything(0)).actions} == {
        "now",
        "next",
        "later",
        "parked",
    }


def test_an_action_that_others_wait_for_takes_the_higher_priority():
    answers = {**everything(3), "FN04": 0, "MS06": 2, "MS09": 2}
    document = {**DOCUMENT, "questions": [dict(question) for question in DOCUMENT["questions"]]}
    by_code = {question["code"]: question for question in document["questions"]}
    by_code["MS09"]["actions"] = [{**by_code["MS09"]["actions"][2], "requires": [{"question": "FN04", "min_level": 4}]}]
    by_code["MS09"]["target"] = {"micro": 4, "small": 4, "medium": 4}
    by_code["MS09"]["actions"][0]["cost_band"] = 0
    by_code["FN04"]["impact"] = 1
    by_code["FN04"]["actions"] = [{**by_code["FN04"]["actions"][0], "cost_band": 5, "benefits": []}]
    ranked = {action.question: action for action in scoring.score(document, FACTS, answers).actions}
    assert ranked["FN04"].own_priority < ranked["FN04"].priority == ranked["MS09"].own_priority


def test_no_action_left_above_the_level():
    document = {**DOCUMENT, "questions": [dict(DOCUMENT["questions"][0])]}
    document["questions"][0]["actions"] = DOCUMENT["questions"][0]["actions"][:1]
    document["questions"][0]["target"] = {"micro": 4, "small": 4, "medium": 4}
    assert scoring.score(document, FACTS, {"PE01": 3}).actions == ()


def test_biggest_opportunities_ignore_cost():
    actions = scoring.score(DOCUMENT, FACTS, everything(1)).actions
    best = ranking.biggest_opportunities(actions)
    assert len(best) == 3
    assert best[0].opportunity == max(action.opportunity for action in actions)


def test_hidden_parent_hides_its_children():
    document = {**DOCUMENT, "questions": [dict(question) for question in DOCUMENT["questions"]]}
    by_code = {question["code"]: question for question in document["questions"]}
    by_code["PE03"]["applies_if"] = {"not": {"question": "PE02", "op": "gte", "value": 3}}
    shown = {s.code: s.status for s in scoring.question_states(document, FACTS, {"PE02": 1, "PE03": 1}, {})}
    hidden = {
        s.code: s.status
        for s in scoring.question_states(document, {**FACTS, "has_manual_assembly": False}, {"PE03": 1}, {})
    }
    assert (shown["PE03"], hidden["PE03"]) == ("answered", "hidden")


def test_no_common_questions_and_no_planned_gap():
    old = {"Q1": change.Measured(1, 1, 3, 3)}
    assert change.between(old, {"Q1": change.Measured(2, 1, 3, 3)}).change is None
    assert change.between(old, {"Q1": change.Measured(1, 1, 4, 3)}).gap_closed is None
    assert change.moderation([]).mean_shift is None


def test_money_that_never_comes_back():
    lines = money.money_lines(
        cost=Decimal(1000), grant=Decimal(1000), yearly_benefit=Decimal(5), running_cost=Decimal(9)
    )
    assert not lines.pays_back
    assert (lines.payback_months, lines.return_percent) == (None, None)


def test_benchmark_positions_and_ladder_foot():
    peers = [Decimal(value) for value in range(10, 70, 5)]
    assert benchmark.standing(Decimal(10), peers).position == "below"
    assert benchmark.standing(Decimal(10), peers).quarter == "lower"
    assert benchmark.standing(Decimal(30), peers).quarter == "lower_middle"
    assert benchmark.standing(Decimal(90), peers).position == "above"
    assert benchmark.standing(Decimal(90), peers).quarter == "upper"
    assert benchmark.standing(Decimal(90), peers * 5).n_shown == "50+"
    others = [benchmark.Peer("x", "y", "z", value) for value in peers]
    assert benchmark.cohort("a", "b", "c", others)[0] == "all"
    assert benchmark.cohort("a", "b", "c", [])[1] == []

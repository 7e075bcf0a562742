import copy
from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import pytest
import yaml
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import InternalError, transaction

from diagnostics import excerpts, loading, schema, scoring
from diagnostics.models import LanguageWaiver, Questionnaire, QuestionnaireVersion
from tests.diagnostics.test_scoring import DOCUMENT
from tests.factories.programmes import ProgrammeFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 4, 9, tzinfo=UTC)
migration = import_module("diagnostics.migrations.0005_minutes_from_data")


def write(tmp_path, document):
    path = tmp_path / "questionnaire.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def test_loading_twice_publishes_once(capsys):
    call_command("load_questionnaires")
    call_command("load_questionnaires")
    version = QuestionnaireVersion.objects.get(questionnaire__code="industry-4")
    assert version.sha256 == schema.sha256(version.document) == schema.sha256(DOCUMENT)
    assert capsys.readouterr().out.splitlines() == [
        "industry-4/1.0.0: published",
        "industry-4-first-look/1.0.0: published",
        "waivers: 0 new",
        "industry-4/1.0.0: already there",
        "industry-4-first-look/1.0.0: already there",
        "waivers: 0 new",
    ]


def test_published_version_with_another_text_is_refused(tmp_path):
    call_command("load_questionnaires")
    document = copy.deepcopy(DOCUMENT)
    document["questions"][0]["weight"] = 3
    with pytest.raises(CommandError, match="industry-4 1.0.0: published with another text"):
        call_command("load_questionnaires", write(tmp_path, document))
    assert QuestionnaireVersion.objects.newest("industry-4").document["questions"][0]["weight"] == 1


def test_a_published_text_cannot_be_changed_in_the_database():
    call_command("load_questionnaires")
    with pytest.raises(InternalError), transaction.atomic():
        QuestionnaireVersion.objects.update(sha256="x")
    assert QuestionnaireVersion.objects.update(status="RETIRED") == 2
    assert QuestionnaireVersion.objects.newest("industry-4") is None


def test_newest_reads_numbers(tmp_path):
    for number in ("1.9.0", "1.10.0"):
        document = copy.deepcopy(DOCUMENT)
        document["framework"]["version"] = number
        call_command("load_questionnaires", write(tmp_path, document))
    assert QuestionnaireVersion.objects.newest("industry-4").number == "1.10.0"


def test_drafts_and_faults_are_refused(tmp_path):
    document = copy.deepcopy(DOCUMENT)
    document["framework"]["status"] = "draft"
    with pytest.raises(CommandError, match="this is a draft"):
        call_command("load_questionnaires", write(tmp_path, document))
    document["groups"][0]["colour"] = "red"
    with pytest.raises(CommandError, match=r"questionnaire.yaml: line \d+, groups.0.colour: Extra inputs"):
        call_command("load_questionnaires", write(tmp_path, document))
    path = tmp_path / "broken.yaml"
    path.write_text("a: [")
    with pytest.raises(CommandError, match=r"broken.yaml: while parsing"):
        call_command("load_questionnaires", path)


def test_question_by_code():
    version = QuestionnaireVersion(document=DOCUMENT)
    assert version.question("BR01")["title"] == "Choosing the right solution"
    assert version.question("XX01") is None


def test_loading_reads_only_what_it_is_given(tmp_path):
    assert loading.read(write(tmp_path, DOCUMENT)) == DOCUMENT


# --- Lines --------------------------------------------------------------------------------------------
TEXT = (loading.DATA / "industry-4.yaml").read_text(encoding="utf-8")


def refused(text, name="file.yaml"):
    with pytest.raises(loading.UnableToLoad) as caught:
        loading.parse(name, text)
    return str(caught.value).splitlines()


def with_line(old, new):
    """The shipped file with one line replaced, and the number of that line."""
    lines = TEXT.splitlines()
    index = next(index for index, line in enumerate(lines) if line.strip() == old)
    lines[index] = lines[index].replace(old, new)
    return "\n".join(lines), index + 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "applies_if: {fact: has_manual_assembly, op: eq, value: true}",
            "applies_if: {fact: nothing, op: eq, value: true}",
            "questions.PE02.applies_if: no fact nothing",
        ),
        (
            "applies_if: {fact: has_manual_assembly, op: eq, value: true}",
            "applies_if: {any: [{question: MS01, op: gte, value: 1}]}",
            "questions.PE02.applies_if.any.0: MS01 is not asked before PE02",
        ),
        ("gate: true", "gate: maybe", "questions.9.gate: Input should be a valid boolean"),
        ("gate: true", "gait: true", "questions.9.gait: Extra inputs are not permitted"),
        ("gate: true", "weight: 2", "questions.MS03.weight: this key is given twice"),
        ("gate: true", "gate: !!bool certainly", "document: take tag:yaml.org,2002:bool out"),
        (
            "requires: [{question: MS03, min_level: 3}]",
            "requires: [{question: MS99, min_level: 3}]",
            "questions.PE02.PE02-A3.requires: no question MS99",
        ),
    ],
)
def test_a_fault_is_told_with_its_line_and_path(old, new, message):
    text, line = with_line(old, new)
    later = 2 if "twice" in message else 0  # the second of the two, which is not the one put in
    assert any(row.startswith(f"file.yaml: line {line + later}, {message}") for row in refused(text)), refused(text)


WRONG = ["x", 7, 1.5, True, None, [], {}, ["x"], {"x": "y"}, [[]], [None], "9" * 5000, float("nan")]


@pytest.mark.parametrize("value", WRONG, ids=lambda value: repr(value)[:20])
def test_wrong_kinds_anywhere_are_problems_and_nothing_else(value):
    for key in DOCUMENT:
        refused_or_fine({**DOCUMENT, key: value})
    for key in DOCUMENT["framework"]:
        refused_or_fine({**DOCUMENT, "framework": {**DOCUMENT["framework"], key: value}})
    for part in ("questions", "profile", "barriers", "groups", "bands", "cost_bands"):
        for key in DOCUMENT[part][0]:
            first = {**DOCUMENT[part][0], key: value}
            refused_or_fine({**DOCUMENT, part: [first, *DOCUMENT[part][1:]]})
    for key in DOCUMENT["scoring"]:
        refused_or_fine({**DOCUMENT, "scoring": {**DOCUMENT["scoring"], key: value}})


def refused_or_fine(document):
    for problem in schema.problems(document):
        assert str(problem)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "x",
        "a: [",
        "? [1, 2]\n: 3",
        "schema: i40-diagnostic-part/1",
        "a: 2026-13-45",
        "a: &a [*a]",
        "a: !!set {b}",
    ],
)
def test_what_is_no_questionnaire(text):
    assert refused(text)


def test_many_aliases_are_refused():
    rows = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))
    [line] = refused(f"a0: &a0 x\n{rows}")
    assert "holds too many values" in line


# --- The first look -------------------------------------------------------------------------------------
FIRST_LOOK = loading.DATA / "industry-4-first-look.yaml"


@pytest.fixture
def full():
    return loading.load(document=loading.read(loading.DATA / "industry-4.yaml"), at=AT)[0]


def test_the_first_look_is_ten_questions_of_the_full_one_in_six_minutes(full):
    document = loading.read(FIRST_LOOK)
    assert schema.unready(document) == []
    assert len(document["questions"]) == 10
    assert document["framework"]["typical_minutes"]["self_assessment"] == 6
    for question in document["questions"]:
        original = full.question(question["code"])
        for key in ("revision", "prompt", "levels", "weight", "target", "gate"):
            assert question.get(key) == original.get(key)


def test_every_group_gets_a_result_and_both_gates_are_asked(full):
    document = loading.read(FIRST_LOOK)
    answers = {question["code"]: 2 for question in document["questions"]}
    result = scoring.score(document, {"employees": 20, "goals": ["quality"]}, answers, {})
    scored = {group["code"] for group in full.document["groups"] if group["role"] == "score"}
    assert {group.code for group in result.groups if group.state == "final"} >= scored
    assert result.overall.score is not None
    assert {"MS03", "MS06"} <= {question["code"] for question in document["questions"] if question.get("gate")}
    assert not [question["code"] for question in document["questions"] if question.get("applies_if")]


def test_an_excerpt_of_what_is_not_there(full):
    text = FIRST_LOOK.read_text(encoding="utf-8")
    [line] = refused(text.replace('version: "1.0.0"}', 'version: "1.9.0"}'))
    assert line.endswith("part_of: industry-4 1.9.0 is not published here")
    [line] = refused(text.replace("code: MS09", "code: XX09"))
    assert line.endswith("questions.4.code: industry-4 1.0.0 has no question XX09")
    number = next(index for index, row in enumerate(text.splitlines(), 1) if "code: MS09" in row)
    assert f"line {number}," in line


def test_an_excerpt_takes_the_words_of_its_parent_in_each_language(full):
    parent = {**full.document, "translations": {"cy": {"questions.PE03.title": "Robotiaid", "framework.title": "Na"}}}
    written = yaml.safe_load(FIRST_LOOK.read_text(encoding="utf-8"))
    written["translations"] = {"cy": {"framework.title": "Golwg gyntaf"}}
    document = excerpts.expanded(written, parent)
    assert document["translations"] == {"cy": {"questions.PE03.title": "Robotiaid", "framework.title": "Golwg gyntaf"}}
    assert schema.problems(document) == []


# --- Waivers ----------------------------------------------------------------------------------------------
def test_the_welsh_waivers_come_with_the_product_once(capsys):
    wales = ProgrammeFactory(slug="wales-industry-4", languages=["en-gb", "cy"])
    call_command("load_questionnaires")
    version = QuestionnaireVersion.objects.newest("industry-4")
    waiver = version.questionnaire.waivers.get()
    assert waiver.reason.startswith("[D]")
    assert version.missing_languages(wales, waiver.until_on) == []
    assert version.missing_languages(wales, waiver.until_on + timedelta(days=1)) == ["cy"]
    LanguageWaiver.objects.update(until_on=date(2026, 12, 1))
    call_command("load_questionnaires")
    assert {row.until_on for row in LanguageWaiver.objects.all()} == {date(2026, 12, 1)}


@pytest.mark.parametrize(
    "text",
    [
        "- {programme: x}",
        "x: 1",
        "- {programme: a, questionnaire: b, language: c, reason: '', from_on: 1, until_on: 2}",
    ],
)
def test_waivers_that_make_no_sense(tmp_path, text):
    path = tmp_path / "waivers.yaml"
    path.write_text(text)
    with pytest.raises(loading.UnableToLoad, match=r"waivers\.yaml: "):
        loading.load_waivers(path=path, at=AT)


def test_demonstrations_with_the_older_text_take_the_seconds():
    former = {key: value for key, value in DOCUMENT.items() if key != "barriers"}
    questionnaire = Questionnaire.objects.create(code="industry-4")
    row = QuestionnaireVersion.objects.create(
        questionnaire=questionnaire, number="1.0.0", document=former, sha256=migration.WITHOUT_SECONDS,
        loaded_at=AT,
    )  # fmt: skip
    migration.take_the_seconds(apps, None)
    row.refresh_from_db()
    assert (row.document, row.sha256) == (DOCUMENT, schema.sha256(DOCUMENT))

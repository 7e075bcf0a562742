"""Which version of a questionnaire the calculator answers from, and in which words."""

import copy

import pytest

from diagnostics import schema
from diagnostics.models import QuestionnaireVersion
from tests.diagnostics.test_scoring import DOCUMENT
from tests.factories.diagnostics import FACTS, LEVELS, STARTED, questionnaire

pytestmark = pytest.mark.django_db
Status = QuestionnaireVersion.Status
FIGURES = {**FACTS, "employees": 32, "region": None}
WORDS = {"groups.PE.title": "Gwelliannau cynhyrchu", "questions.SC04.actions.SC04-A1.title": "Didolwch y sgrap"}


@pytest.fixture
def first(db):
    return questionnaire()


def another(first, number, status):
    document = copy.deepcopy(DOCUMENT)
    document["framework"]["version"] = number
    return QuestionnaireVersion.objects.create(
        questionnaire=first.questionnaire, number=number, status=status, document=document,
        sha256=schema.sha256(document), loaded_at=STARTED,
    )  # fmt: skip


@pytest.fixture
def ask(post):
    def ask(**more):
        return post("diagnostics/score", {"questionnaire": "industry-4", "answers": LEVELS, "facts": FIGURES} | more)

    return ask


def test_the_newest_published_version_unless_another_is_asked_for(first, ask):
    another(first, "1.10.0", Status.PUBLISHED)
    another(first, "1.9.0", Status.PUBLISHED)
    assert ask().json()["version"] == "1.10.0"
    assert ask(version="1.9.0").json()["version"] == "1.9.0"


def test_a_retired_version_answers_for_those_who_name_it(first, ask):
    another(first, "2.0.0", Status.RETIRED)
    assert ask().json()["version"] == "1.0.0"
    assert ask(version="2.0.0").json()["version"] == "2.0.0"


def test_a_draft_is_never_served(first, ask, post):
    another(first, "2.0.0", Status.DRAFT)
    assert ask().json()["version"] == "1.0.0"
    refused = ask(version="2.0.0")
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", "version"])
    QuestionnaireVersion.objects.filter(number="1.0.0").update(status=Status.RETIRED)
    refused = ask()
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", "questionnaire"])


def test_the_words_are_those_of_the_language_and_the_numbers_are_the_same(first, ask):
    version = another(first, "1.1.0", Status.DRAFT)
    version.document["translations"] = {"cy": WORDS}
    version.status = Status.PUBLISHED
    version.save()
    plain, welsh = ask().json(), ask(language="cy").json()
    assert welsh["groups"][0]["name"] == "Gwelliannau cynhyrchu"
    assert "Didolwch y sgrap" in {action["title"] for action in welsh["actions"]}
    assert ask(language="en").json() == plain
    for answer in (plain, welsh):
        for group in answer["groups"]:
            del group["name"]
        for action in answer["actions"]:
            del action["title"]
    assert plain == welsh


def test_nothing_is_kept_and_nobody_is_asked_who_they_are(first, ask, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        response = ask()
    assert response.status_code == 200
    assert not response.cookies


@pytest.mark.parametrize("code", ["MS06", "FN01"])
def test_what_everyone_must_face_cannot_be_set_aside(first, ask, code):
    response = ask(answers={**LEVELS, code: "not_applicable"})
    is_free = next(item["allow_na"] for item in DOCUMENT["questions"] if item["code"] == code)
    assert (response.status_code == 200) == is_free


def test_not_applicable_on_a_hidden_question_is_ignored(first, ask):
    hidden = {code: "not_applicable" for code in ("MS07", "CI03")}
    assert ask(answers={**LEVELS, "MS07": "not_applicable"}).json() == ask().json()
    assert ask(answers={**LEVELS, **hidden}).status_code == 200


def test_not_sure_is_as_if_not_answered(first, ask):
    without = {code: level for code, level in LEVELS.items() if code != "PE01"}
    assert ask(answers={**LEVELS, "PE01": "dont_know"}).json() == ask(answers=without).json()

import copy

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import InternalError, transaction

from diagnostics import loading, schema
from diagnostics.models import QuestionnaireVersion
from tests.diagnostics.test_scoring import DOCUMENT

pytestmark = pytest.mark.django_db


def write(tmp_path, document):
    path = tmp_path / "questionnaire.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def test_loading_twice_publishes_once(capsys):
    call_command("load_questionnaires")
    call_command("load_questionnaires")
    version = QuestionnaireVersion.objects.get()
    assert version.sha256 == schema.sha256(version.document) == schema.sha256(DOCUMENT)
    assert capsys.readouterr().out.splitlines() == ["industry-4/1.0.0: published", "industry-4/1.0.0: already there"]


def test_published_version_with_another_text_is_refused(tmp_path):
    call_command("load_questionnaires")
    document = copy.deepcopy(DOCUMENT)
    document["questions"][0]["weight"] = 3
    with pytest.raises(CommandError, match="industry-4 1.0.0 is published with another text"):
        call_command("load_questionnaires", write(tmp_path, document))
    assert QuestionnaireVersion.objects.get().document["questions"][0]["weight"] == 1


def test_a_published_text_cannot_be_changed_in_the_database():
    call_command("load_questionnaires")
    with pytest.raises(InternalError), transaction.atomic():
        QuestionnaireVersion.objects.update(sha256="x")
    assert QuestionnaireVersion.objects.update(status="RETIRED") == 1
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
    with pytest.raises(CommandError, match="is a draft"):
        call_command("load_questionnaires", write(tmp_path, document))
    document["groups"][0]["colour"] = "red"
    with pytest.raises(CommandError, match=r"questionnaire.yaml: groups.0.colour: Extra inputs"):
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

import re
from pathlib import Path

import pytest
from django.apps import apps

from casework.wording import SENTENCES, UNKNOWN, firm_sentence, staff_sentence
from portal.workflow import Workflow

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = [model for model in apps.get_models() if issubclass(model, Workflow)]
KINDS = [
    f"{model._meta.model_name}.{str(status).lower()}"
    for model in WORKFLOWS
    for status in model.MOVES
    if any(status in moves for moves in model.MOVES.values())
]


def test_there_are_workflows():
    assert {"case", "assessment", "grantapplication", "award"} <= {model._meta.model_name for model in WORKFLOWS}


@pytest.mark.parametrize("kind", KINDS)
def test_every_status_that_a_row_may_come_to_has_both_sentences(kind):
    assert kind in SENTENCES
    assert str(SENTENCES[kind].staff)
    assert str(SENTENCES[kind].firm)


def recorded_kinds():
    """Kinds of event that the apps record by name."""
    for path in sorted(ROOT.glob("*/**/*.py")):
        if path.parts[len(ROOT.parts)] in {"applications", "diagnostics", "funding", "eligibility"}:
            text = path.read_text()
            for call in re.findall(r"objects\.record\(.*?\)\n", text, re.DOTALL):
                yield from re.findall(r'kind="([a-z_]+\.[a-z_]+)"', call)


@pytest.mark.parametrize("kind", sorted(set(recorded_kinds())))
def test_every_kind_recorded_by_name_has_its_sentences(kind):
    assert kind in SENTENCES


def test_an_unknown_kind_falls_back_to_a_neutral_sentence():
    assert staff_sentence("case.teleported") == str(UNKNOWN.staff)
    assert firm_sentence("case.teleported") == str(UNKNOWN.firm)


def test_no_sentence_for_the_firm_speaks_our_language():
    for sentence in SENTENCES.values():
        words = str(sentence.firm).lower()
        assert not {"case", "moderation", "instrument", "assessment"} & set(re.findall(r"[a-z]+", words))

"""Questionnaires, and leave to open them before a language is complete, from files into the database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import yaml
from django.db import transaction
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from diagnostics import excerpts, revising, schema
from diagnostics.marks import MarkedFile
from diagnostics.models import LanguageWaiver, Questionnaire, QuestionnaireVersion
from diagnostics.schema import Problem
from portal import safe_yaml
from programmes.models import Programme

DATA = Path(__file__).resolve().parent / "data"
WAIVERS = DATA / "waivers.yaml"


class UnableToLoad(Exception):
    """The file is no sound questionnaire, or would change a published version; one line for each fault."""

    def __init__(self, name: str, problems: Sequence[Problem | str]) -> None:
        super().__init__("\n".join(f"{name}: {problem}" for problem in problems))


def read(path: Path) -> dict[str, Any]:
    """The checked document in a YAML file; raises UnableToLoad."""
    try:
        text = safe_yaml.text_of(path.read_bytes())
    except safe_yaml.RefusedYaml as error:
        raise UnableToLoad(path.name, [str(error)]) from error
    return parse(path.name, text)


def parse(name: str, text: str) -> dict[str, Any]:
    """The checked document in the text of the file `name`, in full where the file is an excerpt of another
    questionnaire; raises UnableToLoad, each fault with its line and path."""
    file = _opened(name, text)
    written = file.document
    found = file.problems
    if not found and excerpts.is_excerpt(written):
        written, found = _expanded(written)
    found = found or schema.problems(written) or _unkeepable(written)
    if found:
        raise UnableToLoad(name, [file.located(problem) for problem in found])
    document: dict[str, Any] = written
    return document


def located(text: str, problems: Sequence[Problem]) -> list[Problem]:
    """The same, each with its line in the text, which `parse` has found sound."""
    file = MarkedFile(text) if problems else None
    return [file.located(problem) for problem in problems] if file else []


def _opened(name: str, text: str) -> MarkedFile:
    try:
        return MarkedFile(text)
    except (safe_yaml.RefusedYaml, yaml.YAMLError, ValueError) as error:  # a ValueError: a day like 2026-13-45
        raise UnableToLoad(name, [" ".join(str(error).split())]) from error


def _expanded(written: Mapping[str, Any]) -> tuple[Any, list[Problem]]:
    found = excerpts.shape_problems(written)
    if found:
        return written, found
    code, number = excerpts.parent_of(written)
    versions = QuestionnaireVersion.objects.exclude(status=QuestionnaireVersion.Status.DRAFT)
    parent = versions.filter(questionnaire__code=code, number=number).first()
    found = excerpts.problems(written, None if parent is None else parent.document)
    return (written, found) if found or parent is None else (excerpts.expanded(written, parent.document), [])


def _unkeepable(document: Any) -> list[Problem]:
    try:
        json.dumps(document, allow_nan=False)
    except (TypeError, ValueError) as error:  # a day, a set, bytes, not a number
        return [Problem((), f"put days and other special values in quotes ({error})")]
    return []


@transaction.atomic(durable=True)
def load(*, document: dict[str, Any], at: datetime) -> tuple[QuestionnaireVersion, bool]:
    """Publish a version once, as part of the product: (version, whether it is new). A published version with another
    text is refused."""
    framework = document["framework"]
    name = f"{framework['code']} {framework['version']}"
    if framework["status"] == "draft":
        raise UnableToLoad(name, ["this is a draft. Set its status to published first."])
    questionnaire, _made = Questionnaire.objects.get_or_create(code=framework["code"])
    version = questionnaire.versions.filter(number=framework["version"]).first()
    digest = schema.sha256(document)
    if version is not None and not version.is_draft:
        if version.sha256 != digest:
            message = f"published with another text (SHA-256 {version.sha256[:12]}, file {digest[:12]}). "
            raise UnableToLoad(
                name, [message + "A published version never changes: give the file a new version number."]
            )
        return version, False
    found = schema.unready(document) + revising.problems(frozen_documents(questionnaire), document)
    if found:
        raise UnableToLoad(name, found)
    version, _made = QuestionnaireVersion.objects.update_or_create(
        questionnaire=questionnaire,
        number=framework["version"],
        defaults={
            "document": document,
            "sha256": digest,
            "status": framework["status"].upper(),
            "loaded_at": at,
            "loaded_by": None,
        },
    )
    return version, True


def frozen_documents(questionnaire: Questionnaire) -> list[dict[str, Any]]:
    """Every document ever published under the code, oldest number first."""
    rows = questionnaire.versions.exclude(status=QuestionnaireVersion.Status.DRAFT)
    return [row.document for row in sorted(rows, key=lambda row: row.order)]


# --- Leave to open before a language is complete -------------------------------------------------
class WaiverRow(BaseModel):
    model_config = ConfigDict(extra="forbid")

    programme: str
    questionnaire: str
    language: str
    reason: Annotated[str, Field(min_length=1)]
    from_on: date
    until_on: date


def load_waivers(*, path: Path = WAIVERS, at: datetime) -> int:
    """Record what the file gives leave for, once: a waiver that anybody has ended or extended since stays as it is.
    Programmes and questionnaires that are not here are passed over. Returns how many are new."""
    try:
        text = safe_yaml.text_of(path.read_bytes())
        rows = TypeAdapter(list[WaiverRow]).validate_python(_opened(path.name, text).document)
    except safe_yaml.RefusedYaml as error:
        raise UnableToLoad(path.name, [str(error)]) from error
    except ValidationError as error:
        found = [Problem(tuple(map(str, item["loc"])), item["msg"]) for item in error.errors()]
        raise UnableToLoad(path.name, found) from error
    return sum(_recorded(row, at) for row in rows)


def _recorded(row: WaiverRow, at: datetime) -> bool:
    programme = Programme.objects.filter(slug=row.programme).first()
    questionnaire = Questionnaire.objects.filter(code=row.questionnaire).first()
    if programme is None or questionnaire is None:
        return False
    mine = {"programme": programme, "questionnaire": questionnaire, "language": row.language}
    if LanguageWaiver.objects.filter(**mine).exists():
        return False
    LanguageWaiver.objects.create(**mine, reason=row.reason, from_on=row.from_on, until_on=row.until_on, recorded_at=at)
    return True

"""Questionnaires from diagnostics/data into the database."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from diagnostics import schema
from diagnostics.models import Questionnaire, QuestionnaireVersion
from portal import safe_yaml

DATA = Path(__file__).resolve().parent / "data"


class UnableToLoad(Exception):
    """The file is no sound questionnaire, or would change a published version; one line for each fault."""


def read(path: Path) -> dict[str, Any]:
    """The checked document in a YAML file; raises UnableToLoad."""
    try:
        text = safe_yaml.text_of(path.read_bytes())
    except safe_yaml.RefusedYaml as error:
        raise UnableToLoad(f"{path.name}: {error}") from error
    return parse(path.name, text)


def parse(name: str, text: str) -> dict[str, Any]:
    """The checked document in the text of the file `name`; raises UnableToLoad."""
    try:
        safe_yaml.check(text)
        document = yaml.safe_load(text)
    except (safe_yaml.RefusedYaml, yaml.YAMLError, ValueError) as error:  # a ValueError: a day like 2026-13-45
        raise UnableToLoad(f"{name}: {' '.join(str(error).split())}") from error
    found = schema.problems(document)
    if found:
        raise UnableToLoad("\n".join(f"{name}: {line}" for line in found))
    checked: dict[str, Any] = document
    try:
        json.dumps(checked, allow_nan=False)
    except (TypeError, ValueError) as error:  # a day, a set, bytes, not a number
        raise UnableToLoad(f"{name}: put days and other special values in quotes ({error})") from error
    return checked


@transaction.atomic(durable=True)
def load(*, document: dict[str, Any], at: datetime) -> tuple[QuestionnaireVersion, bool]:
    """Publish a version once: (version, whether it is new). A published version with another text is refused."""
    framework = document["framework"]
    name = f"{framework['code']} {framework['version']}"
    if framework["status"] == "draft":
        raise UnableToLoad(f"{name} is a draft. Set its status to published first.")
    questionnaire, _made = Questionnaire.objects.get_or_create(code=framework["code"])
    digest = schema.sha256(document)
    version, made = QuestionnaireVersion.objects.get_or_create(
        questionnaire=questionnaire,
        number=framework["version"],
        defaults={
            "document": document,
            "sha256": digest,
            "status": framework["status"].upper(),
            "loaded_at": at,
        },
    )
    if version.sha256 != digest:
        raise UnableToLoad(
            f"{name} is published with another text (SHA-256 {version.sha256[:12]}, file {digest[:12]}). "
            "A published version never changes: give the file a new version number."
        )
    return version, made

"""A first look without an account: begun, answered, gone on with elsewhere, forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from diagnostics.actions.rounds import questionnaire_of
from diagnostics.models import FirstLook, QuestionnaireVersion
from programmes.models import Programme

SUFFIX = "-first-look"
"""The first look of a questionnaire is a questionnaire with this at the end of its code."""


def first_look_of(programme: Programme) -> QuestionnaireVersion | None:
    """The questions of a first look, where the programme has a diagnostic and its questionnaire has a first look."""
    if not programme.has_diagnostic:
        return None
    return QuestionnaireVersion.objects.newest(f"{questionnaire_of(programme)}{SUFFIX}")


def begin_first_look(
    *, programme: Programme, version: QuestionnaireVersion, facts: Mapping[str, Any], language: str, at: datetime
) -> FirstLook:
    """`facts` are what this visitor has said before, in the eligibility check; only those that are asked are kept."""
    asked = {fact["code"] for fact in version.document["profile"]}
    return FirstLook.objects.create(
        programme=programme,
        version=version,
        language=language,
        facts={code: value for code, value in facts.items() if code in asked and value is not None},
        started_at=at,
        changed_at=at,
    )


def copy_first_look(*, look: FirstLook, at: datetime) -> FirstLook:
    """The same answers for another browser: whoever has the link goes on with a copy and changes nothing of ours."""
    return FirstLook.objects.create(
        programme=look.programme,
        version=look.version,
        language=look.language,
        facts=look.facts,
        answers=look.answers,
        started_at=at,
        changed_at=at,
    )


@transaction.atomic(durable=True)
def keep_first_look(
    *,
    look: FirstLook,
    facts: Mapping[str, Any] | None = None,
    answers: Mapping[str, int | str] | None = None,
    at: datetime,
) -> FirstLook:
    """Keep facts or answers on top of those that are there: two tabs lose nothing of each other."""
    locked = FirstLook.objects.select_for_update(of=("self",)).select_related("version", "programme").get(pk=look.pk)
    locked.facts = {**locked.facts, **(facts or {})}
    locked.answers = {**locked.answers, **(answers or {})}
    locked.changed_at = at
    locked.save(update_fields=["facts", "answers", "changed_at"])
    return locked

"""A questionnaire from a file to a version in force: draft, publish, correct a word, retire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from diagnostics import loading, revising, schema, texts
from diagnostics.models import Questionnaire, QuestionnaireVersion, TextPatch
from diagnostics.schema import Problem

LONGEST_TEXT = 2000
Status = QuestionnaireVersion.Status


class UnableToPublish(Exception):
    """It cannot be kept or published as it is; `problems` say why, each with its path."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = list(problems)


class UnableToChangeVersion(Exception):
    """The version is not in the state that the change needs; the message says why."""


class UnableToPatch(Exception):
    """The text cannot be corrected like this; the message says why."""


@transaction.atomic(durable=True)
def save_draft(*, document: dict[str, Any], by: User, at: datetime) -> QuestionnaireVersion:
    """Keep a sound document (loading.parse) as a draft, in place of an earlier draft with its number.

    The status that the file gives itself is not looked at: here a person publishes and retires. Raises UnableToPublish
    when the document may not follow the versions that are published (diagnostics.revising).
    """
    document = {**document, "framework": {**document["framework"], "status": "published"}}
    number = document["framework"]["version"]
    questionnaire = _locked(document["framework"]["code"])
    _must_follow(questionnaire, document)
    version, _made = QuestionnaireVersion.objects.update_or_create(
        questionnaire=questionnaire,
        number=number,
        defaults={
            "document": document,
            "sha256": schema.sha256(document),
            "status": Status.DRAFT,
            "loaded_at": at,
            "loaded_by": by,
        },
    )
    return version


@transaction.atomic(durable=True)
def publish(*, version: QuestionnaireVersion, sha256: str, by: User, at: datetime) -> QuestionnaireVersion:
    """Freeze a draft: `sha256` is that of the text which was shown. A repeat gives what is published already.

    Raises UnableToPublish, or UnableToChangeVersion when the draft is another by now.
    """
    questionnaire = _locked(version.questionnaire.code)
    row = questionnaire.versions.get(pk=version.pk)
    if row.sha256 != sha256:
        raise UnableToChangeVersion(_("Another file has taken the place of this draft meanwhile. Look at it first."))
    if row.is_published:
        return row
    if not row.is_draft:
        raise UnableToChangeVersion(_("This version is retired. Give the file a new number."))
    _must_follow(questionnaire, row.document)
    found = schema.unready(row.document)
    if found:
        raise UnableToPublish(found)
    row.publish(by=by, at=at)
    row.refresh_from_db()
    return row


@transaction.atomic(durable=True)
def retire(*, version: QuestionnaireVersion, by: User, at: datetime) -> None:
    """No diagnostic begins on it any more; those that have begun keep it. Raises UnableToChangeVersion."""
    questionnaire = _locked(version.questionnaire.code)
    if not questionnaire.versions.filter(status=Status.PUBLISHED).exclude(pk=version.pk).exists():
        raise UnableToChangeVersion(_("It is the only version that is published. Publish another one first."))
    if not version.retire(by=by, at=at):
        raise UnableToChangeVersion(_("Only a published version can be retired."))


@transaction.atomic(durable=True)
def patch_text(
    *,
    version: QuestionnaireVersion,
    language: str,
    path: str,
    before: str,
    after: str,
    reason: str,
    by: User,
    at: datetime,
) -> TextPatch:
    """Correct the wording of one text in one language; `before` is what the page showed. Raises UnableToPatch.

    An excerpt of this version, like its first look, asks the same question in the same words: they are corrected there
    too, each with a log of its own, unless somebody has given the excerpt words of its own.
    """
    row = QuestionnaireVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if not row.is_published:
        raise UnableToPatch(_("Only the words of a published version are corrected here."))
    if language not in patchable_languages(row) or path not in texts.texts(row.document):
        raise UnableToPatch(_("There is no such text."))
    current = texts.texts(row.in_language(language))[path]
    after = after.strip()
    if before != current:
        raise UnableToPatch(_("Somebody else has changed these words meanwhile. Read them, then save again."))
    if not after or len(after) > LONGEST_TEXT:
        raise UnableToPatch(_("Write the words, in at most %(most)d letters.") % {"most": LONGEST_TEXT})
    if after == current:
        raise UnableToPatch(_("These are the words that stand there already."))
    patches = [
        TextPatch.objects.create(
            version=each, language=language, path=path, before=current, after=after, reason=reason, made_at=at,
            made_by=by,
        )
        for each in [row, *_excerpts_saying(row, language, path, current)]
    ]  # fmt: skip
    for patch in patches:
        each = patch.version
        each.patched = {**each.patched, language: {**each.patched.get(language, {}), path: after}}
        each.save(update_fields=["patched"])
    return patches[0]


def _excerpts_saying(parent: QuestionnaireVersion, language: str, path: str, words: str) -> list[QuestionnaireVersion]:
    """Published excerpts (diagnostics.excerpts) of a version in which this text reads the same; their own titles and
    summaries belong to them alone."""
    if path.startswith("framework."):
        return []
    part_of = {"code": parent.questionnaire.code, "version": parent.number}
    rows = QuestionnaireVersion.objects.select_for_update(of=("self",)).published().filter(document__part_of=part_of)
    found = [row for row in rows.order_by("pk") if language in patchable_languages(row)]
    return [row for row in found if texts.texts(row.in_language(language)).get(path) == words]


def patchable_languages(version: QuestionnaireVersion) -> list[str]:
    """The main language and those that the document brings words for."""
    main = version.document["framework"]["default_language"]
    return [main, *sorted(code for code in version.document.get("translations") or {} if code != main)]


def _locked(code: str) -> Questionnaire:
    """The questionnaire's row, which everything that changes one of its versions waits for."""
    Questionnaire.objects.get_or_create(code=code)
    return Questionnaire.objects.select_for_update().get(code=code)


def _must_follow(questionnaire: Questionnaire, document: dict[str, Any]) -> None:
    found = revising.problems(loading.frozen_documents(questionnaire), document)
    if found:
        raise UnableToPublish(found)

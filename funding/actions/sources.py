"""Where the rest of a project's money comes from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from documents import actions as documents
from documents.models import Upload
from funding.actions.locking import locked_draft, out_of_date
from funding.actions.problems import UnableToChange
from funding.models import GrantApplication, MatchSource

SECTION = "match"


@transaction.atomic(durable=True)
def save_source(
    *, application: GrantApplication, source: MatchSource, proof: Any = None, by: User, at: datetime
) -> MatchSource:
    """Keep a new or changed source; a new file takes the place of the old one.

    A repeat of a new one gives the one kept. Raises UnableToChange once the application was sent and
    documents.checking.RefusedFile when the file may not be kept.
    """
    current = locked_draft(application, SECTION)
    if source.pk is None and (kept := MatchSource.objects.filter(creation_key=source.creation_key).first()):
        if kept.application_id == current.pk:
            return kept
        raise UnableToChange(out_of_date())
    old = None
    if proof is not None:
        old, source.proof = source.proof, documents.take_upload(file=proof, by=by, at=at)
    source.application = current
    source.save()
    _drop(old)
    return source


@transaction.atomic(durable=True)
def remove_source(*, source: MatchSource) -> None:
    """Take a source and its proof out; raises UnableToChange once the application was sent."""
    locked_draft(source.application, SECTION)
    proof = source.proof
    source.delete()
    _drop(proof)


def _drop(upload: Upload | None) -> None:
    """Delete a file that nothing refers to any more; it goes from the disk once the row is gone for good."""
    documents.discard_uploads([upload])

"""What a firm allows to be done with its answers: three choices apart from each other, each kept for ever."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from applications.models import Case
from diagnostics.choices import choices_of
from diagnostics.models import Consent
from portal.models import Event


@transaction.atomic(durable=True)
def choose(*, case: Case, choices: Mapping[str, bool], by: User, at: datetime) -> list[Consent]:
    """Keep the choices that differ from those in force, each as a row of its own; the same again writes nothing.

    Nothing in the service depends on a yes: a choice may be made, or taken back, at any time.
    """
    Case.objects.select_for_update().get(pk=case.pk)  # of two clicks the second sees what the first has written
    held = choices_of(case)
    made = Consent.objects.bulk_create(
        Consent(case=case, purpose=purpose, is_given=is_given, given_at=at, given_by=by)
        for purpose, is_given in choices.items()
        if held.get(purpose) != is_given
    )
    if made:
        data = {row.purpose: row.is_given for row in made}
        Event.objects.record(case, kind="diagnostic.consent", by=by, at=at, data=data)
    return made

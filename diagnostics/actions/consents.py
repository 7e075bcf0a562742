"""What a firm allows to be done with its answers: three choices apart from each other, each kept for ever."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from applications.models import Case
from diagnostics.models import Consent
from portal.models import Event


def said_when_joining(case: Case) -> dict[str, bool]:
    """What the firm chose when it joined the programme, by purpose; empty when it was not asked."""
    if case.agrees_to_benchmark is None:
        return {}
    return {
        Consent.Purpose.BENCHMARK.value: case.agrees_to_benchmark,
        Consent.Purpose.SHARE.value: case.agrees_to_share,
        Consent.Purpose.CONTACT.value: bool(case.agrees_to_contact),
    }


def choices_of(case: Case) -> dict[str, bool]:
    """The choices in force by purpose: the newest, else what was said when joining. Never asked is left out."""
    newest = Consent.objects.filter(case=case).newest().values_list("purpose", "is_given")
    return {**said_when_joining(case), **dict(newest)}


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

"""Somebody looks at a flag and clears it with a reason."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from funding.models import FraudFlag
from portal.models import Event


@transaction.atomic(durable=True)
def clear_flag(*, flag: FraudFlag, reason: str, by: User, at: datetime) -> bool:
    """False when somebody else cleared it first: their reason stays."""
    cleared = FraudFlag.objects.filter(pk=flag.pk, cleared_at=None).update(cleared_at=at, cleared_by=by, reason=reason)
    if cleared:
        Event.objects.record(
            flag.case, kind="flag.cleared", by=by, at=at, note=reason, data={"rule": flag.rule}, staff_only=True
        )
    return bool(cleared)

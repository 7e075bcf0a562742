"""An adviser's word that what does not apply to a firm does not."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from diagnostics.models import AcceptedGaps, Result
from portal.models import Event


@transaction.atomic(durable=True)
def accept_gaps(*, result: Result, by: User, at: datetime) -> None:
    """Say of a result in which much does not apply that this is so; from then on it may be compared with."""
    _accepted, is_new = AcceptedGaps.objects.get_or_create(
        result=result, defaults={"accepted_at": at, "accepted_by": by}
    )
    if is_new:
        Event.objects.record(result.assessment, kind="assessment.gaps_accepted", by=by, at=at, staff_only=True)

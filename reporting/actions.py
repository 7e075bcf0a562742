from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from accounts.models import User
from portal.models import Event
from reporting import tasks
from reporting.models import Export


@transaction.atomic(durable=True)
def request_export(
    *, kind: str, format: str, filters: dict[str, str], programme_slug: str, key: uuid.UUID, by: User, at: datetime
) -> Export:
    """Owe a file of the rows that `filters` (the filter form's query) leave; a repeat with `key` gives the same one.

    `programme_slug` names the one programme the rows are of, or is empty.
    """
    export, made = Export.objects.get_or_create(
        creation_key=key,
        requested_by=by,
        defaults={
            "kind": kind, "format": format, "filters": filters, "programme_slug": programme_slug,
            "created_at": at, "not_before": at,
        },
    )  # fmt: skip
    if made:
        facts = {"kind": kind, "format": format, "filters": filters}
        Event.objects.record(export, kind="export.asked", by=by, at=at, data=facts, staff_only=True)
        tasks.make_export.delay_on_commit(export_id=str(export.pk))  # type: ignore[attr-defined]  # portal.celery.OwedTask
    return export

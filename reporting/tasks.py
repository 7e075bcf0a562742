from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from celery import shared_task
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from accounts.permissions import Permission
from accounts.scope import places
from documents.writing import WRITERS
from portal.models import Event
from reporting.columns import SHEETS
from reporting.models import Export

SWEEP_SIZE = 50
CHUNK = 500

logger = logging.getLogger(__name__)


@shared_task
def make_export(*, export_id: str, **kwargs: Any) -> None:
    """Make one owed file; doing it twice, or after another worker has, changes nothing."""
    export = Export.objects.claim(export_id, timezone.now())
    if export is None:
        return
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"export.{export.format}"
            scope, count = _write(export, path)
            with path.open("rb") as stream:
                export.file.save(path.name, File(stream), save=False)
    except Exception as error:
        export.fail(timezone.now(), f"{type(error).__name__}: {error}"[:2000])
        raise
    if not _finish(export, scope, count):
        export.file.storage.delete(export.file.name)


def _write(export: Export, path: Path) -> tuple[list[list[int | None]], int]:
    """Write the rows that the owner may export today; what they lie within, and how many they are."""
    user = export.requested_by
    sheet = SHEETS[export.kind]
    scope = sorted((list(place) for place in places(user, Permission.EXPORT)), key=str)
    filters = sheet.filters(export.filters, user=user)
    if not filters.is_valid():
        # A form of filters drops what it cannot read, and the file would hold more than was asked for.
        raise ValueError(f"Filters that no longer hold: {', '.join(filters.errors)}")
    found = sheet.rows(user, filters)
    expected = found.count()
    written = 0

    def rows() -> Iterator[Sequence[Any]]:
        nonlocal written
        for row in found.iterator(chunk_size=CHUNK):
            if written % CHUNK == 0:
                export.note_progress(written, expected)
            written += 1
            yield [read(row) for read in sheet.fields.values()]

    WRITERS[export.format](path, list(sheet.fields), rows())
    return scope, written


def _finish(export: Export, scope: list[list[int | None]], count: int) -> bool:
    """Record file and event together; False when another worker has taken the row over."""
    now = timezone.now()
    programme = export.programme_slug or "all-programmes"
    name = f"{programme}-{export.kind}-{now:%Y-%m-%d}-{count}-rows.{export.format}"
    with transaction.atomic():
        finished = export.finish(
            now, file=export.file.name, file_name=name, row_count=count, rows_expected=count, scope=scope
        )
        if finished:
            facts = {"kind": export.kind, "format": export.format, "filters": export.filters, "rows": count}
            Event.objects.record(
                export, kind="export.made", by=export.requested_by, at=now, data=facts, staff_only=True
            )
            logger.info("export %s: %s rows for user %s, %s", export.number, count, export.requested_by_id, facts)
    return finished


@shared_task
def sweep(**kwargs: Any) -> None:
    """Send again whatever a lost message or a killed worker left behind, and delete files past their time."""
    now = timezone.now()
    for pk in Export.objects.waiting(now).order_by("not_before").values_list("pk", flat=True)[:SWEEP_SIZE]:
        make_export.delay(export_id=str(pk))
    outdated: Any = Export.objects.outdated(now)[:SWEEP_SIZE]
    for export in outdated:
        name = export.file.name
        # The row first: a file without a row is only space, a row without its file is a broken link.
        Export.objects.filter(pk=export.pk).update(file="")
        export.file.storage.delete(name)

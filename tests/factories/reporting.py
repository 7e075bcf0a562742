import uuid

from django.utils import timezone

from reporting import actions, tasks


def ask(user, kind="cases", format="csv", filters=None, programme_slug=""):
    """An export owed to `user`; of cases in every status unless other filters are given."""
    return actions.request_export(
        kind=kind, format=format, filters={"status": "all"} if filters is None else filters,
        programme_slug=programme_slug, key=uuid.uuid4(), by=user, at=timezone.now(),
    )  # fmt: skip


def make(export):
    tasks.make_export(export_id=str(export.pk))
    export.refresh_from_db()
    return export

from __future__ import annotations

from datetime import datetime
from typing import Any

from notifications import tasks
from notifications.models import Message


def queue(
    *,
    to: str,
    kind: str,
    at: datetime,
    language: str = "en-gb",
    reference: str = "",
    context: dict[str, Any] | None = None,
    branding: dict[str, str] | None = None,
    words: dict[str, str] | None = None,
) -> Message:
    """Owe one e-mail. Call inside the transaction that needs it.

    `kind` names `templates/notifications/<kind>.txt`; `context` is plain JSON and may hold `button` (`label`, `url`).
    `branding` is the programme's `name` and `colour`. `words` (`subject`, `body`) are a programme's own text for this
    kind and replace the template's; they may name facts of the context as `$name`.
    """
    message = Message.objects.create(
        to=to, kind=kind, language=language, reference=reference, context=context or {}, branding=branding or {},
        words=words or {}, created_at=at, not_before=at,
    )  # fmt: skip
    tasks.send_message.delay_on_commit(message_id=str(message.pk))  # type: ignore[attr-defined]  # portal.celery.OwedTask
    return message

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from notifications import rendering
from notifications.models import Message

SWEEP_SIZE = 500


@shared_task
def send_message(*, message_id: str, **kwargs: Any) -> None:
    """Send one owed e-mail.

    A worker killed between the server's answer and our record sends it twice: mail has no better promise, so the
    row's id is the Message-ID, by which a mail program shows the two as one.
    """
    message = Message.objects.claim(message_id, timezone.now())
    if message is None:
        return
    try:
        mail = rendering.render(message)
        host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
        envelope = EmailMultiAlternatives(
            mail.subject, mail.text, to=[message.to], headers={"Message-ID": f"<{message.pk}@{host}>"}
        )
        envelope.attach_alternative(mail.html, "text/html")
        envelope.send()
    except Exception as error:
        message.fail(timezone.now(), f"{type(error).__name__}: {error}"[:2000])
        raise
    message.finish(timezone.now(), subject=mail.subject, text=mail.text, html=mail.html)


@shared_task
def sweep(**kwargs: Any) -> None:
    """Send again whatever a lost message or a killed worker left behind."""
    for pk in Message.objects.waiting(timezone.now()).order_by("not_before").values_list("pk", flat=True)[:SWEEP_SIZE]:
        send_message.delay(message_id=str(pk))

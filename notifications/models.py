from __future__ import annotations

import uuid

from django.db import models

from portal.models import Owed, OwedQuerySet


class Message(Owed):
    """One e-mail owed: its kind, its frozen facts and branding. Subject and bodies are filled in when it is sent."""

    ATTEMPTS = 14  # the waits double up to two hours, four and a half in all: a mail server may be away that long

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to = models.EmailField()
    kind = models.CharField(max_length=60)
    language = models.CharField(max_length=10)
    reference = models.CharField(max_length=20, blank=True, db_index=True)
    context = models.JSONField(default=dict)
    branding = models.JSONField(default=dict)
    words = models.JSONField(default=dict)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)

    objects = OwedQuerySet.as_manager()  # type: ignore[misc]  # each table its own manager

    class Meta:
        indexes = [
            models.Index(fields=["state", "not_before"], name="message_owed"),
            models.Index(fields=["-created_at", "-id"], name="message_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"

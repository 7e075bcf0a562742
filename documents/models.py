"""Every PDF made, and every file taken from a person."""

from __future__ import annotations

import uuid

from django.db import models

from portal.models import Owed, OwedQuerySet
from portal.references import new_reference


def document_path(document: Document, filename: str) -> str:
    """Stored under the row's id and the claim that made it: two workers never write the same file."""
    return f"documents/{document.pk}/{document.claim}.pdf"


def upload_path(upload: Upload, filename: str) -> str:
    """Stored under the row's id; the person's file name is only ever shown."""
    return f"uploads/{upload.pk}"


def new_document_number() -> str:
    return new_reference("DOC")


class Document(Owed):
    """One PDF: a template and the frozen facts it shows. Never rendered again once ready."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=12, unique=True, default=new_document_number)
    template = models.CharField(max_length=120)
    context = models.JSONField()
    title = models.CharField(max_length=200)
    language = models.CharField(max_length=10)
    file_name = models.CharField(max_length=120)
    file = models.FileField(upload_to=document_path, max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    is_bulk = models.BooleanField(default=False)
    """One of many made at night or in a batch: workers take it when nobody waits for a single one."""

    objects = OwedQuerySet.as_manager()  # type: ignore[misc]  # each table its own manager

    class Meta:
        indexes = [models.Index(fields=["state", "not_before"], name="document_owed")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Upload(models.Model):
    """A file a person gave us, already checked by content (documents.checking)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=upload_path, max_length=200)
    uploaded_at = models.DateTimeField()
    uploaded_by_id = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return self.name

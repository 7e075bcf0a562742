"""Every PDF made, and every file taken from a person."""

from __future__ import annotations

import uuid
from pathlib import PurePath

from django.db import models
from django.utils.translation import gettext_lazy as _

from documents import scanning
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


class Upload(Owed):
    """A file a person gave us, checked by content (documents.checking), and what a virus scanner owes it.

    Owed while a scanner is to look at it; CANCELLED when there was none to ask. Its file is gone once a virus is found.
    """

    class Condition(models.TextChoices):
        """What people are told about a file."""

        CHECKING = "checking", _("being checked for viruses")
        CLEAN = "clean", _("no virus found")
        INFECTED = "infected", _("holds a virus: not kept")
        FAILED = "failed", _("could not be checked for viruses yet")
        UNSCANNED = "unscanned", _("not scanned for viruses")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=upload_path, max_length=200, blank=True)
    uploaded_by_id = models.BigIntegerField(null=True)
    virus = models.CharField(max_length=200, blank=True)
    """What the scanner calls it."""

    objects = OwedQuerySet.as_manager()  # type: ignore[misc]  # each table its own manager

    class Meta:
        indexes = [models.Index(fields=["state", "not_before"], name="upload_owed")]

    def __str__(self) -> str:
        return self.name

    @property
    def condition(self) -> Condition:
        if self.virus:
            return self.Condition.INFECTED
        if self.is_ready:
            return self.Condition.CLEAN
        if not scanning.is_configured():
            return self.Condition.UNSCANNED
        return self.Condition.FAILED if self.state == self.State.FAILED else self.Condition.CHECKING

    @property
    def is_servable(self) -> bool:
        """Nobody downloads what a scanner has yet to look at; without a scanner people are told so and may."""
        return self.condition in {self.Condition.CLEAN, self.Condition.UNSCANNED}

    @property
    def ending(self) -> str:
        """PDF, DOCX and so on."""
        return PurePath(self.name).suffix.removeprefix(".").upper()

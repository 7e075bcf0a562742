"""Files of rows that a person asked for. The only table of this app; everything else here is read."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from portal.models import Owed, OwedQuerySet
from portal.references import new_reference

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

KEPT_DAYS = 7


def export_path(export: Export, filename: str) -> str:
    """Stored under the row's id and the claim that made it: two workers never write the same file."""
    return f"exports/{export.pk}/{export.claim}.{export.format}"


def new_export_number() -> str:
    return new_reference("EXP")


class ExportQuerySet(OwedQuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everyone's own: the rows in a file are those that its owner may see."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(requested_by=user)

    def outdated(self, at: datetime) -> Self:
        """Files kept longer than promised: they hold firms' data."""
        return self.filter(finished_at__lt=at - timedelta(days=KEPT_DAYS)).exclude(file="")


class Export(Owed):
    """One file of cases, awards or scores, made by a worker. `filters` is the filter form's query as it was sent.

    `scope` lists the [programme id, region id or null] pairs whose rows the file holds; a person who has lost one
    of them since may not download it.
    """

    class Kind(models.TextChoices):
        CASES = "cases", _("Cases")
        AWARDS = "awards", _("Awards")
        SCORES = "scores", _("Assessors’ scores")

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("Excel (XLSX)")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=12, unique=True, default=new_export_number)
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    programme_slug = models.CharField(max_length=60, blank=True)
    """The one programme the rows are of; empty for several."""
    kind = models.CharField(max_length=6, choices=Kind.choices)
    format = models.CharField(max_length=4, choices=Format.choices)
    filters = models.JSONField(default=dict)
    scope = models.JSONField(default=list)
    rows_expected = models.PositiveIntegerField(null=True)
    row_count = models.PositiveIntegerField(default=0)
    """Rows written so far; all of them once the file is ready."""
    file = models.FileField(upload_to=export_path, max_length=200, blank=True)
    file_name = models.CharField(max_length=160, blank=True)

    objects = ExportQuerySet.as_manager()  # type: ignore[misc]  # each table its own manager

    class Meta:
        indexes = [
            models.Index(fields=["state", "not_before"], name="export_owed"),
            models.Index(fields=["requested_by", "-created_at"], name="export_by_owner"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="READY") | (Q(finished_at__isnull=False) & ~Q(file_name="")),
                name="ready_export_has_its_file",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def event_reference(self) -> str:
        return self.number

    @property
    def event_programme(self) -> str:
        return self.programme_slug

    @property
    def is_gone(self) -> bool:
        """Whether the file was made and then deleted at the end of its time."""
        return self.is_ready and not self.file

    def note_progress(self, rows: int, expected: int) -> None:
        """Let the page show how far the worker is; no effect once the claim has passed to another worker."""
        claimed = type(self).objects.filter(pk=self.pk, claim=self.claim, state=self.State.WORKING)
        claimed.update(row_count=rows, rows_expected=expected)

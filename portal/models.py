"""What happened, to what, by whom (Event), and the row that owes work to a worker (Owed)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


def at_and_by(model: str, name: str) -> models.CheckConstraint:
    """Somebody did it at some moment, or nobody did: `<name>_at` and `<name>_by` are both set or both empty."""
    return models.CheckConstraint(
        condition=Q(**{f"{name}_at": None, f"{name}_by": None})
        | Q(**{f"{name}_at__isnull": False, f"{name}_by__isnull": False}),
        name=f"{model}_{name}_at_and_by",
    )


class EventQuerySet(models.QuerySet["Event"]):
    def for_reference(self, reference: str) -> Self:
        """Events of one case, newest first."""
        return self.filter(reference=reference).order_by("-id")

    def shown_to_firm(self) -> Self:
        return self.filter(staff_only=False)

    def record(
        self,
        subject: Any,
        *,
        kind: str,
        by: AbstractBaseUser | None,
        at: datetime,
        note: str = "",
        data: dict[str, Any] | None = None,
        staff_only: bool = False,
    ) -> Event:
        """Write that `kind` happened to `subject` (anything with event_reference and event_programme)."""
        return self.create(
            programme=subject.event_programme,
            reference=subject.event_reference,
            kind=kind,
            subject_label=subject._meta.label_lower,
            subject_id=str(subject.pk),
            actor_id=by.pk if by else None,
            actor_name=by.get_short_name() if by else "",  # type: ignore[attr-defined]
            at=at,
            note=note,
            data=data or {},
            staff_only=staff_only,
        )


class Event(models.Model):
    """The meaning of a change, for timelines. Append-only; without foreign keys, so that it never blocks a delete."""

    programme = models.CharField(max_length=60)
    reference = models.CharField(max_length=20)
    kind = models.CharField(max_length=60)
    subject_label = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    staff_only = models.BooleanField(default=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["reference", "-id"], name="event_by_reference"),
            models.Index(fields=["programme", "kind", "at"], name="event_by_programme"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.reference} {self.kind}"


class OwedQuerySet(models.QuerySet["Owed"]):
    def waiting(self, at: datetime) -> Self:
        """Rows no worker has, or whose worker took them longer ago than any task may run."""
        stuck = Q(state=Owed.State.WORKING, claimed_at__lt=at - timedelta(seconds=settings.CLAIM_LIMIT_SECONDS))
        return self.filter(Q(state=Owed.State.QUEUED, not_before__lte=at) | stuck)

    def claim(self, pk: Any, at: datetime) -> Any | None:
        """Take one waiting row for this worker; None when another worker has it or it is done.

        A row whose every worker was killed over it is marked failed, so that it stops killing workers.
        """
        token = uuid.uuid4()
        claimed = (
            self.waiting(at)
            .filter(pk=pk)
            .update(state=Owed.State.WORKING, claim=token, claimed_at=at, attempts=models.F("attempts") + 1)
        )
        if not claimed:
            return None
        row = self.get(pk=pk)
        if row.attempts > row.ATTEMPTS:
            row.fail(at, "Given up: every worker that took it was lost")
            return None
        return row


class Owed(models.Model):
    """Work that must happen, as a row written in the transaction that calls for it.

    A worker claims it (token and time), works outside any transaction and finishes with the same token, so that a
    late finish by an orphaned worker changes nothing.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Waiting"
        WORKING = "WORKING", "Being made"
        READY = "READY", "Ready"
        FAILED = "FAILED", "Failed"
        CANCELLED = "CANCELLED", "Cancelled"

    ATTEMPTS = 5

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    claim = models.UUIDField(null=True, editable=False)
    claimed_at = models.DateTimeField(null=True, editable=False)
    not_before = models.DateTimeField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = OwedQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY

    @property
    def is_pending(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.WORKING}

    def finish(self, at: datetime, **changes: Any) -> bool:
        """Record the result; False when this claim is no longer the row's."""
        return self._settle(self.State.READY, at, finished_at=at, error="", **changes)

    def fail(self, at: datetime, error: str) -> bool:
        """Put the row back for another try, later each time, or mark it failed after the last."""
        if self.attempts >= self.ATTEMPTS:
            return self._settle(self.State.FAILED, at, finished_at=at, error=error)
        return self._settle(self.State.QUEUED, at, error=error, not_before=at + timedelta(seconds=2**self.attempts))

    def _settle(self, state: str, at: datetime, **changes: Any) -> bool:
        settled = (
            type(self)
            ._base_manager.filter(pk=self.pk, state=self.State.WORKING, claim=self.claim)
            .update(state=state, **changes)
        )
        if settled:
            for name, value in {"state": state, **changes}.items():
                setattr(self, name, value)
        return bool(settled)

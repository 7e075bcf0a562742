"""One door for every change of status: a table on the model, a compare-and-set here, an Event beside it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models, transaction

from portal.models import Event

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


class Turn(models.TextChoices):
    """Who has to act next for a row to move on."""

    FIRM = "FIRM", "Firm"
    ADVISER = "ADVISER", "Adviser"
    ASSESSOR = "ASSESSOR", "Assessor"
    APPROVER = "APPROVER", "Approver"
    CONTRACTOR = "CONTRACTOR", "Contractor"
    FINANCE = "FINANCE", "Finance"
    NOBODY = "NOBODY", "Nobody"


class IllegalMove(Exception):
    """The row may not make this move now: the table forbids it, or someone else was faster."""


class Workflow(models.Model):
    """A row with a status that only named moves may change.

    A subclass states `MOVES` (status -> statuses it may become; a terminal status maps to an empty set) and
    `TURN` (status -> whose turn it is), both naming every status, `PUBLIC_LABELS` (the firm's words for each),
    and gives `event_reference` (the reference of the case that its timeline belongs to).
    """

    MOVES: ClassVar[dict[str, set[str]]]
    TURN: ClassVar[dict[str, Turn]]
    PUBLIC_LABELS: ClassVar[dict[str, Any]]
    STAFF_ONLY: ClassVar[bool] = False
    """Whether its moves, with the words that go with them, are kept from the firm's timeline."""

    status: models.CharField[str, str]
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True

    @property
    def event_reference(self) -> str:
        raise NotImplementedError

    @property
    def event_programme(self) -> str:
        """Slug of the programme the row belongs to, for reading events by programme."""
        raise NotImplementedError

    @property
    def turn(self) -> Turn:
        return self.TURN[self.status]

    @property
    def public_label(self) -> str:
        return str(self.PUBLIC_LABELS[self.status])

    def can_move_to(self, status: str) -> bool:
        return status in self.MOVES[self.status]

    def _move_to(
        self, status: str, *, by: AbstractBaseUser | None, at: datetime, note: str = "", **changes: Any
    ) -> None:
        """Become `status`, writing `changes` in the same UPDATE, and record the Event.

        Raises IllegalMove when the table forbids the move or the row has moved since it was loaded.
        """
        if not self.can_move_to(status):
            raise IllegalMove(f"{self} cannot go from {self.status} to {status}")
        with transaction.atomic():
            manager: models.Manager[Any] = type(self)._base_manager
            moved = manager.filter(pk=self.pk, status=self.status).update(status=status, updated_at=at, **changes)
            if not moved:
                raise IllegalMove(f"{self} is no longer {self.status}")
            Event.objects.record(
                self,
                kind=f"{self._meta.model_name}.{status.lower()}",
                by=by,
                at=at,
                note=note,
                data={"from": self.status, "to": status},
                staff_only=self.STAFF_ONLY,
            )
        for name, value in {"status": status, "updated_at": at, **changes}.items():
            setattr(self, name, value)

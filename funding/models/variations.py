"""A change to a project that has its award."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from documents.models import Document
from funding.models.awards import Award, OfAwardQuerySet
from portal.models import at_and_by
from portal.workflow import Turn, Workflow


class VariationQuerySet(OfAwardQuerySet):
    def shown_to_firm(self) -> Self:
        """Without what staff begin and have not decided: nobody is told of an end that may never come."""
        return self.exclude(~Q(status=Variation.Status.AGREED), by_programme=True)


@pghistory.track()
class Variation(Workflow):
    """What the firm wants to change, why, and what is in force after it was agreed.

    `asked` holds the change by kind: DATES {starts_on, ends_on}; VIREMENT {moves: [{partner, from, to, amount}]};
    PARTNER {partner, change: "leaves" | "replaced", name}, with {new, new_name} where another takes the place; SCOPE
    {text}; TERMINATION {on}. `before` is what stood.
    """

    class Kind(models.TextChoices):
        DATES = "DATES", _("Other dates")
        VIREMENT = "VIREMENT", _("Money between kinds of cost")
        PARTNER = "PARTNER", _("A partner leaves or is replaced")
        SCOPE = "SCOPE", _("What the project does")
        TERMINATION = "TERMINATION", _("End the project early")

    class Status(models.TextChoices):
        ASKED = "ASKED", _("To look at")
        RECOMMENDED = "RECOMMENDED", _("To decide")
        AGREED = "AGREED", _("Agreed")
        REFUSED = "REFUSED", _("Refused")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    MOVES = {
        Status.ASKED: {Status.RECOMMENDED, Status.REFUSED, Status.WITHDRAWN},
        Status.RECOMMENDED: {Status.AGREED, Status.REFUSED, Status.WITHDRAWN},
        Status.AGREED: set(),
        Status.REFUSED: set(),
        Status.WITHDRAWN: set(),
    }
    TURN = {
        Status.ASKED: Turn.ADVISER,
        Status.RECOMMENDED: Turn.APPROVER,
        Status.AGREED: Turn.NOBODY,
        Status.REFUSED: Turn.NOBODY,
        Status.WITHDRAWN: Turn.NOBODY,
    }
    PUBLIC_LABELS = {
        Status.ASKED: _("We are looking at it"),
        Status.RECOMMENDED: _("We are looking at it"),
        Status.AGREED: _("Agreed"),
        Status.REFUSED: _("Not agreed"),
        Status.WITHDRAWN: _("Withdrawn by you"),
    }
    OPEN = (Status.ASKED, Status.RECOMMENDED)

    award = models.ForeignKey(Award, models.PROTECT, related_name="variations")
    number = models.PositiveSmallIntegerField()
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ASKED)
    asked = models.JSONField()
    before = models.JSONField(default=dict)
    reason = models.TextField()
    by_programme = models.BooleanField(default=False)
    """Begun by staff: the firm meets it when it was decided."""
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recommended_at = models.DateTimeField(null=True)
    recommended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answer = models.TextField(blank=True)
    letter = models.OneToOneField(Document, models.PROTECT, null=True, related_name="+")

    objects = VariationQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["award", "number"], name="one_variation_per_number"),
            models.UniqueConstraint(
                fields=["award"], condition=Q(status__in=["ASKED", "RECOMMENDED"]), name="one_open_variation_per_award"
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("recommended_by")), name="variation_decided_by_another_than_recommended"
            ),
            *(at_and_by("variation", name) for name in ("asked", "recommended", "decided")),
        ]

    def __str__(self) -> str:
        return f"{self.award}: {self.get_kind_display()}"

    @property
    def event_reference(self) -> str:
        return self.award.application.case.reference

    @property
    def event_programme(self) -> str:
        return self.award.application.case.programme.slug

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    def recommend(self, *, by: User, at: datetime, note: str = "") -> None:
        self._move_to(self.Status.RECOMMENDED, by=by, at=at, note=note, recommended_by=by, recommended_at=at)

    def agree(self, *, by: User, at: datetime, answer: str = "") -> None:
        self._move_to(self.Status.AGREED, by=by, at=at, note=answer, answer=answer, decided_by=by, decided_at=at)

    def refuse(self, *, by: User, at: datetime, answer: str) -> None:
        self._move_to(self.Status.REFUSED, by=by, at=at, note=answer, answer=answer, decided_by=by, decided_at=at)

    def withdraw(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.WITHDRAWN, by=by, at=at)

    def keep_letter(self, letter: Document) -> None:
        """The letter that tells the firm, owed with the decision."""
        type(self)._base_manager.filter(pk=self.pk).update(letter=letter)
        self.letter = letter

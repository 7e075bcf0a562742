"""The waiting list for a first diagnostic where a programme pays for so many and no more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

import pghistory
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from applications.models import Case

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

HELD_FOR = timedelta(days=14)
"""So long a place that became free is kept for the firm that was told of it, if others wait."""


class WaitingPlaceQuerySet(models.QuerySet["WaitingPlace"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Whoever sees the case."""
        return self.filter(case__in=Case.objects.visible_to(user))

    def live(self) -> Self:
        """Firms that have not started and whose application has not ended."""
        return self.filter(started_at=None, case__status=Case.Status.ACCEPTED)

    def offered(self) -> Self:
        """For whom a place is kept."""
        return self.live().filter(offered_at__isnull=False)

    def in_line(self) -> Self:
        """Those who still wait for a place, first in line in front."""
        return self.live().filter(offered_at=None).order_by("in_line_since", "id")

    def numbered(self) -> Self:
        """With `ahead`: how many firms of the programme stand before this one in line."""
        since = OuterRef("in_line_since")
        before = Q(in_line_since__lt=since) | Q(in_line_since=since, pk__lt=OuterRef("pk"))
        line = WaitingPlace.objects.in_line().filter(before, case__programme=OuterRef("case__programme"))
        count = line.order_by().values("case__programme").annotate(firms=Count("pk")).values("firms")
        return self.annotate(ahead=Coalesce(Subquery(count), 0))


@pghistory.track()
class WaitingPlace(models.Model):
    """A firm that wanted to start when every place was taken.

    It waits (`offered_at` is null), is told that a place is kept for it, and is done with once it has started. A firm
    that lets its place go by while others wait joins the end of the line: `in_line_since` moves, `joined_at` stays.
    """

    case = models.OneToOneField(Case, models.CASCADE, related_name="waiting_place")
    joined_at = models.DateTimeField()
    joined_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    in_line_since = models.DateTimeField()
    offered_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)

    objects = WaitingPlaceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["started_at", "in_line_since", "id"], name="waiting_line")]

    def __str__(self) -> str:
        return f"{self.case} in line since {self.in_line_since:%Y-%m-%d}"

    @property
    def event_reference(self) -> str:
        return self.case.reference

    @property
    def event_programme(self) -> str:
        return self.case.programme.slug

    @property
    def kept_until(self) -> datetime | None:
        """The moment until which the offered place is kept for sure; null while the firm waits."""
        return self.offered_at + HELD_FOR if self.offered_at else None

    @property
    def number(self) -> int:
        """Place in the line, from 1. One query, unless the row was read with `numbered`."""
        row = self if hasattr(self, "ahead") else WaitingPlace.objects.numbered().get(pk=self.pk)
        return int(row.ahead) + 1  # type: ignore[attr-defined]  # annotated

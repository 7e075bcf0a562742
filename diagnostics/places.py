"""Places for a first diagnostic: how many are taken, who starts next.

A place belongs to a firm, not to an application: one that comes back after it withdrew keeps the place it has used.
The instrument's row is locked before anything is counted, and before the case.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from applications.actions import tell_firm
from applications.models import Case
from diagnostics.models import Answer, Assessment, WaitingPlace
from diagnostics.models.places import HELD_FOR
from portal.models import Event
from programmes.models import Instrument


@dataclass(frozen=True)
class Places:
    """What everybody may know of a capped diagnostic: places in all, taken, kept for who was told, firms in line."""

    cap: int
    taken: int
    kept: int = 0
    in_line: int = 0

    @property
    def free(self) -> int:
        return max(0, self.cap - self.taken - self.kept)

    @property
    def is_full(self) -> bool:
        """Whether a firm that comes now has to wait."""
        return self.free <= self.in_line

    @property
    def percent(self) -> int:
        return min(100, self.taken * 100 // self.cap) if self.cap else 100


def _capped() -> QuerySet[Instrument]:
    return Instrument.objects.filter(kind=Instrument.Kind.DIAGNOSTIC, places__isnull=False).order_by("position", "id")


def _places_used() -> QuerySet[Assessment]:
    """First diagnostics that take a place: all but those given up before a single answer."""
    given_up = Q(case__status__in=Case.ENDED) & ~Exists(Answer.objects.filter(assessment=OuterRef("pk")))
    return Assessment.objects.filter(round=Assessment.Round.T0, case__is_test=False).exclude(given_up)


def places_of(programme_ids: Collection[int]) -> dict[int, Places]:
    """Programmes whose diagnostic is capped, with their places. Three queries for any number of them."""
    caps = {row.programme_id: row.places for row in _capped().filter(programme__in=programme_ids)}
    if not caps:
        return {}
    used = _places_used().filter(case__programme__in=caps).order_by().values("case__programme")
    taken = dict(
        used.annotate(firms=Count("case__organisation", distinct=True)).values_list("case__programme", "firms")
    )
    live = WaitingPlace.objects.live().filter(case__programme__in=caps).order_by().values("case__programme")
    counted: QuerySet[Any, Any] = live.annotate(
        kept=Count("pk", filter=Q(offered_at__isnull=False)), in_line=Count("pk", filter=Q(offered_at=None))
    )
    lists = {row["case__programme"]: (row["kept"], row["in_line"]) for row in counted}
    return {key: Places(cap or 0, taken.get(key, 0), *lists.get(key, (0, 0))) for key, cap in caps.items()}


def lock(programme_id: int) -> Instrument | None:
    """The programme's capped diagnostic, held until the end of the transaction; null where there is no cap."""
    return _capped().select_for_update().filter(programme=programme_id).first()


def take(instrument: Instrument, case: Case, *, by: User, at: datetime) -> WaitingPlace | None:
    """Null when the firm has a place and may start; else its row in the waiting list. The instrument is locked."""
    if _places_used().filter(case__programme=case.programme_id, case__organisation=case.organisation_id).exists():
        return None
    offer(case.programme_id, at=at)
    mine = WaitingPlace.objects.filter(case=case).first()
    if mine:
        return None if mine.offered_at else mine
    if not places_of([case.programme_id])[case.programme_id].is_full:
        return None
    mine = WaitingPlace.objects.create(case=case, joined_at=at, joined_by=by, in_line_since=at)
    Event.objects.record(mine, kind="assessment.waiting", by=by, at=at)
    _tell(mine, "diagnostic_waiting", at, number=mine.number)
    return mine


def begun(case: Case, at: datetime) -> None:
    """The firm has started, so it waits no longer."""
    WaitingPlace.objects.filter(case=case, started_at=None).update(started_at=at)


@transaction.atomic
def settle(programme_id: int, *, at: datetime) -> int:
    """Tell those first in line of the places that are free; returns how many were told."""
    lock(programme_id)
    return offer(programme_id, at=at)


def offer(programme_id: int, *, at: datetime) -> int:
    """As `settle`, for who holds the lock already."""
    places = places_of([programme_id]).get(programme_id)
    line = WaitingPlace.objects.in_line().filter(case__programme=programme_id)
    line = line.select_related("case__programme", "case__created_by")
    if places is None:  # the cap was taken away
        return sum(_offer(row, at) for row in line)
    late = WaitingPlace.objects.offered().filter(case__programme=programme_id, offered_at__lte=at - HELD_FOR)
    late = late.order_by("offered_at", "id").select_related("case__programme", "case__created_by")
    missing = max(0, places.in_line - places.free)
    passed = list(late[:missing])
    for row in passed:
        _pass_on(row, at)
    return sum(_offer(row, at) for row in line[: places.free + len(passed)])


def _offer(row: WaitingPlace, at: datetime) -> int:
    if not WaitingPlace.objects.in_line().filter(pk=row.pk).update(offered_at=at):
        return 0  # somebody was faster
    Event.objects.record(row, kind="assessment.place_offered", by=None, at=at)
    with translation.override(row.case.language):
        button = _("Start your diagnostic")
    _tell(row, "diagnostic_place", at, button=button, until=f"{row.case.programme.local_date(at + HELD_FOR):%Y-%m-%d}")
    return 1


def _pass_on(row: WaitingPlace, at: datetime) -> None:
    """To the end of the line: the place goes to somebody who waits."""
    row.offered_at, row.in_line_since = None, at
    row.save(update_fields=["offered_at", "in_line_since"])
    Event.objects.record(row, kind="assessment.place_passed_on", by=None, at=at)
    _tell(row, "diagnostic_place_passed", at, number=row.number)


def _tell(row: WaitingPlace, kind: str, at: datetime, *, button: str = "", **facts: object) -> None:
    page = reverse("diagnostics:start", args=[row.case.reference])
    tell_firm(row.case, kind, at, page=page, button=button, **facts)

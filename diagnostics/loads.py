"""What the pages about contractors show: their load, offers with reasons, sentences for the rule's codes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.permissions import Permission
from accounts.scope import within
from applications.models import Case
from diagnostics import allocating
from diagnostics.actions import contractors as actions
from diagnostics.models import Allocation, Assessment, Contractor
from portal import charts

WAITING = (Assessment.Status.SUBMITTED, Assessment.Status.IN_MODERATION)


def waiting(user: User) -> QuerySet[Assessment]:
    """Sent diagnostics without a contractor, in programmes that have contractors, which the person may give away."""
    given = Allocation.objects.live().values("assessment")
    with_contracts = Contractor.objects.values("programme")
    return (
        Assessment.objects.visible_to(user)
        .filter(within(user, Permission.DECIDE_CASE, path="case__"), status__in=WAITING)
        .filter(case__status=Case.Status.ACCEPTED, case__programme__in=with_contracts)
        .exclude(pk__in=given)
    )


def bidders(programmes: Iterable[int], at: datetime) -> list[Contractor]:
    """Contractors of these programmes with their load and regions, each with `bidder` for the rule: two queries."""
    rows = (
        Contractor.objects.filter(programme__in=programmes)
        .select_related("organisation", "programme")
        .prefetch_related("regions")
        .with_load(at.date())
        .order_by("organisation__name", "pk")
    )
    found = list(rows)
    for row in found:
        row.bidder = actions.bidder(row, row.in_hand, at)  # type: ignore[attr-defined]
    return found


def suggestions(
    assessments: Iterable[Assessment], contractors: Iterable[Contractor]
) -> dict[int, allocating.Suggestion | None]:
    """One for each diagnostic, programme by programme, so that work is spread; who gave it back is not asked again."""
    rows = list(assessments)
    found: dict[int, allocating.Suggestion | None] = {}
    given_up: dict[int, set[int]] = {row.pk: set() for row in rows}
    for assessment, contractor in Allocation.objects.filter(
        assessment__in=given_up, status__in=Allocation.GIVEN_UP
    ).values_list("assessment", "contractor"):
        given_up[assessment].add(contractor)
    for programme in dict.fromkeys(row.case.programme_id for row in rows):
        work = [actions.work(row, given_up[row.pk]) for row in rows if row.case.programme_id == programme]
        able = [each.bidder for each in contractors if each.programme_id == programme]  # type: ignore[attr-defined]
        found |= allocating.spread(work, able)
    return found


def reasons(suggestion: allocating.Suggestion) -> list[str]:
    """Why this contractor, in words."""
    return [_reason(code, value) for code, value in suggestion.reasons]


def _reason(code: str, value: str) -> str:
    if code == allocating.REGION:
        return _("works in this region") if value == "named" else _("works in the whole programme")
    if code in (allocating.LANGUAGE, allocating.OTHER_LANGUAGE):
        name = dict(settings.LANGUAGES).get(value, value)
        said = (
            _("speaks the firm’s language (%(name)s)") if code == allocating.LANGUAGE else _("does not speak %(name)s")
        )
        return said % {"name": name}
    if code == allocating.FREE:
        free, capacity = value.split("/")
        said = ngettext("%(free)s of %(capacity)s place free", "%(free)s of %(capacity)s places free", int(capacity))
        return said % {"free": free, "capacity": capacity}
    return _("%(share)s %% of its places taken") % {"share": value}


def chart(contractors: Iterable[Any]) -> SafeString | None:
    """How much of its capacity each contractor has in hand; None when there is nobody to draw."""
    rows = [
        charts.Bar(
            str(row.organisation), round(row.bidder.load * 100),
            text=_("%(taken)d of %(capacity)d") % {"taken": row.in_hand, "capacity": row.capacity},
        )
        for row in contractors
    ]  # fmt: skip
    return charts.bars(rows, title=_("In hand, of the places there are"), unit="%") if rows else None

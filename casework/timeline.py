"""What happened to a case, in its reader's words, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership, User
from applications.models import Case
from casework.wording import firm_sentence, staff_sentence
from portal.models import Event

SIZE = 20
SHOWN: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "notes": (gettext_lazy("Notes and contacts"), ("note.",)),
    "application": (gettext_lazy("Application"), ("case.",)),
    "eligibility": (gettext_lazy("Eligibility"), ("override.", "check.", "firm.")),
    "diagnostic": (gettext_lazy("Diagnostic and plan"), ("assessment.", "diagnostic.", "plan.", "allocation.")),
    "money": (gettext_lazy("Money"), ("outline.", "grantapplication.", "review.", "award.", "variation.")),
}
"""Filters of the staff timeline: key in the address, label, beginnings of the kinds of event."""


@dataclass(frozen=True)
class Item:
    title: str
    at: datetime
    by: str
    text: str


def staff_events(case: Case, show: str) -> QuerySet[Event]:
    events = Event.objects.for_reference(case.reference)
    if show not in SHOWN:
        return events
    kinds = Q()
    for beginning in SHOWN[show][1]:
        kinds |= Q(kind__startswith=beginning)
    return events.filter(kinds)


def choices(show: str) -> list[dict[str, Any]]:
    """The filters as links, the one that is on marked."""
    known = show if show in SHOWN else ""
    labels = {"": _("Everything"), **{key: str(label) for key, (label, _kinds) in SHOWN.items()}}
    return [{"key": key, "label": label, "is_current": key == known} for key, label in labels.items()]


def staff_item(event: Event) -> Item:
    return Item(staff_sentence(event.kind), event.at, event.actor_name, event.note)


def firm_items(case: Case, reader: User, members: list[Membership]) -> list[Item]:
    """The firm's own steps and ours; of our people it learns what was done, not who in particular did it."""
    names = {membership.user_id: membership.user.get_full_name() for membership in members}
    names[reader.pk] = _("You")
    ours = case.programme.short_name
    events = Event.objects.for_reference(case.reference).shown_to_firm()[:SIZE]
    return [
        Item(firm_sentence(event.kind), event.at, names.get(event.actor_id or 0, ours), _told(event))
        for event in events
    ]


def _told(event: Event) -> str:
    """The words that came with a step were written for the firm only where a status was moved."""
    return event.note if event.data.get("to") else ""

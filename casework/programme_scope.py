"""Who sees a programme's own pages, who may change it, and the frame of those pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Permission
from accounts.scope import places
from casework import queue
from programmes.models import Programme

READERS = (Permission.CONFIGURE, Permission.EXPORT)
"""Held for the whole programme, one of these shows its pages: managers, administrators, finance, auditors."""


def readable(user: User) -> set[int]:
    return set().union(*(user.programmes_for(permission) for permission in READERS))


def found(user: User, slug: str, *, to_change: bool = False) -> Programme:
    """The programme, for whoever works in it and may read (`to_change`: change) its settings; 404 or 403 otherwise."""
    mine = {assignment.programme_id: assignment.programme for assignment in user.active_assignments}
    programme = next((row for row in mine.values() if row.slug == slug), None)
    if programme is None:
        raise Http404
    allowed = user.programmes_for(Permission.CONFIGURE) if to_change else readable(user)
    if programme.pk not in allowed:
        raise PermissionDenied
    return programme


def may_change(user: User, programme: Programme) -> bool:
    return programme.pk in user.programmes_for(Permission.CONFIGURE)


def rail(user: User, at: datetime, current: str) -> list[dict[str, Any]]:
    """The staff's rail; without the queues for who works on no case."""
    if places(user, Permission.VIEW_CASEWORK):
        return queue.rail(user, at, current)
    return queue.settings_group(user, current)


def tabs(programme: Programme, name: str) -> list[dict[str, Any]]:
    """The pages of one programme; `name` is the address's name of the one that is open."""
    pages = [
        ("programme", _("Overview")),
        ("programme-texts", _("Words")),
        ("programme-money", _("Windows and budgets")),
        ("programme-people", _("People")),
        ("programme-rules", _("Rules")),
        ("programme-history", _("History")),
    ]
    return [
        {"label": label, "url": reverse(f"casework:{page}", args=[programme.slug]), "is_current": page == name}
        for page, label in pages
    ]


def frame(user: User, programme: Programme, at: datetime, tab: str) -> dict[str, Any]:
    return {
        "programme": programme,
        "tabs": tabs(programme, tab),
        "may_change": may_change(user, programme),
        "rail": rail(user, at, reverse("casework:programmes")),
        "wide": True,
    }

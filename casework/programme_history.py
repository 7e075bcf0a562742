"""A programme's own history in words: who changed what, why, and what stood there before."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Assignment, User
from accounts.permissions import Role
from casework.programme_readable import value_text
from portal.models import Event
from portal.money import money_text
from portal.templatetags.portal_tags import date_time
from programmes.models import Programme, Text

FIELDS = {
    "name": gettext_lazy("Name"),
    "closes_at": gettext_lazy("Closes"),
    "budget": gettext_lazy("Budget"),
    "promise_days": gettext_lazy("Working days until a decision"),
    "budget_lines": gettext_lazy("Budget by funder and period"),
    "approval_bands": gettext_lazy("Who signs, by amount"),
    "accept_days": gettext_lazy("Days to accept an offer"),
    "appeal_days": gettext_lazy("Days to ask for another look"),
    "needs_outline": gettext_lazy("Outline first"),
    "reviews_needed": gettext_lazy("Assessors for each application"),
    "is_blind": gettext_lazy("Assessed without names"),
    "partner_terms": gettext_lazy("Partners"),
    "claim_terms": gettext_lazy("Claims"),
    "opens_at": gettext_lazy("Opens"),
    "terms": gettext_lazy("Terms"),
    "criteria": gettext_lazy("Criteria"),
    "lead": gettext_lazy("Until we call a firm back"),
    "application": gettext_lazy("Until we answer an application"),
    "diagnostic": gettext_lazy("Until the diagnostic’s result is agreed"),
    "decision": gettext_lazy("Until a grant is decided"),
}


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    title: str
    at: datetime
    by: str
    reason: str
    changes: list[Change]


def events(programme: Programme) -> QuerySet[Event]:
    """What was done to the programme itself, not to one of its cases."""
    return Event.objects.filter(programme=programme.slug, reference="", kind__startswith="programme.")


def entries(found: Iterable[Event], programme: Programme) -> list[Entry]:
    """One query, for the names of people whose roles changed."""
    rows = list(found)
    names = people({row.data["user"] for row in rows if "user" in row.data})
    return [
        Entry(_title(row, names), row.at, row.actor_name or _("The portal"), row.note, _changes(row, programme))
        for row in rows
    ]


def people(pks: Collection[int]) -> dict[int, str]:
    """Names by id; whoever is gone has none."""
    return {user.pk: user.get_full_name() for user in User.objects.filter(pk__in=pks)} if pks else {}


def _title(row: Event, names: dict[int, str]) -> str:
    data = row.data
    if row.kind in {"programme.role_given", "programme.role_ended"}:
        who = names.get(data["user"], _("Somebody who has left"))
        what = {"who": who, "role": _role(data["role"]), "region": data["region"] or _("the whole programme")}
        if row.kind == "programme.role_given":
            return _("%(who)s became %(role)s for %(region)s") % what
        return _("%(who)s is no longer %(role)s for %(region)s") % what
    titles = {
        "programme.text_changed": _("Words changed: %(key)s (%(languages)s)"),
        "programme.call_changed": _("Call changed: %(call)s"),
        "programme.call_copied": _("Draft of a call: %(call)s, copied from %(of)s"),
        "programme.call_published": _("Call published: %(call)s"),
        "programme.promises_changed": _("Promises changed"),
        "programme.terms_confirmed": _("Terms confirmed: %(name)s"),
        "programme.terms_doubted": _("Terms are examples again: %(name)s"),
        "programme.file_loaded": _("Rules loaded from %(file)s"),
        "programme.waiver_recorded": _("%(questionnaire)s may open without %(language)s until %(until_on)s"),
        "programme.waiver_changed": _("%(questionnaire)s may open without %(language)s until %(until_on)s instead"),
        "programme.waiver_ended": _("%(questionnaire)s may not open without %(language)s any more"),
        "programme.contract_added": _("Contract for diagnostics added"),
        "programme.contract_changed": _("Contract for diagnostics changed"),
        "programme.contract_person": _("Somebody added to a contractor"),
        "programme.contract_person_ended": _("Somebody taken off a contractor"),
    }
    values = {name: ", ".join(value) if isinstance(value, list) else value for name, value in data.items()}
    return titles.get(row.kind, row.kind) % values


def _role(role: str) -> str:
    """As it stands inside a sentence."""
    label = str(Role(role).label)
    return label[:1].lower() + label[1:]


def _changes(row: Event, programme: Programme) -> list[Change]:
    found = [
        Change(str(FIELDS[name]), *(_value(name, value, row.data, programme) for value in values))
        for name, values in row.data.get("changes", {}).items()
        if name in FIELDS
    ]
    return found + [Change("", "", line) for line in row.data.get("lines", [])]


def _value(name: str, value: Any, data: dict[str, Any], programme: Programme) -> str:
    if isinstance(value, dict | list | bool):
        return value_text(value, programme)
    if name in {"opens_at", "closes_at"}:
        return date_time(datetime.fromisoformat(value).astimezone(programme.zone))
    if name == "budget":
        return money_text(Decimal(value), data["currency"])
    return str(value)


# --- Field by field, as the database kept it --------------------------------------------------------
@dataclass(frozen=True)
class TextChange:
    language: str
    at: datetime
    by: str
    before: str
    after: str


def text_changes(programme: Programme, key: str, most: int = 50) -> list[TextChange]:
    """Every state of a text, newest first, each beside the one before it. Three queries."""
    rows = Text.pgh_event_model.objects.filter(pgh_obj__isnull=False, programme=programme, key=key)  # type: ignore[attr-defined]
    kept = list(rows.select_related("pgh_context").order_by("pgh_id"))
    names = people({pk for row in kept if (pk := _actor(row))})
    before: dict[str, str] = {}
    found = []
    for row in kept:
        by = names.get(_actor(row) or 0) or _("From the programme file")
        found.append(TextChange(row.language, row.pgh_created_at, by, before.get(row.language, ""), row.body))
        before[row.language] = row.body
    return [change for change in reversed(found) if change.before != change.after][:most]


def _actor(row: Any) -> int | None:
    metadata = row.pgh_context.metadata if row.pgh_context else {}
    found: int | None = metadata.get("user")
    return found


@dataclass(frozen=True)
class RoleChange:
    who: str
    role: str
    region: str
    is_given: bool
    at: datetime
    by: str


def role_changes(programme: Programme, regions: dict[int, str], most: int = 50) -> list[RoleChange]:
    """Roles given and ended, newest first, those of the command line too. Two queries."""
    rows = Assignment.pgh_event_model.objects.filter(programme=programme)  # type: ignore[attr-defined]
    kept = list(rows.select_related("pgh_context").order_by("-pgh_id")[:most])
    names = people({row.user_id for row in kept} | {pk for row in kept if (pk := _actor(row))})
    return [
        RoleChange(
            who=names.get(row.user_id) or _("Somebody who has left"),
            role=str(Role(row.role).label),
            region=regions.get(row.region_id, "") if row.region_id else _("The whole programme"),
            is_given=row.pgh_label != "delete",
            at=row.pgh_created_at,
            by=names.get(_actor(row) or 0) or _("By the administrator’s command"),
        )
        for row in kept
    ]

"""Who changed an entry of the register, when, and what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from network.models import Expert

SILENT = {"pgh_id", "pgh_created_at", "pgh_label", "pgh_obj", "pgh_context", "id", "loaded"}
MOST = 50


@dataclass(frozen=True)
class Change:
    """`fields` are the columns changed, in words; empty when the entry was made."""

    at: datetime
    by: str
    fields: list[str]


def changes(expert: Expert) -> list[Change]:
    """Newest first. What no person did, the portal's file did."""
    rows = expert.events.select_related("pgh_context").order_by("-pgh_id")[: MOST + 1]  # type: ignore[attr-defined]
    kept = list(rows)
    pks = [row.pgh_context.metadata.get("user") if row.pgh_context else None for row in kept]
    names = {user.pk: user.get_full_name() for user in User.objects.filter(pk__in=filter(None, pks))}
    columns = [field.name for field in type(expert).events.rel.related_model._meta.fields if field.name not in SILENT]  # type: ignore[attr-defined]
    found = []
    for index, (row, pk) in enumerate(zip(kept, pks, strict=True)):
        before = kept[index + 1] if index + 1 < len(kept) else None
        differ = [name for name in columns if before and _value(before, name) != _value(row, name)]
        found.append(
            Change(row.pgh_created_at, names.get(pk, _("The portal")) if pk else _("The portal"), _words(differ))
        )
    return found[:MOST]


def _value(row: object, name: str) -> object:
    return getattr(row, f"{name}_id" if name == "programme" else name)


def _words(columns: list[str]) -> list[str]:
    labels = {
        "name": _("Name"),
        "slug": _("Address"),
        "kinds": _("Kinds of help"),
        "capabilities": _("What it knows about"),
        "summary": _("What it does"),
        "what_to_ask": _("What to ask it"),
        "country": _("Country"),
        "places": _("Where it works"),
        "languages": _("Languages"),
        "availability": _("Does it take enquiries?"),
        "is_independent": _("Does it sell machines or software?"),
        "url": _("Web page"),
        "email": _("Email address"),
        "programme": _("Programme that looks after the entry"),
        "source": _("How do you know?"),
        "is_listed": _("Shown in the register"),
        "is_demo": _("Invented"),
        "checked_on": _("Checked"),
    }
    return [labels[name] for name in columns]

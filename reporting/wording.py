"""Words of the public pages that are the same for every programme."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from programmes.models import Programme

ROLES: dict[str, str | Promise] = {
    "funder": _("Paid for by"),
    "industry": _("Backed by"),
    "delivery": _("Delivered with"),
    "referral": _("Works with"),
}

STEPS: list[tuple[str | Promise, str | Promise]] = [
    (_("Check"), _("Answer a few questions about your firm. You see at once what you can get, without signing in.")),
    (_("Join"), _("Tell us what you make and what you want to change. It takes about 10 minutes.")),
    (_("See where you stand"), _("Go through the diagnostic with your colleagues. An adviser looks at it with you.")),
    (_("Plan"), _("Get an action plan that says what to do first, what it costs and what pays for it.")),
    (_("Do it"), _("Ask for funding before you order anything, carry out your plan, and measure again a year later.")),
]

PROMISES: list[tuple[str, str | Promise]] = [
    ("lead", _("we call you back")),
    ("application", _("you hear whether you can join")),
    ("diagnostic", _("your adviser has gone through your diagnostic")),
    ("decision", _("we decide on your funding application")),
]


def promised_days(programme: Programme, stage: str) -> int | None:
    days = programme.promise_days.get(stage)
    return int(days) if days else None


def promises(programme: Programme) -> list[dict[str, Any]]:
    """What the programme promises, in working days."""
    found = [{"days": promised_days(programme, stage), "what": what} for stage, what in PROMISES]
    return [promise for promise in found if promise["days"]]


def partners(programme: Programme) -> list[dict[str, Any]]:
    """Partners by what they do, in the order of ROLES."""
    by_role: dict[str, list[dict[str, Any]]] = {}
    for partner in programme.partners:
        by_role.setdefault(partner.get("role", ""), []).append(partner)
    order = [*ROLES, *(role for role in by_role if role not in ROLES)]
    return [{"role": ROLES.get(role, role), "partners": by_role[role]} for role in order if role in by_role]

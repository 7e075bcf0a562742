"""Who looks back at the plan and when."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _

from diagnostics.models import ActionPlan, PlanReminder
from portal.dates import long_date


def follow_up(plan: ActionPlan, start: date) -> list[dict[str, str]]:
    """Two weeks, three months and a year: on the days promised, or counted from `start` until both have agreed."""
    promised = {reminder.kind: reminder.due_on for reminder in plan.reminders.all()}
    Kind = PlanReminder.Kind
    counted = {
        Kind.TWO_WEEKS: start + timedelta(weeks=2),
        Kind.THREE_MONTHS: months_after(start, 3),
        Kind.TWELVE_MONTHS: months_after(start, 12),
    }
    words = {
        Kind.TWO_WEEKS: (
            _("Your adviser calls you"),
            _("Has each “now” action an owner and a date? What is in the way?"),
        ),
        Kind.THREE_MONTHS: (
            _("You and your adviser meet"),
            _("Which “now” actions are done, and what did they change? What starts next?"),
        ),
        Kind.TWELVE_MONTHS: (
            _("You answer the diagnostic again"),
            _("How far has each score moved, question by question, and which targets are reached?"),
        ),
    }
    return [
        {"when": long_date(promised.get(kind, day)), "who": words[kind][0], "what": words[kind][1]}
        for kind, day in counted.items()
    ]


def months_after(start: date, months: int) -> date:
    """The same day `months` later, or the last day of that month."""
    years, month = divmod(start.month - 1 + months, 12)
    first = date(start.year + years, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(start.day, last.day))

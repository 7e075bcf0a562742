"""Looking back at an agreed plan: after two weeks, three months and a year. The row is what is owed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from applications.actions import tell_firm
from applications.models import Case
from diagnostics.inviting import may_contact
from diagnostics.models import ActionPlan, PlanReminder
from diagnostics.rendering.following import months_after
from portal.models import Event

Kind = PlanReminder.Kind
AT_ONCE = 200
"""Most reminders sent in one run; the next run goes on."""


class UnableToFollowUp(Exception):
    """The look back cannot be recorded; the message says why."""


def due_days(agreed_on: date) -> dict[str, date]:
    """The days on which firm and adviser look back, by kind."""
    return {
        Kind.TWO_WEEKS: agreed_on + timedelta(weeks=2),
        Kind.THREE_MONTHS: months_after(agreed_on, 3),
        Kind.TWELVE_MONTHS: months_after(agreed_on, 12),
    }


def promise(plan: ActionPlan, at: datetime) -> None:
    """Owe the three looks back and set the next review; days promised before stay. Saving the plan is the caller's."""
    days = due_days(plan.assessment.case.programme.local_date(at))
    rows = [PlanReminder(plan=plan, kind=kind, due_on=day) for kind, day in days.items()]
    PlanReminder.objects.bulk_create(rows, ignore_conflicts=True)
    plan.next_review_on = next_review(plan)


def next_review(plan: ActionPlan) -> date | None:
    """The first look back that nobody has held yet."""
    return plan.reminders.filter(done_at=None).order_by("due_on").values_list("due_on", flat=True).first()


def send_due(*, at: datetime) -> int:
    """Ask each firm whose day has come how its plan goes, once; how many were asked.

    The mail is owed in the transaction that marks the reminder as sent, so a worker that dies leaves it to the next
    run and never sends it twice.
    """
    waiting = PlanReminder.objects.to_send(at).select_related(
        "plan__assessment__case__programme", "plan__assessment__case__created_by"
    )[:AT_ONCE]
    return sum(_send(reminder, at) for reminder in waiting)


@transaction.atomic(durable=True)
def _send(reminder: PlanReminder, at: datetime) -> bool:
    case = reminder.plan.assessment.case
    if reminder.due_on > case.programme.local_date(at):
        return False
    if not PlanReminder.objects.filter(pk=reminder.pk, sent_at=None, done_at=None).update(sent_at=at):
        return False
    if not may_contact(case):
        return False
    with translation.override(case.language):
        button = _("Say how it is going")
    page = reverse("diagnostics:plan-follow-up", args=[case.reference])
    tell_firm(case, "plan_reminder", at, page=page, button=button, after=reminder.kind)
    return True


@transaction.atomic(durable=True)
def mark_done(*, reminder: PlanReminder, note: str, by: User, at: datetime) -> None:
    """The adviser has looked back at the plan with the firm; a repeat keeps the first note."""
    plan = ActionPlan.objects.select_for_update(of=("self",)).with_context().get(pk=reminder.plan_id)
    if plan.assessment.case.status in Case.ENDED:
        raise UnableToFollowUp(_("This application has ended, so its plan is followed no longer."))
    if not plan.reminders.filter(pk=reminder.pk, done_at=None).update(done_at=at, done_by=by, note=note):
        return
    plan.next_review_on = next_review(plan)
    plan.save(update_fields=["next_review_on"])
    Event.objects.record(plan.assessment, kind="plan.reviewed", by=by, at=at, note=note)

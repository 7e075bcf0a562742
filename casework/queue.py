"""The rows of the staff queue and the rail beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Permission
from accounts.scope import places, within
from applications.models import Case, Lead
from casework.decisions import Decision, decisions
from casework.filters import EVERYTHING, MYSELF
from casework.scope import REPORT_READERS, with_promise, worked_cases, worked_leads, works_on
from casework.story import Story, load
from diagnostics.models import Assessment
from funding.models import GrantApplication, Outline, ReviewInvitation
from portal.workflow import Turn

NO_PROMISE = date(9999, 12, 31)
ORDER = ["promise", "-updated_at", "-id"]
"""The reason stands above the table: the answer promised first is on top, then the latest change."""


@dataclass(frozen=True)
class Row:
    case: Case
    decision: Decision
    days: int
    late_days: int


def queue(user: User, at: datetime) -> QuerySet[Case]:
    """Cases the person works on, with `promise` to sort by."""
    far = Value(NO_PROMISE, models.DateField())
    return with_promise(worked_cases(user).with_context(), at).annotate(promise=Coalesce("due_on", far))


def rows(cases: Iterable[Case], *, user: User, at: datetime) -> list[Row]:
    found = []
    for story in load(cases, user=user, at=at):
        decision = decisions(story, user)[0]
        found.append(Row(story.case, decision, decision.days(story), late_days(decision, story)))
    return found


def late_days(decision: Decision, story: Story) -> int:
    """A date that the firm has to keep is no promise of ours."""
    return 0 if decision.turn == Turn.FIRM else decision.late_days(story)


# --- The rail -------------------------------------------------------------------------------------
def _entry(label: str, url: str, count: int | None, current: str, *, is_late: bool = False) -> dict[str, Any]:
    return {"label": label, "url": url, "count": count, "is_late": is_late, "is_current": url == current}


def _counts(user: User, at: datetime) -> dict[str, int]:
    def where(condition: Q) -> Count:
        return Count("pk", filter=condition)

    status = Case.Status
    to_read = Outline.objects.waiting_on(Turn.ADVISER).filter(case=OuterRef("pk")).with_opinion_of(user)
    to_read = to_read.filter(has_opinion=False)
    return with_promise(worked_cases(user), at).aggregate(
        open=where(~Q(status__in=Case.ENDED)),
        review=where(Q(status=status.SUBMITTED)),
        late=where(Q(due_on__lt=F("today"))),
        returned=where(Q(status=status.RETURNED)),
        accepted=where(Q(status=status.ACCEPTED)),
        mine=where(Q(adviser=user.pk) & ~Q(status__in=Case.ENDED)),
        outlines=where(Q(Exists(to_read)) & within(user, Permission.DECIDE_CASE)),
    )


def rail(user: User, at: datetime, current: str) -> list[dict[str, Any]]:
    """Groups of queues with their counts; `current` is the address of the page, which marks its entry."""
    home = reverse("casework:queue")
    counts = _counts(user, at)
    unanswered = worked_leads(user).filter(answered_at=None)
    lead_counts = unanswered.aggregate(all=Count("pk"), late=Count("pk", filter=Q(answer_by__lt=_today(user, at))))
    groups = [
        {
            "title": _("Waiting for us"),
            "entries": [
                _entry(_("Applications to review"), f"{home}?status=SUBMITTED", counts["review"], current,
                       is_late=bool(counts["late"])),
                _entry(_("Firms to call"), reverse("casework:leads"), lead_counts["all"], current,
                       is_late=bool(lead_counts["late"])),
                *_outlines(user, counts["outlines"], current),
                *_specialists(user, current),
            ],
        },
        {
            "title": _("Cases"),
            "entries": [
                _entry(_("All open"), home, counts["open"], current),
                _entry(_("Mine"), f"{home}?adviser={MYSELF}", counts["mine"], current),
                _entry(_("Returned to firm"), f"{home}?status=RETURNED", counts["returned"], current),
                _entry(_("Accepted"), f"{home}?status=ACCEPTED", counts["accepted"], current),
                _entry(_("All, ended too"), f"{home}?status={EVERYTHING}", None, current),
            ],
        },
    ]  # fmt: skip
    reports = []
    if places(user, *REPORT_READERS):
        reports.append(_entry(_("Figures"), reverse("reporting:dashboard"), None, current))
    if places(user, Permission.EXPORT):
        reports.append(_entry(_("Exports"), reverse("reporting:exports"), None, current))
        reports.append(_entry(_("Subsidy database"), reverse("reporting:transparency"), None, current))
    if user.programmes_for(Permission.EXPORT):
        reports.append(_entry(_("All plans as PDFs"), reverse("diagnostics:plan-batches"), None, current))
    if reports:
        groups.append({"title": _("Reports"), "entries": reports})
    return [*groups, *settings_group(user, current)]


def settings_group(user: User, current: str) -> list[dict[str, Any]]:
    """Programmes, for whoever reads the settings of one as a whole."""
    if not (user.programmes_for(Permission.CONFIGURE) or user.programmes_for(Permission.EXPORT)):
        return []
    entries = [
        _entry(_("Programmes"), reverse("casework:programmes"), None, current),
        _entry(_("Questionnaires"), reverse("casework:questionnaires"), None, current),
    ]
    if user.programmes_for(Permission.CONFIGURE):
        entries.append(_entry(_("Register of experts"), reverse("network:entries"), None, current))
    return [{"title": _("Settings"), "entries": entries}]


def _outlines(user: User, count: int, current: str) -> list[dict[str, Any]]:
    """Of projects, for whoever gives opinions on them."""
    if not places(user, Permission.DECIDE_CASE):
        return []
    return [_entry(_("Outlines"), reverse("funding:outlines"), count, current)]


def _specialists(user: User, current: str) -> list[dict[str, Any]]:
    """Queues of those who moderate, assess or decide, for whom they are."""
    entries = []
    if places(user, Permission.MODERATE):
        waiting = Assessment.objects.visible_to(user).with_adviser()
        mine = waiting.filter(within(user, Permission.MODERATE, path="case__"))
        entries.append(_entry(_("Diagnostics"), reverse("diagnostics:worklist"), mine.count(), current))
    if places(user, Permission.AGREE_PLAN):
        entries.append(_entry(_("Plans to look back at"), reverse("diagnostics:plans"), None, current))
    if places(user, Permission.DECIDE_CASE, Permission.PAY_CLAIM):
        entries.append(_entry(_("Contractors"), reverse("diagnostics:contractors"), None, current))
    if places(user, Permission.ASSESS_GRANT):
        given = ReviewInvitation.objects.filter(assessor=user).unanswered()
        entries.append(_entry(_("Given to you to assess"), reverse("funding:assessing"), given.count(), current))
    if places(user, Permission.DECIDE_CASE, Permission.APPROVE_GRANT):
        entries.append(_entry(_("Grants taken up"), reverse("funding:awards"), None, current))
    if places(user, Permission.APPROVE_GRANT, Permission.CONFIGURE):
        money = GrantApplication.objects.worked_on_by(user)
        undecided = money.waiting_on(Turn.ASSESSOR) | money.waiting_on(Turn.APPROVER)
        entries.append(_entry(_("Grant applications"), reverse("funding:queue"), undecided.count(), current))
        entries.append(_entry(_("Assessors"), reverse("funding:pool"), None, current))
    return [*entries, *_money_out(user, current)]


def _money_out(user: User, current: str) -> list[dict[str, Any]]:
    """Claims to check or agree, accounts to confirm, payments to make."""
    entries = []
    if places(user, Permission.DECIDE_CASE, Permission.APPROVE_GRANT):
        entries.append(_entry(_("Claims"), reverse("funding:claim-queue"), None, current))
    if user.programmes_for(Permission.PAY_CLAIM) or user.programmes_for(Permission.APPROVE_GRANT):
        entries.append(_entry(_("Bank details"), reverse("funding:bank-accounts"), None, current))
    if user.programmes_for(Permission.PAY_CLAIM):
        entries.append(_entry(_("Payments"), reverse("funding:payment-runs"), None, current))
    if places(user, Permission.APPROVE_GRANT, Permission.PAY_CLAIM):
        entries.append(_entry(_("Signs of fraud or error"), reverse("funding:flags"), None, current))
    return entries


def _today(user: User, at: datetime) -> date:
    """The day where the person works: the earliest of their programmes' days, so that nothing is called late early."""
    return min((a.programme.local_date(at) for a in user.active_assignments), default=at.date())


# --- Firms that asked for a call ------------------------------------------------------------------
@dataclass(frozen=True)
class LeadRow:
    lead: Lead
    late_days: int
    may_answer: bool


def leads(user: User) -> QuerySet[Lead]:
    return worked_leads(user).select_related("programme", "region", "check_result", "answered_by")


def lead_row(lead: Lead, *, user: User, at: datetime) -> LeadRow:
    late = 0 if lead.answered_at else (lead.programme.local_date(at) - lead.answer_by).days
    return LeadRow(lead, max(late, 0), lead.answered_at is None and works_on(user, Permission.DECIDE_CASE, lead))

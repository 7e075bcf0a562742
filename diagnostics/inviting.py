"""Asking firms to answer the diagnostic once more: a year and two years after the first was made final."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from applications.actions import tell_firm
from applications.models import Case
from diagnostics.models import Assessment, Consent, Result, RoundInvitation

YEARS = {Assessment.Round.T1: 1, Assessment.Round.T2: 2}
"""After the first diagnostic was made final."""
REMIND_AFTER = timedelta(weeks=3)


def invite_rounds(*, at: datetime) -> int:
    """Invite every firm whose next round has become due; how many they were. Doing it again invites nobody twice."""
    return sum(_invite(case, due_round, due_on, at) for case, due_round, due_on in list(_due(at)))


def remind_rounds(*, at: datetime) -> int:
    """Remind once, three weeks after the invitation, whoever has not begun."""
    waiting = RoundInvitation.objects.waiting().filter(sent_at__lte=at - REMIND_AFTER, reminded_at=None)
    return sum(_remind(invitation, at) for invitation in waiting.select_related("case__programme", "case__created_by"))


def in_years(day: date, years: int) -> date:
    """The same day of a later year; of 29 February the 28th where that year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _due(at: datetime) -> Iterator[tuple[Case, str, date]]:
    """Live cases whose newest diagnostic is final and whose next round is due, without an invitation to it yet.

    Days are the programme's own, so the database looks a little too wide and the day itself decides.
    """
    rounds = Assessment.objects.filter(case=OuterRef("pk"))
    first = Result.objects.filter(assessment__case=OuterRef("pk"), assessment__round=Assessment.Round.T0, number=1)
    for last, due_round in pairwise(Assessment.Round):
        cases: QuerySet[Any, Any] = (
            Case.objects.filter(
                Exists(rounds.filter(round=last, status=Assessment.Status.FINAL)), status=Case.Status.ACCEPTED
            )
            .exclude(Exists(rounds.filter(round=due_round)))
            .exclude(Exists(RoundInvitation.objects.filter(case=OuterRef("pk"), round=due_round)))
            .annotate(first_final_at=Subquery(first.values("created_at")))
            .select_related("programme", "created_by")
        )
        for case in cases.filter(first_final_at__lte=at - timedelta(days=365 * YEARS[due_round] - 1)):
            due_on = in_years(case.programme.local_date(case.first_final_at), YEARS[due_round])
            if due_on <= case.programme.local_date(at):
                yield case, str(due_round), due_on


@transaction.atomic(durable=True)
def _invite(case: Case, due_round: str, due_on: date, at: datetime) -> bool:
    locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if locked.status != Case.Status.ACCEPTED:
        return False
    _invitation, is_new = RoundInvitation.objects.get_or_create(
        case=case, round=due_round, defaults={"due_on": due_on, "sent_at": at}
    )
    if is_new and may_contact(case):
        _tell(case, "round_due", at)
    return is_new


@transaction.atomic(durable=True)
def _remind(invitation: RoundInvitation, at: datetime) -> bool:
    """A firm that wants no mail is not reminded; its page says that it may begin."""
    if not may_contact(invitation.case):
        return False
    is_first = RoundInvitation.objects.waiting().filter(pk=invitation.pk, reminded_at=None).update(reminded_at=at)
    if is_first:
        _tell(invitation.case, "round_reminder", at)
    return bool(is_first)


def may_contact(case: Case) -> bool:
    """Whether the firm agrees today to be asked how things go: its newest choice, else what it said when it joined."""
    newest = Consent.objects.filter(case=case, purpose=Consent.Purpose.CONTACT).order_by("-given_at", "-id").first()
    return bool(case.agrees_to_contact) if newest is None else newest.is_given


def _tell(case: Case, kind: str, at: datetime) -> None:
    with translation.override(case.language):
        button = _("See how far you have come")
    tell_firm(case, kind, at, page=reverse("diagnostics:start", args=[case.reference]), button=button)

"""The action plan: its actions from a final result, and its PDF."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from diagnostics.models import ActionPlan, Assessment, PlanAction, Result
from diagnostics.papers import owe_document
from documents import actions as documents
from documents.models import Document
from portal.models import Event

Computed = Mapping[str, Any]
"""One action of a result's snapshot."""


def make_plan(assessment: Assessment, result: Result, at: datetime) -> ActionPlan:
    """The plan's rows from a final result, and the PDF owed of it; call in the transaction that made the result."""
    plan = ActionPlan.objects.create(assessment=assessment, created_at=at, changed_at=at)
    PlanAction.objects.bulk_create(_new(plan, action) for action in result.snapshot["result"]["actions"])
    owe_document(plan, at, by=None)
    return plan


def _new(plan: ActionPlan, action: Computed) -> PlanAction:
    row = PlanAction(plan=plan, action_code=action["code"], question_code=action["question"], horizon=action["horizon"])
    _compute(row, action)
    return row


def _compute(row: PlanAction, action: Computed) -> None:
    """What the method says of the action; the agreed place is not touched."""
    row.title, row.rank, row.cost_band = action["title"], action["rank"], action["cost_band"]
    row.computed_horizon, row.waiting_for = action["horizon"], action["waiting_for"]
    row.is_pinned, row.is_quick_win = action["pinned"], action["quick_win"]


def renew_plan(plan: ActionPlan, result: Result, at: datetime) -> None:
    """Bring a plan up to a newer result of the same diagnostic; call in the transaction that made the result.

    New actions come in where the method puts them. What people have agreed, moved or begun keeps its place, and every
    figure, name and date stays. An action that the method no longer names is parked with the reason, unless work on it
    has begun. Whoever had agreed is asked again, and a new PDF is owed.
    """
    locked = ActionPlan.objects.select_for_update(of=("self",)).with_context().get(pk=plan.pk)
    with translation.override(locked.assessment.case.language):
        _renew_rows(locked, result)
    locked.ask_again(at)
    owe_document(locked, at, by=None)


def _renew_rows(locked: ActionPlan, result: Result) -> None:
    rows = {row.action_code: row for row in locked.actions.all()}
    computed = {action["code"]: action for action in result.snapshot["result"]["actions"]}
    for code, action in computed.items():
        if code in rows:
            _bring_up_to(rows[code], action, was_agreed=locked.firm_agreed_at is not None)
            rows[code].save()
        else:
            _new(locked, action).save()
    left = sorted((row for code, row in rows.items() if code not in computed), key=lambda row: row.rank)
    for rank, row in enumerate(left, start=len(computed) + 1):
        row.rank = rank
        if not row.is_own and row.progress == PlanAction.Progress.NOT_STARTED:
            row.horizon, row.is_kept_first = PlanAction.Horizon.PARKED, False
            row.reason = _("The diagnostic was made final again and no longer names this action.")
        row.save()


def _bring_up_to(row: PlanAction, action: Computed, *, was_agreed: bool) -> None:
    by_people = row.was_moved or row.is_kept_first or was_agreed or row.progress != PlanAction.Progress.NOT_STARTED
    _compute(row, action)
    if not by_people:
        row.horizon, row.reason = row.computed_horizon, ""
    elif row.was_moved and not row.reason:
        row.reason = _("It stays where it stood when the diagnostic was made final again.")


@transaction.atomic(durable=True)
def request_plan(*, plan: ActionPlan, by: User, at: datetime) -> Document:
    """The plan as a PDF: the one being made or already made, else a new one when the plan has changed since."""
    locked = ActionPlan.objects.select_for_update(of=("self",)).with_context().get(pk=plan.pk)
    document = locked.document
    if document and (document.is_pending or (document.is_ready and not locked.is_outdated)):
        documents.hurry(document)
        return document
    document = owe_document(locked, at, by=by)
    Event.objects.record(locked.assessment, kind="plan.requested", by=by, at=at, note=document.number)
    return document

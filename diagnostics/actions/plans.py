"""The action plan: its actions, its agreement, its PDF."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from diagnostics import rendering
from diagnostics.models import ActionPlan, Assessment, PlanAction, PlanVersion, Result
from documents import actions as documents
from documents.models import Document
from portal.models import Event

AGREED_TOGETHER = ("horizon", "cost", "grant", "yearly_benefit", "running_cost")
"""What firm and adviser agree on; owner, start and progress are the firm's to change at any time."""


def make_plan(assessment: Assessment, result: Result, at: datetime) -> ActionPlan:
    """The plan's rows from a final result, and the PDF owed of it; call in the transaction that made the result."""
    plan = ActionPlan.objects.create(assessment=assessment, created_at=at, changed_at=at)
    PlanAction.objects.bulk_create(
        PlanAction(
            plan=plan,
            action_code=action["code"],
            question_code=action["question"],
            title=action["title"],
            rank=action["rank"],
            computed_horizon=action["horizon"],
            horizon=action["horizon"],
            cost_band=action["cost_band"],
            is_pinned=action["pinned"],
            is_quick_win=action["quick_win"],
            waiting_for=action["waiting_for"],
        )
        for action in result.snapshot["result"]["actions"]
    )
    owe_document(plan, at, by=None)
    return plan


@transaction.atomic(durable=True)
def request_plan(*, plan: ActionPlan, by: User, at: datetime) -> Document:
    """The plan as a PDF: the one being made or already made, else a new one when the plan has changed since."""
    locked = ActionPlan.objects.select_for_update(of=("self",)).with_context().get(pk=plan.pk)
    document = locked.document
    if document and (document.is_pending or (document.is_ready and not locked.is_outdated)):
        return document
    document = owe_document(locked, at, by=by)
    Event.objects.record(locked.assessment, kind="plan.requested", by=by, at=at, note=document.number)
    return document


def owe_document(plan: ActionPlan, at: datetime, *, by: User | None) -> Document:
    """Freeze what the plan says now as its next version and owe the PDF of it."""
    case = plan.assessment.case
    plan.version += 1
    with translation.override(case.language):
        title = _("Action plan for %(firm)s") % {"firm": case.organisation.name}
    document = documents.request_document(
        template="diagnostics/pdf/action_plan.html",
        context=rendering.plan_context(plan, at),
        title=title,
        language=case.language,
        file_name=f"action-plan-{case.reference}-v{plan.version}.pdf",
        at=at,
    )
    plan.document = document
    plan.save(update_fields=["version", "document"])
    PlanVersion.objects.create(
        plan=plan, number=plan.version, document=document, is_final=plan.is_agreed, made_at=at, made_by=by
    )
    return document


@transaction.atomic(durable=True)
def change_action(*, action: PlanAction, changes: Mapping[str, Any], by: User, at: datetime) -> None:
    """Agree on owner, dates, place, progress or money of one action; `changes` holds PlanAction fields.

    Agreement given before concerns the plan as it was, so other places or figures ask for it again.
    """
    ActionPlan.objects.select_for_update().get(pk=action.plan_id)
    agreed = {name: getattr(action, name) for name in AGREED_TOGETHER}
    for name, value in changes.items():
        setattr(action, name, value)
    action.save(update_fields=list(changes))
    after: dict[str, Any] = {"changed_at": at}
    if any(getattr(action, name) != value for name, value in agreed.items()):
        after |= {f"{side}_agreed_{what}": None for side in ("firm", "adviser") for what in ("at", "by")}
    ActionPlan.objects.filter(pk=action.plan_id).update(**after)
    Event.objects.record(
        action.plan.assessment, kind="plan.action_changed", by=by, at=at, note=f"{action.action_code} {action.title}"
    )


@transaction.atomic(durable=True)
def agree_plan(*, plan: ActionPlan, for_firm: bool, by: User, at: datetime) -> None:
    """Record that the firm or the adviser agrees to the plan; doing it again changes nothing."""
    side = "firm" if for_firm else "adviser"
    agreed = ActionPlan.objects.filter(pk=plan.pk, **{f"{side}_agreed_at": None}).update(
        **{f"{side}_agreed_at": at, f"{side}_agreed_by": by, "changed_at": at}
    )
    if agreed:
        Event.objects.record(plan.assessment, kind=f"plan.agreed_by_{side}", by=by, at=at)

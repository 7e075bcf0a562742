"""The plan's papers: a version frozen, its PDF owed, one alone or one of a batch."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from diagnostics import rendering
from diagnostics.models import ActionPlan, PlanBatchItem, PlanVersion
from documents import actions as documents
from documents.models import Document


def owe_document(plan: ActionPlan, at: datetime, *, by: User | None, is_bulk: bool = False) -> Document:
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
        is_bulk=is_bulk,
    )
    plan.document = document
    plan.save(update_fields=["version", "document"])
    PlanVersion.objects.create(
        plan=plan, number=plan.version, document=document, is_final=plan.is_agreed, made_at=at, made_by=by
    )
    return document


@transaction.atomic(durable=True)
def take_up(item_id: int, at: datetime) -> Document | None:
    """The PDF of one plan of a batch, owed from now on; None when its batch was cancelled, or the item is settled.

    A plan whose newest PDF is current, or being made for somebody already, keeps that one. Done twice, or by two
    workers at once, it owes one.
    """
    item = PlanBatchItem.objects.select_for_update(of=("self",)).select_related("batch").filter(pk=item_id).first()
    if item is None or item.document_id or item.batch.cancelled_at:
        return None
    plan = ActionPlan.objects.select_for_update(of=("self",)).with_context().get(pk=item.plan_id)
    newest = plan.document
    item.is_current = newest is not None and not plan.is_outdated and (newest.is_ready or newest.is_pending)
    item.document = newest if item.is_current else owe_document(plan, at, by=item.batch.made_by, is_bulk=True)
    item.save(update_fields=["document", "is_current"])
    return None if item.is_current else item.document


def forgotten(at: datetime, limit: int) -> list[int]:
    """Items owed in batches where nothing has moved for as long as a task may take: their messages are lost."""
    still = at - timedelta(seconds=settings.CLAIM_LIMIT_SECONDS)
    moving = PlanBatchItem.objects.filter(batch=OuterRef("batch"), document__created_at__gte=still, is_current=False)
    owed = PlanBatchItem.objects.untouched().filter(~Exists(moving), batch__made_at__lt=still)
    return list(owed.order_by("batch__made_at", "pk").values_list("pk", flat=True)[:limit])

"""All plans of a programme, or of one of its regions, as PDFs in one go."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from diagnostics import tasks
from diagnostics.models import ActionPlan, Assessment, PlanBatch, PlanBatchItem, PlanVersion
from documents import actions as documents
from documents.models import Document
from portal.models import Event
from programmes.models import Programme, Region


class UnableToMakePlans(Exception):
    """There is nothing to make; the message says why."""


@transaction.atomic(durable=True)
def make_plans(*, programme: Programme, region: Region | None, key: uuid.UUID, by: User, at: datetime) -> PlanBatch:
    """Owe the plan of every final diagnostic of the cohort, the newest round of each case.

    `key` comes with the form: sent twice, it is one batch. Raises UnableToMakePlans when the cohort has no plan.
    """
    title = f"{programme.short_name}, {region.name}" if region else programme.short_name
    batch, made = PlanBatch.objects.get_or_create(
        pk=key, made_by=by, defaults={"programme": programme, "region": region, "title": title, "made_at": at}
    )
    if not made:
        return batch
    plans = ActionPlan.objects.filter(
        assessment__case__programme=programme, assessment__status=Assessment.Status.FINAL
    ).order_by("assessment__case", "-assessment__round")
    if region:
        plans = plans.filter(assessment__case__region=region)
    newest = plans.distinct("assessment__case").values_list("pk", flat=True)
    items = PlanBatchItem.objects.bulk_create(PlanBatchItem(batch=batch, plan_id=pk) for pk in newest)
    if not items:
        raise UnableToMakePlans(_("There is no final diagnostic here yet, so there is no plan to make."))
    Event.objects.record(batch, kind="plans.batch_made", by=by, at=at, data={"plans": len(items)}, staff_only=True)
    for item in items:
        tasks.make_plan_of_batch.delay_on_commit(item_id=item.pk)  # type: ignore[attr-defined]  # portal.celery.OwedTask
    return batch


@transaction.atomic(durable=True)
def cancel(*, batch: PlanBatch, by: User, at: datetime) -> bool:
    """Make no more of them. What a worker has begun is finished; every other plan keeps the version it had.

    False when it was cancelled before.
    """
    cancelled = PlanBatch.objects.filter(pk=batch.pk, cancelled_at=None).update(cancelled_at=at, cancelled_by=by)
    if not cancelled:
        return False
    owed = Document.objects.filter(pk__in=batch.items.filter(is_current=False).values("document"), is_bulk=True)
    documents.cancel(owed, at=at)
    dropped = ActionPlan.objects.filter(
        pk__in=batch.items.values("plan"), document__state=Document.State.CANCELLED
    ).select_for_update(of=("self",))
    for plan in dropped:
        former = PlanVersion.objects.filter(plan=plan).exclude(document__state=Document.State.CANCELLED).first()
        plan.document = former.document if former else None
        plan.save(update_fields=["document"])
    Event.objects.record(batch, kind="plans.batch_cancelled", by=by, at=at, staff_only=True)
    return True


@transaction.atomic(durable=True)
def try_failed_again(*, batch: PlanBatch, by: User, at: datetime) -> int:
    """Owe those PDFs anew that were given up; how many."""
    tried = sum(
        documents.try_again(item.document, at=at)
        for item in batch.items.failed().select_related("document")
        if item.document
    )
    if tried:
        Event.objects.record(batch, kind="plans.batch_retried", by=by, at=at, data={"plans": tried}, staff_only=True)
    return tried


@transaction.atomic(durable=True)
def try_plan_again(*, plan: ActionPlan, by: User, at: datetime) -> bool:
    """Owe the plan's PDF anew with the same frozen facts after it was given up; False when it was not."""
    if plan.document is None or not documents.try_again(plan.document, at=at):
        return False
    Event.objects.record(plan.assessment, kind="plan.retried", by=by, at=at, note=plan.document.number, staff_only=True)
    return True

"""The plans of one cohort made anew in one go: what is owed, and how far it is."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, Q

from accounts.models import User
from accounts.permissions import Permission
from diagnostics.models.plans import ActionPlan
from documents.models import Document
from portal.models import Owed, at_and_by
from programmes.models import Programme, Region

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class PlanBatchQuerySet(models.QuerySet["PlanBatch"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Whoever may make them: managers of the whole programme."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(programme__in=user.programmes_for(Permission.EXPORT))

    def counted(self) -> Self:
        """With how many plans it has, in all and by how far they are."""
        return self.annotate(
            total=Count("items"),
            current=Count("items", filter=Q(items__is_current=True)),
            made=Count("items", filter=Q(items__is_current=False, items__document__state=Owed.State.READY)),
            failed=Count("items", filter=Q(items__document__state=Owed.State.FAILED)),
            left=Count(
                "items",
                filter=Q(items__document=None, cancelled_at=None)
                | Q(items__document__state__in=[Owed.State.QUEUED, Owed.State.WORKING]),
            ),
        )


class PlanBatch(models.Model):
    """One order to make the plans of a programme, or of one of its regions. Its id comes with the form: sent twice, it
    is one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=160)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = PlanBatchQuerySet.as_manager()

    class Meta:
        constraints = [at_and_by("plan_batch", "cancelled")]

    def __str__(self) -> str:
        return self.title

    @property
    def done(self) -> int:
        """Of those counted (`counted`): with a PDF that says what the plan says."""
        return self.made + self.current  # type: ignore[attr-defined, no-any-return]  # annotated

    @property
    def event_reference(self) -> str:
        """What is done to a batch belongs to no case."""
        return ""

    @property
    def event_programme(self) -> str:
        return self.programme.slug


class PlanBatchItemQuerySet(models.QuerySet["PlanBatchItem"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(batch__in=PlanBatch.objects.visible_to(user))

    def made(self) -> Self:
        """Those whose PDF is there, whether this batch made it or found it up to date."""
        return self.filter(document__state=Owed.State.READY)

    def failed(self) -> Self:
        return self.filter(document__state=Owed.State.FAILED)

    def untouched(self) -> Self:
        """Owed and not begun."""
        return self.filter(document=None, batch__cancelled_at=None)


class PlanBatchItem(models.Model):
    """One plan of a batch. The item itself is what is owed: its PDF is frozen when a worker takes it up, so that until
    then the plan's former version stays in force."""

    batch = models.ForeignKey(PlanBatch, models.CASCADE, related_name="items")
    plan = models.ForeignKey(ActionPlan, models.CASCADE, related_name="+")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    is_current = models.BooleanField(default=False)
    """Nothing had changed since the plan's newest PDF, so no new version was made."""

    objects = PlanBatchItemQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "plan"], name="one_plan_in_a_batch")]
        indexes = [models.Index(fields=["document"], name="batch_item_by_document")]

    def __str__(self) -> str:
        return f"{self.batch} {self.plan}"

"""The action plan: what to do, when, by whom, and the PDF made of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from diagnostics import money
from diagnostics.models.assessments import Assessment
from documents.models import Document
from portal.models import at_and_by

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ActionPlanQuerySet(models.QuerySet["ActionPlan"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(assessment__in=Assessment.objects.visible_to(user))

    def with_context(self) -> Self:
        return self.select_related(
            "assessment__case__programme",
            "assessment__case__organisation",
            "assessment__case__region",
            "assessment__case__adviser",
            "assessment__case__created_by",
            "assessment__version",
            "assessment__result",
            "document",
        )


@pghistory.track()
class ActionPlan(models.Model):
    """The plan of one assessment. `version` counts the PDFs made of it; `document` is the newest."""

    assessment = models.OneToOneField(Assessment, models.CASCADE, related_name="plan")
    version = models.PositiveSmallIntegerField(default=0)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()
    """When an action was last changed: a PDF made before then is out of date."""
    created_at = models.DateTimeField()
    adviser_agreed_at = models.DateTimeField(null=True)
    adviser_agreed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    firm_agreed_at = models.DateTimeField(null=True)
    firm_agreed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = ActionPlanQuerySet.as_manager()

    class Meta:
        constraints = [at_and_by("plan", "adviser_agreed"), at_and_by("plan", "firm_agreed")]

    def __str__(self) -> str:
        return f"Plan of {self.assessment}"

    @property
    def is_agreed(self) -> bool:
        return self.adviser_agreed_at is not None and self.firm_agreed_at is not None

    @property
    def is_outdated(self) -> bool:
        """Whether the newest PDF lacks a later change."""
        return self.document is None or self.document.created_at < self.changed_at


class PlanActionQuerySet(models.QuerySet["PlanAction"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(plan__in=ActionPlan.objects.visible_to(user))

    def in_plan(self) -> Self:
        """Those the plan shows as work: not parked and not dropped."""
        return self.exclude(horizon=PlanAction.Horizon.PARKED).exclude(progress=PlanAction.Progress.DROPPED)


@pghistory.track()
class PlanAction(models.Model):
    """One action. The computed place stays beside the agreed one; money is agreed, in the programme's currency."""

    class Horizon(models.TextChoices):
        NOW = "now", _("Now: start within three months")
        NEXT = "next", _("Next: start within a year")
        LATER = "later", _("Later: start in one to three years")
        PARKED = "parked", _("Parked")

    class Progress(models.TextChoices):
        NOT_STARTED = "not_started", _("Not started")
        DOING = "doing", _("Under way")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Dropped")

    plan = models.ForeignKey(ActionPlan, models.CASCADE, related_name="actions")
    action_code = models.CharField(max_length=40)
    question_code = models.CharField(max_length=40)
    title = models.CharField(max_length=160)
    rank = models.PositiveSmallIntegerField()
    computed_horizon = models.CharField(max_length=6, choices=Horizon.choices)
    horizon = models.CharField(max_length=6, choices=Horizon.choices)
    reason = models.TextField(blank=True)
    """Why the agreed place differs from the computed one."""
    cost_band = models.PositiveSmallIntegerField()
    is_pinned = models.BooleanField()
    is_quick_win = models.BooleanField()
    waiting_for = ArrayField(models.CharField(max_length=40), default=list)
    owner = models.CharField(max_length=120, blank=True)
    start_on = models.DateField(null=True)
    progress = models.CharField(max_length=11, choices=Progress.choices, default=Progress.NOT_STARTED)
    cost = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    grant = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    yearly_benefit = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    running_cost = models.DecimalField(max_digits=14, decimal_places=2, null=True)

    objects = PlanActionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "action_code"], name="one_plan_action_per_code"),
            models.CheckConstraint(
                condition=Q(horizon=models.F("computed_horizon")) | ~Q(reason=""), name="a_moved_action_has_its_reason"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{name: None}) | Q(**{f"{name}__gte": Decimal(0)}), name=f"plan_{name}_not_negative"
                )
                for name in ("cost", "grant", "yearly_benefit", "running_cost")
            ),
        ]
        indexes = [models.Index(fields=["plan", "rank"], name="plan_actions_by_rank")]

    def __str__(self) -> str:
        return f"{self.action_code} {self.title}"

    @property
    def money(self) -> money.MoneyLines | None:
        """Payback lines, once cost and yearly benefit are agreed; never from a band."""
        if self.cost is None or self.yearly_benefit is None:
            return None
        return money.money_lines(
            cost=self.cost,
            grant=self.grant or Decimal(0),
            yearly_benefit=self.yearly_benefit,
            running_cost=self.running_cost or Decimal(0),
        )

    @property
    def is_dropped(self) -> bool:
        return self.progress == self.Progress.DROPPED

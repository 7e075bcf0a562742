"""The action plan: what to do, when, by whom, and the PDF made of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from applications.models import Case
from diagnostics import money
from diagnostics.models.assessments import Assessment
from diagnostics.money import Outlook
from documents.models import Document
from portal.models import at_and_by

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from programmes.models import Region


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
            "assessment__case__check_result",
            "assessment__version",
            "assessment__version__questionnaire",
            "assessment__result",
            "document",
        )


@pghistory.track()
class ActionPlan(models.Model):
    """The plan of one assessment. `version` counts the PDFs made of it (PlanVersion); `document` is the newest."""

    assessment = models.OneToOneField(Assessment, models.CASCADE, related_name="plan")
    version = models.PositiveSmallIntegerField(default=0)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()
    """When an action was last changed: a PDF made before then is out of date."""
    revision = models.PositiveIntegerField(default=1)
    """Rises with every change of what is agreed on: whoever agrees names the revision that they read."""
    next_review_on = models.DateField(null=True)
    """Set when both have agreed; before that nobody has promised a day."""
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

    def ask_again(self, at: datetime) -> None:
        """What is agreed on has changed: nobody has agreed to the plan as it is now."""
        self.revision += 1
        self.changed_at = at
        self.firm_agreed_at = self.firm_agreed_by = self.adviser_agreed_at = self.adviser_agreed_by = None
        agreement = [f"{side}_agreed_{what}" for side in ("firm", "adviser") for what in ("at", "by")]
        self.save(update_fields=["revision", "changed_at", *agreement])


class PlanActionQuerySet(models.QuerySet["PlanAction"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(plan__in=ActionPlan.objects.visible_to(user))

    def in_plan(self) -> Self:
        """Those the plan shows as work: not parked and not dropped."""
        return self.exclude(horizon=PlanAction.Horizon.PARKED).exclude(progress=PlanAction.Progress.DROPPED)

    def how_far(self) -> dict[str, int]:
        """How many actions of agreed plans there are, how many of them are begun (or done) and how many done.

        Dropped ones count among all: a plan does not get better by giving up.
        """
        Progress = PlanAction.Progress
        agreed = self.exclude(horizon=PlanAction.Horizon.PARKED).filter(
            plan__firm_agreed_at__isnull=False, plan__adviser_agreed_at__isnull=False
        )
        found: dict[str, int] = agreed.aggregate(
            all=Count("pk"),
            begun=Count("pk", filter=Q(progress__in=[Progress.DOING, Progress.DONE])),
            done=Count("pk", filter=Q(progress=Progress.DONE)),
        )
        return found


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
    """Of the questionnaire; `OWN-1`, `OWN-2`, … for one that firm and adviser added themselves."""
    question_code = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=160)
    rank = models.PositiveSmallIntegerField()
    computed_horizon = models.CharField(max_length=6, choices=Horizon.choices)
    horizon = models.CharField(max_length=6, choices=Horizon.choices)
    reason = models.TextField(blank=True)
    """Why the agreed place differs from the computed one."""
    cost_band = models.PositiveSmallIntegerField()
    is_own = models.BooleanField(default=False)
    description = models.TextField(blank=True)
    """What is to be done: an own action's words; one of the questionnaire has its own."""
    is_pinned = models.BooleanField()
    """Pinned by the method: its question is a gate."""
    is_kept_first = models.BooleanField(default=False)
    """Pinned by adviser and firm, with `reason`."""
    is_quick_win = models.BooleanField()
    waiting_for = ArrayField(models.CharField(max_length=40), default=list)
    owner = models.CharField(max_length=120, blank=True)
    start_on = models.DateField(null=True)
    review_on = models.DateField(null=True)
    finished_on = models.DateField(null=True)
    baseline = models.CharField(max_length=200, blank=True)
    """What the measure of success is today, in words and figures."""
    measure = models.CharField(max_length=200, blank=True)
    risks = models.TextField(blank=True)
    progress = models.CharField(max_length=11, choices=Progress.choices, default=Progress.NOT_STARTED)
    progress_note = models.TextField(blank=True)
    cost_low = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    cost = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    """The likely cost; `cost_low` and `cost_high` are the ends of the estimate."""
    cost_high = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    grant = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    benefit_low = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    yearly_benefit = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    """The likely benefit a year; `benefit_low` and `benefit_high` are the ends of the estimate."""
    benefit_high = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    running_cost = models.DecimalField(max_digits=14, decimal_places=2, null=True)

    AGREED_TOGETHER = (
        "title", "description", "horizon", "is_kept_first", "cost_low", "cost", "cost_high", "grant", "benefit_low",
        "yearly_benefit", "benefit_high", "running_cost",
    )  # fmt: skip
    """What firm and adviser agree on; names, days, progress and the rest are the firm's to change at any time."""
    CHANGEABLE = (
        *AGREED_TOGETHER, "cost_band", "reason", "owner", "start_on", "review_on", "finished_on", "baseline", "measure",
        "risks", "progress", "progress_note",
    )  # fmt: skip
    ENDED = (Progress.DONE, Progress.DROPPED)

    objects = PlanActionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "action_code"], name="one_plan_action_per_code"),
            models.CheckConstraint(
                condition=Q(horizon=models.F("computed_horizon"), is_kept_first=False) | ~Q(reason=""),
                name="a_moved_action_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(is_own=True, question_code="") & ~Q(description="")
                | Q(is_own=False) & ~Q(question_code=""),
                name="an_own_action_says_what_to_do",
            ),
            models.CheckConstraint(
                condition=(Q(cost_low=None) | Q(cost_low__lte=models.F("cost")))
                & (Q(cost_high=None) | Q(cost_high__gte=models.F("cost")))
                & (Q(benefit_low=None) | Q(benefit_low__lte=models.F("yearly_benefit")))
                & (Q(benefit_high=None) | Q(benefit_high__gte=models.F("yearly_benefit"))),
                name="plan_estimates_in_order",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{name: None}) | Q(**{f"{name}__gte": Decimal(0)}), name=f"plan_{name}_not_negative"
                )
                for name in ("cost_low", "cost", "grant", "benefit_low", "yearly_benefit", "running_cost")
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
    def outlook(self) -> Outlook | None:
        """The same for the careful, likely and hopeful case; None without agreed inputs."""
        if self.cost is None or self.yearly_benefit is None:
            return None
        return money.outlook(
            cost=money.Estimate(self.cost, self.cost_low, self.cost_high),
            grant=self.grant or Decimal(0),
            benefit=money.Estimate(self.yearly_benefit, self.benefit_low, self.benefit_high),
            running_cost=self.running_cost or Decimal(0),
        )

    @property
    def is_dropped(self) -> bool:
        return self.progress == self.Progress.DROPPED

    @property
    def agreed(self) -> tuple[Any, ...]:
        """What of it firm and adviser agree on, to be compared with what it was; that it is dropped is part of it."""
        return (*(getattr(self, name) for name in self.AGREED_TOGETHER), self.is_dropped)

    @property
    def stamp(self) -> str:
        """Changes with anything that people may change: a form sends back the one that it was filled in on."""
        said = repr([str(getattr(self, name)) for name in self.CHANGEABLE])
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def change(self, fields: Mapping[str, Any], today: date) -> None:
        """Set `fields`, not saved yet. One that ends today says so; an own action has no computed place of its own."""
        progress = self.progress
        for name, value in fields.items():
            setattr(self, name, value)
        if self.progress != progress and "finished_on" not in fields:
            self.finished_on = today if self.progress in self.ENDED else None
        if self.is_own:
            self.computed_horizon = self.horizon

    @property
    def was_moved(self) -> bool:
        return self.horizon != self.computed_horizon


class PlanVersionQuerySet(models.QuerySet["PlanVersion"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(plan__in=ActionPlan.objects.visible_to(user))


class PlanVersion(models.Model):
    """One PDF made of a plan, and the spreadsheet that says the same: what was handed over is there for ever."""

    plan = models.ForeignKey(ActionPlan, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    document = models.OneToOneField(Document, models.PROTECT, related_name="+")
    is_final = models.BooleanField(default=False)
    """Made of a plan that both had agreed."""
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = PlanVersionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="one_plan_version_per_number")]
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"{self.plan} v{self.number}"


class PlanReminderQuerySet(models.QuerySet["PlanReminder"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(plan__in=ActionPlan.objects.visible_to(user))

    def to_hold(self) -> Self:
        """Those that nobody has held yet, of cases that have not ended."""
        return self.filter(done_at=None).exclude(plan__assessment__case__status__in=Case.ENDED)

    def to_send(self, at: datetime) -> Self:
        """Those to ask the firm about. Days are the programme's own: the last word is its local date."""
        return self.to_hold().filter(sent_at=None, due_on__lte=at.date() + timedelta(days=1)).order_by("due_on", "pk")

    def due(self, at: datetime, which: str) -> Self:
        """`late`: before today; `all`: whenever; else those of the next four weeks, late ones too."""
        if which == "all":
            return self
        last = at.date() + (-timedelta(days=1) if which == "late" else timedelta(weeks=4))
        return self.filter(due_on__lte=last)

    def in_region(self, region: Region | None) -> Self:
        return self if region is None else self.filter(plan__assessment__case__region=region)

    def with_context(self) -> Self:
        return self.select_related(
            "plan__assessment__case__programme", "plan__assessment__case__organisation",
            "plan__assessment__case__region", "plan__assessment__case__adviser",
        )  # fmt: skip


class PlanReminder(models.Model):
    """One look back at the plan that is owed: two weeks, three months and a year after it was agreed."""

    class Kind(models.TextChoices):
        TWO_WEEKS = "two_weeks", _("After two weeks")
        THREE_MONTHS = "three_months", _("After three months")
        TWELVE_MONTHS = "twelve_months", _("After a year")

    plan = models.ForeignKey(ActionPlan, models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    due_on = models.DateField(db_index=True)
    sent_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    """The adviser who looked back at the plan with the firm."""
    note = models.TextField(blank=True)

    objects = PlanReminderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "kind"], name="one_plan_reminder_of_a_kind"),
            at_and_by("plan_reminder", "done"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.kind}"

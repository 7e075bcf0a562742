"""A firm asks for money: the application itself."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import pghistory
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from applications.models import Case
from portal.models import at_and_by
from portal.workflow import IllegalMove, Turn, Workflow
from programmes.models import Call

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class GrantApplicationQuerySet(models.QuerySet["GrantApplication"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A firm's people see its applications; staff see them once they were sent in."""
        if not user.is_authenticated:
            return self.none()
        own = Membership.objects.filter(user=user, organisation=OuterRef("case__organisation"))
        sent = ~Q(submitted_at=None)
        return self.filter(Exists(own) | sent, case__in=Case.objects.visible_to(user))

    def worked_on_by(self, user: User | AnonymousUser) -> Self:
        """Those that the person meets as staff: never of their own firm."""
        if not user.is_authenticated:
            return self.none()
        own = Membership.objects.filter(user=user, organisation=OuterRef("case__organisation"))
        return self.visible_to(user).filter(~Exists(own))

    def given_to(self, user: User) -> Self:
        """Those that the person was invited to assess and has not given up; assessors reach no others."""
        return self.filter(invitations__assessor=user, invitations__status__in=["INVITED", "ACCEPTED"])

    def with_context(self) -> Self:
        """With what every page about an application shows."""
        return self.select_related(
            "case__programme", "case__organisation", "case__created_by", "case__check_result", "call__instrument"
        )

    def open(self) -> Self:
        return self.filter(status__in=GrantApplication.OPEN)

    def standing(self) -> Self:
        """Those that the firm has not withdrawn, decided ones too."""
        return self.exclude(status=GrantApplication.Status.WITHDRAWN)

    _PAYS = Q(award__status__in=["OFFERED", "ACCEPTED", "COMPLETED"]) | Q(
        award__status="TERMINATED", award__committed__gt=Decimal(0)
    )

    def awarded(self) -> Self:
        """Those whose award is offered, runs, or has paid."""
        return self.filter(self._PAYS)

    def claiming(self) -> Self:
        """Those that ask for their costs to be paid: sent and not decided, or with an award as above."""
        waiting = Q(submitted_at__isnull=False, status__in=GrantApplication.OPEN)
        return self.filter(waiting | self._PAYS)

    def waiting_on(self, turn: Turn) -> Self:
        return self.filter(status__in=[status for status, whose in GrantApplication.TURN.items() if whose == turn])


@pghistory.track()
class GrantApplication(Workflow):
    """A firm asks for match funding for one project under one call.

    `terms` and `quote` are frozen when it is sent: the call's terms and the answer worked out from them, so that
    the sum can be explained later whatever has changed since.
    """

    class Form(models.TextChoices):
        SINGLE = "SINGLE", _("Our firm alone")
        COLLABORATIVE = "COLLABORATIVE", _("Our firm with partners who each gain by it")
        SUPPLY_CHAIN = "SUPPLY_CHAIN", _("Firms of one supply chain together")

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        SUBMITTED = "SUBMITTED", _("To assess")
        RETURNED = "RETURNED", _("Returned to firm")
        ASSESSED = "ASSESSED", _("To decide")
        RESERVE = "RESERVE", _("On the reserve list")
        APPROVED = "APPROVED", _("Approved")
        DECLINED = "DECLINED", _("Declined")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    MOVES = {
        Status.DRAFT: {Status.SUBMITTED, Status.WITHDRAWN},
        Status.SUBMITTED: {Status.RETURNED, Status.ASSESSED, Status.WITHDRAWN},
        Status.RETURNED: {Status.SUBMITTED, Status.WITHDRAWN},
        Status.ASSESSED: {Status.RETURNED, Status.RESERVE, Status.APPROVED, Status.DECLINED, Status.WITHDRAWN},
        Status.RESERVE: {Status.ASSESSED, Status.APPROVED, Status.DECLINED, Status.WITHDRAWN},
        Status.APPROVED: set(),
        Status.DECLINED: {Status.ASSESSED},
        Status.WITHDRAWN: set(),
    }
    TURN = {
        Status.DRAFT: Turn.FIRM,
        Status.SUBMITTED: Turn.ASSESSOR,
        Status.RETURNED: Turn.FIRM,
        Status.ASSESSED: Turn.APPROVER,
        Status.RESERVE: Turn.NOBODY,
        Status.APPROVED: Turn.NOBODY,
        Status.DECLINED: Turn.NOBODY,
        Status.WITHDRAWN: Turn.NOBODY,
    }
    PUBLIC_LABELS = {
        Status.DRAFT: _("Not sent yet"),
        Status.SUBMITTED: _("Being assessed"),
        Status.RETURNED: _("We have a question"),
        Status.ASSESSED: _("Waiting for a decision"),
        Status.RESERVE: _("On the reserve list"),
        Status.APPROVED: _("Approved"),
        Status.DECLINED: _("Not approved"),
        Status.WITHDRAWN: _("Withdrawn"),
    }
    OPEN = (Status.DRAFT, Status.SUBMITTED, Status.RETURNED, Status.ASSESSED, Status.RESERVE)
    EDITABLE = (Status.DRAFT, Status.RETURNED)

    case = models.ForeignKey(Case, models.PROTECT, related_name="grant_applications")
    number = models.PositiveSmallIntegerField()
    """Counts the applications of one case from 1."""
    call = models.ForeignKey(Call, models.PROTECT, related_name="grant_applications")
    plan_action = models.ForeignKey("diagnostics.PlanAction", models.SET_NULL, null=True, blank=True, related_name="+")
    outline = models.ForeignKey("funding.Outline", models.PROTECT, null=True, blank=True, related_name="applications")
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)

    title = models.CharField(max_length=120, blank=True)
    summary = models.TextField(blank=True)
    """Two or three sentences that may be published with an award."""
    problem = models.TextField(blank=True)
    work = models.TextField(blank=True)
    """What will change: what is bought or done, by whom, in which order."""
    outputs = models.TextField(blank=True)
    """What there will be at the end that can be seen or counted."""
    benefit = models.TextField(blank=True)
    form = models.CharField(max_length=14, choices=Form.choices, default=Form.SINGLE)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    trl_start = models.PositiveSmallIntegerField(null=True, blank=True)
    trl_end = models.PositiveSmallIntegerField(null=True, blank=True)
    research_partner = models.CharField(max_length=160, blank=True)
    requested = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(Decimal("0.01"))]
    )
    """Less than the most the terms allow; null asks for the most."""
    has_conflict = models.BooleanField(null=True, blank=True)
    """Whether anybody in the firm is close to the programme's people or to a supplier who quotes."""
    conflict_note = models.TextField(blank=True)
    subsidy = models.JSONField(default=dict, editable=False)
    """What the firm declared of other public money for this project: {words, other_money, note, at, by}."""
    saves = models.JSONField(default=dict, editable=False)
    """Who saved each field last: {field: {"number": 1…, "by": id, "name": text, "at": ISO moment}}."""
    sent_back = models.JSONField(default=dict, editable=False)
    """Sections to change after a return, with what is asked: {section: words}; empty asks for anything."""
    terms = models.JSONField(default=dict, editable=False)
    quote = models.JSONField(default=dict, editable=False)

    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    assessed_at = models.DateTimeField(null=True)
    assessed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True, editable=False)
    """Mean of the weighted scores sent, out of 100, or what the meeting agreed; it ranks the applications of a call."""
    spread = models.DecimalField(max_digits=5, decimal_places=2, null=True, editable=False)
    """Highest less lowest of these scores; null below two."""
    reason = models.TextField(blank=True)
    """The words that came with the last return, refusal or withdrawal; the firm reads them."""

    objects = GrantApplicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="one_grant_application_per_number"),
            models.UniqueConstraint(
                fields=["case", "call", "plan_action"],
                condition=Q(status__in=["DRAFT", "SUBMITTED", "RETURNED", "ASSESSED", "RESERVE"]),
                nulls_distinct=False,
                name="one_open_grant_application_per_action",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("assessed_by")), name="grant_decided_by_another_than_assessed"
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="grant_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=(Q(trl_start=None) | Q(trl_start__range=(1, 9)))
                & (Q(trl_end=None) | Q(trl_end__range=(1, 9))),
                name="grant_readiness_from_1_to_9",
            ),
            models.CheckConstraint(
                condition=Q(requested=None) | Q(requested__gt=Decimal(0)), name="grant_requested_is_positive"
            ),
            *(at_and_by("grant", name) for name in ("submitted", "assessed", "decided", "withdrawn")),
        ]
        indexes = [
            models.Index("call", "status", name="grants_by_call"),
            models.Index("status", "submitted_at", "id", name="grants_in_queue"),
            models.Index(fields=["call", "-score", "id"], name="grants_by_rank"),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("funding:tasks", args=[self.case.reference, self.number])

    @property
    def reference(self) -> str:
        return f"{self.case.reference}/{self.number}"

    @property
    def event_reference(self) -> str:
        return self.case.reference

    @property
    def event_programme(self) -> str:
        return self.case.programme.slug

    @property
    def is_editable(self) -> bool:
        return self.status in self.EDITABLE

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def quoted(self) -> Decimal | None:
        """The grant worked out when it was sent; null before that."""
        return Decimal(self.quote["grant"]) if self.quote.get("grant") else None

    def may_change(self, section: str) -> bool:
        """Whether the firm may change this section now: any of a draft, after a return those that were sent back.

        The dates stay open with them: while we read, the day to start may come.
        """
        return self.is_editable and (not self.sent_back or section in ("dates", *self.sent_back))

    def save_answers(self, **answers: Any) -> None:
        """Keep one section's answers; raises IllegalMove when the application was sent or ended meanwhile."""
        rows = type(self)._base_manager.filter(pk=self.pk, status__in=self.EDITABLE)
        if not rows.update(**answers):
            raise IllegalMove(f"{self} can no longer be changed")
        for name, value in answers.items():
            setattr(self, name, value)

    def submit(self, *, terms: dict[str, Any], quote: dict[str, Any], by: User, at: datetime) -> None:
        """Send in, again after a return: assessment starts anew on these figures."""
        self._move_to(
            self.Status.SUBMITTED, by=by, at=at, submitted_by=by, submitted_at=at, terms=terms, quote=quote,
            assessed_by=None, assessed_at=None, reason="", sent_back={},
        )  # fmt: skip

    def return_to_firm(self, *, by: User, at: datetime, reason: str, sections: Mapping[str, str] | None = None) -> None:
        """Ask the firm to change something; `sections` are the only ones it may, with what is asked of each."""
        asked = dict(sections or {})
        self._move_to(self.Status.RETURNED, by=by, at=at, note=reason, reason=reason, sent_back=asked)

    def recommend(self, *, by: User, at: datetime) -> None:
        """Enough assessors have answered; `by` gave the last answer needed."""
        self._move_to(self.Status.ASSESSED, by=by, at=at, assessed_by=by, assessed_at=at)

    def recommended_by(self, assessor: User | None, *, at: datetime | None) -> None:
        """Who stands for the recommendation now; nobody while an assessment that was set aside has no successor."""
        self.assessed_by, self.assessed_at = assessor, at
        self.save(update_fields=["assessed_by", "assessed_at"])

    def skip_assessment(self, *, by: User, at: datetime) -> None:
        """The call asks for no assessment: what was sent goes straight to a decision, recommended by nobody."""
        self._move_to(self.Status.ASSESSED, by=by, at=at)

    def approve(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.APPROVED, by=by, at=at, decided_by=by, decided_at=at, reason="")

    def put_on_reserve(self, *, by: User, at: datetime, reason: str = "") -> None:
        self._move_to(self.Status.RESERVE, by=by, at=at, note=reason, reason=reason)

    def reopen(self, *, by: User, at: datetime) -> None:
        """A refusal is looked at again after an appeal, or a place on the reserve list that lacks an assessment."""
        self._move_to(self.Status.ASSESSED, by=by, at=at, decided_by=None, decided_at=None, reason="")

    def decline(self, *, by: User, at: datetime, reason: str) -> None:
        self._move_to(self.Status.DECLINED, by=by, at=at, note=reason, decided_by=by, decided_at=at, reason=reason)

    def withdraw(self, *, by: User, at: datetime, reason: str = "") -> None:
        self._move_to(self.Status.WITHDRAWN, by=by, at=at, note=reason, withdrawn_by=by, withdrawn_at=at, reason=reason)


class PartQuerySet(models.QuerySet[Any]):
    """Rows that belong to an application and are seen with it."""

    path = "application"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(**{f"{self.path}__in": GrantApplication.objects.visible_to(user)})

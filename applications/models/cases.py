"""The case: one firm in one programme. Every later step hangs on it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, Membership, User
from accounts.permissions import CASE_READERS, FIRM_READERS
from eligibility.models import EligibilityCheck
from organisations.models import Organisation
from portal.models import at_and_by
from portal.workflow import IllegalMove, Turn, Workflow
from programmes.models import Programme, Region

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Barrier(models.TextChoices):
    """Why a manufacturer has not invested yet: the Welsh plan's seven issues in a firm's words, and money and time."""

    CHOOSING = "choosing", _("We do not know which solution is right for us")
    DELIVERY = "delivery", _("We are not sure it would do all we need")
    FIT = "fit", _("It has to fit with the systems we have")
    DATA = "data", _("Getting data to flow both ways is hard")
    COMPARING = "comparing", _("We cannot compare what suppliers offer")
    VALUE = "value", _("We are not sure it will pay back")
    LEGACY = "legacy", _("Our machines or software are old")
    MONEY = "money", _("We do not have the money at hand")
    TIME = "time", _("We do not have the time")
    SKILLS = "skills", _("We do not have the skills")


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A firm's people see its cases; staff those of their programme and region once they were sent in."""
        if not user.is_authenticated:
            return self.none()
        own = Membership.objects.filter(user=user, organisation=OuterRef("organisation"), role__in=FIRM_READERS)
        staff = Assignment.objects.filter(
            Q(region=None) | Q(region=OuterRef("region")),
            user=user,
            programme=OuterRef("programme"),
            role__in=CASE_READERS,
        )
        return self.filter(Exists(own) | (Exists(staff) & Q(submitted_at__isnull=False, is_test=False)))

    def of_firms_of(self, user: User) -> Self:
        """The person's own firms' cases, newest first."""
        own = Membership.objects.filter(user=user, organisation=OuterRef("organisation"), role__in=FIRM_READERS)
        return self.filter(Exists(own)).order_by("-created_at", "-id")

    def waiting_on(self, turn: Turn) -> Self:
        return self.filter(status__in=[status for status, whose in Case.TURN.items() if whose == turn])

    def live(self) -> Self:
        return self.exclude(status__in=Case.ENDED)

    def real(self) -> Self:
        """Without those by which staff try the portal out."""
        return self.filter(is_test=False)

    def with_context(self) -> Self:
        """With what every page about a case shows."""
        return self.select_related("programme", "region", "organisation", "adviser", "check_result")


@pghistory.track()
class Case(Workflow):
    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        SUBMITTED = "SUBMITTED", _("To review")
        RETURNED = "RETURNED", _("Returned to firm")
        ACCEPTED = "ACCEPTED", _("Accepted")
        REJECTED = "REJECTED", _("Rejected")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    MOVES = {
        Status.DRAFT: {Status.SUBMITTED, Status.WITHDRAWN},
        Status.SUBMITTED: {Status.RETURNED, Status.ACCEPTED, Status.REJECTED, Status.WITHDRAWN},
        Status.RETURNED: {Status.SUBMITTED, Status.WITHDRAWN},
        Status.ACCEPTED: {Status.WITHDRAWN},
        Status.REJECTED: set(),
        Status.WITHDRAWN: set(),
    }
    TURN = {
        Status.DRAFT: Turn.FIRM,
        Status.SUBMITTED: Turn.ADVISER,
        Status.RETURNED: Turn.FIRM,
        Status.ACCEPTED: Turn.FIRM,
        Status.REJECTED: Turn.NOBODY,
        Status.WITHDRAWN: Turn.NOBODY,
    }
    PUBLIC_LABELS = {
        Status.DRAFT: _("Not sent yet"),
        Status.SUBMITTED: _("With your adviser"),
        Status.RETURNED: _("Your adviser has a question"),
        Status.ACCEPTED: _("Accepted"),
        Status.REJECTED: _("Not accepted"),
        Status.WITHDRAWN: _("Withdrawn by you"),
    }
    ENDED = (Status.REJECTED, Status.WITHDRAWN)
    EDITABLE = (Status.DRAFT, Status.RETURNED)

    reference = models.CharField(max_length=20, unique=True)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="cases")
    region = models.ForeignKey(Region, models.PROTECT, null=True, related_name="cases")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="cases")
    check_result = models.ForeignKey(EligibilityCheck, models.PROTECT, related_name="cases")
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    is_test = models.BooleanField(default=False)
    """Made by staff who walk the way of an applicant: no list, figure or budget counts it."""
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    adviser = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="advised_cases")

    contact_name = models.CharField(max_length=120, blank=True)
    contact_role = models.CharField(max_length=80, blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    contact_email = models.EmailField(blank=True)
    makes = models.TextField(blank=True)
    wants_to_change = models.TextField(blank=True)
    barriers = ArrayField(models.CharField(max_length=12, choices=Barrier.choices), default=list, blank=True)
    barriers_other = models.TextField(blank=True)
    agrees_to_share = models.BooleanField(default=False)
    agrees_to_benchmark = models.BooleanField(null=True)
    agrees_to_contact = models.BooleanField(null=True)

    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    """The adviser's or the firm's words with the last return, rejection or withdrawal; the firm reads them."""

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "organisation"],
                condition=~Q(status__in=["REJECTED", "WITHDRAWN"]),
                name="one_live_case_per_firm_and_programme",
            ),
            *(at_and_by("case", name) for name in ("submitted", "decided", "withdrawn")),
        ]
        indexes = [
            models.Index(fields=["programme", "status", "submitted_at", "id"], name="case_queue"),
            models.Index(fields=["organisation", "-created_at"], name="case_by_firm"),
            models.Index(fields=["updated_at", "id"], name="case_by_change"),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("casework:firm-case", args=[self.reference])

    @property
    def event_reference(self) -> str:
        return self.reference

    @property
    def event_programme(self) -> str:
        return self.programme.slug

    @property
    def is_editable(self) -> bool:
        return self.status in self.EDITABLE

    @property
    def is_live(self) -> bool:
        return self.status not in self.ENDED

    @property
    def language(self) -> str:
        """Language of letters and mails: the person's who joined."""
        return self.created_by.language

    @property
    def barrier_labels(self) -> list[str]:
        return [str(Barrier(code).label) for code in self.barriers]

    def submit(self, *, by: User, at: datetime) -> None:
        """Send in, again after a return; the promise counts from the last sending."""
        self._move_to(self.Status.SUBMITTED, by=by, at=at, submitted_by=by, submitted_at=at, reason="")

    def return_to_firm(self, *, by: User, at: datetime, reason: str) -> None:
        self._move_to(self.Status.RETURNED, by=by, at=at, note=reason, reason=reason)

    def accept(self, *, by: User, at: datetime) -> None:
        """Let the firm in; who accepts becomes its adviser unless it has one."""
        adviser = self.adviser or by
        self._move_to(
            self.Status.ACCEPTED, by=by, at=at, decided_by=by, decided_at=at, adviser=adviser, reason=""
        )  # fmt: skip

    def reject(self, *, by: User, at: datetime, reason: str) -> None:
        self._move_to(self.Status.REJECTED, by=by, at=at, note=reason, decided_by=by, decided_at=at, reason=reason)

    def withdraw(self, *, by: User, at: datetime, reason: str) -> None:
        self._move_to(self.Status.WITHDRAWN, by=by, at=at, note=reason, withdrawn_by=by, withdrawn_at=at, reason=reason)

    def rest_on(self, check: EligibilityCheck, *, at: datetime) -> None:
        """Put another check in force; raises IllegalMove when the case has ended."""
        rows = type(self)._base_manager.filter(pk=self.pk).exclude(status__in=self.ENDED)
        if not rows.update(check_result=check, updated_at=at):
            raise IllegalMove(f"{self} has ended")
        self.check_result, self.updated_at = check, at

    def save_answers(self, **answers: Any) -> None:
        """Keep one section's answers; raises IllegalMove when the application was sent or ended meanwhile."""
        rows = type(self)._base_manager.filter(pk=self.pk, status__in=self.EDITABLE)
        if not rows.update(**answers):
            raise IllegalMove(f"{self} can no longer be changed")
        for name, value in answers.items():
            setattr(self, name, value)

    def missing_sections(self) -> list[str]:
        """Codes of the task-list sections that are not complete yet."""
        done = {
            "contact": bool(self.contact_name and self.contact_phone),
            "makes": bool(self.makes),
            "change": bool(self.wants_to_change),
            "barriers": bool(self.barriers or self.barriers_other),
            "consent": self.agrees_to_share and self.agrees_to_benchmark is not None,
        }
        return [code for code, complete in done.items() if not complete]


class LeadQuerySet(models.QuerySet["Lead"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Staff of the programme and region who answer firms."""
        if not user.is_authenticated:
            return self.none()
        staff = Assignment.objects.filter(
            Q(region=None) | Q(region=OuterRef("region")),
            user=user,
            programme=OuterRef("programme"),
            role__in=CASE_READERS,
        )
        return self.filter(Exists(staff))


class Lead(models.Model):
    """A firm that asked to talk to an adviser, with what it had answered and the day by which we promised to call."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="leads")
    region = models.ForeignKey(Region, models.SET_NULL, null=True)
    check_result = models.ForeignKey(EligibilityCheck, models.PROTECT, null=True)
    creation_key = models.UUIDField(unique=True)
    name = models.CharField(max_length=120)
    firm = models.CharField(max_length=160)
    email = models.EmailField()
    phone = models.CharField(max_length=40, blank=True)
    question = models.TextField()
    agrees_to_contact = models.BooleanField()
    created_at = models.DateTimeField()
    answer_by = models.DateField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = LeadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(agrees_to_contact=True), name="lead_only_with_consent"),
            at_and_by("lead", "answered"),
        ]
        indexes = [models.Index(fields=["programme", "answer_by"], name="leads_by_promise")]

    def __str__(self) -> str:
        return f"{self.firm} ({self.created_at:%Y-%m-%d})"

    @property
    def organisation_id(self) -> Any:
        """No firm of the portal yet; permission checks ask for it."""
        return None


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Notes are the staff's own: a firm sees its case, never these."""
        own = Membership.objects.filter(user=user.pk, organisation=OuterRef("case__organisation"))
        return self.filter(~Exists(own), case__in=Case.objects.visible_to(user))


class Note(models.Model):
    """What a member of staff wrote about a case, or a contact with the firm. Not shown to the firm."""

    class Kind(models.TextChoices):
        NOTE = "NOTE", _("Note")
        PHONE = "PHONE", _("Phone call")
        VISIT = "VISIT", _("Visit")
        MEETING = "MEETING", _("One-to-one meeting")

    case = models.ForeignKey(Case, models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.NOTE)
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    text = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = NoteQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="note_is_not_empty")]
        indexes = [models.Index(fields=["case", "-written_at"], name="notes_by_case")]

    def __str__(self) -> str:
        return f"{self.case} {self.written_at:%Y-%m-%d}"

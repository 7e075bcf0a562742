"""Who takes part besides the firm that asks: partners, colleagues with a role, and what people say of a section."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from documents.models import Document
from funding.models.applications import GrantApplication, PartQuerySet
from organisations.models import Organisation
from portal.models import at_and_by
from portal.workflow import IllegalMove, Turn, Workflow

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class PartnerQuerySet(models.QuerySet["Partner"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of the applications that the person sees, and the partner that the person answers for."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(contact=user) | Q(application__in=GrantApplication.objects.visible_to(user)))

    def answering(self) -> Self:
        """Those that take part or may come to."""
        return self.filter(status__in=[Partner.Status.INVITED, Partner.Status.ACCEPTED, Partner.Status.DONE])

    def taking_part(self) -> Self:
        """Without those that wait to take another's place."""
        return self.answering().filter(Q(replaces=None) | Q(replaces__status=Partner.Status.REMOVED))


class Partner(Workflow):
    """Another organisation that bears costs of the project; invited by e-mail, it fills in its own part only.

    `size` holds what it said of itself ({employees, turnover, balance_sheet, category}); `subsidy` what public money
    it declared ({told, amount, words, at, by}); `links` what it said about ties to the others ({none, note}).
    """

    class Kind(models.TextChoices):
        FIRM = "FIRM", _("Firm")
        RESEARCH = "RESEARCH", _("University or research organisation")
        OTHER = "OTHER", _("Another organisation")

    class Status(models.TextChoices):
        INVITED = "INVITED", _("Invited")
        ACCEPTED = "ACCEPTED", _("Taking part")
        DONE = "DONE", _("Part completed")
        DECLINED = "DECLINED", _("Declined")
        REMOVED = "REMOVED", _("Taken out")

    MOVES = {
        Status.INVITED: {Status.ACCEPTED, Status.DECLINED, Status.REMOVED},
        Status.ACCEPTED: {Status.DONE, Status.DECLINED, Status.REMOVED},
        Status.DONE: {Status.ACCEPTED, Status.REMOVED},
        Status.DECLINED: set(),
        Status.REMOVED: set(),
    }
    TURN = {
        Status.INVITED: Turn.FIRM,
        Status.ACCEPTED: Turn.FIRM,
        Status.DONE: Turn.NOBODY,
        Status.DECLINED: Turn.NOBODY,
        Status.REMOVED: Turn.NOBODY,
    }
    PUBLIC_LABELS = {
        Status.INVITED: _("Invited"),
        Status.ACCEPTED: _("Filling in its part"),
        Status.DONE: _("Part completed"),
        Status.DECLINED: _("Does not take part"),
        Status.REMOVED: _("Taken out"),
    }

    application = models.ForeignKey(GrantApplication, models.CASCADE, related_name="partners")
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    """Names the invitation in its link."""
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.FIRM)
    name = models.CharField(max_length=160)
    company_number = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, default="GB")
    postcode = models.CharField(max_length=10, blank=True)
    email = models.EmailField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.INVITED)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    """Set when it accepts: its row among all organisations, whose aid counts."""
    contact = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    """Who accepted, and fills in its part."""
    benefit = models.TextField(blank=True)
    """What it gains itself."""
    size = models.JSONField(default=dict, blank=True)
    subsidy = models.JSONField(default=dict, blank=True)
    links = models.JSONField(default=dict, blank=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    """Whose part of an award it takes over. It takes part once that was agreed and the other was taken out."""
    aid_notice = models.OneToOneField(Document, models.PROTECT, null=True, related_name="+")
    """Our letter that its part of an offer would be small aid."""
    aid_words = models.TextField(blank=True)
    """What that letter asks it to confirm; what it has confirmed in writing once `aid_confirmed_at` is set."""
    aid_confirmed_at = models.DateTimeField(null=True)
    aid_confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    aid_letter = models.OneToOneField(Document, models.PROTECT, null=True, related_name="+")
    """Our confirmation that the aid was given."""
    invited_at = models.DateTimeField()
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            at_and_by("partner", "invited"),
            at_and_by("partner", "aid_confirmed"),
            models.CheckConstraint(
                condition=Q(aid_confirmed_at=None) | ~Q(aid_words=""), name="partner_confirms_what_it_was_asked"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def event_reference(self) -> str:
        return self.application.case.reference

    @property
    def event_programme(self) -> str:
        return self.application.case.programme.slug

    @property
    def answers(self) -> bool:
        """Whether it takes part or may come to."""
        return self.status in (self.Status.INVITED, self.Status.ACCEPTED, self.Status.DONE)

    @property
    def is_next(self) -> bool:
        """Whether it waits to take another's place."""
        return self.answers and self.replaces is not None and self.replaces.status != self.Status.REMOVED

    @property
    def takes_part(self) -> bool:
        return self.answers and not self.is_next

    @property
    def is_open(self) -> bool:
        """Whether parts may be changed now: while the firm may change its application, or it is to take a place."""
        application = self.application
        return application.may_change("partners") or application.may_change("costs") or self.is_next

    @property
    def may_fill_in(self) -> bool:
        """Whether its part may be changed now: it has accepted and not completed it, and parts are open."""
        return self.status == self.Status.ACCEPTED and self.is_open

    def accept(self, *, organisation: Organisation, by: User, at: datetime) -> None:
        self._move_to(self.Status.ACCEPTED, by=by, at=at, organisation=organisation, contact=by, answered_at=at)

    def decline(self, *, by: User, at: datetime, note: str = "") -> None:
        self._move_to(self.Status.DECLINED, by=by, at=at, note=note, answered_at=at)

    def complete(self, *, by: User, at: datetime) -> None:
        """Its part is whole; it may be opened again until the application is sent."""
        self._move_to(self.Status.DONE, by=by, at=at)

    def reopen(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.ACCEPTED, by=by, at=at)

    def remove(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.REMOVED, by=by, at=at)

    def ask_about_aid(self, *, words: str, notice: Document) -> None:
        """The words that it has to confirm before its part of a grant is given, and the letter that says so."""
        type(self)._base_manager.filter(pk=self.pk).update(aid_words=words, aid_notice=notice)
        self.aid_words, self.aid_notice = words, notice

    def confirm_aid(self, *, by: User, at: datetime) -> None:
        """Its written confirmation of those words; the first one stands. Raises IllegalMove when it was not asked."""
        asked = type(self)._base_manager.filter(pk=self.pk).exclude(aid_words="")
        asked.filter(aid_confirmed_at=None).update(aid_confirmed_at=at, aid_confirmed_by=by)
        if not self.aid_words:
            raise IllegalMove(f"{self} is asked nothing about aid")
        self.aid_confirmed_at, self.aid_confirmed_by = asked.values_list("aid_confirmed_at", flat=True)[0], by

    def keep_aid_letter(self, letter: Document) -> None:
        """The letter that confirms the aid, owed when it is given."""
        type(self)._base_manager.filter(pk=self.pk).update(aid_letter=letter)
        self.aid_letter = letter

    def save_part(self, **answers: Any) -> None:
        """Keep part of what it fills in; raises IllegalMove when it no longer fills anything in."""
        if not type(self)._base_manager.filter(pk=self.pk, status=self.Status.ACCEPTED).update(**answers):
            raise IllegalMove(f"{self} does not fill in its part now")
        for name, value in answers.items():
            setattr(self, name, value)


class Colleague(models.Model):
    """What one colleague in the firm may do with an application, where it differs from what the firm's role gives."""

    class Role(models.TextChoices):
        VIEW = "VIEW", _("Read")
        EDIT = "EDIT", _("Read and change")
        SUBMIT = "SUBMIT", _("Read, change and send")

    application = models.ForeignKey(GrantApplication, models.CASCADE, related_name="colleagues")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    role = models.CharField(max_length=6, choices=Role.choices)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = PartQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["application", "user"], name="one_role_per_colleague"),
            at_and_by("colleague", "given"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The firm's people read all of an application's; staff those meant for them."""
        if not user.is_authenticated:
            return self.none()
        seen = GrantApplication.objects.visible_to(user)
        own = Membership.objects.filter(user=user, organisation=OuterRef("application__case__organisation"))
        return self.filter(Exists(own) | Q(for_adviser=True), application__in=seen)


class Comment(models.Model):
    """A remark on one section of an application, between colleagues or (`for_adviser`) with the firm's adviser too."""

    application = models.ForeignKey(GrantApplication, models.CASCADE, related_name="comments")
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    section = models.CharField(max_length=20)
    text = models.TextField()
    for_adviser = models.BooleanField(default=False)
    from_staff = models.BooleanField(default=False)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [at_and_by("comment", "written"), at_and_by("comment", "settled")]

    def __str__(self) -> str:
        return f"{self.application} {self.section}"


class MatchSource(models.Model):
    """Where the firm's own share of the money comes from, in the call's currency, with proof."""

    class Kind(models.TextChoices):
        OWN_CASH = "OWN_CASH", _("Our own money")
        LOAN = "LOAN", _("A loan or leasing")
        OWNERS = "OWNERS", _("Money from our owners")
        PARTNER = "PARTNER", _("A partner's money")
        OTHER_PUBLIC = "OTHER_PUBLIC", _("Other public money")

    application = models.ForeignKey(GrantApplication, models.CASCADE, related_name="match_sources")
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    giver = models.CharField(max_length=160, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    is_certain = models.BooleanField(default=False)
    """The money is there or promised in writing."""
    proof = models.OneToOneField("documents.Upload", models.PROTECT, null=True, blank=True, related_name="+")

    objects = PartQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=Decimal(0)), name="match_source_amount_is_positive")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.amount}"

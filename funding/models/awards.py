"""What became of it: assessors' answers and the award."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Self

import pghistory
import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, User
from accounts.permissions import CASE_READERS, Role
from documents.models import Document
from eligibility import ledger
from funding.models.applications import GrantApplication
from organisations.models import AidRecord
from portal.models import at_and_by
from portal.workflow import IllegalMove, Turn, Workflow
from programmes.models import Call

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Own reviews; those of others once sent, and to an assessor only after the own one was sent.

        Firms never see them.
        """
        if not user.is_authenticated:
            return self.none()
        staff = Assignment.objects.filter(
            Q(region=None) | Q(region=OuterRef("application__case__region")),
            user=user,
            programme=OuterRef("application__case__programme"),
        )
        own_sent = Review.objects.filter(application=OuterRef("application"), assessor=user, submitted_at__isnull=False)
        # Who may decide reads what was said; who only assesses answers first.
        others = Exists(staff.filter(role__in=CASE_READERS - {Role.ASSESSOR})) | Exists(own_sent)
        return self.filter(Exists(staff.filter(role__in=CASE_READERS))).filter(
            Q(assessor=user) | (Q(submitted_at__isnull=False) & others)
        )

    def sent(self) -> Self:
        return self.filter(submitted_at__isnull=False)


@pghistory.track()
class Review(models.Model):
    """One assessor's answer: first whether a conflict stands in the way, then a score for each of the call's criteria.

    `scores` maps a criterion's code to {"score": 0 to 5, "reason": text}.
    """

    class Conflict(models.TextChoices):
        NONE = "NONE", _("I have no conflict of interest")
        HAS = "HAS", _("I have a conflict of interest")

    class Recommendation(models.TextChoices):
        FUND = "FUND", _("Fund")
        FUND_WITH_CONDITIONS = "CONDITIONS", _("Fund with conditions")
        DO_NOT_FUND = "DO_NOT_FUND", _("Do not fund")

    application = models.ForeignKey(GrantApplication, models.CASCADE, related_name="reviews")
    assessor = models.ForeignKey(User, models.PROTECT, related_name="+")
    conflict = models.CharField(max_length=4, choices=Conflict.choices)
    conflict_note = models.TextField(blank=True)
    declared_at = models.DateTimeField()
    scores = models.JSONField(default=dict)
    recommendation = models.CharField(max_length=12, choices=Recommendation.choices, blank=True)
    comment = models.TextField(blank=True)
    total = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    """The weighted score out of 100 when it was sent."""
    submitted_at = models.DateTimeField(null=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["application", "assessor"], name="one_review_per_assessor"),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | Q(conflict="NONE"), name="review_only_without_conflict"
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | (~Q(recommendation="") & Q(total__isnull=False)),
                name="review_sent_is_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.assessor}"


class AwardQuerySet(models.QuerySet["Award"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(application__in=GrantApplication.objects.visible_to(user))

    def live(self) -> Self:
        """Awards that bind the call's budget."""
        return self.filter(status__in=Award.LIVE)

    def committed_to(self, call: Call) -> Decimal:
        """What the call's budget owes already. To decide by it, lock the call first."""
        return self.live().filter(call=call).aggregate(total=Sum("amount"))["total"] or Decimal(0)


@pghistory.track()
class Award(Workflow):
    """A grant offered to a firm. It binds the call's budget, and the firm's room for small aid, from the offer on.

    `offer_hash` is the SHA-256 of the exact offer that the approver signed; the firm accepts that one or none. Where
    the programme's rules name a legal basis for aid, the database takes no acceptance without the firm's confirmation.
    """

    class Status(models.TextChoices):
        OFFERED = "OFFERED", _("Offered")
        ACCEPTED = "ACCEPTED", _("Accepted")
        LAPSED = "LAPSED", _("Lapsed")
        DECLINED_BY_FIRM = "DECLINED_BY_FIRM", _("Declined by the firm")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    MOVES = {
        Status.OFFERED: {Status.ACCEPTED, Status.LAPSED, Status.DECLINED_BY_FIRM, Status.WITHDRAWN},
        Status.ACCEPTED: {Status.WITHDRAWN},
        Status.LAPSED: set(),
        Status.DECLINED_BY_FIRM: set(),
        Status.WITHDRAWN: set(),
    }
    TURN = {
        Status.OFFERED: Turn.FIRM,
        Status.ACCEPTED: Turn.FIRM,
        Status.LAPSED: Turn.NOBODY,
        Status.DECLINED_BY_FIRM: Turn.NOBODY,
        Status.WITHDRAWN: Turn.NOBODY,
    }
    PUBLIC_LABELS = {
        Status.OFFERED: _("Offer to accept"),
        Status.ACCEPTED: _("Offer accepted"),
        Status.LAPSED: _("Offer ran out"),
        Status.DECLINED_BY_FIRM: _("Offer turned down by you"),
        Status.WITHDRAWN: _("Offer withdrawn"),
    }
    LIVE = (Status.OFFERED, Status.ACCEPTED)

    application = models.OneToOneField(GrantApplication, models.PROTECT, related_name="award")
    call = models.ForeignKey(Call, models.PROTECT, related_name="awards")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.OFFERED)
    letter = models.OneToOneField(Document, models.PROTECT, related_name="+")
    recommended_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    offered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    accept_by = models.DateField()
    """The last day, in the programme's time zone, on which the firm may accept."""
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    offer = models.JSONField()
    """The offer in full: sum, project, dates, conditions."""
    offer_hash = models.CharField(max_length=64)
    aid_basis = models.CharField(max_length=10, choices=AidRecord.Basis.choices, blank=True)
    """What small aid it is by the programme's rules of the day it was offered; empty where they have no such rule."""
    aid_words = models.TextField(blank=True)
    """The exact words that the firm confirmed in writing."""
    aid_confirmed_at = models.DateTimeField(null=True)
    aid_confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    aid_letter = models.OneToOneField(Document, models.PROTECT, null=True, related_name="+")
    """Our confirmation that the aid was given."""
    reason = models.TextField(blank=True)

    objects = AwardQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=Decimal(0)), name="award_amount_is_positive"),
            models.CheckConstraint(
                condition=~Q(offered_by=F("recommended_by")), name="award_offered_by_another_than_recommended"
            ),
            models.CheckConstraint(
                condition=~Q(status="ACCEPTED") | Q(accepted_at__isnull=False), name="award_accepted_by_somebody"
            ),
            at_and_by("award", "offered"),
            at_and_by("award", "accepted"),
            at_and_by("award", "aid_confirmed"),
            models.CheckConstraint(
                condition=Q(aid_basis="")
                | Q(accepted_at=None)
                | (Q(aid_confirmed_at__lte=F("accepted_at")) & Q(aid_confirmed_by__isnull=False) & ~Q(aid_words="")),
                name="award_of_aid_accepted_only_confirmed",
            ),
        ]
        indexes = [
            models.Index("call", "status", name="awards_by_call"),
            models.Index("status", "accept_by", name="awards_by_last_day"),
        ]
        triggers = [
            # Four eyes, whoever writes the row: no assessor of an application offers its grant.
            pgtrigger.Trigger(
                name="offered_by_no_assessor",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF EXISTS (SELECT 1 FROM funding_review WHERE application_id = NEW.application_id
                               AND assessor_id = NEW.offered_by_id AND submitted_at IS NOT NULL) THEN
                        RAISE EXCEPTION 'An assessor of an application may not offer its grant';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # The confirmation hangs on the basis, so the basis is the rules' own, whoever writes the row.
            pgtrigger.Trigger(
                name="basis_as_in_the_rules",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("basis", "TEXT")],
                func="""
                    SELECT COALESCE(version.document #>> '{eligibility,aid,basis}', '') INTO basis
                      FROM funding_grantapplication application
                      JOIN applications_case on_case ON on_case.id = application.case_id
                      JOIN programmes_programme programme ON programme.id = on_case.programme_id
                      JOIN programmes_programmeversion version ON version.programme_id = programme.id
                     WHERE application.id = NEW.application_id
                       AND version.valid_from <= (NEW.offered_at AT TIME ZONE programme.time_zone)::date
                     ORDER BY version.valid_from DESC LIMIT 1;
                    IF FOUND AND basis <> NEW.aid_basis THEN
                        RAISE EXCEPTION 'The aid basis of an award is that of its programme';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.ReadOnly(
                name="offer_stays", fields=["application", "amount", "currency", "offer", "offer_hash", "aid_basis"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.amount} {self.currency}"

    @property
    def event_reference(self) -> str:
        return self.application.case.reference

    @property
    def event_programme(self) -> str:
        return self.application.case.programme.slug

    @property
    def is_live(self) -> bool:
        return self.status in self.LIVE

    def is_late(self, today: date) -> bool:
        """Whether the last day to accept lies before `today` (the programme's day)."""
        return self.status == self.Status.OFFERED and today > self.accept_by

    @property
    def aid_question(self) -> str:
        """The words that the firm has to confirm; offers made before there were any had their statement alone."""
        words: str = self.offer.get("aid_confirmation") or self.offer["aid_statement"]
        return words

    def confirm_aid(self, *, by: User, at: datetime) -> None:
        """The firm's written confirmation of what the offer asks about other aid; it comes before the acceptance.

        Raises IllegalMove when the offer is no longer open.
        """
        values = {"aid_words": self.aid_question, "aid_confirmed_at": at, "aid_confirmed_by": by}
        if not type(self)._base_manager.filter(pk=self.pk, status=self.Status.OFFERED).update(**values):
            raise IllegalMove(f"{self} is not on offer")
        for name, value in values.items():
            setattr(self, name, value)

    def accept(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.ACCEPTED, by=by, at=at, accepted_by=by, accepted_at=at)

    def keep_aid_letter(self, letter: Document) -> None:
        """The letter that confirms the aid, owed with the acceptance."""
        type(self)._base_manager.filter(pk=self.pk).update(aid_letter=letter)
        self.aid_letter = letter

    def turn_down(self, *, by: User, at: datetime, reason: str = "") -> None:
        self._end(self.Status.DECLINED_BY_FIRM, by=by, at=at, reason=reason)

    def lapse(self, *, by: User | None, at: datetime, reason: str = "") -> None:
        self._end(self.Status.LAPSED, by=by, at=at, reason=reason)

    def withdraw(self, *, by: User | None, at: datetime, reason: str) -> None:
        self._end(self.Status.WITHDRAWN, by=by, at=at, reason=reason)

    def _end(self, status: str, *, by: User | None, at: datetime, reason: str) -> None:
        """However it ends, what it held of the firm's room for aid is free again in the same moment."""
        with transaction.atomic():
            self._move_to(status, by=by, at=at, note=reason, reason=reason)
            ledger.release(self.application.reference, reason=reason or str(self.Status(status).label), by=by, at=at)

"""A grant offered, taken up and used."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import pghistory
import pgtrigger
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from documents.models import Document, Upload
from eligibility import ledger
from funding.models.applications import GrantApplication
from organisations.models import AidRecord
from portal.models import Event, at_and_by
from portal.workflow import IllegalMove, Turn, Workflow
from programmes.models import Call
from programmes.wording import CATEGORY_NAMES

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class AwardQuerySet(models.QuerySet["Award"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(application__in=GrantApplication.objects.visible_to(user))

    def live(self) -> Self:
        """Awards on offer or taken up."""
        return self.filter(status__in=Award.LIVE)

    def waiting_for(self, what: str) -> Self:
        """Awards taken up that wait for staff: `settle` (conditions), `changes`; any other word: all taken up."""
        taken_up = self.exclude(accepted_at=None)
        running = taken_up.filter(status=Award.Status.ACCEPTED)
        if what == "settle":
            open_one = AwardCondition.objects.filter(award=OuterRef("pk"), met_at=None)
            return running.filter(Q(started_at=None) | Exists(open_one.exclude(shown_at=None)))
        if what == "changes":
            return running.filter(variations__status__in=["ASKED", "RECOMMENDED"])
        return taken_up

    def committed_to(self, call: Call) -> Decimal:
        """What the call's budget owes already. To decide by it, lock the call first."""
        return self.filter(call=call).aggregate(total=Sum("committed"))["total"] or Decimal(0)


class OfAwardQuerySet(models.QuerySet[Any]):
    """Rows that belong to an award and are seen with it."""

    path = "award"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(**{f"{self.path}__in": Award.objects.visible_to(user)})


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
        COMPLETED = "COMPLETED", _("Completed")
        TERMINATED = "TERMINATED", _("Ended early")

    MOVES = {
        Status.OFFERED: {Status.ACCEPTED, Status.LAPSED, Status.DECLINED_BY_FIRM, Status.WITHDRAWN},
        Status.ACCEPTED: {Status.WITHDRAWN, Status.COMPLETED, Status.TERMINATED},
        Status.LAPSED: set(),
        Status.DECLINED_BY_FIRM: set(),
        Status.WITHDRAWN: set(),
        Status.COMPLETED: set(),
        Status.TERMINATED: set(),
    }
    TURN = {
        Status.OFFERED: Turn.FIRM,
        Status.ACCEPTED: Turn.FIRM,
        Status.LAPSED: Turn.NOBODY,
        Status.DECLINED_BY_FIRM: Turn.NOBODY,
        Status.WITHDRAWN: Turn.NOBODY,
        Status.COMPLETED: Turn.NOBODY,
        Status.TERMINATED: Turn.NOBODY,
    }
    PUBLIC_LABELS = {
        Status.OFFERED: _("Offer to accept"),
        Status.ACCEPTED: _("Offer accepted"),
        Status.LAPSED: _("Offer ran out"),
        Status.DECLINED_BY_FIRM: _("Offer turned down by you"),
        Status.WITHDRAWN: _("Offer withdrawn"),
        Status.COMPLETED: _("Project finished and paid"),
        Status.TERMINATED: _("Project ended early"),
    }
    LIVE = (Status.OFFERED, Status.ACCEPTED)
    TAKEN_UP = (Status.ACCEPTED, Status.COMPLETED, Status.TERMINATED)
    HOLDING = (Status.OFFERED, *TAKEN_UP)
    """Those that may hold money of their call."""

    application = models.OneToOneField(GrantApplication, models.PROTECT, related_name="award")
    call = models.ForeignKey(Call, models.PROTECT, related_name="awards")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    committed = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    """What of the amount the call still owes or has paid: all of it at first, less when the award ends for less."""
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.OFFERED)
    letter = models.OneToOneField(Document, models.PROTECT, related_name="+")
    recommended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    """Null where the support is automatic and nobody assesses."""
    offered_at = models.DateTimeField()
    offered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    accept_by = models.DateField()
    """The last day, in the programme's time zone, on which the firm may accept."""
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    offer = models.JSONField()
    """The offer in full: sum, project, dates, conditions."""
    offer_hash = models.CharField(max_length=64)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    """The project's dates in force: those of the offer until a change is agreed."""
    budget = models.JSONField(default=list)
    """Its costs in force, as in the offer until a change is agreed: [{partner (id or null), category, eligible,
    grant}], amounts as text; the grants add up to the amount."""
    claim_terms = models.JSONField(default=dict)
    """How it is claimed, frozen from the call: see programmes.models.Call.claim_terms."""
    baseline_employees = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    """Full-time equivalents before the project starts: with the two below, what every later figure is held against."""
    baseline_turnover = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    baseline_output_per_hour = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    """Value added an hour worked, in the award's currency."""
    baseline_period_end = models.DateField(null=True)
    """Last day of the twelve months that the figures are of."""
    baseline_at = models.DateTimeField(null=True)
    baseline_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    """When staff ticked off the last thing to be settled before the project starts; the acceptance where there is none.
    """
    publish_by = models.DateField(null=True)
    """Last day to enter it in the public subsidy database; null when it need not be."""
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_ref = models.CharField(max_length=60, blank=True)
    completed_at = models.DateTimeField(null=True)
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
                condition=Q(committed__gte=Decimal(0), committed__lte=F("amount")),
                name="award_commits_no_more_than_offered",
            ),
            models.CheckConstraint(
                condition=~Q(offered_by=F("recommended_by")), name="award_offered_by_another_than_recommended"
            ),
            models.CheckConstraint(
                condition=~Q(status="ACCEPTED") | Q(accepted_at__isnull=False), name="award_accepted_by_somebody"
            ),
            at_and_by("award", "offered"),
            at_and_by("award", "accepted"),
            at_and_by("award", "aid_confirmed"),
            at_and_by("award", "baseline"),
            at_and_by("award", "started"),
            at_and_by("award", "published"),
            models.CheckConstraint(
                condition=Q(baseline_at=None)
                | Q(
                    baseline_employees__isnull=False,
                    baseline_turnover__isnull=False,
                    baseline_output_per_hour__isnull=False,
                    baseline_period_end__isnull=False,
                ),
                name="award_baseline_is_whole",
            ),
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
            # What a project achieved is told from where it began, so nothing is accepted before that is written down.
            pgtrigger.Trigger(
                name="accepted_with_a_baseline",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),  # type: ignore[no-untyped-call]  # the package's own
                condition=pgtrigger.Q(new__status="ACCEPTED", old__status="OFFERED"),
                func="""
                    IF NEW.baseline_at IS NULL THEN
                        RAISE EXCEPTION 'An award is accepted with its starting figures only';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # Nor is anything given to a partner before it has confirmed what the offer asks about its own aid.
            pgtrigger.Trigger(
                name="accepted_with_partners_confirmed",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),  # type: ignore[no-untyped-call]  # the package's own
                condition=pgtrigger.Q(new__status="ACCEPTED", old__status="OFFERED"),
                func="""
                    IF EXISTS (SELECT 1 FROM funding_partner partner
                                 JOIN jsonb_array_elements(NEW.budget) line
                                   ON line ->> 'partner' = partner.id::text AND (line ->> 'grant')::numeric > 0
                                WHERE partner.application_id = NEW.application_id AND partner.kind <> 'RESEARCH'
                                  AND NEW.aid_basis <> '' AND partner.aid_confirmed_at IS NULL) THEN
                        RAISE EXCEPTION 'An award is accepted when every partner has confirmed its aid only';
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
    def budget_rows(self) -> list[dict[str, Any]]:
        """The budget in force for a page: each row with its kind of cost in words, and the amounts as numbers."""
        return [
            {
                **row,
                "name": CATEGORY_NAMES[row["category"]],
                "eligible": Decimal(row["eligible"]),
                "grant": Decimal(row["grant"]),
            }
            for row in self.budget
        ]

    @property
    def own_amount(self) -> Decimal:
        """What of the budget in force goes to the firm itself; all of it where it has no partners."""
        own = sum((row["grant"] for row in self.budget_rows if row["partner"] is None), Decimal(0))
        return own if any(row["partner"] for row in self.budget) else self.amount

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

    def record_baseline(
        self,
        *,
        employees: Decimal,
        turnover: Decimal,
        output_per_hour: Decimal,
        period_end: date,
        by: User,
        at: datetime,
    ) -> None:
        """Where the firm stands before the project, written down while the offer is open; raises IllegalMove later."""
        values = {
            "baseline_employees": employees, "baseline_turnover": turnover, "baseline_output_per_hour": output_per_hour,
            "baseline_period_end": period_end, "baseline_at": at, "baseline_by": by,
        }  # fmt: skip
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

    def start(self, *, by: User, at: datetime) -> None:
        """Nothing stands between the firm and its project any more; a second time changes nothing."""
        begun = type(self)._base_manager.filter(pk=self.pk, started_at=None)
        if begun.update(started_at=at, started_by=by):
            self.started_at, self.started_by = at, by
            Event.objects.record(self, kind="award.started", by=by, at=at)

    def owe_publication(self, last_day: date | None) -> None:
        """Until when it has to stand in the public database; None when it need not."""
        type(self)._base_manager.filter(pk=self.pk).update(publish_by=last_day)
        self.publish_by = last_day

    def publish(self, *, reference: str, by: User, at: datetime) -> None:
        """It stands in the public database; raises IllegalMove when it need not, or does already."""
        due = type(self)._base_manager.filter(pk=self.pk, publish_by__isnull=False, published_at=None)
        if not due.update(published_at=at, published_by=by, published_ref=reference):
            raise IllegalMove(f"{self} is not waiting to be published")
        self.published_at, self.published_by, self.published_ref = at, by, reference

    def keep_in_force(self, **terms: Any) -> None:
        """Write dates or budget that were agreed to; raises IllegalMove when the award is not running."""
        if not type(self)._base_manager.filter(pk=self.pk, status=self.Status.ACCEPTED).update(**terms):
            raise IllegalMove(f"{self} is not running")
        for name, value in terms.items():
            setattr(self, name, value)

    def commit(self, amount: Decimal) -> None:
        """Owe no more than `amount` from now on; raises IllegalMove when the award is not running."""
        self.keep_in_force(committed=amount)

    def complete(self, *, paid: Decimal, by: User, at: datetime) -> None:
        self._move_to(self.Status.COMPLETED, by=by, at=at, committed=paid, completed_at=at)

    def terminate(self, *, kept: Decimal, by: User, at: datetime, reason: str) -> None:
        self._move_to(self.Status.TERMINATED, by=by, at=at, note=reason, committed=kept, reason=reason)

    def turn_down(self, *, by: User, at: datetime, reason: str = "") -> None:
        self._end(self.Status.DECLINED_BY_FIRM, by=by, at=at, reason=reason)

    def lapse(self, *, by: User | None, at: datetime, reason: str = "") -> None:
        self._end(self.Status.LAPSED, by=by, at=at, reason=reason)

    def withdraw(self, *, by: User | None, at: datetime, reason: str) -> None:
        self._end(self.Status.WITHDRAWN, by=by, at=at, reason=reason)

    def _end(self, status: str, *, by: User | None, at: datetime, reason: str) -> None:
        """However it ends, what it held of the firm's room for aid is free again in the same moment."""
        with transaction.atomic():
            self._move_to(status, by=by, at=at, note=reason, reason=reason, committed=Decimal(0))
            ledger.release(self.application.reference, reason=reason or str(self.Status(status).label), by=by, at=at)


class AwardCondition(models.Model):
    """Something to be settled before the project starts (`before_start`) or while it runs, ticked off by staff."""

    award = models.ForeignKey(Award, models.CASCADE, related_name="conditions")
    position = models.PositiveSmallIntegerField()
    text = models.TextField()
    before_start = models.BooleanField(default=False)
    evidence = models.OneToOneField(Upload, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)
    """The firm's words on how it is met."""
    shown_at = models.DateTimeField(null=True)
    """When the firm said so."""
    shown_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    met_at = models.DateTimeField(null=True)
    met_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = OfAwardQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["award", "position"], name="one_award_condition_per_place"),
            at_and_by("award_condition", "shown"),
            at_and_by("award_condition", "met"),
        ]

    def __str__(self) -> str:
        return self.text

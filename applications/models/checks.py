"""What a case rests on: its eligibility checks, and the findings of them that somebody has set aside."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.models import Membership, User
from applications.models.cases import Case
from applications.rules import FAIL, open_findings
from eligibility.models import EligibilityCheck
from eligibility.wording import RULE_NAMES
from portal.models import at_and_by
from portal.workflow import IllegalMove

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def _for_staff(user: User | AnonymousUser) -> Q:
    """Condition that a row's case is one that the person reads as staff: a firm sees its case, never these rows."""
    own = Membership.objects.filter(user=user.pk, organisation=OuterRef("case__organisation"))
    return ~Exists(own) & Q(case__in=Case.objects.visible_to(user))


class CaseCheckQuerySet(models.QuerySet["CaseCheck"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(_for_staff(user))

    def taken(self) -> Self:
        """The checks the case has rested on, the one in force first."""
        return self.filter(taken_at__isnull=False).order_by("-taken_at", "-id")


class CaseCheck(models.Model):
    """An eligibility check made for a case. The case rests on it from `taken_at` on, for the reason in `why`.

    The first one is the check the firm joined with. One that was made again and never taken shows only what would
    change. `Case.check_result` is the one in force.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="checks")
    check_result = models.ForeignKey(EligibilityCheck, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    why = models.TextField(blank=True)

    objects = CaseCheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "check_result"], name="a_check_once_for_each_case"),
            at_and_by("case_check", "taken"),
        ]
        triggers = [
            pgtrigger.Protect(name="keep_what_a_case_rested_on", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="never_another_check", fields=["case", "check_result", "made_at", "made_by"]),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.made_at:%Y-%m-%d}"

    @property
    def event_reference(self) -> str:
        return self.case.reference

    @property
    def event_programme(self) -> str:
        return self.case.programme.slug

    def take(self, *, by: User, at: datetime, why: str) -> None:
        """Let the case rest on this check from now on; raises IllegalMove when that was done already."""
        taken = type(self).objects.filter(pk=self.pk, taken_at=None).update(taken_at=at, taken_by=by, why=why)
        if not taken:
            raise IllegalMove(f"{self} was taken already")
        self.taken_at, self.taken_by, self.why = at, by, why


class OverrideQuerySet(models.QuerySet["EligibilityOverride"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(_for_staff(user))

    def live(self) -> Self:
        return self.filter(withdrawn_at=None)

    def valid(self) -> Self:
        """Not withdrawn, and confirmed where a second person has to agree."""
        return self.live().filter(Q(needs_second=False) | Q(confirmed_at__isnull=False))

    def unconfirmed(self) -> Self:
        return self.live().filter(needs_second=True, confirmed_at=None)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class EligibilityOverride(models.Model):
    """A failed or undecided finding of a check that is set aside for one case, by whom and why.

    `finding` is as it stands in the check (rule, outcome, reason, value, limit, source). Only the confirmation and
    the withdrawal are ever added; a change of mind is a new row.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="overrides")
    check_result = models.ForeignKey(EligibilityCheck, models.PROTECT, related_name="+")
    creation_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    rule = models.CharField(max_length=40)
    finding = models.JSONField()
    rules_version = models.CharField(max_length=90)
    reason = models.TextField()
    needs_second = models.BooleanField()
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_reason = models.TextField(blank=True)

    objects = OverrideQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "check_result", "rule"],
                condition=Q(withdrawn_at=None),
                name="one_live_override_for_each_finding",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_a_reason"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("decided_by")), name="override_has_four_eyes"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_reason=""), name="override_is_withdrawn_for_a_reason"
            ),
            *(at_and_by("override", name) for name in ("confirmed", "withdrawn")),
        ]
        indexes = [models.Index(fields=["rule", "decided_at"], name="overrides_by_rule")]
        triggers = [
            pgtrigger.Protect(name="keep_overrides", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="never_rewrite_an_override",
                fields=[
                    "case", "check_result", "rule", "finding", "rules_version", "reason", "needs_second",
                    "decided_at", "decided_by",
                ],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.case} {self.rule}"

    @property
    def event_reference(self) -> str:
        return self.case.reference

    @property
    def event_programme(self) -> str:
        return self.case.programme.slug

    @property
    def name(self) -> str:
        """The rule, in words."""
        return str(RULE_NAMES.get(self.rule, self.rule))

    @property
    def is_valid(self) -> bool:
        return self.withdrawn_at is None and (not self.needs_second or self.confirmed_at is not None)

    @property
    def is_unconfirmed(self) -> bool:
        return self.withdrawn_at is None and self.needs_second and self.confirmed_at is None

    @property
    def is_of_a_failed_rule(self) -> bool:
        """Whether the rule said no; otherwise it could not be decided and was settled."""
        return bool(self.finding.get("outcome") == FAIL)

    def speaks_of(self, finding: Mapping[str, Any]) -> bool:
        """Whether a finding, perhaps of a later check, is the very one that was set aside."""
        return all(self.finding.get(key) == finding.get(key) for key in ("rule", "outcome", "value", "limit"))

    def confirm(self, *, by: User, at: datetime) -> None:
        """The second person's agreement; raises IllegalMove when nobody waits for it (any more)."""
        self._once(confirmed_at=at, confirmed_by=by, waiting=Q(needs_second=True, confirmed_at=None))

    def withdraw(self, *, by: User, at: datetime, reason: str) -> None:
        self._once(withdrawn_at=at, withdrawn_by=by, withdrawn_reason=reason)

    def _once(self, *, waiting: Q | None = None, **changes: Any) -> None:
        if not type(self).objects.live().filter(waiting or Q(), pk=self.pk).update(**changes):
            raise IllegalMove(f"{self} was settled meanwhile")
        for name, value in changes.items():
            setattr(self, name, value)


@dataclass(frozen=True)
class OpenFinding:
    """A finding that keeps the firm out, with what somebody has said to it so far."""

    finding: Mapping[str, Any]
    override: EligibilityOverride | None

    @property
    def rule(self) -> str:
        return str(self.finding["rule"])

    @property
    def name(self) -> str:
        """The rule, in words."""
        return str(RULE_NAMES.get(self.rule, self.rule))

    @property
    def is_failed(self) -> bool:
        return bool(self.finding["outcome"] == FAIL)

    @property
    def is_settled(self) -> bool:
        return self.override is not None and self.override.is_valid


def still_open(case: Case) -> list[OpenFinding]:
    """The findings of the check in force that fail or cannot be decided, each with its override. One query.

    An override holds for a later check too while the finding is the same.
    """
    findings = open_findings(case.check_result.findings)
    live = list(case.overrides.live().select_related("decided_by", "confirmed_by")) if findings else []
    newest_first = sorted(live, key=lambda override: override.pk, reverse=True)
    return [
        OpenFinding(finding, next((each for each in newest_first if each.speaks_of(finding)), None))
        for finding in findings
    ]

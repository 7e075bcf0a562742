"""Which rows a person works on, and when we promised to answer them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import (
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    QuerySet,
    Value,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, ExtractIsoWeekDay, Least

from accounts.models import Membership, User
from accounts.permissions import Permission
from accounts.scope import places, within
from applications.models import Case, CaseQuerySet, Lead

REPORT_READERS = (Permission.EXPORT, Permission.APPROVE_GRANT)
"""Who holds one of these reads the dashboards of the same programme and region."""


def works_on(user: User, permission: Permission, thing: Any) -> bool:
    """Whether the person's roles grant `permission` for a case or lead; asks no query, unlike `user.can`."""
    return bool(places(user, permission) & {(thing.programme_id, None), (thing.programme_id, thing.region_id)})


def worked_cases(user: User, *permissions: Permission) -> CaseQuerySet:
    """Sent cases for which the person's roles grant one of `permissions` (working on them, unless others are given).

    What a firm withdrew before it sent anything was never ours to read, and nobody works on their own firm.
    """
    wanted = permissions or (Permission.VIEW_CASEWORK,)
    own = Membership.objects.filter(user=user, organisation=OuterRef("organisation"))
    return Case.objects.visible_to(user).filter(~Exists(own), within(user, *wanted), submitted_at__isnull=False)


def worked_leads(user: User) -> QuerySet[Lead]:
    return Lead.objects.visible_to(user).filter(within(user, Permission.VIEW_CASEWORK))


# --- The promise, in SQL --------------------------------------------------------------------------
def _local_day(moment: Any, zone: str) -> Cast:
    """Day of `moment` in the time zone named by the column `zone`."""
    return Cast(Func(F(zone), moment, function="timezone", output_field=DateTimeField()), DateField())


def _working_days_after(day: Any, days: Any) -> ExpressionWrapper:
    """applications.actions.working_days_after in SQL, for sorting: a start on a weekend counts as the Friday before."""
    weekday = Cast(ExtractIsoWeekDay(day), IntegerField())
    friday_at_most = Least(weekday, Value(5))
    shift = days + 2 * ((friday_at_most - 1 + days) / Value(5)) - (weekday - friday_at_most)
    return ExpressionWrapper(day + ExpressionWrapper(shift, IntegerField()), DateField())


def with_promise(cases: QuerySet[Case], at: datetime) -> QuerySet[Case]:
    """`cases` with `due_on`, the day by which an answer is promised (null once it is given), and `today` there."""
    days = Coalesce(Cast(KeyTextTransform("application", "programme__promise_days"), IntegerField()), 10)
    due = _working_days_after(_local_day(F("submitted_at"), "programme__time_zone"), days)
    return cases.annotate(
        due_on=models.Case(models.When(status=Case.Status.SUBMITTED, then=due), output_field=DateField()),
        today=_local_day(Value(at, DateTimeField()), "programme__time_zone"),
    )

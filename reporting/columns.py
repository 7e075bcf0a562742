"""What an export of each kind holds: its fields, named as in the API, and its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from accounts.models import User
from accounts.permissions import Permission
from accounts.scope import within
from applications.models import Case, EligibilityOverride
from casework.filters import CaseFilters, PlaceFilters
from casework.scope import worked_cases
from funding.models import Award, GrantApplication, Review


class ExportedCases(CaseFilters):
    PERMISSIONS = (Permission.EXPORT,)


class ExportedAwards(PlaceFilters):
    PERMISSIONS = (Permission.EXPORT,)


class ExportedScores(PlaceFilters):
    PERMISSIONS = (Permission.EXPORT,)


@dataclass(frozen=True)
class Sheet:
    fields: dict[str, Callable[[Any], Any]]
    """Name of each column and how it is read off a row; amounts are Decimals, times are aware."""
    filters: type[PlaceFilters]
    rows: Callable[[User, Any], QuerySet[Any]]


def _cases(user: User, filters: CaseFilters) -> QuerySet[Case]:
    valid = EligibilityOverride.objects.valid().filter(case=OuterRef("pk")).order_by("id").values("rule")
    rows = filters.rows(worked_cases(user, Permission.EXPORT).with_context())
    return rows.annotate(set_aside=ArraySubquery(valid)).order_by("id")


def _awards(user: User, filters: PlaceFilters) -> QuerySet[Award]:
    visible = Award.objects.visible_to(user).filter(within(user, Permission.EXPORT, path="application__case__"))
    return (
        visible.filter(filters.condition("application__case__"))
        .select_related(
            "call__instrument", "application__case__programme", "application__case__region",
            "application__case__organisation",
        )
        .order_by("id")
    )  # fmt: skip


def _scores(user: User, filters: PlaceFilters) -> QuerySet[Review]:
    """What assessors sent, also where it counts no more; of applications of the person's own firm nothing."""
    place = "application__case__"
    reached = GrantApplication.objects.worked_on_by(user).filter(within(user, Permission.EXPORT, path="case__"))
    return (
        Review.objects.filter(application__in=reached)
        .filter(filters.condition(place))
        .filter(Q(submitted_at__isnull=False) | Q(conflict_found_at__isnull=False))
        .select_related(
            "assessor", "application__panel", "application__call__instrument", "application__case__programme",
            "application__case__region", "application__case__organisation",
        )
        .order_by("application", "id")
    )  # fmt: skip


def _points(review: Review) -> str:
    """Points of ten for each criterion in the order of the call, like "need=8 value=6"."""
    points = {code: entry.get("score") for code, entry in review.scores.items()}
    return _codes(
        f"{one['code']}={points[one['code']]}"
        for one in review.application.call.criteria
        if points.get(one["code"]) is not None
    )


def _agreed(review: Review) -> str:
    """What the meeting agreed; empty where it did not speak about it."""
    panel = getattr(review.application, "panel", None)
    return panel.outcome if panel else ""


def _day(case: Case, moment: Any) -> Any:
    """The day in the programme's time zone: the day that its rules count."""
    return moment and case.programme.local_date(moment)


def _codes(codes: Iterable[str]) -> str:
    return " ".join(codes)


CASE_FIELDS: dict[str, Callable[[Case], Any]] = {
    "reference": lambda case: case.reference,
    "programme": lambda case: case.programme.slug,
    "region": lambda case: case.region and case.region.slug,
    "status": lambda case: case.status,
    "organisation": lambda case: case.organisation.name,
    "company_number": lambda case: case.organisation.company_number,
    "legal_form": lambda case: case.organisation.legal_form,
    "postcode": lambda case: case.organisation.postcode,
    "local_authority": lambda case: case.organisation.local_authority,
    "sic_codes": lambda case: _codes(case.organisation.sic_codes),
    "size": lambda case: case.check_result.size.get("category"),
    "eligibility": lambda case: case.check_result.outcome,
    "rules_version": lambda case: case.check_result.rules_version,
    "eligibility_overrides": lambda case: _codes(getattr(case, "set_aside")),  # noqa: B009 - added by _cases
    "barriers": lambda case: _codes(case.barriers),
    "adviser": lambda case: case.adviser and case.adviser.get_full_name(),
    "agrees_to_benchmark": lambda case: case.agrees_to_benchmark,
    "agrees_to_contact": lambda case: case.agrees_to_contact,
    "started_on": lambda case: _day(case, case.created_at),
    "submitted_on": lambda case: _day(case, case.submitted_at),
    "decided_on": lambda case: _day(case, case.decided_at),
    "withdrawn_on": lambda case: _day(case, case.withdrawn_at),
    "updated_at": lambda case: case.updated_at,
}

AWARD_FIELDS: dict[str, Callable[[Award], Any]] = {
    "reference": lambda award: award.application.reference,
    "case": lambda award: award.application.case.reference,
    "programme": lambda award: award.application.case.programme.slug,
    "region": lambda award: award.application.case.region and award.application.case.region.slug,
    "organisation": lambda award: award.application.case.organisation.name,
    "company_number": lambda award: award.application.case.organisation.company_number,
    "instrument": lambda award: award.call.instrument.slug,
    "call": lambda award: award.call.slug,
    "title": lambda award: award.application.title,
    "status": lambda award: award.status,
    "amount": lambda award: award.amount,
    "currency": lambda award: award.currency,
    "offered_on": lambda award: _day(award.application.case, award.offered_at),
    "accept_by": lambda award: award.accept_by,
    "accepted_on": lambda award: _day(award.application.case, award.accepted_at),
    "updated_at": lambda award: award.updated_at,
}

SCORE_FIELDS: dict[str, Callable[[Review], Any]] = {
    "reference": lambda review: review.application.reference,
    "case": lambda review: review.application.case.reference,
    "programme": lambda review: review.application.case.programme.slug,
    "region": lambda review: review.application.case.region and review.application.case.region.slug,
    "organisation": lambda review: review.application.case.organisation.name,
    "instrument": lambda review: review.application.call.instrument.slug,
    "call": lambda review: review.application.call.slug,
    "title": lambda review: review.application.title,
    "status": lambda review: review.application.status,
    "score": lambda review: review.application.score,
    "spread": lambda review: review.application.spread,
    "agreed": _agreed,
    "assessor": lambda review: review.assessor.get_full_name(),
    "points": _points,
    "total": lambda review: review.total,
    "recommendation": lambda review: review.recommendation,
    "counts": lambda review: review.conflict_found_at is None,
    "sent_on": lambda review: _day(review.application.case, review.submitted_at),
}

SHEETS: dict[str, Sheet] = {
    "cases": Sheet(CASE_FIELDS, ExportedCases, _cases),
    "awards": Sheet(AWARD_FIELDS, ExportedAwards, _awards),
    "scores": Sheet(SCORE_FIELDS, ExportedScores, _scores),
}

"""What calibration shows: levels of both sides in final diagnostics, added up by adviser and by question."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from diagnostics import wording
from diagnostics.calibration import Difference, sample
from diagnostics.models import Answer, Assessment, QuestionnaireVersion
from portal.charts import Bar, bars
from programmes.models import Programme

CHARTED = 10
"""Bars in the chart of questions; the table has them all."""


def measured(user: User, programmes: Iterable[Programme]) -> QuerySet[Answer]:
    """Answers of final diagnostics to which both the firm and the adviser have given a level."""
    return Answer.objects.visible_to(user).filter(
        assessment__status=Assessment.Status.FINAL,
        assessment__case__programme__in=programmes,
        moderated_level__isnull=False,
        self_level__isnull=False,
    )


def _sums(found: QuerySet[Answer], *by: str) -> list[dict[str, Any]]:
    """One row for each value of `by`, with count, changed and shift."""
    grouped: Any = found.values(*by)
    return list(
        grouped.annotate(
            count=Count("pk"),
            changed=Count("pk", filter=~Q(moderated_level=F("self_level"))),
            shift=Avg(F("moderated_level") - F("self_level")),
        )
    )


def by_adviser(found: QuerySet[Answer]) -> list[Difference]:
    """Most measured first."""
    rows = _sums(found, "moderated_by", "moderated_by__full_name", "moderated_by__email")
    differences = [
        Difference(
            str(row["moderated_by"]), row["moderated_by__full_name"] or row["moderated_by__email"], row["count"],
            row["changed"], row["shift"],
        )
        for row in rows
    ]  # fmt: skip
    return sorted(differences, key=lambda each: (-each.count, each.label))


def by_question(found: QuerySet[Answer]) -> list[Difference]:
    """Most changed first; a question is told by its newest text in the questionnaires that were answered."""
    titles: dict[str, str] = {}
    versions = QuestionnaireVersion.objects.filter(assessments__answers__in=found).distinct().order_by("pk")
    for version in versions:
        titles |= wording.question_titles(version.document)
    differences = [
        Difference(code, titles[code], row["count"], row["changed"], row["shift"])
        for row in _sums(found, "question_code")
        for code in [row["question_code"]]
    ]
    return sorted(differences, key=lambda each: (each.is_few, -each.share, -abs(each.shift), each.key))


def second_looks(user: User, programmes: Iterable[Programme], at: datetime) -> list[Assessment]:
    """One final of this quarter for each adviser, for a second person to go through; drawn, not chosen."""
    quarter = (at.month - 1) // 3
    begins = at.replace(month=3 * quarter + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
    finals = Assessment.objects.visible_to(user).filter(
        status=Assessment.Status.FINAL, case__programme__in=programmes, finalised_at__gte=begins
    )
    pairs = finals.values_list("finalised_by", "case__reference")
    drawn = sample(((str(adviser), reference) for adviser, reference in pairs), salt=f"{at.year}-{quarter}")
    return list(
        finals.filter(case__reference__in=drawn.values())
        .select_related("case__organisation", "case__programme", "finalised_by")
        .order_by("finalised_by__full_name", "case__reference")
    )


def chart(rows: list[Difference], title: str) -> SafeString | str:
    """Share changed of those with enough to say; empty when none has."""
    shown = [row for row in rows if not row.is_few]
    if not shown:
        return ""
    return bars(
        [Bar(row.label, row.share, text=_("%(share)s %% of %(count)s") % {"share": row.share, "count": row.count})
         for row in shown],
        title=title,
        unit="%",
    )  # fmt: skip

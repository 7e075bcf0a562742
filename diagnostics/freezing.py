"""The quarter's comparison of firms, frozen: who is in it, who is not, and one firm once however many it owns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from diagnostics import benchmark, scoring
from diagnostics.models import Assessment, BenchmarkSnapshot, Questionnaire
from diagnostics.public_table import public_table
from organisations.groups import heads

OLDEST_MONTHS = 36
SIZES = ("micro", "small", "medium")
TEST_ADDRESS = r"(@|\.)(example|test|invalid|localhost)$|@example\.(com|org|net)$"
"""Ends of mail addresses that can belong to nobody (RFC 2606): firms of people who have one are trials."""

# Each part is one rule of section 4.6 of the method, in its order. The result itself is read last, for those who are
# left: its JSON is large.
_ELIGIBLE = """
    CREATE TEMPORARY TABLE benchmark_eligible ON COMMIT DROP AS
    WITH newest AS (
        SELECT DISTINCT ON (firm.organisation_id)
               firm.organisation_id, firm.id AS case_id, firm.agrees_to_benchmark, firm.created_by_id,
               result.id AS result_id, result.created_at
        FROM diagnostics_result result
        JOIN diagnostics_assessment assessment ON assessment.result_id = result.id
        JOIN diagnostics_questionnaireversion version ON version.id = assessment.version_id
        JOIN applications_case firm ON firm.id = assessment.case_id
        WHERE version.questionnaire_id = %(questionnaire)s
          AND split_part(version.number, '.', 1)::integer = %(major)s
          AND assessment.status = %(final)s
          AND result.created_at > %(at)s - make_interval(months => %(months)s)
          AND result.created_at <= %(at)s
          AND (NOT %(moderated)s OR result.snapshot -> 'moderated' <> '{}'::jsonb)
        ORDER BY firm.organisation_id, result.created_at DESC, result.id DESC
    ), allowed AS (
        SELECT newest.* FROM newest
        JOIN accounts_user person ON person.id = newest.created_by_id
        LEFT JOIN LATERAL (
            SELECT is_given FROM diagnostics_consent consent
            WHERE consent.case_id = newest.case_id AND consent.purpose = %(purpose)s
            ORDER BY given_at DESC, consent.id DESC LIMIT 1
        ) chosen ON true
        WHERE COALESCE(chosen.is_given, newest.agrees_to_benchmark)
          AND (%(trials)s OR person.email !~* %(test_address)s)
    ), read AS (
        SELECT allowed.organisation_id, allowed.result_id, allowed.created_at,
               result.snapshot -> 'facts' AS facts, result.snapshot -> 'result' ->> 'size' AS size,
               result.snapshot -> %(part)s AS part
        FROM allowed JOIN diagnostics_result result ON result.id = allowed.result_id
    ), clear AS (
        SELECT * FROM read
        WHERE NOT jsonb_path_exists(part, '$.groups[*] ? (@.na_flag == true)')
          AND NOT jsonb_path_exists(part, '$.foundations ? (@.na_flag == true)')
           OR EXISTS (SELECT FROM diagnostics_acceptedgaps accepted WHERE accepted.result_id = read.result_id)
    )
    SELECT DISTINCT ON (owner_id)
           organisation_id, COALESCE(tied.head, organisation_id) AS owner_id,
           COALESCE(facts ->> 'sector', '') AS sector, COALESCE(size, '') AS size,
           COALESCE(facts ->> 'region', '') AS region, shown.scores
    FROM clear
    LEFT JOIN unnest(%(tied)s::bigint[], %(heads)s::bigint[]) AS tied (id, head) ON tied.id = organisation_id
    CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(axis.code, axis.score) AS scores FROM (
            SELECT line ->> 'code' AS code, line ->> 'score' AS score
            FROM jsonb_array_elements(part -> 'groups' || jsonb_build_array(part -> 'foundations')) AS line
            UNION ALL SELECT 'overall', part -> 'overall' ->> 'score'
        ) axis WHERE axis.score IS NOT NULL
    ) shown
    WHERE shown.scores IS NOT NULL
    ORDER BY owner_id, created_at DESC, organisation_id
"""
_PARTS = {BenchmarkSnapshot.Series.MODERATED: "result", BenchmarkSnapshot.Series.OWN: "own"}


def quarter_of(day: date) -> date:
    """The first day of the quarter that a day lies in."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def take_snapshots(*, at: datetime, with_trials: bool) -> list[BenchmarkSnapshot]:
    """This quarter's snapshots that are not made yet, one for each questionnaire, major version and series.

    As long as fewer than five firms could be in one, it waits: an empty snapshot would hold for the whole quarter.
    `with_trials` lets firms in that only a demonstration has.
    """
    quarter, made = quarter_of(timezone.localdate(at)), []
    for questionnaire, major in _majors():
        for series in BenchmarkSnapshot.Series:
            held = BenchmarkSnapshot.objects.filter(
                questionnaire_id=questionnaire, major=major, series=series, quarter=quarter
            )
            if not held.exists():
                with transaction.atomic(durable=True):
                    made.append(freeze(questionnaire, major, series, quarter, at, with_trials=with_trials))
    return [snapshot for snapshot in made if snapshot]


def _majors() -> list[tuple[int, int]]:
    """Questionnaires with the major versions of which there are results."""
    numbers = Assessment.objects.filter(status=Assessment.Status.FINAL).order_by()
    pairs = numbers.values_list("version__questionnaire", "version__number").distinct()
    return sorted({(questionnaire, int(number.partition(".")[0])) for questionnaire, number in pairs})


def freeze(
    questionnaire: int, major: int, series: str, quarter: date, at: datetime, *, with_trials: bool
) -> BenchmarkSnapshot | None:
    """One snapshot, under the lock of its questionnaire, in the caller's transaction; None when another worker has
    made it meanwhile, or when it must wait for more firms."""
    Questionnaire.objects.select_for_update().get(pk=questionnaire)
    key: dict[str, Any] = {"questionnaire_id": questionnaire, "major": major, "series": series, "quarter": quarter}
    if BenchmarkSnapshot.objects.filter(**key).exists():
        return None
    tied = heads(timezone.localdate(at))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS benchmark_eligible")
        cursor.execute(
            _ELIGIBLE,
            {
                "questionnaire": questionnaire,
                "major": major,
                "final": Assessment.Status.FINAL,
                "at": at,
                "months": OLDEST_MONTHS,
                "moderated": series == BenchmarkSnapshot.Series.MODERATED,
                "purpose": "benchmark",
                "trials": with_trials,
                "test_address": TEST_ADDRESS,
                "part": _PARTS[BenchmarkSnapshot.Series(series)],
                "tied": list(tied),
                "heads": list(tied.values()),
            },
        )
        cursor.execute("SELECT sector, size, scores ->> 'overall' FROM benchmark_eligible")
        firms = cursor.fetchall()
        if len(firms) < benchmark.ENOUGH:
            return None
        snapshot = BenchmarkSnapshot.objects.create(
            **key, method_version=scoring.METHOD_VERSION, made_at=at, firms=len(firms), public=as_json(firms)
        )
        cursor.execute(
            "INSERT INTO diagnostics_benchmarkpeer"
            " (snapshot_id, organisation_id, owner_id, sector, size, region, scores)"
            " SELECT %s, organisation_id, owner_id, sector, size, region, scores FROM benchmark_eligible",
            [snapshot.pk],
        )
    return snapshot


def as_json(firms: Iterable[tuple[str, str, str | None]]) -> dict[str, Any]:
    """The table of overall medians by sector and size, as JSON; empty when there is nothing to show."""
    table = public_table(
        ((sector, size, Decimal(score)) for sector, size, score in firms if sector and size and score), SIZES
    )
    if not table.is_worth_showing:
        return {}
    return {
        "rows": list(table.rows),
        "columns": list(table.columns),
        "cells": [[asdict(table.cells[row, column]) for column in table.columns] for row in table.rows],
    }

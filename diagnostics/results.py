"""The result page: one frozen result, drawn and told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from diagnostics import benchmarking, change, snapshots, wording
from diagnostics.models import Assessment, Result
from portal.charts import Bar, Series, bars, radar

TOP_ACTIONS = 5


def result_page(assessment: Assessment, frozen: Result) -> dict[str, Any]:
    """Everything the result page shows, for the firm and for staff alike."""
    document, snapshot = assessment.document, frozen.snapshot
    result = snapshot["result"]
    actions = wording.actions_of(document)
    compared = benchmarking.comparison(assessment, frozen)
    rows = [
        {**row, "peers": benchmarking.in_short(compared, row["code"])} for row in wording.score_rows(document, snapshot)
    ]
    foundations = wording.foundations_row(document, result)
    if foundations:
        foundations["peers"] = benchmarking.in_short(compared, foundations["code"])
    return {
        "case": assessment.case,
        "programme": assessment.case.programme,
        "assessment": assessment,
        "frozen": frozen,
        "sentence": wording.sentence(document, result),
        "overall": {
            **result["overall"],
            "band_label": wording.labels(document, "bands").get(result["overall"]["band"], ""),
        },
        "rows": rows,
        "foundations": foundations,
        "held_back": wording.held_back(document, result),
        "radar": radar_of(rows, compared),
        "compared": compared,
        "peer_rows": benchmarking.peer_rows(document, snapshot, compared) if compared else [],
        "peers": compared is not None,
        "peers_overall": benchmarking.in_short(compared, benchmarking.OVERALL),
        "peers_said": benchmarking.source(compared) if compared else "",
        "confidence": snapshot.get("confidence"),
        "bars": bars_of(rows, foundations),
        "strengths": wording.strengths(document, result),
        "top_actions": [
            {**actions[item["code"]], "rank": item["rank"], "cost": wording.cost_label(document, item["cost_band"])}
            for item in result["actions"]
            if item["horizon"] == "now"
        ][:TOP_ACTIONS],
        "opportunities": [actions[code] for code in result["opportunities"]],
        "responses": wording.responses(document, result),
        "moderation": snapshot["moderation"],
        "changes": changes_since_last(assessment, frozen),
    }


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def radar_of(rows: list[dict[str, Any]], compared: benchmarking.Comparison | None = None) -> SafeString | str:
    """Now, target and the peers' median on the groups that apply; empty when fewer than three do."""
    shown = [row for row in rows if row["state"] != "not_applicable"]
    if len(shown) < 3 or not any(row["is_scored"] for row in shown):
        return ""
    series = [Series("now", _("Now"), [_decimal(row["score"]) for row in shown])]
    if any(row["target"] for row in shown):
        series.append(Series("target", _("Target"), [_decimal(row["target"]) for row in shown]))
    peers = [compared.median(row["code"]) if compared else None for row in shown]
    if any(median is not None for median in peers):
        series.append(Series("peers", _("Firms like yours"), peers))
    return radar([row["name"] for row in shown], series, title=_("Where you are now and where you could be"))


def bars_of(rows: list[dict[str, Any]], foundations: dict[str, Any] | None) -> SafeString:
    """A bar for each group and the foundations, with the range while a score is not final."""
    shown = [row for row in [*rows, *([foundations] if foundations else [])] if row["state"] != "not_applicable"]
    return bars(
        [
            Bar(
                label=row["name"],
                value=_decimal(row["score"]),
                low=_decimal(row["low"]) if row["state"] != "final" else None,
                high=_decimal(row["high"]) if row["state"] != "final" else None,
            )
            for row in shown
        ],
        title=_("Scores from 0 to 100"),
    )


def changes_since_last(assessment: Assessment, frozen: Result) -> dict[str, Any] | None:
    """Like-for-like change since the first round, with what slipped; None in the first round."""
    if assessment.round == Assessment.Round.T0:
        return None
    first = Result.objects.filter(assessment__case=assessment.case_id, assessment__round=Assessment.Round.T0)
    before = first.select_related("assessment__version").first()
    if before is None:
        return None
    found = change.between(
        snapshots.measured(before.assessment.document, before.snapshot["result"]),
        snapshots.measured(assessment.document, frozen.snapshot["result"]),
    )
    titles = wording.question_titles(assessment.document)
    return {
        "change": found,
        "since": before.created_at,
        "slipped": [titles[code] for code in found.slipped],
        "other_version": before.assessment.version_id != assessment.version_id,
    }

"""Two rounds of one firm beside each other, in words and a picture: like for like, on the same questions."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

from diagnostics import change, snapshots, wording
from diagnostics.models import Assessment, PlanAction, Result
from portal.charts import Series, radar


def _measured(result: Result) -> dict[str, change.Measured]:
    return snapshots.measured(result.assessment.version.document, result.snapshot["result"])


def like_for_like(before: Result, after: Result) -> change.Change:
    """The change over all scored questions that mean the same in both rounds."""
    return change.between(_measured(before), _measured(after))


def comparison(before: Result, after: Result) -> dict[str, Any]:
    """Everything the page of change shows of two results of one case."""
    document = after.assessment.document
    levels = (_measured(before), _measured(after))
    overall = change.between(*levels)
    titles = wording.question_titles(document)
    names = {group["code"]: group["title"] for group in document["groups"]}
    groups = {
        group["code"]: [item["code"] for item in document["questions"] if item["group"] == group["code"]]
        for group in document["groups"]
        if group["role"] == "score"
    }
    rows = [
        {"name": names[found.code], "change": found.change, "target": found.target}
        for found in change.by_group(*levels, groups)
        if found.change.common
    ]
    return {
        "before": before,
        "after": after,
        "overall": overall,
        "rows": rows,
        "radar": _radar(rows, before, after),
        "slipped": [
            {
                "title": titles[code],
                "before": wording.level_label(document, levels[0][code].level),
                "after": wording.level_label(document, levels[1][code].level),
            }
            for code in overall.slipped
        ],
        "other_version": before.assessment.version_id != after.assessment.version_id,
        "left_out": len(levels[1].keys() - set(overall.common)),
        "plan": _plan_between(before.assessment, after.assessment),
    }


def _radar(rows: list[dict[str, Any]], before: Result, after: Result) -> Any:
    """Then, now and what was aimed at, on the groups that can be compared; empty when fewer than three can."""
    if len(rows) < 3:
        return ""
    series = [
        Series("peers", before.assessment.get_round_display(), [row["change"].before for row in rows]),
        Series("now", after.assessment.get_round_display(), [row["change"].after for row in rows]),
        Series("target", _("Target"), [row["target"] for row in rows]),
    ]
    return radar([row["name"] for row in rows], series, title=_("Then, now, and what you aimed at"))


def _plan_between(before: Assessment, after: Assessment) -> dict[str, Any]:
    """What was done of the plans made between the two rounds: those done by name, the others counted."""
    actions = PlanAction.objects.filter(
        plan__assessment__case=before.case_id,
        plan__assessment__round__gte=before.round,
        plan__assessment__round__lt=after.round,
    ).exclude(horizon=PlanAction.Horizon.PARKED)
    rows = list(actions.order_by("plan__assessment__round", "rank").values_list("title", "progress"))
    counts = Counter(progress for _title, progress in rows)
    return {
        "done": [title for title, progress in rows if progress == PlanAction.Progress.DONE],
        "doing": counts[PlanAction.Progress.DOING],
        "not_started": counts[PlanAction.Progress.NOT_STARTED],
        "dropped": counts[PlanAction.Progress.DROPPED],
    }

"""How one firm stands among its peers in the newest frozen snapshot, ready to be shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from diagnostics import benchmark, wording
from diagnostics.models import AcceptedGaps, Assessment, BenchmarkPeer, BenchmarkSnapshot, Result
from organisations.groups import group_ids

OVERALL = "overall"
COHORTS: dict[str, Any] = {
    "sector+size+region": gettext_lazy("firms of your sector, size and region"),
    "sector+size": gettext_lazy("firms of your sector and size"),
    "sector": gettext_lazy("firms of your sector"),
    "size": gettext_lazy("firms of your size"),
    "all": gettext_lazy("all firms"),
}
POSITIONS: dict[str, Any] = {
    "above": gettext_lazy("Above them"),
    "around": gettext_lazy("About the same"),
    "below": gettext_lazy("Below them"),
}
QUARTERS: dict[str, Any] = {
    "lower": gettext_lazy("in the lowest quarter"),
    "lower_middle": gettext_lazy("in the second quarter from below"),
    "upper_middle": gettext_lazy("in the second quarter from above"),
    "upper": gettext_lazy("in the highest quarter"),
}


@dataclass(frozen=True)
class Comparison:
    """Where a firm stands by axis (group codes, that of the foundations, `overall`); axes with too few peers are left
    out. `own_levels_only` when no adviser has looked at the levels, neither the firm's nor its peers'."""

    quarter: date
    own_levels_only: bool
    standings: Mapping[str, benchmark.Placed]

    def median(self, axis: str) -> int | None:
        """The median of the peers as it may be shown."""
        return self.standings[axis].standing.median if axis in self.standings else None


def comparison(assessment: Assessment, frozen: Result) -> Comparison | None:
    """The firm among its peers; None until there are enough of them. At most seven queries."""
    is_moderated = bool(frozen.snapshot["moderated"])
    series = BenchmarkSnapshot.Series.MODERATED if is_moderated else BenchmarkSnapshot.Series.OWN
    snapshot = newest_snapshot(assessment.version.questionnaire_id, assessment.version.order[0], series)
    if snapshot is None:
        return None
    result, facts = frozen.snapshot["result"], frozen.snapshot["facts"]
    own = {"sector": facts.get("sector") or "", "size": result["size"] or "", "region": facts.get("region") or ""}
    kin = group_ids(assessment.case.organisation, timezone.localdate(snapshot.made_at), through_persons=True)
    found = benchmark.placed(_scores(result), _cohorts(snapshot, own, kin))
    return Comparison(snapshot.quarter, not is_moderated, found) if found else None


def open_gaps(assessment: Assessment, frozen: Result) -> list[str]:
    """Names of the groups of which more than half does not apply, until an adviser has said that this is so."""
    result, names = frozen.snapshot["result"], wording.group_names(assessment.document)
    lines = [*result["groups"], *([result["foundations"]] if result["foundations"] else [])]
    flagged = [names[line["code"]] for line in lines if line["na_flag"]]
    if flagged and AcceptedGaps.objects.filter(result=frozen).exists():
        return []
    return flagged


def newest_snapshot(questionnaire_id: int, major: int, series: str) -> BenchmarkSnapshot | None:
    snapshots = BenchmarkSnapshot.objects.filter(questionnaire=questionnaire_id, major=major, series=series)
    return snapshots.order_by("-quarter").first()


def public_snapshot(code: str) -> BenchmarkSnapshot | None:
    """The newest snapshot of a questionnaire in which advisers have looked at every firm, if anybody may read it."""
    snapshots = BenchmarkSnapshot.objects.filter(questionnaire__code=code, series=BenchmarkSnapshot.Series.MODERATED)
    newest = snapshots.order_by("-quarter", "-major").first()
    return newest if newest and newest.public else None


def _scores(result: Mapping[str, Any]) -> dict[str, Decimal]:
    """The published score of each axis that has one."""
    lines = [*result["groups"], *([result["foundations"]] if result["foundations"] else [])]
    scores = {line["code"]: line["score"] for line in lines} | {OVERALL: result["overall"]["score"]}
    return {axis: Decimal(score) for axis, score in scores.items() if score is not None}


def _cohorts(
    snapshot: BenchmarkSnapshot, own: Mapping[str, str], kin: Collection[int]
) -> Iterator[tuple[str, dict[str, list[Decimal]]]]:
    """Scores by axis of each rung of the ladder, read when asked for; without the firm and its owners' others."""
    others = BenchmarkPeer.objects.filter(snapshot=snapshot).exclude(Q(owner_id__in=kin) | Q(organisation_id__in=kin))
    for name, fields in benchmark.rungs(own):
        scores: dict[str, list[Decimal]] = defaultdict(list)
        for peer in others.filter(**{field: own[field] for field in fields}).values_list("scores", flat=True):
            for axis, score in peer.items():
                scores[axis].append(Decimal(score))
        yield name, scores


def peer_rows(document: wording.Document, snapshot: Mapping[str, Any], found: Comparison) -> list[dict[str, Any]]:
    """The table of the comparison in words: a row for each axis that the firm has a score on, the overall last.

    `placed` is None where fewer than five peers have a score too: nothing is told of them.
    """
    result, names = snapshot["result"], wording.group_names(document) | {OVERALL: _("Overall")}
    rows = []
    for axis, score in _scores(result).items():
        placed = found.standings.get(axis)
        row = {"name": names[axis], "score": score, "placed": placed, "is_overall": axis == OVERALL}
        rows.append(row | (_in_words(placed) if placed else {}))
    return rows


def _in_words(placed: benchmark.Placed) -> dict[str, Any]:
    standing = placed.standing
    parts = [str(POSITIONS[standing.position or ""])]
    if standing.quarter:
        parts.append(str(QUARTERS[standing.quarter]))
    middle = percentile = ""
    if standing.p25 is not None:
        middle = _("half of them between %(low)d and %(high)d") % {"low": standing.p25, "high": standing.p75}
    if standing.percentile is not None:
        percentile = _rank(standing.percentile)
    return {
        "median": standing.median,
        "position": ", ".join([*parts, *([percentile] if percentile else [])]),
        "middle": middle,
        "cohort": _("%(count)s %(cohort)s") % {
            "count": (standing.n_shown or "").replace("-", "–"), "cohort": COHORTS[placed.cohort],
        },
    }  # fmt: skip


def _rank(percentile: int) -> str:
    """A percentile in words; at both ends it says nothing of the highest or lowest firm."""
    if percentile >= 100:
        return _("ahead of nearly all")
    return _("ahead of about %(percent)d of 100") % {"percent": percentile} if percentile else _("behind nearly all")


def in_short(found: Comparison | None, axis: str) -> dict[str, Any] | None:
    """One axis for a narrow table: the peers' median and where the firm stands; None where nothing may be told."""
    if found is None or axis not in found.standings:
        return None
    standing = found.standings[axis].standing
    return {"value": standing.median, "position": str(POSITIONS[standing.position or ""])}


def source(found: Comparison) -> str:
    """What the figures are of, below a printed table."""
    placed = [found.standings[axis] for axis in found.standings]
    cohorts = ", ".join(dict.fromkeys(str(COHORTS[one.cohort]) for one in placed))
    text = _("Peers: the median of %(cohorts)s that agreed, rounded, in the quarter that began in %(quarter)s.") % {
        "cohorts": cohorts, "quarter": date_format(found.quarter, "F Y"),
    }  # fmt: skip
    return f"{text} {_('No adviser has looked at your answers or at theirs.')}" if found.own_levels_only else text

"""Where a firm stands among its peers, without giving any peer away.

Pure. The caller passes frozen snapshot rows of eligible firms (final, consented, not test data, newest per company, at
most 36 months old, never the firm itself). Source: Industry 4.0 diagnostic method, section 4.6.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from diagnostics.rounding import publish

SUPPRESSED, MEDIAN_ONLY, QUARTILES, PERCENTILE = "suppressed", "median_only", "quartiles", "percentile"
LADDER = (("sector", "size", "region"), ("sector", "size"), ("sector",), ("size",), ())
ENOUGH = 5
"""Peers below which nothing is said."""
AROUND = Fraction(5, 2)


@dataclass(frozen=True)
class Peer:
    """One firm's published score on one axis."""

    sector: str
    size: str
    region: str
    score: Decimal


@dataclass(frozen=True)
class Standing:
    """What may be shown. A suppressed standing holds no number at all."""

    state: str
    n_shown: str | None = None
    median: int | None = None
    position: str | None = None
    p25: int | None = None
    p75: int | None = None
    quarter: str | None = None
    percentile: int | None = None


def standing(own: Decimal, peers: Sequence[Decimal]) -> Standing:
    """Disclosure rules: under 5 nothing, 5 to 9 a coarse median, 10 to 19 quartiles, from 20 a percentile."""
    n = len(peers)
    if n < ENOUGH:
        return Standing(SUPPRESSED)
    score, values = Fraction(own), sorted(Fraction(peer) for peer in peers)
    middle = quantile(values, Fraction(1, 2))
    if n < 10:
        median = _nearest(middle, 5)
        return Standing(MEDIAN_ONLY, "5-9", median, _position(score, median))
    median = _nearest(middle, 1)
    low, high = quantile(values, Fraction(1, 4)), quantile(values, Fraction(3, 4))
    below, equal = sum(value < score for value in values), sum(value == score for value in values)
    return Standing(
        state=QUARTILES if n < 20 else PERCENTILE,
        n_shown="10-19" if n < 20 else "20-49" if n < 50 else "50+",
        median=median,
        position=_position(score, median),
        p25=_nearest(low, 1),
        p75=_nearest(high, 1),
        quarter=_quarter(score, low, middle, high),
        percentile=None if n < 20 else _nearest(100 * (below + Fraction(equal, 2)) / n, 5),
    )


def quantile(values: Sequence[Fraction], q: Fraction) -> Fraction:
    """Linear interpolation at (n - 1) q of sorted values."""
    at = (len(values) - 1) * q
    lower = at.__floor__()
    upper = min(lower + 1, len(values) - 1)
    return values[lower] + (at - lower) * (values[upper] - values[lower])


def _nearest(value: Fraction, step: int) -> int:
    return int(publish(value / step, 0)) * step


def _position(score: Fraction, median: int) -> str:
    if abs(score - median) <= AROUND:
        return "around"
    return "above" if score > median else "below"


def _quarter(score: Fraction, low: Fraction, middle: Fraction, high: Fraction) -> str:
    if score < low:
        return "lower"
    if score < middle:
        return "lower_middle"
    return "upper_middle" if score <= high else "upper"


def rungs(own: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The ladder for one firm: name of each cohort and the fields that its peers share with the firm.

    A field that is not known of the firm shares nothing: its cohorts are left out.
    """
    for fields in LADDER:
        if all(own.get(field) for field in fields):
            yield "+".join(fields) or "all", fields


def cohort(sector: str, size: str, region: str, peers: Sequence[Peer]) -> tuple[str, list[Decimal]]:
    """The first rung of the ladder with at least five peers: its name, and their scores; "all" at the foot."""
    own: dict[str, Any] = {"sector": sector, "size": size, "region": region}
    scores: list[Decimal] = []
    for name, fields in rungs(own):
        scores = [peer.score for peer in peers if all(getattr(peer, field) == own[field] for field in fields)]
        if len(scores) >= ENOUGH:
            return name, scores
    return "all", scores


@dataclass(frozen=True)
class Placed:
    """A firm on one axis: how it stands in the narrowest cohort that has enough peers there."""

    cohort: str
    standing: Standing


def placed(
    own: Mapping[str, Decimal], cohorts: Iterable[tuple[str, Mapping[str, Sequence[Decimal]]]]
) -> dict[str, Placed]:
    """How a firm stands on each of its axes. `cohorts` are the rungs in order with the peers' scores by axis; they are
    asked for only as long as an axis has too few. An axis that never has enough is left out."""
    found: dict[str, Placed] = {}
    for name, scores in cohorts:
        for axis, score in own.items():
            if axis not in found and len(scores.get(axis, ())) >= ENOUGH:
                found[axis] = Placed(name, standing(score, scores[axis]))
        if len(found) == len(own):
            break
    return found

"""To which contractor a diagnostic may best go, which deliveries are looked at again, and when somebody is reminded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

ALWAYS_CHECKED = 2
"""A contractor's first deliveries are all looked at, whatever its sample."""
REMIND_BEFORE = timedelta(days=7)

REGION, LANGUAGE, OTHER_LANGUAGE, FREE, LOAD = "region", "language", "other_language", "free", "load"
ELSEWHERE, FULL, NOT_IN_FORCE, GAVE_UP, OWN_FIRM = "elsewhere", "full", "not_in_force", "gave_up", "own_firm"


@dataclass(frozen=True)
class Work:
    """A diagnostic that waits: its region's id, the firm's language, the contractors that gave it back before."""

    key: int
    region: int | None
    language: str
    firm: int = 0
    """Id of the organisation."""
    given_up_by: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Bidder:
    """A contractor now: no regions means all; `capacity` and `in_hand` count diagnostics."""

    key: int
    name: str
    regions: frozenset[int]
    languages: frozenset[str]
    capacity: int
    in_hand: int
    is_in_force: bool = True
    organisation: int = -1

    @property
    def free(self) -> int:
        return max(self.capacity - self.in_hand, 0)

    @property
    def load(self) -> Fraction:
        """Share of its capacity that is taken; all of it where there is none."""
        return Fraction(self.in_hand, self.capacity) if self.capacity else Fraction(1)


@dataclass(frozen=True)
class Suggestion:
    """A contractor that can take the work, and why, as codes with a value each: region, language, free, load."""

    bidder: Bidder
    reasons: tuple[tuple[str, str], ...]


def obstacle(work: Work, bidder: Bidder) -> str:
    """Why this contractor cannot take the work, as a code; empty when it can."""
    if not bidder.is_in_force:
        return NOT_IN_FORCE
    if bidder.organisation == work.firm:
        return OWN_FIRM
    if bidder.regions and work.region not in bidder.regions:
        return ELSEWHERE
    if bidder.key in work.given_up_by:
        return GAVE_UP
    return "" if bidder.free else FULL


def suggest(work: Work, bidders: Iterable[Bidder]) -> list[Suggestion]:
    """Those who can take the work, best first: the firm's language, then the lowest load, then most free, then name."""
    able = [bidder for bidder in bidders if not obstacle(work, bidder)]
    able.sort(
        key=lambda bidder: (not _speaks(bidder, work), bidder.load, -bidder.free, bidder.name.casefold(), bidder.key)
    )
    return [Suggestion(bidder, _reasons(work, bidder)) for bidder in able]


def spread(works: Iterable[Work], bidders: Iterable[Bidder]) -> dict[int, Suggestion | None]:
    """One suggestion for each work in turn, by the work's key: each counts as taken for those after it."""
    now = {bidder.key: bidder for bidder in bidders}
    found: dict[int, Suggestion | None] = {}
    for work in works:
        best = next(iter(suggest(work, now.values())), None)
        found[work.key] = best
        if best:
            now[best.bidder.key] = replace(best.bidder, in_hand=best.bidder.in_hand + 1)
    return found


def _speaks(bidder: Bidder, work: Work) -> bool:
    return work.language.partition("-")[0] in {language.partition("-")[0] for language in bidder.languages}


def _reasons(work: Work, bidder: Bidder) -> tuple[tuple[str, str], ...]:
    return (
        (REGION, "all" if not bidder.regions else "named"),
        (LANGUAGE if _speaks(bidder, work) else OTHER_LANGUAGE, work.language),
        (FREE, f"{bidder.free}/{bidder.capacity}"),
        (LOAD, f"{round(bidder.load * 100)}"),
    )


def is_drawn(allocation: int, *, delivered_before: int, percent: int, was_sent_back: bool = False) -> bool:
    """Whether a second person looks at this delivery: drawn by its number, so that nobody can choose.

    The first ones of a contractor always, and what was sent back once.
    """
    if delivered_before < ALWAYS_CHECKED or was_sent_back:
        return True
    digest = hashlib.sha256(f"allocation:{allocation}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100 < percent


def reminder_due(days: Iterable[date], *, reminded_on: date | None, today: date) -> bool:
    """Whether one of the days for a reminder has come since the last one was sent."""
    return any(day <= today and (reminded_on is None or reminded_on < day) for day in days)

"""What changed between two rounds, and what the adviser changed in one.

Pure. Source: Industry 4.0 diagnostic method, section 4.7 and worked example TV3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from diagnostics.rounding import publish


@dataclass(frozen=True)
class Measured:
    """An answered question in one round."""

    revision: int
    weight: int
    level: int
    target: int


@dataclass(frozen=True)
class Change:
    """Like for like: questions answered in both rounds with equal code and revision, by the first round's weights."""

    common: tuple[str, ...]
    before: Decimal | None
    after: Decimal | None
    change: Decimal | None
    gap_closed: Decimal | None
    slipped: tuple[str, ...]


def between(first: Mapping[str, Measured], second: Mapping[str, Measured]) -> Change:
    """Change in published points and the percentage of the planned gap that was closed (None if there was no gap)."""
    common = tuple(code for code, item in first.items() if code in second and second[code].revision == item.revision)
    if not common:
        return Change((), None, None, None, None, ())
    pairs = [(first[code], second[code]) for code in common]
    weight = sum(old.weight for old, _new in pairs)
    before = publish(Fraction(100 * sum(old.weight * old.level for old, _new in pairs), 4 * weight), 1)
    after = publish(Fraction(100 * sum(old.weight * new.level for old, new in pairs), 4 * weight), 1)
    planned = sum(old.weight * max(0, old.target - old.level) for old, _new in pairs)
    closed = sum(old.weight * max(0, min(new.level, old.target) - old.level) for old, new in pairs)
    return Change(
        common=common,
        before=before,
        after=after,
        change=after - before,
        gap_closed=publish(Fraction(100 * closed, planned), 1) if planned else None,
        slipped=tuple(code for code in common if second[code].level < first[code].level),
    )


@dataclass(frozen=True)
class GroupChange:
    """One group like for like. `target` is what the first round aimed at on the common questions."""

    code: str
    change: Change
    target: Decimal | None


def by_group(
    first: Mapping[str, Measured], second: Mapping[str, Measured], groups: Mapping[str, Sequence[str]]
) -> list[GroupChange]:
    """`between` for each group; `groups` holds the codes of the questions of each, in the order to report."""
    found = []
    for code, questions in groups.items():
        own = {question: first[question] for question in questions if question in first}
        change = between(own, second)
        common = [own[question] for question in change.common]
        weight = sum(item.weight for item in common)
        aimed = sum(item.weight * max(item.target, item.level) for item in common)
        found.append(GroupChange(code, change, publish(Fraction(100 * aimed, 4 * weight), 1) if common else None))
    return found


@dataclass(frozen=True)
class Moderation:
    """How the adviser's levels differ from the firm's own over all questions that both have answered."""

    changed: tuple[str, ...]
    mean_shift: Decimal | None


def moderation(levels: Sequence[tuple[str, int, int]]) -> Moderation:
    """`levels` holds (code, self level, level that counts) for each question the firm answered."""
    if not levels:
        return Moderation((), None)
    shift = sum(final - own for _code, own, final in levels)
    return Moderation(
        changed=tuple(code for code, own, final in levels if own != final),
        mean_shift=publish(Fraction(shift, len(levels)), 2),
    )

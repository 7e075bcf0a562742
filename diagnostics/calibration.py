"""How far advisers and firms differ, by adviser and by question, and which finals to look at a second time. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

LEAST = 5
"""Levels that both sides have given, before a share says anything."""
HIGH_SHARE = 50
"""Per cent of levels changed from which a question or an adviser is worth a talk."""
HIGH_SHIFT = 0.75
"""Mean shift in levels, up or down, of the same kind."""


@dataclass(frozen=True)
class Difference:
    """`count` levels given by both sides, `changed` of them differing; `shift` is the mean of adviser minus firm."""

    key: str
    label: str
    count: int
    changed: int
    shift: float

    @property
    def share(self) -> int:
        """Whole per cent of the levels that were changed."""
        return (200 * self.changed + self.count) // (2 * self.count) if self.count else 0

    @property
    def is_few(self) -> bool:
        return self.count < LEAST

    @property
    def is_flagged(self) -> bool:
        return not self.is_few and (self.share >= HIGH_SHARE or abs(self.shift) >= HIGH_SHIFT)


def sample(finals: Iterable[tuple[str, str]], *, salt: str) -> dict[str, str]:
    """One final for each adviser to look at a second time, from (adviser, reference) pairs.

    Nobody chooses: the same pairs and salt give the same sample, another salt (the quarter) gives another.
    """
    chosen: dict[str, tuple[str, str]] = {}
    for adviser, reference in finals:
        rank = hashlib.sha256(f"{salt}|{reference}".encode()).hexdigest()
        chosen[adviser] = min(chosen.get(adviser, (rank, reference)), (rank, reference))
    return {adviser: reference for adviser, (_rank, reference) in chosen.items()}

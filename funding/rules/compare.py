"""Two versions of an application side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """One answer in both versions; None where a version has no such answer."""

    label: str
    before: str | None
    after: str | None

    @property
    def is_change(self) -> bool:
        return self.before != self.after


def changes(before: Iterable[Mapping[str, str]], after: Iterable[Mapping[str, str]]) -> list[Change]:
    """Rows of {label, value} paired by label, of several alike the first with the first; those gone come last."""
    old, new = _numbered(before), _numbered(after)
    gone = [key for key in old if key not in new]
    return [Change(key[0], old.get(key), new.get(key)) for key in (*new, *gone)]


def _numbered(rows: Iterable[Mapping[str, str]]) -> dict[tuple[str, int], str]:
    seen: Counter[str] = Counter()
    found = {}
    for row in rows:
        found[row["label"], seen[row["label"]]] = row["value"]
        seen[row["label"]] += 1
    return found

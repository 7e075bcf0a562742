"""What differs between two documents (rules, questionnaires, loaded values), place by place. Pure.

Items of a list that carry a name of their own are compared by it, so that one put in the middle is one change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

IDENTITIES = ("code", "slug", "instrument", "stage", "level", "id", "name")


@dataclass(frozen=True)
class Difference:
    """`before` or `after` is None where there was, or will be, nothing."""

    path: tuple[str, ...]
    before: Any
    after: Any

    @property
    def sign(self) -> str:
        return "added" if self.before is None else "removed" if self.after is None else "changed"


def differences(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in [*before, *(name for name in after if name not in before)]:
            yield from differences(before.get(name), after.get(name), (*path, str(name)))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(before, after, path)
    else:
        yield Difference(path, before, after)


def _of_lists(before: list[Any], after: list[Any], path: tuple[str, ...]) -> Iterator[Difference]:
    identity = next((name for name in IDENTITIES if _names(before, name) and _names(after, name)), None)
    if identity:
        old = {str(item[identity]): item for item in before}
        new = {str(item[identity]): item for item in after}
        yield from differences(old, new, path)
        if not old.keys() ^ new.keys() and list(old) != list(new):
            yield Difference((*path, "order"), list(old), list(new))
    elif _are_plain(before) and _are_plain(after):
        gone = [item for item in before if item not in after]
        come = [item for item in after if item not in before]
        if gone or come:
            yield Difference(path, gone or None, come or None)
        else:
            yield Difference((*path, "order"), before, after)
    else:
        old = {str(index + 1): item for index, item in enumerate(before)}
        new = {str(index + 1): item for index, item in enumerate(after)}
        yield from differences(old, new, path)


def _names(items: list[Any], name: str) -> bool:
    """Whether every item has a name of its own under this key."""
    if not all(isinstance(item, Mapping) and isinstance(item.get(name), str | int) for item in items):
        return False
    return len({str(item[name]) for item in items}) == len(items)


def _are_plain(items: list[Any]) -> bool:
    return all(isinstance(item, str | int | float | bool) or item is None for item in items)

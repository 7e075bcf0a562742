"""A YAML file with the line of every place in it, so that a fault can be told with its line. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import yaml

from diagnostics.schema import Problem
from portal import safe_yaml

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class MarkedFile:
    """What a file says (`document`) and where it says it.

    Raises safe_yaml.RefusedYaml for a file that is too much to open, yaml.YAMLError or ValueError for one that is no
    YAML (the latter for a day like 2026-13-45).
    """

    def __init__(self, text: str) -> None:
        safe_yaml.check(text)
        self.tags = list(_tags(text))
        loader = _LOADER(text)
        try:
            self._root = loader.get_single_node()
            self.problems = [*self.tags, *(_twice(self._root, ()) if self._root else ())]
            self.document: Any = None if self.tags or not self._root else loader.construct_document(self._root)
        finally:
            loader.dispose()

    def line(self, path: Sequence[str]) -> int | None:
        """The line of the place that a path leads to, or of the last part of it that is there."""
        node = self._root
        line = None
        rest = tuple(path)
        while node is not None:
            found = _step(node, rest)
            if found is None:
                break
            line, node, rest = found
        return line

    def located(self, problem: Problem) -> Problem:
        return problem if problem.line else replace(problem, line=self.line(problem.path))


def _tags(text: str) -> Iterator[Problem]:
    """A value may not say of itself what it is (`!!bool yes`): it says so wrongly or for no good."""
    for event in yaml.parse(text, Loader=_LOADER):
        tag = getattr(event, "tag", None)
        if tag:
            line = event.start_mark.line + 1  # type: ignore[union-attr]  # a parsed event has its place
            yield Problem((), f"take {tag} out", line)


def _twice(node: yaml.Node, path: tuple[str, ...]) -> Iterator[Problem]:
    """Keys that are given twice: YAML would quietly take the second."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield Problem((*path, name), "this key is given twice", key.start_mark.line + 1)
            seen.add(name)
            yield from _twice(value, (*path, name))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _twice(item, (*path, _code(item) or str(index)))


def _step(node: yaml.Node, path: tuple[str, ...]) -> tuple[int, yaml.Node, tuple[str, ...]] | None:
    """One step down a path: (line, node there, the path from there). A key may hold dots; an item of a list is named
    by its position or its code, and an item that lies deeper by its code alone."""
    if not path:
        return None
    if isinstance(node, yaml.MappingNode):
        for size in range(len(path), 0, -1):
            wanted = ".".join(path[:size])
            for key, value in node.value:
                if key.value == wanted:
                    return key.start_mark.line + 1, value, path[size:]
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            if path[0] in (str(index), _code(item)):
                return item.start_mark.line + 1, item, path[1:]
    deeper = next((item for item in _items(node) if _code(item) == path[0]), None)
    return None if deeper is None else (deeper.start_mark.line + 1, deeper, path[1:])


def _items(node: yaml.Node) -> Iterator[yaml.Node]:
    """Every item of every list below."""
    values = [value for _key, value in node.value] if isinstance(node, yaml.MappingNode) else []
    if isinstance(node, yaml.SequenceNode):
        values = node.value
        yield from values
    for value in values:
        yield from _items(value)


def _code(node: yaml.Node) -> str | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((str(value.value) for key, value in node.value if key.value == "code"), None)

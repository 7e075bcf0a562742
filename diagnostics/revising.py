"""May this be the next version of a questionnaire? The rule of docs/adr/0015. Pure.

The number rises; anything but words raises at least its second part; a question whose prompt or levels change gets a
higher revision, unless the file says under `framework.wording_only` that the meaning stayed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diagnostics import texts
from diagnostics.schema import Problem

Document = Mapping[str, Any]
NUMBER = ("framework", "version")
KINDS = ("profile", "groups", "questions", "barriers", "actions")


@dataclass(frozen=True)
class Gone:
    """A code that the newest version has and the next has not. It is never given to anything else."""

    kind: str
    code: str


def order(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in number.split("."))


def problems(earlier: Sequence[Document], document: Document) -> list[Problem]:
    """Why the document cannot follow the frozen versions `earlier` (oldest first); empty when it can."""
    if not earlier:
        return [*_wording_only({}, document)]
    known = _latest(earlier)
    return [
        *_number(earlier[-1], document),
        *_kinds(known, document),
        *_revisions(known, document),
        *_wording_only(known, document),
    ]


def gone(newest: Document, document: Document) -> list[Gone]:
    """Codes that are not there any more, to be said before publishing."""
    new = {(kind, item["code"]) for kind, item in _coded(document)}
    return [Gone(kind, item["code"]) for kind, item in _coded(newest) if (kind, item["code"]) not in new]


def _number(newest: Document, document: Document) -> Iterator[Problem]:
    old, new = newest["framework"]["version"], document["framework"]["version"]
    if order(new) <= order(old):
        yield Problem(NUMBER, f"{new} is not higher than {old}, the newest published version")
    elif order(new)[:2] == order(old)[:2] and _workings(newest) != _workings(document):
        major, minor, _patch = order(old)
        message = f"more than words has changed since {old}: give at least {major}.{minor + 1}.0"
        yield Problem(NUMBER, message)


def _workings(document: Document) -> Any:
    """All but the words and what is said of the file itself."""
    kept = {key: value for key, value in document.items() if key not in ("framework", "translations")}
    return texts.without(kept)


def _coded(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for kind in KINDS[:-1]:
        yield from ((kind, item) for item in document[kind])
    for question in document["questions"]:
        yield from (("actions", action) for action in question["actions"])


def _latest(earlier: Sequence[Document]) -> dict[str, tuple[str, Mapping[str, Any], str]]:
    """Each code ever used: (kind, the item as it last was, the version where)."""
    return {
        item["code"]: (kind, item, document["framework"]["version"])
        for document in earlier
        for kind, item in _coded(document)
    }


def _kinds(known: Mapping[str, tuple[str, Mapping[str, Any], str]], document: Document) -> Iterator[Problem]:
    for kind, item in _coded(document):
        was = known.get(item["code"])
        if was and was[0] != kind:
            message = f"this code is taken for ever by one of the {was[0]} of {was[2]}: choose another"
            yield Problem((kind, item["code"]), message)


def _revisions(known: Mapping[str, tuple[str, Mapping[str, Any], str]], document: Document) -> Iterator[Problem]:
    wording_only = document["framework"].get("wording_only", [])
    for kind in ("questions", "barriers"):
        for item in document[kind]:
            was = known.get(item["code"])
            if was is None or was[0] != kind:
                continue
            old, number = was[1], was[2]
            path = (kind, item["code"], "revision")
            said_so = item["code"] in wording_only
            if item["revision"] < old["revision"]:
                yield Problem(path, f"{item['revision']} is lower than in {number}, which has {old['revision']}")
            elif item["revision"] == old["revision"] and _meaning(item) != _meaning(old) and not said_so:
                message = (
                    f"the prompt or levels differ from {number}. Give revision {old['revision'] + 1} if the meaning "
                    "changes; if only the wording does, name the code in framework.wording_only"
                )
                yield Problem(path, message)


def _meaning(item: Mapping[str, Any]) -> tuple[Any, ...]:
    return item["prompt"], item.get("levels"), item.get("group")


def _wording_only(known: Mapping[str, tuple[str, Mapping[str, Any], str]], document: Document) -> Iterator[Problem]:
    """Every code named there must be a question whose words really differ, so that nobody leaves it there for good."""
    now = {item["code"]: item for kind in ("questions", "barriers") for item in document[kind]}
    for code in document["framework"].get("wording_only", []):
        was = known.get(code)
        if code not in now or was is None or _meaning(now[code])[:2] == _meaning(was[1])[:2]:
            yield Problem(("framework", "wording_only", code), "no words of its prompt or levels differ: take it out")
        elif _meaning(now[code])[2] != _meaning(was[1])[2]:
            yield Problem(("framework", "wording_only", code), "its group differs, which is more than wording")

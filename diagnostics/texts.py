"""The words of a questionnaire apart from its workings: which there are, and laying other words over them. Pure.

A path is dotted, items of a list by their code or level: ``questions.PE01.prompt``, ``questions.PE01.levels.0``,
``questions.PE01.actions.PE01-A1.title``, ``scale.labels.2.hint``. Everything else in a document (codes, weights,
targets, conditions) has no path here, and so can be neither translated nor patched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

WORDS = frozenset(
    ["title", "summary", "audience", "label", "hint", "technology", "prompt", "help", "why", "evidence", "levels"]
) | {"description"}
"""Keys whose value, or whose list of values, a person reads."""
NOT_WORDS = frozenset(["schema", "part_of", "scoring", "translations"])
"""Parts of a document in which the same keys would mean something else."""
FIRST = ("framework", "groups", "questions", "barriers", "profile")
"""Parts in the order of a reader; the database keeps none."""
MACHINE_PARTS = frozenset(["framework.translation", "framework.review"])


def texts(document: Mapping[str, Any]) -> dict[str, str]:
    """Every text by its path, what firms read first at the beginning. Empty texts are none."""
    found: dict[str, str] = {}

    def note(path: str, text: str) -> str:
        found[path] = text
        return text

    _walked({**{part: document[part] for part in FIRST if part in document}, **document}, note)
    return found


def overlay(document: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """The document with these texts (path -> text) in place of its own; paths that it lacks are let be."""
    laid: dict[str, Any] = _walked(document, lambda path, text: words.get(path) or text)
    return laid


def without(document: Any) -> Any:
    """What is left when every text is taken out: codes, weights, conditions and all else that works."""
    if isinstance(document, Mapping):
        return {key: without(value) for key, value in document.items() if key not in WORDS}
    if isinstance(document, list):
        return [without(item) for item in document]
    return document


def same_language(one: str, other: str) -> bool:
    """A language and its form in one country (en, en-gb) are one: nobody translates between the two."""
    return one.partition("-")[0] == other.partition("-")[0]


def missing(document: Mapping[str, Any], language: str) -> list[str]:
    """Paths of the texts that lack words in a language; none in the language that the document is written in."""
    if same_language(language, document["framework"]["default_language"]):
        return []
    words = translation(document, language)
    return [path for path in texts(document) if not words.get(path, "").strip()]


def translation(document: Mapping[str, Any], language: str) -> Mapping[str, str]:
    """What the document itself brings for a language: path -> text."""
    return _of(document.get("translations") or {}, language)


def foreign_language(document: Mapping[str, Any], language: str) -> str:
    """The language that the words come in for a reader of `language`, where it is another one: else ""."""
    main: str = document["framework"]["default_language"]
    return "" if same_language(language, main) or translation(document, language) else main


def in_language(document: Mapping[str, Any], language: str, patches: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The document to be read in a language: its translation laid over the main language, and over each its patches
    (language -> path -> text). Where the language has no words, those of the main language stay."""
    main = document["framework"]["default_language"]
    words = dict(_of(patches, main))
    if not same_language(language, main):
        words |= {**translation(document, language), **_of(patches, language)}
    return overlay(document, words) if words else dict(document)


def _of(words: Mapping[str, Mapping[str, str]], language: str) -> Mapping[str, str]:
    return next((found for code, found in words.items() if same_language(code, language)), {})


def _walked(node: Any, change: Callable[[str, str], str], path: str = "", is_words: bool = False) -> Any:
    """A copy of `node` in which each text is what `change(path, text)` gives."""
    if isinstance(node, Mapping):
        return {key: _part(node, key, change, path) for key in node}
    if isinstance(node, list):
        return [
            _walked(item, change, f"{path}.{_name(item, position)}", is_words) for position, item in enumerate(node)
        ]
    return change(path, node) if is_words and isinstance(node, str) and node.strip() else node


def _part(node: Mapping[str, Any], key: str, change: Callable[[str, str], str], path: str) -> Any:
    inner = f"{path}.{key}" if path else key
    if (not path and key in NOT_WORDS) or inner in MACHINE_PARTS:
        return node[key]
    return _walked(node[key], change, inner, key in WORDS)


def _name(item: Any, position: int) -> Any:
    """What an item of a list is called in a path: its code, else its level, else where it stands."""
    if not isinstance(item, Mapping):
        return position
    return item.get("code", item.get("level", position))

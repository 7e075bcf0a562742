"""A shorter questionnaire made of some questions of another, like the first look.

It names its parent and the codes; words, levels, revisions, weights and conditions are the parent's, so that an answer
given in the one counts in the other. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnostics import schema, texts
from diagnostics.schema import Problem
from diagnostics.shape import Excerpt

SCHEMA = "i40-diagnostic-part/1"
TAKEN = ("scale", "bands", "scoring", "cost_bands", "horizons", "benefit_types", "funding_kinds", "expert_kinds")


def is_excerpt(written: Any) -> bool:
    return isinstance(written, Mapping) and written.get("schema") == SCHEMA


def parent_of(written: Mapping[str, Any]) -> tuple[str, str]:
    """Code and version of the parent; call after `shape_problems`."""
    return written["part_of"]["code"], written["part_of"]["version"]


def shape_problems(written: Any) -> list[Problem]:
    return schema.shape_problems(written, Excerpt)


def problems(written: Mapping[str, Any], parent: Mapping[str, Any] | None) -> list[Problem]:
    """Codes that the parent lacks, or a parent that is not published; after `shape_problems` has found none."""
    name = " ".join(parent_of(written))
    if parent is None:
        return [Problem(("part_of",), f"{name} is not published here")]
    found = []
    for part, kind in (("profile", "fact"), ("questions", "question")):
        known = {item["code"] for item in parent[part]}
        found += [
            Problem((part, str(index), "code"), f"{name} has no {kind} {item['code']}")
            for index, item in enumerate(written[part])
            if item["code"] not in known
        ]
    return found


def expanded(written: Mapping[str, Any], parent: Mapping[str, Any]) -> dict[str, Any]:
    """The full document. What an action needs from a question that is not asked counts as met, and barriers are left
    to the parent."""
    codes = {item["code"] for item in written["questions"]}
    questions = [_question(parent, item, codes) for item in written["questions"]]
    used = {question["group"] for question in questions}
    document = {
        "schema": parent["schema"],
        "framework": written["framework"],
        "part_of": written["part_of"],
        **{name: parent[name] for name in TAKEN},
        "profile": [_asked(parent["profile"], item) for item in written["profile"]],
        "groups": [group for group in parent["groups"] if group["code"] in used],
        "questions": questions,
        "barrier_scale": parent["barrier_scale"],
        "barriers": [],
    }
    translations = _translations(document, written, parent)
    return document | ({"translations": translations} if translations else {})


def _asked(items: list[dict[str, Any]], written: Mapping[str, Any]) -> dict[str, Any]:
    found = next(item for item in items if item["code"] == written["code"])
    return {**found, **written}


def _question(parent: Mapping[str, Any], written: Mapping[str, Any], codes: set[str]) -> dict[str, Any]:
    question = _asked(parent["questions"], written)
    actions = [
        {**action, "requires": [need for need in action.get("requires", []) if need["question"] in codes]}
        for action in question["actions"]
    ]
    return {**question, "actions": actions}


def _translations(
    document: Mapping[str, Any], written: Mapping[str, Any], parent: Mapping[str, Any]
) -> dict[str, dict[str, str]]:
    """The parent's words for what is asked here (its own title aside), and those that the shorter one brings."""
    asked = [path for path in texts.texts(document) if not path.startswith("framework.")]
    found: dict[str, dict[str, str]] = {}
    for language, words in (parent.get("translations") or {}).items():
        found[language] = {path: words[path] for path in asked if path in words}
    for language, words in (written.get("translations") or {}).items():
        found[language] = found.get(language, {}) | words
    return {language: words for language, words in found.items() if words}

"""What plan pages and the plan's PDF show of one action and of the roadmap."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from diagnostics import wording
from diagnostics.models import Answer, PlanAction

COLUMNS = (PlanAction.Horizon.NOW, PlanAction.Horizon.NEXT, PlanAction.Horizon.LATER)


def columns(document: wording.Document, rows: Iterable[PlanAction]) -> list[dict[str, Any]]:
    """Now, next and later, then what is parked; dropped actions stand with the parked."""
    rows, titles = list(rows), wording.question_titles(document)
    found = []
    for item in document["horizons"]:
        cards = [brief(document, row, titles) for row in rows if row.horizon == item["code"] and not row.is_dropped]
        found.append({"code": item["code"], "title": item["label"], "hint": item["hint"], "cards": cards})
    rest = [brief(document, row, titles) for row in rows if row.horizon == PlanAction.Horizon.PARKED or row.is_dropped]
    found.append({"code": "parked", "title": _("Kept for later"), "hint": _("Not in the plan now"), "cards": rest})
    return found


def brief(document: wording.Document, row: PlanAction, titles: dict[str, str]) -> dict[str, Any]:
    """One action as the roadmap shows it."""
    return {
        "row": row,
        "cost": wording.cost_label(document, row.cost_band),
        "waits_for": [titles[code] for code in row.waiting_for],
        "was_moved": row.horizon != row.computed_horizon,
    }


def card(document: wording.Document, row: PlanAction, answer: Answer | None, level: int | None) -> dict[str, Any]:
    """One action in full: the problem in the firm's words, what to do, what it brings, what it takes."""
    question = next(item for item in document["questions"] if item["code"] == row.question_code)
    action = next(item for item in question["actions"] if item["code"] == row.action_code)
    titles = wording.question_titles(document)
    names = {part: wording.labels(document, part) for part in ("benefit_types", "funding_kinds", "expert_kinds")}
    return {
        "code": row.action_code,
        "title": row.title,
        "area": question["title"],
        "problem": question["levels"][level] if level is not None else "",
        "words": answer.note if answer else "",
        "why": question["why"],
        "what": action["description"],
        "first_step": first_sentence(action["description"]),
        "benefits": [names["benefit_types"][code] for code in action["benefits"]],
        "cost": wording.cost_label(document, row.cost_band),
        "weeks": action["duration_weeks"],
        "requires": [
            {
                "title": titles[need["question"]],
                "level": wording.level_label(document, need["min_level"]),
                "is_met": need["question"] not in row.waiting_for,
            }
            for need in action.get("requires", [])
        ],
        "support": [names["funding_kinds"][code] for code in action["funding_kinds"]],
        "support_codes": action["funding_kinds"],
        "experts": [names["expert_kinds"][code] for code in action["experts"]],
        "expert_codes": action["experts"],
        "follow_on": [item["title"] for item in question["actions"] if item["lifts_to"] > action["lifts_to"]],
        "evidence": question["evidence"],
    }


def first_sentence(text: str) -> str:
    head, stop, _rest = text.partition(". ")
    return head + stop.strip()

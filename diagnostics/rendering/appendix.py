"""The end of the plan's PDF: every answer with its reasons, the method, the weights, words explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from diagnostics import wording
from diagnostics.models import Answer


def answers_of(
    document: wording.Document, snapshot: Mapping[str, Any], answers: Mapping[str, Answer]
) -> list[dict[str, Any]]:
    """Every question asked, by group, with the firm's level and the adviser's and the words of both."""
    states = {item["code"]: item for item in snapshot["result"]["questions"]}
    groups = []
    for group in document["groups"]:
        asked = [
            question
            for question in [*document["questions"], *document["barriers"]]
            if states[question["code"]]["group"] == group["code"] and states[question["code"]]["status"] != "hidden"
        ]
        if asked:
            groups.append(
                {"title": group["title"], "rows": [_answer_row(document, item, answers, states) for item in asked]}
            )
    return groups


def _answer_row(
    document: wording.Document, question: Mapping[str, Any], answers: Mapping[str, Answer], states: Mapping[str, Any]
) -> dict[str, Any]:
    answer, state = answers.get(question["code"]), states[question["code"]]
    changed = state["moderated"] is not None and state["moderated"] != state["own"]
    return {
        "code": question["code"],
        "title": question["title"],
        "weight": question.get("weight"),
        "own": wording.answer_label(document, question, answer),
        "view": wording.scale_label(document, question, state["moderated"]),
        "changed": changed,
        "note": answer.note if answer else "",
        "reason": answer.moderation_reason if answer and changed else "",
        "comment": answer.comment if answer else "",
        "evidence": str(answer.get_strength_display())
        if answer and answer.strength in {Answer.Strength.SEEN, Answer.Strength.MEASURED}
        else "",
    }


def glossary() -> list[dict[str, str]]:
    """What the words of the plan mean."""
    return [
        {
            "word": _("Score"),
            "meaning": _("How far one area is, from 0 (nothing in use) to 100 (leading in everything that is asked)."),
        },
        {"word": _("Target"), "meaning": _("Where most firms of your size should be in about three years.")},
        {"word": _("Gap"), "meaning": _("The target less the score.")},
        {
            "word": _("Provisional"),
            "meaning": _("Some questions of the area are open: the range says where the score can end."),
        },
        {
            "word": _("Foundations"),
            "meaning": _("People, planning and data that everything else stands on. Apart from the overall score."),
        },
        {
            "word": _("Peers"),
            "meaning": _("The middle one of firms like yours. Shown only when there are enough of them."),
        },
        {"word": _("Quick win"), "meaning": _("Cheap, done in eight weeks at most, and nothing stands in its way.")},
        {
            "word": _("Payback"),
            "meaning": _("Months until the benefit, less running costs, has earned back what you paid yourself."),
        },
        {
            "word": _("Value over three years"),
            "meaning": _("Three years of benefit in today’s money, at 10% a year, less what you paid yourself."),
        },
    ]

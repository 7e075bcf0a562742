"""What check and moderation pages show of answers: the firm's words, the adviser's, what is still open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from diagnostics import scoring, wording
from diagnostics.models import Answer, Assessment, Evidence


def asked(assessment: Assessment, answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """The questions and barriers that are asked of this firm, each with its group's code."""
    states = {item["code"]: item for item in assessment.scored(answers)["result"]["questions"]}
    document = assessment.document
    return [
        {**question, "group": states[question["code"]]["group"]}
        for question in [*document["questions"], *document["barriers"]]
        if states[question["code"]]["status"] != scoring.HIDDEN
    ]


def all_questions(document: wording.Document) -> list[dict[str, Any]]:
    return [*document["questions"], *document["barriers"]]


def region_names(assessment: Assessment) -> dict[str, str]:
    region = assessment.case.region
    return {region.slug: region.name} if region else {}


def facts(assessment: Assessment) -> list[dict[str, Any]]:
    return wording.fact_rows(assessment.document, assessment.facts, region_names(assessment))


def answer_groups(assessment: Assessment, answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """Every group with the firm's answers in words, for checking before they are sent."""
    by_code = {answer.question_code: answer for answer in answers}
    questions = asked(assessment, by_code.values())
    document = assessment.document
    groups = []
    for group in document["groups"]:
        rows = []
        for question in questions:
            if question["group"] == group["code"]:
                answer = by_code.get(question["code"])
                rows.append(
                    {
                        "code": question["code"],
                        "title": question["title"],
                        "label": wording.answer_label(document, question, answer),
                        "text": _level_text(question, answer.self_level if answer else None),
                        "note": answer.note if answer else "",
                        "is_open": answer is None or answer.value is None,
                    }
                )
        groups.append({"title": group["title"], "rows": rows})
    return [group for group in groups if group["rows"]]


def _level_text(question: Mapping[str, Any], level: int | None) -> str:
    return str(question["levels"][level]) if level is not None and "levels" in question else ""


def unreviewed(assessment: Assessment, answers: Iterable[Answer]) -> dict[str, int]:
    """How many questions of each group the adviser has not looked at."""
    answers = list(answers)
    seen = {answer.question_code for answer in answers if answer.moderated_level is not None}
    counts: dict[str, int] = {}
    for question in asked(assessment, answers):
        if question["code"] not in seen:
            counts[question["group"]] = counts.get(question["group"], 0) + 1
    return counts


def open_points(assessment: Assessment, answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """What to talk about with the firm: not sure, does not apply, not answered."""
    by_code = {answer.question_code: answer for answer in answers}
    return [
        {
            "code": question["code"],
            "group": question["group"],
            "title": question["title"],
            "label": wording.answer_label(assessment.document, question, by_code.get(question["code"])),
            "note": by_code[question["code"]].note if question["code"] in by_code else "",
        }
        for question in asked(assessment, by_code.values())
        if question["code"] not in by_code or by_code[question["code"]].level is None
    ]


def part(
    document: wording.Document,
    question: Mapping[str, Any],
    answer: Answer | None,
    form: Any,
    *,
    evidence: Iterable[Evidence] = (),
    is_conflict: bool = False,
) -> dict[str, Any]:
    """One question of the visit: the firm's answer with its evidence, beside the fields for the adviser's."""
    others = [entry["code"] for entry in document["scale"]["other_answers"]]
    return {
        "code": question["code"],
        "question": question,
        "answer": answer,
        "own_level": answer.self_level if answer and answer.value not in others else None,
        "own_label": wording.answer_label(document, question, answer),
        "own_text": _level_text(question, answer.self_level if answer else None),
        "view_label": wording.scale_label(document, question, answer.moderated_level if answer else None),
        "levels": level_sentences(document, question),
        "evidence": list(evidence),
        "form": form,
        "is_conflict": is_conflict,
    }


def level_sentences(document: wording.Document, question: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, sentence) of each level; none for a barrier, whose scale says it all."""
    if "levels" not in question:
        return []
    labels = [entry["label"] for entry in document["scale"]["labels"]]
    return list(zip(labels, question["levels"], strict=True))


def in_groups(
    document: wording.Document, questions: Iterable[Mapping[str, Any]], rows: Mapping[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Groups in the questionnaire's order, each with the rows of its questions; empty ones left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    for question in questions:
        if question["code"] in rows:
            found.setdefault(question["group"], []).append(rows[question["code"]])
    return [{**group, "rows": found[group["code"]]} for group in document["groups"] if group["code"] in found]


def both_views(document: wording.Document, question: Mapping[str, Any], answer: Answer) -> dict[str, Any]:
    """One question as the firm reads it before the result: its own answer and the adviser's view."""
    level = answer.moderated_level
    return {
        "code": question["code"],
        "question": question,
        "answer": answer,
        "own_label": wording.answer_label(document, question, answer),
        "own_text": _level_text(question, answer.self_level),
        "view_label": wording.scale_label(document, question, level),
        "view_text": _level_text(question, level),
        "differs": answer.was_changed,
    }


def contested(assessment: Assessment, answers: Collection[Answer]) -> list[dict[str, Any]]:
    """What the firm contests and the adviser has not answered yet, in the questionnaire's order."""
    by_code = {answer.question_code: answer for answer in answers if answer.is_contested}
    return [
        both_views(assessment.document, question, by_code[question["code"]])
        for question in asked(assessment, answers)
        if question["code"] in by_code
    ]

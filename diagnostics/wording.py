"""A result in words: what pages and the plan say of the same frozen numbers.

Texts of the questionnaire come from its document; everything else is translatable here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from diagnostics import texts

Document = Mapping[str, Any]

CHOICES: dict[str, Any] = {
    "aerospace": gettext_lazy("Aerospace"),
    "automotive": gettext_lazy("Automotive"),
    "chemicals_pharma": gettext_lazy("Chemicals and pharmaceuticals"),
    "construction_products": gettext_lazy("Construction products"),
    "electronics": gettext_lazy("Electronics"),
    "fabricated_metal": gettext_lazy("Fabricated metal"),
    "food_drink": gettext_lazy("Food and drink"),
    "furniture_wood": gettext_lazy("Furniture and wood"),
    "machinery": gettext_lazy("Machinery"),
    "marine_energy": gettext_lazy("Marine and energy"),
    "medical_devices": gettext_lazy("Medical devices"),
    "plastics_rubber": gettext_lazy("Plastics and rubber"),
    "printing_packaging": gettext_lazy("Printing and packaging"),
    "textiles": gettext_lazy("Textiles"),
    "other": gettext_lazy("Something else"),
    "jobbing": gettext_lazy("One-offs, to each customer’s order"),
    "small_batch": gettext_lazy("Small batches"),
    "large_batch": gettext_lazy("Large batches"),
    "continuous": gettext_lazy("All the time, as a continuous process"),
    "under_500k": gettext_lazy("Under £500,000"),
    "500k_2m": gettext_lazy("£500,000 to £2 million"),
    "2m_10m": gettext_lazy("£2 million to £10 million"),
    "10m_44m": gettext_lazy("£10 million to £44 million"),
    "over_44m": gettext_lazy("Over £44 million"),
    "none": gettext_lazy("Nothing at present"),
    "under_5k": gettext_lazy("Under £5,000"),
    "5k_25k": gettext_lazy("£5,000 to £25,000"),
    "25k_100k": gettext_lazy("£25,000 to £100,000"),
    "over_100k": gettext_lazy("Over £100,000"),
}
SHORT_LABELS: dict[str, Any] = {
    "employees": gettext_lazy("People"),
    "sector": gettext_lazy("Makes"),
    "region": gettext_lazy("Place of work"),
    "production_mode": gettext_lazy("Production"),
    "has_manual_assembly": gettext_lazy("Hand assembly"),
    "has_production_machines": gettext_lazy("Machines"),
    "has_networked_machines": gettext_lazy("On a network"),
    "uses_process_water": gettext_lazy("Process water"),
    "makes_durable_products": gettext_lazy("Lasts over a year"),
    "owns_product_design": gettext_lazy("Owns designs"),
    "makes_to_order": gettext_lazy("Makes to order"),
    "goals": gettext_lazy("Goals"),
    "turnover_band": gettext_lazy("Turnover"),
    "budget_12m": gettext_lazy("Could invest"),
}
"""Facts in a word or two, for dense pages."""
SIZES = {
    "micro": gettext_lazy("micro firm (fewer than 10 people)"),
    "small": gettext_lazy("small firm (10 to 49 people)"),
    "medium": gettext_lazy("medium-sized firm (50 to 249 people)"),
}


def choice_label(code: str) -> str:
    """A profile choice in words; one that a newer questionnaire adds is shown by its code."""
    return str(CHOICES.get(code) or capfirst(code.replace("_", " ")))


def foreign_language(document: Document) -> str:
    """The language of the questionnaire's words where it is not the page's: pages say so (WCAG 3.1.2). Else ""."""
    return texts.foreign_language(document, get_language() or "")


def spoken(document: Document, text: str) -> str:
    """Words of the questionnaire for a form, read out in their own language where it is not the page's."""
    language = foreign_language(document)
    return format_html('<span lang="{}">{}</span>', language, text) if language else text


def labels(document: Document, part: str) -> dict[Any, str]:
    """Codes to labels of one list of the document, such as benefit_types, bands or cost_bands."""
    return {item["code"]: item["label"] for item in document[part]}


def level_label(document: Document, level: int | None) -> str:
    return "" if level is None else str(document["scale"]["labels"][level]["label"])


def group_names(document: Document) -> dict[str, str]:
    return {group["code"]: group["title"] for group in document["groups"]}


def question_titles(document: Document) -> dict[str, str]:
    return {item["code"]: item["title"] for item in [*document["questions"], *document["barriers"]]}


def actions_of(document: Document) -> dict[str, dict[str, Any]]:
    """Every action of the questionnaire by code, with the code of its question."""
    return {
        action["code"]: {**action, "question": question["code"]}
        for question in document["questions"]
        for action in question["actions"]
    }


def as_object(title: str) -> str:
    """A title inside a sentence: "Product innovation" -> "product innovation"."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def sentence(document: Document, result: Mapping[str, Any]) -> str:
    """The result in one sentence that an owner can repeat."""
    names = group_names(document)
    groups = {group["code"]: {**group, "name": names[group["code"]]} for group in result["groups"]}
    bands = {code: as_object(label) for code, label in labels(document, "bands").items()}
    strong, weak = groups.get(result["strongest"]), groups.get(result["weakest"])
    if strong is None or weak is None:
        return _("There are too few answers for a result yet.")
    if strong["band"] == weak["band"]:
        text = _("You are %(band)s throughout: furthest in %(strong)s, with most to gain in %(weak)s") % {
            "band": bands[strong["band"]], "strong": as_object(strong["name"]), "weak": as_object(weak["name"]),
        }  # fmt: skip
    else:
        text = _("You are %(strong_band)s in %(strong)s and %(weak_band)s in %(weak)s") % {
            "strong_band": bands[strong["band"]], "strong": as_object(strong["name"]),
            "weak_band": bands[weak["band"]], "weak": as_object(weak["name"]),
        }  # fmt: skip
    if not result["held_back_by"]:
        return text + "."
    titles = question_titles(document)
    gate = as_object(titles[result["held_back_by"][0][1]])
    return _("%(start)s; %(gate)s holds you back.") % {"start": text, "gate": gate}


def held_back(document: Document, result: Mapping[str, Any]) -> list[dict[str, str]]:
    """For each capped group: its title, the question that caps it, and the band it would have reached."""
    titles, names = question_titles(document), group_names(document)
    return [{"group": names[group], "question": titles[code], "code": code} for group, code in result["held_back_by"]]


def score_rows(document: Document, snapshot: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The table beside the radar: one row a group, with the firm's own score where the adviser's differs."""
    bands, names = labels(document, "bands"), group_names(document)
    own = {group["code"]: group for group in snapshot["own"]["groups"]}
    rows = []
    for group in snapshot["result"]["groups"]:
        rows.append(
            {
                **group,
                "name": names[group["code"]],
                "band_label": bands.get(group["band"], ""),
                "is_scored": group["score"] is not None,
                "has_range": group["state"] != "final" and group["low"] is not None,
                "own_score": own[group["code"]]["score"],
                "note": state_note(group),
            }
        )
    return rows


def state_note(group: Mapping[str, Any]) -> str:
    """Why a group's score is missing or not certain."""
    if group["state"] == "not_applicable":
        return _("Does not apply to you")
    if group["state"] == "insufficient":
        return _("Answer more questions for a score (%(count)d open)") % {"count": group["unanswered"]}
    if group["state"] == "provisional":
        return _("Provisional: between %(low)s and %(high)s") % {"low": group["low"], "high": group["high"]}
    return ""


def strengths(document: Document, result: Mapping[str, Any], limit: int = 5) -> list[dict[str, Any]]:
    """The best answers: those established or better; where there are none, up to three that are tried out."""
    texts = {question["code"]: question for question in document["questions"]}
    answered = [item for item in result["questions"] if item["code"] in texts and item["level"] is not None]
    strong = [item for item in answered if item["level"] >= 3]
    best = strong or [item for item in answered if item["level"] == 2][:3]
    return [
        {
            "code": item["code"],
            "title": texts[item["code"]]["title"],
            "level": level_label(document, item["level"]),
            "text": texts[item["code"]]["levels"][item["level"]],
            "is_strong": item["level"] >= 3,
        }
        for item in sorted(best, key=lambda item: -item["level"])[:limit]
    ]


def goal_labels(document: Document, facts: Mapping[str, Any]) -> list[str]:
    names = labels(document, "benefit_types")
    return [names[code] for code in facts.get("goals") or [] if code in names]


def responses(document: Document, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Barriers the firm called major, each with what helps."""
    barriers = {item["code"]: item for item in document["barriers"]}
    scale = [entry["label"] for entry in document["barrier_scale"]]
    found = []
    for item in result["responses"]:
        barrier = barriers[item["question"]]
        found.append(
            {
                "code": item["question"],
                "barrier": barrier["title"],
                "level": scale[item["level"]],
                "title": barrier["response"]["title"],
                "description": barrier["response"]["description"],
            }
        )
    return found


def answer_label(document: Document, question: Mapping[str, Any], answer: Any) -> str:
    """An answer in a few words: its level's label, or what was said instead of a level."""
    others = {item["code"]: item["label"] for item in document["scale"]["other_answers"]}
    if answer is None or answer.value is None:
        return _("Not answered")
    return scale_label(document, question, answer.value) if isinstance(answer.value, int) else others[answer.value]


def scale_label(document: Document, question: Mapping[str, Any], level: int | None) -> str:
    if level is None:
        return ""
    scale = document["scale"]["labels"] if "levels" in question else document["barrier_scale"]
    return str(scale[level]["label"])


def fact_rows(document: Document, facts: Mapping[str, Any], regions: Mapping[str, str]) -> list[dict[str, Any]]:
    """The business in words: a row for each fact that is known. `regions` are names by slug."""
    rows = []
    for fact in document["profile"]:
        value = facts.get(fact["code"])
        if value in (None, [], "") or fact["type"] == "derived":
            continue
        if fact["type"] == "boolean":
            shown = _("Yes") if value else _("No")
        elif fact["code"] == "goals":
            shown = ", ".join(goal_labels(document, facts))
        elif fact["code"] == "region":
            shown = regions.get(value, value)
        else:
            shown = choice_label(value) if fact["type"] == "choice" else str(value)
        short = str(SHORT_LABELS.get(fact["code"], fact["label"]))
        rows.append({"code": fact["code"], "label": fact["label"], "short": short, "value": shown})
    return rows


def cost_label(document: Document, band: int) -> str:
    return labels(document, "cost_bands")[band]


def foundations_row(document: Document, result: Mapping[str, Any]) -> dict[str, Any] | None:
    """Foundations as a row like the groups', or None if the questionnaire has none."""
    found = result["foundations"]
    if found is None:
        return None
    return {
        **found,
        "name": group_names(document)[found["code"]],
        "band_label": labels(document, "bands").get(found["band"], ""),
        "is_scored": found["score"] is not None,
        "note": state_note(found),
    }

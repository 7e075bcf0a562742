"""What plan pages, the plan's PDF and its spreadsheet show of one action and of the roadmap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from diagnostics import wording
from diagnostics.models import Answer, PlanAction
from diagnostics.money import MoneyLines
from portal.dates import long_date
from portal.money import money_text

COLUMNS = (PlanAction.Horizon.NOW, PlanAction.Horizon.NEXT, PlanAction.Horizon.LATER)


def in_order(rows: Iterable[PlanAction]) -> list[PlanAction]:
    """As every column reads: what firm and adviser keep first, then by computed rank."""
    return sorted(rows, key=lambda row: (not row.is_kept_first, row.rank, row.pk or 0))


def columns(document: wording.Document, rows: Iterable[PlanAction]) -> list[dict[str, Any]]:
    """Now, next and later, then what is parked; dropped actions stand with the parked."""
    rows, titles = in_order(rows), wording.question_titles(document)
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
        "was_moved": row.was_moved,
    }


def card(
    document: wording.Document, row: PlanAction, answer: Answer | None, level: int | None, currency: str = "GBP"
) -> dict[str, Any]:
    """One action in full: the problem in the firm's words, what to do, what it brings, what it takes.

    Plain JSON, texts in the active language, "" or [] where there is nothing; the same keys for an action of the
    questionnaire and for one of firm and adviser's own (`is_own`: area, problem, why, benefits, support and experts
    are empty, `weeks` is None). Beside the texts of the questionnaire:

    - `rank`, `place`, `computed_place` (labels), `was_moved`, `is_kept_first`, `is_pinned`, `is_quick_win`, `reason`;
    - `owner`, `start`, `review`, `finished` (days in words), `progress` (label), `progress_code`, `progress_note`;
    - `baseline`, `measure`, `risks`;
    - `money`: see `money_cases`; [] without agreed inputs, and then only `cost` (the band) may be printed.
    """
    texts = _own_texts(row) if row.is_own else _texts(document, row, answer, level)
    return {
        **texts,
        "code": row.action_code,
        "title": row.title,
        "is_own": row.is_own,
        "rank": row.rank,
        "place": str(row.get_horizon_display()),
        "computed_place": str(row.get_computed_horizon_display()),
        "was_moved": row.was_moved,
        "is_kept_first": row.is_kept_first,
        "is_pinned": row.is_pinned,
        "is_quick_win": row.is_quick_win,
        "reason": row.reason,
        "cost": wording.cost_label(document, row.cost_band),
        "owner": row.owner,
        "start": long_date(row.start_on) if row.start_on else "",
        "review": long_date(row.review_on) if row.review_on else "",
        "finished": long_date(row.finished_on) if row.finished_on else "",
        "progress": str(row.get_progress_display()),
        "progress_code": row.progress,
        "progress_note": row.progress_note,
        "baseline": row.baseline,
        "measure": row.measure,
        "risks": row.risks,
        "money": money_cases(row, currency),
    }


def _texts(document: wording.Document, row: PlanAction, answer: Answer | None, level: int | None) -> dict[str, Any]:
    question = next(item for item in document["questions"] if item["code"] == row.question_code)
    action = next(item for item in question["actions"] if item["code"] == row.action_code)
    titles = wording.question_titles(document)
    names = {part: wording.labels(document, part) for part in ("benefit_types", "funding_kinds", "expert_kinds")}
    return {
        "area": question["title"],
        "problem": question["levels"][level] if level is not None else "",
        "words": answer.note if answer else "",
        "why": question["why"],
        "what": action["description"],
        "first_step": first_sentence(action["description"]),
        "benefits": [names["benefit_types"][code] for code in action["benefits"]],
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


def _own_texts(row: PlanAction) -> dict[str, Any]:
    nothing = ("benefits", "requires", "support", "support_codes", "experts", "expert_codes", "follow_on", "evidence")
    return {
        "area": _("Your own action"),
        "problem": "",
        "words": "",
        "why": "",
        "what": row.description,
        "first_step": first_sentence(row.description),
        "weeks": None,
        **{key: [] for key in nothing},
    }


def first_sentence(text: str) -> str:
    head, stop, _rest = text.partition(". ")
    return head + stop.strip()


def money_cases(row: PlanAction, currency: str) -> list[dict[str, str]]:
    """The careful, the likely and the hopeful case in words, or the likely one alone where no range was agreed.

    Each: `code` (low, likely, high), `label`, `cost`, `grant`, `net_cost`, `benefit` (a year, before running cost),
    `running_cost`, `net_benefit`, `payback` (months, or "does not pay back"), `return` and `npv`; the last two are ""
    where the action does not pay back. [] without agreed inputs.
    """
    found = row.outlook
    if found is None:
        return []
    labels = {"low": _("Careful"), "likely": _("Likely"), "high": _("Hopeful")}
    cases = zip(labels, (found.low, found.likely, found.high), found.costs, found.benefits, strict=True)
    return [
        {
            "code": code,
            "label": labels[code],
            "cost": money_text(cost, currency),
            "grant": money_text(row.grant or Decimal(0), currency),
            "running_cost": money_text(row.running_cost or Decimal(0), currency),
            "benefit": money_text(benefit, currency),
            **_lines_in_words(lines, currency),
        }
        for code, lines, cost, benefit in cases
        if found.has_range or code == "likely"
    ]


def _lines_in_words(lines: MoneyLines, currency: str) -> dict[str, str]:
    percent = lines.return_percent if lines.pays_back else None
    return {
        "net_cost": money_text(lines.net_cost, currency),
        "net_benefit": money_text(lines.net_yearly_benefit, currency),
        "payback": months_text(lines.payback_months),
        "return": "" if percent is None else f"{formats.number_format(percent, 1)} %",
        "npv": money_text(lines.npv, currency) if lines.pays_back else "",
    }


def months_text(months: Decimal | None) -> str:
    """ "14.6 months"; None is an action that never earns its cost back."""
    if months is None:
        return _("does not pay back")
    return ngettext("%(months)s month", "%(months)s months", 1 if months == 1 else 2) % {
        "months": formats.number_format(months, 1)
    }


def quick_wins(rows: Sequence[PlanAction]) -> list[PlanAction]:
    """Cheap, short and not blocked: those of them that stand in now or next."""
    return [row for row in in_order(rows) if row.is_quick_win and row.horizon in COLUMNS[:2] and not row.is_dropped]

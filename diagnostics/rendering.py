"""What the action plan's PDF says, frozen as plain JSON in the language of the case.

Source of the contents: Industry 4.0 diagnostic method, section 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from diagnostics import planning, results, reviewing, wording
from diagnostics.models import ActionPlan, Answer, PlanAction
from portal.dates import long_date
from portal.money import money_text
from programmes.models import Call, Instrument, Programme

NOW, NEXT, LATER = PlanAction.Horizon.NOW, PlanAction.Horizon.NEXT, PlanAction.Horizon.LATER

SUPPORT_FOR: dict[str, set[str]] = {
    Instrument.Kind.GRANT: {"process_innovation_grant", "capital_grant", "rd_grant", "energy_grant", "circular_grant"},
    Instrument.Kind.VOUCHER: {"process_innovation_grant", "innovation_voucher", "capital_grant"},
    Instrument.Kind.ADVICE: {"adviser_time", "cyber_support"},
    Instrument.Kind.PLACEMENT: {"student_placement", "knowledge_transfer"},
    Instrument.Kind.COURSE: {"skills_grant"},
    Instrument.Kind.SIGNPOST: {"collaborative_rd", "loan_finance", "tax_relief", "energy_grant", "circular_grant"},
}
"""Which kinds of support named by an action an instrument of the programme can answer."""
MOST_TITLES = 3


def plan_context(plan: ActionPlan, at: datetime) -> dict[str, Any]:
    """Everything the template shows; nothing is looked up when the PDF is made."""
    case = plan.assessment.case
    with translation.override(case.language):
        return _context(plan, case.programme.local_date(at), at)


def _context(plan: ActionPlan, today: date, at: datetime) -> dict[str, Any]:
    assessment, case = plan.assessment, plan.assessment.case
    frozen = assessment.result
    document, snapshot = assessment.document, frozen.snapshot
    answers = {answer.question_code: answer for answer in assessment.answers.all()}
    rows = list(plan.actions.order_by("rank"))
    page = results.result_page(assessment, frozen)
    levels = {item["code"]: item["level"] for item in snapshot["result"]["questions"]}
    cards = {row.action_code: _card(document, row, answers, levels, case.programme.currency) for row in rows}
    shown = [row for row in rows if not row.is_dropped]
    now = [row for row in shown if row.horizon == NOW]
    support = _support(case.programme, case.check_result.strands, shown, cards, at)
    return {
        "brand": case.programme.branding,
        "firm": case.organisation.name,
        "reference": case.reference,
        "date": today.isoformat(),
        "day": long_date(today),
        "version": plan.version,
        "status": _("Agreed") if plan.is_agreed else _("For you to agree with your adviser"),
        "adviser": case.adviser.get_full_name() if case.adviser else "",
        "adviser_email": case.programme.contact_email,
        "round": str(assessment.get_round_display()),
        "facts": reviewing.facts(assessment),
        "goals": wording.goal_labels(document, snapshot["facts"]),
        "sentence": page["sentence"],
        "overall": page["overall"],
        "rows": page["rows"],
        "foundations": page["foundations"],
        "held_back": page["held_back"],
        "strongest": _name(page["rows"], snapshot["result"]["strongest"]),
        "weakest": _name(page["rows"], snapshot["result"]["weakest"]),
        "radar": str(page["radar"]),
        "bars": str(page["bars"]),
        "strengths": [
            {**item, "note": answers[item["code"]].note if item["code"] in answers else ""}
            for item in page["strengths"]
        ],
        "columns": [_column(document, horizon, shown, cards) for horizon in document["horizons"]],
        "parked": [row.title for row in shown if row.horizon == PlanAction.Horizon.PARKED],
        "now": [cards[row.action_code] for row in now],
        "next": [cards[row.action_code] for row in shown if row.horizon == NEXT],
        "money": _money_needed(document, now, case.programme.currency),
        "opportunities": [action["title"] for action in page["opportunities"]],
        "quick_wins": [cards[row.action_code] for row in shown if row.is_quick_win and row.horizon in (NOW, NEXT)],
        "support": support,
        "barriers": page["responses"],
        "skills": [card for card in (cards[r.action_code] for r in shown if r.horizon in (NOW, NEXT)) if _trains(card)],
        "follow_up": follow_up(today),
        "answers": _answers(document, snapshot, answers),
        "changed_count": len(snapshot["moderation"]["changed"]),
        "method": {
            "questionnaire": document["framework"]["title"],
            "version": snapshot["version"],
            "number": frozen.method_version,
            "sha256": snapshot["sha256"][:16],
            "size": str(wording.SIZES.get(snapshot["result"]["size"], "")),
            "weights": _weights(document, levels),
        },
    }


def follow_up(start: date) -> list[dict[str, str]]:
    """Who calls when, and what is measured: two weeks, three months and a year after the plan."""
    return [
        {
            "when": long_date(start + timedelta(weeks=2)),
            "who": _("Your adviser calls you"),
            "what": _("Has each “now” action an owner and a date? What is in the way?"),
        },
        {
            "when": long_date(months_after(start, 3)),
            "who": _("You and your adviser meet"),
            "what": _("Which “now” actions are done, and what did they change? What starts next?"),
        },
        {
            "when": long_date(months_after(start, 12)),
            "who": _("You answer the diagnostic again"),
            "what": _("How far has each score moved, question by question, and which targets are reached?"),
        },
    ]


def months_after(start: date, months: int) -> date:
    """The same day `months` later, or the last day of that month."""
    years, month = divmod(start.month - 1 + months, 12)
    first = date(start.year + years, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(start.day, last.day))


def _name(rows: Sequence[Mapping[str, Any]], code: str | None) -> dict[str, Any] | None:
    return next((dict(row) for row in rows if row["code"] == code), None)


def _card(
    document: wording.Document, row: PlanAction, answers: Mapping[str, Answer], levels: Mapping[str, Any], currency: str
) -> dict[str, Any]:
    card = planning.card(document, row, answers.get(row.question_code), levels.get(row.question_code))
    lines = row.money
    return {
        **card,
        "rank": row.rank,
        "owner": row.owner,
        "start": long_date(row.start_on) if row.start_on else "",
        "progress": str(row.get_progress_display()),
        "is_pinned": row.is_pinned,
        "reason": row.reason,
        "money": {
            "cost": money_text(row.cost or Decimal(0), currency),
            "grant": money_text(row.grant or Decimal(0), currency),
            "net_cost": money_text(lines.net_cost, currency),
            "benefit": money_text(lines.net_yearly_benefit, currency),
            "payback": str(lines.payback_months) if lines.payback_months is not None else "",
            "return": str(lines.return_percent) if lines.return_percent is not None and lines.pays_back else "",
            "npv": money_text(lines.npv, currency),
        }
        if lines
        else None,
    }


def _column(
    document: wording.Document, horizon: Mapping[str, Any], rows: Sequence[PlanAction], cards: Mapping[str, Any]
) -> dict[str, Any]:
    titles = wording.question_titles(document)
    return {
        "title": horizon["label"],
        "hint": horizon["hint"],
        "actions": [
            {
                "title": row.title,
                "cost": cards[row.action_code]["cost"],
                "waits_for": [titles[code] for code in row.waiting_for],
                "owner": row.owner,
                "is_quick_win": row.is_quick_win,
            }
            for row in rows
            if row.horizon == horizon["code"]
        ],
    }


def _money_needed(document: wording.Document, rows: Sequence[PlanAction], currency: str) -> str:
    """What the "now" actions cost: agreed figures where there are some, else their bands; a range, never a guess."""
    bands = {band["code"]: band for band in document["cost_bands"]}
    low = high = Decimal(0)
    is_open = False
    for row in rows:
        band = bands[row.cost_band]
        low += band["low"] if row.cost is None else row.cost
        high += (band["high"] or 0) if row.cost is None else row.cost
        is_open = is_open or (row.cost is None and band["high"] is None)
    amounts = {"low": money_text(low, currency), "high": money_text(high, currency)}
    if is_open:
        return _("more than %(low)s") % amounts
    if low == high:
        return amounts["low"]
    return (_("%(low)s to %(high)s") if low else _("up to %(high)s")) % amounts


def _support(
    programme: Programme,
    strands: Sequence[Mapping[str, Any]],
    rows: Sequence[PlanAction],
    cards: Mapping[str, Any],
    at: datetime,
) -> list[dict[str, Any]]:
    """The programme's own support, each with the actions it could help with and what the eligibility check said."""
    open_calls = {
        call.instrument_id: call
        for call in Call.objects.open_at(at).filter(instrument__programme=programme).order_by("-closes_at")
    }
    said = {strand["instrument"]: strand["outcome"] for strand in strands}
    outcomes = {"eligible": _("you can apply"), "refer": _("ask your adviser"), "not_eligible": _("not open to you")}
    wanted = [row for row in rows if row.horizon in (NOW, NEXT, LATER)]
    found = []
    for instrument in programme.instruments.order_by("position", "name"):
        if instrument.kind == Instrument.Kind.DIAGNOSTIC:
            continue
        kinds = SUPPORT_FOR[instrument.kind]
        titles = [row.title for row in wanted if kinds.intersection(cards[row.action_code]["support_codes"])]
        call = open_calls.get(instrument.pk)
        found.append(
            {
                "name": instrument.name,
                "summary": instrument.summary,
                "actions": titles[:MOST_TITLES] + ([_("and more")] if len(titles) > MOST_TITLES else []),
                "gives_money": instrument.gives_money,
                "terms": terms_in_words(call) if call else "",
                "is_open": call is not None or not instrument.gives_money,
                "check": outcomes.get(said.get(instrument.slug, ""), _("ask your adviser")),
            }
        )
    return found


def terms_in_words(call: Call) -> str:
    """What a call pays; without a known rate only its limit, for no sum follows from a limit alone."""
    rate, cap = call.terms.get("rate"), call.terms.get("cap")
    amounts = {"rate": rate, "cap": money_text(Decimal(cap), call.currency) if cap else ""}
    if rate and cap:
        return _("%(rate)s%% of eligible costs, at most %(cap)s") % amounts
    if rate:
        return _("%(rate)s%% of eligible costs") % amounts
    return _("at most %(cap)s") % amounts if cap else ""


def _trains(card: Mapping[str, Any]) -> bool:
    return "training" in card["expert_codes"] or "skills_grant" in card["support_codes"]


def _answers(
    document: wording.Document, snapshot: Mapping[str, Any], answers: Mapping[str, Answer]
) -> list[dict[str, Any]]:
    """The appendix: every question asked, the firm's level and the adviser's, with the words of both."""
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
        "own": wording.answer_label(document, question, answer),
        "view": wording.scale_label(document, question, state["moderated"]),
        "changed": changed,
        "note": answer.note if answer else "",
        "reason": answer.moderation_reason if answer and changed else "",
    }


def _weights(document: wording.Document, levels: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The weight of each answered question, so that anyone can work the score out again."""
    return [
        {"code": item["code"], "title": item["title"], "weight": item["weight"], "level": levels[item["code"]]}
        for item in document["questions"]
        if levels.get(item["code"]) is not None
    ]

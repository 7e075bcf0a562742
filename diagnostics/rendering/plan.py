"""What the action plan's PDF says, frozen as plain JSON in the language of the case.

Source of the contents: Industry 4.0 diagnostic method, section 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from django.utils import translation
from django.utils.translation import gettext as _

from applications.models import Case
from diagnostics import choices, matched, planning, results, reviewing, wording
from diagnostics.models import ActionPlan, Assessment, Result
from diagnostics.rendering import appendix, cards, sheet, standing, support
from diagnostics.rendering.following import follow_up
from portal.dates import long_date


def plan_context(plan: ActionPlan, at: datetime) -> dict[str, Any]:
    """Everything the template shows; nothing is looked up when the PDF is made."""
    case = plan.assessment.case
    with translation.override(case.language):
        return _context(plan, case.programme.local_date(at), at)


def _context(plan: ActionPlan, today: date, at: datetime) -> dict[str, Any]:
    assessment, case = plan.assessment, plan.assessment.case
    frozen = cast("Result", assessment.result)  # a plan is made of one
    document, snapshot = assessment.document, frozen.snapshot
    answers = {answer.question_code: answer for answer in assessment.answers.all()}
    page = results.result_page(assessment, frozen)
    levels = {item["code"]: item["level"] for item in snapshot["result"]["questions"]}
    deck = cards.Deck(plan, document, answers, levels, case.programme.currency)
    instruments = matched.instruments(case, deck.rows, at)
    every = [deck.card(row, instruments) for row in deck.rows]
    now, then = every[: len(deck.of(cards.NOW))], every[len(deck.of(cards.NOW)) :][: len(deck.of(cards.NEXT))]
    reviews = follow_up(plan, today)
    return {
        **_cover(plan, today),
        **_where(page, assessment, snapshot),
        "goals": wording.goal_labels(document, snapshot["facts"]),
        "strengths": standing.strengths(
            page["strengths"], answers, assessment.evidence.live().select_related("upload").order_by("id")
        ),
        "roadmap": deck.drawn(case.programme.colour) if every else "",
        "now": now,
        "next": then,
        "money": cards.money_needed(document, deck.of(cards.NOW), case.programme.currency),
        "quick_wins": [_named(deck, row) for row in planning.quick_wins(deck.rows)],
        "opportunities": [action["title"] for action in page["opportunities"]],
        **support.of_instruments(instruments),
        "experts": support.of_experts(matched.experts(case, deck.rows)),
        "skills": cards.skills([*now, *then]),
        "barriers": page["responses"],
        "follow_up": reviews,
        "next_review": long_date(plan.next_review_on) if plan.next_review_on else reviews[0]["when"],
        "consents": _consents(case),
        "parked": [{"title": row.title, "reason": row.reason} for row in deck.parked],
        "answers": appendix.answers_of(document, snapshot, answers),
        "glossary": appendix.glossary(),
        "changed_count": len(snapshot["moderation"]["changed"]),
        "method": _method(document, frozen.method_version, snapshot),
        "sheet": sheet.frozen(deck, document),
    }


def _cover(plan: ActionPlan, today: date) -> dict[str, Any]:
    assessment, case = plan.assessment, plan.assessment.case
    logos = [partner["logo"] for partner in case.programme.partners if partner.get("logo")]
    return {
        "brand": {**case.programme.branding, "logos": logos[:3]},
        "firm": case.organisation.name,
        "site": case.region.name if case.region else "",
        "reference": case.reference,
        "date": today.isoformat(),
        "day": long_date(today),
        "version": plan.version,
        "is_final": plan.is_agreed,
        "status": _("Final") if plan.is_agreed else _("Draft"),
        "agreement": _("agreed by you and your adviser") if plan.is_agreed else _("for you to agree with your adviser"),
        "adviser": case.adviser.get_full_name() if case.adviser else "",
        "adviser_email": case.programme.contact_email,
        "round": str(assessment.get_round_display()),
        "visited": long_date(assessment.visited_on) if assessment.visited_on else "",
        "took_part": assessment.took_part,
        "facts": reviewing.facts(assessment),
    }


def _where(page: Mapping[str, Any], assessment: Assessment, snapshot: Mapping[str, Any]) -> dict[str, Any]:
    rows = [standing.score_row(row) for row in page["rows"]]
    foundations = standing.score_row(page["foundations"]) if page["foundations"] else None
    return {
        "sentence": page["sentence"],
        "overall": {key: page["overall"].get(key) for key in ("score", "target", "gap", "state", "band_label")},
        "rows": rows,
        "foundations": foundations,
        "has_range": any(row["has_range"] for row in [*rows, *([foundations] if foundations else [])]),
        "held_back": page["held_back"],
        "strongest": _of_code(rows, snapshot["result"]["strongest"]),
        "weakest": _of_code(rows, snapshot["result"]["weakest"]),
        "radar": str(page["radar"]),
        **{key: page[key] for key in ("peers", "peers_overall", "peers_said", "confidence")},
        "bar": str(results.bars_of([], page["foundations"])) if page["foundations"] else "",
        "is_moderated": bool(snapshot["moderated"]),
        **{key: page[key] for key in ("peers", "peers_overall", "peers_said")},
    }


def _of_code(rows: Sequence[Mapping[str, Any]], code: str | None) -> dict[str, Any] | None:
    return next((dict(row) for row in rows if row["code"] == code), None)


def _named(deck: cards.Deck, row: Any) -> dict[str, Any]:
    return {"number": deck.numbers[row.action_code], "title": row.title}


def _consents(case: Case) -> list[dict[str, str]]:
    """What may be done with the firm's answers, each with what it said, as it stood on the day."""
    return [
        {
            "purpose": choice.label,
            "answer": _("yes") if choice.is_given else _("no"),
            "day": long_date(case.programme.local_date(choice.made_at)),
        }
        for choice in choices.in_force(case)
    ]


def _method(document: wording.Document, number: str, snapshot: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "questionnaire": document["framework"]["title"],
        "version": snapshot["version"],
        "number": number,
        "sha256": snapshot["sha256"][:16],
        "size": str(wording.SIZES.get(snapshot["result"]["size"], "")),
    }

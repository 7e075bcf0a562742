"""What firm and staff see of one plan on its page: next step, actions, roadmap, support, people, looking back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.db.models import prefetch_related_objects
from django.utils.safestring import mark_safe

from diagnostics import matched, planning, wording
from diagnostics.models import ActionPlan, PlanAction, Result
from diagnostics.rendering import cards
from diagnostics.rendering.following import follow_up

NOW, NEXT = PlanAction.Horizon.NOW, PlanAction.Horizon.NEXT


def plan_page(plan: ActionPlan, at: datetime) -> dict[str, Any]:
    """The context that both pages of a plan share; nine queries, whatever its size."""
    assessment, case = plan.assessment, plan.assessment.case
    document, frozen = assessment.document, cast("Result", assessment.result)  # a plan is made from one
    result = frozen.snapshot["result"]
    prefetch_related_objects([plan], "actions")
    rows = list(plan.actions.all())
    deck = cards.Deck(plan, document, {}, {}, case.programme.currency)
    instruments = matched.instruments(case, deck.rows, at)
    titles = wording.actions_of(document)
    shown = [deck.card(row, ()) for row in deck.rows if row.horizon in (NOW, NEXT)]
    return {
        "case": case,
        "programme": case.programme,
        "assessment": assessment,
        "plan": plan,
        "document": plan.document,
        "columns": planning.columns(document, rows),
        "numbers": deck.numbers,
        "unnamed": [row for row in deck.of(NOW) if not (row.owner and row.start_on)],
        "drawn": mark_safe(deck.drawn(case.programme.colour)) if deck.rows else "",  # noqa: S308  escaped where drawn
        "money": cards.money_needed(document, deck.of(NOW), case.programme.currency) if deck.of(NOW) else "",
        "quick_wins": planning.quick_wins(rows),
        "opportunities": [titles[code]["title"] for code in result["opportunities"]],
        "instruments": instruments,
        "open_instruments": [each for each in instruments if each.is_open and each.outcome != matched.FAIL],
        "experts": matched.experts(case, deck.rows),
        "skills": cards.skills(shown),
        "barriers": wording.responses(document, result),
        "looks_back": follow_up(plan, case.programme.local_date(at)),
        "versions": list(plan.versions.select_related("document")),
        "is_open": case.is_live and assessment.is_final,
    }

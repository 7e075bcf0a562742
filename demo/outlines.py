"""Outlines of the demonstration's firms: written, and found ready by two advisers, before the application begins."""

from __future__ import annotations

from datetime import timedelta

from demo.journey import Journey
from diagnostics.models import PlanAction
from funding import actions as funding
from funding.models import OutlineOpinion
from programmes.models import Call

OPINIONS = (
    (OutlineOpinion.Side.BUSINESS, "adviser", "Late jobs cost them orders, and they can pay their part."),
    (OutlineOpinion.Side.TECHNICAL, "manager", "Readers of this kind fit their machines. Ask two suppliers."),
)


def write_outline(journey: Journey, call: Call, action: PlanAction | None) -> None:
    """Where the call asks for one first: send it and have both sides find it ready."""
    if not call.needs_outline:
        return
    by, at = journey.owner, journey.at
    outline = funding.start_outline(
        case=journey.case, call=call, plan_action=action, key=journey.key("outline"), by=by, at=at
    )
    starts = (journey.now + timedelta(days=60)).date()
    outline.save_answers(
        title=outline.title or "Machines and job cards connected",
        problem="Nobody sees which job runs on which machine, so urgent ones are found late.",
        change="A supplier fits readers and software on six machines. We train two people to run it.",
        rough_cost=20_000, supplier="Made-up Automation", starts_on=starts, ends_on=starts + timedelta(days=200),
    )  # fmt: skip
    funding.send_outline(outline=outline, by=by, at=at)
    for side, name, reason in OPINIONS:
        funding.give_opinion(
            outline=outline, number=1, side=side, is_ready=True, reason=reason, by=journey.staff[name], at=at
        )

"""The actions of a plan as its PDF shows them: in the summary, on the roadmap, each on its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from diagnostics import planning, wording
from diagnostics.matched import MatchedInstrument
from diagnostics.models import ActionPlan, Answer, PlanAction
from diagnostics.rendering import roadmap, standing
from portal.money import money_text

NOW, NEXT = PlanAction.Horizon.NOW, PlanAction.Horizon.NEXT
SKILL_SUPPORT = {
    "skills_grant": "course",
    "student_placement": "placement",
    "knowledge_transfer": "placement",
}


@dataclass
class Deck:
    """Every action that the plan shows, in the agreed order, numbered through; and its card."""

    plan: ActionPlan
    document: wording.Document
    answers: Mapping[str, Answer]
    levels: Mapping[str, int | None]
    currency: str
    rows: list[PlanAction] = field(init=False)
    """Those of now, next and later."""
    parked: list[PlanAction] = field(init=False)
    numbers: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        every = [row for row in planning.in_order(self.plan.actions.all()) if not row.is_dropped]
        self.rows = [row for column in planning.COLUMNS for row in every if row.horizon == column]
        self.parked = [row for row in every if row.horizon == PlanAction.Horizon.PARKED]
        self.numbers = {row.action_code: number for number, row in enumerate(self.rows, start=1)}

    def of(self, horizon: str) -> list[PlanAction]:
        return [row for row in self.rows if row.horizon == horizon]

    def before(self, row: PlanAction) -> list[int]:
        """Numbers of the plan's own actions that lift what `row` waits for."""
        lifted = {other.question_code: self.numbers[other.action_code] for other in self.rows}
        return [lifted[code] for code in row.waiting_for if code in lifted]

    def card(self, row: PlanAction, matched: Sequence[MatchedInstrument]) -> dict[str, Any]:
        card = planning.card(
            self.document, row, self.answers.get(row.question_code), self.levels.get(row.question_code), self.currency
        )
        before = self.before(row)
        support = [each for each in matched if row.action_code in each.action_codes]
        return {
            **card,
            "number": self.numbers[row.action_code],
            "words": standing.shortened(card["words"]),
            "then": card["what"].removeprefix(card["first_step"]).strip(),
            "after": before,
            "money_support": [_help_in_words(each) for each in support if each.gives_money and each.outcome != "fail"],
            "other_support": [each.name for each in support if not each.gives_money],
            "likely": next((case for case in card["money"] if case["code"] == "likely"), None),
        }

    def drawn(self, colour: str) -> str:
        """The roadmap as a picture."""
        columns = [
            roadmap.Column(
                title=item["label"],
                hint=item["hint"],
                boxes=[self._box(row) for row in self.of(item["code"])],
            )
            for item in self.document["horizons"]
        ]
        return str(roadmap.draw(columns, colour=colour, title=_("Roadmap: what comes when")))

    def _box(self, row: PlanAction) -> roadmap.Box:
        before = self.before(row)
        notes = [wording.cost_label(self.document, row.cost_band)]
        if row.is_quick_win:
            notes.append(_("quick win"))
        if before:
            notes.append(_("after %(numbers)s") % {"numbers": ", ".join(map(str, before))})
        return roadmap.Box(self.numbers[row.action_code], row.title, " · ".join(notes), before)


def _help_in_words(each: MatchedInstrument) -> str:
    return f"{each.name}: {each.amount}" if each.amount else each.name


def money_needed(document: wording.Document, rows: Sequence[PlanAction], currency: str) -> str:
    """What `rows` cost: agreed figures where there are some, else their bands; a range, never a guess."""
    bands = {band["code"]: band for band in document["cost_bands"]}
    low = high = Decimal(0)
    is_open = False
    for row in rows:
        band = bands[row.cost_band]
        if row.cost is None:
            low += band["low"]
            high += band["high"] or band["low"]
            is_open = is_open or band["high"] is None
        else:
            low += row.cost if row.cost_low is None else row.cost_low
            high += row.cost if row.cost_high is None else row.cost_high
    amounts = {"low": money_text(low, currency), "high": money_text(high, currency)}
    if is_open:
        return _("more than %(low)s") % amounts
    if low == high:
        return amounts["low"]
    return (_("%(low)s to %(high)s") if low else _("up to %(high)s")) % amounts


def skills(cards: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Who has to learn something for which action, and by what: only actions that name training or people's support."""
    ways = {
        "course": _("a course or an apprenticeship"),
        "placement": _("a student or graduate placement"),
        "training": _("training on the job, by the provider or the supplier"),
    }
    found = []
    for card in cards:
        kinds = dict.fromkeys(SKILL_SUPPORT[code] for code in card["support_codes"] if code in SKILL_SUPPORT)
        if "training" in card["expert_codes"] and "course" not in kinds:
            kinds["training"] = None
        if kinds:
            found.append(
                {
                    "who": card["owner"],
                    "number": card["number"],
                    "title": card["title"],
                    "ways": [ways[kind] for kind in kinds],
                }
            )
    return sorted(found, key=lambda item: (not item["who"], item["who"], item["number"]))

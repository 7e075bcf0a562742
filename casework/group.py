"""Who adds how much to a firm's size, in words: the firm, its partners by their share, linked firms in full."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from applications.rechecking import Known
from casework.facts import OUTCOMES
from eligibility import size_wording, wording
from eligibility.group import Contribution
from organisations.models import Ownership
from portal.money import money_text
from portal.templatetags.portal_tags import number


@dataclass(frozen=True)
class PartRow:
    name: str
    relation: str
    share: str
    employees: str
    turnover: str
    balance_sheet: str


@dataclass(frozen=True)
class GroupSize:
    """The size today: its category, the sums in words, the rule's finding with why, and what each firm adds."""

    category: str
    people: str
    turnover: str
    balance_sheet: str
    label: str
    colour: str
    reason: str
    reasons: list[str]
    parts: list[PartRow]


def group_size(known: Known) -> GroupSize:
    """The size with what is recorded today."""
    found, currency = known.size, known.currency
    size, finding = found.size, found.finding
    label, colour = OUTCOMES.get(finding.outcome.value if finding else "", (_("No rule"), "grey"))
    return GroupSize(
        category=str(wording.SIZE_NAMES.get(found.category, found.category)), people=_people(size.employees),
        turnover=_sum(size.turnover, currency), balance_sheet=_sum(size.balance_sheet, currency), label=str(label),
        colour=colour,
        reason=wording.reason(finding) if finding else _("This programme has no rule about the size of a firm."),
        reasons=[size_wording.reason(reason) for reason in found.reasons],
        parts=[_part(one, currency) for one in found.contributions],
    )  # fmt: skip


def _part(one: Contribution, currency: str) -> PartRow:
    part, counted = one.part, one.counted
    share = "" if part.share is None else _("%(share)s%%") % {"share": _people(part.share * 100)}
    if part.share == 0:
        figures = ["–", "–", "–"]
    else:
        figures = [_people(counted.employees), _sum(counted.turnover, currency), _sum(counted.balance_sheet, currency)]
    return PartRow(part.name, str(size_wording.RELATION_NAMES[part.relation]), share, *figures)


def _people(figure: Decimal | None) -> str:
    if figure is None:
        return _("not known")
    figure = figure.quantize(Decimal("0.01")).normalize()
    return number(figure, max(0, -int(figure.as_tuple().exponent)))


def _sum(figure: Decimal | None, currency: str) -> str:
    return _("not known") if figure is None else money_text(figure, currency)


# --- What was recorded ------------------------------------------------------------------------------
def owner_text(row: Ownership) -> str:
    """The share in words: capital and votes, control, the person between."""
    parts = []
    if row.capital_percent is not None:
        parts.append(_("%(share)s%% of the capital") % {"share": _people(row.capital_percent)})
    if row.votes_percent is not None:
        parts.append(_("%(share)s%% of the votes") % {"share": _people(row.votes_percent)})
    if row.controls:
        parts.append(_("control by other means"))
    if row.through_person:
        parts.append(_("through %(person)s") % {"person": row.through_person})
    if row.same_market is not None:
        parts.append(_("same or neighbouring market") if row.same_market else _("another market"))
    return ", ".join(parts)


def owner_figures(row: Ownership, currency: str) -> str:
    known = [_("%(number)s people") % {"number": _people(row.employees)}] if row.employees is not None else []
    known += [
        money_text(amount, row.currency or currency)
        for amount in (row.turnover, row.balance_sheet)
        if amount is not None
    ]
    return ", ".join(known) or _("not known")

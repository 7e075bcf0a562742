"""A firm's group as recorded: the shares around it, as the size rules read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from eligibility import group, ledger
from eligibility.group import Assessment, Contribution, Declaration, Edge, Enterprise
from eligibility.size_rule import SizeRule
from eligibility.sizing import Figures
from organisations import groups
from organisations.models import Organisation, Ownership, SizeDeclaration

MONTHS = 12


def around(firm: Organisation, on: date) -> list[Ownership]:
    """Every share of the firm and of those linked with it, past ones too; what was struck out never was."""
    ids = groups.group_ids(firm, on, through_persons=True)
    rows = Ownership.objects.filter(Q(firm__in=ids) | Q(other__in=ids)).exclude(ended_at__isnull=False, to_on=None)
    return list(rows.select_related("firm", "other").order_by("id"))


def edge_of(row: Ownership) -> Edge:
    here, there = f"firm-{row.firm_id}", _other_key(row)
    holder, held = (there, here) if row.direction == Ownership.Direction.HOLDS_US else (here, there)
    return Edge(
        holder, held, row.capital_percent, row.votes_percent, row.controls, row.holder_kind, row.through_person,
        row.same_market, row.invested_eur, row.from_on, row.to_on,
    )  # fmt: skip


def _other_key(row: Ownership) -> str:
    return f"firm-{row.other_id}" if row.other_id else f"name-{row.pk}"


def declared(row: SizeDeclaration) -> Declaration:
    return Declaration(
        Figures(row.employees, row.turnover, row.balance_sheet), row.currency, row.period_end, row.months or MONTHS,
        row.euro_rate, row.source.lower(),
    )  # fmt: skip


def enterprises_of(
    firm: Organisation, declarations: Iterable[Declaration], rows: Iterable[Ownership]
) -> dict[str, Enterprise]:
    """Everybody in the picture by key, with figures: the firm's own, of others what was said with their share."""
    found = {f"firm-{firm.pk}": Enterprise(f"firm-{firm.pk}", firm.name, tuple(declarations))}
    for row in rows:
        found.setdefault(f"firm-{row.firm_id}", Enterprise(f"firm-{row.firm_id}", row.firm.name))
        key = _other_key(row)
        known = found.setdefault(key, Enterprise(key, row.name))
        if key != f"firm-{firm.pk}" and any(x is not None for x in (row.employees, row.turnover, row.balance_sheet)):
            figures = Figures(row.employees, row.turnover, row.balance_sheet)
            said = Declaration(figures, row.currency, source="management")
            found[key] = Enterprise(key, known.name, (*known.declarations, said))
    return found


def assess(
    firm: Organisation,
    declarations: Iterable[Declaration],
    rows: Iterable[Ownership],
    rule: SizeRule,
    *,
    on: date,
    groups_known: bool,
) -> Assessment:
    """The size on `on` with who adds how much and why."""
    rows, declarations = list(rows), list(declarations)
    currencies = {row.currency for row in rows if row.currency} | {declared.currency for declared in declarations}
    currencies -= {rule.currency, "EUR"}
    rates = {currency: rate.rate for currency in sorted(currencies) if (rate := ledger.rate_of(currency, on))}
    return group.assess(
        f"firm-{firm.pk}", enterprises_of(firm, declarations, rows), [edge_of(row) for row in rows], rule, on=on,
        rates=rates, groups_known=groups_known, accounts_type=str((firm.register or {}).get("accounts_kind") or ""),
    )  # fmt: skip


def group_facts(contributions: Iterable[Contribution]) -> dict[str, list[dict[str, Any]]]:
    """Partners and linked firms as the check's facts have them; partners of linked firms hang on the first of these."""
    partners: list[dict[str, Any]] = []
    indirect: list[dict[str, Any]] = []
    linked: list[dict[str, Any]] = []
    for one in list(contributions)[1:]:
        part = one.part
        figures = {
            "employees": _text(part.figures.employees),
            "turnover": _text(part.figures.turnover),
            "balance_sheet": _text(part.figures.balance_sheet),
        }
        if part.relation in {"linked", "person_link"} and part.holder_kind == "enterprise":
            person = part.relation == "person_link" or not part.certain
            market = None if not part.certain else part.share != 0
            linked.append({"through_person": person or None, "same_market": market if person else None, **figures})
        else:
            percent = Decimal(100) if part.percent is None and part.share == 1 else part.percent
            row = {"percent": _text(percent), "holder_kind": part.holder_kind, **figures}
            (partners if part.direct else indirect).append({**row, "invested_eur": _text(part.invested_eur)})
    if indirect:
        linked[0]["partners"] = indirect
    return {"partners": partners, "linked": linked}


def changed_on(rows: Iterable[Ownership], after: date | None, on: date) -> date | None:
    """The last day on which a link of the group began or ended, if that lies after the last closed period."""
    days = [day for row in rows if row.is_link for day in (row.from_on, row.to_on)]
    return max((day for day in days if after and day and after < day <= on), default=None)


def _text(figure: Decimal | None) -> str | None:
    return None if figure is None else f"{figure:.2f}"

"""An application in words, section by section: what is checked, sent, printed on the receipt and compared later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _

from funding import overlaps, rules
from funding.models import BudgetLine, GrantApplication, Milestone, Risk
from funding.quoting import SECTIONS, WORDS, partners_of, sections_of
from portal.dates import long_date
from portal.money import money_text

Row = dict[str, str]
"""{label, value}: one answer, or one of several of a kind."""


@dataclass(frozen=True)
class Section:
    code: str
    title: str
    rows: list[Row]


def read_whole(application: GrantApplication) -> GrantApplication:
    """The same application with every part of it read, for pages that show all and work the grant out too."""
    lines = Prefetch("lines", overlaps.with_files(BudgetLine.objects.all()))
    prefetch_related_objects([application], "milestones", "risks", "match_sources", lines)
    return application


def sections(document: dict[str, list[Row]]) -> list[Section]:
    """A sheet's document in the order of the task list, titles in the active language."""
    return [Section(code, str(title), document[code]) for code, title in SECTIONS.items() if document.get(code)]


def document_of(application: GrantApplication) -> dict[str, list[Row]]:
    """Everything the firm told, {section: rows}, in the active language; an answer that is missing is empty."""
    return {code: ROWS[code](application) for code in sections_of(application.call)}


def value_of(application: GrantApplication, field: str) -> str:
    """One answer as a person reads it; empty when there is none."""
    value = getattr(application, field)
    if field in ("starts_on", "ends_on"):
        return long_date(value) if value else ""
    if field == "has_conflict":
        return "" if value is None else _yes_or_no(value)
    if field == "subsidy":
        return " ".join(filter(None, [_yes_or_no(value["other_money"]), value["note"]])) if value else ""
    return "" if value is None else str(value)


def _yes_or_no(value: bool) -> str:
    return _("Yes") if value else _("No")


def _row(label: str, value: str) -> Row:
    return {"label": label, "value": value}


def _project(application: GrantApplication) -> list[Row]:
    labels = {
        "title": _("Name"),
        "problem": _("The problem"),
        "work": _("What will be done"),
        "outputs": _("What there will be at the end"),
        "benefit": _("What will be better"),
        "summary": _("In short"),
    }
    return [_row(label, value_of(application, field)) for field, label in labels.items()]


def milestone_row(one: Milestone) -> Row:
    facts = {"day": long_date(one.due_on), "evidence": one.evidence}
    return _row(one.title, _("By %(day)s. What shows it: %(evidence)s") % facts)


def _milestones(application: GrantApplication) -> list[Row]:
    return [milestone_row(one) for one in application.milestones.all()]


def _dates(application: GrantApplication) -> list[Row]:
    rows = [
        _row(_("Starts"), value_of(application, "starts_on")),
        _row(_("Finished"), value_of(application, "ends_on")),
        _row(_("Technology readiness level today"), value_of(application, "trl_start")),
        _row(_("Technology readiness level at the end"), value_of(application, "trl_end")),
    ]
    if application.research_partner:
        rows.append(_row(_("Research organisation"), application.research_partner))
    return rows


def _costs(application: GrantApplication) -> list[Row]:
    currency = application.call.currency
    bearers = {one.pk: one.name for one in partners_of(application)}
    rows = []
    for line in application.lines.all():
        facts = [money_text(line.cost, currency), str(line.get_category_display()), line.supplier]
        facts.append(_("ordered, signed for or paid for already") if line.is_committed else "")
        facts.append(_("paid for by %(giver)s") % {"giver": line.funded_by} if line.is_funded_elsewhere else "")
        facts.append(bearers.get(line.partner_id, ""))
        rows.append(_row(line.description, ", ".join(filter(None, facts))))
    asked = application.requested
    rows.append(_row(_("Asked for"), money_text(asked, currency) if asked else _("The most you can get")))
    return rows


def risk_row(one: Risk) -> Row:
    facts = {"likelihood": one.get_likelihood_display(), "impact": one.get_impact_display(), "answer": one.answer}
    return _row(one.text, _("How likely: %(likelihood)s. How bad: %(impact)s. %(answer)s") % facts)


def _risks(application: GrantApplication) -> list[Row]:
    return [risk_row(one) for one in application.risks.all()]


def _subsidy(application: GrantApplication) -> list[Row]:
    rows = [_row(_("Other public money for this project"), value_of(application, "subsidy"))]
    if application.subsidy:
        rows.append(_row(_("Declared"), application.subsidy["words"]))
    return rows


def _conflicts(application: GrantApplication) -> list[Row]:
    rows = [_row(_("Close to the programme's people or to a supplier"), value_of(application, "has_conflict"))]
    if application.conflict_note:
        rows.append(_row(_("Who, and how"), application.conflict_note))
    return rows


def _partners(application: GrantApplication) -> list[Row]:
    rows = [_row(_("Who takes part"), str(application.get_form_display()))]
    for partner in partners_of(application):
        rows.append(_row(partner.name, ". ".join(filter(None, [str(partner.get_kind_display()), partner.benefit]))))
    return rows


def _match(application: GrantApplication) -> list[Row]:
    rows = []
    for source in application.match_sources.all():
        facts = [money_text(source.amount, application.call.currency), source.giver]
        facts.append(_("certain") if source.is_certain else _("not certain yet"))
        rows.append(_row(str(source.get_kind_display()), ", ".join(filter(None, facts))))
    return rows


ROWS: dict[str, Callable[[GrantApplication], list[Row]]] = {
    "project": _project,
    "milestones": _milestones,
    "dates": _dates,
    "partners": _partners,
    "costs": _costs,
    "match": _match,
    "risks": _risks,
    "subsidy": _subsidy,
    "conflicts": _conflicts,
}


def facts_of(application: GrantApplication) -> dict[str, Any]:
    """The same as plain values by section, for comparing exactly and for whoever reads them by machine."""
    dates = ("starts_on", "ends_on")
    facts: dict[str, Any] = {
        "project": {name: getattr(application, name) for name in ("title", *WORDS)},
        "milestones": [
            {"title": one.title, "due_on": one.due_on.isoformat(), "evidence": one.evidence}
            for one in application.milestones.all()
        ],
        "dates": {name: _iso(getattr(application, name)) for name in dates}
        | {name: getattr(application, name) for name in ("trl_start", "trl_end", "research_partner")},
        "costs": [
            {
                "category": line.category, "description": line.description, "supplier": line.supplier,
                "net": str(line.net), "vat": str(line.vat), "vat_recoverable": line.vat_recoverable,
                "is_committed": line.is_committed, "is_funded_elsewhere": line.is_funded_elsewhere,
                "funded_by": line.funded_by, "partner": line.partner_id,
            }
            for line in application.lines.all()
        ],
        "requested": None if application.requested is None else str(application.requested),
        "risks": [
            {"text": one.text, "likelihood": one.likelihood, "impact": one.impact, "answer": one.answer}
            for one in application.risks.all()
        ],
        "subsidy": application.subsidy,
        "conflicts": {"has_conflict": application.has_conflict, "conflict_note": application.conflict_note},
        "form": application.form,
        "partners": [
            {"name": one.name, "kind": one.kind, "status": one.status, "benefit": one.benefit}
            for one in partners_of(application)
        ],
        "match": [
            {"kind": one.kind, "giver": one.giver, "amount": str(one.amount), "is_certain": one.is_certain}
            for one in application.match_sources.all()
        ],
    }  # fmt: skip
    return facts


def fingerprint(application: GrantApplication) -> str:
    """Names what a signatory reads before sending: the facts as they are now, and which sending it would be."""
    before = application.submitted_at.isoformat() if application.submitted_at else None
    return rules.fingerprint({"sent_before": before, "facts": facts_of(application)})


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None

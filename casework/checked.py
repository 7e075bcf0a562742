"""An eligibility check as staff read it: its facts, findings and kinds of support, and what a later one changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from applications.models import Case, OpenFinding
from casework.facts import OUTCOMES
from eligibility.models import EligibilityCheck
from eligibility.wording import LEGAL_FORM_NAMES, RULE_NAMES
from organisations import places, sic
from organisations.register import status_words
from portal.money import money_text
from portal.templatetags.portal_tags import long_date, number
from programmes.models import Instrument

FACT_NAMES = {
    "company_number": gettext_lazy("Company number"),
    "legal_form": gettext_lazy("Kind of business"),
    "sic_codes": gettext_lazy("Industry codes"),
    "postcode": gettext_lazy("Postcode of the work"),
    "local_authority": gettext_lazy("Local authority"),
    "employees": gettext_lazy("People"),
    "turnover": gettext_lazy("Turnover"),
    "balance_sheet": gettext_lazy("Balance sheet total"),
    "accounts": gettext_lazy("Closed years"),
    "partners": gettext_lazy("Partner firms"),
    "linked": gettext_lazy("Linked firms"),
    "public_body_percent": gettext_lazy("Held by public bodies"),
    "takeover_on": gettext_lazy("Changed hands on"),
    "aid_received": gettext_lazy("Earlier aid"),
    "already_committed": gettext_lazy("Ordered or signed already"),
}
STRAND_OUTCOMES = {
    "eligible": (gettext_lazy("Fits"), "green"),
    "refer": (gettext_lazy("Ask"), "yellow"),
    "not_eligible": (gettext_lazy("Does not fit"), "red"),
}
CHECK_OUTCOMES = {
    "eligible": (gettext_lazy("Eligible"), "green"),
    "refer": (gettext_lazy("Not decided"), "yellow"),
    "not_eligible": (gettext_lazy("Not eligible"), "red"),
}


TRADING = {"active", "open", "registered"}
"""What the register says of companies that trade."""


@dataclass(frozen=True)
class FindingRow:
    """A finding with where its limit comes from and what has been said to it."""

    rule: str
    name: str
    label: str
    colour: str
    reason: str
    value: str
    limit: str
    source: Mapping[str, Any] | None
    open: OpenFinding | None = None


@dataclass(frozen=True)
class StrandRow:
    name: str
    label: str
    colour: str
    missing: list[str]


@dataclass(frozen=True)
class Change:
    """One line of a comparison; a side is empty where there was nothing."""

    name: str
    before: str
    after: str
    is_changed: bool


@dataclass(frozen=True)
class Outcome:
    label: str
    colour: str


def outcome_of(check: EligibilityCheck) -> Outcome:
    """The check's outcome in staff words."""
    label, colour = CHECK_OUTCOMES[check.outcome]
    return Outcome(str(label), colour)


# --- Facts ----------------------------------------------------------------------------------------
def fact_texts(check: EligibilityCheck, currency: str) -> dict[str, str]:
    """Each fact in words, by key; empty where it was not known."""
    facts = check.facts
    return {key: _fact(key, facts.get(key), currency) for key in FACT_NAMES}


def fact_rows(check: EligibilityCheck, currency: str) -> list[dict[str, str]]:
    texts = fact_texts(check, currency)
    return [{"key": str(name), "value": texts[key]} for key, name in FACT_NAMES.items() if texts[key]]


def _fact(key: str, value: Any, currency: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return _several(key, value, currency)
    match key:
        case "turnover" | "balance_sheet":
            return _money(value, currency)
        case "employees":
            return _decimal(value)
        case "public_body_percent":
            return _("%(share)s%%") % {"share": _decimal(value)}
        case "legal_form":
            return str(LEGAL_FORM_NAMES.get(value, value))
        case "local_authority":
            place = places.places().get(value)
            return place.name if place else str(value)
        case "takeover_on":
            return long_date(date.fromisoformat(value))
    return str(value)


def _several(key: str, rows: Sequence[Any], currency: str) -> str:
    if not rows:
        return pgettext("partner firms, earlier aid", "None")
    match key:
        case "sic_codes":
            return "; ".join(f"{code} {sic.codes()[code].title}" if code in sic.codes() else code for code in rows)
        case "partners":
            return "; ".join(_share(row, currency) for row in rows)
        case "linked":
            return "; ".join(_figures(row, currency) for row in rows)
        case "accounts":
            return "; ".join(
                f"{long_date(date.fromisoformat(row['period_end']))}: {_figures(row, currency)}" for row in rows
            )
    return _aid(rows, currency)


def _share(row: Mapping[str, Any], currency: str) -> str:
    share = "?" if row.get("percent") is None else _decimal(row["percent"])
    return _("%(share)s%% of %(figures)s") % {"share": share, "figures": _figures(row, currency)}


def _figures(row: Mapping[str, Any], currency: str) -> str:
    known = [_("%(number)s people") % {"number": _decimal(row["employees"])}] if row.get("employees") else []
    known += [_money(row[key], currency) for key in ("turnover", "balance_sheet") if row.get(key) is not None]
    return ", ".join(known) or _("figures not known")


def _aid(rows: Sequence[Mapping[str, Any]], currency: str) -> str:
    total = sum((Decimal(row["amount"]) for row in rows if row.get("amount") is not None), Decimal(0))
    words = ngettext("%(count)d entry, %(sum)s in all", "%(count)d entries, %(sum)s in all", len(rows))
    return words % {"count": len(rows), "sum": money_text(total, currency)}


def _money(text: Any, currency: str) -> str:
    return money_text(Decimal(str(text)), currency)


def _decimal(text: Any) -> str:
    value = Decimal(str(text))
    return number(value, 0 if value == value.to_integral_value() else 2)


# --- Findings and kinds of support ----------------------------------------------------------------
def finding_rows(check: EligibilityCheck, open_findings: Sequence[OpenFinding] = ()) -> list[FindingRow]:
    """What keeps the firm out first."""
    order = {"fail": 0, "refer": 1}
    stated = {each.rule: each for each in open_findings}
    rows = []
    for finding in sorted(check.findings, key=lambda each: order.get(each.get("outcome", ""), 2)):
        label, colour = OUTCOMES.get(finding.get("outcome", ""), (finding.get("outcome", ""), "grey"))
        rule = finding.get("rule", "")
        rows.append(
            FindingRow(
                rule, str(RULE_NAMES.get(rule, rule)), str(label), colour, finding.get("reason", ""),
                finding.get("value") or "", finding.get("limit") or "", finding.get("source"), stated.get(rule),
            )
        )  # fmt: skip
    return rows


def instrument_names(case: Case) -> dict[str, str]:
    return dict(Instrument.objects.filter(programme=case.programme_id).values_list("slug", "name"))


def strand_rows(check: EligibilityCheck, names: Mapping[str, str]) -> list[StrandRow]:
    rows = []
    for strand in check.strands:
        label, colour = STRAND_OUTCOMES.get(strand["outcome"], (strand["outcome"], "grey"))
        name = names.get(strand["instrument"], strand["instrument"])
        rows.append(StrandRow(name, str(label), colour, list(strand.get("missing") or [])))
    return rows


# --- What a later check changes -------------------------------------------------------------------
def rule_changes(before: EligibilityCheck, after: EligibilityCheck) -> list[Change]:
    """Rule by rule, those that changed first."""
    old = {row.rule: row for row in finding_rows(before)}
    new = {row.rule: row for row in finding_rows(after)}
    rows = []
    for rule in {**new, **old}:
        before_row, after_row = old.get(rule), new.get(rule)
        name = (after_row or old[rule]).name
        rows.append(Change(name, _told(before_row), _told(after_row), _verdict(before_row) != _verdict(after_row)))
    return _changed_first(rows)


def _verdict(row: FindingRow | None) -> tuple[str, ...]:
    """What makes a finding another one; the sentence around it may name another place to go."""
    return (row.colour, row.value, row.limit) if row else ()


def _told(row: FindingRow | None) -> str:
    if row is None:
        return ""
    parts = [f"{row.label}: {row.reason}"]
    parts += [_("Given: %(value)s.") % {"value": row.value}] if row.value else []
    parts += [_("Limit: %(limit)s.") % {"limit": row.limit}] if row.limit else []
    return " ".join(parts)


def fact_changes(before: EligibilityCheck, after: EligibilityCheck, currency: str) -> list[Change]:
    old, new = fact_texts(before, currency), fact_texts(after, currency)
    return _changed_first(
        [Change(str(name), old[key], new[key], old[key] != new[key]) for key, name in FACT_NAMES.items()]
    )


def strand_changes(before: EligibilityCheck, after: EligibilityCheck, names: Mapping[str, str]) -> list[Change]:
    old, new = ({row.name: row for row in strand_rows(check, names)} for check in (before, after))
    rows = []
    for name in {**new, **old}:
        told = _strand(old.get(name)), _strand(new.get(name))
        rows.append(Change(name, *told, told[0] != told[1]))
    return _changed_first(rows)


def _strand(row: StrandRow | None) -> str:
    return " ".join([f"{row.label}.", *row.missing]) if row else ""


def _changed_first(rows: list[Change]) -> list[Change]:
    return sorted((row for row in rows if row.before or row.after), key=lambda row: not row.is_changed)


# --- What to look at twice ------------------------------------------------------------------------
def warnings(case: Case) -> list[str]:
    """What does not fit together, in a sentence each; nothing of it decides."""
    facts, firm = case.check_result.facts, case.organisation
    found = []
    postcode, authority = facts.get("postcode"), facts.get("local_authority")
    if postcode and authority and places.contradicts(postcode, authority, case.programme.country):
        place = places.places().get(authority)
        found.append(
            _("The postcode %(postcode)s does not lie in %(place)s, which the firm named. Ask where the work happens.")
            % {"postcode": postcode, "place": place.name if place else authority}
        )
    register = firm.register or {}
    if register.get("status") and register["status"] not in TRADING:
        words = {"status": status_words(register)}
        found.append(_("The company register says of this firm: %(status)s.") % words)
    return found

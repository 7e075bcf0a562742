"""What an adviser needs at a glance beside a case: who, how large, where, and what the check found."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from applications.models import Case
from casework.story import Story
from eligibility.wording import RULE_NAMES
from organisations.models import Organisation
from portal.money import money_text
from portal.templatetags.portal_tags import number

SIZES = {
    "micro": gettext_lazy("Micro"),
    "small": gettext_lazy("Small"),
    "medium": gettext_lazy("Medium"),
    "not_sme": gettext_lazy("Not an SME"),
}
OUTCOMES = {
    "pass": (gettext_lazy("Passes"), "green"),
    "fail": (gettext_lazy("Fails"), "red"),
    "refer": (gettext_lazy("Ask"), "yellow"),
}


@dataclass(frozen=True)
class Finding:
    """One rule of the eligibility check as it was frozen: reason in words, what was given, what the limit is."""

    name: str
    reason: str
    value: str
    limit: str
    label: str
    colour: str


@dataclass(frozen=True)
class Block:
    title: str
    rows: list[dict[str, str]]


def blocks(story: Story) -> list[Block]:
    case = story.case
    return [
        Block(_("Contact"), _contact(case)),
        Block(_("Firm"), _firm(case)),
        Block(_("Size"), _size(case)),
    ]


def findings(case: Case) -> list[Finding]:
    found = []
    for finding in sorted(case.check_result.findings, key=lambda each: each.get("outcome") == "pass"):
        label, colour = OUTCOMES.get(finding.get("outcome", ""), (finding.get("outcome", ""), "grey"))
        rule = finding.get("rule", "")
        found.append(
            Finding(
                name=str(RULE_NAMES.get(rule, rule)),
                reason=finding.get("reason", ""),
                value=finding.get("value") or "",
                limit=finding.get("limit") or "",
                label=str(label),
                colour=colour,
            )
        )
    return found


def _row(key: str, value: Any, url: str = "") -> dict[str, str]:
    return {"key": key, "value": str(value) if value else "", "url": url}


def _contact(case: Case) -> list[dict[str, str]]:
    dialled = "".join(character for character in case.contact_phone if character.isdigit() or character == "+")
    return [
        _row(_("Name"), ", ".join(filter(None, [case.contact_name, case.contact_role]))),
        _row(_("Phone"), case.contact_phone, f"tel:{dialled}" if dialled else ""),
        _row(_("Email"), case.contact_email, f"mailto:{case.contact_email}" if case.contact_email else ""),
    ]


def _firm(case: Case) -> list[dict[str, str]]:
    firm = case.organisation
    address = ", ".join(firm.address.splitlines())
    place = address if firm.postcode in address else ", ".join(filter(None, [address, firm.postcode]))
    rows = [
        _row(_("Kind"), Organisation.LegalForm(firm.legal_form).label),
        _row(_("Number"), firm.company_number),
        _row(_("Place"), place),
        _row(_("Sector (SIC)"), ", ".join(firm.sic_codes)),
    ]
    return [*rows, _row(_("Website"), firm.website, firm.website)] if firm.website else rows


def _size(case: Case) -> list[dict[str, str]]:
    said, currency = case.check_result.facts, case.programme.currency
    category = SIZES.get(case.check_result.size.get("category", ""), pgettext("size of a firm", "Not known"))
    return [
        _row(_("Category"), category),
        _row(_("People"), _figure(said.get("employees"))),
        _row(_("Turnover"), _money(said.get("turnover"), currency)),
        _row(_("Balance sheet"), _money(said.get("balance_sheet"), currency)),
    ]


def _figure(text: str | None) -> str:
    """A headcount in annual work units, without idle decimals."""
    if text is None:
        return ""
    value = Decimal(str(text)).normalize()
    return number(value, 0 if value == value.to_integral_value() else 2)


def _money(text: str | None, currency: str) -> str:
    return "" if text is None else money_text(Decimal(str(text)), currency)

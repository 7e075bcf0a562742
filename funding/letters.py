"""The words of an offer, frozen: what the approver signs, the firm accepts and the letter prints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from string import Template
from typing import Any

from django.utils import formats, translation
from django.utils.translation import gettext as _

from accounts.models import User
from funding.models import GrantApplication
from funding.wording import percent_text
from portal.money import money_text
from programmes.models import Text


def day(value: date) -> str:
    return formats.date_format(value, "j F Y")


def title(application: GrantApplication) -> str:
    with translation.override(application.case.language):
        return _("Offer of a grant: %(project)s") % {"project": application.title}


def offer(
    application: GrantApplication, *, amount: Decimal, accept_by: date, conditions: Iterable[str], at: datetime
) -> dict[str, Any]:
    """The whole offer as plain JSON, in the firm's language; its fingerprint is what is accepted."""
    case = application.case
    currency = application.call.currency
    eligible = Decimal(application.quote["eligible"])
    facts: dict[str, Any] = {
        "reference": application.reference,
        "firm": case.organisation.name,
        "project": application.title,
        "call": application.call.name,
        "amount": str(amount),
        "currency": currency,
        "eligible": str(eligible),
        "percent": str((amount * 100 / eligible).quantize(Decimal("0.01"), ROUND_HALF_UP)),
        "offered_on": case.programme.local_date(at).isoformat(),
        "accept_by": accept_by.isoformat(),
        "starts_on": application.starts_on.isoformat() if application.starts_on else None,
        "ends_on": application.ends_on.isoformat() if application.ends_on else None,
    }
    with translation.override(case.language):
        own = [line.strip() for line in conditions if line.strip()]
        facts["conditions"] = [*_conditions(application, amount), *own]
        facts["aid_statement"] = aid_statement(application, amount, at=at)
    return facts


def _conditions(application: GrantApplication, amount: Decimal) -> list[str]:
    """The manager's conditions (text `offer.conditions`, one a line) where there are some, else the portal's."""
    facts = {
        "amount": money_text(amount, application.call.currency),
        "eligible": money_text(Decimal(application.quote["eligible"]), application.call.currency),
        "ends_on": day(application.ends_on) if application.ends_on else "",
    }
    text = Text.objects.filter(
        programme=application.case.programme, key="offer.conditions", language=application.case.language
    ).first()
    if text:
        return [Template(line).safe_substitute(facts) for line in text.body.splitlines() if line.strip()]
    return [
        _("Spend the grant only on the costs in your application. Ask us before you change anything."),
        _("Do not order, sign or pay for anything before you have accepted this offer."),
        _("Finish the project by %(ends_on)s.") % facts,
        _(
            "Pay your suppliers first, then claim. We need the invoices and proof that you have paid them. If you "
            "spend less than %(eligible)s, the grant falls in proportion."
        )
        % facts,
        _("Tell us of any other public money for the same costs."),
        _("Keep this letter, the invoices and the proof of payment for at least 10 years."),
        _("Let us measure what has changed, 12 months after the project ends."),
    ]


def aid_statement(application: GrantApplication, amount: Decimal, *, at: datetime) -> str:
    """What the law wants the firm to be told before it confirms; empty where the programme has no aid rule.

    Subsidy Control Act 2022 s.37: that the help is Minimal Financial Assistance, its gross amount, and a request to
    confirm that the limit is kept. Regulation (EU) 2023/2831 Article 7: the amount, and that it is de minimis aid.
    """
    case = application.case
    rule = case.programme.terms_on(case.programme.local_date(at)).eligibility.get("aid")
    if not rule:
        return ""
    facts = {
        "amount": money_text(amount, application.call.currency),
        "limit": money_text(Decimal(rule["limit"]), application.call.currency),
    }
    if rule["basis"] == "mfa":
        return (
            _(
                "This grant would be Minimal Financial Assistance under section 36 of the Subsidy Control Act 2022. "
                "Its gross amount is %(amount)s. By accepting you confirm that, with it, your firm and the firms in "
                "its group will have had no more than %(limit)s of such help in this financial year and the two "
                "before it. Keep a record of it for at least three years."
            )
            % facts
        )
    return (
        _(
            "This grant would be de minimis aid under Regulation (EU) 2023/2831. Its gross amount is %(amount)s. By "
            "accepting you confirm that, with it, your firm and the firms linked to it will have had no more than "
            "%(limit)s of such aid in any three years."
        )
        % facts
    )


def letter_context(application: GrantApplication, offer: dict[str, Any], *, by: User, at: datetime) -> dict[str, Any]:
    """What the letter prints, every sum in words of the firm's language and every date as ISO text."""
    case = application.case
    firm = case.organisation
    address = [line.strip() for line in firm.address.splitlines() if line.strip()]
    if firm.postcode and firm.postcode not in firm.address:
        address.append(firm.postcode)
    with translation.override(case.language):
        return {
            "brand": case.programme.branding,
            "sender": [case.programme.contact_email],
            "recipient": [line for line in (case.contact_name, firm.name, *address) if line],
            "firm": firm.name,
            "date": case.programme.local_date(at).isoformat(),
            "signed_by": by.get_full_name(),
            **{name: offer[name] for name in ("reference", "project", "call", "accept_by", "starts_on", "ends_on")},
            **{name: offer[name] for name in ("conditions", "aid_statement")},
            "amount": money_text(Decimal(offer["amount"]), offer["currency"]),
            "eligible": money_text(Decimal(offer["eligible"]), offer["currency"]),
            "percent": percent_text(Decimal(offer["percent"])),
        }

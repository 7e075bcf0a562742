"""The words of an offer, frozen: what the approver signs, the firm accepts and the letter prints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from string import Template
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from applications.actions import working_days_after
from applications.models import Case
from funding.models import Award, GrantApplication, Partner, Variation
from funding.wording import percent_text
from portal.dates import long_date
from portal.money import money_text
from programmes.models import Programme, Text
from programmes.wording import CATEGORY_NAMES

DAYS_TO_REGISTER = 20
"""Working days after the day of granting by which de minimis aid is in the register (Regulation 2023/2831 Art. 6)."""
YEARS_TO_KEEP = 3
"""How long the firm keeps its record (Subsidy Control Act 2022 s.37)."""


def title(application: GrantApplication) -> str:
    with translation.override(application.case.language):
        return _("Offer of a grant: %(project)s") % {"project": application.title}


def offer(
    application: GrantApplication,
    *,
    amount: Decimal,
    accept_by: date,
    conditions: Iterable[str],
    budget: Iterable[dict[str, Any]],
    at: datetime,
) -> dict[str, Any]:
    """The whole offer as plain JSON, in the firm's language; its fingerprint is what is accepted.

    `conditions` of this offer alone follow the usual ones and are kept in `extra` too; `budget` is as in Award.
    """
    case = application.case
    currency = application.call.currency
    eligible = Decimal(application.quote["eligible"])
    facts: dict[str, Any] = {
        "reference": application.reference,
        "firm": case.organisation.name,
        "project": application.title,
        "amount": str(amount),
        "currency": currency,
        "eligible": str(eligible),
        "percent": str((amount * 100 / eligible).quantize(Decimal("0.01"), ROUND_HALF_UP)),
        "accept_by": accept_by.isoformat(),
        "starts_on": application.starts_on.isoformat() if application.starts_on else None,
        "ends_on": application.ends_on.isoformat() if application.ends_on else None,
    }
    with translation.override(case.language):
        facts["call"] = application.call.local_name
        own = [line.strip() for line in conditions if line.strip()]
        facts["conditions"] = [*_conditions(application, amount), *own]
        facts["extra"] = own
        facts["opening"] = _own_text(application, "offer.opening", amount)
        facts["budget"] = list(budget)
        its_own = sum((Decimal(row["grant"]) for row in facts["budget"] if row["partner"] is None), Decimal(0))
        is_part = any(row["partner"] for row in facts["budget"])
        facts |= aid_words(case, case.organisation.name, its_own if is_part else amount, is_part=is_part, at=at)
    return facts


def _own_text(application: GrantApplication, key: str, amount: Decimal) -> str:
    """A manager's words for offers of this call, else of the programme, with the offer's facts filled in; or none."""
    keys = [f"call.{application.call.slug}.{key}", key]
    case = application.case
    texts = Text.objects.filter(programme=case.programme, key__in=keys, language=case.language).exclude(body="")
    bodies = {text.key: text.body for text in texts}
    body = next((bodies[name] for name in keys if name in bodies), "")
    return Template(body).safe_substitute(_facts(application, amount))


def _facts(application: GrantApplication, amount: Decimal) -> dict[str, str]:
    return {
        "amount": money_text(amount, application.call.currency),
        "eligible": money_text(Decimal(application.quote["eligible"]), application.call.currency),
        "ends_on": long_date(application.ends_on) if application.ends_on else "",
        "project": application.title,
    }


def _conditions(application: GrantApplication, amount: Decimal) -> list[str]:
    """The manager's conditions (text `offer.conditions`, one a line) where there are some, else the portal's."""
    if body := _own_text(application, "offer.conditions", amount):
        return [line.strip() for line in body.splitlines() if line.strip()]
    facts = _facts(application, amount)
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


def aid_words(case: Case, firm: str, amount: Decimal, *, is_part: bool = False, at: datetime) -> dict[str, str]:
    """What the firm or partner of that name must be told (`aid_statement`) and confirm (`aid_confirmation`) before.

    Both empty where the programme has no aid rule. Subsidy Control Act 2022 s.37: that the help is Minimal Financial
    Assistance, its gross amount, and a request to confirm that the limit is kept. Regulation (EU) 2023/2831
    Article 7: the amount, and that it is de minimis aid.
    """
    rule = case.programme.terms_on(case.programme.local_date(at)).eligibility.get("aid")
    if not rule:
        return {"aid_statement": "", "aid_confirmation": ""}
    facts = {
        "amount": money_text(amount, case.programme.currency),
        "limit": money_text(Decimal(rule["limit"]), case.programme.currency),
        "firm": firm,
    }
    if rule["basis"] == "mfa":
        statement = _(
            "This grant would be Minimal Financial Assistance under section 36 of the Subsidy Control Act 2022. "
            "Its gross amount is %(amount)s. Before we can give it you must confirm in writing that, with it, your "
            "firm and the firms in its group will have had no more than %(limit)s of such help in this financial "
            "year and the two before it. Keep a record of it for at least three years."
        )
        confirmation = _(
            "I confirm in writing that, with this grant of %(amount)s, %(firm)s and the firms in its group will have "
            "had no more than %(limit)s of Minimal Financial Assistance, and of other help that counts towards this "
            "limit, in this financial year and the two before it"
        )
    else:
        statement = _(
            "This grant would be de minimis aid under Regulation (EU) 2023/2831. Its gross amount is %(amount)s. "
            "Before we can give it you must declare in writing that, with it, your firm and the firms linked to it "
            "will have had no more than %(limit)s of such aid in any three years. It will be entered in a public "
            "register."
        )
        confirmation = _(
            "I declare in writing that, with this grant of %(amount)s, %(firm)s and the firms linked to it will have "
            "had no more than %(limit)s of de minimis aid in any three years"
        )
    if is_part:
        part = _("Your own part of the grant is %(amount)s, and what follows is about this part alone.")
        statement = f"{part} {statement}"
    return {"aid_statement": statement % facts, "aid_confirmation": confirmation % facts}


def frame(case: Case, on: date) -> dict[str, Any]:
    """Head of a letter: who writes to whom, on which day; call while the firm's language is active."""
    firm = case.organisation
    address = [line.strip() for line in firm.address.splitlines() if line.strip()]
    if firm.postcode and firm.postcode not in firm.address:
        address.append(firm.postcode)
    return {
        "brand": case.programme.branding | {"name": case.programme.local_name},
        "sender": [case.programme.contact_email],
        "recipient": [line for line in (case.contact_name, firm.name, *address) if line],
        "firm": firm.name,
        "date": on.isoformat(),
    }


def letter_context(application: GrantApplication, offer: dict[str, Any], *, by: User, at: datetime) -> dict[str, Any]:
    """What the letter prints, every sum in words of the firm's language and every date as ISO text."""
    case = application.case
    with translation.override(case.language):
        return {
            **frame(case, case.programme.local_date(at)),
            "signed_by": by.get_full_name(),
            **{name: offer[name] for name in ("reference", "project", "call", "accept_by", "starts_on", "ends_on")},
            **{name: offer[name] for name in ("conditions", "aid_statement", "opening")},
            "before_start": offer.get("before_start", []),
            "budget": _budget_rows(offer),
            "amount": money_text(Decimal(offer["amount"]), offer["currency"]),
            "eligible": money_text(Decimal(offer["eligible"]), offer["currency"]),
            "percent": percent_text(Decimal(offer["percent"])),
        }


def _budget_rows(offer: dict[str, Any]) -> list[dict[str, str]]:
    """Costs and grant by kind, all who take part together, in words; empty where there is one kind alone."""
    sums: dict[str, list[Decimal]] = {}
    for row in offer["budget"]:
        found = sums.setdefault(row["category"], [Decimal(0), Decimal(0)])
        found[0] += Decimal(row["eligible"])
        found[1] += Decimal(row["grant"])
    if len(sums) < 2:
        return []
    currency = offer["currency"]
    return [
        {
            "name": str(CATEGORY_NAMES[kind]),
            "eligible": money_text(eligible, currency),
            "grant": money_text(grant, currency),
        }
        for kind, (eligible, grant) in sums.items()
    ]


def aid_title(award: Award) -> str:
    with translation.override(award.application.case.language):
        return _("Confirmation of public support: %(project)s") % {"project": award.application.title}


def aid_context(award: Award, *, on: date) -> dict[str, Any]:
    """What our confirmation prints: on which basis, how much, given when, kept until when.

    `confirmed_by`, `confirmed_on` and `words` are the firm's own confirmation.
    """
    case = award.application.case
    with translation.override(case.language):
        return {
            **frame(case, on),
            **_aid_given(award, award.own_amount, on),
            **_confirmed(award, case.programme),
            "signed_by": award.offered_by.get_full_name(),
        }


def _aid_given(award: Award, amount: Decimal, on: date) -> dict[str, str]:
    return {
        "reference": award.application.reference,
        "basis": award.aid_basis,
        "project": award.application.title,
        "call": award.call.local_name,
        "amount": money_text(amount, award.currency),
        "given_on": on.isoformat(),
        "keep_until": years_after(on, YEARS_TO_KEEP).isoformat(),
        "register_by": working_days_after(on, DAYS_TO_REGISTER).isoformat(),
    }


def _confirmed(by: Award | Partner, programme: Programme) -> dict[str, str]:
    """The written confirmation of the firm, or of a partner."""
    return {
        "words": by.aid_words,
        "confirmed_by": by.aid_confirmed_by.get_full_name() if by.aid_confirmed_by else "",
        "confirmed_on": programme.local_date(by.aid_confirmed_at).isoformat() if by.aid_confirmed_at else "",
    }


def partner_notice_title(partner: Partner) -> str:
    with translation.override(language_of(partner)):
        return _("Public support for your part: %(project)s") % {"project": partner.application.title}


def language_of(partner: Partner) -> str:
    """That of the person who answers for the partner."""
    return partner.contact.language if partner.contact else partner.application.case.language


def partner_notice(partner: Partner, award: Award, amount: Decimal, *, by: User, at: datetime) -> dict[str, Any]:
    """What our letter to a partner prints before it is given anything: that its part of the grant would be small aid,
    how much, and what it has to confirm (`aid_statement`, `aid_confirmation`), and until when where there is a day."""
    application = award.application
    case = application.case
    with translation.override(language_of(partner)):
        return {
            **_to_partner(partner, case, case.programme.local_date(at)),
            **aid_words(case, partner.name, amount, is_part=True, at=at),
            "reference": application.reference,
            "project": application.title,
            "call": award.call.local_name,
            "lead": case.organisation.name,
            "amount": money_text(amount, award.currency),
            "accept_by": award.accept_by.isoformat() if award.status == Award.Status.OFFERED else None,
            "signed_by": by.get_full_name(),
        }


def partner_aid_context(partner: Partner, award: Award, amount: Decimal, *, on: date, by: User) -> dict[str, Any]:
    """As aid_context, of a partner's own part of the grant."""
    case = award.application.case
    with translation.override(language_of(partner)):
        return {
            **_to_partner(partner, case, on),
            **_aid_given(award, amount, on),
            **_confirmed(partner, case.programme),
            "signed_by": by.get_full_name(),
        }


def _to_partner(partner: Partner, case: Case, on: date) -> dict[str, Any]:
    """Head of a letter to a partner."""
    person = partner.contact.get_full_name() if partner.contact else ""
    return {
        **frame(case, on),
        "recipient": [line for line in (person, partner.name, partner.postcode) if line],
        "firm": partner.name,
    }


def variation_title(variation: Variation) -> str:
    with translation.override(variation.award.application.case.language):
        words = (
            _("End of your project: %(project)s")
            if variation.by_programme
            else _("Change to your project: %(project)s")
        )
        return words % {"project": variation.award.application.title}


def variation_context(
    variation: Variation, changes: list[dict[str, str]], *, appeal_by: date | None = None, by: User, at: datetime
) -> dict[str, Any]:
    """What the letter about a change prints: what was asked (`changes`: {name, before, after}), whether we agree,
    our words, and the grant in force from now on; of an end that staff began why, and the last day to appeal."""
    award = variation.award
    case = award.application.case
    with translation.override(case.language):
        return {
            **frame(case, case.programme.local_date(at)),
            "reference": award.application.reference,
            "project": award.application.title,
            "agreed": variation.status == variation.Status.AGREED,
            "kind": str(variation.Kind(variation.kind).label),
            "ended_because": variation.reason if variation.by_programme else "",
            "appeal_by": appeal_by.isoformat() if appeal_by else None,
            "asked_on": case.programme.local_date(variation.asked_at).isoformat(),
            "changes": changes,
            "answer": variation.answer,
            "grant": money_text(award.committed, award.currency),
            "signed_by": by.get_full_name(),
        }


def years_after(day: date, years: int) -> date:
    """The same day `years` later; 28 February for a 29th that is not there."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)

"""An award as small aid: what the group's limit leaves for it, and its place in the ledger.

The steps of Minimal Financial Assistance (Subsidy Control Act 2022 s.37) are a gate, each with time, document and
person: the offer letter notifies, the firm confirms in writing, only then is the award given, and a letter confirms
it. De minimis aid (Regulation (EU) 2023/2831 Articles 6 and 7) goes the same way and into a public register.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from applications.actions import working_days_after
from applications.models import Case
from documents import actions as documents
from eligibility import ledger
from funding import letters
from funding.models import Award, GrantApplication
from organisations.models import AidRecord
from portal.models import Event


def rule_of(case: Case, on: date) -> dict[str, Any] | None:
    """The programme's aid rule ({basis, limit}) in force on `on`; None when it has none."""
    rule: dict[str, Any] | None = case.programme.terms_on(on).eligibility.get("aid")
    return rule


def left(case: Case, on: date, *, without: str = "", members: Collection[int] | None = None) -> Decimal | None:
    """The most that the rule lets the firm's group (`members` where known) still have on `on`; None without a rule."""
    rule = rule_of(case, on)
    return None if rule is None else _left(case, rule, on, without=without, members=members)


def _left(
    case: Case, rule: dict[str, Any], on: date, *, without: str = "", members: Collection[int] | None = None
) -> Decimal:
    currency = case.programme.currency
    return ledger.most_left(case.organisation, rule, on, currency=currency, without=without, members=members)


def known_left(case: Case, on: date) -> Decimal | None:
    """The same for a quote: None while nothing is on record and nobody has said that this is all.

    A quote says that the limit is kept; what was never told gives no such pass.
    """
    rule = rule_of(case, on)
    if rule is None:
        return None
    most = _left(case, rule, on)
    return most if most < Decimal(rule["limit"]) or is_told(case, on) else None


def is_told(case: Case, on: date) -> bool:
    """Whether the firm, or somebody for it, said that the aid on record is all."""
    return ledger.is_told(case.organisation, on)


def record_of(application: GrantApplication) -> AidRecord | None:
    """The ledger's entry for the application's award."""
    awarded = AidRecord.objects.filter(source=AidRecord.Source.AWARD, reference=application.reference)
    return awarded.first()


def reserve(award: Award, *, by: User, at: datetime) -> None:
    """Hold the offered amount; call under the group's lock."""
    case = award.application.case
    ledger.reserve(
        case.organisation, basis=award.aid_basis or AidRecord.Basis.OTHER, amount=award.amount,
        currency=award.currency, on=case.programme.local_date(at), given_by=case.programme.name,
        reference=award.application.reference, programme_slug=case.programme.slug, by=by, at=at,
    )  # fmt: skip


def give(award: Award, *, by: User, at: datetime) -> None:
    """The accepted award counts from the day of acceptance, and its confirmation letter is owed."""
    application = award.application
    case = application.case
    on = case.programme.local_date(at)
    register_by = working_days_after(on, letters.DAYS_TO_REGISTER)
    ledger.give(application.reference, on=on, country=case.programme.country, register_by=register_by)
    if not award.aid_basis:
        return
    ledger.state_all(
        case.organisation, on=on, by_firm=True, wording=award.aid_words, reference=application.reference, by=by, at=at
    )
    letter = documents.request_document(
        template="funding/pdf/aid_confirmation.html", context=letters.aid_context(award, on=on),
        title=letters.aid_title(award), language=case.language,
        file_name=f"public-support-{case.reference}-{application.number}.pdf", at=at,
    )  # fmt: skip
    award.keep_aid_letter(letter)
    Event.objects.record(award, kind="award.aid_confirmed", by=by, at=at, data={"basis": award.aid_basis})

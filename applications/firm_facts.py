"""What an adviser records of a firm's figures, owners and earlier aid. Nothing of it is ever overwritten."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction

from accounts.models import User
from applications.models import Case
from eligibility import ledger
from organisations import groups
from organisations.models import AidRecord, AidStatement, Organisation, Ownership, SizeDeclaration
from portal.models import Event

_CENT = Decimal("0.01")


@transaction.atomic(durable=True)
def declare_size(*, case: Case, figures: dict[str, Any], by: User, at: datetime) -> SizeDeclaration:
    """Keep a period's figures in the programme's currency, with their euro value at the rate of the day.

    `figures` has employees, turnover, balance_sheet, period_end, months, source and in_group. The same figures said
    twice running are one declaration.
    """
    firm, currency = case.organisation, case.programme.currency
    Organisation.objects.select_for_update().only("pk").get(pk=firm.pk)
    last = firm.size_declarations.order_by("-pk").first()
    if last and all(getattr(last, name) == value for name, value in {**figures, "currency": currency}.items()):
        return last
    rate = ledger.rate_of(currency, case.programme.local_date(at))
    euro: dict[str, Any] = {}
    if rate:
        euro = {"euro_rate": rate.rate, "euro_rate_source": rate.source[:200]}
        euro["euro_rate_as_of"] = date.fromisoformat(rate.as_of) if rate.as_of else None
        for name in ("turnover", "balance_sheet"):
            amount = figures[name]
            euro[f"{name}_eur"] = None if amount is None else (amount * rate.rate).quantize(_CENT, ROUND_HALF_UP)
    made = SizeDeclaration.objects.create(
        organisation=firm, currency=currency, declared_at=at, declared_by_id=by.pk, **figures, **euro
    )
    Event.objects.record(case, kind="firm.size_declared", by=by, at=at, staff_only=True)
    return made


@transaction.atomic(durable=True)
def record_owner(*, case: Case, values: dict[str, Any], by: User, at: datetime) -> Ownership:
    """Keep who owns whom from now on; `values` are Ownership's own columns but for the other side's row.

    A number that is known here ties both rows, under the lock of both. The same share said twice is one row.
    """
    firm, number = case.organisation, values["other_number"]
    other = Organisation.objects.filter(country=firm.country, company_number=number).first() if number else None
    groups.lock({firm.pk, *([other.pk] if other else [])})
    said = {**values, "other": other, "currency": case.programme.currency}
    same = firm.ownerships.current().filter(**said).first()
    if same:
        return same
    made = Ownership.objects.create(firm=firm, recorded_at=at, recorded_by_id=by.pk, **said)
    Event.objects.record(case, kind="firm.owner_recorded", by=by, at=at, note=made.name, staff_only=True)
    return made


@transaction.atomic(durable=True)
def end_owner(*, case: Case, row: Ownership, last_day: date | None, by: User, at: datetime) -> bool:
    """End a row on its last day, or strike it out as a mistake; False when it had ended already."""
    groups.lock({row.firm_id, *([row.other_id] if row.other_id else [])})
    ended = row.end(by_id=by.pk, at=at, last_day=last_day)
    if ended:
        Event.objects.record(case, kind="firm.owner_ended", by=by, at=at, note=row.name, staff_only=True)
    return ended


@transaction.atomic(durable=True)
def declare_aid(*, case: Case, values: dict[str, Any], key: uuid.UUID, by: User, at: datetime) -> AidRecord:
    """Keep aid that the firm had elsewhere: amount, currency, on, basis, given_by. A repeat gives the same entry."""
    reference = f"told:{key}"
    before = AidRecord.objects.filter(organisation=case.organisation, reference=reference).exists()
    made = ledger.declare(case.organisation, reference=reference, by=by, at=at, **values)
    if not before:
        Event.objects.record(case, kind="firm.aid_declared", by=by, at=at, note=made.given_by, staff_only=True)
    return made


@transaction.atomic(durable=True)
def state_all_aid(*, case: Case, wording: str, by: User, at: datetime) -> AidStatement:
    """Keep that the firm told its adviser that this is all; once a day is enough."""
    firm, on = case.organisation, case.programme.local_date(at)
    Organisation.objects.select_for_update().only("pk").get(pk=firm.pk)
    today = firm.aid_statements.filter(on=on, stated_by_id=by.pk).order_by("-pk").first()
    newer = AidRecord.objects.filter(organisation=firm, recorded_at__gt=today.stated_at) if today else None
    if today and newer is not None and not newer.exists():
        return today
    Event.objects.record(case, kind="firm.aid_complete", by=by, at=at, staff_only=True)
    return ledger.state_all(firm, on=on, by_firm=False, wording=wording, reference=case.reference, by=by, at=at)


@transaction.atomic(durable=True)
def strike_aid(*, case: Case, record: AidRecord, reason: str, by: User, at: datetime) -> None:
    """Take a wrong entry out of the sums. Raises ledger.UnableToStrike for an award's own entry."""
    ledger.strike(record, reason=reason, by=by, at=at)
    Event.objects.record(case, kind="firm.aid_struck", by=by, at=at, note=reason, staff_only=True)

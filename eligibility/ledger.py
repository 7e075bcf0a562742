"""What small aid a firm's group has had and may still have: every programme's awards and what firms told of others.

Counted under two limits side by side: the British Minimal Financial Assistance and the European de minimis aid. Who
writes here holds the group's lock (organisations.groups), so that two programmes never give the same pound twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from eligibility import headroom
from eligibility.headroom import Aid, Headroom
from eligibility.models import EligibilityCheck
from organisations import groups
from organisations.models import AidRecord, AidStatement, Organisation
from programmes.models import ProgrammeVersion

# Subsidy Control Act 2022 s.36; Regulation (EU) 2023/2831 Article 3. A programme's own rule may say another limit.
LIMITS = {"mfa": Decimal(315_000), "de_minimis": Decimal(300_000)}
CURRENCIES = {"mfa": "GBP", "de_minimis": "EUR"}
REGISTERS = {"IT": "RNA", "ES": "BDNS"}
"""The national registers of de minimis aid; elsewhere it is the Union's own."""
EU_REGISTER = "EU"
_CENT = Decimal("0.01")
_LATER = "~"
"""Between an award's reference and the number of a later entry of it."""
_PARTNER = "+"
"""Between an award's reference and the id of a partner whose part of it the entry is."""


class UnableToStrike(Exception):
    """An award's own entry follows the award; only what was told can be struck out."""


@dataclass(frozen=True)
class Rate:
    """Euro for one unit of a currency, from the newest programme rules that name one."""

    rate: Decimal
    source: str
    as_of: str


@dataclass(frozen=True)
class Room:
    """The most that a group (ids in `members`) may still have; whether somebody said that what is recorded is all."""

    most: Decimal
    is_told: bool
    members: frozenset[int]


@dataclass(frozen=True)
class Ledger:
    """A group's aid on a day: `entries` newest first, what each limit leaves, who said last that this is all."""

    members: tuple[Organisation, ...]
    entries: tuple[AidRecord, ...]
    uk: Headroom
    eu: Headroom
    statement: AidStatement | None


def rate_of(currency: str, on: date) -> Rate | None:
    """The stored rate in force on `on`; None when no programme's rules have one."""
    if currency == "EUR":
        return Rate(Decimal(1), "", "")
    versions = ProgrammeVersion.objects.filter(
        programme__currency=currency, valid_from__lte=on, document__eligibility__has_key="euro_rate"
    )
    version = versions.order_by("-valid_from", "programme").first()
    if version is None:
        return None
    rules = version.eligibility
    said = rules.get("euro_rate_source") or {}
    return Rate(Decimal(rules["euro_rate"]), str(said.get("source", "")), str(said.get("as_of", "")))


def _converted(amount: Decimal, currency: str, on: date) -> dict[str, Any]:
    """The amount in pounds and in euro as AidRecord keeps them, with the rates used."""
    found: dict[str, Any] = {"rates": {}}
    own = rate_of(currency, on)
    for wanted, column in (("GBP", "amount_gbp"), ("EUR", "amount_eur")):
        if currency == wanted:
            found[column] = amount
            continue
        other = rate_of(wanted, on)
        if own is None or other is None:
            found[column] = None
            continue
        found[column] = (amount * own.rate / other.rate).quantize(_CENT, ROUND_HALF_UP)
        for name, used in ((currency, own), (wanted, other)):
            if name != "EUR":
                found["rates"][name] = {"rate": str(used.rate), "source": used.source, "as_of": used.as_of}
    return found


def _in(record: AidRecord, currency: str, rate: Rate | None) -> Decimal | None:
    """The record's amount in `currency` of that `rate`; None when it is not known or cannot be converted."""
    kept = {"GBP": record.amount_gbp, "EUR": record.amount_eur, record.currency: record.amount}
    if currency in kept:
        return kept[currency]
    if rate is None or record.amount_eur is None:
        return None
    return (record.amount_eur / rate.rate).quantize(_CENT, ROUND_HALF_UP)


# --- Reading ------------------------------------------------------------------------------------
def history(
    organisation: Organisation,
    on: date,
    *,
    currency: str,
    without: str = "",
    members: Collection[int] | None = None,
) -> list[Aid]:
    """Everything recorded for the firm's group of `on` that counts, oldest first, in `currency`.

    `without` leaves out one award's own reservation; `members` is the group where it is known (and locked) already.
    """
    ids = groups.members(organisation, on) if members is None else members
    records = AidRecord.objects.counting().filter(organisation__in=ids)
    if without:
        records = records.exclude(pk__in=with_partners(without))
    return _aid(records, currency, on)


def _aid(records: Any, currency: str, on: date) -> list[Aid]:
    return [aid for _organisation, aid in _whose(records, currency, on)]


def _whose(records: Any, currency: str, on: date) -> list[tuple[int, Aid]]:
    """The same, each with the id of the organisation that had it."""
    rate = None if currency in {"GBP", "EUR"} else rate_of(currency, on)
    return [
        (record.organisation_id, Aid(record.on, _in(record, currency, rate), record.basis or None))
        for record in records
    ]


def is_told(organisation: Organisation, on: date) -> bool:
    """Whether somebody has said, on or before `on`, that what is recorded is all."""
    return AidStatement.objects.filter(organisation=organisation, on__lte=on).exists()


def headroom_for(
    organisation: Organisation, rule: Mapping[str, Any], on: date, *, currency: str = "", without: str = ""
) -> Headroom:
    """What the rule ({basis, limit}) leaves the firm's group on `on`; unknown until somebody said that this is all.

    `currency` is the limit's (the basis's own unless given).
    """
    basis, limit = rule["basis"], Decimal(rule["limit"])
    past = None
    if is_told(organisation, on):
        past = history(organisation, on, currency=currency or CURRENCIES[basis], without=without)
    return headroom.headroom(past, basis=basis, limit=limit, on=on)


def most_left(
    organisation: Organisation,
    rule: Mapping[str, Any],
    on: date,
    *,
    currency: str = "",
    without: str = "",
    members: Collection[int] | None = None,
) -> Decimal:
    """What is left at most: the limit less what is recorded, whether or not that is all there was.

    An amount counts even when its day or its basis is not known.
    """
    past = history(
        organisation, on, currency=currency or CURRENCIES[rule["basis"]], without=without, members=members
    )  # fmt: skip
    return _left_at_most(past, rule, on)


def _left_at_most(past: Sequence[Aid], rule: Mapping[str, Any], on: date) -> Decimal:
    basis = rule["basis"]
    cautious = [Aid(aid.on or on, aid.amount or Decimal(0), aid.basis or basis) for aid in past]
    left = headroom.headroom(cautious, basis=basis, limit=Decimal(rule["limit"]), on=on).left
    return left or Decimal(0)


def rooms(
    organisations: Collection[int], rule: Mapping[str, Any], on: date, *, currency: str = "", without: str = ""
) -> dict[int, Room]:
    """What `most_left` says of each of these ids. Two queries however many they are."""
    told = Exists(AidStatement.objects.filter(organisation=OuterRef("pk"), on__lte=on))
    rows = groups.with_members(organisations, on).annotate(is_told=told)
    known = list(rows.values_list("pk", "member_ids", "is_told"))
    records = AidRecord.objects.counting().filter(organisation__in={pk for _pk, ids, _told in known for pk in ids})
    if without:
        records = records.exclude(pk__in=with_partners(without))
    past = _whose(records, currency or CURRENCIES[rule["basis"]], on)
    return {
        pk: Room(_left_at_most([aid for whose, aid in past if whose in ids], rule, on), is_told, frozenset(ids))
        for pk, ids, is_told in known
    }


def both(organisation: Organisation, on: date) -> Ledger:
    """The group's aid with what is left under both laws on any day; what was said later covers the days before it."""
    ids = groups.group_ids(organisation, on)
    records = list(AidRecord.objects.counting().filter(organisation__in=ids).select_related("organisation"))
    statement = AidStatement.objects.filter(organisation=organisation).order_by("-on", "-id").first()
    found = {
        basis: headroom.headroom(
            _aid(records, CURRENCIES[basis], on) if statement else None, basis=basis, limit=limit, on=on
        )
        for basis, limit in LIMITS.items()
    }
    members = Organisation.objects.filter(pk__in=ids).order_by("name", "pk")
    return Ledger(tuple(members), tuple(reversed(records)), found["mfa"], found["de_minimis"], statement)


# --- What firms tell ----------------------------------------------------------------------------
def declare(
    organisation: Organisation,
    *,
    amount: Decimal | None,
    currency: str,
    on: date | None,
    basis: str = "",
    given_by: str = "",
    reference: str = "",
    by: User | None,
    at: datetime,
) -> AidRecord:
    """Record aid that the firm had elsewhere; a repeat with the same `reference` gives the one recorded.

    None for amount or day, and an empty basis, mean not known. Call inside a transaction.
    """
    day = on or at.date()
    groups.lock_group(organisation, day)
    told = AidRecord.objects.filter(organisation=organisation, source=AidRecord.Source.DECLARED)
    if reference and (found := told.filter(reference=reference).first()):
        return found
    return AidRecord.objects.create(
        organisation=organisation, basis=basis, amount=amount, currency=currency, on=on, given_by=given_by,
        source=AidRecord.Source.DECLARED, state=AidRecord.State.GIVEN, reference=reference, recorded_at=at,
        recorded_by_id=by.pk if by else None, **(_converted(amount, currency, day) if amount is not None else {}),
    )  # fmt: skip


def strike(record: AidRecord, *, reason: str, by: User, at: datetime) -> None:
    """Take a wrong entry out of the sums; it stays to be read. Raises UnableToStrike for an award's own."""
    if record.source != AidRecord.Source.DECLARED:
        raise UnableToStrike(str(record))
    _release(AidRecord.objects.filter(pk=record.pk), reason=reason, by=by, at=at)


def state_all(
    organisation: Organisation, *, on: date, by_firm: bool, wording: str, reference: str = "", by: User, at: datetime
) -> AidStatement:
    """Record that `by`, of the firm or for it, said that the aid recorded up to `on` is all there was."""
    return AidStatement.objects.create(
        organisation=organisation, on=on, by_firm=by_firm, wording=wording, reference=reference, stated_at=at,
        stated_by_id=by.pk,
    )  # fmt: skip


def record_check(organisation: Organisation, check: EligibilityCheck, *, by: User, at: datetime) -> None:
    """Record what the firm told of earlier aid when it checked; call inside the transaction that joins it.

    Nothing is recorded twice: neither the same check, nor what an earlier check told already. Aid never told stays
    unknown.
    """
    told: Sequence[Mapping[str, Any]] | None = check.facts.get("aid_received")
    if told is None:
        return
    programme = check.programme
    checked_on = programme.local_date(check.created_at)
    groups.lock_group(organisation, checked_on)
    before = list(
        AidRecord.objects.filter(organisation=organisation, source=AidRecord.Source.DECLARED).exclude(
            state=AidRecord.State.RELEASED
        )
    )
    for index, entry in enumerate(told):
        on = date.fromisoformat(entry["date"]) if entry.get("date") else None
        amount = Decimal(entry["amount"]) if entry.get("amount") else None
        basis = entry.get("basis") or ""
        # A sum told without its days carries the day of the check; the next check's day is another.
        known = _same(before, amount, programme.currency, basis, on if on != checked_on else None)
        if known:
            before.remove(known)
            continue
        declare(
            organisation, amount=amount, currency=programme.currency, on=on, basis=basis,
            reference=f"check:{check.pk}:{index}", by=by, at=at,
        )  # fmt: skip
    if not AidStatement.objects.filter(organisation=organisation, reference=f"check:{check.pk}").exists():
        state_all(
            organisation, on=checked_on, by_firm=True, wording="", reference=f"check:{check.pk}", by=by, at=at
        )  # fmt: skip


def _same(
    before: Sequence[AidRecord], amount: Decimal | None, currency: str, basis: str, on: date | None
) -> AidRecord | None:
    """What was told already: the same sum on the same basis and, where both days are known, on the same day."""
    for record in before:
        if (record.amount, record.currency, record.basis) == (amount, currency, basis) and on in (None, record.on):
            return record
    return None


# --- What is awarded here -----------------------------------------------------------------------
def partner_reference(reference: str, partner: int) -> str:
    """What names a partner's part of the award with that reference."""
    return f"{reference}{_PARTNER}{partner}"


def with_partners(reference: str) -> QuerySet[AidRecord]:
    """An award's entries for the firm and for its partners."""
    parts = AidRecord.objects.filter(reference__startswith=f"{reference}{_PARTNER}", source=AidRecord.Source.AWARD)
    return _of_award(reference) | parts


def reserve(
    organisation: Organisation,
    *,
    basis: str,
    amount: Decimal,
    currency: str,
    on: date,
    given_by: str,
    reference: str,
    programme_slug: str,
    by: User,
    at: datetime,
) -> AidRecord:
    """Hold the amount of an offer for its firm; call under the group's lock, in the transaction of the offer."""
    return AidRecord.objects.create(
        organisation=organisation, basis=basis, amount=amount, currency=currency, on=on, given_by=given_by,
        source=AidRecord.Source.AWARD, state=AidRecord.State.RESERVED, reference=reference,
        programme_slug=programme_slug, recorded_at=at, recorded_by_id=by.pk, **_converted(amount, currency, on),
    )  # fmt: skip


def give(reference: str, *, on: date, country: str, register_by: date) -> None:
    """The right to the money has arisen on `on`; de minimis aid goes to the country's register by `register_by`."""
    for record in with_partners(reference):
        changes: dict[str, Any] = {"state": AidRecord.State.GIVEN, "on": on}
        if record.basis == AidRecord.Basis.DE_MINIMIS:
            changes |= {"register": REGISTERS.get(country, EU_REGISTER), "register_by": register_by}
        AidRecord.objects.filter(pk=record.pk).update(**changes)


def release(reference: str, *, reason: str, by: User | None, at: datetime) -> None:
    """An award ended: its aid no longer counts."""
    _release(with_partners(reference), reason=reason, by=by, at=at)


def lower(reference: str, *, to: Decimal, reason: str, by: User, at: datetime) -> None:
    """An award came to less than was given: the entry is released and one of the smaller sum follows it.

    The day of granting stays. Nothing is written where the award has no live entry or it is no larger than `to`.
    """
    record = _of_award(reference).exclude(state=AidRecord.State.RELEASED).first()
    if record is None or record.amount is None or to >= record.amount:
        return
    _release(AidRecord.objects.filter(pk=record.pk), reason=reason, by=by, at=at)
    if not to:
        return
    copied = ("organisation_id", "basis", "currency", "on", "given_by", "source", "programme_slug", "register")
    kept = {name: getattr(record, name) for name in (*copied, "register_by", "register_ref", "registered_at")}
    number = _of_award(reference).count() + 1
    AidRecord.objects.create(
        **kept, amount=to, state=record.state, reference=f"{reference}{_LATER}{number}", recorded_at=at,
        recorded_by_id=by.pk, **_converted(to, record.currency, record.on or at.date()),
    )  # fmt: skip


def _of_award(reference: str) -> QuerySet[AidRecord]:
    """An award's entries, newest last: the sum of its offer, and what it was lowered to."""
    named = Q(reference=reference) | Q(reference__startswith=f"{reference}{_LATER}")
    return AidRecord.objects.filter(named, source=AidRecord.Source.AWARD).order_by("id")


def _release(rows: Any, *, reason: str, by: User | None, at: datetime) -> None:
    rows.exclude(state=AidRecord.State.RELEASED).update(
        state=AidRecord.State.RELEASED, released_at=at, released_by_id=by.pk if by else None, release_reason=reason
    )


def enter_register(record: AidRecord, *, number: str, at: datetime) -> None:
    """Note the entry's number in the public register, once it is there."""
    AidRecord.objects.filter(pk=record.pk).update(register_ref=number, registered_at=at)

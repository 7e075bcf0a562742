"""An award as small aid: what the group's limit leaves for it, and its place in the ledger.

The steps of Minimal Financial Assistance (Subsidy Control Act 2022 s.37) are a gate, each with time, document and
person: the offer letter notifies, the firm confirms in writing, only then is the award given, and a letter confirms
it. De minimis aid (Regulation (EU) 2023/2831 Articles 6 and 7) goes the same way and into a public register.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from applications.actions import working_days_after
from applications.models import Case
from documents import actions as documents
from eligibility import ledger
from funding import letters
from funding.models import Award, GrantApplication, Partner
from organisations import groups
from organisations.models import AidRecord, Organisation
from portal.models import Event


def rule_of(case: Case, on: date) -> dict[str, Any] | None:
    """The programme's aid rule ({basis, limit}) in force on `on`; None when it has none."""
    rule: dict[str, Any] | None = case.programme.terms_on(on).eligibility.get("aid")
    return rule


def left(
    case: Case,
    on: date,
    *,
    without: str = "",
    members: Collection[int] | None = None,
) -> Decimal | None:
    """The most that the rule lets the firm's group (`members` where known) still have on `on`; None without a rule."""
    rule = rule_of(case, on)
    if rule is None:
        return None
    return ledger.most_left(
        case.organisation, rule, on, currency=case.programme.currency, without=without, members=members
    )


def rooms(
    case: Case, on: date, organisations: Collection[int], *, known: bool = False, without: str = ""
) -> dict[int, ledger.Room]:
    """The room that the rule leaves the group of each of these ids on `on`; nothing without a rule.

    With `known`, for a quote, one of which nothing is on record and nobody has said that this is all is left out: a
    quote says that the limit is kept, and what was never told gives no such pass.
    """
    rule = rule_of(case, on) if organisations else None
    if rule is None:
        return {}
    found = ledger.rooms(organisations, rule, on, currency=case.programme.currency, without=without)
    limit = Decimal(rule["limit"])
    return {pk: room for pk, room in found.items() if not known or room.is_told or room.most < limit}


def is_told(case: Case, on: date) -> bool:
    """Whether the firm, or somebody for it, said that the aid on record is all."""
    return ledger.is_told(case.organisation, on)


def record_of(application: GrantApplication) -> AidRecord | None:
    """The ledger's entry for the application's award."""
    awarded = AidRecord.objects.filter(source=AidRecord.Source.AWARD, reference=application.reference)
    return awarded.first()


def lock_groups(application: GrantApplication, on: date) -> frozenset[int]:
    """Lock the groups of the firm and of all its partners, and say who the firm's own are."""
    partners = [partner.organisation for partner in [*_aided(application), *_next(application)]]
    return groups.lock_groups([application.case.organisation, *partners], on)[0]


def _aided(application: GrantApplication) -> list[Any]:
    """The partners whose part of the grant is aid to them: all but research organisations (see quoting.bearers_of)."""
    taking_part = Partner.objects.filter(application=application, organisation__isnull=False).taking_part()
    return list(taking_part.exclude(kind=Partner.Kind.RESEARCH).select_related("organisation"))


def _next(application: GrantApplication) -> list[Any]:
    """Those that wait to take a partner's place."""
    waiting = Partner.objects.filter(application=application, organisation__isnull=False, replaces__isnull=False)
    return list(waiting.answering().select_related("organisation"))


def shares(budget: Iterable[Mapping[str, Any]]) -> dict[int | None, Decimal]:
    """Who gets how much by the rows of a budget (Award.budget): partner's id, None for the firm that applied."""
    found: dict[int | None, Decimal] = {}
    for row in budget:
        found[row["partner"]] = found.get(row["partner"], Decimal(0)) + Decimal(row["grant"])
    return found


def over_partners_room(
    application: GrantApplication, budget: Iterable[Mapping[str, Any]], on: date, *, without: str = ""
) -> list[tuple[Partner, Decimal]]:
    """The partners to whom these rows would give more than their groups may still have, with what that is."""
    parts, partners = shares(budget), _aided(application)
    found = rooms(application.case, on, [partner.organisation_id for partner in partners], without=without)
    most = {one.pk: found[one.organisation_id].most for one in partners if one.organisation_id in found}
    return [(one, most[one.pk]) for one in partners if one.pk in most and parts.get(one.pk, Decimal(0)) > most[one.pk]]


def reserve(award: Award, *, by: User, at: datetime) -> None:
    """Hold what the offer gives the firm and each partner; call under the locks of their groups."""
    application = award.application
    own = shares(award.budget).get(None, Decimal(0)) if award.budget else award.amount
    if own:
        _reserve(award, application.case.organisation, application.reference, own, by=by, at=at)
    for partner, amount in partners_aid(award):
        reserve_part(award, partner, amount, by=by, at=at)


def partners_aid(award: Award) -> list[tuple[Partner, Decimal]]:
    """The partners whose part of the budget in force is aid to them, each with how much it is."""
    parts = shares(award.budget)
    return [(one, parts[one.pk]) for one in _aided(award.application) if parts.get(one.pk)]


def reserve_part(award: Award, partner: Partner, amount: Decimal, *, by: User, at: datetime) -> None:
    """Hold a partner's part; call under the lock of its group."""
    if partner.organisation is not None:
        reference = ledger.partner_reference(award.application.reference, partner.pk)
        _reserve(award, partner.organisation, reference, amount, by=by, at=at)


def _reserve(
    award: Award, organisation: Organisation, reference: str, amount: Decimal, *, by: User, at: datetime
) -> None:
    programme = award.application.case.programme
    ledger.reserve(
        organisation, basis=award.aid_basis or AidRecord.Basis.OTHER, amount=amount, currency=award.currency,
        on=programme.local_date(at), given_by=programme.name, reference=reference,
        programme_slug=programme.slug, by=by, at=at,
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

"""An award after its offer: what is settled before the project starts, what is published, and how it ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from documents import actions as documents
from eligibility import ledger
from funding import aid, rules
from funding.actions.problems import UnableToChange
from funding.mails import tell_firm
from funding.models import Award, AwardCondition, Claim
from funding.reserves import tell_of_room
from portal.models import Event


def set_conditions(award: Award, texts: Iterable[str], *, before_start: Collection[str] = ()) -> None:
    """Write down what this award hangs on, in the order of its offer; call in the transaction that makes the award.

    Those of `texts` that are in `before_start` must be settled before the project starts.
    """
    AwardCondition.objects.bulk_create(
        AwardCondition(award=award, position=position, text=text, before_start=text in before_start)
        for position, text in enumerate(texts, start=1)
    )


def complete(award: Award, *, paid: Decimal, by: User, at: datetime) -> None:
    """The final claim is paid: what was not paid goes back to the call and to the firm's room for aid.

    Call in the transaction of the payment, under the award's lock. Raises IllegalMove when the award is not accepted.
    """
    award.complete(paid=paid, by=by, at=at)
    _give_back(award, kept=paid, reason=_("The project is finished and paid."), by=by, at=at)


def end_early(award: Award, *, kept: Decimal, reason: str, by: User, at: datetime) -> None:
    """The project ends before its time; `kept` is what the firm is owed or has had. Call under the award's lock."""
    award.terminate(kept=kept, by=by, at=at, reason=reason)
    _give_back(award, kept=kept, reason=reason, by=by, at=at)


def lower(award: Award, *, to: Decimal, reason: str, by: User, at: datetime) -> None:
    """An agreed change needs less money: the rest is free again. Call under the award's lock."""
    if to >= award.committed:
        return
    award.commit(to)
    _give_back(award, kept=to, reason=reason, by=by, at=at)


def _give_back(award: Award, *, kept: Decimal, reason: str, by: User, at: datetime) -> None:
    """Lower what is held of everybody's room for aid to what each keeps of the grant."""
    if kept >= award.amount:
        return
    reference = award.application.reference
    for partner, part in _parts(award, kept).items():
        name = reference if partner is None else ledger.partner_reference(reference, partner)
        ledger.lower(name, to=part, reason=reason, by=by, at=at)
    data = {"amount": str(award.amount), "kept": str(kept)}
    Event.objects.record(award, kind="award.money_back", by=by, at=at, data=data, staff_only=True)
    tell_of_room(award, by=by, at=at)


def _parts(award: Award, kept: Decimal) -> dict[int | None, Decimal]:
    """What each who takes part keeps: by the agreed claims where these are all of it, else by the budget's shares."""
    shares = aid.shares(award.budget) or {None: award.amount}
    owed: dict[int | None, Decimal] = dict.fromkeys(shares, Decimal(0))
    for claim in Claim.objects.owed().filter(award=award):
        owed[claim.partner_id] = owed.get(claim.partner_id, Decimal(0)) + (claim.payable or Decimal(0))
    if sum(owed.values(), Decimal(0)) == kept:
        return owed
    return dict(zip(shares, rules.split(kept, list(shares.values())), strict=True))


# --- Before the project starts ------------------------------------------------------------------
def _lock(award: Award) -> Award:
    return Award.objects.select_related("application__case__programme").select_for_update(of=("self",)).get(pk=award.pk)


@transaction.atomic(durable=True)
def show_condition_met(*, condition: AwardCondition, note: str, file: Any, by: User, at: datetime) -> None:
    """The firm says how a condition is met, with a file or without; what it said before is replaced.

    Raises UnableToChange once staff ticked it off or the award ended, documents.checking.RefusedFile for a bad file.
    """
    award = _lock(condition.award)
    current = AwardCondition.objects.select_for_update(of=("self",)).select_related("evidence").get(pk=condition.pk)
    if award.status != Award.Status.ACCEPTED or current.met_at:
        raise UnableToChange(_("This has been settled, so it cannot be changed now."))
    current.note, current.shown_at, current.shown_by = note, at, by
    replaced = None
    if file:
        replaced, current.evidence = current.evidence, documents.take_upload(file=file, by=by, at=at)
    current.save(update_fields=["note", "evidence", "shown_at", "shown_by"])
    documents.discard_uploads([replaced])
    Event.objects.record(award, kind="award.condition_shown", by=by, at=at, data={"position": current.position})


@transaction.atomic(durable=True)
def tick_condition(*, condition: AwardCondition, by: User, at: datetime) -> bool:
    """Staff find a condition met; the last one before the start lets the project start, and the firm is told.

    True when that was the last. A second tick changes nothing. Raises UnableToChange while the offer is not accepted.
    """
    award = _lock(condition.award)
    if award.status != Award.Status.ACCEPTED:
        raise UnableToChange(_("This offer has not been taken up, or has ended."))
    unmet = AwardCondition.objects.filter(pk=condition.pk, met_at=None)
    if not unmet.update(met_at=at, met_by=by):
        return False
    Event.objects.record(award, kind="award.condition_met", by=by, at=at, data={"position": condition.position})
    if award.started_at or award.conditions.filter(before_start=True, met_at=None).exists():
        return False
    award.start(by=by, at=at)
    tell_firm(award.application, "award_started", at, page="funding:award")
    return True


@transaction.atomic(durable=True)
def untick_condition(*, condition: AwardCondition, by: User, at: datetime) -> None:
    """Take back a tick made by mistake; raises UnableToChange once the project was let start by it."""
    award = _lock(condition.award)
    if award.started_at and condition.before_start:
        raise UnableToChange(_("The firm was told that it may start, so this stands."))
    if AwardCondition.objects.filter(pk=condition.pk, met_at__isnull=False).update(met_at=None, met_by=None):
        Event.objects.record(award, kind="award.condition_open", by=by, at=at, data={"position": condition.position})


# --- In the public database ---------------------------------------------------------------------
@transaction.atomic(durable=True)
def publish(*, award: Award, reference: str, by: User, at: datetime) -> None:
    """Note that it stands in the public subsidy database under this number.

    Raises IllegalMove when it need not be there or is already.
    """
    award.publish(reference=reference, by=by, at=at)
    Event.objects.record(award, kind="award.published", by=by, at=at, data={"number": reference}, staff_only=True)

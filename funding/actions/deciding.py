"""Approvers decide: a draft with the exact offer, signatures under its hash, and what follows when they are enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from documents import actions as documents
from funding import aid, letters, partner_aid, quoting, rules
from funding.actions.awards import set_conditions
from funding.actions.decision_checks import (
    must_be_assessed,
    must_be_eligible,
    must_be_free_to_decide,
    must_be_in_time,
    must_be_paid_once,
    must_be_payable,
    must_be_within_terms,
    must_leave_partners_room,
)
from funding.actions.locking import locked
from funding.actions.problems import UnableToDecide
from funding.mails import tell_firm
from funding.models import Approval, Award, Decision, GrantApplication
from funding.rules.decisions import approvers_for
from portal.models import Event
from portal.workflow import IllegalMove
from programmes.models import Call

DECIDABLE = (GrantApplication.Status.ASSESSED, GrantApplication.Status.RESERVE)


@dataclass(frozen=True)
class Proposal:
    """What somebody proposes to tell the firm; an offer needs amount and last day, a refusal its reason.

    `conditions` are lines for the offer; those in `before_start` must be met before the project starts.
    """

    outcome: str
    amount: Decimal | None = None
    accept_by: date | None = None
    conditions: tuple[str, ...] = ()
    before_start: tuple[str, ...] = ()
    reason: str = ""
    feedback: str = ""


def propose(*, application: GrantApplication, proposal: Proposal, seen: str, by: User, at: datetime) -> Decision:
    """Draft a decision, or change the open draft; nothing reaches the firm. `seen` is the fingerprint of what was read.

    A changed draft has another hash, so that signatures under the old one no longer count. Raises UnableToDecide, or
    IllegalMove when the application is not waiting for a decision.
    """
    with transaction.atomic(durable=True):
        return _propose(locked(application), proposal, seen=seen, by=by, at=at)


def _propose(current: GrantApplication, proposal: Proposal, *, seen: str, by: User, at: datetime) -> Decision:
    _must_be_decidable(current, seen)
    offer = _offer(current, proposal, at=at) if proposal.outcome == Decision.Outcome.OFFER else {}
    words = {"outcome": proposal.outcome, "reason": proposal.reason, "feedback": proposal.feedback}
    facts = {
        "outcome": proposal.outcome, "amount": proposal.amount, "accept_by": proposal.accept_by, "offer": offer,
        "offer_hash": rules.fingerprint(offer or words), "reason": proposal.reason, "feedback": proposal.feedback,
        "approvers_needed": approvers_for(current.call.approval_bands, proposal.amount or Decimal(0)), "seen": seen,
        "drafted_at": at, "drafted_by": by, "updated_at": at,
    }  # fmt: skip
    decision, made = Decision.objects.update_or_create(
        application=current, status=Decision.Status.DRAFT, defaults=facts
    )
    kind = "decision.drafted" if made else "decision.changed"
    data = {"outcome": proposal.outcome, "amount": str(proposal.amount or "")}
    Event.objects.record(decision, kind=kind, by=by, at=at, data=data, staff_only=True)
    return decision


def _offered(decision: Decision) -> tuple[Decimal, date]:
    """Sum and last day of a drafted offer, which a constraint of the database wants."""
    if decision.amount is None or decision.accept_by is None:
        raise UnableToDecide(_("An offer needs its amount and the last day to accept."))
    return decision.amount, decision.accept_by


def _offer(current: GrantApplication, proposal: Proposal, *, at: datetime) -> dict[str, object]:
    if proposal.amount is None or proposal.accept_by is None:
        raise UnableToDecide(_("An offer needs its amount and the last day to accept."))
    must_be_within_terms(current, proposal.amount)
    conditions = [*proposal.before_start, *proposal.conditions]
    offer = letters.offer(
        current, amount=proposal.amount, accept_by=proposal.accept_by, conditions=conditions,
        budget=quoting.budget_in_force(current, proposal.amount), at=at,
    )  # fmt: skip
    return offer | {"before_start": [line.strip() for line in proposal.before_start if line.strip()]}


def _must_be_decidable(current: GrantApplication, seen: str) -> None:
    if current.status not in DECIDABLE:
        raise IllegalMove(f"{current} is not waiting for a decision")
    if current.case.is_test:
        raise UnableToDecide(_("This application was made to try the portal out. It is not decided."))
    if seen != quoting.fingerprint(current):
        raise UnableToDecide(_("The firm has changed this application since you opened it. Read it again."))
    must_be_assessed(current)


def sign(*, decision: Decision, offer_hash: str, by: User, at: datetime) -> Award | None:
    """Put one's name under the exact decision; the last signature needed makes it happen, with its award if any.

    Raises UnableToDecide, or IllegalMove when the decision is no longer open.
    """
    application = decision.application
    with transaction.atomic(durable=True):
        call, members = _lock(application, at)
        current = locked(application)
        found = Decision.objects.select_for_update().get(pk=decision.pk)
        return _sign(found, current, call, members, offer_hash=offer_hash, by=by, at=at)


def _lock(application: GrantApplication, at: datetime) -> tuple[Call, frozenset[int]]:
    """One decision at a time in a call; and of two programmes that help one group, one adds up what it may have."""
    call = Call.objects.select_for_update().get(pk=application.call_id)
    return call, aid.lock_groups(application, application.case.programme.local_date(at))


def _sign(
    decision: Decision,
    current: GrantApplication,
    call: Call,
    members: frozenset[int],
    *,
    offer_hash: str,
    by: User,
    at: datetime,
) -> Award | None:
    if decision.status != Decision.Status.DRAFT:
        raise IllegalMove(f"{decision} is not open")
    if offer_hash != decision.offer_hash:
        raise UnableToDecide(_("This decision was changed since you opened it. Read it again."))
    _must_be_decidable(current, decision.seen)
    must_be_free_to_decide(current, by)
    if decision.outcome == Decision.Outcome.OFFER:
        _must_be_offerable(decision, current, call, members, at)
    # What the checks saw last is what is written from here on.
    decision.application = current
    _approval, made = Approval.objects.get_or_create(
        decision=decision, offer_hash=offer_hash, signed_by=by, defaults={"signed_at": at}
    )
    if made:
        Event.objects.record(decision, kind="decision.signed", by=by, at=at, staff_only=True)
    if decision.approvals.filter(offer_hash=offer_hash).count() < decision.approvers_needed:
        return None
    return _release(decision, current, call, by=by, at=at)


def _must_be_offerable(
    decision: Decision, current: GrantApplication, call: Call, members: frozenset[int], at: datetime
) -> None:
    amount, accept_by = _offered(decision)
    today = current.case.programme.local_date(at)
    must_be_in_time(current, accept_by, today)
    must_be_eligible(current.case)
    must_be_payable(current, call, amount, aid.left(current.case, today, members=members))
    must_leave_partners_room(current, amount, today)
    must_be_paid_once(current, members)


def _release(decision: Decision, current: GrantApplication, call: Call, *, by: User, at: datetime) -> Award | None:
    """Everything that the firm meets of it, at once."""
    decision.release(by=by, at=at)
    if decision.outcome == Decision.Outcome.DECLINE:
        current.decline(by=by, at=at, reason=decision.reason)
        tell_firm(current, "grant_declined", at)
        return None
    if decision.outcome == Decision.Outcome.RESERVE:
        current.put_on_reserve(by=by, at=at, reason=decision.reason)
        tell_firm(current, "grant_on_reserve", at)
        return None
    return _make_award(decision, current, call, by=by, at=at)


def _make_award(decision: Decision, current: GrantApplication, call: Call, *, by: User, at: datetime) -> Award:
    case, offer = current.case, decision.offer
    amount, accept_by = _offered(decision)
    letter = documents.request_document(
        template="funding/pdf/offer_letter.html", context=letters.letter_context(current, offer, by=by, at=at),
        title=letters.title(current), language=case.language,
        file_name=f"offer-{case.reference}-{current.number}.pdf", at=at,
    )  # fmt: skip
    current.approve(by=by, at=at)
    rule = aid.rule_of(case, case.programme.local_date(at)) or {}
    award = Award.objects.create(
        application=current, call=call, amount=amount, currency=call.currency, letter=letter,
        recommended_by=current.assessed_by, offered_at=at, offered_by=by, accept_by=accept_by, offer=offer,
        offer_hash=decision.offer_hash, aid_basis=rule.get("basis", ""), committed=amount,
        starts_on=current.starts_on, ends_on=current.ends_on, claim_terms=call.claim_terms,
        budget=quoting.budget_in_force(current, amount), updated_at=at,
    )  # fmt: skip
    set_conditions(award, offer["extra"], before_start=offer["before_start"])
    aid.reserve(award, by=by, at=at)
    partner_aid.notify(award, by=by, at=at)
    Event.objects.record(award, kind="award.offered", by=by, at=at, data={"amount": str(amount)})
    tell_firm(current, "offer_made", at, page="funding:offer")
    return award


def _decide(application: GrantApplication, proposal: Proposal, *, seen: str, by: User, at: datetime) -> Award | None:
    """Draft and sign in one go: the decision happens when one approver is enough for it, else it waits for others."""
    with transaction.atomic(durable=True):
        call, members = _lock(application, at)
        current = locked(application)
        must_be_free_to_decide(current, by)
        decision = _propose(current, proposal, seen=seen, by=by, at=at)
        return _sign(decision, current, call, members, offer_hash=decision.offer_hash, by=by, at=at)


def approve(
    *,
    application: GrantApplication,
    amount: Decimal,
    accept_by: date,
    conditions: Iterable[str] = (),
    before_start: Iterable[str] = (),
    seen: str,
    by: User,
    at: datetime,
) -> Award | None:
    """Offer `amount` to the firm: the award, its letter and the mail, within what the call has left.

    `seen` is the fingerprint of the application that the approver read. None when the amount needs another approver
    too: the decision then waits for that signature. Raises UnableToDecide, or IllegalMove when the application is not
    waiting for a decision.
    """
    proposal = Proposal(
        Decision.Outcome.OFFER, amount=amount, accept_by=accept_by, conditions=tuple(conditions),
        before_start=tuple(before_start),
    )  # fmt: skip
    return _decide(application, proposal, seen=seen, by=by, at=at)


def decline(
    *, application: GrantApplication, reason: str, feedback: str = "", seen: str = "", by: User, at: datetime
) -> None:
    """Refuse, with the words that the firm reads; raises UnableToDecide or IllegalMove."""
    proposal = Proposal(Decision.Outcome.DECLINE, reason=reason, feedback=feedback)
    _decide(application, proposal, seen=seen or quoting.fingerprint(application), by=by, at=at)


def reserve(*, application: GrantApplication, reason: str = "", seen: str, by: User, at: datetime) -> None:
    """Put on the reserve list: it is offered a grant when money comes back. Raises UnableToDecide or IllegalMove."""
    if application.status == GrantApplication.Status.RESERVE:
        raise IllegalMove(f"{application} is on the reserve list already")
    _decide(application, Proposal(Decision.Outcome.RESERVE, reason=reason), seen=seen, by=by, at=at)


@transaction.atomic(durable=True)
def drop(*, decision: Decision, reason: str = "", by: User, at: datetime) -> None:
    """Take an open draft away; the application goes on waiting."""
    decision.drop(by=by, at=at, reason=reason)

"""Staff check a claim, ask about it, and another person agrees it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from funding import claiming
from funding.actions import awards
from funding.actions.claims import lock_claim
from funding.actions.locking import takes_part
from funding.actions.problems import UnableToCheck
from funding.flagging import flag_late_change
from funding.mails import tell_claimant
from funding.models import Claim, ClaimLine, ClaimQuery
from portal.money import money_text
from portal.workflow import IllegalMove


def _as_read(claim: Claim, seen: str) -> Claim:
    """The claim, locked, if it is still the one that was read; raises UnableToCheck."""
    current = lock_claim(claim)
    if seen != current.updated_at.isoformat():
        raise UnableToCheck(_("This claim has changed since you opened it. Look at it again."))
    return current


@transaction.atomic(durable=True)
def check_claim(
    *, claim: Claim, decisions: Mapping[int, tuple[Decimal, str]], seen: str, by: User, at: datetime
) -> None:
    """Somebody looked at every invoice: by line, the cost accepted and why it is less than claimed.

    Raises UnableToCheck when a line is left out, more than its cost is accepted, or less without a reason.
    """
    current = _as_read(claim, seen)
    if takes_part(by, current.award.application):
        raise UnableToCheck(_("You cannot check a claim of your own firm."))
    lines = list(current.lines.all())
    for line in lines:
        accepted, why = decisions.get(line.pk, (None, ""))
        if accepted is None:
            raise UnableToCheck(_("Look at every cost of the claim."))
        if accepted > line.cost:
            raise UnableToCheck(_("You cannot accept more than the firm claims for %(cost)s.") % {"cost": line})
        if accepted < line.cost and not why.strip():
            raise UnableToCheck(_("Say why less is accepted for %(cost)s. The firm reads it.") % {"cost": line})
        line.accepted, line.why_less = accepted, why if accepted < line.cost else ""
    ClaimLine.objects.bulk_update(lines, ["accepted", "why_less"])
    worth = claiming.worth_of(current, lines, accepted=True)
    current.verify(figures=claiming.figures(current.award, worth), by=by, at=at)


@transaction.atomic(durable=True)
def ask_about_claim(*, claim: Claim, question: str, by: User, at: datetime) -> None:
    """The firm is asked; until it answers, the promised days do not run."""
    current = lock_claim(claim)
    current.ask(by=by, at=at, question=question)
    ClaimQuery.objects.create(claim=current, question=question, asked_at=at, asked_by=by)
    tell_claimant(current, "claim_question", at)


@transaction.atomic(durable=True)
def send_claim_back(*, claim: Claim, reason: str, by: User, at: datetime) -> None:
    """The approver wants it checked again."""
    lock_claim(claim).send_back(by=by, at=at, reason=reason)


@transaction.atomic(durable=True)
def reject_claim(*, claim: Claim, reason: str, by: User, at: datetime) -> None:
    """Nothing of it is paid; the firm reads why and may claim the stretch again."""
    current = lock_claim(claim)
    if current.payments.filter(status__in=["WAITING", "SENT", "PAID"]).exists():
        raise UnableToCheck(_("This claim is in a payment run. Take it out of the run first."))
    current.reject(by=by, at=at, reason=reason)
    tell_claimant(current, "claim_rejected", at)


@transaction.atomic(durable=True)
def approve_claim(*, claim: Claim, seen: str, by: User, at: datetime) -> None:
    """A second person agrees to what was checked; a claim that comes to nothing is settled at once.

    Under the award's lock it is worked out again: raises UnableToCheck when another claim took part of what is left
    since, when the same person checked it, IllegalMove when somebody else was faster.
    """
    current = lock_claim(claim)
    if current.status != Claim.Status.CHECKED:
        raise IllegalMove(f"{current} does not wait to be approved")
    if seen != current.updated_at.isoformat():
        raise UnableToCheck(_("This claim has changed since you opened it. Look at it again."))
    if current.checked_by_id == by.pk:
        raise UnableToCheck(_("You checked this claim, so somebody else has to approve it."))
    if takes_part(by, current.award.application):
        raise UnableToCheck(_("You cannot approve a claim of your own firm."))
    _must_be_as_checked(current)
    current.approve(by=by, at=at)
    flag_late_change(current, at=at)
    tell_claimant(current, "claim_agreed", at)
    if not current.payable:
        current.settle(paid_on=current.award.application.case.programme.local_date(at), by=by, at=at)
        complete_if_final(current, by=by, at=at)


def _must_be_as_checked(claim: Claim) -> None:
    award = claim.award
    worth = claiming.worth_of(claim, list(claim.lines.all()), accepted=True)
    agreed = sum((one.payable or Decimal(0) for one in Claim.objects.owed().filter(award=award)), Decimal(0))
    left = award.committed - agreed
    if claiming.figures(award, worth) != claim.figures or worth.payable > left:
        raise UnableToCheck(
            _(
                "Another claim or a change of this project was agreed since this one was checked. %(left)s of the "
                "grant is left, and this claim now comes to %(payable)s. Send it back to be checked again."
            )
            % {
                "left": money_text(max(left, Decimal(0)), award.currency),
                "payable": money_text(worth.payable, award.currency),
            }
        )


def complete_if_final(claim: Claim, *, by: User, at: datetime) -> None:
    """Close the award once the last claim of each of its parties is paid; call under the award's lock."""
    award = claim.award
    claims = list(Claim.objects.standing().filter(award=award))
    done = {one.partner_id for one in claims if one.is_final and one.status == Claim.Status.PAID}
    parties = {row["partner"] for row in award.budget}
    if (
        award.status == award.Status.ACCEPTED
        and parties <= done
        and all(one.status == Claim.Status.PAID for one in claims)
    ):
        paid = sum((one.payable or Decimal(0) for one in claims), Decimal(0))
        awards.complete(award, paid=paid, by=by, at=at)

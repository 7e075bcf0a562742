"""Money goes out in runs: made up, released by who had no part in the decision, answered by the bank."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from funding import payment_file
from funding.actions.claim_checks import complete_if_final
from funding.actions.claims import lock_award, lock_claim
from funding.actions.problems import UnableToPay
from funding.mails import tell_claimant, tell_firm
from funding.models import Award, BankAccount, Claim, Clawback, GrantApplication, Partner, Payment, PaymentRun
from funding.rules.claims import shares
from portal.workflow import IllegalMove
from programmes.models import Programme


def payable(programme: Programme, currency: str | None = None) -> QuerySet[Claim]:
    """Agreed claims that no run holds, oldest first."""
    held = Payment.objects.standing().filter(claim=OuterRef("pk"))
    claims = Claim.objects.filter(
        ~Exists(held), status=Claim.Status.APPROVED, award__application__case__programme=programme
    ).with_context().select_related("partner__organisation")  # fmt: skip
    claims = claims.filter(award__currency=currency) if currency else claims
    return claims.order_by("approved_at", "id")


def organisation_of(claim: Claim) -> int | None:
    """Who is paid for the claim."""
    return claim.partner.organisation_id if claim.partner else claim.award.application.case.organisation_id


def accounts_for(claims: Iterable[Claim]) -> dict[int, BankAccount]:
    """The account in use of each claim's payee, by claim; none while a change is being checked."""
    payees = {claim.pk: organisation_of(claim) for claim in claims}
    known = BankAccount.objects.filter(organisation__in=set(payees.values()))
    changing = set(known.filter(status=BankAccount.Status.HELD).values_list("organisation", flat=True))
    in_use = {one.organisation_id: one for one in known.in_use() if one.organisation_id not in changing}
    return {claim: in_use[payee] for claim, payee in payees.items() if payee in in_use}


@transaction.atomic(durable=True)
def make_run(*, programme: Programme, claims: Collection[int], key: uuid.UUID, by: User, at: datetime) -> PaymentRun:
    """A run of these claims of one currency; a repeat with `key` gives the one made.

    Raises UnableToPay when one of them cannot be paid now.
    """
    Programme.objects.select_for_update().get(pk=programme.pk)
    if kept := PaymentRun.objects.filter(creation_key=key).first():
        return kept
    chosen = list(payable(programme).filter(pk__in=claims).select_for_update(of=("self",)))
    accounts = accounts_for(chosen)
    if not chosen or len(chosen) != len(set(claims)) or len(accounts) != len(chosen):
        raise UnableToPay(_("One of these claims cannot be paid now. Look at the list again."))
    currencies = {claim.award.currency for claim in chosen}
    if len(currencies) > 1:
        raise UnableToPay(_("A run pays in one currency."))
    last = PaymentRun.objects.filter(programme=programme).aggregate(last=Max("number"))["last"] or 0
    run = PaymentRun.objects.create(
        programme=programme, number=last + 1, creation_key=key, currency=currencies.pop(), made_at=at, made_by=by,
        updated_at=at,
    )  # fmt: skip
    today = programme.local_date(at)
    Payment.objects.bulk_create(
        Payment(
            run=run, claim=claim, account=accounts[claim.pk], amount=claim.payable or Decimal(0),
            shares=shares(claim.payable or Decimal(0), claim.award.call.budget_lines, today), updated_at=at,
        )
        for claim in chosen
    )  # fmt: skip
    return run


def _locked(run: PaymentRun) -> PaymentRun:
    return PaymentRun.objects.select_for_update(of=("self",)).select_related("programme").get(pk=run.pk)


def payments_of(run: PaymentRun) -> QuerySet[Payment]:
    """With what the page and the file need, in the order of the file."""
    return (
        Payment.objects.filter(run=run)
        .select_related("account", "claim__partner", "claim__award__application__case__programme",
                        "claim__award__application__case__organisation")
        .order_by("id")
    )  # fmt: skip


def in_file(run: PaymentRun) -> list[Payment]:
    """The payments of the file: all that were not taken out before it was made."""
    return list(payments_of(run).exclude(status=Payment.Status.DROPPED))


@transaction.atomic(durable=True)
def drop_payment(*, payment: Payment, by: User, at: datetime) -> None:
    """Take a claim out of a run before its file is made; it waits for the next."""
    if _locked(payment.run).status != PaymentRun.Status.DRAFT:
        raise UnableToPay(_("The file of this run is made. Nothing can be taken out of it."))
    payment.drop(by=by, at=at)


@transaction.atomic(durable=True)
def cancel_run(*, run: PaymentRun, by: User, at: datetime) -> None:
    current = _locked(run)
    current.cancel(by=by, at=at)
    for payment in Payment.objects.filter(run=current, status=Payment.Status.WAITING):
        payment.drop(by=by, at=at)


@transaction.atomic(durable=True)
def release_run(*, run: PaymentRun, by: User, at: datetime) -> None:
    """Make the file: not by who decided on one of its payments (the database too) or is paid by one.

    Raises UnableToPay also when an account is no longer in use or the run is empty, IllegalMove when it was released.
    """
    current = _locked(run)
    if current.status != PaymentRun.Status.DRAFT:
        raise IllegalMove(f"{current} was released")
    payments = in_file(current)
    if not payments:
        raise UnableToPay(_("There is nothing to pay in this run. Cancel it."))
    _must_be_free_to_pay(payments, by)
    usable = accounts_for([payment.claim for payment in payments])
    for payment in payments:
        if usable.get(payment.claim_id) != payment.account:
            raise UnableToPay(
                _("The bank details for %(claim)s are being changed. Take it out of this run.")
                % {"claim": payment.claim.reference}
            )
        payment.send(by=by, at=at)
    total = sum((payment.amount for payment in payments), Decimal(0))
    digest = payment_file.sha256(payment_file.contents(current, payments))
    current.release(count=len(payments), total=total, sha256=digest, by=by, at=at)


def _must_be_free_to_pay(payments: Iterable[Payment], by: User) -> None:
    """Four eyes: who assessed or signed the award, checked or agreed the claim, or is of the firm, pays none of it."""
    applications = GrantApplication.objects.filter(award__claims__payments__in=[payment.pk for payment in payments])
    decided = Q(reviews__assessor=by, reviews__submitted_at__isnull=False) | Q(decisions__approvals__signed_by=by)
    partners = Partner.objects.taking_part().filter(Q(contact=by) | Q(organisation__memberships__user=by))
    theirs = Q(case__organisation__memberships__user=by) | Q(partners__in=partners)
    barred = set(applications.filter(decided | theirs).values_list("pk", flat=True))
    for payment in payments:
        claim, award = payment.claim, payment.claim.award
        signed = (claim.checked_by_id, claim.approved_by_id, award.offered_by_id, award.recommended_by_id)
        if by.pk in signed or award.application_id in barred:
            raise UnableToPay(
                _("You had a part in the decision on %(claim)s, so somebody else has to release this run.")
                % {"claim": claim.reference}
            )


@transaction.atomic(durable=True)
def mark_paid(*, payment: Payment, on: date, by: User, at: datetime) -> None:
    """The money has arrived; after the last claim of an award its rest is free and the award complete."""
    claim = lock_claim(payment.claim)
    _locked(payment.run)
    payment.arrive(paid_on=on, by=by, at=at)
    claim.settle(paid_on=on, by=by, at=at)
    complete_if_final(claim, by=by, at=at)
    tell_claimant(claim, "claim_paid", at)
    _close_if_answered(payment.run, by=by, at=at)


@transaction.atomic(durable=True)
def mark_failed(*, payment: Payment, reason: str, by: User, at: datetime) -> None:
    """The bank sent it back: the claim waits for the next run, even when it was noted as paid before."""
    claim = lock_claim(payment.claim)
    _locked(payment.run)
    payment.fail(reason=reason, by=by, at=at)
    if claim.status == Claim.Status.PAID:
        claim.pay_again(by=by, at=at, reason=reason)
    _close_if_answered(payment.run, by=by, at=at)


def _close_if_answered(run: PaymentRun, *, by: User, at: datetime) -> None:
    current = PaymentRun.objects.select_related("programme").get(pk=run.pk)
    open_ = Payment.objects.filter(run=current, status=Payment.Status.SENT)
    if current.status == PaymentRun.Status.RELEASED and not open_.exists():
        current.close(by=by, at=at)


# --- Money back -----------------------------------------------------------------------------------
@transaction.atomic(durable=True)
def propose_clawback(*, award: Award, amount: Decimal, reason: str, key: uuid.UUID, by: User, at: datetime) -> Clawback:
    """Somebody finds that money has to come back; another person decides. Raises UnableToPay above what was paid."""
    current = lock_award(award)
    kept: Clawback | None = Clawback.objects.filter(creation_key=key).first()
    if kept:
        return kept
    paid = Payment.objects.filter(claim__award=current, status="PAID").aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    back = Clawback.objects.filter(award=current).exclude(status=Clawback.Status.DROPPED)
    if amount > paid - (back.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)):
        raise UnableToPay(_("More cannot come back than was paid and is not asked for already."))
    return Clawback.objects.create(
        award=current, amount=amount, reason=reason, creation_key=key, proposed_at=at, proposed_by=by, updated_at=at
    )


@transaction.atomic(durable=True)
def approve_clawback(*, clawback: Clawback, by: User, at: datetime) -> None:
    """Ask the firm for it; raises UnableToPay for the person who proposed it."""
    if clawback.proposed_by_id == by.pk:
        raise UnableToPay(_("You proposed this, so somebody else has to approve it."))
    clawback.approve(by=by, at=at)
    tell_firm(clawback.award.application, "clawback_asked", at, page="funding:claims")


@transaction.atomic(durable=True)
def mark_repaid(*, clawback: Clawback, on: date, by: User, at: datetime) -> None:
    clawback.repay(on=on, by=by, at=at)


@transaction.atomic(durable=True)
def drop_clawback(*, clawback: Clawback, reason: str, by: User, at: datetime) -> None:
    clawback.drop(by=by, at=at, reason=reason)

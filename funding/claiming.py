"""What is known of a claim and of an award's money, gathered for the pure rules.

A party is the firm that applied (partner None) or one of its partners: each claims its own part of the budget.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, Sum

from applications.actions import working_days_after
from funding import quoting
from funding.models import Award, AwardCondition, Claim, ClaimLine, Clawback, MilestoneEvidence, Partner, Payment
from funding.rules import claims as rules
from funding.rules import same_business
from programmes.matching import FIRM_SIZES, rate_for

DAYS_TO_ANSWER = 20
"""Working days in which a claim is answered where the programme promises nothing else (`promise_days.claim`)."""


def terms_of(award: Award) -> rules.Terms:
    return rules.Terms.from_data(award.claim_terms)


def rows_of(award: Award, partner: Partner | None) -> list[rules.Row]:
    """One party's budget in force, by kind of cost."""
    application = award.application
    terms = quoting.terms_of(application.call, application.terms)
    size = partner.size.get("category") if partner else quoting.firm_size_of(application.case)
    known = size if size in FIRM_SIZES else None
    return [
        rules.Row(
            row["category"], Decimal(row["eligible"]), Decimal(row["grant"]), rate_for(terms, row["category"], known)
        )
        for row in award.budget
        if row["partner"] == (partner.pk if partner else None)
    ]


def before(claim: Claim) -> rules.Before:
    """What the party's other claims, agreed so far, came to."""
    agreed = list(Claim.objects.owed().filter(award=claim.award_id, partner=claim.partner_id).exclude(pk=claim.pk))
    by_category = ClaimLine.objects.filter(claim__in=agreed).values_list("category").annotate(sum=Sum("accepted"))
    return rules.Before(
        accepted={category: sum_ or Decimal(0) for category, sum_ in by_category.order_by()},
        gross=sum((Decimal(one.figures["gross"]) for one in agreed), Decimal(0)),
        payable=sum((one.payable or Decimal(0) for one in agreed), Decimal(0)),
    )


def worth_of(claim: Claim, lines: Sequence[ClaimLine], *, accepted: bool = False) -> rules.Worth:
    """What the claim comes to with these lines, as claimed or as accepted."""
    costs: dict[str, Decimal] = {}
    for line in lines:
        cost = (line.accepted or Decimal(0)) if accepted else line.cost
        costs[line.category] = costs.get(line.category, Decimal(0)) + cost
    return rules.worth(
        terms_of(claim.award), rows_of(claim.award, claim.partner), before(claim), costs,
        claimed=sum((line.cost for line in lines), Decimal(0)), is_final=claim.is_final,
    )  # fmt: skip


def figures(award: Award, worth: rules.Worth) -> dict[str, str]:
    """`worth` as the claim freezes it."""
    names = ("claimed", "accepted", "gross", "retained", "released", "payable")
    amounts = {name: format(getattr(worth, name), ".2f") for name in names}
    return {"method": terms_of(award).method, "limit": worth.limit, **amounts}


def next_period(award: Award, partner: Partner | None, today: date, *, is_final: bool) -> rules.Period | None:
    """What the party's next claim is of; None while there is nothing to claim or after the final claim."""
    if not award.starts_on or not award.ends_on:
        return None
    standing = Claim.objects.standing().filter(award=award, partner=partner)
    if standing.filter(is_final=True).exists():
        return None
    last = standing.order_by("-period_to").values_list("period_to", flat=True).first()
    periods = rules.periods(award.starts_on, award.ends_on, terms_of(award).months)
    return rules.to_claim(periods, last, today, is_final=is_final)


def next_chance(award: Award, today: date) -> date | None:
    """The first day after `today` on which a stretch of the project can be claimed."""
    if not award.starts_on or not award.ends_on:
        return None
    periods = rules.periods(award.starts_on, award.ends_on, terms_of(award).months)
    return next((one.last + timedelta(days=1) for one in periods if one.last >= today), None)


def has_started(award: Award) -> bool:
    """Nothing that had to be settled before the start is open."""
    return (
        bool(award.started_at)
        or not AwardCondition.objects.filter(award=award, before_start=True, met_at=None).exists()
    )


def milestones_of(award: Award) -> Any:
    """The project's milestones, each with whether a standing claim has shown it (`is_shown`)."""
    shown = MilestoneEvidence.objects.filter(milestone=OuterRef("pk"), reached_on__isnull=False).exclude(
        claim__status__in=Claim.ENDED
    )
    return award.application.milestones.annotate(is_shown=Exists(shown))


def readiness(claim: Claim, lines: Sequence[ClaimLine]) -> rules.Readiness:
    award = claim.award
    others = Claim.objects.open().filter(award=award, partner=claim.partner_id).exclude(pk=claim.pk)
    return rules.Readiness(
        costs=len(lines),
        without_invoice=sum(not line.invoice_id for line in lines),
        without_proof=sum(not (line.proof_id and line.paid_on) for line in lines),
        has_report=bool(claim.summary.strip()),
        is_started=has_started(award),
        is_final=claim.is_final,
        earlier_open=others.count() if claim.is_final else 0,
        milestones_left=milestones_of(award).filter(is_shown=False).count() if claim.is_final else 0,
        conditions_left=AwardCondition.objects.filter(award=award, met_at=None).count() if claim.is_final else 0,
    )


def answer_by(claim: Claim) -> date | None:
    """The day by which we answer; None while a question is open or after it was answered."""
    if claim.status not in (Claim.Status.SUBMITTED, Claim.Status.CHECKED) or claim.submitted_at is None:
        return None
    programme = claim.award.application.case.programme
    days = int(programme.promise_days.get("claim", DAYS_TO_ANSWER))
    asked = [
        (programme.local_date(one.asked_at), programme.local_date(one.answered_at) if one.answered_at else None)
        for one in claim.queries.all()
    ]
    return rules.answer_by(programme.local_date(claim.submitted_at), days, asked)


# --- The same invoice -----------------------------------------------------------------------------
def same_invoices(lines: Sequence[ClaimLine]) -> dict[int, list[ClaimLine]]:
    """By line, the lines of any firm's other standing claims that bill the same: the number or the very file."""
    keys = {line.invoice_key for line in lines if line.invoice_key}
    files = {line.invoice.sha256 for line in lines if line.invoice}
    if not lines or not (keys or files):
        return {}
    others = (
        ClaimLine.objects.filter(Q(invoice_key__in=keys) | Q(invoice__sha256__in=files))
        .exclude(claim__status__in=Claim.ENDED)
        .exclude(pk__in=[line.pk for line in lines])
        .select_related("invoice", "claim__award__application__case__programme")
        .order_by("pk")
    )
    found: dict[int, list[ClaimLine]] = {}
    for other in others:
        for line in lines:
            same_file = bool(line.invoice and other.invoice and line.invoice.sha256 == other.invoice.sha256)
            same_paper = (
                bool(line.invoice_key)
                and line.invoice_key == other.invoice_key
                and same_business(line.supplier, other.supplier, "")
            )
            if same_file or same_paper:
                found.setdefault(line.pk, []).append(other)
    return found


# --- The ledger -----------------------------------------------------------------------------------
def ledger_of(award: Award, claims: Iterable[Claim]) -> rules.Ledger:
    """The award in sums; `claims` are all of it."""
    sent = [one for one in claims if one.submitted_at and one.status not in Claim.ENDED]
    agreed = [one for one in sent if one.status in (Claim.Status.APPROVED, Claim.Status.PAID)]
    payable = sum((one.payable or Decimal(0) for one in agreed), Decimal(0))
    paid = Payment.objects.filter(claim__award=award, status=Payment.Status.PAID).aggregate(sum=Sum("amount"))["sum"]
    back = dict(Clawback.objects.filter(award=award).order_by().values_list("status").annotate(sum=Sum("amount")))
    return rules.Ledger(
        awarded=award.amount,
        committed=award.committed,
        claimed=sum((Decimal(one.figures["gross"]) for one in sent), Decimal(0)),
        agreed=payable,
        paid=paid or Decimal(0),
        held=sum((Decimal(one.figures["gross"]) for one in agreed), Decimal(0)) - payable,
        repaid=back.get(Clawback.Status.REPAID, Decimal(0)),
        to_repay=back.get(Clawback.Status.ASKED, Decimal(0)),
    )


def ledger_rows(award: Award) -> list[rules.LedgerRow]:
    """The same by kind of cost, all parties together."""
    sent = ClaimLine.objects.filter(claim__award=award, claim__submitted_at__isnull=False).exclude(
        claim__status__in=Claim.ENDED
    )
    claimed: dict[str, Decimal] = {}
    accepted: dict[str, Decimal] = {}
    for line in sent:
        claimed[line.category] = claimed.get(line.category, Decimal(0)) + line.cost
        accepted[line.category] = accepted.get(line.category, Decimal(0)) + (line.accepted or Decimal(0))
    budget: dict[str, list[Decimal]] = {}
    for row in award.budget:
        sums = budget.setdefault(row["category"], [Decimal(0), Decimal(0)])
        sums[0] += Decimal(row["eligible"])
        sums[1] += Decimal(row["grant"])
    return [
        rules.LedgerRow(
            category, eligible, grant, claimed.get(category, Decimal(0)), accepted.get(category, Decimal(0))
        )
        for category, (eligible, grant) in budget.items()
    ]


def by_funder(payments: Iterable[Payment]) -> dict[str, Decimal]:
    """What each funder has borne of the payments that arrived."""
    found: dict[str, Decimal] = {}
    for payment in payments:
        for share in payment.shares if payment.status == Payment.Status.PAID else []:
            found[share["funder"]] = found.get(share["funder"], Decimal(0)) + Decimal(share["amount"])
    return found


# --- Forecast -------------------------------------------------------------------------------------
def spent_by_period(award: Award, periods: Sequence[rules.Period]) -> list[Decimal]:
    """Cost claimed in each stretch of the project, by the day of the invoice; earlier ones count to the first."""
    lines = ClaimLine.objects.filter(claim__award=award).exclude(claim__status__in=Claim.ENDED)
    sums = [Decimal(0) for _period in periods]
    for line in lines:
        place = next((n for n, one in enumerate(periods) if line.invoice_on <= one.last), len(periods) - 1)
        sums[place] += line.cost
    return sums


def forecast_of(award: Award, periods: Sequence[rules.Period]) -> Mapping[tuple[date, str], Decimal]:
    return {(one.period_from, one.category): one.amount for one in award.forecasts.all()}


def held_until(today: date) -> date:
    """First day on which changed bank details may be used: three whole working days are between."""
    return working_days_after(today, 4)

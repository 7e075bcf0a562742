"""What must hold at any moment, whatever was done at once: read-only checks that name each row that breaks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, DecimalField, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from documents.models import Document
from documents.orphans import rows_without_file, stray_files
from eligibility import headroom
from funding import aid
from funding.models import Award, Claim, GrantApplication, Payment
from organisations.groups import group_ids
from organisations.models import AidRecord
from programmes.models import Call

_MONEY = DecimalField(max_digits=14, decimal_places=2)
_NONE = Value(Decimal(0))


def broken(at: datetime) -> Iterator[str]:
    """One line for each thing that does not hold; nothing when all is well. Needs no lock and changes nothing."""
    for check in CHECKS:
        yield from check(at)


def _sum(rows: Any, of: str, field: str) -> Any:
    """Sum of `field` over the rows that belong to the outer one by `of`."""
    grouped = rows.filter(**{of: OuterRef("pk")}).order_by().values(of).annotate(sum=Sum(field)).values("sum")
    return Coalesce(Subquery(grouped), _NONE, output_field=_MONEY)


def _calls(at: datetime) -> Iterator[str]:
    spent: Any = Call.objects.annotate(spent=_sum(Award.objects.all(), "call", "committed"))
    for call in spent.filter(spent__gt=F("budget")):
        yield f"call {call.slug}: awards bind {call.spent}, the budget is {call.budget}"


def _awards(at: datetime) -> Iterator[str]:
    owed = _sum(Claim.objects.owed(), "award", "payable")
    paid = _sum(Payment.objects.standing(), "claim__award", "amount")
    rows: Any = Award.objects.annotate(owed=owed, paid=paid).select_related("application__case")
    for award in rows.filter(Q(owed__gt=F("amount")) | Q(paid__gt=F("owed"))):
        yield f"award {award.application}: claims {award.owed}, payments {award.paid}, the award is {award.amount}"
    for award in rows.filter(status__in=Award.LIVE).exclude(budget=[]):
        parts = sum((Decimal(row["grant"]) for row in award.budget), Decimal(0))
        if parts != award.amount:
            yield f"award {award.application}: its kinds of cost add up to {parts}, the award is {award.amount}"


def _payments(at: datetime) -> Iterator[str]:
    for payment in Payment.objects.exclude(shares=[]).select_related("claim__award__application__case"):
        parts = sum((Decimal(share["amount"]) for share in payment.shares), Decimal(0))
        if parts != payment.amount:
            yield f"payment of {payment.claim}: funders bear {parts}, the payment is {payment.amount}"


def _groups(at: datetime) -> Iterator[str]:
    """No group was awarded more small aid here than the law lets it have, on the day of each live award.

    What a firm tells of other aid after it accepted is no fault of the portal's, and is not counted.
    """
    awards = (
        Award.objects.live()
        .exclude(aid_basis="")
        .select_related("application__case__programme", "application__case__organisation")
    )
    for award in awards:
        case = award.application.case
        on = case.programme.local_date(award.accepted_at or award.offered_at)
        rule = aid.rule_of(case, on)
        if rule is None:
            continue
        given = AidRecord.objects.counting().filter(
            source=AidRecord.Source.AWARD, organisation__in=group_ids(case.organisation, on), currency=award.currency
        )
        past = [headroom.Aid(one.on, one.amount, one.basis) for one in given]
        found = headroom.headroom(past, basis=rule["basis"], limit=Decimal(rule["limit"]), on=on)
        if found.counted is not None and found.counted > found.limit:
            yield f"award {award.application}: its group has {found.counted} of aid on {on}, the limit is {found.limit}"


def _receipts(at: datetime) -> Iterator[str]:
    sent = GrantApplication.objects.exclude(submitted_at=None).select_related("case")
    for application in sent.annotate(receipts=Count("submissions")).filter(receipts=0):
        yield f"application {application}: was sent and has no receipt"
    lost: Any = Document.objects.filter(state=Document.State.FAILED, pk__in=_receipt_ids())
    for document in lost:
        yield f"receipt {document.number}: could not be made"


def _receipt_ids() -> Any:
    return GrantApplication.objects.exclude(submissions=None).values("submissions__receipt")


def _work(at: datetime) -> Iterator[str]:
    before = at - timedelta(seconds=settings.CLAIM_LIMIT_SECONDS + 600)
    stuck: Any = Document.objects.filter(state=Document.State.WORKING, claimed_at__lt=before)
    for document in stuck:
        yield f"document {document.number}: a worker took it at {document.claimed_at} and nobody has taken it since"


def _files(at: datetime) -> Iterator[str]:
    yield from (f"file {name}: no row knows of it" for name in stray_files(at))
    yield from (f"{row}: its file is gone" for row in rows_without_file())


CHECKS: list[Callable[[datetime], Iterator[str]]] = [_calls, _awards, _payments, _groups, _receipts, _work, _files]

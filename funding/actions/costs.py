"""The costs of an application and suppliers' quotes."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import User
from documents import actions as documents
from documents.models import Upload
from funding.actions.locking import locked, locked_draft, out_of_date
from funding.actions.problems import (
    UnableToChange,
)
from funding.models import BudgetLine, GrantApplication, Partner, Quote

MOST_FILES = 20
MOST_BYTES = 50 * 1024 * 1024


@transaction.atomic(durable=True)
def save_line(*, application: GrantApplication, line: BudgetLine, partner: Partner | None = None) -> BudgetLine:
    """Keep a new or changed cost of the firm or of `partner`; a repeat with the same `creation_key` gives the one kept.

    Raises UnableToChange once the application was sent or the partner has completed its part.
    """
    current = _locked(application, partner)
    if line.pk is None and (kept := BudgetLine.objects.filter(creation_key=line.creation_key).first()):
        if kept.application_id == current.pk:
            return kept
        raise UnableToChange(out_of_date())
    line.application, line.partner = current, partner
    line.save()
    return line


@transaction.atomic(durable=True)
def remove_line(*, line: BudgetLine) -> None:
    """Take a cost out, its quotes with it; raises UnableToChange once the application was sent."""
    _locked(line.application, line.partner)
    _discard(Quote.objects.filter(line=line))
    line.delete()


@transaction.atomic(durable=True)
def attach_quote(
    *,
    line: BudgetLine,
    file: Any,
    supplier: str,
    amount: Decimal,
    valid_until: date | None,
    by: User,
    at: datetime,
    key: uuid.UUID | None = None,
    replaces: Quote | None = None,
) -> Quote:
    """Keep a supplier's quote for a cost, in the place of an older one where it `replaces` one.

    A repeat with the same `key` gives the one kept. Raises UnableToChange once the application was sent or has too
    many files, and documents.checking.RefusedFile when the file may not be kept.
    """
    application = _locked(line.application, line.partner)
    repeated: Quote | None = Quote.objects.filter(creation_key=key).first() if key else None
    if repeated:
        if repeated.line_id == line.pk:
            return repeated
        raise UnableToChange(out_of_date())
    kept = Upload.objects.filter(pk__in=Quote.objects.filter(line__application=application).values("upload"))
    if kept.count() >= MOST_FILES:
        raise UnableToChange(_("You have added %(most)d files, the most there can be.") % {"most": MOST_FILES})
    total: int = kept.aggregate(total=Sum("size"))["total"] or 0
    if total + (file.size or 0) > MOST_BYTES:
        raise UnableToChange(_("All your files together must be smaller than 50 MB."))
    upload = documents.take_upload(file=file, by=by, at=at)
    quote = Quote.objects.create(
        line=line, creation_key=key or uuid.uuid4(), upload=upload, supplier=supplier, amount=amount,
        valid_until=valid_until, attached_at=at, attached_by=by,
    )  # fmt: skip
    if replaces is not None:
        Quote.objects.filter(pk=replaces.pk, line=line, replaced_by=None).update(replaced_by=quote)
    return quote


@transaction.atomic(durable=True)
def remove_quote(*, quote: Quote) -> None:
    """Take a quote and its file away; raises UnableToChange once the application was sent."""
    _locked(quote.line.application, quote.line.partner)
    _discard(Quote.objects.filter(pk=quote.pk))


def remove_costs_of(partner: Partner) -> None:
    """All costs of a partner that takes part no more; call under the application's lock."""
    _discard(Quote.objects.filter(line__partner=partner))
    BudgetLine.objects.filter(partner=partner).delete()


def _locked(application: GrantApplication, partner: Partner | None) -> GrantApplication:
    """The application while these costs may be changed, held so; raises UnableToChange."""
    if partner is None:
        return locked_draft(application)
    current = locked(application)
    if not Partner.objects.select_related("application").get(pk=partner.pk).may_fill_in:
        raise UnableToChange(_("Your part is closed, so it cannot be changed now."))
    return current


def _discard(quotes: Any) -> None:
    """Delete quotes with their files; the files go once the rows are gone for good."""
    uploads = list(Upload.objects.filter(pk__in=quotes.values("upload")))
    quotes.delete()
    documents.discard_uploads(uploads)

"""The firm, or a partner, claims part of its grant."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from documents import actions as documents
from documents.models import Document, Upload
from funding import claim_letters, claiming
from funding.actions.locking import out_of_date
from funding.actions.problems import UnableToClaim
from funding.flagging import flag_claim
from funding.mails import tell_claimant
from funding.models import Award, Claim, ClaimLine, ClaimQuery, Forecast, Milestone, MilestoneEvidence, Partner
from funding.rules import claims as rules
from funding.wording import STOPS
from portal.dates import long_date
from portal.workflow import IllegalMove

MOST_FILES = 60
MOST_BYTES = 150 * 1024 * 1024


def lock_award(award: Award) -> Award:
    """The award as it is now, held until the transaction ends: its claims are counted under this lock."""
    awards = Award.objects.select_related("application__case__programme", "application__case__organisation",
                                          "application__case__created_by", "application__call", "call")  # fmt: skip
    return awards.select_for_update(of=("self",)).get(pk=award.pk)


def lock_claim(claim: Claim) -> Claim:
    """The claim as it is now, held with its award until the transaction ends."""
    award = lock_award(claim.award)
    current = Claim.objects.select_related("partner__contact").select_for_update(of=("self",)).get(pk=claim.pk)
    current.award = award
    return current


def _editable(claim: Claim) -> Claim:
    current = lock_claim(claim)
    if not current.is_editable:
        raise UnableToClaim(_("Your claim has been sent, so it cannot be changed now."))
    return current


@transaction.atomic(durable=True)
def start_claim(
    *, award: Award, partner: Partner | None, is_final: bool, key: uuid.UUID, by: User, at: datetime
) -> Claim:
    """A new claim of the stretches that have ended; one that is not sent yet, or a repeat with `key`, is given back.

    Raises UnableToClaim when there is nothing to claim.
    """
    current = lock_award(award)
    own = Claim.objects.filter(award=current, partner=partner)
    kept = own.filter(creation_key=key).first() or own.filter(status__in=Claim.EDITABLE).first()
    if kept:
        return kept
    if current.status != Award.Status.ACCEPTED:
        raise UnableToClaim(_("You can claim once the offer is accepted and while the project runs."))
    if not claiming.has_started(current):
        raise UnableToClaim(_("Settle first what has to be settled before the project starts."))
    today = current.application.case.programme.local_date(at)
    period = claiming.next_period(current, partner, today, is_final=is_final)
    if period is None:
        raise UnableToClaim(_nothing_to_claim(current, today))
    last = Claim.objects.filter(award=current).aggregate(last=Max("number"))["last"] or 0
    return Claim.objects.create(
        award=current, partner=partner, number=last + 1, creation_key=key, period_from=period.first,
        period_to=period.last, is_final=is_final or period.last == current.ends_on, created_at=at, created_by=by,
        updated_at=at,
    )  # fmt: skip


def _nothing_to_claim(award: Award, today: date) -> str:
    day = claiming.next_chance(award, today)
    if day:
        return _(
            "You can make your next claim from %(day)s. If the project is finished before, make your last claim."
        ) % {"day": long_date(day)}
    return _("Everything of this project has been claimed.")


# --- Costs ----------------------------------------------------------------------------------------
@transaction.atomic(durable=True)
def save_claim_line(
    *, claim: Claim, line: ClaimLine, invoice: Any = None, proof: Any = None, by: User, at: datetime
) -> ClaimLine:
    """Keep a new or changed invoice, its files replaced where new ones are given; a repeated new one is kept once.

    Raises UnableToClaim once the claim was sent, documents.checking.RefusedFile for a file that may not be kept.
    """
    current = _editable(claim)
    if line.pk is None and (kept := ClaimLine.objects.filter(creation_key=line.creation_key).first()):
        if kept.claim_id == current.pk:
            return kept
        raise UnableToClaim(out_of_date())
    if line.category not in {row.category for row in claiming.rows_of(current.award, current.partner)}:
        raise UnableToClaim(_("This kind of cost is not in your budget."))
    line.claim = current
    line.invoice_key = rules.invoice_key(line.invoice_number)
    line.accepted, line.why_less = None, ""
    _must_have_room(current, [invoice, proof])
    gone = []
    for name, file in (("invoice", invoice), ("proof", proof)):
        if file:
            gone.append(getattr(line, name))
            setattr(line, name, documents.take_upload(file=file, by=by, at=at))
    line.save()
    _discard(gone)
    return line


@transaction.atomic(durable=True)
def remove_claim_line(*, line: ClaimLine) -> None:
    """Take an invoice out, its files with it; raises UnableToClaim once the claim was sent."""
    _editable(line.claim)
    files = [line.invoice, line.proof]
    line.delete()
    _discard(files)


def _must_have_room(claim: Claim, files: list[Any]) -> None:
    """Raises UnableToClaim when a claim with these files too would hold too many or too much."""
    kept = _files_of(claim)
    size = Upload.objects.filter(pk__in=kept).aggregate(size=Sum("size"))["size"] or 0
    new = [file for file in files if file]
    if len(kept) + len(new) > MOST_FILES or size + sum(file.size or 0 for file in new) > MOST_BYTES:
        raise UnableToClaim(_("A claim holds at most %(files)d files of 150 MB together.") % {"files": MOST_FILES})


def _files_of(claim: Claim) -> list[uuid.UUID]:
    lines = ClaimLine.objects.filter(claim=claim).values_list("invoice", "proof")
    evidence = MilestoneEvidence.objects.filter(claim=claim).values_list("file", flat=True)
    return [pk for pk in [*(pk for pair in lines for pk in pair), *evidence] if pk]


def _discard(uploads: list[Upload | None]) -> None:
    """Delete files that nothing holds any more; they go from the disk once the rows are gone for good."""
    documents.discard_uploads(uploads)


# --- Milestones and report ------------------------------------------------------------------------
@transaction.atomic(durable=True)
def show_milestone(
    *, claim: Claim, milestone: Milestone, reached_on: date | None, note: str, file: Any, by: User, at: datetime
) -> MilestoneEvidence:
    """What shows that a milestone was reached; written again it replaces what was said before."""
    current = _editable(claim)
    evidence, _made = MilestoneEvidence.objects.get_or_create(claim=current, milestone=milestone)
    evidence.reached_on, evidence.note = reached_on, note
    _must_have_room(current, [file])
    gone = None
    if file:
        gone, evidence.file = evidence.file, documents.take_upload(file=file, by=by, at=at)
    evidence.save()
    _discard([gone])
    return evidence


# --- Sending --------------------------------------------------------------------------------------
@transaction.atomic(durable=True)
def send_claim(*, claim: Claim, answer: str = "", declared: str, by: User, at: datetime) -> None:
    """Send the claim in, once, with its figures and a receipt; `answer` goes to the open question.

    Raises UnableToClaim when something is missing or the question is not answered, IllegalMove when it was sent.
    """
    current = lock_claim(claim)
    if not current.is_editable:
        raise IllegalMove(f"{current} was sent")
    if current.award.status != Award.Status.ACCEPTED:
        raise UnableToClaim(_("The project has ended, so nothing can be claimed now."))
    lines = list(current.lines.all())
    missing = rules.stops(claiming.readiness(current, lines))
    if missing:
        raise UnableToClaim(" ".join(str(STOPS[stop]) for stop in missing))
    question = current.queries.filter(answered_at=None).first()
    if question:
        _answer(question, answer, by=by, at=at)
    figures = claiming.figures(current.award, claiming.worth_of(current, lines))
    receipt = _receipt(current, lines, figures, declared=declared, by=by, at=at)
    current.submit(figures=figures, receipt=receipt, by=by, at=at)
    flag_claim(current, at=at)
    tell_claimant(current, "claim_received", at)


def _answer(question: ClaimQuery, answer: str, *, by: User, at: datetime) -> None:
    if not answer.strip():
        raise UnableToClaim(_("Answer our question before you send the claim again."))
    question.answer, question.answered_at, question.answered_by = answer, at, by
    question.save(update_fields=["answer", "answered_at", "answered_by"])


def _receipt(
    claim: Claim, lines: list[ClaimLine], figures: Mapping[str, str], *, declared: str, by: User, at: datetime
) -> Document:
    case = claim.award.application.case
    with translation.override(case.language):
        title = _("Receipt for your claim %(reference)s") % {"reference": claim.reference}
        context = claim_letters.receipt(claim, lines, figures, declared=declared, by=by, at=at)
    return documents.request_document(
        template="funding/pdf/claim_receipt.html", context=context, title=title, language=case.language,
        file_name=f"{claim.reference.replace('/', '-')}.pdf", at=at,
    )  # fmt: skip


@transaction.atomic(durable=True)
def withdraw_claim(*, claim: Claim, by: User, at: datetime) -> None:
    """The firm takes the claim back before it was checked; raises IllegalMove later."""
    lock_claim(claim).withdraw(by=by, at=at)


# --- Forecast -------------------------------------------------------------------------------------
@transaction.atomic(durable=True)
def save_forecast(*, award: Award, amounts: Mapping[tuple[date, str], Decimal], by: User, at: datetime) -> None:
    """What the firm expects to spend: amounts by (first day of the stretch, kind of cost); unknown stretches raise."""
    current = lock_award(award)
    if current.status != Award.Status.ACCEPTED or not current.starts_on or not current.ends_on:
        raise UnableToClaim(_("The project has ended, so its forecast stays as it is."))
    periods = rules.periods(current.starts_on, current.ends_on, claiming.terms_of(current).months)
    last = {one.first: one.last for one in periods}
    Forecast.objects.filter(award=current).delete()
    Forecast.objects.bulk_create(
        Forecast(
            award=current, period_from=first, period_to=last[first], category=category, amount=amount, saved_at=at,
            saved_by=by,
        )
        for (first, category), amount in amounts.items()
    )  # fmt: skip

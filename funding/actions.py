"""Asking for money, deciding on it, taking the offer up: each a single transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from applications.actions import has_confirmed_email
from applications.models import Case, still_open
from diagnostics.models import PlanAction
from documents import actions as documents
from documents.models import Upload
from funding import aid, letters, overlaps, quoting, rules
from funding.mails import tell_firm
from funding.models import Award, BudgetLine, GrantApplication, Quote, Review
from organisations.groups import lock_group
from portal.dates import long_date
from portal.models import Event
from portal.money import money_text
from portal.workflow import IllegalMove
from programmes.models import Call

MOST_FILES = 20
MOST_BYTES = 50 * 1024 * 1024
REVIEWS_NEEDED = 1
"""Sent reviews that bring an application to the approver; more may follow until the decision."""


class UnableToStart(Exception):
    """The firm cannot ask for this money now; the message says why."""


class UnableToChange(Exception):
    """The costs cannot be changed so; the message says why."""


class UnableToSubmit(Exception):
    """The application cannot be sent yet; the message says what is missing."""


class UnableToReview(Exception):
    """The person may not assess this application; the message says why."""


class UnableToDecide(Exception):
    """The application cannot be decided so; the message says why."""


class UnableToAccept(Exception):
    """The offer cannot be taken up; the message says why and what to do."""


# --- The firm asks ------------------------------------------------------------------------------
@transaction.atomic(durable=True)
def start(
    *, case: Case, call: Call, plan_action: PlanAction | None, key: uuid.UUID, by: User, at: datetime
) -> GrantApplication:
    """Begin an application under `call`, from an action of the plan where there is one.

    A repeat with the same `key` gives the same application, and so does a second start for the same action while
    the first is a draft. Raises UnableToStart.
    """
    # One start at a time in a case: numbers have no gaps, and the second of two clicks finds what the first made.
    case = Case.objects.with_context().select_for_update(of=("self",)).get(pk=case.pk)
    existing = GrantApplication.objects.with_context()
    if found := existing.filter(creation_key=key).first():
        if found.case_id == case.pk:
            return found
        raise UnableToStart(_out_of_date())
    if found := existing.open().filter(case=case, call=call, plan_action=plan_action).first():
        if found.is_editable:
            return found
        raise UnableToStart(_("You have already asked for this. We are looking at your application."))
    if case.status != Case.Status.ACCEPTED:
        raise UnableToStart(_("You can ask for money once your application to join has been accepted."))
    if not call.is_open(at):
        raise UnableToStart(_("This funding is not open for applications now."))
    if excluded := overlaps.not_combined(case, call.instrument):
        raise UnableToStart(excluded)
    last: int = GrantApplication.objects.filter(case=case).aggregate(last=Max("number"))["last"] or 0
    application = GrantApplication.objects.create(
        case=case, number=last + 1, call=call, plan_action=plan_action, creation_key=key,
        title=plan_action.title[:120] if plan_action else "", created_at=at, created_by=by, updated_at=at,
    )  # fmt: skip
    Event.objects.record(application, kind="grantapplication.started", by=by, at=at)
    return application


def _locked(application: GrantApplication) -> GrantApplication:
    """The application as it is now, held until the transaction ends."""
    return GrantApplication.objects.with_context().select_for_update(of=("self",)).get(pk=application.pk)


def _locked_draft(application: GrantApplication) -> GrantApplication:
    current = _locked(application)
    if not current.is_editable:
        raise UnableToChange(_("Your application has been sent, so its costs cannot be changed now."))
    return current


def _out_of_date() -> str:
    return _("This page is out of date. Open it again and send it once more.")


@transaction.atomic(durable=True)
def save_line(*, application: GrantApplication, line: BudgetLine) -> BudgetLine:
    """Keep a new or changed cost; a repeat of a new one with the same `creation_key` gives the one kept.

    Raises UnableToChange once the application was sent.
    """
    current = _locked_draft(application)
    if line.pk is None and (kept := BudgetLine.objects.filter(creation_key=line.creation_key).first()):
        if kept.application_id == current.pk:
            return kept
        raise UnableToChange(_out_of_date())
    line.application = current
    line.save()
    return line


@transaction.atomic(durable=True)
def remove_line(*, line: BudgetLine) -> None:
    """Take a cost out, its quotes with it; raises UnableToChange once the application was sent."""
    _locked_draft(line.application)
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
) -> Quote:
    """Keep a supplier's quote for a cost; a repeat with the same `key` gives the one kept.

    Raises UnableToChange once the application was sent or has too many files, and
    documents.checking.RefusedFile when the file may not be kept.
    """
    application = _locked_draft(line.application)
    repeated: Quote | None = Quote.objects.filter(creation_key=key).first() if key else None
    if repeated:
        if repeated.line_id == line.pk:
            return repeated
        raise UnableToChange(_out_of_date())
    kept = Upload.objects.filter(pk__in=Quote.objects.filter(line__application=application).values("upload"))
    if kept.count() >= MOST_FILES:
        raise UnableToChange(_("You have added %(most)d files, the most there can be.") % {"most": MOST_FILES})
    total: int = kept.aggregate(total=Sum("size"))["total"] or 0
    if total + (file.size or 0) > MOST_BYTES:
        raise UnableToChange(_("All your files together must be smaller than 50 MB."))
    upload = documents.take_upload(file=file, by=by, at=at)
    return Quote.objects.create(
        line=line, creation_key=key or uuid.uuid4(), upload=upload, supplier=supplier, amount=amount,
        valid_until=valid_until, attached_at=at, attached_by=by,
    )  # fmt: skip


@transaction.atomic(durable=True)
def remove_quote(*, quote: Quote) -> None:
    """Take a quote and its file away; raises UnableToChange once the application was sent."""
    _locked_draft(quote.line.application)
    _discard(Quote.objects.filter(pk=quote.pk))


def _discard(quotes: Any) -> None:
    """Delete quotes with their files; the files go once the rows are gone for good."""
    uploads = list(Upload.objects.filter(pk__in=quotes.values("upload")))
    quotes.delete()
    for upload in uploads:
        upload.delete()
        transaction.on_commit(partial(upload.file.storage.delete, str(upload.file.name)))


@transaction.atomic(durable=True)
def submit(*, application: GrantApplication, by: User, at: datetime) -> None:
    """Send the application in, with its terms and its quote frozen; raises UnableToSubmit or IllegalMove."""
    if not has_confirmed_email(by):
        raise UnableToSubmit(_("Confirm your email address first. We have sent you a link."))
    # The same cost sent twice at one moment, in two programmes, meets here.
    case = application.case
    members = lock_group(case.organisation, case.programme.local_date(at))
    current = _locked(application)
    if not current.is_editable:
        raise IllegalMove(f"{current} was sent already")
    # A returned application was in time once; what changed in it is the answer to our question.
    if current.submitted_at is None and not current.call.is_open(at):
        raise UnableToSubmit(_("This funding has closed. What you wrote is kept as a draft."))
    _must_be_sendable(current, members, at)
    answer = quoting.answer_for(current, at=at)
    if not answer.quote.accepted:
        raise UnableToSubmit(" ".join(quoting.refusals(answer, current.call.currency)))
    Review.objects.filter(application=current).update(submitted_at=None)
    current.submit(terms=current.call.terms, quote=quoting.frozen(current, answer), by=by, at=at)
    tell_firm(current, "grant_submitted", at)


def _must_be_sendable(current: GrantApplication, members: frozenset[int], at: datetime) -> None:
    """Complete, in time and paid for by nobody else; raises UnableToSubmit."""
    programme = current.case.programme
    if current.starts_on and current.starts_on <= programme.local_date(at):
        raise UnableToSubmit(
            _("The day you want to start has come. Choose a later one: work that has begun is not helped.")
        )
    if quoting.missing_sections(current):
        raise UnableToSubmit(_("Complete every section before you send your application."))
    if outside := overlaps.outside_window(programme, current.ends_on):
        raise UnableToSubmit(outside + ".")
    if excluded := overlaps.not_combined(current.case, current.call.instrument):
        raise UnableToSubmit(excluded)
    if twice := overlaps.in_words(overlaps.paid_twice(current, members), current.case.organisation):
        raise UnableToSubmit(" ".join(twice))


@transaction.atomic(durable=True)
def withdraw(*, application: GrantApplication, reason: str, by: User, at: datetime) -> None:
    application.withdraw(by=by, at=at, reason=reason)
    tell_firm(application, "grant_withdrawn", at)


def end_with_case(*, case: Case, by: User, at: datetime) -> None:
    """Close what the firm asked for when it leaves the programme; call inside the transaction that ends the case."""
    for application in GrantApplication.objects.filter(case=case).open().with_context():
        application.withdraw(by=by, at=at)
    offered = Award.objects.filter(application__case=case, status=Award.Status.OFFERED)
    for award in offered.select_related("application__case__programme"):
        award.lapse(by=by, at=at)


# --- Assessors answer ---------------------------------------------------------------------------
def _is_of_firm(user: User, application: GrantApplication) -> bool:
    return Membership.objects.filter(user=user, organisation=application.case.organisation_id).exists()


@transaction.atomic(durable=True)
def declare(*, application: GrantApplication, conflict: str, note: str, by: User, at: datetime) -> Review:
    """Record whether a conflict of interest stands in the way of `by`; the first answer to "none" opens the review.

    A declared conflict stands. Raises UnableToReview for people of the firm and for applications not under assessment.
    """
    current = _locked(application)
    if _is_of_firm(by, current):
        raise UnableToReview(_("You belong to this firm, so you cannot assess its application."))
    if current.status not in (GrantApplication.Status.SUBMITTED, GrantApplication.Status.ASSESSED):
        raise UnableToReview(_("This application is not being assessed now."))
    review, made = Review.objects.get_or_create(
        application=current, assessor=by,
        defaults={"conflict": conflict, "conflict_note": note, "declared_at": at},
    )  # fmt: skip
    if made:
        Event.objects.record(
            current, kind="review.declared", by=by, at=at, note=note, data={"conflict": conflict}, staff_only=True
        )
    return review


@transaction.atomic(durable=True)
def review(
    *,
    review: Review,
    scores: Mapping[str, Any],
    recommendation: str,
    comment: str,
    send: bool,
    by: User,
    at: datetime,
) -> None:
    """Keep an assessor's scores; with `send` they count, and the last one needed brings the application to a decision.

    `scores` maps each criterion's code to {"score": 0 to 5, "reason": text}; all are needed to send. Raises
    UnableToReview when the review was sent, a conflict was declared or the application is not under assessment.
    """
    current = _locked(review.application)
    if current.status not in (GrantApplication.Status.SUBMITTED, GrantApplication.Status.ASSESSED):
        raise UnableToReview(_("This application is not being assessed now."))
    if review.conflict != Review.Conflict.NONE:
        raise UnableToReview(_("You declared a conflict of interest, so you cannot assess this application."))
    changes: dict[str, Any] = {"scores": scores, "recommendation": recommendation, "comment": comment}
    if send:
        points = {code: entry["score"] for code, entry in scores.items()}
        changes |= {"submitted_at": at, "total": rules.weighted_score(current.call.criteria, points)}
    if not Review.objects.filter(pk=review.pk, assessor=by, submitted_at=None).update(**changes):
        raise UnableToReview(_("You have sent your assessment already."))
    if not send:
        return
    Event.objects.record(current, kind="review.sent", by=by, at=at, staff_only=True)
    waiting = current.status == GrantApplication.Status.SUBMITTED
    if waiting and Review.objects.filter(application=current).sent().count() >= REVIEWS_NEEDED:
        current.recommend(by=by, at=at)


@transaction.atomic(durable=True)
def return_to_firm(*, application: GrantApplication, reason: str, by: User, at: datetime) -> None:
    application.return_to_firm(by=by, at=at, reason=reason)
    tell_firm(application, "grant_returned", at)


# --- Approvers decide ---------------------------------------------------------------------------
def _must_be_free_to_decide(application: GrantApplication, by: User) -> None:
    """Four eyes: nobody decides who assessed the application, declared a conflict or belongs to the firm."""
    if Review.objects.filter(application=application, assessor=by).exists() or application.assessed_by_id == by.pk:
        raise UnableToDecide(_("You assessed this application, so somebody else has to decide on it."))
    if _is_of_firm(by, application):
        raise UnableToDecide(_("You belong to this firm, so somebody else has to decide on its application."))


@transaction.atomic(durable=True)
def approve(
    *,
    application: GrantApplication,
    amount: Decimal,
    accept_by: date,
    conditions: Iterable[str] = (),
    seen: str,
    by: User,
    at: datetime,
) -> Award:
    """Offer `amount` to the firm: the award, its letter and the mail, within what the call has left.

    `seen` is the fingerprint of the application that the approver read. Raises UnableToDecide, or IllegalMove when
    the application is not waiting for a decision.
    """
    call = Call.objects.select_for_update().get(pk=application.call_id)  # one decision at a time in a call
    # Two programmes may help one group at once; what it may still get is added up by one of them at a time.
    today = application.case.programme.local_date(at)
    members = lock_group(application.case.organisation, today)
    current = _locked(application)
    if current.status != GrantApplication.Status.ASSESSED or current.assessed_by is None:
        raise IllegalMove(f"{current} is not waiting for a decision")
    if seen != quoting.fingerprint(current):
        raise UnableToDecide(_("The firm has changed this application since you opened it. Read it again."))
    _must_be_free_to_decide(current, by)
    _must_be_in_time(current, accept_by, today)
    _must_be_eligible(current.case)
    _must_be_payable(current, call, amount, aid.left(current.case, today, members=members))
    _must_be_paid_once(current, members)
    offer = letters.offer(current, amount=amount, accept_by=accept_by, conditions=conditions, at=at)
    letter = documents.request_document(
        template="funding/pdf/offer_letter.html", context=letters.letter_context(current, offer, by=by, at=at),
        title=letters.title(current), language=current.case.language,
        file_name=f"offer-{current.case.reference}-{current.number}.pdf", at=at,
    )  # fmt: skip
    current.approve(by=by, at=at)
    award = Award.objects.create(
        application=current, call=call, amount=amount, currency=call.currency, letter=letter,
        recommended_by=current.assessed_by, offered_at=at, offered_by=by, accept_by=accept_by, offer=offer,
        offer_hash=rules.fingerprint(offer), aid_basis=(aid.rule_of(current.case, today) or {}).get("basis", ""),
        updated_at=at,
    )  # fmt: skip
    aid.reserve(award, by=by, at=at)
    Event.objects.record(award, kind="award.offered", by=by, at=at, data={"amount": str(amount)})
    tell_firm(current, "offer_made", at, page="funding:offer")
    return award


def _must_be_in_time(application: GrantApplication, accept_by: date, today: date) -> None:
    if accept_by < today:
        raise UnableToDecide(_("The last day to accept must be today or later."))
    if application.starts_on and application.starts_on <= today:
        raise UnableToDecide(
            _(
                "The day on which the firm wants to start has come, and work that has begun is not helped. Return the "
                "application, so that the firm can choose a later day."
            )
        )


def _must_be_eligible(case: Case) -> None:
    """No rule of the check in force says no, unless it was set aside; raises UnableToDecide."""
    failed = [found.name for found in still_open(case) if found.is_failed and not found.is_settled]
    if failed:
        raise UnableToDecide(
            _("The eligibility check says no: %(rules)s. An adviser has to check again, or set that aside.")
            % {"rules": ", ".join(failed)}
        )


def _must_be_paid_once(application: GrantApplication, members: frozenset[int]) -> None:
    """Nothing here is paid by another award of the group, nor excluded by one; raises UnableToDecide."""
    if excluded := overlaps.not_combined(application.case, application.call.instrument):
        raise UnableToDecide(_("This firm has an award that excludes this one.") + " " + excluded)
    for twice in overlaps.paid_twice(application, members, awarded=True):
        raise UnableToDecide(
            _("“%(cost)s” is paid by the award of %(reference)s already. Return the application to the firm.")
            % {"cost": twice.line.description, "reference": twice.other.application.reference}
        )


def _must_be_payable(application: GrantApplication, call: Call, amount: Decimal, left_of_aid: Decimal | None) -> None:
    """Within the terms, the limit for small aid and what the locked call has left; raises UnableToDecide."""
    if left_of_aid is not None and amount > left_of_aid:
        raise UnableToDecide(
            _(
                "With the public support on record, this firm and its group may have %(left)s more. "
                "Offer no more than that."
            )
            % {"left": money_text(left_of_aid, call.currency)}
        )
    most = quoting.most_payable(application, aid_left=left_of_aid)
    if amount <= 0 or amount > most:
        raise UnableToDecide(
            _("Under the terms of this funding the most you can offer is %(most)s.")
            % {"most": money_text(most, call.currency)}
        )
    left = call.budget - Award.objects.committed_to(call)
    if amount > left:
        raise UnableToDecide(
            _("This call has %(left)s left, which is less than %(amount)s. Offer less, or wait until money comes back.")
            % {"left": money_text(max(left, Decimal(0)), call.currency), "amount": money_text(amount, call.currency)}
        )


@transaction.atomic(durable=True)
def decline(*, application: GrantApplication, reason: str, by: User, at: datetime) -> None:
    """Refuse, with the words that the firm reads; raises UnableToDecide or IllegalMove."""
    current = _locked(application)
    _must_be_free_to_decide(current, by)
    current.decline(by=by, at=at, reason=reason)
    tell_firm(current, "grant_declined", at)


# --- The firm takes it up -----------------------------------------------------------------------
@transaction.atomic(durable=True)
def accept_offer(*, award: Award, offer_hash: str, confirms_aid: bool = False, by: User, at: datetime) -> None:
    """Bind the firm to the exact offer it read; raises UnableToAccept, or IllegalMove when the offer is closed.

    `confirms_aid` is the firm's written confirmation of the words in `award.aid_question`; where the offer is small
    aid nothing is given before it, and the group's limit is counted again, for aid told or awarded meanwhile.
    """
    case = award.application.case
    today = case.programme.local_date(at)
    members = lock_group(case.organisation, today)
    if award.status != Award.Status.OFFERED:
        raise IllegalMove(f"{award} is not on offer")
    if award.is_late(today):
        raise UnableToAccept(
            _("You could accept this offer until %(day)s. It has run out. Write to %(email)s if you still want it.")
            % {"day": long_date(award.accept_by), "email": case.programme.contact_email}
        )
    if offer_hash != award.offer_hash or rules.fingerprint(award.offer) != award.offer_hash:
        raise UnableToAccept(_("This offer is not the one you read. Open it again."))
    if award.aid_basis:
        if not confirms_aid:
            raise UnableToAccept(_("Confirm what the offer says about other public support. We cannot give it before."))
        _must_fit_still(award, today, members)
        award.confirm_aid(by=by, at=at)
    award.accept(by=by, at=at)
    aid.give(award, by=by, at=at)
    tell_firm(award.application, "offer_accepted", at, page="funding:offer")


def _must_fit_still(award: Award, today: date, members: frozenset[int]) -> None:
    """The offer is kept as it is when it no longer fits; raises UnableToAccept."""
    case = award.application.case
    left = aid.left(case, today, without=award.application.reference, members=members)
    if left is not None and award.amount > left:
        raise UnableToAccept(
            _(
                "More public support of your firm or its group is on record since we made this offer. Of the limit "
                "%(left)s is left, which is less than this grant. Nothing is lost: the offer stands until %(day)s. "
                "Write to %(email)s, and we will look at it with you."
            )
            % {
                "left": money_text(left, award.currency),
                "day": long_date(award.accept_by),
                "email": case.programme.contact_email,
            }
        )


@transaction.atomic(durable=True)
def turn_down_offer(*, award: Award, reason: str, by: User, at: datetime) -> None:
    award.turn_down(by=by, at=at, reason=reason)
    tell_firm(award.application, "offer_turned_down", at)


@transaction.atomic(durable=True)
def withdraw_offer(*, award: Award, reason: str, by: User, at: datetime) -> None:
    """Take an offer back; the reason is read by the firm."""
    award.withdraw(by=by, at=at, reason=reason)
    tell_firm(award.application, "offer_withdrawn", at)

"""The firm begins, sends and takes back an application."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from applications.actions import has_confirmed_email
from applications.models import Case
from diagnostics.models import PlanAction
from funding import affording, joining, overlaps, quoting, receipts, sheet, wording
from funding.actions.locking import locked, out_of_date
from funding.actions.outlines import must_be_open_to
from funding.actions.problems import OutlineFirst, UnableToChange, UnableToStart, UnableToSubmit
from funding.actions.reviewing import after_submit
from funding.flagging import flag_application
from funding.mails import tell_firm
from funding.models import Award, Claim, GrantApplication, Outline, Submission
from funding.reserves import tell_of_room
from funding.rules import cash
from organisations.groups import lock_group
from portal.models import Event
from portal.workflow import IllegalMove
from programmes.models import Call


@transaction.atomic(durable=True)
def start(
    *,
    case: Case,
    call: Call,
    plan_action: PlanAction | None,
    key: uuid.UUID,
    figures: cash.Plan | None = None,
    by: User,
    at: datetime,
) -> GrantApplication:
    """Begin an application under `call`, from an action of the plan where there is one.

    `figures` tried out before become its first costs and its dates. Where the call asks for an outline first, the one
    that was found ready for this action is carried over.

    A repeat with the same `key` gives the same application, and so does a second start for the same action while
    the first is a draft. Raises UnableToStart, and of it OutlineFirst where an outline has to be found ready before.
    """
    # One start at a time in a case: numbers have no gaps, and the second of two clicks finds what the first made.
    case = Case.objects.with_context().select_for_update(of=("self",)).get(pk=case.pk)
    existing = GrantApplication.objects.with_context()
    if found := existing.filter(creation_key=key).first():
        if found.case_id == case.pk:
            return found
        raise UnableToStart(out_of_date())
    if found := existing.open().filter(case=case, call=call, plan_action=plan_action).first():
        if found.is_editable:
            return found
        raise UnableToStart(_("You have already asked for this. We are looking at your application."))
    must_be_open_to(case, call, at)
    outline = _ready_outline(case, call, plan_action)
    if outline and outline.figures and not figures:
        figures = cash.Plan.from_data(outline.figures)
    last: int = GrantApplication.objects.filter(case=case).aggregate(last=Max("number"))["last"] or 0
    application = GrantApplication.objects.create(
        case=case, number=last + 1, call=call, plan_action=plan_action, creation_key=key, created_at=at, created_by=by,
        updated_at=at, **_known(outline, plan_action, figures),
    )  # fmt: skip
    lines = affording.budget_lines(figures) if figures else []
    for line in lines:
        line.application, line.plan_action = application, plan_action
        line.supplier = outline.supplier if outline and len(lines) == 1 else ""
        line.save()
    Event.objects.record(application, kind="grantapplication.started", by=by, at=at)
    return application


def _ready_outline(case: Case, call: Call, plan_action: PlanAction | None) -> Outline | None:
    """The newest outline that may carry an application for this action, held so; raises OutlineFirst without one.

    Staff who try a call out may go on without.
    """
    if not call.needs_outline:
        return None
    of_action = Outline.objects.usable().filter(case=case, call=call, plan_action=plan_action)
    found = of_action.select_for_update(of=("self",)).order_by("-sent_at").first()
    if found is None and not case.is_test:
        raise OutlineFirst(_("A short outline comes first. You can apply when our advisers find it ready."))
    return found


def _known(outline: Outline | None, plan_action: PlanAction | None, figures: cash.Plan | None) -> dict[str, Any]:
    """What an application knows when it begins."""
    if outline:
        return {
            "outline": outline,
            "title": outline.title,
            "problem": outline.problem,
            "work": outline.change,
            "starts_on": outline.starts_on,
            "ends_on": outline.ends_on,
        }
    title = {"title": plan_action.title[:120] if plan_action else ""}
    return title | ({"starts_on": figures.starts_on, "ends_on": figures.ends_on} if figures else {})


@transaction.atomic(durable=True)
def submit(*, application: GrantApplication, seen: str = "", by: User, at: datetime) -> Submission:
    """Send the application in: its terms, quote and words are frozen as the next version, whose receipt is owed.

    `seen` is the fingerprint (funding.sheet) of what the signatory read; another one is not sent in its place. `at` is
    when the request came: the call closes by that. Raises UnableToSubmit, or IllegalMove when it was sent already.
    """
    if not has_confirmed_email(by):
        raise UnableToSubmit(_("Confirm your email address first. We have sent you a link."))
    # The same cost sent twice at one moment, in two programmes, meets here.
    case = application.case
    members = lock_group(case.organisation, case.programme.local_date(at))
    current = locked(application)
    if not current.is_editable:
        raise IllegalMove(f"{current} was sent already")
    # A returned application was in time once; what changed in it is the answer to our question.
    if current.submitted_at is None and not (case.is_test or current.call.is_open(at)):
        raise UnableToSubmit(wording.closed_text(current))
    if seen and seen != sheet.fingerprint(current):
        raise UnableToSubmit(_("Your application has changed since you opened this page. Read it again, then send it."))
    _must_be_sendable(current, members, at)
    answer = quoting.answer_for(current, at=at)
    if not answer.quote.accepted:
        raise UnableToSubmit(" ".join(quoting.refusals(answer, current.call.currency)))
    if unsettled := joining.unsettled(current, at=at):
        raise UnableToSubmit(" ".join(unsettled))
    current.submit(terms=current.call.terms, quote=quoting.frozen(current, answer, at=at), by=by, at=at)
    submission = receipts.keep(current, by=by, at=at)
    after_submit(application=current, by=by, at=at)
    flag_application(current, at=at)
    tell_firm(current, "grant_submitted", at)
    return submission


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
    """Take an application back at any stage; what its offer or award held of the money is free at once.

    Raises IllegalMove when it has ended, UnableToChange once money was claimed.
    """
    current = locked(application)
    award = Award.objects.live().filter(application=current).select_for_update(of=("self",)).first()
    if award is None:
        current.withdraw(by=by, at=at, reason=reason)
    elif award.status == Award.Status.OFFERED:
        award.turn_down(by=by, at=at, reason=reason)
    elif has_claimed(award):
        raise UnableToChange(_("You have claimed money for this project. Ask us to end it early instead."))
    else:
        award.withdraw(by=by, at=at, reason=reason)
    if award:
        tell_of_room(award, by=by, at=at)
    tell_firm(current, "grant_withdrawn", at)


def has_claimed(award: Award) -> bool:
    """Whether the firm has sent a claim that was not refused or taken back."""
    idle = [Claim.Status.DRAFT, Claim.Status.WITHDRAWN, Claim.Status.REJECTED]
    return Claim.objects.filter(award=award).exclude(status__in=idle).exists()


def end_with_case(*, case: Case, by: User, at: datetime) -> None:
    """Close what the firm asked for when it leaves the programme; call inside the transaction that ends the case.

    An award with claims stays: staff end it early, and settle what is owed.
    """
    for outline in Outline.objects.filter(case=case).open().with_context():
        outline.withdraw(by=by, at=at)
    for application in GrantApplication.objects.filter(case=case).open().with_context():
        application.withdraw(by=by, at=at)
    awards = Award.objects.live().filter(application__case=case).select_for_update(of=("self",))
    for award in awards.select_related("application__case__programme"):
        if award.status == Award.Status.OFFERED:
            award.lapse(by=by, at=at)
        elif not has_claimed(award):
            award.withdraw(by=by, at=at, reason=_("The firm has left the programme."))
        else:
            continue
        tell_of_room(award, by=by, at=at)

"""The outline before the application: the firm writes and sends it, two advisers say whether it is ready."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from applications.actions import has_confirmed_email
from applications.actions import tell_firm as tell_case
from applications.models import Case
from diagnostics.models import PlanAction
from funding import overlaps
from funding.actions.locking import out_of_date
from funding.actions.problems import UnableToChange, UnableToReview, UnableToStart, UnableToSubmit
from funding.models import GrantApplication, Outline, OutlineOpinion
from funding.rules import cash
from portal.models import Event
from portal.workflow import IllegalMove
from programmes.models import Call


def _locked(outline: Outline) -> Outline:
    """The outline as it is now, held until the transaction ends."""
    return Outline.objects.with_context().select_for_update(of=("self",)).get(pk=outline.pk)


def must_be_open_to(case: Case, call: Call, at: datetime) -> None:
    """Whether the firm may ask for money under this call now; raises UnableToStart."""
    if case.status != Case.Status.ACCEPTED:
        raise UnableToStart(_("You can ask for money once your application to join has been accepted."))
    if not (case.is_test or call.is_open(at)):
        raise UnableToStart(_("This funding is not open for applications now."))
    if excluded := overlaps.not_combined(case, call.instrument):
        raise UnableToStart(excluded)


@transaction.atomic(durable=True)
def start_outline(
    *,
    case: Case,
    call: Call,
    plan_action: PlanAction | None,
    key: uuid.UUID,
    figures: cash.Plan | None = None,
    by: User,
    at: datetime,
) -> Outline:
    """Begin an outline under `call`, from an action of the plan where there is one; `figures` are what was tried out.

    A repeat with the same `key` gives the same outline, and so does a second start for the same action while the first
    is open. Raises UnableToStart.
    """
    case = Case.objects.with_context().select_for_update(of=("self",)).get(pk=case.pk)
    existing = Outline.objects.with_context()
    if found := existing.filter(creation_key=key).first():
        if found.case_id == case.pk:
            return found
        raise UnableToStart(out_of_date())
    if found := existing.open().filter(case=case, call=call, plan_action=plan_action).first():
        return found
    if not call.needs_outline:
        raise UnableToStart(_("This funding needs no outline. Ask for it straight away."))
    must_be_open_to(case, call, at)
    outline = Outline.objects.create(
        case=case, call=call, plan_action=plan_action, creation_key=key,
        title=plan_action.title[:120] if plan_action else "", created_at=at, created_by=by, updated_at=at,
        **_tried(figures),
    )  # fmt: skip
    Event.objects.record(outline, kind="outline.started", by=by, at=at)
    return outline


def _tried(figures: cash.Plan | None) -> dict[str, Any]:
    if figures is None:
        return {}
    total = sum(figures.costs.values(), Decimal(0))
    return {
        "figures": figures.to_data(),
        "rough_cost": total or None,
        "starts_on": figures.starts_on,
        "ends_on": figures.ends_on,
    }


@transaction.atomic(durable=True)
def save_outline(*, outline: Outline, answers: Mapping[str, Any], seen: str) -> bool:
    """Keep one page of answers; False, and nothing kept, when others were saved since the page was made.

    `seen` is the digest of these answers when the page was made. Raises UnableToChange once it was sent or ended.
    """
    current = _locked(outline)
    if not current.is_editable:
        raise UnableToChange(_("Your outline has been sent, so it cannot be changed now."))
    is_same = all(getattr(current, name) == value for name, value in answers.items())
    if not is_same and current.digest(answers) != seen:
        return False
    current.save_answers(**answers)
    return True


@transaction.atomic(durable=True)
def send_outline(*, outline: Outline, by: User, at: datetime) -> None:
    """Send it to the advisers, again after it was not ready yet.

    Raises UnableToSubmit, or IllegalMove when it was sent or ended already.
    """
    if not has_confirmed_email(by):
        raise UnableToSubmit(_("Confirm your email address first. We have sent you a link."))
    current = _locked(outline)
    if not current.is_editable:
        raise IllegalMove(f"{current} was sent already")
    if not (current.case.is_test or current.call.is_open(at)):
        raise UnableToSubmit(_("This funding is not open for applications now."))
    if current.missing or current.starts_on is None:
        raise UnableToSubmit(_("Complete every part before you send your outline."))
    if current.starts_on <= current.case.programme.local_date(at):
        raise UnableToSubmit(
            _("The day you want to start has come. Choose a later one: work that has begun is not helped.")
        )
    current.send(by=by, at=at)
    _tell(current, "outline_sent", at)


@transaction.atomic(durable=True)
def give_opinion(
    *, outline: Outline, number: int, side: str, is_ready: bool, reason: str, by: User, at: datetime
) -> OutlineOpinion:
    """Say whether the sending with this `number` is ready, for one side; with the second opinion it moves on.

    Both ready: the firm may apply. Otherwise it reads why not yet. A repeat of one's own opinion gives the one kept.
    Raises UnableToReview.
    """
    current = _locked(outline)
    given = list(current.opinions.filter(turn_number=number))
    if mine := next((one for one in given if one.given_by_id == by.pk), None):
        if mine.side == side:
            return mine
        raise UnableToReview(_("You have given the other opinion on this outline. Somebody else has to give this one."))
    if current.turn_number != number:
        raise UnableToReview(_("The firm has sent the outline again since you opened this page. Read it once more."))
    if current.status != Outline.Status.SENT:
        raise UnableToReview(_("This outline waits for no opinion any more."))
    if any(one.side == side for one in given):
        raise UnableToReview(_("Somebody has given this opinion meanwhile. You can give the other one."))
    opinion = current.opinions.create(
        turn_number=number, side=side, is_ready=is_ready, reason=reason, given_at=at, given_by=by
    )
    data = {"side": side, "is_ready": is_ready}
    Event.objects.record(current, kind="outline.opinion", by=by, at=at, data=data, staff_only=True)
    if given:
        _settle(current, [*given, opinion], by, at)
    return opinion


def _settle(outline: Outline, opinions: list[OutlineOpinion], by: User, at: datetime) -> None:
    """Both sides have spoken."""
    if all(one.is_ready for one in opinions):
        outline.clear(by=by, at=at)
        _tell(outline, "outline_ready", at)
        return
    outline.hold_back(by=by, at=at, reason="\n\n".join(one.reason for one in opinions if not one.is_ready))
    _tell(outline, "outline_not_yet", at)


def _tell(outline: Outline, kind: str, at: datetime) -> None:
    tell_case(outline.case, kind, at, page=outline.get_absolute_url(), about=outline.title)


@transaction.atomic(durable=True)
def withdraw_outline(*, outline: Outline, by: User, at: datetime) -> None:
    """Take it back; raises IllegalMove when it has ended, UnableToChange while an application stands on it."""
    current = _locked(outline)
    if GrantApplication.objects.standing().filter(outline=current).exists():
        raise UnableToChange(_("You have applied with this outline. Withdraw the application instead."))
    current.withdraw(by=by, at=at)

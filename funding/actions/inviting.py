"""A programme's pool of assessors: who is in it, what they declare, and who is asked to assess which application."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Assignment, User
from accounts.permissions import Role
from funding import closeness
from funding.actions.locking import locked, takes_part
from funding.actions.problems import UnableToInvite, UnableToReview
from funding.mails import tell_assessor
from funding.models import Assessor, GrantApplication, Interests, Review, ReviewInvitation
from portal.models import Event
from portal.workflow import IllegalMove
from programmes.models import Programme

BEING_ASSESSED = (GrantApplication.Status.SUBMITTED, GrantApplication.Status.ASSESSED)


@transaction.atomic(durable=True)
def keep_assessor(
    *,
    programme: Programme,
    user: User,
    skills: Sequence[str],
    employer: str,
    most_at_once: int,
    is_active: bool,
    by: User,
    at: datetime,
) -> Assessor:
    """Put a person with the role of assessor into the programme's pool, or change what stands there of them.

    Raises UnableToInvite when the person is no assessor of the programme.
    """
    if not Assignment.objects.filter(user=user, programme=programme, role=Role.ASSESSOR).exists():
        raise UnableToInvite(_("%(name)s is no assessor of this programme.") % {"name": user.get_full_name()})
    facts = {
        "skills": list(skills),
        "employer": employer,
        "most_at_once": most_at_once,
        "is_active": is_active,
    }
    assessor, _made = Assessor.objects.update_or_create(
        programme=programme, user=user, defaults=facts, create_defaults={**facts, "added_at": at, "added_by": by}
    )
    return assessor


@transaction.atomic(durable=True)
def declare_interests(*, programme: Programme, has_interests: bool, text: str, by: User, at: datetime) -> Interests:
    """What an assessor declares once a year; earlier declarations stay as they were."""
    return Interests.objects.create(
        programme=programme, user=by, has_interests=has_interests, text=text, declared_at=at
    )


@transaction.atomic(durable=True)
def invite(
    *, application: GrantApplication, assessors: Iterable[Assessor], due_on: date, by: User, at: datetime
) -> list[ReviewInvitation]:
    """Ask these assessors for an assessment by `due_on`; who has been asked already is not asked twice.

    Two invitations at once for an assessor's last free place take turns at the pool's row. Raises UnableToInvite.
    """
    current = locked(application)
    if current.status not in BEING_ASSESSED:
        raise UnableToInvite(_("This application is not being assessed now."))
    if due_on < current.case.programme.local_date(at):
        raise UnableToInvite(_("The last day to send an assessment must be today or later."))
    pool = Assessor.objects.filter(programme=current.case.programme_id, pk__in=[one.pk for one in assessors])
    list(pool.select_for_update().order_by("pk"))
    asked = list(pool.with_load().select_related("user").order_by("pk"))
    there = {row.assessor_id: row for row in current.invitations.live()}
    new = [one for one in asked if one.user_id not in there]
    hints = closeness.hints_for(current, [one.user for one in new], at)
    found = []
    for one in asked:
        if one.user_id in there:
            found.append(there[one.user_id])
            continue
        _must_be_free(one, current)
        found.append(_ask(current, one.user, due_on, hints[one.user_id], by, at))
    return found


def _must_be_free(assessor: Assessor, application: GrantApplication) -> None:
    name = {"name": assessor.user.get_full_name()}
    if takes_part(assessor.user, application):
        raise UnableToInvite(_("%(name)s belongs to this firm.") % name)
    if not assessor.is_active:
        raise UnableToInvite(_("%(name)s takes no applications now.") % name)
    if assessor.load >= assessor.most_at_once:
        raise UnableToInvite(_("%(name)s has as many applications as they take at once.") % name)
    if Review.objects.filter(application=application, assessor=assessor.user, conflict=Review.Conflict.HAS).exists():
        raise UnableToInvite(_("%(name)s declared a conflict of interest for this application.") % name)


def _ask(
    application: GrantApplication, user: User, due_on: date, hints: list[dict[str, str]], by: User, at: datetime
) -> ReviewInvitation:
    invitation = ReviewInvitation.objects.create(
        application=application, assessor=user, due_on=due_on, hints=hints, invited_at=at, invited_by=by, updated_at=at
    )
    Event.objects.record(
        invitation, kind="reviewinvitation.invited", by=by, at=at, note=user.get_full_name(), staff_only=True
    )
    tell_assessor(invitation, "review_invited", at)
    return invitation


@transaction.atomic(durable=True)
def accept_invitation(*, invitation: ReviewInvitation, by: User, at: datetime) -> None:
    """Take the work on; a second time changes nothing. Raises IllegalMove when the invitation is gone."""
    current = _held(invitation)
    if current.status != ReviewInvitation.Status.ACCEPTED:
        current.accept(by=by, at=at)


@transaction.atomic(durable=True)
def decline_invitation(*, invitation: ReviewInvitation, why: str, note: str, by: User, at: datetime) -> None:
    """Say no, also after a yes. A conflict of interest stands: who names one assesses and decides nothing here.

    Raises UnableToReview after an assessment was sent, IllegalMove when the invitation is gone.
    """
    current = _held(invitation)
    if Review.objects.sent().filter(application=current.application, assessor=by).exists():
        raise UnableToReview(_("You have sent your assessment already."))
    current.decline(by=by, at=at, why=why, note=note)
    if why == ReviewInvitation.Why.CONFLICT:
        conflict = {"conflict": Review.Conflict.HAS, "conflict_note": note, "declared_at": at}
        Review.objects.update_or_create(application=current.application, assessor=by, defaults=conflict)


@transaction.atomic(durable=True)
def take_back_invitation(*, invitation: ReviewInvitation, by: User, at: datetime) -> None:
    """Ask no longer; the assessor is told. Raises IllegalMove when it was answered with no or an assessment."""
    current = _held(invitation)
    if Review.objects.sent().filter(application=current.application, assessor=current.assessor).exists():
        raise IllegalMove(f"{current} has been assessed")
    current.take_back(by=by, at=at)
    tell_assessor(current, "review_taken_back", at)


def _held(invitation: ReviewInvitation) -> ReviewInvitation:
    locked(invitation.application)
    return ReviewInvitation.objects.with_context().select_for_update(of=("self",)).get(pk=invitation.pk)

"""A conflict of interest that comes to light after an assessment was sent."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from funding.actions.locking import locked
from funding.actions.problems import UnableToReview
from funding.actions.reviewing import keep_score
from funding.mails import tell_of_conflict
from funding.models import GrantApplication, PanelOutcome, Review, ReviewInvitation
from portal.models import Event


@transaction.atomic(durable=True)
def find_conflict(*, review: Review, why: str, by: User, at: datetime) -> bool:
    """Record that the assessor of a sent assessment is close to the firm, found by themselves or by a manager.

    The assessment counts no more: score and spread are worked out anew, what the meeting agreed and a drafted decision
    rested on it and go, and the assessor and who invited them are told. Where too few are left another has to come
    before a decision. Once the application has ended nothing of it is changed: the words are kept beside the decision,
    and the answer is False. Raises UnableToReview for an assessment that does not count.
    """
    current = locked(review.application)
    if not Review.objects.sent().filter(pk=review.pk).exists():
        raise UnableToReview(_("This assessment does not count any more."))
    data = {"assessor": review.assessor_id, "total": str(review.total)}
    if not current.is_open:
        Event.objects.record(
            current, kind="decision.conflict_noted", by=by, at=at, note=why, data=data, staff_only=True
        )
        return False
    review.set_aside(why=why, by=by, at=at)
    Event.objects.record(current, kind="review.set_aside", by=by, at=at, note=why, data=data, staff_only=True)
    _take_down_what_rests_on_it(current, by, at)
    keep_score(current)
    given = ReviewInvitation.objects.live().filter(application=current, assessor=review.assessor_id)
    for invitation in given.with_context().select_related("invited_by"):
        invitation.decline(by=by, at=at, why=ReviewInvitation.Why.CONFLICT, note=why)
        tell_of_conflict(invitation, by=by, at=at)
    return True


def _take_down_what_rests_on_it(current: GrantApplication, by: User, at: datetime) -> None:
    PanelOutcome.objects.filter(application=current).delete()
    for draft in current.decisions.open():
        draft.drop(by=by, at=at, reason=_("A conflict of interest was found."))
    if current.status not in (GrantApplication.Status.ASSESSED, GrantApplication.Status.RESERVE):
        return
    left = list(Review.objects.sent().filter(application=current).select_related("assessor").order_by("submitted_at"))
    if len(left) >= current.call.reviews_needed and left:
        current.recommended_by(left[-1].assessor, at=left[-1].submitted_at)
        return
    current.recommended_by(None, at=None)
    if current.status == GrantApplication.Status.RESERVE:
        current.reopen(by=by, at=at)

"""Assessors answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from funding import rules
from funding.actions.inviting import BEING_ASSESSED
from funding.actions.locking import locked, takes_part
from funding.actions.problems import (
    UnableToReview,
)
from funding.mails import tell_assessor, tell_firm
from funding.models import GrantApplication, Interests, PanelOutcome, Review, ReviewInvitation
from funding.rules.reviews import score_and_spread
from portal.models import Event


def after_submit(*, application: GrantApplication, by: User, at: datetime) -> None:
    """What follows when the firm has sent its application, again after a return; call inside that transaction.

    Assessments of an earlier version become drafts again, since what they speak of has changed, and their assessors
    are told. A call that asks for no assessment brings the application straight to a decision.
    """
    earlier = list(Review.objects.filter(application=application).sent().values_list("assessor", flat=True))
    Review.objects.filter(application=application).update(submitted_at=None)
    keep_score(application)
    for invitation in application.invitations.live().filter(assessor__in=earlier).with_context():
        tell_assessor(invitation, "review_again", at)
    if application.call.reviews_needed == 0:
        application.skip_assessment(by=by, at=at)


def keep_score(application: GrantApplication) -> None:
    """Write down what the assessments sent so far come to, or the score that the meeting agreed; it ranks."""
    totals = Review.objects.filter(application=application).sent().values_list("total", flat=True)
    application.score, application.spread = score_and_spread([total for total in totals if total is not None])
    agreed = PanelOutcome.objects.filter(application=application).first()
    if agreed and agreed.score is not None:
        application.score = agreed.score
    application.save(update_fields=["score", "spread"])


@transaction.atomic(durable=True)
def declare(*, application: GrantApplication, conflict: str, note: str, by: User, at: datetime) -> Review:
    """Record whether a conflict of interest stands in the way of `by`; an answer of "none" opens the application.

    A declared conflict stands, and gives the invitation back. Raises UnableToReview for people of the firm, without
    an accepted invitation or a yearly declaration that still holds, and for applications not under assessment.
    """
    current = locked(application)
    if takes_part(by, current):
        raise UnableToReview(_("You belong to this firm, so you cannot assess its application."))
    _must_be_under_assessment(current)
    invitation = _accepted_invitation(current, by)
    if not Interests.objects.filter(programme=current.case.programme_id, user=by).in_force(at).exists():
        raise UnableToReview(_("Declare your interests for this year first."))
    review, made = Review.objects.get_or_create(
        application=current, assessor=by,
        defaults={"conflict": conflict, "conflict_note": note, "declared_at": at},
    )  # fmt: skip
    if made:
        Event.objects.record(
            current, kind="review.declared", by=by, at=at, note=note, data={"conflict": conflict}, staff_only=True
        )
    if review.conflict == Review.Conflict.HAS:
        invitation.decline(by=by, at=at, why=ReviewInvitation.Why.CONFLICT, note=review.conflict_note)
    return review


def _must_be_under_assessment(application: GrantApplication) -> None:
    if application.status not in BEING_ASSESSED:
        raise UnableToReview(_("This application is not being assessed now."))


def _accepted_invitation(application: GrantApplication, by: User) -> ReviewInvitation:
    """The invitation that lets `by` assess; raises UnableToReview without one."""
    accepted = ReviewInvitation.objects.filter(application=application, status=ReviewInvitation.Status.ACCEPTED)
    if not (found := accepted.filter(assessor=by).with_context().first()):
        raise UnableToReview(_("You have not taken on this application, or it is no longer given to you."))
    return found


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

    `scores` maps each criterion's code to {"score": 0 to 10, "reason": text}; all are needed to send. Raises
    UnableToReview when the review was sent, a conflict was declared, the application is not under assessment or is
    no longer given to the assessor.
    """
    current = locked(review.application)
    _must_be_under_assessment(current)
    if review.conflict != Review.Conflict.NONE:
        raise UnableToReview(_("You declared a conflict of interest, so you cannot assess this application."))
    _accepted_invitation(current, by)
    changes: dict[str, Any] = {"scores": scores, "recommendation": recommendation, "comment": comment}
    if send:
        points = {code: entry["score"] for code, entry in scores.items()}
        changes |= {"submitted_at": at, "total": rules.weighted_score(current.call.criteria, points)}
    if not Review.objects.filter(pk=review.pk, assessor=by, submitted_at=None).update(**changes):
        raise UnableToReview(_("You have sent your assessment already."))
    if not send:
        return
    Event.objects.record(current, kind="review.sent", by=by, at=at, staff_only=True)
    keep_score(current)
    if Review.objects.filter(application=current).sent().count() < current.call.reviews_needed:
        return
    if current.status == GrantApplication.Status.SUBMITTED:
        current.recommend(by=by, at=at)
    elif current.assessed_by is None:
        # In the place of one that was set aside.
        current.recommended_by(by, at=at)


@transaction.atomic(durable=True)
def return_to_firm(
    *, application: GrantApplication, reason: str, sections: Mapping[str, str] | None = None, by: User, at: datetime
) -> None:
    """Ask the firm to change its application: `sections` alone with what is asked of each, or anything."""
    application.return_to_firm(by=by, at=at, reason=reason, sections=sections)
    tell_firm(application, "grant_returned", at)


@transaction.atomic(durable=True)
def record_panel(
    *, application: GrantApplication, outcome: str, score: Decimal | None, note: str, by: User, at: datetime
) -> PanelOutcome:
    """Keep what the moderation meeting agreed, in place of what it agreed before; an agreed score ranks from then on.

    Raises UnableToReview for an application that waits for no decision.
    """
    current = locked(application)
    if current.status not in (*BEING_ASSESSED, GrantApplication.Status.RESERVE):
        raise UnableToReview(_("This application is not being assessed now."))
    facts = {"outcome": outcome, "score": score, "note": note, "recorded_at": at, "recorded_by": by}
    panel, _made = PanelOutcome.objects.update_or_create(application=current, defaults=facts)
    keep_score(current)
    Event.objects.record(
        current, kind="panel.recorded", by=by, at=at, note=note, data={"outcome": outcome}, staff_only=True
    )
    return panel

"""A part of the diagnostic given to a colleague by e-mail."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from accounts.permissions import FirmRole
from diagnostics.actions.answers import locked_row
from diagnostics.models import Assessment, GroupInvitation
from notifications import actions as notifications
from portal.models import Event

MOST_INVITATIONS = 30
"""Open or taken up, of one diagnostic."""


class UnableToInvite(Exception):
    """The part cannot be given away; the message says why."""


class UnableToAcceptInvitation(Exception):
    """The invitation lets nobody in, or not this person."""


@transaction.atomic(durable=True)
def invite_colleague(*, assessment: Assessment, group_code: str, email: str, by: User, at: datetime) -> GroupInvitation:
    """Give a part to somebody and owe the mail with the link; who has it already, or a link that works, gets no second.

    A link that has grown too old is withdrawn and a new one sent. Raises UnableToInvite.
    """
    locked = locked_row(assessment)
    if not locked.is_editable:
        raise UnableToInvite(_("Your diagnostic is with your adviser, so no part can be given to anybody now."))
    if email.lower() == by.email.lower():
        raise UnableToInvite(_("This is your own address. Enter that of your colleague."))
    live = GroupInvitation.objects.live().filter(assessment=locked)
    there = live.filter(group_code=group_code, email__iexact=email).first()
    if there and (there.accepted_at or there.is_open(at)):
        return there
    if there:
        _end(there, by, at)
    if live.count() >= MOST_INVITATIONS:
        raise UnableToInvite(_("You have invited as many people as you can. Take a part back first."))
    invitation = GroupInvitation.objects.create(
        assessment=locked, group_code=group_code, email=email, invited_at=at, invited_by=by
    )
    Event.objects.record(locked, kind="assessment.part_given", by=by, at=at, data={"group": group_code})
    _send(invitation, at)
    return invitation


def _send(invitation: GroupInvitation, at: datetime) -> None:
    case = invitation.assessment.case
    with translation.override(case.language):
        label = _("See what you are asked")
    url = settings.PORTAL_URL + reverse("diagnostics:invitation", args=[invitation.key])
    notifications.queue(
        to=invitation.email, kind="diagnostic_invitation", language=case.language, at=at,
        branding=case.programme.branding, context={"button": {"label": label, "url": url}},
    )  # fmt: skip


@transaction.atomic(durable=True)
def accept_invitation(*, invitation: GroupInvitation, by: User, at: datetime) -> GroupInvitation:
    """The invited person joins the firm as a colleague; a repeat by the same person changes nothing.

    The address must be the one the link was sent to. Raises UnableToAcceptInvitation.
    """
    assessment = locked_row(invitation.assessment)
    row = GroupInvitation.objects.select_for_update().get(pk=invitation.pk)
    if row.accepted_by_id == by.pk and row.withdrawn_at is None:
        return row
    if not (row.is_open(at) and assessment.is_editable):
        raise UnableToAcceptInvitation(_("This link does not work any more."))
    if by.email.lower() != row.email.lower():
        raise UnableToAcceptInvitation(_("This invitation is for another address."))
    row.accepted_at, row.accepted_by = at, by
    row.save(update_fields=["accepted_at", "accepted_by"])
    firm = assessment.case.organisation
    place, _is_new = Membership.objects.get_or_create(user=by, organisation=firm, defaults={"role": FirmRole.COLLEAGUE})
    if place.role == FirmRole.STUDENT:  # who reads nothing of the firm, and is asked to now
        place.role = FirmRole.COLLEAGUE
        place.save(update_fields=["role"])
    Event.objects.record(assessment, kind="assessment.part_taken", by=by, at=at, data={"group": row.group_code})
    return row


@transaction.atomic(durable=True)
def withdraw_invitation(*, invitation: GroupInvitation, end_access: bool, by: User, at: datetime) -> None:
    """Take a part back; with `end_access` the colleague who had it leaves the firm as well, and all their parts go.

    An owner is never put out in this way. A repeat changes nothing.
    """
    assessment = locked_row(invitation.assessment)
    row = GroupInvitation.objects.select_for_update().get(pk=invitation.pk)
    _end(row, by, at)
    if not (end_access and row.accepted_by_id):
        return
    firm = assessment.case.organisation_id
    gone, _each = Membership.objects.filter(
        user=row.accepted_by_id, organisation=firm, role=FirmRole.COLLEAGUE
    ).delete()
    if gone:
        theirs = GroupInvitation.objects.live().filter(
            accepted_by=row.accepted_by_id, assessment__case__organisation=firm
        )
        for other in theirs:
            _end(other, by, at)
        Event.objects.record(
            assessment, kind="assessment.colleague_left", by=by, at=at, data={"user": row.accepted_by_id}
        )


def _end(row: GroupInvitation, by: User, at: datetime) -> None:
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by = at, by
        row.save(update_fields=["withdrawn_at", "withdrawn_by"])

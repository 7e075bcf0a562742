"""Who in the firm may do what with one application, who says so, and what people say to each other about it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from accounts.permissions import FirmRole, Permission
from funding.actions.locking import is_of_firm, locked, out_of_date
from funding.actions.problems import UnableToChange
from funding.mails import tell_firm
from funding.models import Colleague, Comment, GrantApplication
from portal.models import Event

ROLES = tuple(Colleague.Role)
"""From the least to the most: each may do what those before it may."""


def role_of(user: User, application: GrantApplication) -> Colleague.Role | None:
    """What the person may do with the application as one of the firm's people; None for everybody else.

    An owner may send it. A colleague may read and change it unless an owner gave another role for this application.
    """
    case = application.case
    if user.can(Permission.SIGN, case):
        return Colleague.Role.SUBMIT
    if not user.can(Permission.EDIT_APPLICATION, case):
        return None
    given = Colleague.objects.filter(application=application, user=user).values_list("role", flat=True).first()
    return Colleague.Role(given) if given else Colleague.Role.EDIT


def may(user: User, application: GrantApplication, role: Colleague.Role) -> bool:
    """Whether the person has this role in the application, or one that includes it."""
    held = role_of(user, application)
    return held is not None and ROLES.index(held) >= ROLES.index(role)


def must(user: User, application: GrantApplication, role: Colleague.Role) -> None:
    """Raise PermissionDenied (403) unless `may`."""
    if not may(user, application, role):
        raise PermissionDenied


@transaction.atomic(durable=True)
def give_role(*, application: GrantApplication, colleague: User, role: str, by: User, at: datetime) -> None:
    """An owner says what a colleague may do with an open application; raises UnableToChange."""
    current = locked(application)
    if not current.is_open:
        raise UnableToChange(_("This application has ended. Nobody's role in it changes any more."))
    of_firm = Membership.objects.filter(user=colleague, organisation=current.case.organisation_id)
    if not of_firm.filter(role=FirmRole.COLLEAGUE).exists():
        raise UnableToChange(_("Only a colleague in your firm can be given a role."))
    given = {"role": role, "given_at": at, "given_by": by}
    Colleague.objects.update_or_create(application=current, user=colleague, defaults=given)
    data = {"to": colleague.get_full_name(), "role": role}
    Event.objects.record(current, kind="grantapplication.role_given", by=by, at=at, data=data)


@transaction.atomic(durable=True)
def write_comment(
    *, application: GrantApplication, section: str, text: str, for_adviser: bool, key: uuid.UUID, by: User, at: datetime
) -> Comment:
    """Remark on a section; what staff write is for the firm and owes it a mail. A repeat of `key` gives the first.

    Raises UnableToChange once the application has ended.
    """
    current = locked(application)
    if found := Comment.objects.filter(creation_key=key).first():
        if found.application_id == current.pk:
            return found
        raise UnableToChange(out_of_date())
    if not current.is_open:
        raise UnableToChange(_("This application has ended, so nothing is added to it any more."))
    from_staff = not is_of_firm(by, current)
    comment = Comment.objects.create(
        application=current, creation_key=key, section=section, text=text, for_adviser=for_adviser or from_staff,
        from_staff=from_staff, written_at=at, written_by=by,
    )  # fmt: skip
    if from_staff:
        tell_firm(current, "grant_comment", at, page="funding:comments")
    return comment


def settle_comment(*, comment: Comment, by: User, at: datetime) -> None:
    """It needs nothing more; a repeat changes nothing."""
    Comment.objects.filter(pk=comment.pk, settled_at=None).update(settled_at=at, settled_by=by)

"""Give a person a role, and end it. Nobody changes their own: what somebody may do is always decided by another."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Assignment, User
from accounts.permissions import STAFF_GRANTS, Permission, Role
from portal.models import Event
from programmes.models import Programme, Region


class UnableToChangeRole(Exception):
    """The role may not be given or ended; the message tells the person why."""


@transaction.atomic(durable=True)
def give_role(
    *, programme: Programme, email: str, role: Role, region: Region | None = None, reason: str, by: User, at: datetime
) -> tuple[Assignment, bool]:
    """The person's role in the programme, or in one region of it, and whether it is new.

    Raises UnableToChangeRole when nobody with a confirmed address is known by `email`, or `by` may not decide it.
    """
    _must_still_configure(programme, by)
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if user is None or not EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists():
        raise UnableToChangeRole(
            _("Nobody has an account with this address. Ask the person to create one and to confirm the address first.")
        )
    if region is not None and region.programme_id != programme.pk:
        raise UnableToChangeRole(_("Choose a region of this programme."))
    _must_be_free_to_change(user, role, programme, by)
    assignment, is_new = Assignment.objects.get_or_create(user=user, programme=programme, region=region, role=role)
    if is_new:
        _record(assignment, "programme.role_given", reason, by, at)
    return assignment, is_new


@transaction.atomic(durable=True)
def end_role(*, assignment: Assignment, reason: str, by: User, at: datetime) -> bool:
    """Whether the role was still there to end; raises UnableToChangeRole when `by` may not decide it."""
    _must_still_configure(assignment.programme, by)
    found = Assignment.objects.select_related("user", "programme", "region").filter(pk=assignment.pk).first()
    if found is None:
        return False
    _must_be_free_to_change(found.user, Role(found.role), found.programme, by)
    _record(found, "programme.role_ended", reason, by, at)
    found.delete()
    return True


def _must_still_configure(programme: Programme, by: User) -> None:
    """Two people who end each other's role at once take turns at the programme's row: the second has none left."""
    Programme.objects.select_for_update().get(pk=programme.pk)
    roles = [role for role, granted in STAFF_GRANTS.items() if Permission.CONFIGURE in granted]
    if not Assignment.objects.filter(user=by, programme=programme, region=None, role__in=roles).exists():
        raise UnableToChangeRole(_("Your own role in this programme has ended."))


def _must_be_free_to_change(user: User, role: Role, programme: Programme, by: User) -> None:
    if user == by:
        raise UnableToChangeRole(_("You cannot change your own roles. Ask another manager of this programme."))
    is_admin = Assignment.objects.filter(user=by, programme=programme, region=None, role=Role.ADMIN).exists()
    if role == Role.ADMIN and not is_admin:
        raise UnableToChangeRole(_("Only an administrator of this programme decides who is one."))


def _record(assignment: Assignment, kind: str, reason: str, by: User, at: datetime) -> None:
    """The person is told by number: an entry that nobody can erase holds no name."""
    data = {
        "user": assignment.user_id,
        "role": assignment.role,
        "region": assignment.region.slug if assignment.region else "",
    }
    Event.objects.record(assignment.programme, kind=kind, by=by, at=at, note=reason, data=data, staff_only=True)

"""Rows as they are now, held until the transaction ends."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from funding.actions.problems import UnableToChange
from funding.models import GrantApplication, Partner


def locked(application: GrantApplication) -> GrantApplication:
    """The application as it is now, held until the transaction ends."""
    return GrantApplication.objects.with_context().select_for_update(of=("self",)).get(pk=application.pk)


def locked_draft(application: GrantApplication, section: str = "costs") -> GrantApplication:
    """The application whose `section` the firm may change now, held so; raises UnableToChange."""
    current = locked(application)
    if not current.is_editable:
        raise UnableToChange(_("Your application has been sent, so it cannot be changed now."))
    if not current.may_change(section):
        raise UnableToChange(_("We have not asked you to change this section, so it stays as you sent it."))
    return current


def out_of_date() -> str:
    return _("This page is out of date. Open it again and send it once more.")


def is_of_firm(user: User, application: GrantApplication) -> bool:
    return Membership.objects.filter(user=user, organisation=application.case.organisation_id).exists()


def takes_part(user: User, application: GrantApplication) -> bool:
    """Whether the person belongs to the firm that applies, belongs to a partner, or answers for one."""
    partners = Partner.objects.taking_part().filter(application=application)
    theirs = Q(contact=user) | Q(organisation__memberships__user=user)
    return is_of_firm(user, application) or partners.filter(theirs).exists()

"""The mails that funding owes: to firms the case's own, to assessors what is asked of them, each with a button."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import pgettext

from accounts.models import User
from applications import actions as applications
from funding.models import Claim, GrantApplication, Partner, ReviewInvitation
from notifications import actions as notifications
from programmes.models import Call


def tell_firm(application: GrantApplication, kind: str, at: datetime, *, page: str = "funding:tasks") -> None:
    """Owe the firm one mail; call inside the transaction that needs it."""
    path = reverse(page, args=[application.case.reference, application.number])
    applications.tell_firm(application.case, kind, at, page=path, about=application.title)


def tell_claimant(claim: Claim, kind: str, at: datetime) -> None:
    """Owe one mail to whoever makes this claim: the firm, or the partner's contact; without sums or names."""
    application, path = claim.award.application, claim.get_absolute_url()
    person = claim.partner.contact if claim.partner else None
    if person is None:
        applications.tell_firm(application.case, kind, at, page=path, about=application.title)
        return
    with translation.override(person.language):
        label = pgettext("button of a mail", "Open the portal")
    notifications.queue(
        to=person.email, kind=kind, language=person.language, at=at, reference=application.case.reference,
        branding=application.case.programme.branding,
        context={"button": {"label": label, "url": settings.PORTAL_URL + path}, "about": application.title},
    )  # fmt: skip


def tell_partner(partner: Partner, kind: str, at: datetime) -> None:
    """Owe a partner's contact one mail with the way to its part; nothing to one that has not accepted."""
    person, case = partner.contact, partner.application.case
    if person is None:
        return
    with translation.override(person.language):
        label = pgettext("button of a mail", "Open the portal")
    page = reverse("funding:part", args=[partner.key]) if partner.answers else "/cases/"
    url = settings.PORTAL_URL + page
    notifications.queue(
        to=person.email, kind=kind, language=person.language, at=at, reference=case.reference,
        branding=case.programme.branding,
        context={"button": {"label": label, "url": url}, "about": partner.application.title},
    )  # fmt: skip


def tell_approver(person: User, call: Call, at: datetime) -> None:
    """Owe an approver one mail: the call's reserve list can be looked at again."""
    with translation.override(person.language):
        label = pgettext("button of a mail", "Open the ranked list")
    notifications.queue(
        to=person.email, kind="reserve_has_room", language=person.language, at=at,
        branding=call.instrument.programme.branding,
        context={"button": {"label": label, "url": settings.PORTAL_URL + reverse("funding:ranked", args=[call.pk])}},
    )  # fmt: skip


def tell_assessor(invitation: ReviewInvitation, kind: str, at: datetime) -> None:
    """Owe the assessor one mail that names neither firm nor project; call inside the transaction that needs it."""
    _tell(invitation, invitation.assessor, kind, reverse("funding:assessing"), at)


def tell_of_conflict(invitation: ReviewInvitation, *, by: User, at: datetime) -> None:
    """Owe the assessor, and who asked them, the news that the assessment does not count; `by` knows already."""
    application = invitation.application
    detail = reverse("funding:detail", args=[application.case.reference, application.number])
    pages = {invitation.invited_by: detail, invitation.assessor: reverse("funding:assessing")}
    for person, page in pages.items():
        if person != by:
            _tell(invitation, person, "review_set_aside", page, at)


def _tell(invitation: ReviewInvitation, person: User, kind: str, page: str, at: datetime) -> None:
    programme = invitation.application.case.programme
    if not person.is_active:
        return
    with translation.override(person.language):
        label = pgettext("button of a mail", "Open the portal")
    notifications.queue(
        to=person.email, kind=kind, language=person.language, at=at, branding=programme.branding,
        reference=invitation.application.case.reference,
        context={
            "button": {"label": label, "url": settings.PORTAL_URL + page},
            "by": f"{invitation.due_on:%Y-%m-%d}",
            "is_late": invitation.due_on < programme.local_date(at),
        },
    )  # fmt: skip

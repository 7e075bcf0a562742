"""The projects of others that a person takes part in for a partner: where each stands, and what is asked until when.

A partner reads its own part, the project's name, whose it is and how far it is; nothing else of the firm or of others.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Exists, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from funding import wording
from funding.models import Award, GrantApplication, Partner
from funding.rules.variations import costs_of
from portal.dates import long_date


@dataclass(frozen=True)
class Part:
    """`step` says in words where it stands; `by` until when something is asked of the partner, empty where nothing is.

    With `is_asked` nothing goes on before it has done that. `grant` and `eligible` are its own part, None while that is
    not settled.
    """

    partner: Partner
    title: str
    firm: str
    status: str
    step: str
    by: str
    is_asked: bool
    eligible: Decimal | None
    grant: Decimal | None
    currency: str

    @property
    def url(self) -> str:
        return reverse("funding:part", args=[self.partner.key])


def parts_of(user: User) -> list[Part]:
    """Newest first, with invitations to the person's own address once that is confirmed. One query."""
    own = EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True)
    invited = Q(Exists(own), status=Partner.Status.INVITED, email__iexact=user.email)
    rows = Partner.objects.answering().filter(Q(contact=user) | invited).select_related(
        "replaces", "application__case__programme", "application__case__organisation", "application__call",
        "application__award",
    )  # fmt: skip
    return [part_of(partner) for partner in rows.order_by("-id")]


def part_of(partner: Partner) -> Part:
    """One partner's part, loaded with its application, case, call and award."""
    application = partner.application
    award: Award | None = getattr(application, "award", None)
    step, by = _step(partner, application, award)
    eligible, grant = _share(partner, application, award)
    return Part(
        partner=partner,
        title=application.title or _("A project that is being written"),
        firm=application.case.organisation.name,
        status=str(_standing(application, award)),
        step=step,
        by=by,
        is_asked=_is_asked(partner, award),
        eligible=eligible,
        grant=grant,
        currency=application.call.currency,
    )


def _is_asked(partner: Partner, award: Award | None) -> bool:
    """Whether it has to answer, to fill in its part, or to confirm what our letter asks."""
    if partner.status == Partner.Status.INVITED or partner.may_fill_in:
        return partner.is_next or award is None
    waits = partner.is_next or (award is not None and award.status == Award.Status.OFFERED)
    return waits and bool(partner.aid_words) and partner.aid_confirmed_at is None


def _standing(application: GrantApplication, award: Award | None) -> Any:
    """The status as firms read it, but for words that speak to the firm that asked."""
    if award is None:
        return application.public_label
    words = {
        Award.Status.OFFERED: _("Grant offered"),
        Award.Status.ACCEPTED: _("Project runs"),
        Award.Status.DECLINED_BY_FIRM: _("Offer turned down"),
    }
    return words.get(Award.Status(award.status)) or award.public_label


def _step(partner: Partner, application: GrantApplication, award: Award | None) -> tuple[str, str]:
    """Where it stands, and the day or moment by which something is asked of the partner."""
    firm = {"firm": application.case.organisation.name}
    if partner.is_next or award is None:
        is_draft = application.status == GrantApplication.Status.DRAFT
        ends = wording.closes_text(application) if is_draft else ""
        if partner.status == Partner.Status.INVITED:
            return _("Say whether you take part."), ends
        if partner.may_fill_in:
            return _("Fill in your part and complete it."), ends
    if partner.is_next:
        return _next_step(partner, firm)
    if award is None:
        if application.is_editable:
            return _("Your part is complete. %(firm)s sends the application.") % firm, ""
        return (_("We look at the application. There is nothing for you to do now.") if application.is_open else ""), ""
    return _step_of_award(partner, award, firm)


def _next_step(partner: Partner, firm: dict[str, str]) -> tuple[str, str]:
    if partner.aid_words and not partner.aid_confirmed_at:
        return _("Confirm what public support you have had."), ""
    return _("We look at the change that %(firm)s has asked for. There is nothing for you to do now.") % firm, ""


def _step_of_award(partner: Partner, award: Award, firm: dict[str, str]) -> tuple[str, str]:
    if award.status == Award.Status.OFFERED:
        day = long_date(award.accept_by)
        if partner.aid_words and not partner.aid_confirmed_at:
            return _("Confirm what public support you have had. %(firm)s cannot take the offer up before.") % firm, day
        return _("%(firm)s answers the offer by %(day)s.") % (firm | {"day": day}), ""
    if award.status == Award.Status.ACCEPTED:
        ends = long_date(award.ends_on) if award.ends_on else ""
        return _("Claim your part of the grant once you have paid your suppliers."), ends
    return "", ""


def _share(
    partner: Partner, application: GrantApplication, award: Award | None
) -> tuple[Decimal | None, Decimal | None]:
    """Costs that count and grant of its part: in force, else as the application was sent."""
    if partner.is_next:
        return None, None
    rows = award.budget if award else application.quote.get("rows", [])
    return costs_of(rows, partner.pk)

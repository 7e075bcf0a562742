"""Partners of a project: invited by the firm, each accepts or declines, fills in its own part and completes it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from eligibility import headroom, ledger, sizing
from funding import aid, independence, joining, partner_aid, varying
from funding.actions.costs import remove_costs_of
from funding.actions.locking import locked, locked_draft, out_of_date
from funding.actions.problems import UnableToChange
from funding.mails import tell_firm
from funding.models import GrantApplication, Partner
from funding.rules.partners import forms_of
from notifications import actions as notifications
from organisations.identifiers import name_key
from organisations.models import AidRecord, Organisation
from portal.models import Event
from portal.workflow import IllegalMove

SECTION = "partners"


@dataclass(frozen=True)
class Invited:
    """Whom the firm wants to invite, as it wrote it; the number in its country's form."""

    kind: str
    name: str
    email: str
    country: str
    company_number: str = ""
    postcode: str = ""


@transaction.atomic(durable=True)
def choose_form(*, application: GrantApplication, form: str, by: User, at: datetime) -> None:
    """Alone or with whom the firm asks; raises UnableToChange."""
    current = locked_draft(application, SECTION)
    if form not in forms_of(current.call.partner_terms):
        raise UnableToChange(_("This funding does not take applications of this form."))
    if form == GrantApplication.Form.SINGLE and current.partners.taking_part().exists():
        raise UnableToChange(_("Take your partners out first. Then you can ask alone."))
    current.save_answers(form=form)


@transaction.atomic(durable=True)
def invite_partner(
    *, application: GrantApplication, invited: Invited, key: uuid.UUID, by: User, at: datetime
) -> Partner:
    """Ask an organisation to take part and owe it the mail with its link; a repeat with the same `key` gives the first.

    Raises UnableToChange when the firm asks alone, has as many partners as there may be, or is tied to this one.
    """
    current = locked_draft(application, SECTION)
    if found := Partner.objects.filter(key=key).first():
        if found.application_id == current.pk:
            return found
        raise UnableToChange(out_of_date())
    if current.form == GrantApplication.Form.SINGLE:
        raise UnableToChange(_("Choose first how you apply: with partners."))
    taking_part = list(current.partners.taking_part())
    most = current.call.partner_terms.get("most")
    if most is not None and len(taking_part) >= int(most):
        raise UnableToChange(_("There can be %(most)s partners, and you have as many.") % {"most": most})
    return _invite(current, invited, taking_part, key=key, by=by, at=at)


def invite_next(
    application: GrantApplication, leaving: Partner, invited: Invited, *, key: uuid.UUID, by: User, at: datetime
) -> Partner:
    """Ask an organisation to take a partner's place; call in the transaction that asks for the change.

    Raises UnableToChange as invite_partner does.
    """
    others = list(application.partners.taking_part().exclude(pk=leaving.pk))
    return _invite(application, invited, others, key=key, by=by, at=at, replaces=leaving)


def _invite(
    application: GrantApplication,
    invited: Invited,
    others: list[Partner],
    *,
    key: uuid.UUID,
    by: User,
    at: datetime,
    replaces: Partner | None = None,
) -> Partner:
    own = Membership.objects.filter(organisation=application.case.organisation_id)
    if own.filter(user__email__iexact=invited.email).exists():
        raise UnableToChange(_("This is an address of your own firm. Enter that of your partner."))
    if any(partner.email.lower() == invited.email.lower() for partner in others):
        raise UnableToChange(_("You have invited this address already."))
    partner = Partner(
        application=application, key=key, kind=invited.kind, name=invited.name, email=invited.email.lower(),
        country=invited.country, company_number=invited.company_number, postcode=invited.postcode, replaces=replaces,
        invited_at=at, invited_by=by, updated_at=at,
    )  # fmt: skip
    _must_be_independent(application, [*others, partner], at)
    partner.save()
    Event.objects.record(partner, kind="partner.invited", by=by, at=at, data={"name": partner.name})
    _send(partner, at)
    return partner


def _must_be_independent(application: GrantApplication, partners: list[Partner], at: datetime) -> None:
    if words := independence.known_ties(application, partners, at=at):
        raise UnableToChange(" ".join(words))


def _send(partner: Partner, at: datetime) -> None:
    case = partner.application.case
    with translation.override(case.language):
        label = _("See what you are asked")
    url = settings.PORTAL_URL + reverse("funding:part", args=[partner.key])
    notifications.queue(
        to=partner.email, kind="partner_invited", language=case.language, at=at, branding=case.programme.branding,
        context={"button": {"label": label, "url": url}, "firm": case.organisation.name},
    )  # fmt: skip


@transaction.atomic(durable=True)
def accept_part(*, partner: Partner, by: User, at: datetime) -> Partner:
    """The invited person takes part for its organisation; a repeat by the same person changes nothing.

    Raises UnableToChange when the link was for another address, the firm has sent its application, or the two turn
    out to be tied.
    """
    application, current = _held(partner)
    if current.contact_id == by.pk and current.takes_part:
        return current
    if current.status != Partner.Status.INVITED or not (application.is_editable or current.is_next):
        raise UnableToChange(_("This link does not work any more."))
    if by.email.lower() != current.email.lower():
        raise UnableToChange(_("This invitation is for another address."))
    organisation = _organisation_of(current, by, at)
    current.organisation = organisation
    _must_be_independent(application, [*_others(current), current], at)
    current.accept(organisation=organisation, by=by, at=at)
    _tell_firm(current, at)
    return current


def _tell_firm(partner: Partner, at: datetime, *, page: str = "funding:partners") -> None:
    tell_firm(partner.application, "partner_answered", at, page="funding:changes" if partner.replaces_id else page)


def _others(partner: Partner) -> list[Partner]:
    """Those that take part besides it, without the one whose place it is to take."""
    others = partner.application.partners.taking_part().exclude(pk__in=[partner.pk, partner.replaces_id or 0])
    return list(others.select_related("organisation"))


def _ask_about_aid(application: GrantApplication, partner: Partner, *, by: User, at: datetime) -> None:
    """What it is to take over is known now: our letter that it would be small aid, where it would be."""
    award = application.award
    amount = sum((row["grant"] for row in varying.to_take_over(award, partner)), Decimal(0))
    if award.aid_basis and amount and partner.kind != Partner.Kind.RESEARCH:
        partner_aid.ask(award, partner, amount, by=award.offered_by, at=at)


def _held(partner: Partner) -> tuple[GrantApplication, Partner]:
    """Application and partner as they are now, held in this order until the transaction ends."""
    application = locked(partner.application)
    current = Partner.objects.select_for_update().get(pk=partner.pk)
    current.application = application
    return application, current


def _organisation_of(partner: Partner, by: User, at: datetime) -> Organisation:
    """The row of all organisations that it is: by its number, else the person's own of that name, else a new one.

    It makes nobody a member: who answers for a part of one application has no say in the organisation's own.
    """
    key = name_key(partner.name)[:160]
    if partner.company_number:
        known = Organisation.objects.filter(country=partner.country, company_number=partner.company_number)
    else:
        known = Organisation.objects.filter(memberships__user=by, name_key=key, country=partner.country)
    if found := known.first():
        return found
    research = partner.kind == Partner.Kind.RESEARCH
    return Organisation.objects.create(
        kind=Organisation.Kind.UNIVERSITY if research else Organisation.Kind.FIRM, name=partner.name, name_key=key,
        country=partner.country, company_number=partner.company_number, postcode=partner.postcode, created_at=at,
    )  # fmt: skip


@transaction.atomic(durable=True)
def decline_part(*, partner: Partner, by: User, at: datetime) -> None:
    """It does not take part, or no longer: its costs go with it. Raises UnableToChange or IllegalMove."""
    application, current = _held(partner)
    if not (application.is_editable or current.is_next):
        raise UnableToChange(_("The application has been sent. Ask the firm that invited you."))
    if by.email.lower() != current.email.lower():
        raise UnableToChange(_("This invitation is for another address."))
    current.decline(by=by, at=at)
    remove_costs_of(current)
    _tell_firm(current, at)


@transaction.atomic(durable=True)
def remove_partner(*, partner: Partner, by: User, at: datetime) -> None:
    """The firm goes on without it: its costs go too. Raises UnableToChange or IllegalMove."""
    locked_draft(partner.application, SECTION)
    _application, current = _held(partner)
    current.remove(by=by, at=at)
    remove_costs_of(current)


@transaction.atomic(durable=True)
def save_own_part(*, partner: Partner, **answers: object) -> None:
    """Keep answers of one page of its part; raises UnableToChange once it is closed."""
    _open_part(partner).save_part(**answers)


def _open_part(partner: Partner) -> Partner:
    _application, current = _held(partner)
    if not current.may_fill_in:
        raise UnableToChange(_("Your part is closed, so it cannot be changed now."))
    return current


@transaction.atomic(durable=True)
def save_size(
    *, partner: Partner, employees: Decimal, turnover: Decimal, balance_sheet: Decimal, by: User, at: datetime
) -> None:
    """Its figures with those of its group, and the size that they make (2003/361/EC Article 2)."""
    current = _open_part(partner)
    programme = current.application.case.programme
    rules = programme.terms_on(programme.local_date(at)).eligibility
    figures = sizing.Figures(employees, turnover, balance_sheet)
    category = sizing.category(sizing.aggregate(figures, [], []), euro_rate=Decimal(rules["euro_rate"]))
    current.save_part(
        size={
            "employees": str(employees), "turnover": str(turnover), "balance_sheet": str(balance_sheet),
            "category": category,
        }
    )  # fmt: skip


@transaction.atomic(durable=True)
def declare_aid(*, partner: Partner, amount: Decimal, words: str, by: User, at: datetime) -> None:
    """What small aid its group has had, in the exact `words` that were confirmed.

    It goes into the ledger where the person may speak for the organisation: it is a member, or nobody is one yet.
    """
    current = _open_part(partner)
    organisation = current.organisation
    programme = current.application.case.programme
    current.save_part(
        subsidy={"told": True, "amount": str(amount), "words": words, "at": at.isoformat(), "by": by.pk}
    )  # fmt: skip
    if organisation is None or not partner_aid.speaks_for(by, organisation):
        return
    today = programme.local_date(at)
    basis = (aid.rule_of(current.application.case, today) or {})["basis"]
    name = f"partner:{current.pk}:"
    told = AidRecord.objects.filter(organisation=organisation, reference__startswith=name)
    reference = f"{name}{told.count() + 1}"
    for record in told.exclude(state=AidRecord.State.RELEASED):
        ledger.strike(record, reason=_("Told anew"), by=by, at=at)
    # What is on record already is part of the sum that the partner tells.
    first = headroom.window_from(basis, today)
    past = ledger.history(organisation, today, currency=programme.currency)
    known = sum((one.amount or Decimal(0) for one in past if one.on is None or one.on >= first), Decimal(0))
    if amount > known:
        ledger.declare(
            organisation, amount=amount - known, currency=programme.currency, on=today, basis=basis,
            reference=reference, by=by, at=at,
        )  # fmt: skip
    ledger.state_all(organisation, on=today, by_firm=True, wording=words, reference=reference, by=by, at=at)


@transaction.atomic(durable=True)
def complete_part(*, partner: Partner, by: User, at: datetime) -> None:
    """Its part is whole, and the firm is told; raises UnableToChange with what is missing."""
    application, current = _held(partner)
    if current.status == Partner.Status.DONE:
        return
    if not current.may_fill_in:
        raise UnableToChange(_("Your part is closed, so it cannot be changed now."))
    if joining.missing_of(current):
        raise UnableToChange(_("Complete every page of your part first."))
    _must_be_independent(application, [*_others(current), current], at)
    current.complete(by=by, at=at)
    if current.is_next:
        _ask_about_aid(application, current, by=by, at=at)
    _tell_firm(current, at)


@transaction.atomic(durable=True)
def confirm_aid(*, partner: Partner, by: User, at: datetime) -> None:
    """The partner confirms in writing what our letter asks about its aid; a repeat changes nothing.

    Raises UnableToChange when it was not asked, or the offer is no longer open.
    """
    application, current = _held(partner)
    award = getattr(application, "award", None)
    waits = award is not None and (award.status == award.Status.OFFERED or current.is_next)
    if not (waits and current.answers and current.aid_words):
        raise UnableToChange(_("There is nothing for you to confirm now."))
    if current.aid_confirmed_at:
        return
    current.confirm_aid(by=by, at=at)
    Event.objects.record(current, kind="partner.aid_confirmed", by=by, at=at, data={"name": current.name})
    _tell_firm(current, at, page="funding:offer")


@transaction.atomic(durable=True)
def reopen_part(*, partner: Partner, by: User, at: datetime) -> None:
    """Change a completed part while the firm may still change its application; raises UnableToChange."""
    _application, current = _held(partner)
    if not current.is_open or current.aid_words:
        raise UnableToChange(_("The application has been sent. Ask the firm that invited you."))
    try:
        current.reopen(by=by, at=at)
    except IllegalMove as error:
        raise UnableToChange(out_of_date()) from error

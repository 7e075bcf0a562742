"""Where the money goes: entered by the firm's signatory, confirmed by two officers, one after the other."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Membership, User
from accounts.permissions import FirmRole
from funding import bank
from funding.actions.claims import lock_award
from funding.actions.problems import UnableToPay
from funding.claiming import held_until
from funding.flagging import flag_account
from funding.models import Award, BankAccount, Partner
from funding.partner_aid import speaks_for
from notifications import actions as notifications
from organisations.models import Organisation
from portal.dates import long_date
from portal.models import Event
from portal.workflow import IllegalMove


def payee_of(award: Award, partner: Partner | None) -> Organisation | None:
    """Whose account it is; None for a partner that has not accepted."""
    return partner.organisation if partner else award.application.case.organisation


def no_say_in(organisation: Organisation) -> str:
    """Why somebody who answers for a partner's part does not meet its account."""
    return _(
        "Bank details of %(name)s are entered by its own people here. Ask its owner to add you as a colleague."
    ) % {"name": organisation.name}


def _lock(organisation: Organisation) -> None:
    Organisation.objects.select_for_update().get(pk=organisation.pk)


@transaction.atomic(durable=True)
def enter_account(
    *, award: Award, partner: Partner | None, holder: str, number: str, is_iban: bool, by: User, at: datetime
) -> BankAccount:
    """Keep an account to be confirmed; one that waited already is replaced, the one in use stays until then.

    Written again it is the one kept; the one in use written again takes back what waited. Raises UnableToPay before
    the offer is accepted, and for who has no say in a partner's own account. A change tells the people of before and
    of now, and waits.
    """
    organisation = payee_of(award, partner)
    if organisation:
        _lock(organisation)
    current = lock_award(award)
    if current.status != Award.Status.ACCEPTED or organisation is None:
        raise UnableToPay(_("We ask for bank details once the offer is accepted."))
    if partner and not speaks_for(by, organisation):
        raise UnableToPay(no_say_in(organisation))
    known = BankAccount.objects.filter(organisation=organisation)
    in_use = known.in_use().first()
    same = known.filter(fingerprint=bank.fingerprint(number), holder=holder)
    if kept := same.filter(status=BankAccount.Status.HELD).first():
        return kept
    for waiting in known.filter(status=BankAccount.Status.HELD):
        waiting.replace(by=by, at=at)
    if kept := same.in_use().first():
        return kept
    today = current.application.case.programme.local_date(at)
    account = BankAccount.objects.create(
        organisation=organisation, award=current, holder=holder, secret=bank.encrypt(number, owner=organisation.pk),
        fingerprint=bank.fingerprint(number), last_four=number[-4:], is_iban=is_iban, entered_at=at, entered_by=by,
        held_until=held_until(today) if in_use else None, updated_at=at,
    )  # fmt: skip
    Event.objects.record(account, kind="bankaccount.entered", by=by, at=at)
    flag_account(account, at=at)
    _tell_contacts(account, "bank_changed" if in_use else "bank_entered", at, also=in_use)
    return account


@transaction.atomic(durable=True)
def note_call(*, account: BankAccount, payee: str, called_back: str, by: User, at: datetime) -> None:
    """The first officer has called a number known before, and asked the bank for the name of the payee."""
    BankAccount.objects.select_for_update().get(pk=account.pk).note_call(
        payee=payee, called_back=called_back, by=by, at=at
    )


@transaction.atomic(durable=True)
def confirm_account(*, account: BankAccount, by: User, at: datetime) -> None:
    """A second officer puts it in use; the one before is replaced.

    Raises UnableToPay before the call, for the officer who called, and before the waiting days are over;
    IllegalMove when it does not wait.
    """
    _lock(account.organisation)
    current = BankAccount.objects.select_for_update(of=("self",)).select_related(
        "award__application__case__programme", "organisation", "entered_by"
    ).get(pk=account.pk)  # fmt: skip
    if current.status != BankAccount.Status.HELD:
        raise IllegalMove(f"{current} does not wait to be confirmed")
    if current.called_at is None:
        raise UnableToPay(_("Call the firm first, on a number that was known before, and note what was said."))
    if by.pk in (current.called_by_id, current.entered_by_id):
        raise UnableToPay(_("You noted the call, so somebody else has to confirm the account."))
    today = current.award.application.case.programme.local_date(at)
    if current.held_until and today < current.held_until:
        raise UnableToPay(
            _("A change of bank details waits until %(day)s, so that a false one can be stopped.")
            % {"day": long_date(current.held_until)}
        )
    for old in BankAccount.objects.filter(organisation=current.organisation).in_use():
        old.replace(by=by, at=at)
    current.confirm(by=by, at=at)
    _tell_contacts(current, "bank_confirmed", at)


@transaction.atomic(durable=True)
def refuse_account(*, account: BankAccount, reason: str, by: User, at: datetime) -> None:
    """It is not used; the firm enters another. The one in use, if any, stays."""
    current = BankAccount.objects.select_related(
        "award__application__case__programme", "organisation", "entered_by"
    ).get(pk=account.pk)  # fmt: skip
    current.refuse(by=by, at=at, reason=reason)
    _tell_contacts(current, "bank_refused", at)


def _tell_contacts(account: BankAccount, kind: str, at: datetime, *, also: BankAccount | None = None) -> None:
    """One mail to each of the organisation's owners, to who entered it, and at a change to those of before."""
    case = account.award.application.case
    owners = Membership.objects.filter(organisation=account.organisation, role=FirmRole.OWNER).values("user")
    people = Q(pk__in=owners) | Q(pk=account.entered_by_id)
    mails = {}
    if also:
        people |= Q(pk=also.entered_by_id)
    if account.organisation_id == case.organisation_id and case.contact_email:
        mails[case.contact_email.lower()] = case.language
    mails |= {one.email.lower(): one.language for one in User.objects.filter(people, is_active=True)}
    url = settings.PORTAL_URL + reverse("funding:bank-account", args=[case.reference, account.award.application.number])
    for email, language in mails.items():
        with translation.override(language):
            label = pgettext("button of a mail", "Open the portal")
        notifications.queue(
            to=email, kind=kind, language=language, at=at, reference=case.reference, branding=case.programme.branding,
            context={"button": {"label": label, "url": url}, "about": account.award.application.title},
        )  # fmt: skip

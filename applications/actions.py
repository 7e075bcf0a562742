"""Joining a programme: from the first form to the adviser's answer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from accounts.permissions import FirmRole
from applications import signals
from applications.models import Case, Lead, Note
from eligibility.models import EligibilityCheck
from notifications import actions as notifications
from notifications.models import Message
from organisations.identifiers import name_key
from organisations.models import Organisation, SizeDeclaration
from portal.models import Event
from portal.references import new_reference
from programmes.models import Programme, Text


class UnableToJoin(Exception):
    """The firm cannot join this programme now; the message says why and what to do."""


class UnableToSubmit(Exception):
    """The application cannot be sent in yet; the message says what is missing."""


@dataclass(frozen=True)
class FirmDetails:
    """What a person says of the firm that joins."""

    name: str
    legal_form: str
    company_number: str
    """Normalised, or empty when the firm has none."""
    address: str


def has_confirmed_email(user: User) -> bool:
    return bool(EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists())


def working_days_after(day: date, days: int) -> date:
    """The day `days` working days (Monday to Friday) after `day`; public holidays are not known here."""
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def promise_for(case: Case) -> date | None:
    """The day by which we promised an answer to a sent application."""
    if case.submitted_at is None or case.status != Case.Status.SUBMITTED:
        return None
    days = int(case.programme.promise_days.get("application", 10))
    return working_days_after(case.programme.local_date(case.submitted_at), days)


def _number(value: Any) -> Decimal | None:
    return None if value is None or value == "" else Decimal(str(value))


def join(
    *, programme: Programme, check: EligibilityCheck, firm: FirmDetails, key: uuid.UUID, by: User, at: datetime
) -> Case:
    """Start a case for the person's firm with what the eligibility check already knows.

    A repeat with the same `key` gives the same case. Raises UnableToJoin when the programme is not open, when
    the firm is already in it, or when somebody else has registered the company number.
    """
    if existing := Case.objects.filter(creation_key=key, created_by=by).first():
        return existing
    if programme.status != Programme.Status.OPEN:
        raise UnableToJoin(_("This programme is not open for applications."))
    try:
        return _join(programme, check, firm, key, by, at)
    except IntegrityError as error:
        existing = Case.objects.filter(creation_key=key, created_by=by).first()
        if existing:
            return existing
        if "one_live_case_per_firm_and_programme" in str(error):
            raise UnableToJoin(_("Your firm already has an application in this programme.")) from error
        if "one_firm_per_company_number" in str(error):
            raise UnableToJoin(_taken()) from error
        raise


def _taken() -> str:
    return _("Somebody at your firm has already registered this company number. Ask them to add you, or write to us.")


@transaction.atomic(durable=True)
def _join(
    programme: Programme, check: EligibilityCheck, firm: FirmDetails, key: uuid.UUID, by: User, at: datetime
) -> Case:
    organisation = _organisation_for(firm, check, by, at)
    facts = check.facts
    SizeDeclaration.objects.create(
        organisation=organisation,
        employees=_number(facts.get("employees")),
        turnover=_number(facts.get("turnover")),
        balance_sheet=_number(facts.get("balance_sheet")),
        currency=programme.currency,
        in_group=facts.get("in_group"),
        declared_at=at,
        declared_by_id=by.pk,
    )
    case = Case.objects.create(
        reference=new_reference(programme.prefix), programme=programme, region=check.region,
        organisation=organisation, check_result=check, creation_key=key, created_at=at, created_by=by,
        contact_name=by.full_name, contact_email=by.email, updated_at=at,
    )  # fmt: skip
    Event.objects.record(case, kind="case.started", by=by, at=at)
    return case


def _organisation_for(firm: FirmDetails, check: EligibilityCheck, by: User, at: datetime) -> Organisation:
    """The person's own firm with this number or name, else a new one; raises UnableToJoin when it is another's."""
    mine = Organisation.objects.filter(memberships__user=by, memberships__role__in=[FirmRole.OWNER, FirmRole.COLLEAGUE])
    key = name_key(firm.name)[:160]  # "&" counts as three letters and two spaces there
    if firm.company_number:
        found = Organisation.objects.filter(company_number=firm.company_number).first()
        if found and not mine.filter(pk=found.pk).exists():
            raise UnableToJoin(_taken())
    else:
        found = mine.filter(company_number="", name_key=key).first()
    facts = check.facts
    values = {
        "name": firm.name,
        "name_key": key,
        "legal_form": firm.legal_form,
        "address": firm.address,
        "postcode": facts.get("postcode") or "",
        "local_authority": facts.get("local_authority") or "",
        "sic_codes": facts.get("sic_codes") or [],
    }
    if found:
        for name, value in values.items():
            setattr(found, name, value)
        found.save(update_fields=list(values))
        return found
    organisation = Organisation.objects.create(company_number=firm.company_number, created_at=at, **values)
    Membership.objects.create(user=by, organisation=organisation, role=FirmRole.OWNER)
    return organisation


def tell_firm(case: Case, kind: str, at: datetime, *, page: str = "", button: str = "", **facts: Any) -> None:
    """Owe the firm one mail about its case, in the programme's words where a manager has written some.

    `page` is the absolute path that the mail's button opens (the case's own page unless given); `facts` are plain
    JSON for the template `notifications/<kind>.txt`. Call inside the transaction that needs it.
    """
    texts = Text.objects.filter(programme=case.programme, language=case.language, key__startswith=f"mail.{kind}.")
    words = {text.key.rpartition(".")[2]: text.body for text in texts}
    url = settings.PORTAL_URL + (page or reverse("casework:firm-case", args=[case.reference]))
    with translation.override(case.language):
        label = button or _("See your application")
    notifications.queue(
        to=case.contact_email or case.created_by.email, kind=kind, language=case.language, at=at,
        reference=case.reference, branding=case.programme.branding,
        context={"button": {"label": label, "url": url}, **facts},
        words=words if {"subject", "body"} <= words.keys() else None,
    )  # fmt: skip


@transaction.atomic(durable=True)
def submit(*, case: Case, by: User, at: datetime) -> None:
    """Send the application to the advisers, once; raises UnableToSubmit or IllegalMove."""
    if not has_confirmed_email(by):
        raise UnableToSubmit(_("Confirm your email address first. We have sent you a link."))
    if case.missing_sections():
        raise UnableToSubmit(_("Complete every section before you send your application."))
    case.submit(by=by, at=at)
    promise = promise_for(case)
    tell_firm(case, "case_submitted", at, promise=f"{promise:%Y-%m-%d}" if promise else "")


@transaction.atomic(durable=True)
def return_to_firm(*, case: Case, reason: str, by: User, at: datetime) -> None:
    case.return_to_firm(by=by, at=at, reason=reason)
    tell_firm(case, "case_returned", at)


@transaction.atomic(durable=True)
def accept(*, case: Case, by: User, at: datetime) -> None:
    case.accept(by=by, at=at)
    signals.case_accepted.send(sender=Case, case=case, by=by, at=at)
    tell_firm(case, "case_accepted", at)


@transaction.atomic(durable=True)
def reject(*, case: Case, reason: str, by: User, at: datetime) -> None:
    case.reject(by=by, at=at, reason=reason)
    tell_firm(case, "case_rejected", at)


@transaction.atomic(durable=True)
def withdraw(*, case: Case, reason: str, by: User, at: datetime) -> None:
    """End the case at the firm's wish; what stands above it ends with it (case_withdrawn)."""
    case.withdraw(by=by, at=at, reason=reason)
    signals.case_withdrawn.send(sender=Case, case=case, by=by, at=at)
    tell_firm(case, "case_withdrawn", at)


@transaction.atomic(durable=True)
def write_note(*, case: Case, kind: str, text: str, by: User, at: datetime, key: uuid.UUID | None = None) -> Note:
    """Keep a note about the case; a repeat with the same `key` gives the same note."""
    note, made = Note.objects.get_or_create(
        creation_key=key or uuid.uuid4(),
        defaults={"case": case, "kind": kind, "text": text, "written_at": at, "written_by": by},
    )
    if made:
        Event.objects.record(case, kind=f"note.{kind.lower()}", by=by, at=at, note=text, staff_only=True)
    return note


@transaction.atomic(durable=True)
def leave_lead(
    *, programme: Programme, check: EligibilityCheck | None, key: uuid.UUID, details: dict[str, Any], at: datetime
) -> Lead:
    """Record that a firm wants to talk, owe it the promise by mail; a repeat with the same `key` gives the same lead.

    `details` has name, firm, email, phone, question and agrees_to_contact.
    """
    promise = working_days_after(programme.local_date(at), int(programme.promise_days.get("lead", 2)))
    lead, made = Lead.objects.get_or_create(
        creation_key=key,
        defaults={
            **details,
            "programme": programme,
            "region": check.region if check else None,
            "check_result": check,
            "created_at": at,
            "answer_by": promise,
        },
    )
    # One mail a day to an address, however often somebody types it into the form.
    told = Message.objects.filter(kind="lead_received", to=lead.email, created_at__gt=at - timedelta(days=1))
    if made and not told.exists():
        notifications.queue(
            to=lead.email, kind="lead_received", at=at, branding=programme.branding,
            language=translation.get_language() or settings.LANGUAGE_CODE,
            context={"promise": f"{promise:%Y-%m-%d}"},
        )  # fmt: skip
    return lead


@transaction.atomic(durable=True)
def answer_lead(*, lead: Lead, by: User, at: datetime) -> bool:
    """Mark that somebody has called; False when somebody already had."""
    return bool(Lead.objects.filter(pk=lead.pk, answered_at=None).update(answered_at=at, answered_by=by))

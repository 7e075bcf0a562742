"""Joining a programme: from the first form to the adviser's answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
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
from applications import rules, signals
from applications.models import Case, CaseCheck, EligibilityOverride, Lead, Note, still_open
from eligibility import ledger
from eligibility.models import EligibilityCheck
from notifications import actions as notifications
from notifications.models import Message
from organisations.identifiers import name_key
from organisations.models import Organisation, SizeDeclaration
from portal.models import Event
from portal.references import new_reference
from portal.workflow import IllegalMove
from programmes.models import Programme, Text


class UnableToJoin(Exception):
    """The firm cannot join this programme now; the message says why and what to do."""


class UnableToSubmit(Exception):
    """The application cannot be sent in yet; the message says what is missing."""


class UnableToAccept(Exception):
    """A rule of the programme stands against the firm and nobody has set it aside; the message says which."""


class UnableToSetAside(Exception):
    """There is nothing to set aside (any more), or somebody else has done it; the message says so."""


@dataclass(frozen=True)
class FirmDetails:
    """What a person says of the firm that joins."""

    name: str
    legal_form: str
    company_number: str
    """In the country's own form, or empty when the firm has none."""
    address: str
    country: str = "GB"
    sic_codes: tuple[str, ...] | None = None
    """Corrected here; None leaves those of the check."""
    register: dict[str, Any] = field(default_factory=dict)
    """What the company register said of it (organisations.register); empty when nobody asked."""


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
    CaseCheck.objects.create(case=case, check_result=check, made_at=at, made_by=by, taken_at=at, taken_by=by, why="")
    ledger.record_check(organisation, check, by=by, at=at)
    Event.objects.record(case, kind="case.started", by=by, at=at)
    return case


def _organisation_for(firm: FirmDetails, check: EligibilityCheck, by: User, at: datetime) -> Organisation:
    """The person's own firm with this number or name, else a new one; raises UnableToJoin when it is another's."""
    mine = Organisation.objects.filter(memberships__user=by, memberships__role__in=[FirmRole.OWNER, FirmRole.COLLEAGUE])
    key = name_key(firm.name)[:160]  # "&" counts as three letters and two spaces there
    if firm.company_number:
        found = Organisation.objects.filter(country=firm.country, company_number=firm.company_number).first()
        if found and not mine.filter(pk=found.pk).exists():
            raise UnableToJoin(_taken())
    else:
        found = mine.filter(country=firm.country, company_number="", name_key=key).first()
    facts = check.facts
    values: dict[str, Any] = {
        "name": firm.name,
        "name_key": key,
        "legal_form": firm.legal_form,
        "address": firm.address,
        "postcode": facts.get("postcode") or "",
        "local_authority": facts.get("local_authority") or "",
        "sic_codes": list(firm.sic_codes or facts.get("sic_codes") or []),
    }
    if firm.register:
        values["register"] = firm.register
    if found:
        for name, value in values.items():
            setattr(found, name, value)
        found.save(update_fields=list(values))
        return found
    organisation = Organisation.objects.create(
        country=firm.country, company_number=firm.company_number, created_at=at, **values
    )
    Membership.objects.create(user=by, organisation=organisation, role=FirmRole.OWNER)
    return organisation


def tell_firm(case: Case, kind: str, at: datetime, *, page: str = "", button: str = "", **facts: Any) -> None:
    """Owe the firm one mail about its case, in the programme's words where a manager has written some.

    `page` is the absolute path that the mail's button opens (the case's own page unless given); `facts` are plain
    JSON for the template `notifications/<kind>.txt`. Call inside the transaction that needs it.
    """
    texts = Text.objects.filter(programme=case.programme, language=case.language, key__startswith=f"mail.{kind}.")
    words = {text.key.rpartition(".")[2]: text.body for text in texts if text.body}
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
def accept(*, case: Case, by: User, at: datetime, settled: Mapping[str, str] | None = None) -> None:
    """Let the firm in. `settled` gives the adviser's reason for each open finding, by rule.

    Raises UnableToAccept while a finding of the check in force fails or is undecided and nobody has set it aside,
    UnableToSetAside and IllegalMove when somebody else was faster.
    """
    lock(case)
    for rule, reason in (settled or {}).items():
        _set_aside(case, rule, reason, None, by, at)
    _must_be_settled(case)
    case.accept(by=by, at=at)
    signals.case_accepted.send(sender=Case, case=case, by=by, at=at)
    tell_firm(case, "case_accepted", at)


def lock(case: Case) -> None:
    """Hold the case until the transaction ends; raises IllegalMove when it has moved on since it was read."""
    now = Case.objects.select_for_update().only("status", "check_result").get(pk=case.pk)
    if (now.status, now.check_result_id) != (case.status, case.check_result_id):
        raise IllegalMove(f"{case} has changed")


def _must_be_settled(case: Case) -> None:
    left = [each for each in still_open(case) if not each.is_settled]
    waiting = [each.name for each in left if each.override]
    unsaid = [each.name for each in left if not each.override]
    if unsaid:
        raise UnableToAccept(
            _("Say first why the firm may join all the same: %(rules)s.") % {"rules": ", ".join(unsaid)}
        )
    if waiting:
        raise UnableToAccept(_("A second person has to agree first: %(rules)s.") % {"rules": ", ".join(waiting)})


@transaction.atomic(durable=True)
def set_aside(
    *, case: Case, rule: str, reason: str, by: User, at: datetime, key: uuid.UUID | None = None
) -> EligibilityOverride:
    """Set an open finding of the check in force aside; a repeat with the same `key` gives the same override.

    Raises UnableToSetAside when the rule is not open, when somebody has set it aside already, or when the case ended.
    """
    if key and (existing := EligibilityOverride.objects.filter(creation_key=key, case=case).first()):
        return existing
    lock(case)
    return _set_aside(case, rule, reason, key, by, at)


def _set_aside(
    case: Case, rule: str, reason: str, key: uuid.UUID | None, by: User, at: datetime
) -> EligibilityOverride:
    found = next((each for each in still_open(case) if each.rule == rule), None)
    if found is None or not case.is_live:
        raise UnableToSetAside(_("There is nothing to set aside here any more. Nothing was changed."))
    if found.override:
        raise UnableToSetAside(_("Somebody has set this aside meanwhile. Nothing was changed."))
    override = EligibilityOverride.objects.create(
        case=case, check_result=case.check_result, creation_key=key or uuid.uuid4(), rule=rule,
        finding=dict(found.finding), rules_version=case.check_result.rules_version, reason=reason,
        needs_second=second_person_needed(case, str(found.finding["outcome"]), at), decided_at=at, decided_by=by,
    )  # fmt: skip
    _tell_timeline(override, "override.failed" if found.is_failed else "override.settled", reason, by, at)
    return override


def second_person_needed(case: Case, outcome: str, at: datetime) -> bool:
    """Whether setting a finding with this outcome aside takes a second person, by the terms in force on the day."""
    version = case.programme.terms_on(case.programme.local_date(at))
    said = version.eligibility.get("override") or {}
    grant = rules.largest_grant(version.eligibility.get("strands") or [], version.document.get("terms") or {})
    return rules.needs_second(outcome, over=said.get("second_person_over"), grant=grant)


def _tell_timeline(override: EligibilityOverride, kind: str, words: str, by: User, at: datetime) -> None:
    note = f"{override.name}: {words}" if words else override.name
    Event.objects.record(override, kind=kind, by=by, at=at, note=note, data={"rule": override.rule}, staff_only=True)


@transaction.atomic(durable=True)
def confirm_override(*, override: EligibilityOverride, by: User, at: datetime) -> None:
    """The second person agrees; raises UnableToSetAside when it is the first, IllegalMove when it is settled."""
    if override.decided_by_id == by.pk:
        raise UnableToSetAside(_("You have set this aside yourself. Somebody else has to agree."))
    override.confirm(by=by, at=at)
    _tell_timeline(override, "override.confirmed", "", by, at)


@transaction.atomic(durable=True)
def withdraw_override(*, override: EligibilityOverride, reason: str, by: User, at: datetime) -> None:
    """Let the rule stand again; raises IllegalMove when it does already."""
    Case.objects.select_for_update().only("pk").get(pk=override.case_id)
    override.withdraw(by=by, at=at, reason=reason)
    _tell_timeline(override, "override.withdrawn", reason, by, at)


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

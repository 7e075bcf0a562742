"""What the rules of funding.rules.flags are asked about, gathered; what they find, written as flags once each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Membership
from accounts.permissions import FIRM_READERS
from applications.models import Case
from funding import independence
from funding.models import BankAccount, BudgetLine, Claim, ClaimLine, FraudFlag, GrantApplication, Quote
from funding.rules import flags
from organisations.groups import group_ids
from organisations.identifiers import name_key
from organisations.models import Organisation, Ownership


def flag_application(application: GrantApplication, *, at: datetime) -> list[FraudFlag]:
    """Raise what wants a look in an application that was sent; those raised before are not raised again."""
    case = application.case
    today = case.programme.local_date(at)
    firm = _firm(case.organisation)
    members = group_ids(case.organisation, today)
    found = [
        *flags.of_register(firm, programme_from=case.programme.local_date(application.call.opens_at)),
        *flags.shared(firm, (_firm(other) for other in _alike(case.organisation, members))),
        *_ties(application, _suppliers(application), members, at),
        *_same_quotes(application, members),
    ]
    return _raise(found, case, application=application, at=at)


def flag_claim(claim: Claim, *, at: datetime) -> list[FraudFlag]:
    """Raise what wants a look in a claim that was sent."""
    award = claim.award
    application = award.application
    case = application.case
    members = group_ids(case.organisation, case.programme.local_date(at))
    lines = list(claim.lines.all())
    invoices = [flags.Invoice(line.pk, line.invoice_number, line.supplier, line.invoice_on, line.net) for line in lines]
    accepted_on = case.programme.local_date(award.accepted_at) if award.accepted_at else None
    found = [
        *flags.of_invoices(invoices, accepted_on=accepted_on),
        *flags.above_budget(_claimed(claim), _planned(claim)),
        *_ties(application, [line.supplier for line in lines], members, at),
        *_same_invoices(lines),
    ]
    return _raise(found, case, application=application, claim=claim, at=at)


def flag_account(account: BankAccount, *, at: datetime) -> list[FraudFlag]:
    """Raise what wants a look in bank details that were entered."""
    award = account.award
    case = award.application.case
    same = BankAccount.objects.filter(fingerprint=account.fingerprint).exclude(organisation=account.organisation_id)
    others = [other.organisation.name for other in same.select_related("organisation")]
    found = flags.of_account(account.holder, account.organisation.name, others=others)
    return _raise(found, case, application=award.application, at=at)


def flag_late_change(claim: Claim, *, at: datetime) -> list[FraudFlag]:
    """Raise that the payee's account was changed only days before a claim was approved."""
    application = claim.award.application
    programme = application.case.programme
    payee = claim.partner.organisation_id if claim.partner else application.case.organisation_id
    account = BankAccount.objects.filter(organisation=payee).order_by("-entered_at").first()
    if account is None:
        return []
    before = BankAccount.objects.filter(organisation=account.organisation_id, entered_at__lt=account.entered_at)
    found = flags.late_change(
        programme.local_date(account.entered_at), programme.local_date(at), is_change=before.exists()
    )
    return _raise(found, application.case, application=application, claim=claim, at=at)


def _raise(
    found: Iterable[flags.Finding],
    case: Case,
    *,
    at: datetime,
    application: GrantApplication | None = None,
    claim: Claim | None = None,
) -> list[FraudFlag]:
    """Those that are new. One that was cleared stays so: the same thing is looked at once."""
    raised = []
    for each in found:
        facts = {"application": application, "claim": claim, "evidence": dict(each.evidence), "raised_at": at}
        flag, made = FraudFlag.objects.get_or_create(case=case, rule=each.rule, key=each.key[:64], defaults=facts)
        raised += [flag] if made else []
    return raised


def _digits(phone: str) -> str:
    """The last nine digits, which a country code in front does not change."""
    digits = "".join(letter for letter in phone if letter.isdigit())
    return digits[-9:] if len(digits) >= len("123456789") else ""


def _firm(organisation: Organisation) -> flags.Firm:
    cases = list(Case.objects.filter(organisation=organisation).only("contact_phone", "contact_email"))
    people = Ownership.objects.current().filter(firm=organisation)
    persons = {row.through_person.casefold() for row in people if row.through_person} | {
        row.name.casefold() for row in people if row.holder_kind == Ownership.HolderKind.PERSON
    }
    members = Membership.objects.filter(organisation=organisation, role__in=FIRM_READERS)
    emails = set(members.values_list("user__email", flat=True)) | {case.contact_email for case in cases}
    return flags.Firm(
        id=organisation.pk,
        name=organisation.name,
        address=organisation.address,
        phones=frozenset(filter(None, (_digits(case.contact_phone) for case in cases))),
        emails=frozenset(email.casefold() for email in emails if email),
        people=frozenset(persons),
        register=organisation.register,
        sic_codes=tuple(organisation.sic_codes),
    )


def _alike(organisation: Organisation, members: Iterable[int]) -> QuerySet[Organisation]:
    """Other applicants outside the group that may share something: found by index, compared by the rules."""
    applicants = GrantApplication.objects.filter(case__organisation=OuterRef("pk")).exclude(submitted_at=None)
    own_cases = Case.objects.filter(organisation=organisation)
    contacts = Case.objects.filter(organisation=OuterRef("pk")).filter(
        Q(contact_email__in=own_cases.exclude(contact_email="").values("contact_email"))
        | Q(contact_phone__in=own_cases.exclude(contact_phone="").values("contact_phone"))
    )
    own_people = Membership.objects.filter(organisation=organisation, role__in=FIRM_READERS).values("user")
    people = Membership.objects.filter(organisation=OuterRef("pk"), user__in=own_people)
    own_owners = Ownership.objects.current().filter(firm=organisation)
    owners = (
        Ownership.objects.current()
        .filter(firm=OuterRef("pk"))
        .filter(
            Q(
                holder_kind=Ownership.HolderKind.PERSON,
                other_name__in=own_owners.exclude(other_name="").values("other_name"),
            )
            | Q(through_person__in=own_owners.exclude(through_person="").values("through_person"))
        )
    )
    same: Any = Q(name_key=organisation.name_key) | Exists(contacts) | Exists(people) | Exists(owners)
    if organisation.postcode and organisation.address:
        same |= Q(postcode=organisation.postcode)
    return Organisation.objects.filter(Exists(applicants)).exclude(pk__in=members).filter(same).order_by("pk")


def _suppliers(application: GrantApplication) -> list[str]:
    quotes = Quote.objects.filter(line__application=application).values_list("supplier", flat=True)
    lines = BudgetLine.objects.filter(application=application).exclude(supplier="").values_list("supplier", flat=True)
    return [*quotes, *lines]


def _tied(organisation: Organisation, members: Iterable[int]) -> list[str]:
    """Names of those that own the firm, that it holds, and of its group."""
    owners = [row.name for row in Ownership.objects.current().filter(firm=organisation).select_related("other")]
    return [*owners, *Organisation.objects.filter(pk__in=members).values_list("name", flat=True)]


def _ties(
    application: GrantApplication, suppliers: list[str], members: Iterable[int], at: datetime
) -> list[flags.Finding]:
    """What may tie the firm, its partners and their suppliers; suppliers tied to the firm by name are told as such."""
    linked = flags.linked_suppliers(suppliers, _tied(application.case.organisation, members))
    known = {finding.key for finding in linked}
    others = [supplier for supplier in suppliers if name_key(supplier) not in known]
    taking_part = list(application.partners.taking_part().select_related("organisation"))
    found = independence.signs(application, taking_part, others, at=at)
    return [*linked, *flags.of_ties(found)]


def _same_quotes(application: GrantApplication, members: Iterable[int]) -> list[flags.Finding]:
    """The very file that another firm, outside the group, was given as a quote."""
    files = Quote.objects.filter(line__application=application).values("upload__sha256")
    others = Quote.objects.filter(upload__sha256__in=files).exclude(line__application__case__organisation__in=members)
    rows = others.values_list("upload__sha256", "line__application__case__organisation__name").distinct().order_by()
    return [
        flags.Finding("same_quote", f"{sha256[:40]}", {"other": name, "file": sha256[:12]}) for sha256, name in rows
    ]


def _same_invoices(lines: Iterable[ClaimLine]) -> list[flags.Finding]:
    """Invoices whose number, from the same supplier, stands in another claim of any firm."""
    found = []
    for line in lines:
        if not line.invoice_key:
            continue
        others = ClaimLine.objects.filter(invoice_key=line.invoice_key, supplier__iexact=line.supplier)
        others = others.exclude(pk=line.pk).exclude(claim__status__in=[Claim.Status.WITHDRAWN, Claim.Status.REJECTED])
        for other in others.select_related("claim__award__application__case")[:3]:
            facts = {"invoice": line.invoice_number, "claim": other.claim.reference}
            found.append(flags.Finding("same_invoice", f"{line.pk}-{other.pk}", facts))
    return found


def _claimed(claim: Claim) -> dict[str, Decimal]:
    """Cost by kind of this claim and of those before it that stand."""
    ended = [Claim.Status.WITHDRAWN, Claim.Status.REJECTED]
    totals: dict[str, Decimal] = {}
    lines = ClaimLine.objects.filter(claim__award=claim.award_id, claim__partner=claim.partner_id)
    for line in lines.exclude(claim__status__in=ended):
        totals[line.category] = totals.get(line.category, Decimal(0)) + line.cost
    return totals


def _planned(claim: Claim) -> dict[str, Decimal]:
    return {
        row["category"]: Decimal(row["eligible"]) for row in claim.award.budget if row["partner"] == claim.partner_id
    }

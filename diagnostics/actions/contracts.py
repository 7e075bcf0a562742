"""Contracts for diagnostics: with whom, on which terms, and who works for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Assignment, Membership, User
from accounts.permissions import FirmRole, Role
from diagnostics.models import Allocation, Contractor
from organisations.identifiers import name_key
from organisations.models import Organisation
from portal.models import Event
from programmes.models import Programme, Region

TERMS = ("languages", "capacity", "fee", "days", "sample_percent", "from_on", "until_on")


class UnableToContract(Exception):
    """The contract or the person cannot be added; the message says why."""


@transaction.atomic(durable=True)
def add_contract(
    *, programme: Programme, name: str, company_number: str, terms: Mapping[str, Any], regions: Iterable[Region],
    by: User, at: datetime,
) -> Contractor:  # fmt: skip
    """A contract with the organisation of that name or company number, which is made when it is new.

    `terms` holds TERMS. Raises UnableToContract when there is one in this programme already, or the number belongs to
    an organisation of another kind.
    """
    Programme.objects.select_for_update().get(pk=programme.pk)
    organisation = _organisation(name, company_number, programme.country, at)
    if Contractor.objects.filter(programme=programme, organisation=organisation).exists():
        raise UnableToContract(_("%(name)s has a contract in this programme already.") % {"name": organisation})
    contractor = Contractor.objects.create(programme=programme, organisation=organisation, **terms)
    contractor.regions.set(regions)
    _record(contractor, "programme.contract_added", by, at)
    return contractor


def _organisation(name: str, number: str, country: str, at: datetime) -> Organisation:
    kind = Organisation.Kind.CONTRACTOR
    if number:
        found = Organisation.objects.filter(country=country, company_number=number).first()
        if found and found.kind != kind:
            raise UnableToContract(
                _("The company with this number is known here as %(kind)s.") % {"kind": found.get_kind_display()}
            )
    else:
        found = Organisation.objects.filter(kind=kind, country=country, name_key=name_key(name)).first()
    return found or Organisation.objects.create(
        kind=kind, name=name, name_key=name_key(name), country=country, company_number=number, created_at=at
    )  # fmt: skip


@transaction.atomic(durable=True)
def change_contract(
    *, contractor: Contractor, terms: Mapping[str, Any], regions: Iterable[Region], by: User, at: datetime
) -> None:
    """Other terms for work that is offered from now on; what was offered keeps its fee and its deadline."""
    held = Contractor.objects.select_for_update().get(pk=contractor.pk)
    for term in TERMS:
        setattr(held, term, terms[term])
    held.save(update_fields=TERMS)
    held.regions.set(regions)
    _record(held, "programme.contract_changed", by, at)


@transaction.atomic(durable=True)
def add_person(*, contractor: Contractor, email: str, by: User, at: datetime) -> User:
    """Let somebody with an account carry out this contractor's diagnostics; again changes nothing."""
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if user is None:
        raise UnableToContract(_("Nobody has an account with this address. Ask the person to create one first."))
    if user == by:
        raise UnableToContract(_("You cannot add yourself. Ask another manager of this programme."))
    if user.memberships.filter(organisation=contractor.organisation_id, role=FirmRole.STUDENT).exists():
        raise UnableToContract(_("This person is a student there and sees no diagnostics."))
    Membership.objects.get_or_create(
        user=user, organisation=contractor.organisation, defaults={"role": FirmRole.COLLEAGUE}
    )
    Assignment.objects.get_or_create(user=user, programme=contractor.programme, region=None, role=Role.CONTRACTOR)
    _record(contractor, "programme.contract_person", by, at, user=user.pk)
    return user


@transaction.atomic(durable=True)
def end_person(*, contractor: Contractor, user: User, by: User, at: datetime) -> None:
    """The person works there no more and sees none of its diagnostics; what they had in hand has nobody now."""
    Membership.objects.filter(user=user, organisation=contractor.organisation_id).delete()
    Allocation.objects.filter(contractor=contractor, person=user).in_hand().update(person=None, updated_at=at)
    others = Contractor.objects.filter(
        programme=contractor.programme_id, organisation__memberships__user=user
    ).exclude(pk=contractor.pk)  # fmt: skip
    if not others.exists():
        Assignment.objects.filter(user=user, programme=contractor.programme_id, role=Role.CONTRACTOR).delete()
    _record(contractor, "programme.contract_person_ended", by, at, user=user.pk)


def _record(contractor: Contractor, kind: str, by: User, at: datetime, **data: Any) -> None:
    facts = {"contractor": contractor.pk, **data}
    Event.objects.record(
        contractor.programme, kind=kind, by=by, at=at, note=str(contractor.organisation), data=facts, staff_only=True
    )  # fmt: skip

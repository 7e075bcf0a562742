"""What ties assessors to a firm, read from what the portal knows; people judge it, it decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count

from accounts.models import Membership, User
from applications.models import Case
from funding.models import Assessor, GrantApplication, Interests
from funding.rules.reviews import Firm, Person, signs_of_conflict
from portal.models import Event

_OWN_WORK = ("review", "reviewinvitation")
"""Assessing is no earlier contact."""


def hints_for(application: GrantApplication, people: Iterable[User], at: datetime) -> dict[int, list[dict[str, str]]]:
    """For each of `people`, by id, the signs of a conflict as {code, value}. The same queries for one and for many."""
    asked = list(people)
    firm = firm_of(application)
    programme = application.case.programme_id
    employers = dict(Assessor.objects.filter(programme=programme, user__in=asked).values_list("user", "employer"))
    declared: dict[int, str] = {}
    interests = Interests.objects.filter(programme=programme, user__in=asked).in_force(at)
    for user, text in interests.order_by("declared_at").values_list("user", "text"):
        declared[user] = text
    postcodes: dict[int, set[str]] = {}
    for user, code in Membership.objects.filter(user__in=asked).values_list("user", "organisation__postcode"):
        postcodes.setdefault(user, set()).add(code)
    contacts = _contacts(application, asked)
    return {
        user.pk: [
            {"code": sign, "value": value}
            for sign, value in signs_of_conflict(
                Person(
                    email=user.email,
                    name=user.full_name,
                    employer=employers.get(user.pk, ""),
                    postcodes=frozenset(postcodes.get(user.pk, ())),
                    interests=declared.get(user.pk, ""),
                    contacts=contacts.get(user.pk, 0),
                ),
                firm,
            )
        ]
        for user in asked
    }


def firm_of(application: GrantApplication) -> Firm:
    """The firm, its people, its partners and the suppliers it names."""
    case = application.case
    partners = list(application.partners.taking_part())
    members = User.objects.filter(memberships__organisation=case.organisation_id)
    people = [case.contact_name, *(user.full_name for user in members)]
    emails = [case.contact_email, *(user.email for user in members), *(partner.email for partner in partners)]
    return Firm(
        names=tuple(dict.fromkeys([case.organisation.name, *(partner.name for partner in partners)])),
        people=tuple(dict.fromkeys(filter(None, people))),
        emails=tuple(dict.fromkeys(filter(None, emails))),
        suppliers=tuple(dict.fromkeys(line.supplier for line in application.lines.all() if line.supplier)),
        postcodes=frozenset([case.organisation.postcode, *(partner.postcode for partner in partners)]),
    )


def _contacts(application: GrantApplication, people: list[User]) -> dict[int, int]:
    """How many things each did in any case of the firm: notes, advice, opinions, decisions."""
    references = Case.objects.filter(organisation=application.case.organisation_id).values("reference")
    done = Event.objects.filter(reference__in=references, actor_id__in=[person.pk for person in people])
    for kind in _OWN_WORK:
        done = done.exclude(kind__startswith=f"{kind}.")
    counted = done.order_by().values_list("actor_id").annotate(count=Count("pk"))
    return {actor: count for actor, count in counted if actor is not None}

"""The load generator: many firms at once, by bulk inserts that pass the same constraints. Same seed, same firms."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Membership, User
from accounts.permissions import FirmRole
from applications.models import Case
from demo.firms import firm
from eligibility.models import EligibilityCheck
from organisations.identifiers import name_key
from organisations.models import Organisation, SizeDeclaration
from portal.models import Event
from portal.references import ALPHABET, LENGTH
from programmes.models import Programme, Region

BATCH = 2000
UNUSABLE = "!"  # nobody signs in as a generated firm
FIRST_NUMBER = 1000
SHARES = {
    Case.Status.DRAFT: 10,
    Case.Status.SUBMITTED: 20,
    Case.Status.RETURNED: 5,
    Case.Status.ACCEPTED: 50,
    Case.Status.REJECTED: 10,
    Case.Status.WITHDRAWN: 5,
}


def generate(*, programmes: list[Programme], adviser: User, firms: int, seed: int, now: datetime) -> int:
    """Insert `firms` firms with a case each, spread over `programmes`; those already there are left alone."""
    made = 0
    for programme in programmes:
        share = firms // len(programmes) + (programmes.index(programme) < firms % len(programmes))
        regions = list(programme.regions.all())
        for start in range(FIRST_NUMBER, FIRST_NUMBER + share, BATCH):
            numbers = range(start, min(start + BATCH, FIRST_NUMBER + share))
            made += _insert(programme, regions, adviser, numbers, seed, now)
    return made


@transaction.atomic(durable=True)
def _insert(
    programme: Programme, regions: list[Region], adviser: User, numbers: range, seed: int, now: datetime
) -> int:
    firms = {f.company_number: f for f in (firm(number, programme.slug, seed) for number in numbers)}
    known = Organisation.objects.filter(company_number__in=firms).values_list("company_number", flat=True)
    firms = {number: firm for number, firm in firms.items() if number not in set(known)}
    chance = random.Random(f"{seed}:{programme.slug}:{numbers.start}")
    organisations = Organisation.objects.bulk_create(
        Organisation(
            name=f.name, name_key=name_key(f.name), company_number=f.company_number, sic_codes=[f.sic_code],
            postcode=f.postcode, address=f"Unit 1, {f.postcode}", created_at=now,
        )
        for f in firms.values()
    )  # fmt: skip
    users = User.objects.bulk_create(
        User(email=f.email, full_name=f"Office of {f.name}", password=UNUSABLE) for f in firms.values()
    )
    pairs = list(zip(firms.values(), organisations, users, strict=True))
    Membership.objects.bulk_create(Membership(user=u, organisation=o, role=FirmRole.OWNER) for _f, o, u in pairs)
    SizeDeclaration.objects.bulk_create(
        SizeDeclaration(
            organisation=o, employees=f.employees, turnover=f.turnover, balance_sheet=f.balance_sheet,
            currency=programme.currency, in_group=False, declared_at=now, declared_by_id=u.pk,
        )
        for f, o, u in pairs
    )  # fmt: skip
    checks = EligibilityCheck.objects.bulk_create(
        EligibilityCheck(
            programme=programme, region=chance.choice(regions) if regions else None, outcome="eligible",
            rules_version=f"{programme.slug}/generated", findings=[], created_at=now,
            facts={"employees": str(f.employees), "turnover": f"{f.turnover}.00", "postcode": f.postcode,
                   "balance_sheet": f"{f.balance_sheet}.00", "sic_codes": [f.sic_code], "in_group": False},
        )
        for f, _o, _u in pairs
    )  # fmt: skip
    cases = Case.objects.bulk_create(
        _case(programme, check, pair, adviser, chance, now) for check, pair in zip(checks, pairs, strict=True)
    )
    Event.objects.bulk_create(
        Event(
            programme=programme.slug, reference=case.reference, kind=f"case.{case.status.lower()}", at=case.updated_at,
            subject_label="applications.case", subject_id=str(case.pk), actor_name=case.contact_name,
        )
        for case in cases
    )  # fmt: skip
    return len(cases)


def _letters(number: int) -> str:
    """Six letters of a reference, another for every number: the factor shares no divisor with the count of all."""
    number = number * 382_903_051 % len(ALPHABET) ** LENGTH
    text = ""
    for _ in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        text += ALPHABET[digit]
    return text


def _case(programme, check, pair, adviser, chance: random.Random, now: datetime) -> Case:
    made, organisation, user = pair
    status = chance.choices(list(SHARES), weights=list(SHARES.values()))[0]
    created = now - timedelta(days=chance.randrange(1, 700), minutes=chance.randrange(1440))
    sent = created + timedelta(days=2)
    was_sent = status not in (Case.Status.DRAFT, Case.Status.WITHDRAWN)
    decided = status in (Case.Status.ACCEPTED, Case.Status.REJECTED)
    withdrawn = status == Case.Status.WITHDRAWN
    return Case(
        reference=f"{programme.prefix}-{_letters(made.number)}",
        programme=programme, region=check.region, organisation=organisation, check_result=check, status=status,
        creation_key=uuid.UUID(int=chance.getrandbits(128), version=4), adviser=adviser if decided else None,
        contact_name=user.full_name, contact_role="Owner", contact_phone="01524 000000", contact_email=user.email,
        makes=made.makes, wants_to_change=made.change, barriers=["money"], agrees_to_share=True,
        agrees_to_benchmark=True, agrees_to_contact=False, created_at=created, created_by=user,
        submitted_at=sent if was_sent else None, submitted_by=user if was_sent else None,
        decided_at=sent + timedelta(days=5) if decided else None, decided_by=adviser if decided else None,
        withdrawn_at=sent if withdrawn else None, withdrawn_by=user if withdrawn else None,
        reason="Please tell us more." if status == Case.Status.RETURNED else "",
        updated_at=sent + timedelta(days=5) if decided else sent,
    )  # fmt: skip

"""The Welsh programme's three contractors for diagnostics, all invented, and what they have in hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from demo.people import make_user
from diagnostics import loads
from diagnostics.actions import checking, contractors, contracts
from diagnostics.models import Allocation, Assessment, Contractor
from programmes.models import Programme

PROGRAMME = "wales-industry-4"
FIRST = "Demo Diagnostics"
"""The organisation that contractor@ works for."""
CONTRACTORS = [
    # name, person, address, regions (none: all), languages, capacity, fee, percent checked
    (FIRST, "", "", [], ["en-gb", "cy"], 4, 950, 25),
    ("Arolwg y Gogledd", "Gwen Gogledd", "gwen@arolwg-y-gogledd.example", ["north-wales"], ["cy", "en-gb"], 3, 990, 10),
    (
        "Taff Valley Reviews", "Tom Taff", "tom@taff-valley-reviews.example",
        ["south-east-wales", "mid-and-south-west-wales"], ["en-gb"], 3, 900, 10,
    ),
]  # fmt: skip


def sign(programme: Programme, staff: dict[str, User], now: datetime) -> None:
    """The contracts and who works for them; done once."""
    if programme.slug != PROGRAMME or Contractor.objects.filter(programme=programme).exists():
        return
    began = now - timedelta(days=150)
    for name, person, email, regions, languages, capacity, fee, percent in CONTRACTORS:
        made = contracts.add_contract(
            programme=programme, name=name, company_number="",
            terms={
                "languages": languages, "capacity": capacity, "fee": Decimal(fee), "days": 30,
                "sample_percent": percent, "from_on": programme.local_date(began), "until_on": None,
            },
            regions=programme.regions.filter(slug__in=regions), by=staff["manager"], at=began,
        )  # fmt: skip
        who = make_user(email=email, full_name=person) if email else staff["contractor"]
        contracts.add_person(contractor=made, email=who.email, by=staff["manager"], at=began)


def give(
    assessment: Assessment, staff: dict[str, User], at: datetime, *, to: str = "", answered_at: datetime | None = None
) -> Allocation | None:
    """Offer a sent diagnostic to whom the rule suggests, or to the contractor named; accepted when there is a day.

    None where the programme has no contractor with a place free.
    """
    row = Assessment.objects.with_context().get(pk=assessment.pk)
    able = loads.bidders([row.case.programme_id], at)
    found = loads.suggestions([row], able)[row.pk]
    wanted = to or (found.bidder.name if found else "")
    chosen = next((each for each in able if each.organisation.name == wanted), None)
    if found is None or chosen is None:
        return None
    made = contractors.offer(assessment=row, contractor=chosen, by=staff["adviser"], at=at)
    person = chosen.people().first()
    if answered_at and person:
        contractors.accept(allocation=made, person=person, by=person, at=answered_at)
    return made


def hand_out(assessment: Assessment, staff: dict[str, User], at: datetime) -> None:
    """The first that waits is in work at contractor@'s organisation, the second is offered to it, the rest wait."""
    in_hand = Allocation.objects.in_hand().filter(contractor__programme=assessment.case.programme_id).count()
    if in_hand < 2:
        give(assessment, staff, at, to=FIRST, answered_at=None if in_hand else at)


def settle(programme: Programme, staff: dict[str, User], now: datetime) -> None:
    """Two of the delivered are checked and one of these is paid; the others wait."""
    rows = Allocation.objects.with_context().filter(contractor__programme=programme)
    if rows.exclude(checked_at=None).exists():
        return
    good = list(rows.filter(status=Allocation.Status.DELIVERED).order_by("delivered_at", "pk")[:2])
    for row in good:
        checking.approve(allocation=row, by=staff["manager"], at=now)
    if good:
        checking.pay(
            contractor=good[0].contractor, allocations=[good[0].pk], reference="BACS 2026-001", by=staff["finance"],
            at=now,
        )  # fmt: skip

"""Awards whose project has run, and claims walked to a state by the actions of real use."""

import itertools
import uuid
from datetime import date
from decimal import Decimal

from accounts.permissions import Role
from funding.actions import claim_checks
from funding.actions import claims as actions
from funding.models import Award, Claim, ClaimLine
from tests.factories.accounts import AssignmentFactory
from tests.factories.funding import PDF, WRITTEN, GrantApplicationFactory, a_quote

STARTS, ENDS = date(2026, 3, 1), date(2026, 8, 31)
EQUIPMENT = "capital_equipment"
NUMBERS = itertools.count()


def running_award(application=None, **changes):
    """Accepted, £15,000 on £30,000 of equipment, its six months over; `changes` are fields of the award."""
    application = application or GrantApplicationFactory(accepted=True)
    Award.objects.filter(application=application).update(**{"starts_on": STARTS, "ends_on": ENDS} | changes)
    award = Award.objects.get(application=application)
    award.conditions.update(met_at=WRITTEN, met_by=award.offered_by)
    return award


def firm_of(award):
    return award.application.case.created_by


def staff_of(award, role):
    return AssignmentFactory(programme=award.application.case.programme, role=role).user


def a_file(name="invoice.pdf"):
    """A PDF unlike any other: each invoice is a file of its own."""
    number = next(NUMBERS)
    return a_quote(name, PDF.replace(b"595 842", f"{100 + number // 900} {100 + number % 900}".encode()))


def a_claim(award, *, is_final=False, partner=None, at=WRITTEN):
    return actions.start_claim(
        award=award, partner=partner, is_final=is_final, key=uuid.uuid4(), by=firm_of(award), at=at
    )


def add_line(claim, *, net="10000.00", files=True, at=WRITTEN, **more):
    facts = {
        "category": EQUIPMENT, "description": "Robot", "supplier": "Robots of Preston Ltd",
        "invoice_number": uuid.uuid4().hex[:8], "invoice_on": date(2026, 4, 1), "paid_on": date(2026, 4, 20),
        "net": Decimal(net), "vat": Decimal(0),
    }  # fmt: skip
    proofs = {"invoice": a_file(), "proof": a_file("statement.pdf")} if files else {}
    line = ClaimLine(**facts | more)
    return actions.save_claim_line(claim=claim, line=line, by=firm_of(claim.award), at=at, **proofs)


def send(claim, *, answer="", at=WRITTEN):
    Claim.objects.get(pk=claim.pk).save_answers(summary="The robot runs.")
    actions.send_claim(claim=claim, answer=answer, declared="We declare it.", by=firm_of(claim.award), at=at)
    claim.refresh_from_db()


def sent_claim(award, *, net="10000.00", is_final=False, **more):
    claim = a_claim(award, is_final=is_final)
    if net:
        add_line(claim, net=net, **more)
    if claim.is_final:
        show_milestones(claim)
    send(claim)
    return claim


def show_milestones(claim):
    for milestone in claim.award.application.milestones.all():
        actions.show_milestone(
            claim=claim, milestone=milestone, reached_on=date(2026, 8, 1), note="It runs.", file=None,
            by=firm_of(claim.award), at=WRITTEN,
        )  # fmt: skip


def check(claim, *, accepted=None, why="", by=None, at=WRITTEN):
    """By an adviser: the whole of every cost, or `accepted` of it."""
    claim.refresh_from_db()
    decisions = {line.pk: (line.cost if accepted is None else Decimal(accepted), why) for line in claim.lines.all()}
    claim_checks.check_claim(
        claim=claim, decisions=decisions, seen=claim.updated_at.isoformat(),
        by=by or staff_of(claim.award, Role.ADVISER), at=at,
    )  # fmt: skip
    claim.refresh_from_db()


def approve(claim, *, by=None, at=WRITTEN):
    claim.refresh_from_db()
    claim_checks.approve_claim(
        claim=claim, seen=claim.updated_at.isoformat(), by=by or staff_of(claim.award, Role.APPROVER), at=at
    )
    claim.refresh_from_db()


def approved_claim(award, **more):
    claim = sent_claim(award, **more)
    check(claim)
    approve(claim)
    return claim

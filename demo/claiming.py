"""Projects that run: started, claimed for, paid and changed, by the actions of real use."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from demo.journey import Journey, share
from funding import actions as funding
from funding import claiming
from funding.actions import bank, claim_checks, claims, payments
from funding.forms.claims import DECLARATION
from funding.models import Award, BankAccount, Claim, ClaimLine, Payment, PaymentRun, Variation

LEAD = timedelta(days=40)
"""From joining to the first day of a project that runs."""
SHORT, LONG = 120, 200
"""Days of a project that is over by now, and of one that goes on."""
HISTORY = LEAD + timedelta(days=SHORT + 12)
SPENT = 55
"""Percent of each kind of cost in the first claim."""
SAME_INVOICE = "INV-2041"
"""Two firms claim for this one: a flag, for somebody to look at."""


def begin(journey: Journey) -> None:
    """The last thing before the start is settled, and the money has an account to go to."""
    award = journey.award = Award.objects.select_related("application__case__programme").get(pk=journey.award.pk)
    for condition in award.conditions.all():
        funding.tick_condition(condition=condition, by=journey.staff["adviser"], at=journey.later(2))
    journey.award.refresh_from_db()
    if journey.last != "started":
        _enter_account(journey)


def _enter_account(journey: Journey) -> None:
    """Entered by the firm; one officer has called. In use once the other confirms, which one firm waits for."""
    account = bank.enter_account(
        award=journey.award, partner=None, holder=journey.firm.name, number=f"200000{55_000_000 + journey.firm.number}",
        is_iban=False, by=journey.owner, at=journey.later(),
    )  # fmt: skip
    bank.note_call(
        account=account, payee=BankAccount.Payee.MATCH, called_back="Called the office on the number in the register.",
        by=journey.staff["finance"], at=journey.later(),
    )  # fmt: skip
    if journey.last != "started":
        bank.confirm_account(account=account, by=journey.staff["finance2"], at=journey.later())


def claim(journey: Journey, *, is_final: bool = False, send: bool = True) -> Claim:
    """Part of every cost in the budget, or at the end the rest of it, with invoices and proof of payment."""
    at = journey.wait_until(_claimable_from(journey, is_final=is_final))
    made = claims.start_claim(
        award=journey.award, partner=None, is_final=is_final, key=journey.key(f"claim {is_final}"), by=journey.owner,
        at=at,
    )  # fmt: skip
    for row in journey.award.budget:
        _add_invoice(
            journey, made, row["category"], share(Decimal(row["eligible"]), 100 - SPENT if is_final else SPENT)
        )
    made.save_answers(summary="The readers are fitted and the job cards run through them." if not is_final else
                      "Six machines and every job card are connected. Late jobs are seen a day earlier.")  # fmt: skip
    if is_final:
        for milestone in journey.award.application.milestones.all():
            claims.show_milestone(
                claim=made, milestone=milestone, reached_on=made.period_to, note="Accepted by our foreman.",
                file=journey.a_file("acceptance"), by=journey.owner, at=at,
            )  # fmt: skip
    if send:
        _send(journey, made)
    return made


def _claimable_from(journey: Journey, *, is_final: bool) -> date:
    """A few days after the stretch of the project that is claimed, or some days ago where the claim still waits."""
    award = journey.award
    if journey.last not in OVER:
        return (journey.now - timedelta(days=9)).date()
    return (award.ends_on if is_final else claiming.next_chance(award, award.starts_on)) + timedelta(days=2)


def _add_invoice(journey: Journey, made: Claim, category: str, net: Decimal) -> None:
    number = f"INV-{3000 + 10 * journey.firm.number + made.number}-{category[:3].upper()}"
    if category == "capital_equipment" and not made.is_final and journey.last in ("claimed", "paid"):
        number = SAME_INVOICE
    line = ClaimLine(
        category=category, description="Readers and tablets" if category == "capital_equipment" else "Set-up, training",
        supplier="Made-up Automation", invoice_number=number, invoice_on=made.period_from + timedelta(days=20),
        paid_on=made.period_from + timedelta(days=45), net=net, vat=share(net, 20),
        creation_key=journey.key(f"{made.number} {category}"),
    )  # fmt: skip
    if made.is_final:
        line.invoice_on, line.paid_on = made.period_to - timedelta(days=9), made.period_to - timedelta(days=2)
    claims.save_claim_line(
        claim=made, line=line, invoice=journey.a_file(f"invoice-{made.number}-{category}"),
        proof=journey.a_file(f"statement-{made.number}-{category}"), by=journey.owner, at=journey.at,
    )  # fmt: skip


def _send(journey: Journey, made: Claim) -> None:
    claims.send_claim(claim=made, declared=str(DECLARATION), by=journey.owner, at=journey.at)


def ask(journey: Journey, made: Claim) -> None:
    claim_checks.ask_about_claim(
        claim=made, question="The statement shows one payment for both invoices. Which part of it paid for which?",
        by=journey.staff["adviser"], at=journey.later(2),
    )  # fmt: skip


def check(journey: Journey, made: Claim) -> None:
    made.refresh_from_db()
    claim_checks.check_claim(
        claim=made, decisions={line.pk: (line.cost, "") for line in made.lines.all()},
        seen=made.updated_at.isoformat(), by=journey.staff["adviser"], at=journey.later(2),
    )  # fmt: skip


def approve(journey: Journey, made: Claim) -> None:
    check(journey, made)
    made.refresh_from_db()
    claim_checks.approve_claim(
        claim=made, seen=made.updated_at.isoformat(), by=journey.staff["approver"], at=journey.later(2)
    )


def put_in_run(journey: Journey, made: Claim) -> PaymentRun:
    """A run of this one claim, its file made."""
    by = journey.staff["finance"]
    key = journey.key(f"run {made.number}")
    run = payments.make_run(programme=journey.programme, claims=[made.pk], key=key, by=by, at=journey.later(2))
    payments.release_run(run=run, by=by, at=journey.at)
    return run


def pay(journey: Journey, made: Claim) -> None:
    run = put_in_run(journey, made)
    at = journey.later(2)
    for payment in Payment.objects.filter(run=run).select_related("claim__award", "run__programme"):
        payments.mark_paid(payment=payment, on=at.date(), by=journey.staff["finance"], at=at)


# --- Changes ------------------------------------------------------------------------------------
def ask_to_move_money(journey: Journey) -> Variation:
    """Some of the equipment's money for the set-up."""
    first, second = (row["category"] for row in journey.award.budget[:2])
    move = {"partner": None, "from": first, "to": second, "amount": "500.00"}
    return _ask_change(journey, Variation.Kind.VIREMENT, {"moves": [move]}, "Training took two days more than planned.")


def change_dates(journey: Journey) -> None:
    """Three weeks more, asked for, recommended and agreed."""
    award = journey.award
    asked = {"starts_on": award.starts_on.isoformat(), "ends_on": (award.ends_on + timedelta(days=21)).isoformat()}
    change = _ask_change(journey, Variation.Kind.DATES, asked, "Two tablets come three weeks late.")
    note = "The supplier confirmed the delay to us."
    funding.recommend_change(variation=change, note=note, by=journey.staff["adviser"], at=journey.later(2))
    funding.agree_change(variation=change, answer="", by=journey.staff["approver"], at=journey.later(2))
    award.refresh_from_db()


def _ask_change(journey: Journey, kind: str, asked: dict, reason: str) -> Variation:
    return funding.ask_change(
        award=journey.award, kind=kind, asked=asked, reason=reason, key=journey.key(kind), by=journey.owner,
        at=journey.later(2),
    )  # fmt: skip


# --- Where each stays ---------------------------------------------------------------------------
def started(journey: Journey) -> None:
    """A claim begun, a change asked for, an account to be confirmed."""
    begin(journey)
    claim(journey, send=False)
    ask_to_move_money(journey)
    _enter_account(journey)


def claimed(journey: Journey) -> None:
    begin(journey)
    claim(journey)


def queried(journey: Journey) -> None:
    """The project has three weeks more, and we have a question about its claim."""
    begin(journey)
    change_dates(journey)
    ask(journey, claim(journey))


def approved(journey: Journey) -> None:
    """The first claim is with the bank; the last one is checked and waits for the approver."""
    begin(journey)
    first = claim(journey)
    approve(journey, first)
    put_in_run(journey, first)
    check(journey, claim(journey, is_final=True))


def paid(journey: Journey) -> None:
    """Both claims are paid, and the award is complete."""
    begin(journey)
    for is_final in (False, True):
        made = claim(journey, is_final=is_final)
        approve(journey, made)
        pay(journey, made)


STAYS = {
    "started": started,
    "claimed": claimed,
    "queried": queried,
    "approved": approved,
    "paid": paid,
}
OVER = ("approved", "paid")
"""Stages whose project is over by now."""

"""Several people at one thing at the same moment: what the race tests and `bin/bench faults` run over and over."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from accounts.permissions import Role
from eligibility import ledger
from funding import actions, quoting
from funding.actions import claim_checks
from funding.models import Award, Claim, GrantApplication, Submission
from organisations.models import AidRecord
from programmes.models import Call
from tests.factories.applications import CaseFactory
from tests.factories.claims import a_claim, add_line, check, running_award, send, sent_claim, staff_of
from tests.factories.funding import WRITTEN, GrantApplicationFactory, a_quote, approver_of
from tests.factories.organisations import OwnershipFactory
from tests.factories.programmes import CallFactory, InstrumentFactory, ProgrammeFactory
from tests.parallel import at_once

LIMIT = Decimal(20000)
GRANT = Decimal(15000)
PENNY = Decimal("0.01")


class Race(NamedTuple):
    """How many of those who raced won, and whether everything is as one winner leaves it."""

    winners: int
    is_right: bool


def programme_with_limit(limit=LIMIT, basis="mfa"):
    return ProgrammeFactory(version={"eligibility": {"aid": {"basis": basis, "limit": str(limit)}}})


def a_stranger(**more):
    """The case of a firm that shares neither address nor phone with another: nothing has to be compared with it."""
    if "organisation" not in more:
        more["organisation__address"] = ""
    return CaseFactory(accepted=True, contact_phone="", **more)


def approvals(applications, approvers):
    """A function that lets the n-th approver approve the n-th application, as two people at two desks do."""
    loaded = [GrantApplication.objects.with_context().get(pk=one.pk) for one in applications]
    seen = [quoting.fingerprint(one) for one in loaded]

    def approve(number):
        return actions.approve(
            application=loaded[number], amount=GRANT, accept_by=date(2026, 12, 9), seen=seen[number],
            by=approvers[number], at=WRITTEN,
        )  # fmt: skip

    return approve


def two_awards_to_one_group():
    """Two programmes award to two firms of one group at once, with room for one award: exactly one may pass."""
    link = OwnershipFactory(firm__address="", other__address="")
    applications = [
        GrantApplicationFactory(
            case=CaseFactory(programme=programme_with_limit(), organisation=firm, contact_phone="", accepted=True),
            assessed=True,
        )
        for firm in (link.firm, link.other)
    ]
    found = at_once(2, approvals(applications, [approver_of(one) for one in applications]))
    refused = [one for one in found if isinstance(one, actions.UnableToDecide)]
    held = AidRecord.objects.counting().filter(organisation__in=[link.firm, link.other])
    passed = [one for one in found if isinstance(one, Award)]
    return Race(len(passed), (len(passed), len(refused), sum(record.amount for record in held)) == (1, 1, GRANT))


def one_cost_sent_twice():
    """A firm sends the same quote in two programmes at once: exactly one application may go."""
    first = GrantApplicationFactory(case=a_stranger())
    second = GrantApplicationFactory(case=a_stranger(organisation=first.case.organisation))
    owners = [one.case.created_by for one in (first, second)]
    for one, owner in zip((first, second), owners, strict=True):
        actions.attach_quote(
            line=one.lines.get(), file=a_quote(), supplier="Robots", amount=GRANT, valid_until=None, by=owner,
            at=WRITTEN,
        )  # fmt: skip
    both = [GrantApplication.objects.with_context().get(pk=one.pk) for one in (first, second)]
    found = at_once(2, lambda number: actions.submit(application=both[number], by=owners[number], at=WRITTEN))
    refused = [one for one in found if isinstance(one, actions.UnableToSubmit)]
    sent = [one for one in found if isinstance(one, Submission)]
    return Race(len(sent), (len(sent), len(refused)) == (1, 1))


def aid_told_while_an_offer_is_accepted():
    """Aid is told at the moment an offer is accepted: together they never pass the limit unseen."""
    case = a_stranger(programme=programme_with_limit())
    award = GrantApplicationFactory(case=case, approved=True).award
    loaded = Award.objects.select_related("application__case__programme", "application__case__organisation").get(
        pk=award.pk
    )

    def move(number):
        if number:
            with transaction.atomic():
                return ledger.declare(
                    case.organisation, amount=Decimal(10000), currency="GBP", on=WRITTEN.date(), basis="mfa", by=None,
                    at=WRITTEN,
                )  # fmt: skip
        return actions.accept_offer(
            award=loaded, offer_hash=award.offer_hash, confirms_aid=True, by=case.created_by, at=WRITTEN
        )

    accepted, _told = at_once(2, move)
    award.refresh_from_db()
    record = AidRecord.objects.get(reference=award.application.reference)
    if accepted is None:
        # Accepted first: the confirmation was true when it was given.
        return Race(1, (award.status, record.state) == ("ACCEPTED", "GIVEN"))
    held_back = isinstance(accepted, actions.UnableToAccept)
    return Race(1, held_back and (award.status, record.state) == ("OFFERED", "RESERVED"))


def last_of_a_call(approvers):
    """So many approvers, each at an application of their own, when the call has money for one: exactly one may pass.

    Run again it is about the last of the call's money again: who lost tries once more, beside a new application.
    """
    slug = f"last-{approvers}"
    call = Call.objects.filter(slug=slug).select_related("instrument__programme").first() or CallFactory(
        slug=slug, instrument=InstrumentFactory(programme=ProgrammeFactory())
    )
    programme = call.instrument.programme
    waiting = list(GrantApplication.objects.filter(call=call, status=GrantApplication.Status.ASSESSED))
    waiting += [
        GrantApplicationFactory(case=a_stranger(programme=programme), call=call, assessed=True)
        for _missing in range(approvers - len(waiting))
    ]
    before = Award.objects.committed_to(call)
    Call.objects.filter(pk=call.pk).update(budget=before + 2 * GRANT - PENNY)
    found = at_once(approvers, approvals(waiting, [approver_of(one) for one in waiting]))
    won = [one for one in found if isinstance(one, Award)]
    short = [one for one in found if isinstance(one, actions.UnableToDecide) and "£14,999.99 left" in str(one)]
    spent = Award.objects.committed_to(call) - before
    return Race(len(won), (len(won), len(short), spent) == (1, approvers - 1, GRANT))


def two_claims_on_the_last_of_an_award():
    """Both were checked while neither was agreed, together worth more than the award: exactly one may pass."""
    award = running_award(GrantApplicationFactory(case=a_stranger(), accepted=True), ends_on=date(2027, 3, 1))
    first = sent_claim(award, net="20000")
    second = a_claim(award, is_final=True)
    add_line(second, net="20000")
    Claim.objects.filter(pk=second.pk).update(is_final=False)
    second.refresh_from_db()
    send(second)
    both = (first, second)
    for one in both:
        check(one)
    approvers = [staff_of(award, Role.APPROVER) for _claim in both]
    found = at_once(
        2,
        lambda number: claim_checks.approve_claim(
            claim=both[number], seen=both[number].updated_at.isoformat(), by=approvers[number], at=WRITTEN
        ),
    )
    agreed = Claim.objects.filter(award=award, status="APPROVED")
    won, refused = found.count(None), [one for one in found if isinstance(one, claim_checks.UnableToCheck)]
    return Race(won, (won, len(refused), sum(one.payable for one in agreed) <= award.amount) == (1, 1, True))


RACES = [
    two_awards_to_one_group,
    one_cost_sent_twice,
    aid_told_while_an_offer_is_accepted,
    two_claims_on_the_last_of_an_award,
]

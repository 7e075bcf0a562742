"""A diagnostic is offered to a contractor, accepted or declined, taken back, delivered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from applications.actions import tell_firm, working_days_after
from diagnostics import allocating
from diagnostics import contractor_mails as mails
from diagnostics.models import Allocation, Assessment, Contractor
from portal.models import Event

ANSWER_WITHIN = 5
"""Working days a contractor has to answer an offer."""


class UnableToAllocate(Exception):
    """The diagnostic cannot be given to this contractor, or not in this way; the message says why."""


def allocatable(assessment: Assessment) -> bool:
    """Whether it may be given to a contractor now: the firm has sent its answers and nothing is final."""
    return assessment.status not in (*Assessment.EDITABLE, Assessment.Status.FINAL) and assessment.case.is_live


def bidder(contractor: Contractor, in_hand: int, at: datetime) -> allocating.Bidder:
    """A contractor as the rule takes it; its regions are read already or read here."""
    return allocating.Bidder(
        key=contractor.pk,
        name=contractor.organisation.name,
        regions=frozenset(region.pk for region in contractor.regions.all()),
        languages=frozenset(contractor.languages),
        capacity=contractor.capacity,
        in_hand=in_hand,
        is_in_force=contractor.is_in_force(contractor.programme.local_date(at)),
        organisation=contractor.organisation_id,
    )


def work(assessment: Assessment, given_up_by: Iterable[int] = ()) -> allocating.Work:
    """A diagnostic as the rule takes it."""
    case = assessment.case
    return allocating.Work(assessment.pk, case.region_id, case.language, case.organisation_id, frozenset(given_up_by))


@transaction.atomic(durable=True)
def offer(*, assessment: Assessment, contractor: Contractor, by: User, at: datetime) -> Allocation:
    """Offer the work at today's fee; a repeat of the same offer gives the one that is there.

    Two offers at once for a contractor's last place take turns at its row: the second is refused. A contractor that
    declined before may be asked again by hand. Raises UnableToAllocate.
    """
    held = _locked(contractor)
    row = Assessment.objects.with_context().select_for_update(of=("self",)).get(pk=assessment.pk)
    live = Allocation.objects.with_context().live().filter(assessment=row).first()
    if live and live.contractor_id == held.pk:
        return live
    if live:
        raise UnableToAllocate(_("This diagnostic is with %(name)s already.") % {"name": live.contractor.organisation})
    if held.programme_id != row.case.programme_id or not allocatable(row):
        raise UnableToAllocate(_("This diagnostic cannot be given to a contractor now."))
    if problem := allocating.obstacle(work(row), bidder(held, held.allocations.in_hand().count(), at)):
        raise UnableToAllocate(refusal(problem, held))
    allocation = Allocation.objects.create(
        assessment=row, contractor=held, offered_at=at, offered_by=by, updated_at=at, fee=held.fee,
        answer_by=working_days_after(held.programme.local_date(at), ANSWER_WITHIN),
    )  # fmt: skip
    Event.objects.record(
        allocation, kind="allocation.offered", by=by, at=at, note=str(held.organisation), staff_only=True
    )
    mails.tell_people(allocation, "allocation_offered", at, by=f"{allocation.answer_by:%Y-%m-%d}")
    return allocation


def refusal(problem: str, contractor: Contractor) -> str:
    """A code of allocating.obstacle in words."""
    words = {
        allocating.NOT_IN_FORCE: _("The contract of %(name)s is not in force today."),
        allocating.OWN_FIRM: _("%(name)s is this firm itself."),
        allocating.ELSEWHERE: _("%(name)s does not work in this firm’s region."),
        allocating.GAVE_UP: _("%(name)s has declined this diagnostic or given it back."),
        allocating.FULL: _("%(name)s has as many diagnostics in hand as its contract allows."),
    }
    return words[problem] % {"name": contractor.organisation}


def _locked(contractor: Contractor) -> Contractor:
    return (
        Contractor.objects.select_for_update(of=("self",))
        .select_related("organisation", "programme")
        .get(pk=contractor.pk)
    )


@transaction.atomic(durable=True)
def accept(*, allocation: Allocation, person: User, by: User, at: datetime) -> None:
    """Take the work on; the days of the contract count from now. The firm hears who will come.

    Raises UnableToAllocate when the person does not work for the contractor, IllegalMove when the offer has gone.
    """
    _must_work_there(allocation, person)
    contractor = allocation.contractor
    due_on = contractor.programme.local_date(at) + timedelta(days=contractor.days)
    allocation.accept(person=person, due_on=due_on, by=by, at=at)
    Event.objects.record(allocation.assessment, kind="assessment.allocated", by=by, at=at)
    tell_firm(
        allocation.assessment.case, "allocation_firm", at, specialist=str(contractor.organisation),
        person=person.get_full_name(),
    )  # fmt: skip


def _must_work_there(allocation: Allocation, person: User) -> None:
    if not allocation.contractor.people().filter(pk=person.pk).exists():
        raise UnableToAllocate(
            _("Choose somebody who works for %(name)s.") % {"name": allocation.contractor.organisation}
        )


@transaction.atomic(durable=True)
def name_person(*, allocation: Allocation, person: User, by: User, at: datetime) -> None:
    """Somebody else of the contractor carries it out; raises UnableToAllocate when it is not in work."""
    _must_work_there(allocation, person)
    rows = Allocation.objects.filter(pk=allocation.pk, status__in=Allocation.IN_WORK)
    if not rows.update(person=person, updated_at=at):
        raise UnableToAllocate(_("This diagnostic is not in work any more."))
    Event.objects.record(
        allocation, kind="allocation.person", by=by, at=at, note=person.get_full_name(), staff_only=True
    )  # fmt: skip


@transaction.atomic(durable=True)
def decline(*, allocation: Allocation, reason: str, by: User, at: datetime) -> None:
    """Say no to an offer; whoever offered it is told why. Raises IllegalMove when it was answered already."""
    allocation.decline(reason=reason, by=by, at=at)
    case = allocation.assessment.case
    mails.tell(
        [allocation.offered_by], allocation, "allocation_declined", at,
        page=reverse("diagnostics:review", args=[case.reference]), reason=reason,
    )  # fmt: skip


@transaction.atomic(durable=True)
def take_back(*, allocation: Allocation, reason: str, by: User, at: datetime) -> None:
    """The contractor does not have it any more, and sees it no more; raises IllegalMove once it is delivered."""
    allocation.take_back(reason=reason, by=by, at=at)
    mails.tell_people(allocation, "allocation_taken_back", at, reason=reason)


def delivered(*, assessment: Assessment, by: User, at: datetime) -> None:
    """The diagnostic was made final: its contractor has delivered it, and the sample is drawn. Call in a transaction.

    What is not drawn is approved at once. An offer that nobody has accepted is taken back: the work is done.
    """
    found = Allocation.objects.with_context().live().filter(assessment=assessment).first()
    if found is None:
        return
    if found.status == Allocation.Status.OFFERED:
        with translation.override(found.offered_by.language):
            words = _("The diagnostic was made final without a contractor.")
        found.take_back(reason=words, by=by, at=at)
        mails.tell_people(found, "allocation_taken_back", at, reason=words)
    elif found.status in Allocation.IN_WORK:
        held = _locked(found.contractor)
        before = held.allocations.exclude(delivered_at=None).exclude(pk=found.pk).count()
        drawn = allocating.is_drawn(
            found.pk, delivered_before=before, percent=held.sample_percent, was_sent_back=found.is_sampled
        )
        found.deliver(is_sampled=drawn, by=by, at=at)
        if not drawn:
            found.approve_by_rule(at=at)

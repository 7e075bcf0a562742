"""The firm takes an offer up or turns it down."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from funding import aid, partner_aid, rules, transparency
from funding.actions.applying import has_claimed
from funding.actions.problems import UnableToAccept, UnableToChange, UnableToDecide
from funding.mails import tell_firm
from funding.models import Award
from funding.reserves import tell_of_room
from portal.dates import long_date
from portal.models import Event
from portal.money import money_text
from portal.workflow import IllegalMove


@transaction.atomic(durable=True)
def accept_offer(*, award: Award, offer_hash: str, confirms_aid: bool = False, by: User, at: datetime) -> None:
    """Bind the firm to the exact offer it read; raises UnableToAccept, or IllegalMove when the offer is closed.

    `confirms_aid` is the firm's written confirmation of the words in `award.aid_question`; where the offer is small
    aid nothing is given before it and before that of every partner, and the groups' limits are counted again, for aid
    told or awarded meanwhile.
    """
    case = award.application.case
    today = case.programme.local_date(at)
    members = aid.lock_groups(award.application, today)
    if award.status != Award.Status.OFFERED:
        raise IllegalMove(f"{award} is not on offer")
    if award.is_late(today):
        raise UnableToAccept(
            _("You could accept this offer until %(day)s. It has run out. Write to %(email)s if you still want it.")
            % {"day": long_date(award.accept_by), "email": case.programme.contact_email}
        )
    if offer_hash != award.offer_hash or rules.fingerprint(award.offer) != award.offer_hash:
        raise UnableToAccept(_("This offer is not the one you read. Open it again."))
    if award.baseline_at is None:
        raise UnableToAccept(_("Tell us first where your firm stands today. What you achieve is measured against it."))
    if award.aid_basis:
        if not confirms_aid:
            raise UnableToAccept(_("Confirm what the offer says about other public support. We cannot give it before."))
        _must_fit_still(award, today, members)
        _partners_must_have_confirmed(award, today)
        award.confirm_aid(by=by, at=at)
    award.accept(by=by, at=at)
    aid.give(award, by=by, at=at)
    partner_aid.give(award, by=by, at=at)
    award.owe_publication(transparency.last_day(award, today))
    if not award.conditions.filter(before_start=True).exists():
        award.start(by=by, at=at)
    tell_firm(award.application, "offer_accepted", at, page="funding:award")


@transaction.atomic(durable=True)
def record_baseline(
    *,
    award: Award,
    employees: Decimal,
    turnover: Decimal,
    output_per_hour: Decimal,
    period_end: date,
    by: User,
    at: datetime,
) -> None:
    """Keep the figures that every later one is held against; the newest before the acceptance count.

    Raises UnableToChange once the offer was answered.
    """
    try:
        award.record_baseline(
            employees=employees, turnover=turnover, output_per_hour=output_per_hour, period_end=period_end, by=by, at=at
        )
    except IllegalMove as error:
        raise UnableToChange(_("This offer has been answered, so these figures stay as they are.")) from error
    Event.objects.record(award, kind="award.baseline", by=by, at=at)


def _must_fit_still(award: Award, today: date, members: frozenset[int]) -> None:
    """The offer is kept as it is when it no longer fits; raises UnableToAccept."""
    case = award.application.case
    left = aid.left(case, today, without=award.application.reference, members=members)
    if left is not None and award.own_amount > left:
        raise UnableToAccept(
            _(
                "More public support of your firm or its group is on record since we made this offer. Of the limit "
                "%(left)s is left, which is less than this grant. Nothing is lost: the offer stands until %(day)s. "
                "Write to %(email)s, and we will look at it with you."
            )
            % {
                "left": money_text(left, award.currency),
                "day": long_date(award.accept_by),
                "email": case.programme.contact_email,
            }
        )


def _partners_must_have_confirmed(award: Award, today: date) -> None:
    """Every partner to whom a part is aid has said so in writing, and has room for it still."""
    if missing := partner_aid.unconfirmed(award):
        raise UnableToAccept(
            _(
                "These partners have to confirm first what public support they have had: %(names)s. We have written "
                "to them."
            )
            % {"names": ", ".join(partner.name for partner in missing)}
        )
    application = award.application
    for partner, _left in aid.over_partners_room(application, award.budget, today, without=application.reference):
        raise UnableToAccept(
            _(
                "More public support of %(name)s or its group is on record since we made this offer, so that its part "
                "does not fit any more. Write to %(email)s, and we will look at it with you."
            )
            % {"name": partner.name, "email": application.case.programme.contact_email}
        )


@transaction.atomic(durable=True)
def turn_down_offer(*, award: Award, reason: str, by: User, at: datetime) -> None:
    award.turn_down(by=by, at=at, reason=reason)
    tell_of_room(award, by=by, at=at)
    tell_firm(award.application, "offer_turned_down", at)


@transaction.atomic(durable=True)
def withdraw_offer(*, award: Award, reason: str, by: User, at: datetime) -> None:
    """Take an offer back; the reason is read by the firm. Raises UnableToDecide once money was claimed for it."""
    current = Award.objects.select_related("application__case__programme").select_for_update(of=("self",))
    held = current.get(pk=award.pk)
    if has_claimed(held):
        raise UnableToDecide(_("Money was claimed for this project. It has to be ended early, not withdrawn."))
    held.withdraw(by=by, at=at, reason=reason)
    tell_of_room(held, by=by, at=at)
    tell_firm(held.application, "offer_withdrawn", at)

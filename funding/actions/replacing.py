"""A partner of a running project leaves, or another takes its place: budget, aid and who takes part, at once."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from applications.actions import working_days_after
from eligibility import ledger
from funding import aid, letters, partner_aid, varying
from funding.actions.awards import lower
from funding.actions.problems import UnableToDecide
from funding.mails import tell_partner
from funding.models import Award, Partner, Variation
from portal.money import money_text


def change_partner(award: Award, asked: dict[str, Any], *, reason: str, by: User, at: datetime) -> None:
    """Put an agreed change of partner in force; call under the locks of the groups and of the award.

    What the leaving partner has claimed stays its own; the rest of its room for aid is free again. Raises
    UnableToDecide when the new partner's group has too little room for its part.
    """
    application = award.application
    leaving = Partner.objects.select_related("contact").get(pk=asked["partner"], application=application)
    leaving.application = application
    new = varying.next_of(award, asked)
    budget = varying.as_budget(varying.budget_after(award, Variation.Kind.PARTNER, asked))
    parts = aid.shares(budget)
    if new:
        new.application = application
        _must_have_room(award, new, parts.get(new.pk, Decimal(0)), at)
    grant = min(award.committed, sum(parts.values(), Decimal(0)))
    award.keep_in_force(budget=budget)
    reference = ledger.partner_reference(application.reference, leaving.pk)
    ledger.lower(reference, to=parts.get(leaving.pk, Decimal(0)), reason=reason, by=by, at=at)
    leaving.remove(by=by, at=at)
    tell_partner(leaving, "partner_out", at)
    if new:
        _give(award, new, parts.get(new.pk, Decimal(0)), by=by, at=at)
    lower(award, to=grant, reason=reason, by=by, at=at)


def _must_have_room(award: Award, new: Partner, amount: Decimal, at: datetime) -> None:
    if new.kind == Partner.Kind.RESEARCH or new.organisation_id is None:
        return
    case = award.application.case
    rooms = aid.rooms(case, case.programme.local_date(at), [new.organisation_id])
    room = rooms.get(new.organisation_id)
    if room is not None and amount > room.most:
        raise UnableToDecide(
            _(
                "With the public support on record, %(partner)s and its group may have %(left)s more, which is less "
                "than the part it would take over."
            )
            % {"partner": new.name, "left": money_text(room.most, award.currency)}
        )


def _give(award: Award, new: Partner, amount: Decimal, *, by: User, at: datetime) -> None:
    """The new partner's part counts from today, and its letter is owed where it is aid to it."""
    if amount and new.kind != Partner.Kind.RESEARCH:
        aid.reserve_part(award, new, amount, by=by, at=at)
        programme = award.application.case.programme
        on = programme.local_date(at)
        ledger.give(
            ledger.partner_reference(award.application.reference, new.pk), on=on, country=programme.country,
            register_by=working_days_after(on, letters.DAYS_TO_REGISTER),
        )  # fmt: skip
        if award.aid_basis:
            partner_aid.confirm(award, new, amount, by=by, at=at)
    tell_partner(new, "partner_taken_up", at)

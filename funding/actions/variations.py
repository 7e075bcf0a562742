"""A firm asks to change its project; one person recommends, another decides, and what was agreed is in force."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from documents import actions as documents
from funding import aid, letters, varying
from funding.actions.awards import end_early, lower
from funding.actions.locking import locked, out_of_date, takes_part
from funding.actions.partners import Invited, invite_next
from funding.actions.problems import UnableToChange, UnableToDecide
from funding.actions.replacing import change_partner
from funding.mails import tell_firm, tell_partner
from funding.models import Award, Partner, Variation
from funding.rules.variations import Why
from portal.models import Event
from portal.workflow import IllegalMove

Kind = Variation.Kind


def _locked_award(pk: int) -> Award:
    awards = Award.objects.select_related(
        "application__case__programme", "application__case__organisation", "application__call", "call"
    )
    return awards.select_for_update(of=("self",)).get(pk=pk)


def _locked(variation: Variation) -> Variation:
    """The variation as it is now under its award's lock."""
    award = _locked_award(variation.award_id)
    current: Variation = Variation.objects.select_for_update(of=("self",)).get(pk=variation.pk)
    current.award = award
    return current


@transaction.atomic(durable=True)
def ask_change(
    *,
    award: Award,
    kind: str,
    asked: dict[str, Any],
    invited: Invited | None = None,
    reason: str,
    key: uuid.UUID,
    by: User,
    at: datetime,
) -> Variation:
    """Keep what the firm asks for; a repeat with the same `key` gives the one kept.

    `invited` is who is to take the place of the partner that leaves: it is asked at once to fill in its part. Raises
    UnableToChange when the award is not running, another change waits, or the rules say no.
    """
    application = locked(award.application)  # before the award's own row
    current = _locked_award(award.pk)
    kept: Variation | None = Variation.objects.filter(creation_key=key).first()
    if kept:
        if kept.award_id == current.pk:
            return kept
        raise UnableToChange(out_of_date())
    if current.status != Award.Status.ACCEPTED:
        raise UnableToChange(_("Your project has ended, so it cannot be changed."))
    if current.variations.filter(status__in=Variation.OPEN, by_programme=False).exists():
        raise UnableToChange(_("We are still looking at the last change you asked for."))
    if current.variations.filter(status__in=Variation.OPEN).exists():
        raise UnableToChange(_("This project cannot be changed now. Talk to your adviser."))
    today = application.case.programme.local_date(at)
    _must_be_possible(current, kind, asked, today, leaving_only=invited is None)
    if invited:
        leaving = Partner.objects.get(pk=asked["partner"], application=application)
        new = invite_next(application, leaving, invited, key=key, by=by, at=at)
        asked = asked | {"change": "replaced", "new": new.pk, "new_name": new.name}
    made = _keep(current, kind, asked, reason=reason, key=key, by=by, at=at)
    Event.objects.record(made, kind="variation.asked", by=by, at=at, data={"kind": kind})
    return made


def _keep(
    award: Award, kind: str, asked: dict[str, Any], *, reason: str, key: uuid.UUID, by: User, at: datetime, **more: Any
) -> Variation:
    number = award.variations.count() + 1
    made: Variation = Variation.objects.create(
        award=award, number=number, creation_key=key, kind=kind, asked=asked, before=_before(award), reason=reason,
        asked_at=at, asked_by=by, updated_at=at, **more,
    )  # fmt: skip
    return made


@transaction.atomic(durable=True)
def begin_end(*, award: Award, on: date, reason: str, key: uuid.UUID, by: User, at: datetime) -> Variation:
    """Staff propose to end a project early, with the `reason` that the firm reads once another person has agreed.

    A repeat with the same `key` gives the one kept. Raises UnableToDecide.
    """
    current = _locked_award(award.pk)
    kept: Variation | None = Variation.objects.filter(creation_key=key, award=current).first()
    if kept:
        return kept
    if takes_part(by, current.application):
        raise UnableToDecide(_("You belong to this firm, so somebody else has to decide on its change."))
    if current.status != Award.Status.ACCEPTED:
        raise UnableToDecide(_("This project does not run, so it cannot be ended."))
    if current.variations.filter(status__in=Variation.OPEN).exists():
        raise UnableToDecide(_("Another change waits for its answer. Answer it first."))
    asked = {"on": on.isoformat()}
    if found := varying.refused(current, Kind.TERMINATION, asked, current.application.case.programme.local_date(at)):
        raise UnableToDecide(" ".join(varying.in_words(why, current) for why in found))
    made = _keep(current, Kind.TERMINATION, asked, reason=reason, key=key, by=by, at=at, by_programme=True)
    made.recommend(by=by, at=at)
    Event.objects.record(made, kind="variation.begun", by=by, at=at, note=reason, staff_only=True)
    return made


def _must_be_possible(
    award: Award, kind: str, asked: dict[str, Any], today: date, *, leaving_only: bool = True
) -> None:
    found = varying.refused(award, kind, asked, today)
    if not leaving_only:  # whom a new partner has to be is asked again when it is decided
        found = [why for why in found if why != Why.RESEARCH]
    if found:
        raise UnableToChange(" ".join(varying.in_words(why, award) for why in found))


def _before(award: Award) -> dict[str, Any]:
    return {
        "starts_on": award.starts_on.isoformat() if award.starts_on else None,
        "ends_on": award.ends_on.isoformat() if award.ends_on else None,
        "budget": award.budget,
        "committed": str(award.committed),
    }


@transaction.atomic(durable=True)
def take_back_change(*, variation: Variation, by: User, at: datetime) -> None:
    """The firm no longer wants it; raises IllegalMove once it was decided."""
    locked(variation.award.application)  # before the award's own row
    current = _locked(variation)
    current.withdraw(by=by, at=at)
    _let_go(current, by=by, at=at)


@transaction.atomic(durable=True)
def recommend_change(*, variation: Variation, note: str, by: User, at: datetime) -> None:
    """Tell the approver why to agree; the firm does not read it. Raises UnableToDecide or IllegalMove."""
    current = _locked(variation)
    _must_be_free(current, by)
    current.recommend(by=by, at=at)
    Event.objects.record(current, kind="variation.advice", by=by, at=at, note=note, staff_only=True)


@transaction.atomic(durable=True)
def refuse_change(*, variation: Variation, answer: str, by: User, at: datetime) -> None:
    """Say no, with words that the firm reads; raises UnableToDecide or IllegalMove."""
    locked(variation.award.application)  # before the award's own row
    current = _locked(variation)
    _must_be_free(current, by)
    current.refuse(by=by, at=at, answer=answer)
    if current.by_programme:
        return  # the firm was never told of it
    _let_go(current, by=by, at=at)
    _write(current, by=by, at=at)
    tell_firm(current.award.application, "variation_refused", at, page="funding:changes")


@transaction.atomic(durable=True)
def agree_change(*, variation: Variation, answer: str, by: User, at: datetime) -> None:
    """Put the change in force, with its letter; money it no longer needs is free again.

    Raises UnableToDecide when the rules say no by now or `by` recommended it, IllegalMove when it does not wait.
    """
    application = variation.award.application
    today = application.case.programme.local_date(at)
    aid.lock_groups(application, today)
    locked(application)  # before the award's own row
    current = _locked(variation)
    if current.status != Variation.Status.RECOMMENDED:
        raise IllegalMove(f"{current} is not waiting for a decision")
    _must_be_free(current, by)
    if found := varying.refused(current.award, current.kind, current.asked, today):
        raise UnableToDecide(" ".join(varying.in_words(why, current.award) for why in found))
    _put_in_force(current, by=by, at=at)
    current.agree(by=by, at=at, answer=answer)
    _write(current, by=by, at=at)
    if current.by_programme:
        tell_firm(application, "award_ended", at, page="funding:changes")
    else:
        tell_firm(application, "variation_agreed", at, page="funding:changes")


def _must_be_free(variation: Variation, by: User) -> None:
    if variation.recommended_by_id == by.pk:
        raise UnableToDecide(_("You recommended this change, so somebody else has to decide on it."))
    if takes_part(by, variation.award.application):
        raise UnableToDecide(_("You belong to this firm, so somebody else has to decide on its change."))


def _put_in_force(variation: Variation, *, by: User, at: datetime) -> None:
    award, asked, reason = variation.award, variation.asked, variation.get_kind_display()
    if variation.kind == Kind.DATES:
        award.keep_in_force(
            starts_on=date.fromisoformat(asked["starts_on"]), ends_on=date.fromisoformat(asked["ends_on"])
        )
    elif variation.kind == Kind.VIREMENT:
        grant = varying.grant_after(award, variation.kind, asked)
        award.keep_in_force(budget=varying.as_budget(varying.budget_after(award, variation.kind, asked)))
        lower(award, to=grant, reason=reason, by=by, at=at)
    elif variation.kind == Kind.PARTNER:
        change_partner(award, asked, reason=reason, by=by, at=at)
    elif variation.kind == Kind.TERMINATION:
        award.keep_in_force(ends_on=date.fromisoformat(asked["on"]))
        end_early(award, kept=varying.owed(award), reason=reason, by=by, at=at)


def _let_go(variation: Variation, *, by: User, at: datetime) -> None:
    """Who was to take a partner's place is not needed."""
    if new := varying.next_of(variation.award, variation.asked):
        new.application = variation.award.application
        new.remove(by=by, at=at)
        tell_partner(new, "partner_out", at)


def _write(variation: Variation, *, by: User, at: datetime) -> None:
    """The letter that tells the firm, owed with the decision."""
    case = variation.award.application.case
    with translation.override(case.language):
        changes = varying.facts(variation.award, variation.kind, variation.asked, variation.before)
    letter = documents.request_document(
        template="funding/pdf/variation_letter.html",
        context=letters.variation_context(
            variation, changes, appeal_by=varying.appeal_by(variation) if variation.by_programme else None, by=by, at=at
        ),
        title=letters.variation_title(variation), language=case.language,
        file_name=f"change-{case.reference}-{variation.award.application.number}-{variation.number}.pdf", at=at,
    )  # fmt: skip
    variation.keep_letter(letter)

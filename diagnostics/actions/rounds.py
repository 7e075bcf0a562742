"""Starting a round of the diagnostic."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from applications.models import Case
from diagnostics import places
from diagnostics.actions import carrying
from diagnostics.models import Assessment, FirstLook, QuestionnaireVersion, RoundInvitation, WaitingPlace
from diagnostics.models.questionnaires import DEFAULT_QUESTIONNAIRE
from organisations.models import SizeDeclaration
from portal.models import Event
from programmes.models import Programme

ROUNDS = list(Assessment.Round)
NEXT_ROUND_AFTER = timedelta(days=270)
"""Rounds are about a year apart; from nine months on the next may start."""
TURNOVER_BANDS = ((500_000, "under_500k"), (2_000_000, "500k_2m"), (10_000_000, "2m_10m"), (44_000_000, "10m_44m"))


class UnableToStart(Exception):
    """No diagnostic can start now; the message says why."""


class NoPlaceLeft(UnableToStart):
    """Every place is taken. The firm is in the waiting list now, or was already: `waiting` is its row there."""

    def __init__(self, waiting: WaitingPlace) -> None:
        super().__init__(
            _("Every place is taken. You are number %(number)d in the waiting list.") % {"number": waiting.number}
        )
        self.waiting = waiting


def known_facts(case: Case) -> dict[str, Any]:
    """Facts that joining the programme has already asked: headcount, region, turnover band."""
    size = SizeDeclaration.objects.filter(organisation=case.organisation_id).order_by("-declared_at", "-id").first()
    employees = size.employees if size else None
    return {
        "employees": None if employees is None else f"{employees.normalize():f}",
        "region": case.region.slug if case.region else None,
        "turnover_band": _turnover_band(size.turnover) if size and size.currency == "GBP" else None,
    }


def _turnover_band(turnover: Decimal | None) -> str | None:
    if turnover is None:
        return None
    return next((code for limit, code in TURNOVER_BANDS if turnover < limit), "over_44m")


def next_round(case: Case, at: datetime) -> str | None:
    """The round that may start at `at`: the first at once, a later one nine months after the last was made final."""
    newest = Assessment.objects.filter(case=case).order_by("-round").first()
    if newest is None:
        return str(Assessment.Round.T0)
    position = [str(each) for each in ROUNDS].index(newest.round) + 1
    if not newest.is_final or newest.finalised_at is None or position == len(ROUNDS):
        return None
    if at < newest.finalised_at + NEXT_ROUND_AFTER:
        return None
    return str(ROUNDS[position])


def start(*, case: Case, by: User, at: datetime, first_look: FirstLook | None = None) -> Assessment:
    """Open the next round for an accepted case; a repeat gives the round that is already open.

    What is known goes along for the firm to confirm: into the first round the answers of `first_look`, where it is of
    the same programme and nobody has taken it over yet; into a later one what counted last time.
    Raises UnableToStart; of its kind, NoPlaceLeft when the programme has paid for so many first diagnostics and all
    are taken: the firm then stands in the waiting list.
    """
    begun = _start(case, by, at, first_look)
    if isinstance(begun, WaitingPlace):
        raise NoPlaceLeft(begun)
    return begun


@transaction.atomic(durable=True)
def _start(case: Case, by: User, at: datetime, first_look: FirstLook | None) -> Assessment | WaitingPlace:
    capped = places.lock(case.programme_id)
    locked = Case.objects.select_for_update().get(pk=case.pk)
    if locked.status != Case.Status.ACCEPTED:
        raise UnableToStart(_("You can start once your application has been accepted."))
    due = next_round(case, at)
    newest = Assessment.objects.with_context().of_case(case.reference).first()
    if due is None:
        if newest is None or newest.is_final:
            raise UnableToStart(_("Your next check-up is not due yet."))
        return newest
    version = QuestionnaireVersion.objects.newest(questionnaire_of(case.programme))
    if version is None:
        raise UnableToStart(_("The diagnostic is not ready. Try again later, or ask your adviser."))
    if version.missing_languages(case.programme, case.programme.local_date(at)):
        raise UnableToStart(_("The diagnostic is not ready in every language yet. Ask your adviser when it will be."))
    if capped and due == Assessment.Round.T0 and (waiting := places.take(capped, case, by=by, at=at)):
        return waiting
    known = known_facts(case)
    told = {code: value for code, value in known.items() if value is not None}
    assessment = Assessment.objects.create(
        case=case,
        version=version,
        round=due,
        facts={**known, **(newest.facts if newest else {}), **told},
        started_at=at,
        started_by=by,
        updated_at=at,
    )
    places.begun(case, at)
    RoundInvitation.objects.filter(case=case, round=due).update(started_at=at)
    Event.objects.record(assessment, kind="assessment.started", by=by, at=at)
    if newest:
        carrying.from_last_round(assessment, newest)
    elif first_look:
        carrying.from_first_look(assessment, first_look, by=by, at=at)
    return assessment


def questionnaire_of(programme: Programme) -> str:
    """The questionnaire named in the programme's newest rules."""
    rules = programme.versions.order_by("-valid_from").first()
    return str((rules.document if rules else {}).get("questionnaire", DEFAULT_QUESTIONNAIRE))


def questionnaire_code(case: Case) -> str:
    return questionnaire_of(case.programme)

"""What firm and adviser do with a diagnostic: start, answer, send, moderate, make final, plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Assignment, User
from accounts.permissions import Role
from applications.actions import tell_firm
from applications.models import Case
from diagnostics import places, rendering, scoring
from diagnostics.models import ActionPlan, Answer, Assessment, PlanAction, QuestionnaireVersion, Result, WaitingPlace
from diagnostics.models.questionnaires import DEFAULT_QUESTIONNAIRE
from documents import actions as documents
from documents.models import Document
from organisations.models import SizeDeclaration
from portal.models import Event

AGREED_TOGETHER = ("horizon", "cost", "grant", "yearly_benefit", "running_cost")
"""What firm and adviser agree on; owner, start and progress are the firm's to change at any time."""
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


class UnableToAnswer(Exception):
    """The answers cannot be changed now; the message says why."""


class UnableToSend(Exception):
    """The diagnostic cannot be sent yet. `missing` holds the question codes without an answer."""

    def __init__(self, message: str, missing: list[str]) -> None:
        super().__init__(message)
        self.missing = missing


class UnableToModerate(Exception):
    """The adviser's view cannot be changed now; the message says why."""


class UnableToFinalise(Exception):
    """There is too little to make final; the message says what is missing."""


class AnswerChanged(Exception):
    """Somebody saved these answers since the page was opened. Nothing was written; both texts are kept."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__(_("Somebody else has saved an answer since you opened this page."))
        self.answers = answers


@dataclass(frozen=True)
class Reply:
    """What the firm says to one question: a state of Answer.State, its level when answered, its words."""

    state: str
    level: int | None
    note: str


@dataclass(frozen=True)
class Verdict:
    """The adviser's level for one question, why it differs, and the row version that the adviser saw (0 for none)."""

    level: int
    reason: str
    row_version: int


# --- Starting -----------------------------------------------------------------------------------
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
    if newest.finalised_at is None or position == len(ROUNDS) or at < newest.finalised_at + NEXT_ROUND_AFTER:
        return None
    return str(ROUNDS[position])


def start(*, case: Case, by: User, at: datetime) -> Assessment:
    """Open the next round for an accepted case; a repeat gives the round that is already open.

    Raises UnableToStart; of its kind, NoPlaceLeft when the programme has paid for so many first diagnostics and all
    are taken: the firm then stands in the waiting list.
    """
    begun = _start(case, by, at)
    if isinstance(begun, WaitingPlace):
        raise NoPlaceLeft(begun)
    return begun


@transaction.atomic(durable=True)
def _start(case: Case, by: User, at: datetime) -> Assessment | WaitingPlace:
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
    version = QuestionnaireVersion.objects.newest(questionnaire_code(case))
    if version is None:
        raise UnableToStart(_("The diagnostic is not ready. Try again later, or ask your adviser."))
    if capped and due == Assessment.Round.T0 and (waiting := places.take(capped, case, by=by, at=at)):
        return waiting
    facts = {**(newest.facts if newest else {}), **known_facts(case)}
    assessment = Assessment.objects.create(
        case=case, version=version, round=due, facts=facts, started_at=at, started_by=by, updated_at=at
    )
    places.begun(case, at)
    Event.objects.record(assessment, kind="assessment.started", by=by, at=at)
    return assessment


def questionnaire_code(case: Case) -> str:
    """The questionnaire named in the programme's rules in force when the check was made."""
    rules = case.programme.versions.order_by("-valid_from").first()
    return str((rules.document if rules else {}).get("questionnaire", DEFAULT_QUESTIONNAIRE))


# --- The firm's answers -------------------------------------------------------------------------
def _locked(assessment: Assessment) -> Assessment:
    """The row as it is now, held until the end of the transaction."""
    return Assessment.objects.with_context().select_for_update(of=("self",)).get(pk=assessment.pk)


def _editable(assessment: Assessment) -> Assessment:
    locked = _locked(assessment)
    if not locked.is_editable:
        raise UnableToAnswer(_("Your diagnostic is with your adviser, so the answers cannot be changed now."))
    return locked


@transaction.atomic(durable=True)
def save_facts(*, assessment: Assessment, facts: Mapping[str, Any], by: User, at: datetime) -> None:
    """Keep facts about the business. What the case knows is never overwritten by an empty answer."""
    locked = _editable(assessment)
    locked.facts = {**locked.facts, **facts}
    locked.updated_at = at
    locked.save(update_fields=["facts", "updated_at"])


@transaction.atomic(durable=True)
def save_answer(*, assessment: Assessment, code: str, reply: Reply, row_version: int, by: User, at: datetime) -> Answer:
    """Keep one answer; `row_version` is that of the answer the page showed, 0 if there was none.

    The same words sent twice are saved once. Raises AnswerChanged when a colleague was faster, UnableToAnswer when
    the diagnostic is with the adviser. A new answer clears the adviser's view of the old one.
    """
    locked = _editable(assessment)
    answer = Answer.objects.filter(assessment=locked, question_code=code).first()
    if answer and (answer.state, answer.self_level, answer.note) == (reply.state, reply.level, reply.note):
        return answer
    if answer and answer.row_version != row_version:
        raise AnswerChanged([answer])
    if answer is None:
        answer = Answer(assessment=locked, question_code=code, row_version=0)
    answer.state, answer.self_level, answer.note = reply.state, reply.level, reply.note
    answer.answered_at, answer.answered_by = at, by
    answer.moderated_level, answer.moderation_reason = None, ""
    answer.moderated_at, answer.moderated_by = None, None
    answer.row_version += 1
    answer.save()
    return answer


@transaction.atomic(durable=True)
def send(*, assessment: Assessment, by: User, at: datetime) -> None:
    """Send the diagnostic to the adviser; raises UnableToSend while something is missing, IllegalMove when sent."""
    missing = missing_facts(assessment)
    if missing:
        raise UnableToSend(_("Tell us about your business first."), missing)
    unanswered = [
        item["code"]
        for item in assessment.scored(assessment.answers.all())["result"]["questions"]
        if item["status"] == scoring.UNANSWERED
    ]
    if unanswered:
        raise UnableToSend(_("Answer every question, or choose “Not sure yet”."), unanswered)
    assessment.submit(by=by, at=at)
    tell_firm(assessment.case, "diagnostic_submitted", at)


def missing_facts(assessment: Assessment) -> list[str]:
    """Codes of the required facts that are not known yet."""
    return [
        fact["code"]
        for fact in assessment.document["profile"]
        if fact.get("required") and assessment.facts.get(fact["code"]) in (None, [], "")
    ]


# --- The adviser's view -------------------------------------------------------------------------
@transaction.atomic(durable=True)
def return_to_firm(*, assessment: Assessment, reason: str, by: User, at: datetime) -> None:
    """Ask the firm to look again; its own answers open up, the adviser's levels stay."""
    assessment.return_to_firm(by=by, at=at, reason=reason)
    tell_firm(assessment.case, "diagnostic_returned", at)


@transaction.atomic(durable=True)
def allocate(*, assessment: Assessment, contractor: User | None, by: User, at: datetime) -> None:
    """Give the diagnostic to a contractor of the programme, or take it back with None."""
    case = assessment.case
    if contractor is not None:
        roles = Assignment.objects.filter(user=contractor, programme=case.programme, role=Role.CONTRACTOR)
        if not any(role.covers(case.region_id) for role in roles):
            raise UnableToModerate(_("This person carries out no diagnostics in this programme and region."))
    Assessment.objects.filter(pk=assessment.pk).update(contractor=contractor, updated_at=at)
    name = contractor.get_full_name() if contractor else ""
    Event.objects.record(assessment, kind="assessment.allocated", by=by, at=at, note=name, staff_only=True)


@transaction.atomic(durable=True)
def moderate(*, assessment: Assessment, verdicts: Mapping[str, Verdict], by: User, at: datetime) -> None:
    """Keep the adviser's levels for some questions; the first of them starts the moderation.

    Raises AnswerChanged, with nothing written, when any of the answers was saved by somebody else meanwhile.
    """
    locked = _locked(assessment)
    if not locked.is_with_adviser:
        raise UnableToModerate(_("This diagnostic is not with an adviser, so the levels cannot be changed now."))
    rows = {row.question_code: row for row in locked.answers.filter(question_code__in=verdicts)}
    changed = [
        rows[code]
        for code, verdict in verdicts.items()
        if code in rows
        and rows[code].row_version != verdict.row_version
        and (rows[code].moderated_level, rows[code].moderation_reason) != (verdict.level, verdict.reason)
    ]
    if changed:
        raise AnswerChanged(changed)
    if locked.status == Assessment.Status.SUBMITTED:
        locked.start_moderation(by=by, at=at)
    for code, verdict in verdicts.items():
        answer = rows.get(code) or Answer(
            assessment=locked, question_code=code, state=Answer.State.UNANSWERED, row_version=0
        )
        if (answer.moderated_level, answer.moderation_reason) == (verdict.level, verdict.reason):
            continue
        answer.moderated_level, answer.moderation_reason = verdict.level, verdict.reason
        answer.moderated_at, answer.moderated_by = at, by
        answer.row_version += 1
        answer.save()


@transaction.atomic(durable=True)
def finalise(*, assessment: Assessment, by: User, at: datetime) -> Result:
    """Freeze the result, make the plan's rows and owe its PDF, all or nothing; a repeat gives the same result."""
    locked = _locked(assessment)
    if locked.is_final:
        return Result.objects.get(assessment=locked)
    if not locked.case.is_live:
        raise UnableToFinalise(_("This application has ended, so the result cannot be made final."))
    answers = list(locked.answers.all())
    scored = locked.scored(answers)
    if scored["result"]["overall"]["state"] == scoring.INSUFFICIENT:
        raise UnableToFinalise(_("Too few questions are answered for a result. Fill the gaps with the firm first."))
    locked.finalise(by=by, at=at)
    result = Result.objects.create(
        assessment=locked,
        method_version=scoring.METHOD_VERSION,
        created_at=at,
        snapshot={
            "questionnaire": locked.version.questionnaire.code,
            "version": locked.version.number,
            "sha256": locked.version.sha256,
            "facts": locked.facts,
            "answers": {answer.question_code: answer.value for answer in answers},
            "moderated": {
                answer.question_code: answer.moderated_level for answer in answers if answer.moderated_level is not None
            },
            **scored,
        },
    )
    plan = ActionPlan.objects.create(assessment=locked, created_at=at, changed_at=at)
    PlanAction.objects.bulk_create(
        PlanAction(
            plan=plan,
            action_code=action["code"],
            question_code=action["question"],
            title=action["title"],
            rank=action["rank"],
            computed_horizon=action["horizon"],
            horizon=action["horizon"],
            cost_band=action["cost_band"],
            is_pinned=action["pinned"],
            is_quick_win=action["quick_win"],
            waiting_for=action["waiting_for"],
        )
        for action in scored["result"]["actions"]
    )
    _owe_document(plan, at)
    tell_firm(locked.case, "diagnostic_final", at)
    return result


# --- The plan -----------------------------------------------------------------------------------
@transaction.atomic(durable=True)
def request_plan(*, plan: ActionPlan, by: User, at: datetime) -> Document:
    """The plan as a PDF: the one being made or already made, else a new one when the plan has changed since."""
    locked = ActionPlan.objects.select_for_update(of=("self",)).with_context().get(pk=plan.pk)
    document = locked.document
    if document and (document.is_pending or (document.is_ready and not locked.is_outdated)):
        return document
    document = _owe_document(locked, at)
    Event.objects.record(locked.assessment, kind="plan.requested", by=by, at=at, note=document.number)
    return document


def _owe_document(plan: ActionPlan, at: datetime) -> Document:
    """Freeze what the plan says now and owe its PDF."""
    case = plan.assessment.case
    plan.version += 1
    with translation.override(case.language):
        title = _("Action plan for %(firm)s") % {"firm": case.organisation.name}
    document = documents.request_document(
        template="diagnostics/pdf/action_plan.html",
        context=rendering.plan_context(plan, at),
        title=title,
        language=case.language,
        file_name=f"action-plan-{case.reference}-v{plan.version}.pdf",
        at=at,
    )
    plan.document = document
    plan.save(update_fields=["version", "document"])
    return document


@transaction.atomic(durable=True)
def change_action(*, action: PlanAction, changes: Mapping[str, Any], by: User, at: datetime) -> None:
    """Agree on owner, dates, place, progress or money of one action; `changes` holds PlanAction fields.

    Agreement given before concerns the plan as it was, so other places or figures ask for it again.
    """
    ActionPlan.objects.select_for_update().get(pk=action.plan_id)
    agreed = {name: getattr(action, name) for name in AGREED_TOGETHER}
    for name, value in changes.items():
        setattr(action, name, value)
    action.save(update_fields=list(changes))
    after: dict[str, Any] = {"changed_at": at}
    if any(getattr(action, name) != value for name, value in agreed.items()):
        after |= {f"{side}_agreed_{what}": None for side in ("firm", "adviser") for what in ("at", "by")}
    ActionPlan.objects.filter(pk=action.plan_id).update(**after)
    Event.objects.record(
        action.plan.assessment, kind="plan.action_changed", by=by, at=at, note=f"{action.action_code} {action.title}"
    )


@transaction.atomic(durable=True)
def agree_plan(*, plan: ActionPlan, for_firm: bool, by: User, at: datetime) -> None:
    """Record that the firm or the adviser agrees to the plan; doing it again changes nothing."""
    side = "firm" if for_firm else "adviser"
    agreed = ActionPlan.objects.filter(pk=plan.pk, **{f"{side}_agreed_at": None}).update(
        **{f"{side}_agreed_at": at, f"{side}_agreed_by": by, "changed_at": at}
    )
    if agreed:
        Event.objects.record(plan.assessment, kind=f"plan.agreed_by_{side}", by=by, at=at)

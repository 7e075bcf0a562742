"""All that stands on a case, read once: its diagnostics, plan, outlines, grant applications, offers and calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from applications.actions import promise_for, working_days_after
from applications.models import Case, EligibilityOverride
from diagnostics.models import ActionPlan, Allocation, Answer, Assessment, PlanReminder, RoundInvitation, WaitingPlace
from funding.models import (
    Appeal,
    Award,
    AwardCondition,
    Claim,
    ClaimQuery,
    Comment,
    GrantApplication,
    Outline,
    Variation,
)
from programmes.models import Call, Instrument

MONEY = (Instrument.Kind.GRANT, Instrument.Kind.VOUCHER)


@dataclass
class Story:
    """What `load` found for one case; lists are newest first. `today` is the day in the programme's time zone."""

    case: Case
    at: datetime
    assessments: list[Assessment] = field(default_factory=list)
    applications: list[Any] = field(default_factory=list)
    """Grant applications, each with the moments since when staff owe the firm an answer (`_owed`)."""
    outlines: list[Any] = field(default_factory=list)
    """Outlines under way, each with `has_opinion`: whether the reader has given one of the two opinions it waits for.

    A ready one is under way until an application carries it.
    """
    claims: list[Any] = field(default_factory=list)
    """Claims of the firm itself that are not settled, each with the open `question` about it, if any."""
    calls: list[Call] = field(default_factory=list)
    """Open calls of the programme, the one that closes first in front."""
    has_diagnostic: bool = False
    waiting_place: WaitingPlace | None = None
    """The firm's row in the waiting list for its first diagnostic."""
    brought: int = 0
    """Answers of the newest diagnostic that came from the first look or the last round and nobody has confirmed."""
    specialist: str = ""
    """The organisation that carries out the newest diagnostic under contract."""
    invited_at: datetime | None = None
    """When the firm was invited to a round that it has not begun."""
    look_back_on: date | None = None
    """The day on which the plan is to be looked back at, once it has come and until somebody has."""
    unconfirmed: list[EligibilityOverride] = field(default_factory=list)
    """What was set aside and waits for a second person; of live cases only."""

    @property
    def today(self) -> date:
        return self.case.programme.local_date(self.at)

    @property
    def promise(self) -> date | None:
        return promise_for(self.case)

    @property
    def first(self) -> Assessment | None:
        return self.assessments[-1] if self.assessments else None

    @property
    def newest(self) -> Assessment | None:
        return self.assessments[0] if self.assessments else None

    @property
    def plan(self) -> ActionPlan | None:
        """The plan of the newest finished diagnostic."""
        plans = (getattr(assessment, "plan", None) for assessment in self.assessments)
        return next((plan for plan in plans if plan is not None), None)

    @property
    def awards(self) -> list[Award]:
        found = (getattr(application, "award", None) for application in self.applications)
        return [award for award in found if award is not None]

    def diagnostic_promise(self, days: int) -> date | None:
        """The day by which the newest diagnostic that was sent is to be final."""
        if self.newest is None or self.newest.submitted_at is None:
            return None
        return working_days_after(self.case.programme.local_date(self.newest.submitted_at), days)

    def decision_promise(self, application: GrantApplication) -> date | None:
        """The day by which we promised to decide on a sent grant application."""
        if application.submitted_at is None:
            return None
        sent = self.case.programme.local_date(application.submitted_at)
        return working_days_after(sent, application.call.promise_days)


def load(cases: Iterable[Case], *, user: User, at: datetime) -> list[Story]:
    """One Story for each case (loaded `with_context`), in their order, with as many queries for many as for one."""
    stories = {case.pk: Story(case, at) for case in cases}
    if not stories:
        return []
    assessments = Assessment.objects.visible_to(user).filter(case__in=stories.keys()).order_by("-round")
    for assessment in _with_more(assessments.select_related("plan__document"), at):
        story = stories[assessment.case_id]
        assessment.case = story.case
        story.assessments.append(assessment)
        if len(story.assessments) == 1:  # the newest comes first
            story.brought, story.specialist = assessment.brought, assessment.specialist or ""
            story.invited_at = assessment.invited_at
        if assessment.look_back_on and story.look_back_on is None and assessment.look_back_on <= story.today:
            story.look_back_on = assessment.look_back_on
    applications = GrantApplication.objects.visible_to(user).filter(case__in=stories.keys()).order_by("-number")
    for application in applications.select_related("call__instrument", "award__letter").annotate(**_owed()):
        application.case = stories[application.case_id].case
        stories[application.case_id].applications.append(application)
    if any(story.awards for story in stories.values()):
        _add_claims(stories, user)
    for override in EligibilityOverride.objects.visible_to(user).unconfirmed().filter(case__in=stories.keys()):
        override.case = stories[override.case_id].case
        stories[override.case_id].unconfirmed.append(override)
    programmes = {story.case.programme_id for story in stories.values()}
    calls = _add_offers(stories.values(), programmes, at)
    if any(call.needs_outline for call in calls):
        _add_outlines(stories, user)
    return list(stories.values())


def _add_outlines(stories: dict[int, Story], user: User) -> None:
    outlines = Outline.objects.visible_to(user).filter(case__in=stories.keys())
    under_way = (outlines.open() | outlines.usable()).with_opinion_of(user).select_related("call__instrument")
    for outline in under_way.order_by("-pk"):
        outline.case = stories[outline.case_id].case
        stories[outline.case_id].outlines.append(outline)


def _owed() -> dict[str, Subquery]:
    """Since when staff owe an answer to an appeal, a comment, a condition shown or a change asked for; null if not."""
    mine = {"application": OuterRef("pk")}
    of_award = {"award__application": OuterRef("pk"), "award__status": Award.Status.ACCEPTED}
    comments = Comment.objects.filter(**mine, for_adviser=True, from_staff=False, settled_at=None)
    shown = AwardCondition.objects.filter(**of_award, met_at=None, shown_at__isnull=False)
    changes = Variation.objects.filter(**of_award)
    return {
        "appealed_at": _first(Appeal.objects.filter(**mine, status=Appeal.Status.MADE), "made_at"),
        "commented_at": _first(comments, "written_at"),
        "shown_at": _first(shown, "shown_at"),
        "change_asked_at": _first(changes.filter(status=Variation.Status.ASKED), "asked_at"),
        "change_advised_at": _first(changes.filter(status=Variation.Status.RECOMMENDED), "asked_at"),
    }


def _first(rows: QuerySet[Any], field_: str) -> Subquery:
    return Subquery(rows.order_by(field_).values(field_)[:1])


def _add_claims(stories: dict[int, Story], user: User) -> None:
    asked = ClaimQuery.objects.filter(claim=OuterRef("pk"), answered_at=None).values("question")[:1]
    claims = Claim.objects.visible_to(user).filter(award__application__case__in=stories.keys(), partner=None)
    unsettled = claims.filter(status__in=[*Claim.OPEN, Claim.Status.APPROVED]).order_by("-number")
    for claim in unsettled.with_context().annotate(question=Subquery(asked)):
        stories[claim.award.application.case_id].claims.append(claim)


def _with_more(assessments: QuerySet[Assessment], at: datetime) -> QuerySet[Any]:
    """With what stands around a diagnostic, so that it takes no query of its own."""
    brought = Answer.objects.filter(assessment=OuterRef("pk")).exclude(carried_from=Answer.Carried.NO)
    at_work = Allocation.objects.filter(
        assessment=OuterRef("pk"), status__in=(Allocation.Status.ACCEPTED, Allocation.Status.SENT_BACK)
    )
    invited = RoundInvitation.objects.waiting().filter(case=OuterRef("case")).order_by("-round")
    to_look_back = PlanReminder.objects.filter(plan__assessment=OuterRef("pk"), done_at=None).order_by("due_on")
    counted = brought.order_by().values("assessment").annotate(count=Count("pk")).values("count")
    return assessments.annotate(
        brought=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
        specialist=Subquery(at_work.values("contractor__organisation__name")[:1]),
        invited_at=Subquery(invited.values("sent_at")[:1]),
        look_back_on=Subquery(to_look_back.values("due_on")[:1]),
    )


def _add_offers(stories: Iterable[Story], programmes: set[int], at: datetime) -> list[Call]:
    """Whether there is a diagnostic, and the open calls; every call for money that the programmes ever had."""
    instruments = Instrument.objects.filter(programme__in=programmes, kind=Instrument.Kind.DIAGNOSTIC)
    with_diagnostic = dict(instruments.order_by("places").values_list("programme", "places"))
    _add_waiting_places([story for story in stories if with_diagnostic.get(story.case.programme_id)])
    found = Call.objects.filter(instrument__programme__in=programmes, instrument__kind__in=MONEY)
    calls = list(found.select_related("instrument").order_by("closes_at", "id"))
    open_calls = [call for call in calls if call.is_open(at)]
    for story in stories:
        programme_id = story.case.programme_id
        story.has_diagnostic = programme_id in with_diagnostic
        story.calls = [call for call in open_calls if call.instrument.programme_id == programme_id]
    return calls


def _add_waiting_places(capped: list[Story]) -> None:
    """For firms that have not begun where the diagnostic is for so many; no query where there are none."""
    waiting = {story.case.pk: story for story in capped if not story.assessments}
    for row in WaitingPlace.objects.live().numbered().filter(case__in=waiting) if waiting else ():
        row.case = waiting[row.case_id].case
        waiting[row.case_id].waiting_place = row

"""What waits for an answer on a case, in staff words: read off a Story, no query of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Permission
from applications.models import Case
from casework.next_step import next_step
from casework.scope import works_on
from casework.story import Story
from diagnostics.models import Assessment
from funding.models import Award, Claim, GrantApplication, Outline
from portal.workflow import Turn


@dataclass(frozen=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True)
class Decision:
    """An open point. `permission` is what answering it takes; `link` leads there, `others` are the other answers."""

    title: str
    text: str
    turn: Turn
    since: datetime
    permission: Permission | None = None
    link: Link | None = None
    others: tuple[Link, ...] = ()
    promise: date | None = None

    def days(self, story: Story) -> int:
        """Days since the point opened, in the programme's time zone."""
        return (story.today - story.case.programme.local_date(self.since)).days

    def late_days(self, story: Story) -> int:
        """Days past the promise; 0 while it is kept or when there is none."""
        return max((story.today - self.promise).days, 0) if self.promise else 0


def decisions(story: Story, user: User) -> list[Decision]:
    """Every open point, those the person may answer first; never empty."""
    found = [*_open(story), *_second_person(story, user)]
    found.sort(key=lambda decision: not (decision.permission and works_on(user, decision.permission, story.case)))
    return found or [_waiting_for_firm(story)]


def _open(story: Story) -> Iterator[Decision]:
    case = story.case
    if case.status == Case.Status.SUBMITTED:
        yield _joining(story)
    if case.status in Case.ENDED:
        yield _ended(story)
    if case.status == Case.Status.ACCEPTED:
        yield from _outlines(story)
        yield from _money(story)
        yield from _diagnostic(story)


def _second_person(story: Story, user: User) -> Iterator[Decision]:
    """What somebody else has set aside and two have to agree on."""
    case = story.case
    if not case.is_live:
        return
    for override in story.unconfirmed:
        own = override.decided_by_id == user.pk
        yield Decision(
            _("A second person has to agree"),
            f"{override.name}: {override.reason}",
            Turn.APPROVER,
            override.decided_at,
            Permission.CONFIRM_OVERRIDE,
            None
            if own
            else Link(_("Read and answer"), reverse("casework:confirm-override", args=[case.reference, override.pk])),
        )


def _joining(story: Story) -> Decision:
    case = story.case
    return Decision(
        _("Can this firm join?"),
        _("Accept it, ask for what is missing, or say why not. The firm is told at once."),
        Turn.ADVISER,
        case.submitted_at or case.updated_at,
        Permission.DECIDE_CASE,
        Link(_("Accept the firm"), reverse("applications:accept", args=[case.reference])),
        (
            Link(_("Return with a question"), reverse("applications:return", args=[case.reference])),
            Link(_("Reject"), reverse("applications:reject", args=[case.reference])),
        ),
        story.promise,
    )


def _ended(story: Story) -> Decision:
    case = story.case
    if case.status == Case.Status.REJECTED:
        return Decision(_("Rejected"), case.reason, Turn.NOBODY, case.decided_at or case.updated_at)
    return Decision(_("Withdrawn by the firm"), case.reason, Turn.NOBODY, case.withdrawn_at or case.updated_at)


def _outlines(story: Story) -> Iterator[Decision]:
    for outline in story.outlines:
        if outline.status != Outline.Status.SENT:
            continue
        url = reverse("funding:read-outline", args=[story.case.reference, outline.pk])
        if outline.has_opinion:
            title, permission = _("The outline waits for a second opinion"), None
        else:
            title, permission = _("Give an opinion on the outline"), Permission.DECIDE_CASE
        link = Link(_("Read the outline"), url)
        yield Decision(title, outline.title, Turn.ADVISER, outline.sent_at, permission, link)


def _money(story: Story) -> Iterator[Decision]:
    for application in story.applications:
        since = application.submitted_at or application.updated_at
        promise = story.decision_promise(application)
        link = Link(_("Open the application"), staff_address(application))
        if application.status == GrantApplication.Status.ASSESSED:
            yield Decision(
                _("Decide on the grant"), application.title, Turn.APPROVER, since, Permission.APPROVE_GRANT, link,
                promise=promise,
            )  # fmt: skip
        if application.status == GrantApplication.Status.SUBMITTED:
            yield Decision(
                _("Have the grant application assessed"), application.title, Turn.ASSESSOR, since,
                Permission.APPROVE_GRANT, link, promise=promise,
            )  # fmt: skip

        yield from _owed(story, application)
    for claim in story.claims:
        yield from _claim(story, claim)


def _owed(story: Story, application: Any) -> Iterator[Decision]:
    """Answers that the firm waits for besides the decision itself."""
    where = [story.case.reference, application.number]
    grant = Link(_("Open the grant"), reverse("funding:start-check", args=where))
    comments = Link(_("Read and answer"), reverse("funding:staff-comments", args=where))
    appeal = Link(_("Read the appeal"), reverse("funding:answer-appeal", args=where))
    advise, decide = Permission.DECIDE_CASE, Permission.APPROVE_GRANT
    for since, title, turn, permission, link in (
        (application.appealed_at, _("Answer the appeal"), Turn.APPROVER, decide, appeal),
        (application.commented_at, _("Answer a comment on the grant application"), Turn.ADVISER, advise, comments),
        (application.shown_at, _("Look at a condition of the grant"), Turn.ADVISER, advise, grant),
        (application.change_asked_at, _("Look at a change of the project"), Turn.ADVISER, advise, grant),
        (application.change_advised_at, _("Decide on a change of the project"), Turn.APPROVER, decide, grant),
    ):
        if since:
            yield Decision(title, application.title, turn, since, permission, link)


def _claim(story: Story, claim: Any) -> Iterator[Decision]:
    said = {
        Claim.Status.SUBMITTED: (_("Check the claim"), Permission.DECIDE_CASE),
        Claim.Status.CHECKED: (_("Approve the claim"), Permission.APPROVE_GRANT),
        Claim.Status.APPROVED: (_("Pay the claim"), Permission.PAY_CLAIM),
    }
    if claim.status in said:
        title, permission = said[claim.status]
        where = [story.case.reference, claim.award.application.number, claim.number]
        link = Link(_("Open the claim"), reverse("funding:staff-claim", args=where))
        since = claim.approved_at or claim.checked_at or claim.submitted_at
        yield Decision(title, claim.award.application.title, claim.turn, since, permission, link)


def staff_address(application: GrantApplication) -> str:
    return reverse("funding:detail", args=[application.case.reference, application.number])


def _diagnostic(story: Story) -> Iterator[Decision]:
    newest, plan, reference = story.newest, story.plan, story.case.reference
    if newest and newest.is_with_adviser:
        days = story.case.programme.promise_days.get("diagnostic")
        began = newest.status == Assessment.Status.IN_MODERATION
        yield Decision(
            _("Go through the diagnostic"),
            _("It was opened again: %(reason)s") % {"reason": newest.reason} if newest.result_id
            else _("You have begun. Look at every answer, then make it final.") if began
            else _("The firm has sent its answers. Look at each, talk to the firm, make it final."),
            Turn.ADVISER,
            newest.submitted_at or newest.updated_at,
            Permission.MODERATE,
            Link(_("Open the diagnostic"), reverse("diagnostics:review", args=[reference])),
            promise=story.diagnostic_promise(int(days)) if days else None,
        )  # fmt: skip
    if newest and newest.is_with_firm_to_read and newest.read_at:
        yield Decision(
            _("Make the diagnostic final"),
            _("The firm has read both views and contests none."),
            Turn.ADVISER,
            newest.read_at,
            Permission.MODERATE,
            Link(_("Open the diagnostic"), reverse("diagnostics:review", args=[reference])),
        )
    if plan and story.look_back_on:
        yield Decision(
            _("Look back at the plan with the firm"),
            _("Ask what has begun, what is done and what stands in the way."),
            Turn.ADVISER,
            _morning(story, story.look_back_on),
            Permission.AGREE_PLAN,
            Link(_("Open the action plan"), reverse("diagnostics:staff-plan", args=[reference])),
        )
    if plan and not plan.adviser_agreed_at and newest and newest.is_final:
        yield Decision(
            _("Agree the action plan"),
            _("The result is final. Talk through the plan with the firm, then agree it."),
            Turn.ADVISER,
            newest.finalised_at or newest.updated_at,
            Permission.AGREE_PLAN,
            Link(_("Open the action plan"), reverse("diagnostics:staff-plan", args=[reference])),
        )


def _morning(story: Story, day: date) -> datetime:
    return datetime.combine(day, time.min, story.case.programme.zone)


def _waiting_for_firm(story: Story) -> Decision:
    """Nothing for staff: what the firm sees as its next step, since its last move."""
    changes = [story.case.updated_at]
    changes += [
        row.updated_at
        for row in (*story.assessments, *story.outlines, *story.applications, *story.awards, *story.claims)
    ]
    step = next_step(story)
    text = _("The firm’s next step is “%(step)s”.") % {"step": step.title}
    offered = [award for award in story.awards if award.status == Award.Status.OFFERED]
    promise = offered[0].accept_by if offered else None
    return Decision(_("With the firm"), text, Turn.FIRM, max(changes), promise=promise)

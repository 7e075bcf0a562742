"""What the firm does next, and what waits for staff: read off a Story, no query of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Case
from casework.story import Story
from diagnostics.actions import NEXT_ROUND_AFTER
from diagnostics.models import Assessment
from funding.models import Award, Claim, GrantApplication, Outline
from portal.money import money_text
from portal.templatetags.portal_tags import date_time, long_date
from portal.workflow import Turn
from programmes.models import Call

LOOK_BACK_FOR = timedelta(days=30)


@dataclass(frozen=True)
class NextStep:
    """One thing to do, or to wait for, in the words of its reader. `words` quotes what the other side has said."""

    title: str
    text: str
    turn: Turn
    url: str = ""
    button: str = ""
    by: str = ""
    takes: str = ""
    words: str = ""
    promise: date | None = None

    @property
    def is_waiting(self) -> bool:
        return self.turn not in {Turn.FIRM, Turn.NOBODY}


def next_step(story: Story) -> NextStep:
    """The firm's next step; the first of these questions with an answer gives it."""
    return next(step for ask in FIRM_STEPS if (step := ask(story)) is not None)


def _waiting(title: str, text: str, promise: date | None, story: Story, turn: Turn = Turn.ADVISER) -> NextStep:
    """Nothing to do but wait, with the day we have promised, or the admission that it has passed."""
    by = ""
    if promise and promise >= story.today:
        by = _("You will hear from us by %(day)s.") % {"day": long_date(promise)}
    elif promise:
        by = _(
            "We promised an answer by %(day)s and have not kept it. Write to %(email)s and we will tell you why."
        ) % {
            "day": long_date(promise),
            "email": story.case.programme.contact_email,
        }
    return NextStep(title, text, turn, by=by, promise=promise)


def _joining(story: Story) -> NextStep | None:
    case = story.case
    task_list = reverse("applications:task-list", args=[case.reference])
    if case.status == Case.Status.DRAFT:
        left = len(case.missing_sections())
        text = (
            ngettext("%(count)d part is left.", "%(count)d parts are left.", left) % {"count": left}
            if left
            else _("Every part is complete. Read it once more and send it.")
        )
        return NextStep(
            _("Finish your application"), text, Turn.FIRM, task_list, _("Continue your application"),
            takes=_("It takes about 10 minutes. Your answers are kept."),
        )  # fmt: skip
    if case.status == Case.Status.RETURNED:
        return NextStep(
            _("Answer your adviser’s question"), _("Change your answers and send your application again."),
            Turn.FIRM, task_list, _("Answer and send again"), words=case.reason,
        )  # fmt: skip
    if case.status == Case.Status.SUBMITTED:
        text = _("We read what you told us and call you if anything is unclear.")
        return _waiting(_("Your adviser is reading your application"), text, story.promise, story)
    return _ended(story)


def _ended(story: Story) -> NextStep | None:
    case = story.case
    if case.status == Case.Status.REJECTED:
        return NextStep(
            _("Look for other support"), _("We could not accept your application. Here is why:"), Turn.NOBODY,
            reverse("reporting:home"), _("See other support"), words=case.reason,
        )  # fmt: skip
    if case.status == Case.Status.WITHDRAWN:
        return NextStep(
            _("You can come back at any time"), _("You withdrew this application."), Turn.NOBODY,
            reverse("eligibility:start", args=[case.programme.slug]), _("Check if you can get support"),
        )  # fmt: skip
    return None


def _offer(story: Story) -> NextStep | None:
    for award in story.awards:
        if award.status == Award.Status.OFFERED and not award.is_late(story.today):
            return NextStep(
                _("Accept your offer of %(sum)s") % {"sum": money_text(award.amount, award.currency)},
                _("Read the offer letter and its conditions first."), Turn.FIRM,
                reverse("funding:offer", args=[story.case.reference, award.application.number]), _("Read your offer"),
                by=_("Accept by %(day)s.") % {"day": long_date(award.accept_by)},
            )  # fmt: skip
    return None


def _questions(story: Story) -> NextStep | None:
    for application in story.applications:
        if application.status == GrantApplication.Status.RETURNED:
            return NextStep(
                _("Answer a question about your funding"), _("Change your application and send it again."), Turn.FIRM,
                application.get_absolute_url(), _("Answer and send again"), words=application.reason,
            )  # fmt: skip
    for claim in story.claims:
        if claim.status == Claim.Status.QUERIED:
            return NextStep(
                _("Answer a question about your claim"), _("We go on with it as soon as you have answered."), Turn.FIRM,
                claim.get_absolute_url(), _("Answer and send again"), words=claim.question,
            )  # fmt: skip
    newest = story.newest
    if newest and newest.status == Assessment.Status.RETURNED:
        return NextStep(
            _("Answer your adviser’s question"), _("Look at your diagnostic once more and send it again."), Turn.FIRM,
            newest.get_absolute_url(), _("Go to your diagnostic"), words=newest.reason,
        )  # fmt: skip
    if newest and newest.is_with_firm_to_read and newest.read_at is None:
        return NextStep(
            _("Read your adviser’s view"),
            _("Your adviser has been through your answers. See both views side by side, and say where you disagree."),
            Turn.FIRM, newest.get_absolute_url(), _("Read both views"), takes=_("It takes about 10 minutes."),
        )  # fmt: skip
    return None


def _diagnostic(story: Story) -> NextStep | None:
    if not story.has_diagnostic and story.newest is None:
        return None
    url = reverse("diagnostics:start", args=[story.case.reference])
    if story.waiting_place and story.waiting_place.offered_at is None:
        return NextStep(
            _("Wait for a place in the diagnostic"),
            _("You are number %(number)d in the waiting list. We email you when it is your turn.")
            % {"number": story.waiting_place.number},
            Turn.ADVISER, url, _("See what happens next"),
        )  # fmt: skip
    if story.newest is None:
        return NextStep(
            _("Find out where you stand"),
            _("Answer questions about how you make things today, with your colleagues if you like."),
            Turn.FIRM, url, _("Start your diagnostic"), takes=_("You can stop at any time: your answers are kept."),
        )  # fmt: skip
    if story.newest.status == Assessment.Status.DRAFT:
        return NextStep(
            _("Finish your diagnostic"),
            _brought(story) or _("Your answers are kept. Send them when every question is answered."),
            Turn.FIRM, url, _("Continue your diagnostic"),
        )  # fmt: skip
    return None


def _brought(story: Story) -> str:
    """What waits only to be confirmed."""
    if not story.brought:
        return ""
    if story.first is not story.newest:
        text = ngettext(
            "%(count)d answer from last time is there. Confirm what still holds and change the rest.",
            "%(count)d answers from last time are there. Confirm what still holds and change the rest.",
            story.brought,
        )
    else:
        text = ngettext(
            "%(count)d answer from your first look is there. Confirm it or change it, and answer the rest.",
            "%(count)d answers from your first look are there. Confirm or change them, and answer the rest.",
            story.brought,
        )
    return text % {"count": story.brought}


def _plan(story: Story) -> NextStep | None:
    plan = story.plan
    if plan and plan.adviser_agreed_at and not plan.firm_agreed_at:
        return NextStep(
            _("Agree your action plan"), _("Your adviser has agreed it. Read it, and say whether you agree too."),
            Turn.FIRM, reverse("diagnostics:plan", args=[story.case.reference]), _("Read your action plan"),
        )  # fmt: skip
    return None


def _draft_money(story: Story) -> NextStep | None:
    for application in story.applications:
        if application.status == GrantApplication.Status.DRAFT:
            return NextStep(
                _("Finish asking for funding"), application.title, Turn.FIRM, application.get_absolute_url(),
                _("Continue"), by=_send_by(story, application.call),
            )  # fmt: skip
    return None


def _outline(story: Story) -> NextStep | None:
    """The outline that the firm has to write, to change, or may apply with."""
    said = {
        Outline.Status.NOT_YET: (
            _("Change your outline"),
            _("Our advisers have read it and say what is missing. Change it and send it again."),
            _("Read what they say"),
        ),
        Outline.Status.READY: (
            _("Apply for funding"),
            _("Your outline is ready. What you wrote is carried into your application."),
            _("Go to your outline"),
        ),
        Outline.Status.DRAFT: (
            _("Finish your outline"),
            _("Two advisers read it before you apply. It takes about 10 minutes."),
            _("Continue your outline"),
        ),
    }
    for outline in story.outlines:
        if outline.status in said and outline.call.is_open(story.at):
            title, text, button = said[outline.status]
            url = outline.get_absolute_url()
            return NextStep(title, text, Turn.FIRM, url, button, by=_send_by(story, outline.call))
    return None


def _outline_sent(story: Story) -> NextStep | None:
    for outline in story.outlines:
        if outline.status == Outline.Status.SENT:
            return NextStep(
                _("Two advisers are reading your outline"),
                _("They say whether it is ready, or what is missing. We email you as soon as both have answered."),
                Turn.ADVISER, outline.get_absolute_url(), _("See your outline"),
            )  # fmt: skip
    return None


def _draft_claim(story: Story) -> NextStep | None:
    for claim in story.claims:
        if claim.status == Claim.Status.DRAFT:
            facts = {"first": long_date(claim.period_from), "last": long_date(claim.period_to)}
            return NextStep(
                _("Finish your claim"), _("For what you spent from %(first)s to %(last)s.") % facts, Turn.FIRM,
                claim.get_absolute_url(), _("Continue your claim"),
            )  # fmt: skip
    return None


def _send_by(story: Story, call: Call) -> str:
    """Until when, where the programme is; a call that has closed is no promise."""
    if not call.is_open(story.at):
        return ""
    return _("Send it by %(moment)s.") % {"moment": _local(story, call.closes_at)}


def _local(story: Story, moment: datetime) -> str:
    return date_time(moment.astimezone(story.case.programme.zone))


def _with_adviser(story: Story) -> NextStep | None:
    newest, plan = story.newest, story.plan
    days = story.case.programme.promise_days.get("diagnostic")
    if newest and newest.is_with_adviser:
        promise = story.diagnostic_promise(int(days)) if days else None
        if newest.result_id:
            return NextStep(
                _("Your adviser is looking at your result again"),
                _("Your plan stays as it is until the result is final again. Why it was opened:"), Turn.ADVISER,
                words=newest.reason,
            )  # fmt: skip
        if story.specialist:
            text = _("%(name)s carries it out for us, and may visit you before the result is final.") % {
                "name": story.specialist
            }
            return _waiting(_("A specialist is going through your diagnostic"), text, promise, story)
        text = _("Your adviser goes through your answers, and may visit you before the result is final.")
        return _waiting(_("Your adviser is going through your diagnostic"), text, promise, story)
    if newest and newest.is_with_firm_to_read:
        text = _("You have read both views and had nothing to add.")
        return NextStep(_("Your adviser makes the result final"), text, Turn.ADVISER)
    if newest and newest.is_final and (plan is None or not plan.adviser_agreed_at):
        text = _("You can read your result now. Your adviser will talk with you about what to do first.")
        return NextStep(
            _("Your adviser is preparing your action plan"), text, Turn.ADVISER,
            reverse("diagnostics:result", args=[story.case.reference]), _("See your result"),
        )  # fmt: skip
    return None


def _deciding(story: Story) -> NextStep | None:
    for application in story.applications:
        if application.status in (GrantApplication.Status.SUBMITTED, GrantApplication.Status.ASSESSED):
            promise = story.decision_promise(application)
            text = _("Assessors read it, and then somebody else decides.")
            return _waiting(_("We are looking at your funding application"), text, promise, story, application.turn)
    return None


def _measuring(story: Story) -> NextStep | None:
    newest = story.newest
    if newest is None or newest.finalised_at is None or newest.round == Assessment.Round.T2:
        return None
    if story.at < newest.finalised_at + NEXT_ROUND_AFTER:
        return None
    text = _("See how far you have come. Your earlier answers are there: confirm what still holds.")
    invited = ""
    if story.invited_at:
        invited = _("We asked you on %(day)s.") % {"day": long_date(story.case.programme.local_date(story.invited_at))}
    return NextStep(
        _("Measure again"), text, Turn.FIRM, reverse("diagnostics:start", args=[story.case.reference]),
        _("Start your next diagnostic"), by=invited,
    )  # fmt: skip


def _look_back(story: Story) -> NextStep | None:
    """For a month from the day agreed; after that it no longer stands before other steps."""
    if story.look_back_on is None or story.today > story.look_back_on + LOOK_BACK_FOR:
        return None
    return NextStep(
        _("Say how your plan is going"), _("Mark what you have begun, done or dropped. Your adviser sees it."),
        Turn.FIRM, reverse("diagnostics:plan", args=[story.case.reference]), _("Go to your plan"),
        takes=_("It takes about 2 minutes."),
    )  # fmt: skip


def _delivery(story: Story) -> NextStep | None:
    for award in story.awards:
        if award.status == Award.Status.ACCEPTED:
            page = reverse("funding:award", args=[story.case.reference, award.application.number])
            if not award.started_at:
                return NextStep(
                    _("Settle what comes before your project"), _("Do not order or pay for anything until then."),
                    Turn.FIRM, page, _("See what is open"),
                )  # fmt: skip
            return NextStep(
                _("Carry out your project"),
                _("You have accepted %(sum)s. Keep every invoice and proof of payment.")
                % {"sum": money_text(award.amount, award.currency)},
                Turn.FIRM, page, _("See your grant"),
            )  # fmt: skip
    return None


def _money(story: Story) -> NextStep | None:
    if not story.calls:
        return None
    declined = story.applications and story.applications[0].status == GrantApplication.Status.DECLINED
    call = story.calls[0]
    if declined:
        return NextStep(
            _("Talk to your adviser about what else would help"), _("Your funding was not approved. Here is why:"),
            Turn.FIRM, story.applications[0].get_absolute_url(), _("See your application"),
            words=story.applications[0].reason,
        )  # fmt: skip
    text = _(
        "%(name)s can pay part of what your plan costs. Do not order or sign anything before you have our answer."
    ) % {"name": call.instrument.name}
    if call.needs_outline:
        text = f"{text} {_('A short outline comes first: two advisers tell you whether it is ready.')}"
    return NextStep(
        _("Ask for funding"), text, Turn.FIRM,
        reverse("funding:start", args=[story.case.reference]), _("Ask for funding"),
        by=_("Open until %(moment)s.") % {"moment": _local(story, call.closes_at)},
    )  # fmt: skip


def _nothing(story: Story) -> NextStep:
    text = _("Work on your plan. Write to %(email)s when you need us.") % {"email": story.case.programme.contact_email}
    return NextStep(_("You are up to date"), text, Turn.ADVISER)


FIRM_STEPS: tuple[Callable[[Story], NextStep | None], ...] = (
    _joining, _offer, _questions, _diagnostic, _plan, _draft_money, _draft_claim, _outline, _with_adviser,
    _outline_sent, _deciding, _look_back, _measuring, _delivery, _money, _nothing,
)  # fmt: skip

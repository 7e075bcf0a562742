"""How the demonstration's applications for money are assessed and decided on."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from accounts.models import User
from demo.journey import Journey
from funding import actions as funding
from funding import quoting
from funding.models import Award, Decision, GrantApplication, Interests, Review, ReviewInvitation

BEFORE_START = ("Send us a letter from your bank, or a statement, that shows how you pay until you claim.",)
CONDITIONS = ("Tell us by the first claim who leads the project in your firm.",)


def current(journey: Journey) -> GrantApplication:
    """The application as it is now."""
    return GrantApplication.objects.with_context().get(pk=journey.application.pk)


def assess(journey: Journey) -> None:
    """Every assessor needed takes the application on, declares no conflict and scores."""
    application = current(journey)
    for name in ("assessor", "assessor2")[: application.call.reviews_needed]:
        by = journey.staff[name]
        funding.accept_invitation(invitation=ask(journey, application, by), by=by, at=journey.at)
        review = funding.declare(
            application=application, conflict=Review.Conflict.NONE, note="", by=by, at=journey.later(2)
        )
        # What is declined later was found weak.
        low, high = (2, 5) if journey.last == "declined" else (6, 10)
        scores = {
            criterion["code"]: {
                "score": journey.chance.randint(low, high),
                "reason": "Clear need, sound quote, real saving." if low > 2 else "The gain is not shown in figures.",
            }
            for criterion in application.call.criteria
        }
        verdict = Review.Recommendation.FUND if low > 2 else Review.Recommendation.DO_NOT_FUND
        funding.review(
            review=review, scores=scores, recommendation=verdict, send=True, by=by, at=journey.later(2),
            comment="A sound project." if low > 2 else "Too early: the plan behind it is missing.",
        )  # fmt: skip


def ask(journey: Journey, application: GrantApplication, by: User) -> ReviewInvitation:
    """Invite an assessor, put into the pool with this year's declaration where that was not done."""
    at, manager = journey.later(), journey.staff["manager"]
    if not Interests.objects.filter(programme=journey.programme, user=by).in_force(at).exists():
        funding.declare_interests(programme=journey.programme, has_interests=False, text="", by=by, at=at)
    entry = funding.keep_assessor(
        programme=journey.programme, user=by, skills=["capital_equipment", "software"],
        employer="Institute of Made-up Engineering", most_at_once=20, is_active=True, by=manager, at=at,
    )  # fmt: skip
    [invitation] = funding.invite(
        application=application, assessors=[entry], due_on=(at + timedelta(days=14)).date(), by=manager, at=at
    )
    return invitation


def offer(journey: Journey) -> None:
    application = current(journey)
    journey.award = funding.approve(
        application=application, amount=application.quoted, at=journey.later(),
        accept_by=(journey.at + timedelta(days=30)).date(), before_start=BEFORE_START, conditions=CONDITIONS,
        seen=quoting.fingerprint(application), by=journey.staff["approver"],
    )  # fmt: skip


def take_up(journey: Journey) -> None:
    """Accepted, and what has to be settled before the start is shown; an adviser has yet to tick it off."""
    award = Award.objects.select_related("application__case__programme").get(pk=journey.award.pk)
    funding.record_baseline(
        award=award, employees=Decimal(journey.firm.employees), turnover=Decimal(journey.firm.turnover),
        output_per_hour=Decimal("38.60"), period_end=date(journey.now.year - 1, 12, 31), by=journey.owner,
        at=journey.at,
    )  # fmt: skip
    funding.accept_offer(
        award=award, offer_hash=award.offer_hash, confirms_aid=True, by=journey.owner, at=journey.later()
    )
    funding.show_condition_met(
        condition=award.conditions.get(before_start=True), note="Our bank's letter of last week.",
        file=journey.a_file("bank-letter"), by=journey.owner, at=journey.later(2),
    )  # fmt: skip


def send_back(journey: Journey) -> None:
    """Two sections go back to the firm, each with what is asked of it; it has asked the adviser about one."""
    application = current(journey)
    funding.return_to_firm(
        application=application, reason="Two small things before we can assess your application.",
        sections={
            "project": "Please name the six machines, and say which of them stand still most often.",
            "milestones": "Please add a milestone for the training.",
        },
        by=journey.staff["adviser"], at=journey.later(),
    )  # fmt: skip
    _remark(journey, "Two of the six machines are to be replaced next year. Shall we name the new ones?", journey.owner)


def _remark(journey: Journey, text: str, by: User) -> None:
    funding.write_comment(
        application=current(journey), section="project", text=text, for_adviser=True, key=journey.key(text), by=by,
        at=journey.later(2),
    )  # fmt: skip


def reserve(journey: Journey) -> None:
    application = current(journey)
    funding.reserve(
        application=application, reason="Your project is sound. The money of this period is promised to others.",
        seen=quoting.fingerprint(application), by=journey.staff["approver"], at=journey.later(),
    )  # fmt: skip


def draft(journey: Journey) -> None:
    """Where two assess, an offer waits in the list of drafted decisions to be checked and signed."""
    application = current(journey)
    if application.call.reviews_needed == 1:
        return
    proposal = funding.Proposal(
        Decision.Outcome.OFFER, amount=application.quoted, accept_by=(journey.now + timedelta(days=30)).date(),
        before_start=BEFORE_START,
    )  # fmt: skip
    funding.propose(
        application=application, proposal=proposal, seen=quoting.fingerprint(application),
        by=journey.staff["manager"], at=journey.later(),
    )  # fmt: skip


def decline(journey: Journey) -> None:
    """Refused with feedback by one approver, so that the other can look at the firm's appeal."""
    application = current(journey)
    funding.decline(
        application=application, reason="We could not see from your application what the project would gain.",
        feedback="Measure for four weeks how long jobs wait between machines. With those figures, apply again.",
        by=journey.staff["approver2"], at=journey.later(),
    )  # fmt: skip
    text = "We have measured it meanwhile: jobs wait 3.2 days out of 5. Please look at our application again."
    funding.appeal(application=current(journey), text=text, by=journey.owner, at=journey.later())

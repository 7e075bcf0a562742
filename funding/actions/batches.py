"""Decisions on many applications of a call: drafts made in one go, checked on a page, then signed one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.models import User
from funding import quoting
from funding.actions.deciding import Proposal, propose, sign
from funding.actions.problems import UnableToDecide
from funding.models import Decision, GrantApplication
from portal.workflow import IllegalMove


@dataclass(frozen=True)
class Failure:
    """An application that was left as it was, and why in words for staff."""

    application: GrantApplication
    why: str


def _proposal(application: GrantApplication, outcome: str, words: str, today: date) -> Proposal:
    if outcome == Decision.Outcome.OFFER:
        until = today + timedelta(days=application.call.accept_days)
        return Proposal(outcome, amount=application.quoted, accept_by=until)
    return Proposal(outcome, reason=words)


def draft_many(
    chosen: Iterable[tuple[GrantApplication, str]], *, words: str, by: User, at: datetime
) -> tuple[list[Decision], list[Failure]]:
    """Draft what was chosen for each application, each for itself: an offer of the sum worked out, or `words` to say.

    One that cannot be drafted is told and keeps nobody else waiting.
    """
    drafted, failures = [], []
    for application, outcome in chosen:
        proposal = _proposal(application, outcome, words, application.case.programme.local_date(at))
        seen = quoting.fingerprint(application)
        try:
            drafted.append(propose(application=application, proposal=proposal, seen=seen, by=by, at=at))
        except (UnableToDecide, IllegalMove) as error:
            failures.append(Failure(application, str(error)))
    return drafted, failures


def sign_many(
    chosen: Iterable[tuple[Decision, str]], *, by: User, at: datetime
) -> tuple[list[Decision], list[Failure]]:
    """Sign each of the decisions under the hash that was on the page; each is a transaction of its own.

    Gives those signed, and what could not be.
    """
    signed, failures = [], []
    for decision, offer_hash in chosen:
        try:
            sign(decision=decision, offer_hash=offer_hash, by=by, at=at)
        except (UnableToDecide, IllegalMove) as error:
            failures.append(Failure(decision.application, str(error)))
        else:
            signed.append(decision)
    return signed, failures

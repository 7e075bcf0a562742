"""A firm asks for a refusal to be looked at again, and somebody who did not refuse it answers."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from funding.actions.decision_checks import must_be_free_to_decide
from funding.actions.locking import locked
from funding.actions.problems import UnableToAppeal, UnableToDecide
from funding.mails import tell_firm
from funding.models import Appeal, GrantApplication
from funding.rules.decisions import last_day_to_appeal
from portal.dates import long_date
from portal.models import Event


def last_day(application: GrantApplication) -> date | None:
    """The last day, in the programme's time zone, to appeal against the refusal; None when it was not refused."""
    if application.status != GrantApplication.Status.DECLINED or application.decided_at is None:
        return None
    refused_on = application.case.programme.local_date(application.decided_at)
    return last_day_to_appeal(refused_on, application.call.appeal_days)


@transaction.atomic(durable=True)
def appeal(*, application: GrantApplication, text: str, by: User, at: datetime) -> Appeal:
    """Ask for another look, once for each refusal; a repeat gives the first. Raises UnableToAppeal."""
    current = locked(application)
    until = last_day(current)
    if until is None or current.decided_by is None or current.decided_at is None:
        raise UnableToAppeal(_("Only a refusal can be looked at again."))
    if current.case.programme.local_date(at) > until:
        raise UnableToAppeal(
            _("You could ask for another look until %(day)s. Write to %(email)s if something has changed.")
            % {"day": long_date(until), "email": current.case.programme.contact_email}
        )
    found, made = Appeal.objects.get_or_create(
        application=current, decision_at=current.decided_at,
        defaults={"refused_by": current.decided_by, "text": text, "made_at": at, "made_by": by, "updated_at": at},
    )  # fmt: skip
    if made:
        Event.objects.record(found, kind="appeal.made", by=by, at=at, note=text)
        tell_firm(current, "appeal_made", at)
    return found


@transaction.atomic(durable=True)
def answer_appeal(*, appeal: Appeal, upheld: bool, answer: str, by: User, at: datetime) -> None:
    """Decide on an appeal; upheld, the application waits for a decision again. Raises UnableToDecide or IllegalMove."""
    current = locked(appeal.application)
    if by.pk == appeal.refused_by_id:
        raise UnableToDecide(_("You refused this application, so somebody else has to look at it again."))
    must_be_free_to_decide(current, by)
    if upheld:
        appeal.uphold(by=by, at=at, answer=answer)
        current.reopen(by=by, at=at)
    else:
        appeal.dismiss(by=by, at=at, answer=answer)
    tell_firm(current, "appeal_answered", at)

"""What has to hold when a grant is decided on; each raises UnableToDecide with words for the approver."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import User
from applications.models import Case, still_open
from funding import aid, overlaps, quoting
from funding.actions.locking import takes_part
from funding.actions.problems import UnableToDecide
from funding.models import Award, GrantApplication, Review
from portal.money import money_text
from programmes.models import Call


def must_be_free_to_decide(application: GrantApplication, by: User) -> None:
    """Four eyes: nobody decides who assessed the application, declared a conflict or belongs to the firm."""
    if Review.objects.filter(application=application, assessor=by).exists() or application.assessed_by_id == by.pk:
        raise UnableToDecide(_("You assessed this application, so somebody else has to decide on it."))
    if takes_part(by, application):
        raise UnableToDecide(_("You belong to this firm, so somebody else has to decide on its application."))


def must_be_assessed(application: GrantApplication) -> None:
    """What was set aside for a conflict of interest has its successor, where the call asks for so many."""
    reviews = Review.objects.filter(application=application)
    if reviews.set_aside().exists() and reviews.sent().count() < application.call.reviews_needed:
        raise UnableToDecide(
            _("An assessment was set aside for a conflict of interest. Another has to come before a decision.")
        )


def must_be_in_time(application: GrantApplication, accept_by: date, today: date) -> None:
    if accept_by < today:
        raise UnableToDecide(_("The last day to accept must be today or later."))
    if application.starts_on and application.starts_on <= today:
        raise UnableToDecide(
            _(
                "The day on which the firm wants to start has come, and work that has begun is not helped. Return the "
                "application, so that the firm can choose a later day."
            )
        )


def must_be_eligible(case: Case) -> None:
    """No rule of the check in force says no, unless it was set aside; raises UnableToDecide."""
    failed = [found.name for found in still_open(case) if found.is_failed and not found.is_settled]
    if failed:
        raise UnableToDecide(
            _("The eligibility check says no: %(rules)s. An adviser has to check again, or set that aside.")
            % {"rules": ", ".join(failed)}
        )


def must_be_paid_once(application: GrantApplication, members: frozenset[int]) -> None:
    """Nothing here is paid by another award of the group, nor excluded by one; raises UnableToDecide."""
    if excluded := overlaps.not_combined(application.case, application.call.instrument):
        raise UnableToDecide(_("This firm has an award that excludes this one.") + " " + excluded)
    for twice in overlaps.paid_twice(application, members, awarded=True):
        raise UnableToDecide(
            _("“%(cost)s” is paid by the award of %(reference)s already. Return the application to the firm.")
            % {"cost": twice.line.description, "reference": twice.other.application.reference}
        )


def must_leave_partners_room(application: GrantApplication, amount: Decimal, today: date) -> None:
    """No partner gets more of `amount` than its own group may still have; raises UnableToDecide."""
    budget = quoting.budget_in_force(application, amount)
    for partner, left in aid.over_partners_room(application, budget, today):
        raise UnableToDecide(
            _("With the public support on record, %(partner)s and its group may have %(left)s more. Offer less.")
            % {"partner": partner.name, "left": money_text(left, application.call.currency)}
        )


def must_be_within_terms(application: GrantApplication, amount: Decimal, left_of_aid: Decimal | None = None) -> None:
    """More than nothing and no more than the frozen terms give; raises UnableToDecide."""
    most = quoting.most_payable(application, aid_left=left_of_aid)
    if amount <= 0 or amount > most:
        raise UnableToDecide(
            _("Under the terms of this funding the most you can offer is %(most)s.")
            % {"most": money_text(most, application.call.currency)}
        )


def must_be_payable(application: GrantApplication, call: Call, amount: Decimal, left_of_aid: Decimal | None) -> None:
    """Within the terms, the limit for small aid and what the locked call has left; raises UnableToDecide."""
    own = aid.shares(quoting.budget_in_force(application, amount)).get(None, Decimal(0))
    if left_of_aid is not None and own > left_of_aid:
        raise UnableToDecide(
            _(
                "With the public support on record, this firm and its group may have %(left)s more. "
                "Offer no more than that."
            )
            % {"left": money_text(left_of_aid, call.currency)}
        )
    must_be_within_terms(application, amount, left_of_aid)
    left = call.budget - Award.objects.committed_to(call)
    if amount > left:
        raise UnableToDecide(
            _("This call has %(left)s left, which is less than %(amount)s. Offer less, or wait until money comes back.")
            % {"left": money_text(max(left, Decimal(0)), call.currency), "amount": money_text(amount, call.currency)}
        )

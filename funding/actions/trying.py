"""Staff walk the way of an applicant: a firm and a case of their own that no list, figure or budget counts."""

from __future__ import annotations

from datetime import datetime

import pgtrigger
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from accounts.permissions import FirmRole
from applications.models import Case
from eligibility.models import EligibilityCheck
from funding.actions.problems import UnableToChange
from funding.models import GrantApplication, Submission
from organisations.identifiers import name_key
from organisations.models import Organisation
from portal.references import new_reference
from programmes.models import Programme


@transaction.atomic(durable=True)
def try_out(*, programme: Programme, by: User, at: datetime) -> Case:
    """The accepted case of a test firm that is `by`'s own in this programme; the one there is, if any."""
    # Of two clicks the second finds what the first made.
    User.objects.select_for_update().get(pk=by.pk)
    mine = Case.objects.live().filter(programme=programme, is_test=True, created_by=by)
    if found := mine.first():
        return found
    name = _("Test firm of %(person)s") % {"person": by.get_full_name()}
    firm = Organisation.objects.create(
        name=name[:160], name_key=name_key(name)[:160], country=programme.country, created_at=at
    )
    Membership.objects.create(user=by, organisation=firm, role=FirmRole.OWNER)
    check = EligibilityCheck.objects.create(
        programme=programme, rules_version=str(programme.terms_on(programme.local_date(at))), created_at=at,
        facts={"employees": "20", "in_group": False, "already_committed": False}, findings=[],
        outcome=EligibilityCheck.Outcome.ELIGIBLE, size={"category": "small"},
    )  # fmt: skip
    case = Case.objects.create(
        reference=new_reference(programme.prefix), programme=programme, organisation=firm, check_result=check,
        is_test=True, created_at=at, created_by=by, updated_at=at, contact_name=by.full_name, contact_email=by.email,
    )  # fmt: skip
    case.submit(by=by, at=at)
    case.accept(by=by, at=at)
    return case


@transaction.atomic(durable=True)
def stop_trying(*, case: Case, by: User, at: datetime) -> None:
    """Take away what was tried: its applications and outlines, then the firm and its case.

    Where more hangs on the case, such as a diagnostic, it ends as withdrawn and its maker leaves the firm. Raises
    UnableToChange for a case that is no test.
    """
    locked = Case.objects.select_for_update().get(pk=case.pk)
    if not locked.is_test:
        raise UnableToChange(_("This is the case of a real firm."))
    firm = locked.organisation
    _remove_applications(locked)
    Membership.objects.filter(organisation=firm).delete()
    try:
        with transaction.atomic():
            check = locked.check_result
            locked.delete()
            check.delete()
            firm.delete()
    except ProtectedError:
        locked = Case.objects.get(pk=case.pk)
        if locked.is_live:
            locked.withdraw(by=by, at=at, reason=_("Tried out by staff."))


def _remove_applications(case: Case) -> None:
    """What a firm has sent is kept for ever, unless nobody but us has sent it."""
    with pgtrigger.ignore("funding.Submission:append_only"):
        receipts = [one.receipt for one in Submission.objects.filter(application__case=case).select_related("receipt")]
        GrantApplication.objects.filter(case=case).delete()
    for receipt in receipts:
        receipt.delete()
    case.outlines.all().delete()

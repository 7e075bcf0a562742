"""Loading in scope: what a person may not see is 404, what they may see but not do is 403."""

from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, Subquery, Sum, prefetch_related_objects
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.permissions import Permission
from applications.models import Case
from diagnostics.models import Allocation
from funding.actions import sharing
from funding.models import Award, Colleague, GrantApplication, Milestone, Partner, Risk

OWED = Award.objects.filter(call=OuterRef("call")).order_by().values("call").annotate(sum=Sum("committed"))
READ_ALONG = {
    "call_committed": Coalesce(Subquery(OWED.values("sum")), Decimal(0)),
    "has_milestones": Exists(Milestone.objects.filter(application=OuterRef("pk"))),
    "has_risks": Exists(Risk.objects.filter(application=OuterRef("pk"))),
}
"""What pages that work the grant out would each ask for by a query of its own: see funding.quoting."""
DIAGNOSED = Exists(Allocation.objects.taken_on().filter(assessment__case__organisation=OuterRef("case__organisation")))
"""Whether a contractor has diagnosed the firm: pages ask for more only then."""


def case_or_404(request, reference):
    return get_object_or_404(Case.objects.visible_to(request.user).with_context(), reference=reference)


def application_or_404(request, reference, number):
    applications = GrantApplication.objects.visible_to(request.user).with_context()
    applications = applications.annotate(was_diagnosed=DIAGNOSED, **READ_ALONG)
    return get_object_or_404(applications, case__reference=reference, number=number)


def read_partners(application):
    """The same application with its partners read, for pages that ask for them in several places."""
    if application.form != GrantApplication.Form.SINGLE:
        prefetch_related_objects([application], Prefetch("partners", Partner.objects.select_related("replaces")))
    return application


def to_edit(request, reference, number):
    """The application for a page of the firm's that changes it; a colleague who may only read gets 403."""
    application = application_or_404(request, reference, number)
    sharing.must(request.user, application, Colleague.Role.EDIT)
    return read_partners(application)


def only_assesses(user, case):
    """Whether the person works on the case as an assessor alone: names and files may be kept from such a one."""
    others = (Permission.DECIDE_CASE, Permission.APPROVE_GRANT, Permission.EXPORT)
    return user.can(Permission.ASSESS_GRANT, case) and not any(user.can(other, case) for other in others)


def to_work_on(request, reference, number, permission):
    """The application for staff; the firm's own people, who never learn of these pages, get 404."""
    application = application_or_404(request, reference, number)
    if not request.user.can(Permission.VIEW_CASEWORK, application.case):
        raise Http404
    request.user.must(permission, application.case)
    return application


def award_or_404(request, reference, number):
    awards = Award.objects.visible_to(request.user).select_related(
        "application__case__programme", "application__case__organisation", "application__case__created_by",
        "application__call", "call", "letter", "aid_letter", "accepted_by", "aid_confirmed_by", "offered_by",
    )  # fmt: skip
    return get_object_or_404(awards, application__case__reference=reference, application__number=number)

"""Staff: the list and the application."""

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.template.response import TemplateResponse

from accounts.permissions import Permission
from accounts.scope import places
from funding import aid
from funding.forms import QueueFilter
from funding.models import Appeal, Comment, GrantApplication, Review
from funding.views import panels
from funding.views.loading import to_work_on
from funding.views.working import award_of, with_criteria, work_page
from portal.paging import paginate
from programmes.models import Call


def queue(request):
    """Applications sent in and refusals to look at again, those waiting longest first."""
    if not places(request.user, Permission.VIEW_CASEWORK):
        raise PermissionDenied
    applications = GrantApplication.objects.worked_on_by(request.user).exclude(submitted_at=None).with_context()
    programmes = {assignment.programme_id for assignment in request.user.active_assignments}
    filters = QueueFilter(request.GET, calls=Call.objects.filter(instrument__programme__in=programmes))
    chosen = {name: value for name, value in filters.values.items() if value}
    if not chosen.get("status"):
        waiting = [GrantApplication.Status.SUBMITTED, GrantApplication.Status.ASSESSED]
        appealed = Appeal.objects.open().filter(application=OuterRef("pk"))
        applications = applications.filter(Q(status__in=waiting) | Exists(appealed))
    page_ = paginate(applications.filter(**chosen), order=["submitted_at", "id"], cursor=request.GET.get("cursor", ""))
    context = {"page": page_, "filters": filters, "form": None, "rooms": panels.rooms_for(request.user)}
    return TemplateResponse(request, "funding/queue.html", context)


def detail(request, reference, number):
    """The application as staff read it, with the assessments they may see."""
    application = to_work_on(request, reference, number, Permission.VIEW_CASEWORK)
    case = application.case
    may_run = panels.may_run(request.user, case)
    appeals = Appeal.objects.visible_to(request.user)
    is_declined = application.status == GrantApplication.Status.DECLINED
    seen = Review.objects.visible_to(request.user).filter(application=application)
    given = list(seen.select_related("assessor", "conflict_found_by").order_by("pk"))
    may_comment = request.user.can(Permission.DECIDE_CASE, case)
    comments = Comment.objects.visible_to(request.user).filter(application=application, settled_at=None)
    return work_page(
        request, "funding/detail.html", application,
        reviews=with_criteria(application, [review for review in given if review.submitted_at]),
        appeal=appeals.open().filter(application=application).first() if is_declined else None,
        may_comment=may_comment, open_comments=comments.count() if may_comment else 0,
        award=award_of(application), aid_record=aid.record_of(application),
        may_run=may_run, asked=panels.asked_of(application) if may_run else [],
        set_aside=[review for review in given if review.conflict_found_at] if may_run else [],
        may_decide=request.user.can(Permission.APPROVE_GRANT, case),
    )  # fmt: skip

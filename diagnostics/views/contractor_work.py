"""A contractor's own pages: what was offered, accepted and delivered, with its deadlines."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Role
from diagnostics.actions import contractors as actions
from diagnostics.forms.contractors import DeclineForm, WhoForm
from diagnostics.models import Allocation
from portal.paging import paginate
from portal.workflow import IllegalMove


def _mine(user):
    if not user.has_role(Role.CONTRACTOR):
        raise Http404
    return Allocation.objects.given_to(user).with_context()


@require_safe
def work(request):
    """Open work first, by its deadline; the newest of what is done below it."""
    mine = _mine(request.user)
    now = timezone.now()
    done = paginate(
        mine.filter(status__in=Allocation.DONE), order=["-delivered_at", "-id"], cursor=request.GET.get("cursor", "")
    )
    open_rows = sorted(mine.in_hand().order_by("pk"), key=lambda row: (row.deadline, row.pk))
    context = {
        "offered": [_shown(row, now) for row in open_rows if row.status == Allocation.Status.OFFERED],
        "in_work": [_shown(row, now) for row in open_rows if row.status != Allocation.Status.OFFERED],
        "page": done,
        "wide": True,
    }
    return TemplateResponse(request, "diagnostics/contractors/work.html", context)


def _shown(row, now):
    return {"row": row, "case": row.assessment.case, "is_late": row.is_late(row.contractor.programme.local_date(now))}


def _one_or_404(request, pk):
    return get_object_or_404(_mine(request.user), pk=pk)


@require_safe
def one(request, pk):
    return _page(request, _one_or_404(request, pk))


def _page(request, row, who=None, decline_form=None):
    is_offer = row.status == Allocation.Status.OFFERED
    context = {
        **_shown(row, timezone.now()),
        "who": who or WhoForm(contractor=row.contractor, initial={"person": row.person_id or request.user.pk}),
        "decline_form": decline_form or DeclineForm(),
        "is_offer": is_offer,
        "is_in_work": row.status in Allocation.IN_WORK,
        "form": next((form for form in (who, decline_form) if form), None),
        "wide": True,
    }
    return TemplateResponse(request, "diagnostics/contractors/one.html", context)


@require_POST
def accept(request, pk):
    return _with_person(request, pk, actions.accept, _("Accepted. The firm has been told who will come."))


@require_POST
def person(request, pk):
    return _with_person(request, pk, actions.name_person, _("Saved."))


def _with_person(request, pk, act, said):
    row = _one_or_404(request, pk)
    form = WhoForm(request.POST, contractor=row.contractor)
    if not form.is_valid():
        return _page(request, row, who=form)
    try:
        act(allocation=row, person=form.cleaned_data["person"], by=request.user, at=timezone.now())
    except IllegalMove:
        messages.info(request, _("This has been answered already."))
    except actions.UnableToAllocate as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("diagnostics:contractor-one", pk)


@require_POST
def decline(request, pk):
    row = _one_or_404(request, pk)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, row, decline_form=form)
    try:
        actions.decline(allocation=row, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    except IllegalMove:
        messages.info(request, _("This has been answered already."))
    else:
        messages.success(request, _("Declined. Whoever offered it has been told why."))
    return redirect("diagnostics:contractor-work")

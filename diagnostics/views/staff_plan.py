"""The action plan for staff: agree on it with the firm, look back at it, and the list of plans to look back at."""

from functools import partial

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from diagnostics import planning, reminders
from diagnostics.forms.plans import PLACES, STAFF, ActionsForm, LookBackFilter, LookBackForm
from diagnostics.models import PlanReminder
from diagnostics.plan_page import plan_page
from diagnostics.views.loading import action_or_404, plan_or_404
from diagnostics.views.plan import card_of, document_panel, own_or_404, own_page, sign, take_out
from diagnostics.views.saving import save_actions
from diagnostics.views.staff import _for_staff, _frame
from portal.paging import paginate
from programmes.models import Region


def plan(request, reference):
    assessment = _for_staff(request, reference)
    found = plan_or_404(request, reference)
    return TemplateResponse(request, "diagnostics/staff/plan.html", _page(request, assessment, found))


def _page(request, assessment, found, **more):
    case = found.assessment.case
    return {
        **plan_page(found, timezone.now()),
        **document_panel(request, found),
        **_frame(request, assessment, [], "plan"),
        "may_agree": case.is_live and request.user.can(Permission.AGREE_PLAN, case),
        "reminders": found.reminders.select_related("done_by").order_by("due_on"),
        "look_back_form": LookBackForm(),
        "today": case.programme.local_date(timezone.now()),
        **more,
    }


@require_POST
def agree(request, reference):
    assessment = _for_staff(request, reference)
    request.user.must(Permission.AGREE_PLAN, assessment.case)
    sign(request, plan_or_404(request, reference), for_firm=False, thanks=_("You have agreed the plan."))
    return redirect("diagnostics:staff-plan", reference)


def _agreeing(request, reference):
    """The diagnostic and the plan, for whoever agrees it with the firm."""
    assessment = _for_staff(request, reference)
    request.user.must(Permission.AGREE_PLAN, assessment.case)
    return assessment, plan_or_404(request, reference)


def places(request, reference):
    """Place, order, owner and start of every action on one page."""
    assessment, found = _agreeing(request, reference)
    rows = planning.in_order(found.actions.all())
    order = [*planning.COLUMNS, "parked"]
    rows.sort(key=lambda row: order.index(row.horizon))
    build = partial(ActionsForm, rows=rows, names=PLACES)
    form, conflicts, is_saved = save_actions(request, found, build, at=timezone.now())
    if is_saved:
        messages.success(request, _("Saved the plan."))
        return redirect("diagnostics:staff-plan", reference)
    context = {**_frame(request, assessment, [], "plan"), "plan": found, "form": form, "conflicts": conflicts}
    return TemplateResponse(request, "diagnostics/staff/plan_places.html", context)


def action(request, reference, pk):
    """One action for the adviser: place in the plan with a reason, owner, days, baseline, figures."""
    assessment = _for_staff(request, reference)
    row = action_or_404(request, reference, pk)
    if request.method == "POST":
        request.user.must(Permission.AGREE_PLAN, assessment.case)
    currency = assessment.case.programme.currency
    build = partial(ActionsForm, rows=[row], names=STAFF, currency=currency, is_single=True)
    form, conflicts, is_saved = save_actions(request, row.plan, build, at=timezone.now())
    if is_saved:
        messages.success(request, _("Saved %(title)s.") % {"title": row.title})
        return redirect(f"{reverse('diagnostics:staff-plan', args=[reference])}#a{row.pk}")
    context = {
        **_frame(request, assessment, [], "plan"),
        "action": row,
        "card": card_of(row),
        "form": form,
        "conflicts": conflicts,
        "may_agree": row.plan.assessment.case.is_live and request.user.can(Permission.AGREE_PLAN, assessment.case),
    }
    return TemplateResponse(request, "diagnostics/staff/action.html", context)


def add(request, reference):
    assessment, found = _agreeing(request, reference)
    return _own(request, assessment, found, None)


def own(request, reference, pk):
    assessment, _found = _agreeing(request, reference)
    row = own_or_404(request, reference, pk)
    return _own(request, assessment, row.plan, row)


def _own(request, assessment, found, row):
    return own_page(
        request, found, row, template="diagnostics/staff/own_action.html", back="diagnostics:staff-plan",
        frame=_frame(request, assessment, [], "plan"),
    )  # fmt: skip


@require_POST
def remove(request, reference, pk):
    _agreeing(request, reference)
    return take_out(request, own_or_404(request, reference, pk), back="diagnostics:staff-plan")


@require_POST
def look_back(request, reference, pk):
    """The adviser has looked back at the plan with the firm."""
    assessment, found = _agreeing(request, reference)
    held = PlanReminder.objects.visible_to(request.user).filter(plan__assessment__case__reference=reference)
    reminder = get_object_or_404(held, pk=pk)
    form = LookBackForm(request.POST)
    if not form.is_valid():
        context = _page(request, assessment, found, look_back_form=form, looking_at=reminder.pk, form=form)
        return TemplateResponse(request, "diagnostics/staff/plan.html", context)
    try:
        reminders.mark_done(reminder=reminder, note=form.cleaned_data["note"], by=request.user, at=timezone.now())
    except reminders.UnableToFollowUp as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Noted. You find it in the history of the application."))
    return redirect("diagnostics:staff-plan", reference)


def worklist(request):
    """Plans to look back at, the longest due first."""
    user, at = request.user, timezone.now()
    if not user.works_here:
        raise Http404
    programmes = {assignment.programme_id for assignment in user.active_assignments}
    regions = Region.objects.filter(programme__in=programmes).order_by("programme", "position", "name")
    chosen = LookBackFilter(request.GET, regions=regions)
    rows = PlanReminder.objects.visible_to(user).to_hold().with_context()
    rows = rows.due(at, chosen.values["due"] or "").in_region(chosen.values["region"])
    page = paginate(rows, order=["due_on", "id"], cursor=request.GET.get("cursor", ""))
    context = {"wide": True, "page": page, "filter": chosen, "today": at.date()}
    return TemplateResponse(request, "diagnostics/staff/plans.html", context)

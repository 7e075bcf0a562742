from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from accounts.scope import places
from applications import actions
from applications.forms import NoteForm
from applications.models import Barrier
from casework import facts, timeline
from casework import queue as queues
from casework.decisions import decisions, staff_address
from casework.filters import CaseFilters, LeadFilters
from casework.scope import worked_cases, worked_leads, works_on
from casework.story import load
from portal.paging import paginate


def _must_work_cases(request):
    """The staff's pages do not exist for whoever works on no case: firms, students, contractors."""
    if not places(request.user, Permission.VIEW_CASEWORK):
        raise Http404


def queue(request):
    _must_work_cases(request)
    now = timezone.now()
    filters = CaseFilters(request.GET, user=request.user)
    cases = filters.rows(queues.queue(request.user, now))
    page = paginate(cases, order=queues.ORDER, cursor=request.GET.get("cursor", ""))
    context = {
        "filters": filters,
        "page": page,
        "rows": queues.rows(page.rows, user=request.user, at=now),
        "rail": queues.rail(request.user, now, _current(request)),
        "may_export": bool(places(request.user, Permission.EXPORT)),
        "wide": True,
    }
    return TemplateResponse(request, "casework/queue.html", context)


def _current(request):
    """The queue whose address this is; none when other filters are on."""
    query = {key: value for key, value in request.GET.items() if value and key != "cursor"}
    only = "&".join(f"{key}={value}" for key, value in query.items())
    return f"{request.path}?{only}" if query else request.path


def leads(request):
    _must_work_cases(request)
    now = timezone.now()
    filters = LeadFilters(request.GET, user=request.user)
    is_answered = filters.values["answered"] == "yes"
    order = ["-answered_at", "-id"] if is_answered else ["answer_by", "id"]
    found = filters.rows(queues.leads(request.user))
    page = paginate(found, order=order, cursor=request.GET.get("cursor", ""))
    context = {
        "filters": filters,
        "page": page,
        "rows": [queues.lead_row(lead, user=request.user, at=now) for lead in page.rows],
        "is_answered": is_answered,
        "rail": queues.rail(request.user, now, request.path),
        "wide": True,
    }
    return TemplateResponse(request, "casework/leads.html", context)


@require_POST
def answer_lead(request, pk):
    lead = get_object_or_404(worked_leads(request.user), pk=pk)
    request.user.must(Permission.DECIDE_CASE, lead)
    if actions.answer_lead(lead=lead, by=request.user, at=timezone.now()):
        messages.success(request, _("%(firm)s is marked as answered.") % {"firm": lead.firm})
    else:
        messages.info(request, _("Somebody has answered %(firm)s already.") % {"firm": lead.firm})
    return redirect("casework:leads")


def case(request, reference):
    cases = worked_cases(request.user).with_context()
    found = get_object_or_404(cases.select_related("created_by"), reference=reference)
    now = timezone.now()
    [story] = load([found], user=request.user, at=now)
    open_points = decisions(story, request.user)
    first = open_points[0]
    show = request.GET.get("show", "")
    page = paginate(
        timeline.staff_events(found, show), order=["-id"], cursor=request.GET.get("cursor", ""), size=timeline.SIZE
    )
    note_form = NoteForm()
    note_form.helper.form_action = reverse("applications:note", args=[reference])
    context = {
        "case": found,
        "programme": found.programme,
        "story": story,
        "decision": first,
        "may_decide": first.permission is None or works_on(request.user, first.permission, found),
        "days": first.days(story),
        "late_days": queues.late_days(first, story),
        "other_points": open_points[1:],
        "facts": facts.blocks(story),
        "findings": facts.findings(found),
        "barriers": [Barrier(code).label for code in found.barriers],
        "applications": [{"row": row, "url": staff_address(row)} for row in story.applications],
        "page": page,
        "events": [timeline.staff_item(event) for event in page.rows],
        "shown": timeline.choices(show),
        "note_form": note_form if works_on(request.user, Permission.WRITE_NOTE, found) else None,
        "rail": queues.rail(request.user, now, ""),
        "wide": True,
    }
    return TemplateResponse(request, "casework/case.html", context)

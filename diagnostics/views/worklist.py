"""Lists of diagnostics for staff, and how advisers and firms differ."""

from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from diagnostics import differences, worklists
from diagnostics.forms.worklist import LATE, QUEUES, ProgrammeFilter, WorkFilter
from portal.paging import paginate


def worklist(request):
    """Diagnostics that the person may see and somebody has to act on: a contractor's people see their own work."""
    if not request.user.works_here:
        raise Http404
    now = timezone.now()
    programmes = worklists.programmes_of(request.user)
    filters = WorkFilter(request.GET, programmes=programmes)
    found = worklists.rows(request.user).filter(case__programme__in=filters.chosen)
    conditions = worklists.conditions(programmes, now)
    show = filters.values["show"] or ""
    page = paginate(found.filter(conditions[show]), order=worklists.ORDER, cursor=request.GET.get("cursor", ""))
    rows = [{"assessment": row, "promise": worklists.promise_for(row)} for row in page.rows]
    for row in rows:
        today = row["assessment"].case.programme.local_date(now)
        row["late_days"] = max((today - row["promise"]).days, 0) if row["promise"] else 0
    context = {
        "page": page,
        "rows": rows,
        "filters": filters,
        "title": dict(QUEUES)[show],
        "rail": _rail(request, worklists.counts(found, conditions), show),
        "wide": True,
    }
    return TemplateResponse(request, "diagnostics/staff/worklist.html", context)


def _rail(request, counts, show):
    """The queues with their counts, then what else of diagnostics the person may open."""
    home = reverse("diagnostics:worklist")
    queues = [
        _entry(label, f"{home}?show={key}" if key else home, key == show, counts.get(key), is_late=key == LATE)
        for key, label in QUEUES
    ]
    rail = [{"title": _("Diagnostics"), "entries": queues}]
    if _measured(request.user):
        calibration = _entry(_("Calibration"), reverse("diagnostics:calibration"), show is None)
        rail.append({"title": _("Quality"), "entries": [calibration]})
    return rail


def _entry(label, url, is_current, count=None, *, is_late=False):
    return {"label": label, "url": url, "count": count, "is_late": is_late, "is_current": is_current}


def _measured(user):
    """Programmes whose advisers' work the person may measure, in their order."""
    allowed = user.programmes_for(Permission.EXPORT) | user.programmes_for(Permission.CONFIGURE)
    return [programme for programme in worklists.programmes_of(user) if programme.pk in allowed]


def calibration(request):
    """How far advisers and firms differ, of finals only: by adviser, by question, and what to look at again."""
    programmes = _measured(request.user)
    if not programmes:
        raise Http404
    filters = ProgrammeFilter(request.GET, programmes=programmes)
    found = differences.measured(request.user, filters.chosen)
    context = {
        "filters": filters,
        "advisers": differences.by_adviser(found),
        "questions": differences.by_question(found),
        "sample": differences.second_looks(request.user, filters.chosen, timezone.now()),
        "rail": _rail(request, {}, None),
        "wide": True,
    }
    context |= {
        "adviser_chart": differences.chart(context["advisers"], _("Levels changed, by adviser")),
        "question_chart": differences.chart(context["questions"][: differences.CHARTED], _("Most changed questions")),
    }
    return TemplateResponse(request, "diagnostics/staff/calibration.html", context)

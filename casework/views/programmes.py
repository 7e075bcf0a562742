"""The programmes whose settings a person reads: what is in force, and what was changed."""

from django.db.models import prefetch_related_objects
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Assignment
from casework import programme_history, programme_scope
from casework.programme_readable import versions_of
from casework.programme_texts import keys_of, language_name, rows_of
from funding.figures import budgets
from portal.paging import paginate
from programmes.models import Programme

LATEST = 5


@require_safe
def index(request):
    readable = programme_scope.readable(request.user)
    if not readable:
        raise Http404
    now = timezone.now()
    rows = Programme.objects.filter(pk__in=readable).order_by("position", "name").prefetch_related("versions")
    context = {
        "rows": [
            {
                "programme": row,
                "terms": _in_force(row, now),
                "may_change": programme_scope.may_change(request.user, row),
            }
            for row in rows
        ],
        "rail": programme_scope.rail(request.user, now, reverse("casework:programmes")),
        "wide": True,
    }
    return TemplateResponse(request, "casework/programmes.html", context)


def _in_force(programme, now):
    """The version in force, of those read already."""
    today = programme.local_date(now)
    due = [row for row in programme.versions.all() if row.valid_from <= today]
    return max(due, key=lambda row: row.valid_from, default=None)


@require_safe
def overview(request, slug):
    programme = programme_scope.found(request.user, slug)
    now = timezone.now()
    prefetch_related_objects([programme], "instruments")
    instruments = sorted(programme.instruments.all(), key=lambda row: (row.position, row.name))
    calls = budgets([programme.pk])
    versions = versions_of(programme, programme.local_date(now))
    regions = programme.regions.order_by("position", "name")
    keys = keys_of(programme, instruments, [row.call for row in calls], regions, [row.version for row in versions])
    texts = rows_of(programme, keys, programme.texts.all())
    latest = programme_history.events(programme).order_by("-id")[:LATEST]
    context = {
        **programme_scope.frame(request.user, programme, now, "programme"),
        "versions": versions,
        "instruments": instruments,
        "languages": [language_name(code) for code in programme.languages],
        "examples": [row for row in instruments if row.example_terms],
        "calls": [{"money": row, "is_open": row.call.is_open(now)} for row in calls],
        "missing_texts": sum(row.is_missing for row in texts),
        "people_count": Assignment.objects.filter(programme=programme).values("user").distinct().count(),
        "entries": programme_history.entries(latest, programme),
    }
    return TemplateResponse(request, "casework/programme.html", context)


@require_safe
def history(request, slug):
    programme = programme_scope.found(request.user, slug)
    found = programme_history.events(programme)
    page = paginate(found, order=["-id"], cursor=request.GET.get("cursor", ""))
    context = {
        **programme_scope.frame(request.user, programme, timezone.now(), "programme-history"),
        "page": page,
        "entries": programme_history.entries(page.rows, programme),
    }
    return TemplateResponse(request, "casework/programme_history.html", context)

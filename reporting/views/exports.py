import logging

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from accounts.scope import places
from casework.queue import rail
from portal.paging import paginate
from reporting import actions
from reporting.columns import SHEETS, ExportedCases
from reporting.forms import ExportForm
from reporting.models import KEPT_DAYS, Export

logger = logging.getLogger(__name__)


def _must_export(request):
    if not places(request.user, Permission.EXPORT):
        raise Http404


def exports(request):
    """The person's own files, and the form that asks for another; filters of a list come along in the address."""
    _must_export(request)
    form = ExportForm(initial={"kind": request.GET.get("kind", Export.Kind.CASES), "format": Export.Format.CSV})
    return _page(request, form, ExportedCases(request.GET, user=request.user))


def _page(request, form, filters, status=200):
    now = timezone.now()
    mine = Export.objects.visible_to(request.user)
    context = {
        "form": form,
        "filters": filters,
        "page": paginate(mine, order=["-created_at", "-number"], cursor=request.GET.get("cursor", "")),
        "kept_days": KEPT_DAYS,
        "rail": rail(request.user, now, reverse("reporting:exports")),
        "wide": True,
    }
    return TemplateResponse(request, "reporting/exports.html", context, status=status)


@require_POST
def create(request):
    _must_export(request)
    form = ExportForm(request.POST)
    filters = ExportedCases(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, form, filters)
    chosen = SHEETS[form.cleaned_data["kind"]].filters(request.POST, user=request.user)
    if not chosen.is_valid():
        form.add_error(None, next(iter(chosen.errors.values()))[0])
        return _page(request, form, filters)
    asked = {name: str(value) for name, value in chosen.values.items() if value}
    only = chosen.programmes[0].slug if len(chosen.programmes) == 1 else ""
    export = actions.request_export(
        kind=form.cleaned_data["kind"],
        format=form.cleaned_data["format"],
        filters=asked,
        programme_slug=asked.get("programme", only),
        key=form.cleaned_data["key"],
        by=request.user,
        at=timezone.now(),
    )
    return redirect("reporting:export", pk=export.pk)


def export(request, pk):
    """One file: how far it is, and then the file. htmx asks for the middle of the page only."""
    _must_export(request)
    found = get_object_or_404(Export.objects.visible_to(request.user), pk=pk)
    context = {"export": found, "kept_days": KEPT_DAYS}
    if request.htmx:
        return TemplateResponse(request, "reporting/_export.html", context)
    frame = {"rail": rail(request.user, timezone.now(), reverse("reporting:exports")), "wide": True}
    return TemplateResponse(request, "reporting/export.html", {**context, **frame})


def download(request, pk):
    """The file, for its owner, as long as the owner may still export every row in it."""
    found = get_object_or_404(Export.objects.visible_to(request.user), pk=pk)
    covered = {tuple(place) for place in found.scope}
    mine = places(request.user, Permission.EXPORT)
    if not all((programme, region) in mine or (programme, None) in mine for programme, region in covered):
        raise PermissionDenied
    if not found.is_ready or found.is_gone:
        raise Http404
    logger.info("export %s: downloaded by user %s, %s rows", found.number, request.user.pk, found.row_count)
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=found.file_name)

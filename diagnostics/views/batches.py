"""All plans of a cohort in one go: ask for them, watch, cancel, try again, take along; and one plan tried again."""

import io
import zipfile

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from diagnostics.actions import batches as actions
from diagnostics.forms.batches import BatchForm
from diagnostics.models import PlanBatch
from diagnostics.views.loading import plan_or_404, sent
from documents.models import Document
from portal.paging import paginate
from programmes.models import Programme

SHOWN_FAILURES = 50


def batches(request):
    """The batches there were, and the form that asks for one."""
    if not request.user.programmes_for(Permission.EXPORT):
        raise Http404
    mine = Programme.objects.filter(pk__in=_makes(request)).prefetch_related("regions").order_by("position", "name")
    form = BatchForm(sent(request), programmes=mine)
    if request.method == "POST":
        if not mine:
            raise PermissionDenied
        if form.is_valid():
            programme, region = form.chosen
            try:
                batch = actions.make_plans(
                    programme=programme, region=region, key=form.cleaned_data["key"], by=request.user, at=timezone.now()
                )
            except actions.UnableToMakePlans as error:
                form.add_error("cohort", str(error))
            else:
                return redirect("diagnostics:plan-batch", batch.pk)
    found = PlanBatch.objects.visible_to(request.user).counted().select_related("made_by")
    context = {
        "form": form,
        "may_make": bool(mine),
        "page": paginate(found, order=["-made_at", "-id"], cursor=request.GET.get("cursor", "")),
        "wide": True,
    }
    return TemplateResponse(request, "diagnostics/batches/list.html", context)


def _makes(request):
    """Programmes in which the person may order plans: whoever runs them and may take them along."""
    return request.user.programmes_for(Permission.EXPORT) & request.user.programmes_for(Permission.CONFIGURE)


def _batch_or_404(request, pk):
    found = PlanBatch.objects.visible_to(request.user).counted().select_related("programme", "region", "made_by")
    return get_object_or_404(found, pk=pk)


def _must_make(request, batch):
    if batch.programme_id not in _makes(request):
        raise PermissionDenied


def batch(request, pk):
    """How far one batch is. htmx asks for the middle of the page only."""
    found = _batch_or_404(request, pk)
    minutes = (timezone.now() - found.made_at).total_seconds() / 60
    context = {
        "batch": found,
        "done": found.done,
        "per_minute": round(found.made / minutes) if found.left and minutes else None,
        "failures": found.items.failed().select_related("document", "plan__assessment__case__organisation")[
            :SHOWN_FAILURES
        ],
        "may_make": found.programme_id in _makes(request),
        "wide": True,
    }
    template = "diagnostics/batches/_batch.html" if request.htmx else "diagnostics/batches/batch.html"
    return TemplateResponse(request, template, context)


@require_POST
def cancel(request, pk):
    found = _batch_or_404(request, pk)
    _must_make(request, found)
    actions.cancel(batch=found, by=request.user, at=timezone.now())
    messages.success(request, _("Cancelled. Plans that were not begun keep the version they had."))
    return redirect("diagnostics:plan-batch", pk)


@require_POST
def retry(request, pk):
    found = _batch_or_404(request, pk)
    _must_make(request, found)
    actions.try_failed_again(batch=found, by=request.user, at=timezone.now())
    messages.success(request, _("The failed plans are being made again."))
    return redirect("diagnostics:plan-batch", pk)


def archive(request, pk):
    """All PDFs that are there, as one ZIP file sent while it is written."""
    found = _batch_or_404(request, pk)
    made = Document.objects.filter(pk__in=found.items.made().values("document")).order_by("file_name")
    files = made.only("file", "file_name").iterator(chunk_size=100)
    name = f"plans-{slugify(found.title)}-{found.made_at:%Y-%m-%d}.zip"
    return StreamingHttpResponse(
        _zipped(files),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class _Outlet(io.RawIOBase):
    """What a ZIP file is written to; hands on what was written since it was asked last."""

    def __init__(self):
        super().__init__()
        self.parts = []

    def writable(self):
        return True

    def write(self, data):
        self.parts.append(bytes(data))
        return len(data)

    def taken(self):
        data, self.parts = b"".join(self.parts), []
        return data


def _zipped(documents):
    outlet = _Outlet()
    # PDFs are packed already: packing them again costs time and saves nothing.
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as packed:
        for document in documents:
            with document.file.open("rb") as stream:
                packed.writestr(document.file_name, stream.read())
            yield outlet.taken()
    yield outlet.taken()


@require_POST
def retry_plan(request, reference):
    """A plan's PDF that was given up is made again from the same frozen facts."""
    found = plan_or_404(request, reference)
    request.user.must(Permission.AGREE_PLAN, found.assessment.case)
    if actions.try_plan_again(plan=found, by=request.user, at=timezone.now()):
        messages.success(request, _("The PDF is being made again."))
    return redirect("diagnostics:staff-plan", reference)

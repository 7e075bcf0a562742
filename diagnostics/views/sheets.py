"""The table of a plan's actions as a spreadsheet: what the PDF of the same version says."""

import io

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from diagnostics.models import PlanVersion
from diagnostics.rendering import sheet
from diagnostics.views.loading import plan_or_404
from documents.checking import SHEET
from documents.writing import write_xlsx


def newest(request, reference):
    """The sheet of the plan's newest PDF."""
    return _sheet(plan_or_404(request, reference).document)


def version(request, reference, number):
    """The sheet of one version."""
    versions = PlanVersion.objects.visible_to(request.user).select_related("document")
    return _sheet(get_object_or_404(versions, plan=plan_or_404(request, reference), number=number).document)


def _sheet(document):
    """Made from frozen facts alone, so that the same version gives the same rows for ever."""
    frozen = document.context.get("sheet") if document else None
    if frozen is None:
        raise Http404
    stream = io.BytesIO()
    write_xlsx(stream, frozen["heads"], ([sheet.read(cell) for cell in row] for row in frozen["rows"]))
    name = document.file_name.removesuffix(".pdf") + ".xlsx"
    return HttpResponse(
        stream.getvalue(), content_type=SHEET, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )

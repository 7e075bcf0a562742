"""What shows that an answer is right: a file, a link or a note beside a question."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from diagnostics import actions
from diagnostics.forms.evidence import EvidenceForm
from diagnostics.models import Evidence
from diagnostics.views.answering import Sheet, frame, locked, to_answer, words
from documents import serving
from documents.checking import RefusedFile
from portal.words import keeps_words


@keeps_words
def add(request, reference, code):
    assessment = to_answer(request, reference)
    if assessment is None:
        return locked(request, reference)
    sheet = Sheet(assessment)
    asked = sheet.question(code)
    if asked is None or code not in sheet.course.visible:
        raise Http404
    typed = words(request)
    form = EvidenceForm(typed, request.FILES if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _added(request, assessment, code, form):
        messages.success(request, _("Added."))
        return redirect(f"{sheet.place_of(request, code).partition('#')[0]}#evidence-{code}")
    context = {
        **frame(assessment),
        "question": asked,
        "form": form,
        "back": sheet.place_of(request, code),
        "evidence": Evidence.objects.of_question(assessment, code),
        "is_restored": request.method == "GET" and typed is not None,
    }
    return TemplateResponse(request, "diagnostics/evidence.html", context)


def _added(request, assessment, code, form):
    said = form.cleaned_data
    try:
        actions.add_evidence(
            assessment=assessment, code=code, strength=said["strength"], file=said["file"], url=said["url"],
            note=said["note"], key=said["key"], by=request.user, at=timezone.now(),
        )  # fmt: skip
    except RefusedFile as error:
        form.add_error("file", str(error))
    except actions.UnableToKeepEvidence as error:
        form.add_error(None, str(error))
    return form.is_valid()


def remove(request, reference, evidence):
    assessment = to_answer(request, reference)
    if assessment is None:
        return locked(request, reference)
    rows = Evidence.objects.visible_to(request.user).select_related("upload", "assessment")
    row = get_object_or_404(rows, pk=evidence, assessment=assessment)
    sheet = Sheet(assessment)
    back = sheet.url("question", row.question_code)
    if request.method == "POST":
        try:
            actions.remove_evidence(evidence=row, by=request.user, at=timezone.now())
        except actions.UnableToKeepEvidence:
            return locked(request, reference)
        messages.success(request, _("Taken away."))
        return redirect(back)
    context = {**frame(assessment), "piece": row, "question": sheet.question(row.question_code), "back": back}
    return TemplateResponse(request, "diagnostics/remove_evidence.html", context)


def download(request, reference, evidence):
    """A file for whoever sees the answers: the firm, its adviser, the specialist who carries the diagnostic out."""
    rows = Evidence.objects.visible_to(request.user).live().select_related("upload")
    upload = get_object_or_404(rows, pk=evidence, kind=Evidence.Kind.FILE, assessment__case__reference=reference).upload
    return serving.attachment(request, upload)

"""The questionnaires of the diagnostic: their versions, what differs, and new ones from a file.

All programmes with a diagnostic share them, so whoever publishes one looks after all of those.
"""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from casework import programme_files, programme_scope
from casework.programme_differences import differences
from casework.programme_forms import YamlFileForm
from casework.programme_readable import lines
from diagnostics import loading
from diagnostics.models import Questionnaire, QuestionnaireVersion
from programmes.models import Instrument

WHAT = "questionnaire"


def _may_publish(user):
    """Whether the person configures every programme that has a diagnostic, and there is one."""
    programmes = set(
        Instrument.objects.filter(kind=Instrument.Kind.DIAGNOSTIC).values_list("programme", flat=True).distinct()
    )
    return bool(programmes) and programmes <= user.programmes_for(Permission.CONFIGURE)


def _must_read(request):
    if not programme_scope.readable(request.user):
        raise Http404


def _must_publish(request):
    _must_read(request)
    if not _may_publish(request.user):
        raise PermissionDenied


def _frame(request):
    rail = programme_scope.rail(request.user, timezone.now(), reverse("casework:questionnaires"))
    return {"rail": rail, "wide": True}


def index(request):
    """Every questionnaire with its versions; and the form that takes a file."""
    _must_read(request)
    form = YamlFileForm()
    if request.method == "POST":
        _must_publish(request)
        form = YamlFileForm(request.POST, request.FILES)
        if form.is_valid():
            name, text = form.cleaned_data["file"]
            sha256 = programme_files.keep(name=name, text=text, what=WHAT, user=request.user)
            return redirect("casework:questionnaire-publish", name=sha256)
    rows = Questionnaire.objects.order_by("code").prefetch_related("versions")
    context = {
        **_frame(request),
        "rows": [{"questionnaire": row, "versions": _newest_first(row.versions.all())} for row in rows],
        "form": form,
        "may_publish": _may_publish(request.user),
    }
    return TemplateResponse(request, "casework/programme_questionnaires.html", context)


def _newest_first(versions):
    return sorted(versions, key=lambda row: row.order, reverse=True)


@require_safe
def versions(request, code):
    """What differs between two versions; without a choice the newest beside the one before it."""
    _must_read(request)
    questionnaire = get_object_or_404(Questionnaire, code=code)
    rows = _newest_first(questionnaire.versions.all())
    by_number = {row.number: row for row in rows}
    after = by_number.get(request.GET.get("to", ""), rows[0] if rows else None)
    before = by_number.get(request.GET.get("from", ""), rows[1] if len(rows) > 1 else None)
    is_two = before is not None and before != after
    context = {
        **_frame(request),
        "questionnaire": questionnaire,
        "versions": rows,
        "before": before if is_two else None,
        "after": after,
        "lines": lines(differences(before.document, after.document)) if is_two else [],
    }
    return TemplateResponse(request, "casework/programme_questionnaire.html", context)


def publish(request, name):
    """What the kept file says and how it differs from the newest version (GET); publishing exactly it (POST)."""
    _must_publish(request)
    file = programme_files.kept(sha256=name, what=WHAT, user=request.user)
    if file is None:
        messages.info(request, _("The file is not kept any more. Choose it again."))
        return redirect("casework:questionnaires")
    document, problems = _checked(file)
    if request.method == "POST" and document:
        try:
            version, is_new = loading.load(document=document, at=timezone.now())
        except loading.UnableToLoad as error:
            problems = str(error).splitlines()
        else:
            words = _("Published %(version)s.") if is_new else _("%(version)s was published already.")
            messages.success(request, words % {"version": version})
            return redirect("casework:questionnaire", code=version.questionnaire.code)
    newest = QuestionnaireVersion.objects.newest(document["framework"]["code"]) if document else None
    context = {
        **_frame(request),
        "file": file,
        "problems": problems,
        "framework": document["framework"] if document else None,
        "counts": _counts(document) if document else [],
        "newest": newest,
        "lines": lines(differences(newest.document, document)) if newest else [],
    }
    return TemplateResponse(request, "casework/programme_questionnaire_load.html", context)


def _checked(file):
    try:
        return loading.parse(file.name, file.text), []
    except loading.UnableToLoad as error:
        return None, str(error).splitlines()


def _counts(document):
    parts = ((_("Groups"), "groups"), (_("Questions"), "questions"), (_("Barriers"), "barriers"))
    return [{"key": label, "value": len(document[name])} for label, name in parts]

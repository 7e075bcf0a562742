"""The questionnaires of the diagnostic: versions from a file, as drafts, published, compared, retired."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from casework import programme_files, programme_scope, waivers
from casework.programme_differences import differences
from casework.programme_forms import YamlFileForm
from casework.programme_readable import lines
from casework.programme_texts import language_name
from casework.questionnaire_forms import CompareForm
from casework.questionnaire_scope import frame, may_publish, must_publish, must_read, patch_rows, version_or_404
from diagnostics import actions, loading, revising, schema
from diagnostics.models import Questionnaire, QuestionnaireVersion, TextPatch
from programmes.models import Programme

WHAT = "questionnaire"
KINDS = {
    "profile": gettext_lazy("Fact"),
    "groups": gettext_lazy("Group"),
    "questions": gettext_lazy("Question"),
    "barriers": gettext_lazy("Barrier"),
    "actions": gettext_lazy("Action"),
}


def index(request):
    """Every questionnaire with its versions, the languages that they lack, and the form that takes a file."""
    must_read(request.user)
    form = YamlFileForm()
    if request.method == "POST":
        must_publish(request.user)
        form = YamlFileForm(request.POST, request.FILES)
        if form.is_valid():
            name, text = form.cleaned_data["file"]
            sha256 = programme_files.keep(name=name, text=text, what=WHAT, user=request.user)
            return redirect("casework:questionnaire-file", name=sha256)
    rows = Questionnaire.objects.order_by("code").prefetch_related("versions")
    mine = Programme.objects.filter(pk__in=programme_scope.readable(request.user)).order_by("name")
    lacks = waivers.lacks(mine, timezone.now())
    context = {
        **frame(request.user),
        "rows": [{"questionnaire": row, "versions": _newest_first(row.versions.all())} for row in rows],
        "form": form,
        "may_publish": may_publish(request.user),
        "lacks": lacks,
        "pressing": [lack for lack in lacks if lack.is_pressing],
    }
    return TemplateResponse(request, "casework/programme_questionnaires.html", context)


def _newest_first(versions):
    return sorted(versions, key=lambda row: row.order, reverse=True)


@require_safe
def compare(request, code):
    """What differs between two versions; without a choice the newest beside the one before it."""
    must_read(request.user)
    questionnaire = get_object_or_404(Questionnaire, code=code)
    rows = _newest_first(questionnaire.versions.all())
    if not rows:
        raise Http404
    by_number = {row.number: row for row in rows}
    form = CompareForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    after = by_number.get(chosen.get("newer"), rows[0])
    before = by_number.get(chosen.get("older"), next((row for row in rows if row.order < after.order), None))
    is_two = before is not None and before != after
    context = {
        **frame(request.user),
        "questionnaire": questionnaire,
        "versions": rows,
        "before": before if is_two else None,
        "after": after,
        "lines": lines(differences(before.document, after.document)) if is_two else [],
    }
    return TemplateResponse(request, "casework/programme_questionnaire.html", context)


def file(request, name):
    """What the kept file says and how it differs from the newest version; a POST keeps exactly it as a draft."""
    must_publish(request.user)
    kept = programme_files.kept(sha256=name, what=WHAT, user=request.user)
    if kept is None:
        messages.info(request, _("The file is not kept any more. Choose it again."))
        return redirect("casework:questionnaires")
    document, problems = _checked(kept)
    if request.method == "POST" and document:
        try:
            draft = actions.save_draft(document=document, by=request.user, at=timezone.now())
        except actions.UnableToPublish as error:
            problems = _with_lines(kept, error.problems)
        else:
            messages.success(request, _("Kept as a draft. Nobody answers it before it is published."))
            return redirect("casework:questionnaire-version", draft.questionnaire.code, draft.number)
    newest = QuestionnaireVersion.objects.newest(document["framework"]["code"]) if document else None
    context = {
        **frame(request.user),
        "file": kept,
        "problems": problems,
        "framework": document["framework"] if document else None,
        "counts": _counts(document) if document else [],
        "newest": newest,
        "lines": lines(differences(newest.document, document)) if newest else [],
    }
    return TemplateResponse(request, "casework/programme_questionnaire_load.html", context)


def _checked(kept):
    """(the document, why it cannot be kept): the rules of versions are looked at before anybody presses a button."""
    try:
        document = loading.parse(kept.name, kept.text)
    except loading.UnableToLoad as error:
        return None, str(error).splitlines()
    questionnaire = Questionnaire.objects.filter(code=document["framework"]["code"]).first()
    earlier = loading.frozen_documents(questionnaire) if questionnaire else []
    return document, _with_lines(kept, revising.problems(earlier, document))


def _with_lines(kept, problems):
    return [f"{kept.name}: {problem}" for problem in loading.located(kept.text, problems)]


def _counts(document):
    parts = ((_("Groups"), "groups"), (_("Questions"), "questions"), (_("Barriers"), "barriers"))
    minutes = document["framework"]["typical_minutes"]["self_assessment"]
    return [
        *({"key": label, "value": len(document[name])} for label, name in parts),
        {"key": _("Minutes"), "value": minutes},
    ]


@require_safe
def version(request, code, number):
    """One version: who brought it when, what it lacks before it can be published, and every word corrected since."""
    row = version_or_404(request.user, code, number)
    return _version_page(request, row)


def _version_page(request, row, problems=()):
    earlier = [document for document in loading.frozen_documents(row.questionnaire) if document != row.document]
    newest = QuestionnaireVersion.objects.newest(row.questionnaire.code) if row.is_draft else None
    found = list(problems)
    if row.is_draft and not found:
        found = revising.problems(earlier, row.document) + schema.unready(row.document)
    gone = revising.gone(newest.document, row.document) if newest else []
    context = {
        **frame(request.user),
        "questionnaire": row.questionnaire,
        "version": row,
        "framework": row.document["framework"],
        "counts": _counts(row.document),
        "languages": [language_name(each) for each in row.languages],
        "problems": found,
        "gone": [{"kind": KINDS[each.kind], "code": each.code} for each in gone],
        "newest": newest,
        "lines": lines(differences(newest.document, row.document)) if newest else [],
        "patches": patch_rows(TextPatch.objects.filter(version=row)),
        "may_publish": may_publish(request.user),
    }
    return TemplateResponse(request, "casework/programme_questionnaire_version.html", context)


@require_POST
def publish(request, code, number):
    """Publishing exactly the text that the page showed."""
    must_publish(request.user)
    row = version_or_404(request.user, code, number)
    try:
        row = actions.publish(version=row, sha256=request.POST.get("sha256", ""), by=request.user, at=timezone.now())
    except actions.UnableToPublish as error:
        return _version_page(request, row, error.problems)
    except actions.UnableToChangeVersion as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Published: %(version)s. The next diagnostic takes it.") % {"version": row})
    return redirect("casework:questionnaire-version", code, number)


@require_POST
def retire(request, code, number):
    must_publish(request.user)
    row = version_or_404(request.user, code, number)
    try:
        actions.retire(version=row, by=request.user, at=timezone.now())
    except actions.UnableToChangeVersion as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Retired. Diagnostics that have begun on it keep it."))
    return redirect("casework:questionnaire-version", code, number)

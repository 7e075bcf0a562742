"""A version's words: as a firm reads them, all in a list, and one of them corrected."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from casework.programme_texts import language_name
from casework.questionnaire_forms import FindTextForm, PatchForm
from casework.questionnaire_scope import frame, may_publish, must_publish, patch_rows, version_or_404
from diagnostics import actions, conditions, scoring, texts
from diagnostics.forms.answers import QuestionForm
from diagnostics.models import TextPatch
from diagnostics.progress import progress

MOST_TEXTS = 60


@require_safe
def preview(request, code, number, question=None):
    """A question page as a firm sees it, every question of the version in turn. Nothing is kept."""
    row = version_or_404(request.user, code, number)
    languages = actions.patchable_languages(row)
    chosen = request.GET.get("language", "")
    language = chosen if chosen in languages else languages[0]
    document = row.in_language(language)
    asked = [*document["questions"], *document["barriers"]]
    by_code = {item["code"]: item for item in asked}
    if question is not None and question not in by_code:
        raise Http404
    item = by_code[question or asked[0]["code"]]
    states = [{"code": each["code"], "status": scoring.UNANSWERED} for each in asked]
    course = progress(document, states)
    form = QuestionForm(document=document, question=item, answer=None)
    group = item.get("group", "BR")
    context = {
        **frame(request.user),
        "version": row,
        "question": item,
        "group": next((each for each in document["groups"] if each["code"] == group), None),
        "form": form,
        "course": course,
        "row": {"number": course.number(item["code"])},
        "before": course.before(item["code"]),
        "after": course.after(item["code"]),
        "conditions": _conditions(document, item),
        "text_language": language,
        "languages": [{"code": each, "name": language_name(each)} for each in languages],
    }
    return TemplateResponse(request, "casework/programme_questionnaire_preview.html", context)


def _conditions(document, question):
    """What decides whether a firm is asked: the facts and earlier questions in their own words."""
    if not question.get("applies_if"):
        return []
    facts = {fact["code"]: fact["label"] for fact in document["profile"]}
    titles = {item["code"]: item["title"] for item in document["questions"]}
    leaves = [leaf for _path, leaf in conditions.leaves(question["applies_if"])]
    return [facts[leaf["fact"]] if "fact" in leaf else titles[leaf["question"]] for leaf in leaves]


@require_safe
def words(request, code, number):
    """Texts of a version to choose from: those with the words looked for, in one language."""
    row = version_or_404(request.user, code, number)
    languages = actions.patchable_languages(row)
    form = FindTextForm(request.GET, languages=[(each, language_name(each)) for each in languages])
    chosen = form.cleaned_data if form.is_valid() else {}
    language = chosen.get("language") or languages[0]
    wanted = (chosen.get("search") or "").casefold()
    found = [
        {"path": path, "text": text, "is_patched": path in row.patched.get(language, {})}
        for path, text in texts.texts(row.in_language(language)).items()
        if wanted in text.casefold() or wanted in path.casefold()
    ]
    context = {
        **frame(request.user),
        "version": row,
        "form": form,
        "text_language": language,
        "rows": found[:MOST_TEXTS],
        "count": len(found),
        "more": max(0, len(found) - MOST_TEXTS),
        "may_change": row.is_published and may_publish(request.user),
    }
    return TemplateResponse(request, "casework/programme_questionnaire_words.html", context)


def patch(request, code, number, language, path):
    """One text in one language: what it says, what it said before, and the form that corrects it."""
    row = version_or_404(request.user, code, number)
    current = texts.texts(row.in_language(language)).get(path)
    if current is None or language not in actions.patchable_languages(row):
        raise Http404
    form = PatchForm(request.POST or None, initial={"after": current, "seen": current})
    if request.method == "POST":
        must_publish(request.user)
        if form.is_valid() and _saved(request, row, language, path, form):
            return redirect("casework:questionnaire-version", code, number)
    elif not row.is_published:
        raise PermissionDenied
    context = {
        **frame(request.user),
        "version": row,
        "text_language": language,
        "language_name": language_name(language),
        "path": path,
        "current": current,
        "published": texts.texts(row.document)[path],
        "form": form,
        "may_change": may_publish(request.user),
        "patches": patch_rows(TextPatch.objects.filter(version=row, path=path)),
    }
    return TemplateResponse(request, "casework/programme_questionnaire_patch.html", context)


def _saved(request, row, language, path, form):
    try:
        actions.patch_text(
            version=row, language=language, path=path, before=form.cleaned_data["seen"],
            after=form.cleaned_data["after"].replace("\r\n", "\n"), reason=form.cleaned_data["reason"],
            by=request.user, at=timezone.now(),
        )  # fmt: skip
    except actions.UnableToPatch as error:
        form.add_error("after", str(error))
        return False
    messages.success(request, _("Saved. Firms read the new words from now on."))
    return True

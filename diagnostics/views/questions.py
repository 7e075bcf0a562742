"""Answering: one question a page, or a whole part on one. Saved at once; nobody's words are lost."""

from functools import wraps

from django.contrib import messages
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from diagnostics import actions
from diagnostics.forms.answers import QuestionForm, mark_of, said
from diagnostics.forms.colleagues import ViewForm
from diagnostics.models import Evidence
from diagnostics.views.answering import VIEW_COOKIE, Sheet, frame, locked, not_saved, remember_view, to_answer, words
from portal.templatetags.portal_tags import clock
from portal.words import keeps_words

AUTOSAVE = "X-Autosave"
"""Header of a save that the page makes by itself; it is answered with a few words instead of a page."""


def closed_once_sent(view):
    """Somebody may send the diagnostic while a page of it is open elsewhere."""

    @wraps(view)
    def answered(request, reference, **names):
        try:
            return view(request, reference, **names)
        except actions.UnableToAnswer:
            return _closed(request, reference)

    return answered


@keeps_words
@closed_once_sent
def question(request, reference, code):
    """One question. A colleague's answer that came in between is shown beside the words of this page."""
    assessment = to_answer(request, reference)
    if assessment is None:
        return _closed(request, reference)
    sheet = Sheet(assessment)
    asked = sheet.question(code)
    if asked is None:
        raise Http404
    if code not in sheet.course.visible:
        why = _("We do not ask you this question, because of what you told us about your business.")
        return not_saved(request, assessment, why, status=404)
    answer = sheet.answers.get(code)
    typed = words(request)
    form = QuestionForm(typed, document=sheet.document, question=asked, answer=answer)
    conflict = None
    if request.method == "POST":
        saved, conflict = _save(request, assessment, code, form)
        if AUTOSAVE in request.headers:
            return _told(sheet, code, form, saved, conflict, request.user)
        if saved:
            return redirect(_after(request, sheet, code))
        if conflict:
            form = form.on_top_of(conflict)
    context = {
        **frame(assessment),
        "question": asked,
        "group": sheet.group(sheet.group_of[code]),
        "sheet": sheet,
        "course": sheet.course,
        "row": _row(sheet, asked, form, conflict),
        "form": form,
        "before": sheet.course.before(code),
        "carried": len(sheet.carried_of(sheet.group_of[code])),
        "evidence": Evidence.objects.of_question(assessment, code),
        "saved_at": sheet.saved_at(request.user),
        "is_restored": request.method == "GET" and typed is not None,
    }
    return TemplateResponse(request, "diagnostics/question.html", context)


def _closed(request, reference):
    if AUTOSAVE in request.headers:
        return JsonResponse({"text": _("Your diagnostic has been sent, so this is not saved any more.")}, status=423)
    return locked(request, reference)


def _save(request, assessment, code, form):
    """(the answer as kept, None), or (None, the newer answer of somebody else), or neither for a form with errors."""
    if not form.is_valid():
        return None, None
    try:
        saved = actions.save_answer(
            assessment=assessment, code=code, reply=form.reply, row_version=form.cleaned_data["row_version"],
            by=request.user, at=timezone.now(),
        )  # fmt: skip
    except actions.AnswerChanged as error:
        return None, error.answers[0]
    return saved, None


def _told(sheet, code, form, saved, conflict, user):
    """What a page that saves by itself is told."""
    if saved:
        group = sheet.group_of[code]
        return JsonResponse(
            {
                "text": _("Saved at %(time)s") % {"time": clock(timezone.localtime(saved.answered_at))},
                "row_version": saved.row_version,
                "was": mark_of(said(saved), saved.note),
                "asked": Sheet(sheet.assessment).asked_of(group),
            }
        )
    if conflict:
        return JsonResponse({"text": f"{_in_between(conflict, user)} {_('Save to see both answers.')}"}, status=409)
    return JsonResponse({"text": f"{_('Not saved yet.')} {form.first_error}."}, status=422)


def _in_between(conflict, user):
    if conflict.answered_by_id == user.pk:
        return _("You have answered this in another window since you opened it here.")
    name = conflict.answered_by.get_short_name() if conflict.answered_by else _("Somebody")
    return _("%(name)s has answered this since you opened it.") % {"name": name}


def _row(sheet, asked, form, conflict):
    """One question as both kinds of page show it."""
    code = asked["code"]
    answer = sheet.answers.get(code)
    return {
        "question": asked,
        "form": form,
        "number": sheet.course.number(code),
        "answer": answer if answer and answer.answered_at and not answer.carried_from else None,
        "carried": bool(sheet.said_before(code)),
        "carried_from": answer.carried_from if answer else "",
        "said_before": sheet.said_before(code),
        "note_before": answer.note if answer else "",
        "conflict": conflict,
        "conflict_label": sheet.label(code, conflict) if conflict else "",
        "pieces": sheet.evidence[code],
    }


def _after(request, sheet, code):
    """Back to the check when the firm came from there, else on to the next question."""
    following = sheet.course.after(code)
    if "check" in request.GET or following is None:
        return sheet.url("check")
    return sheet.url("question", following)


# --- A whole part -------------------------------------------------------------------------------
@keeps_words
@closed_once_sent
def part(request, reference, group):
    """Every question of a part on one page. What can be saved is saved; the rest keeps its words and says why."""
    assessment = to_answer(request, reference)
    if assessment is None:
        return locked(request, reference)
    sheet = Sheet(assessment)
    shown = sheet.group(group)
    if shown is None:
        raise Http404
    typed = words(request)
    forms, conflicts = _forms(sheet, group, typed), {}
    if request.method == "POST":
        conflicts, wrong = _save_part(request, sheet, forms)
        sheet = Sheet(assessment)
        if not (conflicts or wrong):
            return _on_from(request, sheet, group)
        kept = {code: form for code, form in forms.items() if code in wrong}
        kept |= {code: forms[code].on_top_of(newer) for code, newer in conflicts.items()}
        forms = {**_forms(sheet, group, None), **kept}
    rows = [_row(sheet, sheet.question(code), forms[code], conflicts.get(code)) for code in sheet.asked_of(group)]
    if not rows:
        return redirect("diagnostics:start", reference)
    context = {
        **frame(assessment),
        "group": shown,
        "sheet": sheet,
        "course": sheet.course,
        "rows": rows,
        "conflicts": conflicts,
        "has_errors": any(row["form"].errors for row in rows),
        "carried": len(sheet.carried_of(group)),
        "saved_at": sheet.saved_at(request.user),
        "is_restored": request.method == "GET" and typed is not None,
    }
    return TemplateResponse(request, "diagnostics/part.html", context)


def _forms(sheet, group, typed):
    """A form for each question that is asked or was sent, with the words that were sent where somebody touched them."""
    forms = {}
    for code in (code for code, of in sheet.group_of.items() if of == group):
        parts = {
            "document": sheet.document, "question": sheet.question(code), "answer": sheet.answers.get(code),
            "prefix": code,
        }  # fmt: skip
        form = QuestionForm(**parts)
        if typed and f"{code}-row_version" in typed:
            bound = QuestionForm(typed, **parts)
            form = bound if bound.is_touched or sheet.said_before(code) else form
        forms[code] = form
    return forms


def _save_part(request, sheet, forms):
    """Newer answers of somebody else by code, and the codes of forms with errors. A question that is not asked any more
    keeps its answer too: it only does not count."""
    sent_forms = {code: form for code, form in forms.items() if form.is_bound}
    wrong = [code for code, form in sent_forms.items() if not form.is_valid()]
    replies = {
        code: (form.reply, form.cleaned_data["row_version"]) for code, form in sent_forms.items() if code not in wrong
    }
    changed = actions.save_answers(assessment=sheet.assessment, replies=replies, by=request.user, at=timezone.now())
    return {answer.question_code: answer for answer in changed}, wrong


def _on_from(request, sheet, group):
    """Back to what is still open in this part, else to the next part, at the end to the check."""
    waiting = sheet.open_of(group)
    if waiting:
        count = len(waiting)
        messages.info(
            request,
            ngettext(
                "Saved. %(count)d question of this part is still open.",
                "Saved. %(count)d questions of this part are still open.",
                count,
            )
            % {"count": count},
        )
        return redirect(f"{sheet.url('part', group)}#{waiting[0]}")
    codes = [item["code"] for item in sheet.groups]
    following = codes[codes.index(group) + 1 :] if group in codes else []
    if "check" in request.GET or not following:
        return redirect(sheet.url("check"))
    return redirect(sheet.url("part", following[0]))


# --- Brought from before ------------------------------------------------------------------------
@require_POST
@closed_once_sent
def confirm(request, reference, code):
    """ "Yes, still right": one click for one answer."""
    return _confirm(request, reference, lambda sheet: [code], lambda sheet: _after(request, sheet, code))


@require_POST
@closed_once_sent
def confirm_part(request, reference, group):
    """The same for everything of a part that was brought along."""
    return _confirm(
        request, reference, lambda sheet: sheet.carried_of(group), lambda sheet: _next_of(request, sheet, group)
    )


def _confirm(request, reference, codes, then):
    assessment = to_answer(request, reference)
    if assessment is None:
        return locked(request, reference)
    sheet = Sheet(assessment)
    chosen = codes(sheet)
    if any(code not in sheet.course.visible for code in chosen):
        raise Http404
    count = actions.confirm(assessment=assessment, codes=chosen, by=request.user, at=timezone.now())
    if count > 1:
        messages.success(request, _("%(count)d answers confirmed.") % {"count": count})
    return redirect(then(Sheet(assessment)))


def _next_of(request, sheet, group):
    """What is still open in the part, else the list of parts."""
    waiting = sheet.open_of(group)
    return sheet.place_of(request, waiting[0]) if waiting else sheet.url("start")


# --- One by one, or together --------------------------------------------------------------------
@require_POST
def choose_view(request, reference):
    """Remember how this person likes to answer on this device, and show the part in that way."""
    assessment = to_answer(request, reference)
    if assessment is None:
        return locked(request, reference)
    form = ViewForm(request.POST)
    sheet = Sheet(assessment)
    if not form.is_valid() or not sheet.asked_of(form.cleaned_data["group"]):
        raise Http404
    group, view = form.cleaned_data["group"], form.cleaned_data["view"]
    request.COOKIES[VIEW_COOKIE] = view
    response = redirect(sheet.start_of(request, group))
    remember_view(response, view)
    return response

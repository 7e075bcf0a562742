"""Leave for a programme to open a questionnaire before one of its languages is complete."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from casework import programme_scope
from casework.programme_texts import language_name
from casework.questionnaire_forms import EndWaiverForm, WaiverForm
from casework.questionnaire_scope import frame
from diagnostics import actions
from diagnostics.actions.waivers import open_waiver
from diagnostics.models import LanguageWaiver, Questionnaire


def waiver(request, slug, code, language):
    """The leave that there is; giving it, moving its last day, ending it now (`end`)."""
    programme = programme_scope.found(request.user, slug, to_change=request.method == "POST")
    questionnaire = get_object_or_404(Questionnaire, code=code)
    current = open_waiver(programme, questionnaire, language)
    is_end = "end" in request.POST
    data = request.POST or None
    form = WaiverForm(None if is_end else data, initial={"until_on": current.until_on} if current else {})
    end_form = EndWaiverForm(data if is_end else None, prefix="end")
    if request.method == "POST":
        done = _end(request, current, end_form) if is_end else _give(request, programme, questionnaire, language, form)
        if done:
            return redirect("casework:questionnaires")
    former = LanguageWaiver.objects.filter(programme=programme, questionnaire=questionnaire, language=language)
    context = {
        **frame(request.user),
        "programme": programme,
        "questionnaire": questionnaire,
        "language_name": language_name(language),
        "waiver": current,
        "days_left": (current.until_on - programme.local_date(timezone.now())).days if current else None,
        "form": form,
        "end_form": end_form,
        "may_change": programme_scope.may_change(request.user, programme),
        "former": former.exclude(ended_at=None).select_related("ended_by").order_by("-id")[:20],
    }
    return TemplateResponse(request, "casework/programme_questionnaire_waiver.html", context)


def _give(request, programme, questionnaire, language, form):
    if not form.is_valid():
        return False
    try:
        actions.waive_language(
            programme=programme, questionnaire=questionnaire, language=language, by=request.user, at=timezone.now(),
            **form.cleaned_data,
        )  # fmt: skip
    except actions.UnableToWaive as error:
        form.add_error("until_on", str(error))
        return False
    messages.success(request, _("Saved. It stands in the programme’s history."))
    return True


def _end(request, current, form):
    if not form.is_valid():
        return False
    if current:
        actions.end_waiver(waiver=current, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    messages.success(request, _("Ended. No diagnostic can begin in this programme until the language is complete."))
    return True

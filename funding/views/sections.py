"""The sections of words: one page each, saved field by field while somebody writes. Nobody's words are lost."""

from datetime import datetime

from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from funding import actions, quoting, sheet
from funding.actions.planning import number_of
from funding.forms import ConflictsForm, DatesForm, ProjectForm, SubsidyForm
from funding.views.firm import back_of, locked, page
from funding.views.loading import to_edit
from portal.templatetags.portal_tags import clock, date_parts, kind
from portal.words import keeps_words, words_of

AUTOSAVE = "X-Autosave"
"""Header of a save that the page makes by itself; it names the field and is answered with a few words."""


@keeps_words
def project(request, reference, number):
    return _answers(request, to_edit(request, reference, number), "project", ProjectForm)


@keeps_words
def dates(request, reference, number):
    application = to_edit(request, reference, number)
    facts = {
        "today": application.case.programme.local_date(timezone.now()),
        "programme": application.case.programme,
        "needs_partner": quoting.terms_of(application.call).research_partner,
    }
    return _answers(request, application, "dates", DatesForm, **facts)


@keeps_words
def subsidy(request, reference, number):
    return _answers(request, to_edit(request, reference, number), "subsidy", SubsidyForm)


@keeps_words
def conflicts(request, reference, number):
    return _answers(request, to_edit(request, reference, number), "conflicts", ConflictsForm)


def _answers(request, application, section, make, **facts):
    """Show a section or keep its answers and go on; where somebody was faster, both answers stand side by side."""
    posted = request.method == "POST"
    if not posted and not application.may_change(section):
        return locked(request, application)
    typed = request.POST if posted else words_of(request)
    form = make(typed, instance=application, **facts)
    if posted and AUTOSAVE in request.headers:
        return _told(request, application, section, form)
    now, newer = application, []
    if posted and form.is_valid():
        try:
            now, newer = _save(request, application, section, form.answers)
        except actions.UnableToChange as error:
            # The page stays, so that what was written can be copied.
            form.add_error(None, str(error))
        else:
            if not newer:
                return redirect(back_of(request), application.case.reference, application.number)
    own = [save for save in now.saves.values() if save["by"] == request.user.pk]
    return page(
        request, "funding/section.html", application, form=form, title=quoting.SECTIONS[section], section=section,
        asked=application.sent_back.get(section, ""),
        rows=list(_rows(form, now, newer, request.user)), is_restored=not posted and typed is not None,
        back=reverse(back_of(request), args=[application.case.reference, application.number]),
        saved_at=max((datetime.fromisoformat(save["at"]) for save in own), default=None),
    )  # fmt: skip


def _save(request, application, section, answers):
    seen = {field: _whole(request.POST.get(f"saved_{field}", "")) for field in answers}
    return actions.save_section(
        application=application, section=section, answers=answers, seen=seen, by=request.user, at=timezone.now()
    )


def _whole(text):
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _told(request, application, section, form):
    """What a page that saves by itself is told."""
    field = request.headers[AUTOSAVE]
    if field not in form.fields or form.saved_as:
        raise Http404
    answer = form.answer(field)
    if answer is None:
        return JsonResponse({"text": f"{_('Not saved yet.')} {form.errors[field][0]}."}, status=422)
    try:
        now, newer = _save(request, application, section, answer)
    except actions.UnableToChange as error:
        return JsonResponse({"text": f"{_('Not saved yet.')} {error}"}, status=423)
    if newer:
        text = f"{_in_between(now.saves[field], request.user)} {_('Save to see both answers.')}"
        return JsonResponse({"text": text}, status=409)
    text = _("Saved at %(time)s") % {"time": clock(timezone.localtime())}
    return JsonResponse({"text": text, "values": {f"saved_{field}": number_of(now, field)}})


def _in_between(save, user):
    if save["by"] == user.pk:
        return _("You have answered this in another window since you opened it here.")
    return _("%(name)s has answered this since you opened it.") % {"name": save["name"]}


def _rows(form, application, newer, user):
    """The fields of a page, each with what it is saved as and the newer answer that stands in its way."""
    told = set()
    for bound in form.visible_fields():
        field = form.saved_as or bound.name
        row = {"field": bound, "names": _names(bound), "is_saved_alone": not form.saved_as}
        if field not in told:
            row |= {"saved": field, "number": number_of(application, field)}
            if field in newer:
                value = sheet.value_of(application, field)
                row["newer"] = {"said": _in_between(application.saves[field], user), "value": value}
        told.add(field)
        yield row


def _names(bound):
    """What the boxes of a field are called in the page."""
    return " ".join(part.name for part in date_parts(bound)) if kind(bound) == "date" else bound.html_name

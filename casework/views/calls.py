"""A call's settings beside its window, copying a call, and publishing the copy."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications.models import Case
from casework import programme_scope
from casework.call_forms import PARTS, CopyForm
from casework.views.programme_money import found_call, has_begun, say, theirs_of
from funding import actions as funding_actions
from funding.models import Award
from programmes import actions


def part(request, slug, pk, code):
    """One group of settings."""
    if code not in PARTS:
        raise Http404
    programme, call = found_call(request, slug, pk)
    form = PARTS[code](request.POST or None, call=call)
    theirs = []
    if request.method == "POST" and form.is_valid():
        try:
            changed = actions.change_call(
                call=call, values=form.values, seen=form.cleaned_data["seen"], reason=form.cleaned_data["reason"],
                committed_to=Award.objects.committed_to, has_begun=has_begun, by=request.user, at=timezone.now(),
            )  # fmt: skip
        except actions.ChangedMeanwhile as error:
            call.refresh_from_db()
            values = form.data.copy()
            values["seen"] = actions.shown(call, form.changes)
            form = PARTS[code](values, call=call)
            form.add_error(None, str(error))
            theirs = theirs_of(call, error.fields, programme)
        except actions.UnableToChange as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            say(request, changed)
            return redirect("casework:programme-call", slug, pk)
    return _form_page(request, programme, call, form, form.title, theirs)


def copy(request, slug, pk):
    programme, call = found_call(request, slug, pk)
    form = CopyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        opens_at, closes_at = form.moments(call)
        try:
            draft = actions.copy_call(
                call=call, name=form.cleaned_data["name"], opens_at=opens_at, closes_at=closes_at, by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except actions.UnableToChange as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, _("This is your draft. Firms do not see it until you publish it."))
            return redirect("casework:programme-call", slug, draft.pk)
    return _form_page(request, programme, call, form, _("Copy this call"), [])


@require_POST
def publish(request, slug, pk):
    _programme, call = found_call(request, slug, pk)
    try:
        if actions.publish_call(call=call, by=request.user, at=timezone.now()):
            messages.success(request, _("Published. Firms read it on the programme’s page."))
    except actions.UnableToChange as error:
        messages.error(request, str(error))
    return redirect("casework:programme-call", slug, pk)


@require_POST
def try_out(request, slug, pk):
    """Walk the call as an applicant, with a firm that counts nowhere."""
    programme, _call = found_call(request, slug, pk)
    case = funding_actions.try_out(programme=programme, by=request.user, at=timezone.now())
    messages.info(request, _("You are now an applicant with a test firm. Choose the call that you want to try."))
    return redirect("funding:start", case.reference)


@require_POST
def stop_trying(request, reference):
    cases = Case.objects.visible_to(request.user).filter(is_test=True, created_by=request.user)
    case = get_object_or_404(cases.select_related("programme"), reference=reference)
    funding_actions.stop_trying(case=case, by=request.user, at=timezone.now())
    messages.success(request, _("What you tried is gone."))
    return redirect("casework:programme-money", case.programme.slug)


def _form_page(request, programme, call, form, title, theirs):
    context = {
        **programme_scope.frame(request.user, programme, timezone.now(), "programme-money"),
        "call": call, "form": form, "theirs": theirs, "title": title,
    }  # fmt: skip
    return TemplateResponse(request, "casework/programme_call_part.html", context)

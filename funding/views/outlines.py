"""The firm's outline: start, one page a question, check and send, withdraw, and what the advisers say."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from applications.actions import has_confirmed_email
from funding import actions, wording
from funding.forms import OutlineChangeForm, OutlineCostForm, OutlineDatesForm, OutlineProblemForm, StartForm
from funding.models import Outline
from funding.outlining import rows_of
from portal.words import keeps_words, words_of
from portal.workflow import IllegalMove

PAGES = {
    "problem": (gettext_lazy("The problem"), OutlineProblemForm),
    "change": (gettext_lazy("The change"), OutlineChangeForm),
    "cost": (gettext_lazy("Cost and supplier"), OutlineCostForm),
    "dates": (gettext_lazy("Dates"), OutlineDatesForm),
}
"""The pages in their order."""


def outline_or_404(request, reference, pk):
    """The outline for the firm's own people; staff have a page of their own."""
    outlines = Outline.objects.visible_to(request.user).with_context()
    found = get_object_or_404(outlines, case__reference=reference, pk=pk)
    if not request.user.can(Permission.EDIT_APPLICATION, found.case):
        raise Http404
    return found


def _page(request, template, outline, **context):
    context |= {"outline": outline, "case": outline.case, "programme": outline.case.programme}
    return TemplateResponse(request, template, context)


def outline(request, reference, outline):
    """While it may be changed the summary, from which it is sent; afterwards where it stands and what was said."""
    found = outline_or_404(request, reference, outline)
    application = found.applications.standing().select_related("case").first()
    rows = list(rows_of(found))
    is_told = found.status in (Outline.Status.NOT_YET, Outline.Status.READY)
    return _page(
        request, "funding/outline.html", found, rows=rows, application=application,
        next_page=next((row.url for row in rows if row.is_missing), ""),
        opinions=found.opinions.of_last_sending().order_by("side") if is_told else [],
        may_sign=request.user.can(Permission.SIGN, found.case), confirmed=has_confirmed_email(request.user),
        closed=_closed(found), start=_start_form(found, application),
        may_withdraw=_may_withdraw(request.user, found, application),
    )  # fmt: skip


def _closed(outline):
    if outline.case.is_test or outline.call.is_open(timezone.now()):
        return ""
    return wording.closed_text(outline)


def _may_withdraw(user, outline, application):
    is_live = outline.status != Outline.Status.WITHDRAWN and application is None
    return is_live and user.can(Permission.WITHDRAW, outline.case)


def _start_form(outline, application):
    """The button that starts the application, where the outline may carry one now."""
    if outline.status != Outline.Status.READY or application or _closed(outline):
        return None
    call = str(outline.call_id)
    form = StartForm(calls={call: (call, call)})
    args = [outline.case.reference]
    name = "funding:start"
    if outline.plan_action_id:
        name, args = "funding:start-for-action", [*args, outline.plan_action_id]
    form.submit_label = _("Start your application")
    form.helper.form_action = reverse(name, args=args)
    return form


def locked(request, outline):
    messages.info(request, _("Your outline has been sent, so it cannot be changed now."))
    return redirect(outline)


@keeps_words
def outline_page(request, reference, outline, code):
    """One page of answers; where somebody was faster, both answers stand side by side."""
    found = outline_or_404(request, reference, outline)
    if code not in PAGES:
        raise Http404
    if not found.is_editable:
        return locked(request, found)
    title, make = PAGES[code]
    posted = request.method == "POST"
    typed = request.POST if posted else words_of(request)
    now = {"seen": found.digest(make.names), "typed_by": request.user.pk}
    newer = list(rows_of(found, make.names))
    facts = {"today": found.case.programme.local_date(timezone.now())} if code == "dates" else {}
    form = make(typed, instance=found, initial=now, **facts)
    is_newer = False
    if posted and form.is_valid():
        try:
            is_newer = not actions.save_outline(outline=found, answers=form.answers, seen=form.cleaned_data["seen"])
        except actions.UnableToChange:
            return locked(request, found)
        if not is_newer:
            return _onwards(request, found, code)
        form.data = {**request.POST.dict(), "seen": now["seen"]}
    return _page(
        request, "funding/outline_page.html", found, form=form, title=title, newer=newer if is_newer else [],
        is_restored=not posted and typed is not None,
    )  # fmt: skip


def _onwards(request, outline, code):
    """The next page that still has something to write; the summary when there is none, or the firm came from there."""
    missing = outline.missing
    codes = list(PAGES)
    for later in codes[codes.index(code) + 1 :] if request.GET.get("from") != "check" else []:
        if set(PAGES[later][1].names) & set(missing):
            return redirect("funding:outline-page", outline.case.reference, outline.pk, later)
    return redirect(outline)


@require_POST
def send(request, reference, outline):
    found = outline_or_404(request, reference, outline)
    request.user.must(Permission.SIGN, found.case)
    try:
        actions.send_outline(outline=found, by=request.user, at=timezone.now())
    except IllegalMove:
        pass  # the second click of a double click: the first has sent it
    except actions.UnableToSubmit as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("You have sent your outline."))
    return redirect(found)


def withdraw(request, reference, outline):
    found = outline_or_404(request, reference, outline)
    request.user.must(Permission.WITHDRAW, found.case)
    if request.method != "POST":
        return _page(request, "funding/outline_withdraw.html", found)
    try:
        actions.withdraw_outline(outline=found, by=request.user, at=timezone.now())
    except IllegalMove:
        messages.info(request, _("This outline has ended already."))
    except actions.UnableToChange as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("You have withdrawn your outline."))
    return redirect("funding:list", reference)

"""A refusal looked at again: the firm asks, another approver answers."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from funding import actions
from funding.actions.appeals import last_day
from funding.forms import AppealAnswerForm, AppealForm
from funding.models import Appeal
from funding.views.firm import page
from funding.views.loading import application_or_404, to_work_on
from portal.workflow import IllegalMove


def appeal(request, reference, number):
    application = application_or_404(request, reference, number)
    request.user.must(Permission.SIGN, application.case)
    until = last_day(application)
    known = Appeal.objects.visible_to(request.user).filter(application=application).order_by("-pk").first()
    if until is None or (known and known.decision_at == application.decided_at):
        return redirect(application)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.appeal(application=application, text=form.cleaned_data["text"], by=request.user, at=timezone.now())
        except actions.UnableToAppeal as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("We have your words. Somebody who did not decide looks at it again."))
            return redirect(application)
    return page(request, "funding/appeal.html", application, form=form, until=until)


def answer(request, reference, number):
    application = to_work_on(request, reference, number, Permission.APPROVE_GRANT)
    appeals = Appeal.objects.visible_to(request.user).filter(application=application)
    found = appeals.select_related("made_by", "refused_by").order_by("-pk").first()
    if found is None:
        raise Http404
    if found.status != Appeal.Status.MADE:
        return redirect("funding:detail", reference, number)
    form = AppealAnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_appeal(appeal=found, by=request.user, at=timezone.now(), **form.cleaned_data)
        except IllegalMove:
            messages.info(request, _("This was answered meanwhile."))
            return redirect("funding:detail", reference, number)
        except actions.UnableToDecide as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Answered. The firm has been told."))
            return redirect("funding:detail", reference, number)
    return page(request, "funding/answer_appeal.html", application, form=form, appeal=found)

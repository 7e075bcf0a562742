"""Milestones and risks: a list with add another, change and take out."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from funding import actions, quoting, sheet
from funding.forms import MilestoneForm, RiskForm
from funding.models import Milestone, Risk
from funding.views.firm import locked, page
from funding.views.loading import to_edit


def milestones(request, reference, number):
    return _list(request, reference, number, Milestone)


def milestone(request, reference, number, milestone=None):
    return _part(request, reference, number, Milestone, MilestoneForm, milestone)


def remove_milestone(request, reference, number, milestone):
    return _remove(request, reference, number, Milestone, milestone)


def risks(request, reference, number):
    return _list(request, reference, number, Risk)


def risk(request, reference, number, risk=None):
    return _part(request, reference, number, Risk, RiskForm, risk)


def remove_risk(request, reference, number, risk):
    return _remove(request, reference, number, Risk, risk)


def _page(request, template, application, model, **context):
    url = reverse(f"funding:{model.SECTION}", args=[application.case.reference, application.number])
    title = quoting.SECTIONS[model.SECTION]
    return page(
        request, template, application, section=model.SECTION, title=title, back=url,
        asked=application.sent_back.get(model.SECTION, ""), **context,
    )  # fmt: skip


def _list(request, reference, number, model):
    application = to_edit(request, reference, number)
    if not application.may_change(model.SECTION):
        return locked(request, application)
    args = [reference, number]
    name = model._meta.model_name
    rows = [
        {
            **(sheet.risk_row if model is Risk else sheet.milestone_row)(part),
            "change": reverse(f"funding:{name}", args=[*args, part.pk]),
            "remove": reverse(f"funding:remove-{name}", args=[*args, part.pk]),
        }
        for part in model.objects.filter(application=application)
    ]
    add = reverse(f"funding:add-{name}", args=args)
    return _page(request, "funding/parts.html", application, model, rows=rows, add=add)


def _part(request, reference, number, model, make, pk):
    application = to_edit(request, reference, number)
    if request.method != "POST" and not application.may_change(model.SECTION):
        return locked(request, application)
    instance = get_object_or_404(model, application=application, pk=pk) if pk else model(application=application)
    form = make(request.POST or None, instance=instance)
    if request.method == "POST" and form.is_valid():
        if pk is None:
            instance.creation_key = form.cleaned_data["key"]
        try:
            actions.save_part(application=application, part=instance)
        except actions.UnableToChange as error:
            # The page stays, so that what was written can be copied.
            form.add_error(None, str(error))
        else:
            return redirect(f"funding:{model.SECTION}", reference, number)
    return _page(request, "funding/part.html", application, model, form=form, is_new=pk is None)


def _remove(request, reference, number, model, pk):
    application = to_edit(request, reference, number)
    if not application.may_change(model.SECTION):
        return locked(request, application)
    found = model.objects.filter(application=application, pk=pk).select_related("application")
    if request.method != "POST":
        return _page(request, "funding/remove_part.html", application, model, part=get_object_or_404(found))
    if part := found.first():
        try:
            actions.remove_part(part=part)
        except actions.UnableToChange as error:
            messages.info(request, str(error))
            return redirect(application)
        messages.success(request, _("It has been taken out."))
    return redirect(f"funding:{model.SECTION}", reference, number)

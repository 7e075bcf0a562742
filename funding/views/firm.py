"""The firm asks for money: start, task list, project, dates, what to ask for, check and send."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from applications.actions import has_confirmed_email, working_days_after
from applications.forms import ReasonForm
from diagnostics.models import PlanAction
from funding import actions, quoting, wording
from funding.figures import budgets
from funding.forms import AskForm, DatesForm, DeclarationForm, ProjectForm, StartForm
from funding.models import GrantApplication
from funding.views.loading import application_or_404, case_or_404, to_edit
from portal.forms import Choice
from portal.money import money_text
from portal.workflow import IllegalMove


def page(request, template, application, **context):
    context |= {"application": application, "case": application.case, "programme": application.case.programme}
    return TemplateResponse(request, template, context)


def locked(request, application):
    messages.info(request, _("Your application has been sent, so it cannot be changed now."))
    return redirect(application)


def quote_panel(application, *, lines=None):
    """The quote of the saved costs, or of `lines` in their place."""
    lines = list(application.lines.all()) if lines is None else lines
    answer = quoting.answer_for(application, at=timezone.now(), lines=lines)
    return wording.panel(answer, lines, quoting.terms_of(application.call))


def overview(request, reference):
    """Everything the firm has asked for, and what it may ask for now."""
    case = case_or_404(request, reference)
    applications = GrantApplication.objects.visible_to(request.user).filter(case=case)
    context = {
        "case": case,
        "programme": case.programme,
        "applications": applications.select_related("call", "award", "case").order_by("-number"),
        "may_start": case.status == case.Status.ACCEPTED and request.user.can(Permission.EDIT_APPLICATION, case),
    }
    return TemplateResponse(request, "funding/overview.html", context)


def _open_calls(case, now):
    """Open calls as choices with what is left of their money."""
    calls = {}
    for budget in budgets([case.programme_id]):
        if budget.call.is_open(now) and budget.call.instrument.gives_money:
            left = money_text(max(budget.left, 0), budget.currency)
            hint = _("%(summary)s %(left)s left.") % {"summary": budget.call.instrument.summary, "left": left}
            name = f"{budget.call.instrument.name}: {budget.call.name}"
            calls[str(budget.call.pk)] = (Choice(str(budget.call.pk), name, hint=hint), budget)
    return calls


def _plan_action(request, case, given):
    """The action of the firm's own plan that the address names, as a path part or as `?action=`."""
    key = given if given is not None else request.GET.get("action", "")
    if key == "":
        return None
    if not str(key).isascii() or not str(key).isdigit() or len(str(key)) > 18:
        raise Http404
    actions_of_case = PlanAction.objects.visible_to(request.user).filter(plan__assessment__case=case)
    if not (found := actions_of_case.filter(pk=int(key)).first()):
        raise Http404
    return found


def start(request, reference, action=None):
    case = case_or_404(request, reference)
    request.user.must(Permission.EDIT_APPLICATION, case)
    plan_action = _plan_action(request, case, action)
    now = timezone.now()
    calls = _open_calls(case, now)
    context = {"case": case, "programme": case.programme, "plan_action": plan_action}
    if not calls:
        return TemplateResponse(request, "funding/closed.html", context)
    form = StartForm(request.POST or None, calls={key: choice for key, (choice, _budget) in calls.items()})
    if request.method == "POST" and form.is_valid():
        try:
            application = actions.start(
                case=case, call=calls[form.cleaned_data["call"]][1].call, plan_action=plan_action,
                key=form.cleaned_data["key"], by=request.user, at=now,
            )  # fmt: skip
        except actions.UnableToStart as error:
            form.add_error(None, str(error))
        else:
            return redirect(application)
    context |= {"form": form, "budgets": [budget for _choice, budget in calls.values()]}
    return TemplateResponse(request, "funding/start.html", context)


def tasks(request, reference, number):
    """The task list while it can be changed, else where the application stands."""
    application = application_or_404(request, reference, number)
    award = getattr(application, "award", None)
    if not application.is_editable:
        decide_by = None
        if application.submitted_at and application.is_open:
            sent = application.case.programme.local_date(application.submitted_at)
            decide_by = working_days_after(sent, application.call.promise_days)
        lines = application.lines.prefetch_related("quotes__upload")
        return page(
            request, "funding/standing.html", application, award=award, decide_by=decide_by, lines=lines,
            quote=application.quote, may_withdraw=_may_withdraw(request.user, application),
        )  # fmt: skip
    request.user.must(Permission.EDIT_APPLICATION, application.case)
    missing = quoting.missing_sections(application)
    panel = quote_panel(application)
    return page(
        request, "funding/tasks.html", application, tasks=_task_rows(application, missing, panel), panel=panel,
        left=len(missing), confirmed=has_confirmed_email(request.user),
        may_withdraw=_may_withdraw(request.user, application),
    )  # fmt: skip


def _may_withdraw(user, application):
    return application.is_open and user.can(Permission.WITHDRAW, application.case)


def _task_rows(application, missing, panel):
    args = [application.case.reference, application.number]
    rows = [
        ("project", _("Your project"), "", "funding:project"),
        ("dates", _("Dates and readiness"), "", "funding:dates"),
        ("costs", _("What it costs"), _("Each cost, with its quote if you have one"), "funding:costs"),
    ]
    tasks = [
        {"title": title, "hint": hint, "url": reverse(url, args=args), "state": "todo" if code in missing else "done"}
        for code, title, hint, url in rows
    ]
    grant = ""
    if panel.accepted:
        grant = _("You can ask for %(grant)s") % {"grant": money_text(panel.grant, panel.currency)}
    costs = "costs" not in missing
    tasks.append(
        {
            "title": _("What you ask for"),
            "hint": grant,
            "url": reverse("funding:grant", args=args) if costs else "",
            "state": ("done" if panel.accepted else "started") if costs else "blocked",
        }
    )
    tasks.append(
        {
            "title": _("Check your answers and send"),
            "url": "" if missing else reverse("funding:check", args=args),
            "state": "blocked" if missing else "todo",
        }
    )
    return tasks


def _section(request, application, form, title):
    """Show one page of questions, or keep its answers and go on."""
    back = "funding:check" if request.GET.get("from") == "check" else "funding:tasks"
    if request.method == "POST" and form.is_valid():
        try:
            application.save_answers(**form.cleaned_data)
        except IllegalMove:
            return locked(request, application)
        return redirect(back, application.case.reference, application.number)
    url = reverse(back, args=[application.case.reference, application.number])
    return page(request, "funding/section.html", application, form=form, title=title, back=url)


def project(request, reference, number):
    application = to_edit(request, reference, number)
    if not application.is_editable:
        return locked(request, application)
    return _section(request, application, ProjectForm(request.POST or None, instance=application), _("Your project"))


def dates(request, reference, number):
    application = to_edit(request, reference, number)
    if not application.is_editable:
        return locked(request, application)
    form = DatesForm(
        request.POST or None,
        instance=application,
        today=application.case.programme.local_date(timezone.now()),
        programme=application.case.programme,
        needs_partner=quoting.terms_of(application.call).research_partner,
    )
    return _section(request, application, form, _("Dates and readiness"))


def grant(request, reference, number):
    """What the firm can get, tried out with the button and kept with the other; htmx asks for the panel alone."""
    application = to_edit(request, reference, number)
    if not application.is_editable:
        return locked(request, application)
    form = AskForm(
        request.POST or None, currency=application.call.currency, initial={"requested": application.requested}
    )
    if request.method == "POST" and form.is_valid():
        requested = form.cleaned_data["requested"]
        if "work_out" in request.POST:
            application.requested = requested
        else:
            try:
                application.save_answers(requested=requested)
            except IllegalMove:
                return locked(request, application)
            return redirect(application)
    template = "funding/_quote.html" if request.htmx else "funding/grant.html"
    return page(request, template, application, form=form, panel=quote_panel(application))


def check(request, reference, number):
    application = to_edit(request, reference, number)
    if not application.is_editable:
        return redirect("funding:sent", reference, number)
    if quoting.missing_sections(application):
        messages.info(request, _("Complete every section before you send your application."))
        return redirect(application)
    form = DeclarationForm(request.POST or None)
    if request.method == "POST":
        request.user.must(Permission.SIGN, application.case)
        if form.is_valid():
            try:
                actions.submit(application=application, by=request.user, at=timezone.now())
            except IllegalMove:
                # The second click of a double click: the first has sent it.
                return redirect("funding:sent", reference, number)
            except actions.UnableToSubmit as error:
                form.add_error(None, str(error))
            else:
                return redirect("funding:sent", reference, number)
    lines = list(application.lines.prefetch_related("quotes__upload"))
    return page(
        request, "funding/check.html", application, form=form, lines=lines, panel=quote_panel(application, lines=lines),
        may_sign=request.user.can(Permission.SIGN, application.case), confirmed=has_confirmed_email(request.user),
    )  # fmt: skip


def sent(request, reference, number):
    application = application_or_404(request, reference, number)
    if application.status != GrantApplication.Status.SUBMITTED:
        return redirect(application)
    day = application.case.programme.local_date(application.submitted_at)
    return page(
        request, "funding/sent.html", application, decide_by=working_days_after(day, application.call.promise_days)
    )


def withdraw(request, reference, number):
    application = application_or_404(request, reference, number)
    request.user.must(Permission.WITHDRAW, application.case)
    if not application.is_open:
        messages.info(request, _("This application has ended already."))
        return redirect(application)
    form = ReasonForm(
        request.POST or None,
        label=_("Why do you want to withdraw?"),
        help_text=_("A few words help us to do better. Your adviser reads them."),
        submit_label=_("Withdraw this application"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw(
                application=application, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
            )
        except IllegalMove:
            messages.info(request, _("This application has moved on meanwhile. Look at it again."))
        else:
            messages.success(request, _("You have withdrawn your application."))
        return redirect(application)
    return page(request, "funding/withdraw.html", application, form=form)

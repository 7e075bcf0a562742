"""The firm asks for money: start, task list, what to ask for, check and send, withdraw."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.permissions import Permission
from applications.actions import has_confirmed_email, working_days_after
from applications.forms import ReasonForm
from diagnostics.models import PlanAction
from funding import actions, affording, joining, outlining, quoting, sheet, wording
from funding.actions import sharing
from funding.figures import budgets
from funding.forms import AskForm, DeclarationForm, StartForm
from funding.models import Colleague, GrantApplication, Outline
from funding.refusing import refusal_of
from funding.views.loading import application_or_404, case_or_404, read_partners, to_edit
from portal.forms import Choice
from portal.money import money_text
from portal.workflow import IllegalMove


def page(request, template, application, **context):
    context |= {"application": application, "case": application.case, "programme": application.case.programme}
    return TemplateResponse(request, template, context)


def locked(request, application):
    """Away from a page whose answers are closed."""
    if application.is_editable:
        text = _("We have not asked you to change this section, so it stays as you sent it.")
    else:
        text = _("Your application has been sent, so it cannot be changed now.")
    messages.info(request, text)
    return redirect(application)


def back_of(request):
    """The page that a section goes on to: the check where the firm came from there, else the task list."""
    return "funding:check" if request.GET.get("from") == "check" else "funding:tasks"


def quote_panel(application, *, lines=None, found=None):
    """The quote of the saved costs, or of `lines` in their place; `found` is its answer where it is known already."""
    lines = list(application.lines.all()) if lines is None else lines
    found = found or quoting.together_for(application, at=timezone.now(), lines=lines)
    names = {None: application.case.organisation.name} | {one.pk: one.name for one in quoting.partners_of(application)}
    shares = wording.named_shares(found, names)
    return wording.panel(found.answer, lines, quoting.terms_of(application.call), shares)


def overview(request, reference):
    """Everything the firm has asked for, and what it may ask for now."""
    case = case_or_404(request, reference)
    applications = GrantApplication.objects.visible_to(request.user).filter(case=case)
    context = {
        "case": case,
        "programme": case.programme,
        "applications": applications.select_related("call", "award", "case").order_by("-number"),
        "outlines": _outlines_under_way(request, case),
        "may_start": case.status == case.Status.ACCEPTED and request.user.can(Permission.EDIT_APPLICATION, case),
    }
    return TemplateResponse(request, "funding/overview.html", context)


def _open_calls(case, now):
    """Open calls as choices with what is left of their money."""
    calls = {}
    for budget in budgets([case.programme_id], with_drafts=case.is_test):
        if (case.is_test or budget.call.is_open(now)) and budget.call.instrument.gives_money:
            left = money_text(max(budget.left, 0), budget.currency)
            hint = _("%(summary)s %(left)s left.") % {"summary": budget.call.instrument.summary, "left": left}
            if budget.call.needs_outline:
                hint = f"{hint} {_('A short outline comes first.')}"
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
    """Begin to ask for money: with the outline, where the call asks for one first and none is ready for this action."""
    case = case_or_404(request, reference)
    request.user.must(Permission.EDIT_APPLICATION, case)
    plan_action = _plan_action(request, case, action)
    now = timezone.now()
    calls = _open_calls(case, now)
    context = {"case": case, "programme": case.programme, "plan_action": plan_action}
    if not calls:
        return TemplateResponse(request, "funding/closed.html", context)
    budgets_shown = [budget for _choice, budget in calls.values()]
    with_outline = any(budget.call.needs_outline for budget in budgets_shown)
    form = StartForm(
        request.POST or None, calls={key: choice for key, (choice, _budget) in calls.items()},
        asks_for_outline=with_outline and case.is_test,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        call = calls[form.cleaned_data["call"]][1].call
        try:
            started = _begin(request, case, call, plan_action, form.cleaned_data)
        except actions.UnableToStart as error:
            form.add_error(None, str(error))
        else:
            if started.creation_key == form.cleaned_data["key"]:  # a draft that was there has its own figures
                affording.forget(request, call)
            return redirect(_first_page(started))
    tried = [budget.call for budget in budgets_shown if affording.kept(request, budget.call)]
    context |= {
        "form": form, "budgets": budgets_shown, "tried": tried, "with_outline": with_outline,
        "outlines": _outlines_under_way(request, case) if with_outline else [],
    }  # fmt: skip
    return TemplateResponse(request, "funding/start.html", context)


def _begin(request, case, call, plan_action, said):
    """The application, or the outline that comes before it; raises UnableToStart."""
    facts = {
        "case": case, "call": call, "plan_action": plan_action, "key": said["key"],
        "figures": affording.kept(request, call), "by": request.user, "at": timezone.now(),
    }  # fmt: skip
    if call.needs_outline and said.get("outline"):
        return actions.start_outline(**facts)
    try:
        return actions.start(**facts)
    except actions.OutlineFirst:
        return actions.start_outline(**facts)


def _first_page(started):
    """Where one begins to write: an outline has no list of tasks, its pages follow each other."""
    if not isinstance(started, Outline) or not started.is_editable:
        return started
    return next((row.url for row in outlining.rows_of(started) if row.is_missing), started)


def _outlines_under_way(request, case):
    """Outlines that are open, or ready and not yet applied with."""
    outlines = Outline.objects.visible_to(request.user).filter(case=case)
    return (outlines.open() | outlines.usable()).select_related("case", "call").order_by("-pk")


def tasks(request, reference, number):
    """The task list for those who may change it now; for all others what was written and where it stands."""
    application = read_partners(application_or_404(request, reference, number))
    if application.is_editable:
        role = sharing.role_of(request.user, application)
        if role is None:
            raise PermissionDenied
        if role != Colleague.Role.VIEW:
            return _task_list(request, application)
    award = getattr(application, "award", None)
    decide_by = None
    if application.submitted_at and application.is_open:
        sent = application.case.programme.local_date(application.submitted_at)
        decide_by = working_days_after(sent, application.call.promise_days)
    lines = sheet.read_whole(application).lines.all()
    return page(
        request, "funding/standing.html", application, award=award, decide_by=decide_by, lines=lines,
        sections=sheet.sections(sheet.document_of(application)), quote=application.quote,
        may_withdraw=_may_withdraw(request.user, application, award),
        refusal=refusal_of(application, request.user, at=timezone.now()),
    )  # fmt: skip


def _task_list(request, application):
    prefetch_related_objects([application], "lines__quotes", "match_sources")
    missing = quoting.missing_sections(application)
    found = quoting.together_for(application, at=timezone.now())
    panel = quote_panel(application, found=found)
    return page(
        request, "funding/tasks.html", application, tasks=_task_rows(application, missing, panel), panel=panel,
        unsettled=[] if missing else joining.unsettled(application, at=timezone.now(), found=found),
        left=len(missing), closed=_closed(application, request.received_at),
        closes=wording.closes_text(application), confirmed=has_confirmed_email(request.user),
        may_withdraw=_may_withdraw(request.user, application, None),
    )  # fmt: skip


def _may_withdraw(user, application, award):
    return (application.is_open or bool(award and award.is_live)) and user.can(Permission.WITHDRAW, application.case)


HINTS = {
    "project": gettext_lazy("The problem, what you will do, what will be better"),
    "milestones": gettext_lazy("What is reached by when, and what shows it"),
    "costs": gettext_lazy("Each cost, with its quote if you have one"),
    "risks": gettext_lazy("And what you do about it"),
    "subsidy": gettext_lazy("For this project, from anybody else"),
}


def _task_rows(application, missing, panel):
    """The sections that may be changed as links, the check at the end; what was not sent back stays as it is."""
    args = [application.case.reference, application.number]
    tasks = []
    for code, title in quoting.sections_of(application.call).items():
        is_open = application.may_change(code)
        done = "started" if code in application.sent_back else "done"
        waits = "started" if code == "partners" and quoting.partners_of(application) else "todo"
        tasks.append(
            {
                "title": title,
                "hint": application.sent_back.get(code) or HINTS.get(code, ""),
                "url": reverse(f"funding:{code}", args=args) if is_open else "",
                "state": waits if code in missing else done,
            }
        )
        if code == "costs" and is_open:
            tasks.append(_grant_row(args, panel, has_costs="costs" not in missing))
    tasks.append(
        {
            "title": _("Check your answers and send"),
            "url": "" if missing else reverse("funding:check", args=args),
            "state": "blocked" if missing else "todo",
        }
    )
    return tasks


def _grant_row(args, panel, *, has_costs):
    hint = ""
    if panel.accepted:
        hint = _("You can ask for %(grant)s") % {"grant": money_text(panel.grant, panel.currency)}
    if not has_costs:
        return {"title": _("What you ask for"), "hint": hint, "url": "", "state": "blocked"}
    state = "done" if panel.accepted else "started"
    return {"title": _("What you ask for"), "hint": hint, "url": reverse("funding:grant", args=args), "state": state}


def grant(request, reference, number):
    """What the firm can get, tried out with the button and kept with the other; htmx asks for the panel alone."""
    application = to_edit(request, reference, number)
    if not application.may_change("costs"):
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
    """Everything on one page, then the declaration that sends it: by a person who may sign, once, in time."""
    application = to_edit(request, reference, number)
    if request.method == "POST":
        sharing.must(request.user, application, Colleague.Role.SUBMIT)
    if not application.is_editable:
        return redirect("funding:sent", reference, number)
    if quoting.missing_sections(sheet.read_whole(application)):
        messages.info(request, _("Complete every section before you send your application."))
        return redirect(application)
    form = DeclarationForm(request.POST or None, initial={"seen": sheet.fingerprint(application)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.submit(
                application=application, seen=form.cleaned_data["seen"], by=request.user, at=request.received_at
            )
        except IllegalMove:
            # The second click of a double click: the first has sent it.
            return redirect("funding:sent", reference, number)
        except actions.UnableToSubmit as error:
            form = DeclarationForm({**request.POST.dict(), "seen": sheet.fingerprint(application)})
            form.add_error(None, str(error))
        else:
            return redirect("funding:sent", reference, number)
    lines = list(application.lines.all())
    return page(
        request, "funding/check.html", application, form=form, lines=lines, panel=quote_panel(application, lines=lines),
        sections=sheet.sections(sheet.document_of(application)), closed=_closed(application, request.received_at),
        editable=[code for code in quoting.sections_of(application.call) if application.may_change(code)],
        may_sign=sharing.may(request.user, application, Colleague.Role.SUBMIT),
        confirmed=has_confirmed_email(request.user),
    )  # fmt: skip


def _closed(application, at):
    """Why a draft cannot be sent any more; empty while it can. A returned one was in time once."""
    if application.submitted_at or application.case.is_test or application.call.is_open(at):
        return ""
    return wording.closed_text(application)


def sent(request, reference, number):
    """The confirmation, the same however often it is asked for, with the receipt."""
    application = application_or_404(request, reference, number)
    submission = application.submissions.select_related("receipt").last()
    if submission is None or application.is_editable or not application.is_open:
        return redirect(application)
    day = application.case.programme.local_date(application.submitted_at)
    return page(
        request, "funding/sent.html", application, submission=submission,
        decide_by=working_days_after(day, application.call.promise_days),
    )  # fmt: skip


def withdraw(request, reference, number):
    """At any stage: a draft, while we look at it, and the offer or the award too until money was claimed."""
    application = application_or_404(request, reference, number)
    request.user.must(Permission.WITHDRAW, application.case)
    award = getattr(application, "award", None)
    if not _may_withdraw(request.user, application, award):
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
        except actions.UnableToChange as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _("You have withdrawn your application."))
        return redirect(application)
    return page(request, "funding/withdraw.html", application, form=form, award=award)

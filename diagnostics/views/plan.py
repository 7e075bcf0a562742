"""The action plan: PDF, actions, agreement. The firm's pages and the staff's share everything but the frame."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from diagnostics import actions, planning
from diagnostics.forms.plans import ActionForm, StaffActionForm
from diagnostics.views.loading import action_or_404, plan_or_404, sent
from diagnostics.views.staff import _for_staff, _frame


def _context(request, plan):
    case = plan.assessment.case
    return {
        "case": case,
        "programme": case.programme,
        "plan": plan,
        "assessment": plan.assessment,
        "document": plan.document,
        "columns": planning.columns(plan.assessment.document, plan.actions.order_by("rank")),
        "may_change": request.user.can(Permission.ANSWER_DIAGNOSTIC, case),
        "may_sign": request.user.can(Permission.SIGN, case) and plan.firm_agreed_at is None,
    }


def plan(request, reference):
    found = plan_or_404(request, reference)
    return TemplateResponse(request, "diagnostics/plan.html", _context(request, found))


def status(request, reference):
    """The piece of the plan page that tells how far the PDF is, asked for every two seconds while it is made."""
    found = plan_or_404(request, reference)
    if not request.htmx:
        return redirect("diagnostics:plan", reference)
    context = {"case": found.assessment.case, "plan": found, "document": found.document}
    return TemplateResponse(request, "diagnostics/_plan_document.html", context)


@require_POST
def make(request, reference):
    """Ask for the PDF; a second click while it is being made gives the same one."""
    found = plan_or_404(request, reference)
    case = found.assessment.case
    if not request.user.can(Permission.ANSWER_DIAGNOSTIC, case):
        request.user.must(Permission.AGREE_PLAN, case)
    actions.request_plan(plan=found, by=request.user, at=timezone.now())
    if request.user.can(Permission.AGREE_PLAN, case):
        return redirect("diagnostics:staff-plan", reference)
    return redirect("diagnostics:plan", reference)


def download(request, reference):
    """The newest PDF, through the plan's own scope."""
    found = plan_or_404(request, reference)
    document = found.document
    if document is None or not document.is_ready:
        raise Http404
    return FileResponse(
        document.file.open("rb"), as_attachment=True, filename=document.file_name, content_type="application/pdf"
    )


@require_POST
def agree(request, reference):
    """The firm's signature under the plan."""
    found = plan_or_404(request, reference)
    request.user.must(Permission.SIGN, found.assessment.case)
    actions.agree_plan(plan=found, for_firm=True, by=request.user, at=timezone.now())
    messages.success(request, _("Thank you. You have agreed your plan."))
    return redirect("diagnostics:plan", reference)


def action(request, reference, pk):
    """One action for the firm: who leads it, when it starts, how far it is."""
    row = action_or_404(request, reference, pk)
    case = row.plan.assessment.case
    may_change = request.user.can(Permission.ANSWER_DIAGNOSTIC, case)
    form = ActionForm(sent(request), action=row)
    if request.method == "POST":
        request.user.must(Permission.ANSWER_DIAGNOSTIC, case)
        if form.is_valid():
            actions.change_action(action=row, changes=form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, _("Saved. The next PDF of your plan shows it."))
            return redirect("diagnostics:plan", reference)
    context = {
        "case": case,
        "programme": case.programme,
        "action": row,
        "card": _card(row),
        "form": form,
        "may_change": may_change,
    }
    return TemplateResponse(request, "diagnostics/action.html", context)


def _card(row):
    """The action in full, with the firm's own words about its question."""
    assessment = row.plan.assessment
    answer = assessment.answers.filter(question_code=row.question_code).first()
    return planning.card(assessment.document, row, answer, answer.level if answer else None)


# --- Staff --------------------------------------------------------------------------------------
def staff_plan(request, reference):
    assessment = _for_staff(request, reference)
    found = plan_or_404(request, reference)
    context = {
        **_context(request, found),
        **_frame(request, assessment, [], "plan"),
        "may_agree": request.user.can(Permission.AGREE_PLAN, assessment.case),
    }
    return TemplateResponse(request, "diagnostics/staff/plan.html", context)


@require_POST
def staff_agree(request, reference):
    assessment = _for_staff(request, reference)
    request.user.must(Permission.AGREE_PLAN, assessment.case)
    found = plan_or_404(request, reference)
    actions.agree_plan(plan=found, for_firm=False, by=request.user, at=timezone.now())
    messages.success(request, _("You have agreed the plan."))
    return redirect("diagnostics:staff-plan", reference)


def staff_action(request, reference, pk):
    """One action for the adviser: place in the plan with a reason, figures, owner."""
    assessment = _for_staff(request, reference)
    row = action_or_404(request, reference, pk)
    form = StaffActionForm(sent(request), action=row, currency=assessment.case.programme.currency)
    if request.method == "POST":
        request.user.must(Permission.AGREE_PLAN, assessment.case)
        if form.is_valid():
            actions.change_action(action=row, changes=form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, _("Saved %(title)s.") % {"title": row.title})
            return redirect(f"{reverse('diagnostics:staff-plan', args=[reference])}#a{row.pk}")
    context = {
        **_frame(request, assessment, [], "plan"),
        "action": row,
        "card": _card(row),
        "form": form,
        "may_agree": request.user.can(Permission.AGREE_PLAN, assessment.case),
    }
    return TemplateResponse(request, "diagnostics/staff/action.html", context)

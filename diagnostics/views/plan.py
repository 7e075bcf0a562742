"""The firm's action plan: read it, give names and dates, agree it, say how it goes, download it."""

from functools import partial

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from diagnostics import actions, planning
from diagnostics.forms.plans import FIRM, HOW_FAR, NAMES, ActionsForm, AgreeForm, OwnActionForm
from diagnostics.models import PlanAction, PlanVersion
from diagnostics.plan_page import plan_page
from diagnostics.views.loading import action_or_404, plan_or_404, sent
from diagnostics.views.saving import save_actions


def plan(request, reference):
    found = plan_or_404(request, reference)
    case = found.assessment.case
    context = {
        **plan_page(found, timezone.now()),
        **document_panel(request, found),
        "may_change": case.is_live and request.user.can(Permission.ANSWER_DIAGNOSTIC, case),
        "may_sign": request.user.can(Permission.SIGN, case) and found.firm_agreed_at is None,
    }
    return TemplateResponse(request, "diagnostics/plan.html", context)


def status(request, reference):
    """The piece of the plan page that tells how far the PDF is, asked for every two seconds while it is made."""
    found = plan_or_404(request, reference)
    if not request.htmx:
        return redirect("diagnostics:plan", reference)
    return TemplateResponse(request, "diagnostics/_plan_document.html", document_panel(request, found))


def document_panel(request, found):
    """What `diagnostics/_plan_document.html` shows: the same on the page of firm and staff and in its renewed piece."""
    case = found.assessment.case
    may_agree = request.user.can(Permission.AGREE_PLAN, case)
    return {
        "case": case,
        "plan": found,
        "document": found.document,
        "may_make": may_agree or request.user.can(Permission.ANSWER_DIAGNOSTIC, case),
        "may_retry": may_agree,
    }


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
    return _pdf(plan_or_404(request, reference).document)


def version(request, reference, number):
    """The PDF of one version."""
    versions = PlanVersion.objects.visible_to(request.user).select_related("document")
    return _pdf(get_object_or_404(versions, plan=plan_or_404(request, reference), number=number).document)


def _pdf(document):
    if document is None or not document.is_ready:
        raise Http404
    return FileResponse(
        document.file.open("rb"), as_attachment=True, filename=document.file_name, content_type="application/pdf"
    )


@require_POST
def agree(request, reference):
    """The firm's signature under the plan as it was read."""
    found = plan_or_404(request, reference)
    request.user.must(Permission.SIGN, found.assessment.case)
    sign(request, found, for_firm=True, thanks=_("Thank you. You have agreed your plan."))
    return redirect("diagnostics:plan", reference)


def sign(request, found, *, for_firm, thanks):
    """Agree to the revision that the page named, or say why not."""
    form = AgreeForm(request.POST)
    revision = form.cleaned_data["revision"] if form.is_valid() else 0
    try:
        actions.agree_plan(plan=found, for_firm=for_firm, by=request.user, at=timezone.now(), revision=revision)
    except actions.UnableToChangePlan as error:
        messages.error(request, str(error))
    else:
        messages.success(request, thanks)


def _firms(request, reference):
    """The plan, for whoever of the firm may change it; and those actions that are work."""
    found = plan_or_404(request, reference)
    request.user.must(Permission.ANSWER_DIAGNOSTIC, found.assessment.case)
    return found, planning.in_order(found.actions.in_plan())


def names(request, reference):
    """Who leads each of the first actions, and from when, on one page."""
    found, rows = _firms(request, reference)
    first = [row for row in rows if row.horizon == PlanAction.Horizon.NOW]
    build = partial(_form, rows=first, names=NAMES, found=found)
    form, conflicts, is_saved = save_actions(request, found, build, at=timezone.now())
    if is_saved:
        messages.success(request, _("Saved. The next PDF of your plan shows it."))
        return redirect("diagnostics:plan", reference)
    return TemplateResponse(request, "diagnostics/plan_names.html", _frame(found, form, conflicts))


def follow_up(request, reference):
    """How is it going? Every action of now and next on one page."""
    found, rows = _firms(request, reference)
    shown = [row for row in rows if row.horizon in planning.COLUMNS[:2]]
    build = partial(_form, rows=shown, names=HOW_FAR, found=found)
    form, conflicts, is_saved = save_actions(request, found, build, at=timezone.now(), is_report=found.is_agreed)
    if is_saved:
        messages.success(request, _("Thank you. Your adviser sees how it is going."))
        return redirect("diagnostics:plan", reference)
    return TemplateResponse(request, "diagnostics/plan_follow_up.html", _frame(found, form, conflicts))


def _form(data, *, rows, names, found, is_single=False):
    currency = found.assessment.case.programme.currency
    return ActionsForm(data, rows=rows, names=names, currency=currency, is_single=is_single)


def _frame(found, form, conflicts=()):
    case = found.assessment.case
    return {"case": case, "programme": case.programme, "plan": found, "form": form, "conflicts": conflicts}


def action(request, reference, pk):
    """One action for the firm: who leads it, when it starts, how far it is."""
    row = action_or_404(request, reference, pk)
    found, case = row.plan, row.plan.assessment.case
    if request.method == "POST":
        request.user.must(Permission.ANSWER_DIAGNOSTIC, case)
    build = partial(_form, rows=[row], names=FIRM, found=found, is_single=True)
    form, conflicts, is_saved = save_actions(request, found, build, at=timezone.now(), is_report=found.is_agreed)
    if is_saved:
        messages.success(request, _("Saved. The next PDF of your plan shows it."))
        return redirect("diagnostics:plan", reference)
    context = {
        **_frame(found, form, conflicts),
        "action": row,
        "card": card_of(row),
        "may_change": case.is_live and request.user.can(Permission.ANSWER_DIAGNOSTIC, case),
    }
    return TemplateResponse(request, "diagnostics/action.html", context)


def card_of(row):
    """The action in full, with the firm's own words about its question."""
    assessment = row.plan.assessment
    answer = assessment.answers.filter(question_code=row.question_code).first() if row.question_code else None
    currency = assessment.case.programme.currency
    return planning.card(assessment.document, row, answer, answer.level if answer else None, currency)


# --- Own actions --------------------------------------------------------------------------------
def add(request, reference):
    """An action that the method does not name."""
    found, _rows = _firms(request, reference)
    return own_page(request, found, None, template="diagnostics/own_action.html", back="diagnostics:plan")


def own(request, reference, pk):
    row = own_or_404(request, reference, pk)
    request.user.must(Permission.ANSWER_DIAGNOSTIC, row.plan.assessment.case)
    return own_page(request, row.plan, row, template="diagnostics/own_action.html", back="diagnostics:plan")


@require_POST
def remove(request, reference, pk):
    row = own_or_404(request, reference, pk)
    request.user.must(Permission.ANSWER_DIAGNOSTIC, row.plan.assessment.case)
    return take_out(request, row, back="diagnostics:plan")


def own_or_404(request, reference, pk):
    row = action_or_404(request, reference, pk)
    if not row.is_own:
        raise Http404
    return row


def own_page(request, found, row, *, template, back, frame=None):
    """The form of an own action, new (`row` None) or there already; `frame` is what the staff page adds."""
    reference = found.assessment.case.reference
    form = OwnActionForm(sent(request), document=found.assessment.document, action=row)
    conflicts = []
    if request.method == "POST" and form.is_valid():
        fields = {name: value for name, value in form.cleaned_data.items() if name != "seen"}
        seen, at = form.cleaned_data["seen"], timezone.now()
        try:
            if row is None:
                actions.add_action(plan=found, fields=fields, by=request.user, at=at)
            else:
                actions.change_action(action=row, changes=fields, by=request.user, at=at, seen=seen)
        except actions.ActionChanged as error:
            data = request.POST.copy()
            data["seen"] = error.rows[0].stamp
            form, conflicts = OwnActionForm(data, document=found.assessment.document, action=row), error.rows
            form.is_valid()
        except actions.UnableToChangePlan as error:
            messages.error(request, str(error))
            return redirect(back, reference)
        else:
            messages.success(request, _("Saved. Whoever has agreed the plan is asked to agree it again."))
            return redirect(back, reference)
    saved = [{"title": each.title, "label": _("How will you do it?"), "saved": each.description} for each in conflicts]
    context = {**_frame(found, form, saved), "action": row, **(frame or {})}
    return TemplateResponse(request, template, context)


def take_out(request, row, *, back):
    try:
        actions.remove_action(action=row, by=request.user, at=timezone.now())
    except actions.UnableToChangePlan as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Taken out of the plan."))
    return redirect(back, row.plan.assessment.case.reference)

"""The adviser's eligibility page: the check in force, what was set aside, and the check made again."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from applications import actions, rechecking
from applications.forms import ReasonForm
from applications.models import CaseCheck, EligibilityOverride, still_open
from casework import checked
from casework import queue as queues
from casework.forms import ConfirmForm, SetAsideForm, TakeForm
from casework.scope import worked_cases, works_on
from portal.workflow import IllegalMove

CHANGED = gettext_lazy("Somebody has changed this meanwhile. Look at it once more.")


def found_case(request, reference, permission=Permission.VIEW_CASEWORK):
    """The case for a person who works on it; colleagues without the right get 403, everybody else 404."""
    case = get_object_or_404(worked_cases(request.user).with_context(), reference=reference)
    request.user.must(permission, case)
    return case


def posted(request):
    """What was sent, be it nothing; None on a first look."""
    return request.POST if request.method == "POST" else None


def frame(request, case, here):
    """What every page of this part shows around its own."""
    now = timezone.now()
    return {
        "case": case,
        "programme": case.programme,
        "here": here,
        "may_edit": case.is_live and works_on(request.user, Permission.DECIDE_CASE, case),
        "rail": queues.rail(request.user, now, ""),
        "wide": True,
    }


def eligibility(request, reference):
    case = found_case(request, reference)
    check = case.check_result
    found = still_open(case)
    overrides = case.overrides.select_related("decided_by", "confirmed_by", "withdrawn_by").order_by("-id")
    may_confirm = works_on(request.user, Permission.CONFIRM_OVERRIDE, case)
    context = {
        **frame(request, case, "check"),
        "check": check,
        "outcome": checked.outcome_of(check),
        "findings": checked.finding_rows(check, found),
        "unsaid": sum(each.override is None for each in found),
        "waiting": sum(each.override is not None and not each.is_settled for each in found),
        "strands": checked.strand_rows(check, checked.instrument_names(case)),
        "facts": checked.fact_rows(check, case.programme.currency),
        "warnings": checked.warnings(case),
        "overrides": overrides,
        "may_confirm": may_confirm,
        "checks": [
            {
                "row": row,
                "outcome": checked.outcome_of(row.check_result).label,
                "is_in_force": row.check_result_id == check.pk,
            }
            for row in case.checks.select_related("check_result", "made_by", "taken_by").order_by("-id")
        ],
    }
    return TemplateResponse(request, "casework/eligibility.html", context)


def set_aside(request, reference, code):
    case = found_case(request, reference, Permission.DECIDE_CASE)
    found = next((each for each in still_open(case) if each.rule == code and not each.override), None)
    if found is None:
        messages.info(request, _("There is nothing to set aside here."))
        return redirect("casework:eligibility", reference=reference)
    form = SetAsideForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            override = actions.set_aside(
                case=case, rule=code, reason=form.cleaned_data["reason"], key=form.cleaned_data["key"],
                by=request.user, at=timezone.now(),
            )  # fmt: skip
        except (actions.UnableToSetAside, IllegalMove) as error:
            messages.warning(request, str(error) if isinstance(error, actions.UnableToSetAside) else CHANGED)
        else:
            words = _("Set aside. A second person has to agree before the firm can join.")
            messages.success(request, words if override.needs_second else _("Set aside."))
        return redirect("casework:eligibility", reference=reference)
    needs_second = actions.second_person_needed(case, found.finding["outcome"], timezone.now())
    context = {**frame(request, case, "check"), "form": form, "found": found, "needs_second": needs_second}
    return TemplateResponse(request, "casework/set_aside.html", context)


def _override(request, case, pk):
    overrides = EligibilityOverride.objects.visible_to(request.user).select_related("decided_by")
    override = get_object_or_404(overrides, case=case, pk=pk)
    override.case = case
    return override


def confirm_override(request, reference, override):
    case = found_case(request, reference, Permission.CONFIRM_OVERRIDE)
    found = _override(request, case, override)
    form = ConfirmForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.confirm_override(override=found, by=request.user, at=timezone.now())
        except actions.UnableToSetAside as error:
            messages.warning(request, str(error))
        except IllegalMove:
            messages.warning(request, CHANGED)
        else:
            messages.success(request, _("You have agreed. The rule is set aside for this firm."))
        return redirect("casework:eligibility", reference=reference)
    context = {**frame(request, case, "check"), "form": form, "override": found}
    return TemplateResponse(request, "casework/confirm_override.html", context)


def withdraw_override(request, reference, override):
    """The one who has set a rule aside takes it back, or the second person does not agree."""
    case = found_case(request, reference)
    permissions = (Permission.DECIDE_CASE, Permission.CONFIRM_OVERRIDE)
    if not any(request.user.can(permission, case) for permission in permissions):
        request.user.must(Permission.DECIDE_CASE, case)
    found = _override(request, case, override)
    form = ReasonForm(
        posted(request),
        label=_("Why should the rule stand again?"),
        help_text=_("The words stay with the application."),
        submit_label=_("Let the rule stand"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw_override(
                override=found, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
            )
        except IllegalMove:
            messages.warning(request, CHANGED)
        else:
            messages.success(request, _("The rule stands again."))
        return redirect("casework:eligibility", reference=reference)
    context = {**frame(request, case, "check"), "form": form, "override": found}
    return TemplateResponse(request, "casework/withdraw_override.html", context)


# --- The check made again -------------------------------------------------------------------------
@require_POST
def recheck(request, reference):
    case = found_case(request, reference, Permission.DECIDE_CASE)
    if not case.is_live:
        messages.info(request, _("This application has ended, so there is nothing to check."))
        return redirect("casework:eligibility", reference=reference)
    try:
        made = rechecking.recheck(case=case, by=request.user, at=timezone.now())
    except rechecking.UnableToCheck as error:
        messages.warning(request, str(error))
        return redirect("casework:eligibility", reference=reference)
    return redirect("casework:compare-check", reference=reference, check=made.pk)


def compare_check(request, reference, check):
    """The check in force beside one that was made again, and the button that takes it."""
    case = found_case(request, reference)
    checks = CaseCheck.objects.visible_to(request.user).select_related("check_result", "made_by", "taken_by")
    made = get_object_or_404(checks, case=case, pk=check)
    made.case = case
    form = TakeForm(posted(request))
    if request.method == "POST":
        request.user.must(Permission.DECIDE_CASE, case)
        if form.is_valid():
            return _take(request, made, form.cleaned_data["why"])
    before, after, currency = case.check_result, made.check_result, case.programme.currency
    names = checked.instrument_names(case)
    context = {
        **frame(request, case, "check"),
        "form": form,
        "made": made,
        "before": before,
        "after": after,
        "is_in_force": before.pk == after.pk,
        "outcomes": [checked.outcome_of(before), checked.outcome_of(after)],
        "rules": checked.rule_changes(before, after),
        "facts": checked.fact_changes(before, after, currency),
        "strands": checked.strand_changes(before, after, names),
    }
    return TemplateResponse(request, "casework/compare_check.html", context)


def _take(request, made, why):
    try:
        rechecking.take(made=made, why=why, by=request.user, at=timezone.now())
    except IllegalMove:
        messages.warning(request, CHANGED)
    else:
        messages.success(request, _("The application rests on this check from now on."))
    return redirect("casework:eligibility", reference=made.case.reference)

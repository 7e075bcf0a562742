"""The adviser's side: the diagnostic as it stands, and its moves until the result is final."""

from django.contrib import messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from diagnostics import actions, benchmarking, reviewing, wording
from diagnostics.forms.moderation import FinaliseForm, ReasonForm, ReopenForm
from diagnostics.models import Assessment
from diagnostics.results import result_page
from diagnostics.views import contractors
from diagnostics.views.loading import assessment_or_404, final_or_404, result_or_404
from portal.workflow import IllegalMove


def _for_staff(request, reference, load=assessment_or_404):
    """In scope as staff: a firm's own people have their own pages."""
    assessment = load(request, reference)
    if not request.user.can(Permission.VIEW_CASEWORK, assessment.case):
        request.user.must(Permission.MODERATE, assessment.case)
    return assessment


def _frame(request, assessment, answers, current):
    """Rail and head that every staff page of one diagnostic shares; `answers` where the page counts open questions."""
    reference = assessment.case.reference
    waiting = reviewing.unreviewed(assessment, answers) if assessment.is_with_adviser and answers else {}
    pages = [
        ("overview", _("Overview"), "diagnostics:review"),
        ("visit", _("Visit and levels"), "diagnostics:visit"),
    ]
    if assessment.result_id:
        pages.append(("result", _("Result"), "diagnostics:staff-result"))
        if assessment.round != Assessment.Round.T0:
            pages.append(("change", _("Change"), "diagnostics:staff-change"))
        pages.append(("plan", _("Action plan"), "diagnostics:staff-plan"))
    entries = [
        {"label": label, "url": reverse(name, args=[reference]), "count": None, "is_late": False,
         "is_current": key == current}
        for key, label, name in pages
    ]  # fmt: skip
    return {
        "wide": True,
        "case": assessment.case,
        "programme": assessment.case.programme,
        "assessment": assessment,
        "sees_case": request.user.can(Permission.VIEW_CASEWORK, assessment.case),
        "open_count": sum(waiting.values()),
        "rail": [{"title": _("Diagnostic"), "entries": entries}],
    }


def overview(request, reference):
    assessment = _for_staff(request, reference)
    return _overview(request, assessment)


def _overview(request, assessment, **forms):
    """The page; `forms` are those that were sent and refused, by name."""
    answers = list(assessment.answers.select_related("moderated_by", "commented_by"))
    snapshot = assessment.scored(answers)
    may_moderate = request.user.can(Permission.MODERATE, assessment.case)
    context = {
        **_frame(request, assessment, answers, "overview"),
        "allocation_panel": contractors.panel(request, assessment),
        "rows": wording.score_rows(assessment.document, snapshot),
        "snapshot": snapshot,
        "sentence": wording.sentence(assessment.document, snapshot["result"]),
        "facts": reviewing.facts(assessment),
        "held_back": wording.held_back(assessment.document, snapshot["result"]),
        "open_points": reviewing.open_points(assessment, answers),
        "contested": reviewing.contested(assessment, answers),
        "may_moderate": may_moderate and assessment.is_with_adviser,
        "may_finish": may_moderate and assessment.is_with_firm_to_read,
        "may_reopen": _may_reopen(request, assessment),
        "needs_reason": actions.needs_reason(assessment),
        "return_form": ReasonForm(prefix="return"),
        "finalise_form": FinaliseForm(prefix="finalise"),
        "reopen_form": ReopenForm(prefix="reopen"),
        **forms,
    }
    return TemplateResponse(request, "diagnostics/staff/overview.html", context)


def _may_reopen(request, assessment):
    """An adviser who decides cases; a contractor's people do not open what was accepted."""
    needed = (Permission.MODERATE, Permission.DECIDE_CASE)
    is_open = assessment.is_final and assessment.case.is_live
    return is_open and all(request.user.can(permission, assessment.case) for permission in needed)


def _moderated(request, reference):
    """For a page that changes something: in scope, and the person moderates there."""
    assessment = _for_staff(request, reference)
    request.user.must(Permission.MODERATE, assessment.case)
    return assessment


def _do(request, reference, done, action, **what):
    """Carry one move out, say what came of it and go back to the overview."""
    try:
        action(by=request.user, at=timezone.now(), **what)
    except (actions.UnableToModerate, actions.UnableToFinalise, actions.UnableToReopen) as error:
        messages.error(request, str(error))
    except IllegalMove:
        messages.error(request, _("This diagnostic has moved on. Nothing was changed."))
    else:
        messages.success(request, done)
        return True
    return False


@require_POST
def return_to_firm(request, reference):
    assessment = _moderated(request, reference)
    form = ReasonForm(request.POST, prefix="return")
    if not form.is_valid():
        return _overview(request, assessment, return_form=form, form=form)
    done = _("Returned to the firm.")
    _do(request, reference, done, actions.return_to_firm, assessment=assessment, reason=form.cleaned_data["reason"])
    return redirect("diagnostics:review", reference)


@require_POST
def show(request, reference):
    """Let the firm read both levels before the result."""
    assessment = _moderated(request, reference)
    done = _("Sent to the firm to read. You hear by email when it has.")
    _do(request, reference, done, actions.show_to_firm, assessment=assessment)
    return redirect("diagnostics:review", reference)


@require_POST
def take_back(request, reference):
    assessment = _moderated(request, reference)
    _do(request, reference, _("You can change levels again."), actions.take_back, assessment=assessment)
    return redirect("diagnostics:review", reference)


@require_POST
def finalise(request, reference):
    assessment = _moderated(request, reference)
    reason = ""
    if actions.needs_reason(assessment) and not assessment.is_final:
        form = FinaliseForm(request.POST, prefix="finalise")
        if not form.is_valid():
            return _overview(request, assessment, finalise_form=form, form=form)
        reason = form.cleaned_data["reason"]
    done = _("The result is final. The action plan is being made.")
    if _do(request, reference, done, actions.finalise, assessment=assessment, reason=reason):
        return redirect("diagnostics:staff-plan", reference)
    return redirect("diagnostics:review", reference)


@require_POST
def reopen(request, reference):
    assessment = _moderated(request, reference)
    request.user.must(Permission.DECIDE_CASE, assessment.case)
    form = ReopenForm(request.POST, prefix="reopen")
    if not form.is_valid():
        return _overview(request, assessment, reopen_form=form, form=form)
    done = _("Open again. The firm was told.")
    _do(request, reference, done, actions.reopen, assessment=assessment, reason=form.cleaned_data["reason"])
    return redirect("diagnostics:review", reference)


def result(request, reference):
    assessment = _for_staff(request, reference, load=final_or_404)
    frozen = result_or_404(request, assessment)
    context = {
        **result_page(assessment, frozen),
        **_frame(request, assessment, [], "result"),
        "gaps": benchmarking.open_gaps(assessment, frozen),
        "may_accept": request.user.can(Permission.MODERATE, assessment.case),
    }
    return TemplateResponse(request, "diagnostics/staff/result.html", context)


@require_POST
def accept_gaps(request, reference):
    """Say that what does not apply to this firm does not, so that its result may be compared with."""
    assessment = _for_staff(request, reference, load=final_or_404)
    request.user.must(Permission.MODERATE, assessment.case)
    frozen = result_or_404(request, assessment)
    actions.accept_gaps(result=frozen, by=request.user, at=timezone.now())
    messages.success(request, _("Accepted: this result may enter comparisons."))
    return redirect("diagnostics:staff-result", reference)

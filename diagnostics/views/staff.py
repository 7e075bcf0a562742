"""The adviser's side: the firm's answers, the adviser's view beside them, the final result."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from diagnostics import actions, reviewing, wording
from diagnostics.forms.moderation import ModerationForm, ReasonForm
from diagnostics.models import Assessment
from diagnostics.results import result_page
from diagnostics.views.loading import assessment_or_404, final_or_404, result_or_404, sent
from portal.paging import paginate
from portal.workflow import IllegalMove


def worklist(request):
    """Diagnostics with an adviser or contractor that the person may moderate: a contractor's own work."""
    rows = Assessment.objects.visible_to(request.user).with_context().with_adviser()
    if not request.user.works_here:
        raise Http404
    page = paginate(rows, order=["submitted_at", "id"], cursor=request.GET.get("cursor", ""))
    return TemplateResponse(request, "diagnostics/staff/worklist.html", {"page": page, "wide": True})


def overview(request, reference):
    assessment = _for_staff(request, reference)
    answers = list(assessment.answers.all())
    snapshot = assessment.scored(answers)
    context = {
        **_frame(request, assessment, answers, "overview"),
        "rows": wording.score_rows(assessment.document, snapshot),
        "snapshot": snapshot,
        "sentence": wording.sentence(assessment.document, snapshot["result"]),
        "facts": reviewing.facts(assessment),
        "held_back": wording.held_back(assessment.document, snapshot["result"]),
        "open_points": reviewing.open_points(assessment, answers),
        "may_moderate": assessment.is_with_adviser and request.user.can(Permission.MODERATE, assessment.case),
        "return_form": ReasonForm(prefix="return"),
    }
    return TemplateResponse(request, "diagnostics/staff/overview.html", context)


def _for_staff(request, reference, load=assessment_or_404):
    """In scope as staff: a firm's own people have their own pages."""
    assessment = load(request, reference)
    if not request.user.can(Permission.VIEW_CASEWORK, assessment.case):
        request.user.must(Permission.MODERATE, assessment.case)
    return assessment


def _frame(request, assessment, answers, current):
    """Rail and head that every staff page of one diagnostic shares."""
    reference = assessment.case.reference
    waiting = reviewing.unreviewed(assessment, answers) if assessment.is_with_adviser else {}
    pages = [("overview", _("Overview"), reverse("diagnostics:review", args=[reference]), None)]
    pages += [
        (group["code"], group["title"], reverse("diagnostics:review-group", args=[reference, group["code"]]),
         waiting.get(group["code"], 0) if assessment.is_with_adviser else None)
        for group in assessment.document["groups"]
    ]  # fmt: skip
    if assessment.is_final:
        pages.append(("result", _("Result"), reverse("diagnostics:staff-result", args=[reference]), None))
        pages.append(("plan", _("Action plan"), reverse("diagnostics:staff-plan", args=[reference]), None))
    entries = [
        {"label": label, "url": url, "count": count, "is_late": False, "is_current": key == current}
        for key, label, url, count in pages
    ]
    return {
        "wide": True,
        "case": assessment.case,
        "programme": assessment.case.programme,
        "assessment": assessment,
        "sees_case": request.user.can(Permission.VIEW_CASEWORK, assessment.case),
        "open_count": sum(waiting.values()),
        "next_group": next(iter(waiting), None),
        "rail": [{"title": _("Diagnostic"), "entries": entries}],
    }


def group(request, reference, group):
    """One group: the firm's level and words beside the adviser's."""
    assessment = _for_staff(request, reference)
    document = assessment.document
    shown = next((item for item in document["groups"] if item["code"] == group), None)
    if shown is None:
        raise Http404
    answers = list(assessment.answers.select_related("answered_by", "moderated_by"))
    by_code = {answer.question_code: answer for answer in answers}
    asked = [item for item in reviewing.asked(assessment, answers) if item["group"] == group]
    may_moderate = assessment.is_with_adviser and request.user.can(Permission.MODERATE, assessment.case)
    form = ModerationForm(sent(request), document=document, questions=asked, answers=by_code)
    conflicts = []
    if request.method == "POST":
        request.user.must(Permission.MODERATE, assessment.case)
        if form.is_valid():
            try:
                actions.moderate(assessment=assessment, verdicts=form.verdicts, by=request.user, at=timezone.now())
            except (actions.UnableToModerate, IllegalMove) as error:
                messages.error(request, str(error))
                return redirect("diagnostics:review", reference)
            except actions.AnswerChanged as error:
                by_code |= {answer.question_code: answer for answer in error.answers}
                conflicts = [answer.question_code for answer in error.answers]
                form = form.on_top_of(error.answers)
            else:
                messages.success(request, _("Saved: %(group)s.") % {"group": shown["title"]})
                return redirect(_following(assessment, group))
    context = {
        **_frame(request, assessment, answers, group),
        "group": shown,
        "form": form,
        "rows": reviewing.moderation_rows(document, asked, by_code, form, conflicts),
        "conflicts": conflicts,
        "may_moderate": may_moderate,
    }
    return TemplateResponse(request, "diagnostics/staff/group.html", context)


def _following(assessment, group):
    """The next group's page, the overview after the last."""
    codes = [item["code"] for item in assessment.document["groups"]]
    at = codes.index(group) + 1
    if at < len(codes):
        return reverse("diagnostics:review-group", args=[assessment.case.reference, codes[at]])
    return reverse("diagnostics:review", args=[assessment.case.reference])


@require_POST
def return_to_firm(request, reference):
    assessment = _for_staff(request, reference)
    request.user.must(Permission.MODERATE, assessment.case)
    form = ReasonForm(request.POST, prefix="return")
    if not form.is_valid():
        messages.error(request, _("Write what the firm should look at again."))
        return redirect("diagnostics:review", reference)
    try:
        actions.return_to_firm(
            assessment=assessment, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
        )
    except IllegalMove:
        messages.error(request, _("This diagnostic has moved on. Nothing was changed."))
    else:
        messages.success(request, _("Returned to the firm."))
    return redirect("diagnostics:review", reference)


@require_POST
def finalise(request, reference):
    assessment = _for_staff(request, reference)
    request.user.must(Permission.MODERATE, assessment.case)
    try:
        actions.finalise(assessment=assessment, by=request.user, at=timezone.now())
    except actions.UnableToFinalise as error:
        messages.error(request, str(error))
        return redirect("diagnostics:review", reference)
    except IllegalMove:
        messages.error(request, _("This diagnostic has moved on. Nothing was changed."))
        return redirect("diagnostics:review", reference)
    messages.success(request, _("The result is final. The action plan is being made."))
    return redirect("diagnostics:staff-plan", reference)


def result(request, reference):
    assessment = _for_staff(request, reference, load=final_or_404)
    frozen = result_or_404(request, assessment)
    context = {
        **result_page(assessment, frozen),
        **_frame(request, assessment, list(assessment.answers.all()), "result"),
    }
    return TemplateResponse(request, "diagnostics/staff/result.html", context)

"""The firm reads the adviser's view before the result; staff read who set what when."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from diagnostics import actions, histories, reviewing
from diagnostics.forms.review import CommentForm
from diagnostics.views.loading import assessment_or_404, sent
from diagnostics.views.staff import _for_staff, _frame


def firm(request, reference):
    """Both levels side by side, with room for a word on each."""
    assessment = assessment_or_404(request, reference)
    may_answer = request.user.can(Permission.ANSWER_DIAGNOSTIC, assessment.case)
    if not (assessment.is_with_firm_to_read or assessment.read_at):
        messages.info(request, _("There is nothing for you to read here now."))
        return redirect("diagnostics:start", reference)
    answers = list(assessment.answers.select_related("moderated_by"))
    by_code = {answer.question_code: answer for answer in answers}
    questions = [item for item in reviewing.asked(assessment, answers) if item["code"] in by_code]
    forms = {
        item["code"]: CommentForm(sent(request), question=item, answer=by_code[item["code"]]) for item in questions
    }
    if request.method == "POST":
        request.user.must(Permission.ANSWER_DIAGNOSTIC, assessment.case)
        if all([form.is_valid() for form in forms.values()]) and _commented(request, assessment, forms):
            return redirect("diagnostics:firm-review", reference)
    rows = {
        item["code"]: {
            **reviewing.both_views(assessment.document, item, by_code[item["code"]]), "form": forms[item["code"]],
        }
        for item in questions
    }  # fmt: skip
    context = {
        "case": assessment.case,
        "programme": assessment.case.programme,
        "assessment": assessment,
        "may_comment": may_answer and assessment.is_with_firm_to_read and not assessment.read_at,
        "different": [row for row in rows.values() if row["differs"]],
        "groups": reviewing.in_groups(
            assessment.document, questions, {code: row for code, row in rows.items() if not row["differs"]}
        ),
        "refused": [form for form in forms.values() if form.errors],
        "has_errors": any(form.errors for form in forms.values()),
    }
    return TemplateResponse(request, "diagnostics/review.html", context)


def _commented(request, assessment, forms):
    is_read = "later" not in request.POST
    try:
        actions.comment(
            assessment=assessment, comments={code: form.said for code, form in forms.items()}, is_read=is_read,
            by=request.user, at=timezone.now(),
        )  # fmt: skip
    except actions.UnableToComment as error:
        messages.error(request, str(error))
        return False
    done = _("Sent. Your adviser has your answer.") if is_read else _("Saved. Come back when you like.")
    messages.success(request, done)
    return True


def history(request, reference, code):
    """Who set what when for one question; neither side's levels are ever overwritten here."""
    assessment = _for_staff(request, reference)
    question = next((item for item in reviewing.all_questions(assessment.document) if item["code"] == code), None)
    if question is None:
        raise Http404
    context = {
        **_frame(request, assessment, [], "history"),
        "question": question,
        "entries": histories.of_answer(assessment, question),
    }
    return TemplateResponse(request, "diagnostics/staff/history.html", context)

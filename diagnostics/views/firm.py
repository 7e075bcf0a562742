"""The firm's side: start, one question a page, check, send, result."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from diagnostics import actions, places, reviewing, wording
from diagnostics.forms.answers import GoalsForm, ProfileForm, QuestionForm
from diagnostics.models import Assessment, QuestionnaireVersion
from diagnostics.progress import progress
from diagnostics.results import result_page
from diagnostics.views.loading import (
    assessment_or_404,
    case_or_404,
    final_or_404,
    result_or_404,
    sent,
    waiting_place,
)
from portal.workflow import IllegalMove


def start(request, reference):
    """What the diagnostic is, where the firm stands in it, and the next thing to do."""
    case = case_or_404(request, reference)
    assessment = Assessment.objects.visible_to(request.user).with_context().of_case(reference).first()
    now = timezone.now()
    context = {"case": case, "programme": case.programme, "assessment": assessment}
    due = actions.next_round(case, now) if case.is_live else None
    context["may_start"] = due is not None and request.user.can(Permission.ANSWER_DIAGNOSTIC, case)
    if assessment is None or (due and assessment.is_final):
        version = QuestionnaireVersion.objects.newest(actions.questionnaire_code(case))
        context |= {"framework": version.document["framework"] if version else None, "next_round": due}
        return _start_page(request, context)
    if not assessment.is_editable:
        return TemplateResponse(request, "diagnostics/waiting.html", context)
    questions = assessment.scored(assessment.answers.all())["result"]["questions"]
    context |= {
        "progress": progress(assessment.document, questions),
        "sections": _sections(assessment, questions),
        "next_url": _next_url(assessment, questions),
    }
    return TemplateResponse(request, "diagnostics/tasks.html", context)


def _start_page(request, context):
    """The way in, or the waiting list where every place for a first diagnostic is taken."""
    case = context["case"]
    capped = places.places_of([case.programme_id]).get(case.programme_id) if context["assessment"] is None else None
    if capped is None or not context["may_start"]:
        return TemplateResponse(request, "diagnostics/start.html", context)
    waiting = waiting_place(request, case)
    context |= {"places": capped, "waiting": waiting}
    if waiting and waiting.offered_at is None:
        context["number"] = waiting.number
        context["has_place"] = context["number"] <= capped.free
        return TemplateResponse(request, "diagnostics/waiting_list.html", context)
    return TemplateResponse(request, "diagnostics/start.html", context)


@require_POST
def begin(request, reference):
    case = case_or_404(request, reference)
    request.user.must(Permission.ANSWER_DIAGNOSTIC, case)
    try:
        actions.start(case=case, by=request.user, at=timezone.now())
    except actions.NoPlaceLeft:
        return redirect("diagnostics:start", reference)  # which says where the firm stands in line
    except actions.UnableToStart as error:
        messages.error(request, str(error))
        return redirect("diagnostics:start", reference)
    return redirect("diagnostics:about", reference)


def _sections(assessment, questions):
    """The task list: what is asked, how much of it is done, where to go on."""
    reference = assessment.case.reference
    missing = set(actions.missing_facts(assessment))
    rows = [
        {
            "title": _("About your business"),
            "url": reverse("diagnostics:about", args=[reference]),
            "done": not missing - {"goals"},
            "hint": "",
        },
        {
            "title": _("What matters most to you"),
            "url": reverse("diagnostics:goals", args=[reference]),
            "done": "goals" not in missing,
            "hint": "",
        },
    ]
    for group in assessment.document["groups"]:
        asked = [item for item in questions if item["group"] == group["code"] and item["status"] != "hidden"]
        waiting = [item["code"] for item in asked if item["status"] == "unanswered"]
        if asked:
            rows.append(
                {
                    "title": group["title"],
                    "url": reverse("diagnostics:question", args=[reference, (waiting or [asked[0]["code"]])[0]]),
                    "done": not waiting,
                    "hint": _("%(done)d of %(all)d answered") % {"done": len(asked) - len(waiting), "all": len(asked)},
                }
            )
    return rows


def _next_url(assessment, questions):
    """The first page that still wants something, else the check."""
    reference = assessment.case.reference
    missing = actions.missing_facts(assessment)
    if missing:
        return reverse("diagnostics:goals" if missing == ["goals"] else "diagnostics:about", args=[reference])
    waiting = progress(assessment.document, questions).open
    if waiting:
        return reverse("diagnostics:question", args=[reference, waiting[0]])
    return reverse("diagnostics:check", args=[reference])


def _to_answer(request, reference):
    """The assessment for a page that changes answers; None when it is with the adviser."""
    assessment = assessment_or_404(request, reference)
    request.user.must(Permission.ANSWER_DIAGNOSTIC, assessment.case)
    return assessment if assessment.is_editable else None


def _locked(request, reference):
    messages.info(request, _("Your diagnostic is with your adviser, so the answers cannot be changed now."))
    return redirect("diagnostics:start", reference)


def about(request, reference):
    """Facts that joining the programme has not asked already."""
    assessment = _to_answer(request, reference)
    if assessment is None:
        return _locked(request, reference)
    known = actions.known_facts(assessment.case)
    form = ProfileForm(
        sent(request), document=assessment.document, facts=assessment.facts, known=known, case=assessment.case
    )
    if request.method == "POST" and form.is_valid():
        facts = {**{code: value for code, value in known.items() if value is not None}, **form.facts}
        return _save_facts(request, assessment, facts, form, "diagnostics:goals")
    return _facts_page(request, "diagnostics/about.html", assessment, form)


def goals(request, reference):
    assessment = _to_answer(request, reference)
    if assessment is None:
        return _locked(request, reference)
    form = GoalsForm(sent(request), document=assessment.document, goals=assessment.facts.get("goals") or [])
    if request.method == "POST" and form.is_valid():
        return _save_facts(request, assessment, {"goals": form.goals}, form, "diagnostics:start")
    return _facts_page(request, "diagnostics/goals.html", assessment, form)


def _save_facts(request, assessment, facts, form, then):
    try:
        actions.save_facts(assessment=assessment, facts=facts, by=request.user, at=timezone.now())
    except actions.UnableToAnswer:
        return _locked(request, assessment.case.reference)
    if "check" in request.GET:
        then = "diagnostics:check"
    return redirect(then, assessment.case.reference)


def _facts_page(request, template, assessment, form):
    context = {"case": assessment.case, "programme": assessment.case.programme, "assessment": assessment, "form": form}
    return TemplateResponse(request, template, context)


def question(request, reference, code):
    """One question. Saved at once; a colleague's answer that came in between is shown, never lost."""
    assessment = _to_answer(request, reference)
    if assessment is None:
        return _locked(request, reference)
    answers = list(assessment.answers.select_related("answered_by"))
    questions = assessment.scored(answers)["result"]["questions"]
    course = progress(assessment.document, questions)
    asked = assessment.version.question(code)
    if asked is None or code not in course.visible:
        raise Http404
    answer = next((row for row in answers if row.question_code == code), None)
    form = QuestionForm(sent(request), document=assessment.document, question=asked, answer=answer)
    conflict = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_answer(
                assessment=assessment, code=code, reply=form.reply, row_version=form.cleaned_data["row_version"],
                by=request.user, at=timezone.now(),
            )  # fmt: skip
        except actions.UnableToAnswer:
            return _locked(request, reference)
        except actions.AnswerChanged as error:
            conflict, form = error.answers[0], form.on_top_of(error.answers[0])
        else:
            return redirect(_after(request, assessment, course, code))
    context = {
        "case": assessment.case,
        "programme": assessment.case.programme,
        "assessment": assessment,
        "question": asked,
        "group": next((g for g in assessment.document["groups"] if g["code"] == asked.get("group", "BR")), None),
        "form": form,
        "answer": answer,
        "conflict": conflict,
        "conflict_label": wording.answer_label(assessment.document, asked, conflict) if conflict else "",
        "course": course,
        "number": course.number(code),
        "before": course.before(code),
    }
    return TemplateResponse(request, "diagnostics/question.html", context)


def _after(request, assessment, course, code):
    """Back to the check when the firm came from there, else on to the next question."""
    reference = assessment.case.reference
    following = course.after(code)
    if "check" in request.GET or following is None:
        return reverse("diagnostics:check", args=[reference])
    return reverse("diagnostics:question", args=[reference, following])


def check(request, reference):
    """Check your answers, and send them."""
    assessment = _to_answer(request, reference)
    if assessment is None:
        return _locked(request, reference)
    missing = []
    if request.method == "POST":
        try:
            actions.send(assessment=assessment, by=request.user, at=timezone.now())
        except IllegalMove:
            return redirect("diagnostics:start", reference)
        except actions.UnableToSend as error:
            missing = error.missing
        else:
            messages.success(request, _("Sent. Your adviser goes through your answers next."))
            return redirect("diagnostics:start", reference)
    titles = wording.question_titles(assessment.document)
    context = {
        "case": assessment.case,
        "programme": assessment.case.programme,
        "assessment": assessment,
        "facts": reviewing.facts(assessment),
        "groups": reviewing.answer_groups(assessment, assessment.answers.all()),
        "missing": [(code, titles[code]) for code in missing if code in titles],
        "missing_facts": actions.missing_facts(assessment),
        "has_errors": bool(missing),
    }
    return TemplateResponse(request, "diagnostics/check.html", context)


def result(request, reference):
    assessment = final_or_404(request, reference)
    frozen = result_or_404(request, assessment)
    context = result_page(assessment, frozen)
    return TemplateResponse(request, "diagnostics/result.html", context)

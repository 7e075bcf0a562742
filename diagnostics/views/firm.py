"""The firm's side: start, facts, the list of parts, check, send, result."""

from django.contrib import messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from diagnostics import actions, places, reviewing, scoring, wording
from diagnostics.forms.answers import AboutForm
from diagnostics.models import Answer, Assessment, QuestionnaireVersion
from diagnostics.results import result_page
from diagnostics.views.answering import Sheet, frame, locked, to_answer
from diagnostics.views.colleagues import holders_of
from diagnostics.views.consents import panel
from diagnostics.views.firstlook import own_look, tell_brought
from diagnostics.views.loading import case_or_404, final_or_404, result_or_404, sent, waiting_place
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
    sheet = Sheet(assessment)
    context |= {
        "course": sheet.course,
        "parts": _parts(request, sheet, holders_of(assessment, now)),
        "is_about_done": not sheet.missing_facts,
        "next_url": sheet.next_url(request),
        "may_answer": request.user.can(Permission.ANSWER_DIAGNOSTIC, case),
        "may_invite": request.user.can(Permission.SIGN, case),
        "saved_at": sheet.saved_at(request.user),
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
        begun = actions.start(
            case=case, by=request.user, at=timezone.now(), first_look=own_look(request, case.programme)
        )
    except actions.NoPlaceLeft:
        return redirect("diagnostics:start", reference)  # which says where the firm stands in line
    except actions.UnableToStart as error:
        messages.error(request, str(error))
        return redirect("diagnostics:start", reference)
    tell_brought(request, begun)
    return redirect("diagnostics:about", reference)


def _parts(request, sheet, holders):
    """The task list: what is asked, how much of it is done, who has it, where to go on."""
    rows = []
    for group in sheet.groups:
        code = group["code"]
        asked, waiting = sheet.asked_of(code), sheet.open_of(code)
        rows.append(
            {
                "code": code,
                "title": group["title"],
                "url": sheet.start_of(request, code),
                "is_done": not waiting,
                "answered": len(asked) - len(waiting),
                "all": len(asked),
                "carried": len(sheet.carried_of(code)),
                "holders": holders.get(code, []),
            }
        )
    return rows


def about(request, reference):
    """Facts that joining the programme has not asked already, and the goals."""
    assessment = to_answer(request, reference)
    if assessment is None:
        return locked(request, reference)
    known = actions.known_facts(assessment.case)
    form = AboutForm(
        sent(request), document=assessment.document, facts=assessment.facts, known=known, case=assessment.case
    )
    if request.method == "POST" and form.is_valid():
        facts = {**{code: value for code, value in known.items() if value is not None}, **form.facts}
        try:
            actions.save_facts(assessment=assessment, facts=facts, by=request.user, at=timezone.now())
        except actions.UnableToAnswer:
            return locked(request, reference)
        assessment.refresh_from_db(fields=["facts"])
        sheet = Sheet(assessment)
        return redirect(sheet.url("check") if "check" in request.GET else sheet.next_url(request))
    return TemplateResponse(request, "diagnostics/about.html", {**frame(assessment), "form": form})


def check(request, reference):
    """Check your answers, and send them."""
    assessment = to_answer(request, reference)
    if assessment is None:
        return locked(request, reference)
    refused = []
    if request.method == "POST":
        try:
            actions.send(assessment=assessment, by=request.user, at=timezone.now())
        except IllegalMove:
            return redirect("diagnostics:start", reference)
        except actions.UnableToSend as error:
            refused = error.missing
        else:
            messages.success(request, _("Sent. Your adviser goes through your answers next."))
            return redirect("diagnostics:start", reference)
    sheet = Sheet(assessment)
    titles = wording.question_titles(sheet.document)
    context = {
        **frame(assessment),
        "facts": reviewing.facts(assessment),
        "groups": _to_check(sheet),
        "counts": _counts(sheet),
        "missing": [(code, titles[code]) for code in refused if code in titles],
        "missing_facts": sheet.missing_facts,
        "has_errors": bool(refused),
        "consents": panel(assessment.case),
    }
    return TemplateResponse(request, "diagnostics/check.html", context)


def _to_check(sheet):
    """Every answer with what to look at before it is sent: open, to confirm, who gave it, what shows it."""
    groups = reviewing.answer_groups(sheet.assessment, sheet.answers.values())
    for row in (row for group in groups for row in group["rows"]):
        answer = sheet.answers.get(row["code"])
        row["said_before"] = sheet.said_before(row["code"])
        row["is_unsure"] = answer is not None and answer.state == Answer.State.DONT_KNOW
        row["by"] = answer.answered_by if answer and answer.value is not None else None
        row["pieces"] = sheet.evidence[row["code"]]
    return groups


def _counts(sheet):
    """How much is still to be done or said, for the top of the check."""
    carried = sum(bool(sheet.said_before(code)) for code in sheet.course.open)
    return {
        "open": len(sheet.course.open) - carried,
        "carried": carried,
        "unsure": sum(state["status"] == scoring.DONT_KNOW for state in sheet.states),
        "pieces": sum(sheet.evidence[code] for code in sheet.course.visible),
    }


def result(request, reference):
    assessment = final_or_404(request, reference)
    frozen = result_or_404(request, assessment)
    context = result_page(assessment, frozen)
    return TemplateResponse(request, "diagnostics/result.html", context)

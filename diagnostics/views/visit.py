"""The visit on one sheet: every question with both levels, what was seen, and the visit itself.

The page's one button saves everything. With static/js/moderation.js each part is sent by itself as it is changed, to
`save`, which checks and keeps it in the same way and answers with the part as it stands.
"""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from diagnostics import actions, reviewing
from diagnostics.forms.moderation import VISIT, VisitSheet
from diagnostics.models import Evidence
from diagnostics.views.loading import sent
from diagnostics.views.staff import _for_staff, _frame
from portal.workflow import IllegalMove

SAVED, REFUSED, CLASH, MOVED_ON = 200, 422, 409, 423


class Desk:
    """One diagnostic with its answers, questions and evidence, for the sheet and for one part of it."""

    def __init__(self, assessment):
        self.assessment = assessment
        self.answers = {
            answer.question_code: answer
            for answer in assessment.answers.select_related("answered_by", "moderated_by", "commented_by")
        }
        self.questions = reviewing.asked(assessment, self.answers.values())
        self.today = assessment.case.programme.local_date(timezone.now())

    def sheet(self, data, only=""):
        return VisitSheet(
            data, assessment=self.assessment, questions=self.questions, answers=self.answers, today=self.today,
            only=only,
        )  # fmt: skip

    def rows(self, sheet, codes):
        """The parts of these questions as the page shows them."""
        pieces = {}
        evidence = Evidence.objects.live().filter(assessment=self.assessment, question_code__in=codes)
        for piece in evidence.select_related("upload", "added_by").order_by("added_at", "id"):
            pieces.setdefault(piece.question_code, []).append(piece)
        answers = self.answers
        if sheet.theirs:
            answers = answers | {answer.question_code: answer for answer in sheet.theirs.answers}
        return {
            question["code"]: reviewing.part(
                self.assessment.document, question, answers.get(question["code"]), sheet.verdicts[question["code"]],
                evidence=pieces.get(question["code"], ()), is_conflict=sheet.is_conflict(question["code"]),
            )
            for question in self.questions
            if question["code"] in codes
        }  # fmt: skip


def visit(request, reference):
    assessment = _for_staff(request, reference)
    desk = Desk(assessment)
    sheet = desk.sheet(sent(request))
    if request.method == "POST":
        request.user.must(Permission.MODERATE, assessment.case)
        if sheet.is_valid():
            try:
                actions.moderate(assessment=assessment, by=request.user, at=timezone.now(), **sheet.changes)
            except (actions.UnableToModerate, IllegalMove) as error:
                messages.error(request, _moved_on(error))
            except actions.ViewChanged as error:
                sheet = sheet.on_top_of(error)
            else:
                messages.success(request, _("Saved."))
                return redirect("diagnostics:visit", reference)
    may_moderate = request.user.can(Permission.MODERATE, assessment.case) and assessment.is_with_adviser
    rows = desk.rows(sheet, {question["code"] for question in desk.questions})
    context = {
        **_frame(request, assessment, list(desk.answers.values()), "visit"),
        "rail": None,  # the sheet uses the whole width of a tablet
        "sheet": sheet,
        "groups": reviewing.in_groups(assessment.document, desk.questions, rows),
        "may_moderate": may_moderate or sheet.data is not None,
        "conflicts": [row for row in rows.values() if row["is_conflict"]],
        "is_visit_conflict": sheet.is_conflict(VISIT),
        "has_errors": not sheet.is_valid(),
    }
    return TemplateResponse(request, "diagnostics/staff/visit.html", context)


def _moved_on(error):
    if isinstance(error, actions.UnableToModerate):
        return str(error)
    return _("This diagnostic has moved on. Nothing was changed.")


@require_POST
def save(request, reference):
    """Keep one part of the sheet, named `part`; answers with it as it stands, and a status that tells how it went."""
    assessment = _for_staff(request, reference)
    request.user.must(Permission.MODERATE, assessment.case)
    desk, part = Desk(assessment), request.POST.get("part", "")
    if part != VISIT and part not in {question["code"] for question in desk.questions}:
        raise Http404
    sheet, status, problem = desk.sheet(request.POST, only=part), SAVED, ""
    if not sheet.is_valid():
        status = REFUSED
    else:
        try:
            actions.moderate(assessment=assessment, by=request.user, at=timezone.now(), **sheet.changes)
        except (actions.UnableToModerate, IllegalMove) as error:
            status, problem = MOVED_ON, _moved_on(error)
        except actions.ViewChanged as error:
            sheet, status = sheet.on_top_of(error), CLASH
        else:
            desk = Desk(_for_staff(request, reference))
            sheet = desk.sheet(None)
    context = {
        "case": assessment.case, "assessment": desk.assessment, "sheet": sheet, "problem": problem,
        "may_moderate": True, "is_visit_conflict": sheet.is_conflict(VISIT),
    }  # fmt: skip
    if part == VISIT:
        return TemplateResponse(request, "diagnostics/staff/_visit_about.html", context, status=status)
    context["row"] = desk.rows(sheet, {part})[part]
    return TemplateResponse(request, "diagnostics/staff/_visit_question.html", context, status=status)

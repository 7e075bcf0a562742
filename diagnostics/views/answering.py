"""What the firm's pages of an open diagnostic share: who may answer, what is asked, where to go on."""

from collections import Counter
from functools import cached_property

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from diagnostics import actions, wording
from diagnostics.forms.answers import said
from diagnostics.models import Evidence
from diagnostics.progress import progress
from diagnostics.views.loading import assessment_or_404
from portal.words import words_of

# How a person likes to answer belongs to the screen in front of them: a phone asks one question at a time where a desk
# has room for a whole part. So it is a cookie, which outlives every sign-in, and no field of the person.
VIEW_COOKIE = "answer_view"
A_YEAR = 365 * 24 * 3600


def to_answer(request, reference):
    """The assessment for a page that changes answers; None when it is with the adviser."""
    assessment = assessment_or_404(request, reference)
    request.user.must(Permission.ANSWER_DIAGNOSTIC, assessment.case)
    return assessment if assessment.is_editable else None


def locked(request, reference):
    """Away from a page whose answers are closed; words that were on their way are shown to be copied."""
    why = _("Your diagnostic is with your adviser, so the answers cannot be changed now.")
    if request.method == "POST" and request.POST.get("note"):
        return not_saved(request, assessment_or_404(request, reference), why)
    messages.info(request, why)
    return redirect("diagnostics:start", reference)


def not_saved(request, assessment, why, status=409):
    context = {**frame(assessment), "why": why, "note": request.POST.get("note", "")}
    return TemplateResponse(request, "diagnostics/not_saved.html", context, status=status)


def words(request):
    """What a form is bound to: what was sent now, else what this person had typed before the sign-in ended."""
    return request.POST if request.method == "POST" else words_of(request)


def frame(assessment):
    return {"case": assessment.case, "programme": assessment.case.programme, "assessment": assessment}


def prefers_parts(request):
    return request.COOKIES.get(VIEW_COOKIE) == "part"


def remember_view(response, view):
    response.set_cookie(
        VIEW_COOKIE, view, max_age=A_YEAR, path="/cases/", secure=settings.SESSION_COOKIE_SECURE, httponly=True,
        samesite="Lax",
    )  # fmt: skip


class Sheet:
    """One diagnostic as it is being answered: its questions, the answers so far, how far the firm has come."""

    def __init__(self, assessment):
        self.assessment = assessment
        self.document = assessment.document
        self.answers = {row.question_code: row for row in assessment.answers.select_related("answered_by")}
        self.states = assessment.scored(self.answers.values())["result"]["questions"]
        self.missing_facts = actions.missing_facts(assessment)
        self.course = progress(self.document, self.states, self.missing_facts)
        self.group_of = {item["code"]: item["group"] for item in self.states}

    def question(self, code):
        """The scored question or barrier with this code, asked or not."""
        everything = (*self.document["questions"], *self.document["barriers"])
        return next((item for item in everything if item["code"] == code), None)

    @cached_property
    def groups(self):
        """Groups of which something is asked."""
        asked = {self.group_of[code] for code in self.course.visible}
        return [group for group in self.document["groups"] if group["code"] in asked]

    def group(self, code):
        return next((group for group in self.document["groups"] if group["code"] == code), None)

    def asked_of(self, group):
        return [code for code in self.course.visible if self.group_of[code] == group]

    def open_of(self, group):
        return [code for code in self.course.open if self.group_of[code] == group]

    def carried_of(self, group):
        """Codes with an answer that was brought along and that nobody has confirmed."""
        return [code for code in self.open_of(group) if code in self.answers and self.answers[code].carried_from]

    def said_before(self, code):
        """An answer that was brought along, in words; empty for any other."""
        answer = self.answers.get(code)
        if answer is None or not answer.carried_from:
            return ""
        return self.label(code, answer)

    def label(self, code, answer):
        """An answer in a few words, one that was brought along as well."""
        if answer.self_level is not None:
            return wording.scale_label(self.document, self.question(code), answer.self_level)
        others = {item["code"]: item["label"] for item in self.document["scale"]["other_answers"]}
        return others.get(said(answer), _("Not answered"))

    @cached_property
    def evidence(self):
        """How many pieces of evidence each question has."""
        rows = Evidence.objects.live().filter(assessment=self.assessment)
        return Counter(rows.values_list("question_code", flat=True))

    def saved_at(self, user):
        """When this person last saved an answer here."""
        return max((row.answered_at for row in self.answers.values() if row.answered_by_id == user.pk), default=None)

    # --- Addresses ------------------------------------------------------------------------------
    def url(self, name, *args):
        return reverse(f"diagnostics:{name}", args=[self.assessment.case.reference, *args])

    def place_of(self, request, code):
        """Where this person answers the question: by itself, or on the page of its part."""
        if prefers_parts(request):
            return f"{self.url('part', self.group_of[code])}#{code}"
        return self.url("question", code)

    def next_url(self, request):
        """The first page that still wants something, else the check."""
        if self.missing_facts:
            return self.url("about")
        return self.place_of(request, self.course.open[0]) if self.course.open else self.url("check")

    def start_of(self, request, group):
        """Where the part begins: at what is open in it, else at its first question."""
        return self.place_of(request, (self.open_of(group) or self.asked_of(group))[0])

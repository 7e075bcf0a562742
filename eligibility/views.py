"""The check without signing in: a start page, one question a page, the answers at a glance, the result."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from eligibility import actions
from eligibility.forms import QUESTIONS, ConfirmForm, SearchForm, shown
from eligibility.models import EligibilityCheck
from eligibility.session import answers_for, current_check, keep_answers, remember
from eligibility.wording import RULE_NAMES
from organisations import sic
from programmes.models import Programme

NAMES = list(QUESTIONS)


def _programme(slug):
    return get_object_or_404(Programme.objects.listed(), slug=slug)


def _is_answered(name, answers):
    """Answered, unless a later answer took it back (a new postcode asks for the authority again)."""
    return all(key in answers for key in QUESTIONS[name].keys) and not (
        name == "local-authority" and answers["local_authority"] is None
    )


def _first_open(answers):
    return next((name for name in NAMES if not _is_answered(name, answers)), None)


@login_not_required
def start(request, slug):
    programme = _programme(slug)
    intro = programme.texts.filter(key="eligibility.intro", language=get_language()).first()
    context = {
        "programme": programme,
        "intro": intro.body if intro else "",
        "first_url": reverse("eligibility:question", args=[slug, NAMES[0]]),
        "count": len(NAMES),
    }
    return render(request, "eligibility/start.html", context)


@login_not_required
def question(request, slug, name):
    programme = _programme(slug)
    if name not in QUESTIONS:
        raise Http404
    answers = answers_for(request, programme)
    due = _first_open(answers)
    if due and NAMES.index(name) > NAMES.index(due):
        return redirect("eligibility:question", slug=slug, name=due)
    search = SearchForm(request.GET) if name == "product" else None
    form = _form(name, request, programme, answers, search)
    if request.method == "POST" and form.is_valid():
        answers |= form.answers()
        keep_answers(request, programme, answers)
        following = _first_open(answers)
        if following:
            return redirect("eligibility:question", slug=slug, name=following)
        return redirect("eligibility:check-answers", slug=slug)
    place = NAMES.index(name)
    back = reverse("eligibility:question", args=[slug, NAMES[place - 1]]) if place else None
    if not due:
        back = reverse("eligibility:check-answers", args=[slug])
    context = {
        "programme": programme,
        "form": form,
        "search": search,
        "name": name,
        "number": place + 1,
        "count": len(NAMES),
        "back": back or reverse("eligibility:start", args=[slug]),
    }
    return render(request, "eligibility/question.html", context)


def _form(name, request, programme, answers, search):
    kwargs = {"programme": programme, "answers": answers, "on": programme.local_date(timezone.now())}
    if name == "product":
        words = search.cleaned_data["q"].strip() if search.is_valid() else ""
        kwargs["found"] = sic.search(words, limit=12) if words else ()
        search.has_searched = bool(words)
    return QUESTIONS[name](request.POST if request.method == "POST" else None, **kwargs)


@login_not_required
def check_answers(request, slug):
    programme = _programme(slug)
    answers = answers_for(request, programme)
    due = _first_open(answers)
    if due:
        return redirect("eligibility:question", slug=slug, name=due)
    now = timezone.now()
    if request.method == "POST":
        newest = current_check(request, programme)
        remember(request, actions.record(programme=programme, answers=answers, newest=newest, at=now))
        return redirect("eligibility:result", slug=slug)
    forms = [
        QUESTIONS[name](None, programme=programme, answers=answers, on=programme.local_date(now)) for name in NAMES
    ]
    rows = [
        {
            "key": form.title,
            "value": shown(name, answers, programme.currency),
            "url": reverse("eligibility:question", args=[slug, name]),
        }
        for name, form in zip(NAMES, forms, strict=True)
    ]
    context = {"programme": programme, "rows": rows, "confirm": ConfirmForm()}
    return render(request, "eligibility/check_answers.html", context)


@login_not_required
def result(request, slug):
    programme = _programme(slug)
    check = current_check(request, programme)
    if check is None:
        return redirect("eligibility:start", slug=slug)
    instruments = {instrument.slug: instrument for instrument in programme.instruments.all()}
    context = {
        "programme": programme,
        "check": check,
        "findings": [{**finding, "name": RULE_NAMES[finding["rule"]]} for finding in check.findings],
        "strands": [
            {**strand, "support": instruments[strand["instrument"]]}
            for strand in check.strands
            if strand["instrument"] in instruments
        ],
        "is_eligible": check.outcome == EligibilityCheck.Outcome.ELIGIBLE,
        "is_refused": check.outcome == EligibilityCheck.Outcome.NOT_ELIGIBLE,
        "is_open": programme.status == Programme.Status.OPEN,
    }
    return render(request, "eligibility/result.html", context)

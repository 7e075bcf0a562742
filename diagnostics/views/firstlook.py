"""A first look without signing in: a few facts, ten questions, a picture and three first steps."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications.models import Case
from diagnostics import actions, results, wording
from diagnostics.forms.firstlook import FirstLookFactsForm, FirstLookForm
from diagnostics.models import Answer, Assessment, FirstLook
from diagnostics.progress import progress
from diagnostics.views.loading import sent
from eligibility.session import answers_for, current_check
from portal.api import AddressThrottle
from programmes.models import Programme

SESSION = "first_looks"
STEPS = 3


def own_look(request, programme):
    """The first look of this programme that this browser has begun; one that was swept is gone."""
    key = request.session.get(SESSION, {}).get(programme.slug)
    looks = FirstLook.objects.select_related("version__questionnaire", "programme")
    return looks.filter(pk=key, programme=programme).first() if key else None


def _remember(request, look):
    request.session[SESSION] = {**request.session.get(SESSION, {}), look.programme.slug: str(look.pk)}


def tell_brought(request, assessment):
    """Say once how many earlier answers wait to be confirmed, and where they are from."""
    brought = assessment.answers.exclude(carried_from=Answer.Carried.NO).count()
    if not brought:
        return
    if assessment.round == Assessment.Round.T0:
        text = ngettext(
            "We brought %(count)d answer from your first look. Confirm it as you go.",
            "We brought %(count)d answers from your first look. Confirm them as you go.",
            brought,
        )
    else:
        text = ngettext(
            "We brought %(count)d answer from last time. Confirm it as you go.",
            "We brought %(count)d answers from last time. Confirm them as you go.",
            brought,
        )
    messages.success(request, text % {"count": brought})


def _own_or_none(request, slug):
    programme = get_object_or_404(Programme.objects.listed(), slug=slug)
    return programme, own_look(request, programme)


def _context(programme, **more):
    return {"programme": programme, "header_name": programme.local_name, **more}


def _course(look):
    return progress(look.document, look.scored()["result"]["questions"], look.missing_facts())


def _next_url(look):
    """The first page that still wants something, else the result."""
    slug = look.programme.slug
    if look.missing_facts():
        return reverse("diagnostics:first-look-about", args=[slug])
    waiting = _course(look).open
    if waiting:
        return reverse("diagnostics:first-look-question", args=[slug, waiting[0]])
    return reverse("diagnostics:first-look-result", args=[slug])


@login_not_required
def start(request, slug):
    """What it is and how long it takes; a second click goes on with what the first has begun."""
    programme, look = _own_or_none(request, slug)
    version = actions.first_look_of(programme)
    today = programme.local_date(timezone.now())
    if version is None or (look is None and version.missing_languages(programme, today)):
        return redirect("reporting:programme", slug)
    if request.method == "POST":
        if look is None:
            if not AddressThrottle("first-looks", "FIRST_LOOK_RATE").allow_request(request):
                return TemplateResponse(request, "diagnostics/firstlook_busy.html", _context(programme), status=429)
            look = actions.begin_first_look(
                programme=programme, version=version, facts=_said_before(request, programme),
                language=get_language(), at=timezone.now(),
            )  # fmt: skip
            _remember(request, look)
        return redirect(_next_url(look))
    framework = version.in_language(get_language())["framework"]
    context = _context(programme, framework=framework, look=look, questions=len(version.document["questions"]))
    return TemplateResponse(request, "diagnostics/firstlook_start.html", context)


def _said_before(request, programme):
    """What the eligibility check of this visitor has asked already."""
    people = answers_for(request, programme).get("employees")
    return {"employees": people} if people else {}


@login_not_required
def about(request, slug):
    programme, look = _own_or_none(request, slug)
    if look is None:
        return redirect("diagnostics:first-look", slug)
    form = FirstLookFactsForm(sent(request), document=look.document, facts=look.facts, known={}, case=look)
    if request.method == "POST" and form.is_valid():
        return redirect(_next_url(actions.keep_first_look(look=look, facts=form.facts, at=timezone.now())))
    return TemplateResponse(request, "diagnostics/firstlook_about.html", _context(programme, look=look, form=form))


@login_not_required
def question(request, slug, code):
    programme, look = _own_or_none(request, slug)
    if look is None:
        return redirect("diagnostics:first-look", slug)
    document, course = look.document, _course(look)
    asked = next((item for item in document["questions"] if item["code"] == code), None)
    if asked is None or code not in course.visible:
        raise Http404
    form = FirstLookForm(sent(request), document=document, question=asked, given=look.answers.get(code))
    if request.method == "POST" and form.is_valid():
        look = actions.keep_first_look(look=look, answers={code: form.given}, at=timezone.now())
        following = _course(look).after(code)
        if following is None:
            return redirect(_next_url(look))
        return redirect("diagnostics:first-look-question", slug, following)
    before = course.before(code)
    back = reverse("diagnostics:first-look-question", args=[slug, before]) if before else None
    context = _context(
        programme, look=look, form=form, question={**asked, "evidence": []}, course=course, number=course.number(code),
        group=next(group for group in document["groups"] if group["code"] == asked["group"]),
        back=back or reverse("diagnostics:first-look-about", args=[slug]),
    )  # fmt: skip
    return TemplateResponse(request, "diagnostics/firstlook_question.html", context)


@login_not_required
def result(request, slug):
    programme, look = _own_or_none(request, slug)
    if look is None:
        return redirect("diagnostics:first-look", slug)
    following = _next_url(look)
    if following != request.path:
        return redirect(following)
    link = request.build_absolute_uri(reverse("diagnostics:first-look-shared", args=[slug, look.pk]))
    context = _context(programme, look=look, share_url=link, step=_next_step(request, programme), **_shown(look))
    return TemplateResponse(request, "diagnostics/firstlook_result.html", context)


@login_not_required
def shared(request, slug, key):
    """What anyone with the link may read. Going on with it makes a copy: the first one stays as it was."""
    looks = FirstLook.objects.select_related("version__questionnaire", "programme")
    look = get_object_or_404(looks, pk=key, programme__slug=slug, programme__in=Programme.objects.listed())
    programme = look.programme
    own = own_look(request, programme)
    if request.method == "POST":
        if own != look:
            if not AddressThrottle("first-looks", "FIRST_LOOK_RATE").allow_request(request):
                return TemplateResponse(request, "diagnostics/firstlook_busy.html", _context(programme), status=429)
            look = actions.copy_first_look(look=look, at=timezone.now())
            _remember(request, look)
        return redirect(_next_url(look))
    is_done = not look.missing_facts() and not _course(look).open
    context = _context(programme, look=look, is_done=is_done, is_own=own == look, **(_shown(look) if is_done else {}))
    response = TemplateResponse(request, "diagnostics/firstlook_shared.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@login_not_required
@require_POST
def forget(request, slug):
    """Delete the answers of this browser; what a diagnostic has taken over stays with the diagnostic."""
    programme, look = _own_or_none(request, slug)
    if look:
        look.delete()
    request.session[SESSION] = {k: v for k, v in request.session.get(SESSION, {}).items() if k != programme.slug}
    return redirect("diagnostics:first-look", slug)


def _shown(look):
    """The picture and the first steps, as the full result shows them."""
    document, snapshot = look.document, look.scored()
    found = snapshot["result"]
    rows = wording.score_rows(document, snapshot)
    texts = wording.actions_of(document)
    steps = [
        {**texts[item["code"]], "cost": wording.cost_label(document, item["cost_band"])}
        for item in found["actions"][:STEPS]
    ]
    return {
        "sentence": wording.sentence(document, found),
        "rows": rows,
        "radar": results.radar_of(rows),
        "foundations": wording.foundations_row(document, found),
        "held_back": wording.held_back(document, found),
        "steps": steps,
    }


def _next_step(request, programme):
    """Where the answers are used: the firm's own page, else joining, else the check."""
    case = Case.objects.visible_to(request.user).filter(programme=programme, created_by=request.user.pk).first()
    if case:
        return {"url": case.get_absolute_url(), "button": _("Go to your support"), "text": _("Your answers go along.")}
    check = current_check(request, programme)
    if check and check.outcome == "eligible" and programme.can_be_joined:
        url = reverse("applications:join", args=[programme.slug])
        return {"url": url, "button": _("Apply for support"), "text": _("Your answers go along when you join.")}
    text = _("Five minutes, without signing in. If you join, your answers go along.")
    if not programme.can_be_joined:
        text = _("Five minutes, without signing in.")
    url = reverse("eligibility:start", args=[programme.slug])
    return {"url": url, "button": _("Check if you can get support"), "text": text}

"""Staff: the pool of assessors, whom they ask, the ranked list of a call, and what the meeting agreed."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.permissions import Permission, Role
from accounts.scope import places
from funding import actions, closeness, reserves, wording
from funding.forms import AssessorForm, InviteForm, PanelForm
from funding.models import Assessor, GrantApplication, Interests, PanelOutcome, Review, ReviewInvitation
from funding.rules.reviews import is_wide
from funding.views.firm import page
from funding.views.loading import application_or_404
from funding.views.working import with_criteria
from portal.paging import paginate
from portal.workflow import IllegalMove
from programmes.models import Call, Programme

RUN_BY = (Permission.CONFIGURE, Permission.APPROVE_GRANT)
DAYS_TO_ASSESS = 14
SIZE = 50
"""Applications on one page of the ranked list."""
DONE = (GrantApplication.Status.DRAFT, GrantApplication.Status.WITHDRAWN)


def _programmes(user):
    """Programmes whose pool and ranked lists the person works with; 404 for everybody else."""
    found = {programme for programme, _region in places(user, *RUN_BY)}
    if not found:
        raise Http404
    return found


def to_run(request, reference, number):
    """The application for who invites assessors and leads the meeting."""
    application = application_or_404(request, reference, number)
    if not request.user.can(Permission.VIEW_CASEWORK, application.case):
        raise Http404
    if not may_run(request.user, application.case):
        raise PermissionDenied
    return application


def may_run(user, case):
    """Whether the person invites assessors and leads the meeting there."""
    return any(user.can(permission, case) for permission in RUN_BY)


# --- The pool -------------------------------------------------------------------------------------
@require_safe
def pool(request):
    now = timezone.now()
    programmes = Programme.objects.filter(pk__in=_programmes(request.user)).order_by("position", "name")
    people = Assessor.objects.visible_to(request.user).filter(programme__in=programmes).with_load()
    declared = {}
    for row in Interests.objects.filter(programme__in=programmes).in_force(now).order_by("declared_at"):
        declared[row.programme_id, row.user_id] = row
    rows = list(people.select_related("user", "programme").order_by("programme__position", "user__full_name", "pk"))
    for row in rows:
        row.declared = declared.get((row.programme_id, row.user_id))
    return TemplateResponse(request, "funding/pool.html", {"rows": rows, "programmes": programmes})


def pool_add(request, slug):
    programme = get_object_or_404(Programme, slug=slug, pk__in=_programmes(request.user))
    there = Assessor.objects.filter(programme=programme).values("user")
    people = User.objects.filter(assignments__programme=programme, assignments__role=Role.ASSESSOR, is_active=True)
    people = people.exclude(pk__in=there).distinct().order_by("full_name", "pk")
    form = AssessorForm(request.POST or None, programme=programme, people=people)
    if request.method == "POST" and form.is_valid():
        facts = dict(form.cleaned_data)
        user = get_object_or_404(people, pk=facts.pop("person"))
        return _kept(request, programme, user, facts)
    return TemplateResponse(request, "funding/pool_entry.html", {"form": form, "programme": programme})


def pool_entry(request, pk):
    entries = Assessor.objects.filter(programme__in=_programmes(request.user)).select_related("user", "programme")
    entry = get_object_or_404(entries, pk=pk)
    initial = {name: getattr(entry, name) for name in ("skills", "employer", "most_at_once", "is_active")}
    form = AssessorForm(request.POST or None, programme=entry.programme, initial=initial)
    if request.method == "POST" and form.is_valid():
        return _kept(request, entry.programme, entry.user, form.cleaned_data)
    context = {"form": form, "programme": entry.programme, "entry": entry}
    return TemplateResponse(request, "funding/pool_entry.html", context)


def _kept(request, programme, user, facts):
    try:
        actions.keep_assessor(programme=programme, user=user, by=request.user, at=timezone.now(), **facts)
    except actions.UnableToInvite as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Saved: %(name)s.") % {"name": user.get_full_name()})
    return redirect("funding:pool")


# --- Invitations ----------------------------------------------------------------------------------
def invite(request, reference, number):
    """Whom to ask: those with room first, each with what they know and what may tie them to the firm."""
    application = to_run(request, reference, number)
    now = timezone.now()
    today = application.case.programme.local_date(now)
    if application.status not in actions.BEING_ASSESSED:
        messages.info(request, _("This application is not being assessed now."))
        return redirect("funding:detail", reference, number)
    candidates = _candidates(application, now)
    free = [one for one in candidates if not one.why_not]
    initial = {"due_on": today + timedelta(days=DAYS_TO_ASSESS)}
    form = InviteForm(request.POST or None, pool=free, today=today, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = [one for one in free if one.pk in form.cleaned_data["assessors"]]
        try:
            asked = actions.invite(
                application=application, assessors=chosen, due_on=form.cleaned_data["due_on"], by=request.user, at=now
            )
        except actions.UnableToInvite as error:
            form.add_error("assessors", str(error))
        else:
            text = ngettext("One assessor has been asked.", "%(count)d assessors have been asked.", len(asked))
            messages.success(request, text % {"count": len(asked)})
            return redirect("funding:invite", reference, number)
    return page(
        request, "funding/invite.html", application, form=form, candidates=candidates, asked=asked_of(application),
        wanted=_wanted(application),
    )  # fmt: skip


def _candidates(application, now):
    """The pool of the programme without those who were asked, with skills, load and signs of a conflict."""
    asked = application.invitations.live().values("assessor")
    people = Assessor.objects.filter(programme=application.case.programme, is_active=True).exclude(user__in=asked)
    rows = list(people.with_load().select_related("user").order_by("user__full_name", "pk"))
    hints = closeness.hints_for(application, [row.user for row in rows], now)
    conflicts = set(
        Review.objects.filter(application=application, conflict=Review.Conflict.HAS).values_list("assessor", flat=True)
    )
    wanted = _wanted(application)
    for row in rows:
        row.signs = wording.signs(hints[row.user_id])
        row.fitting = [name for code, name in wanted.items() if code in row.skills]
        row.why_not = ""
        if row.user_id in conflicts:
            row.why_not = _("Declared a conflict of interest")
        elif row.load >= row.most_at_once:
            row.why_not = _("Has as many as they take at once")
    return sorted(rows, key=lambda row: (bool(row.why_not), -len(row.fitting), row.load))


def _wanted(application):
    """What an assessor of it should know about: the kinds of its costs."""
    return {line.category: line.get_category_display() for line in application.lines.all()}


def asked_of(application):
    """Everybody who was asked, with whether the assessment has come."""
    sent = set(application.reviews.sent().values_list("assessor", flat=True))
    rows = list(application.invitations.select_related("assessor").order_by("pk"))
    for row in rows:
        row.is_sent = row.is_live and row.assessor_id in sent
        row.signs = wording.signs(row.hints)
    return rows


def set_aside_of(application):
    """Assessments that no longer count, with who found the conflict of interest."""
    return application.reviews.set_aside().select_related("assessor", "conflict_found_by").order_by("pk")


@require_POST
def take_back(request, reference, number, asked):
    application = to_run(request, reference, number)
    found = get_object_or_404(ReviewInvitation.objects.select_related("application"), application=application, pk=asked)
    try:
        actions.take_back_invitation(invitation=found, by=request.user, at=timezone.now())
    except IllegalMove:
        messages.info(request, _("It was answered already."))
    else:
        messages.success(request, _("Taken back. The assessor has been told."))
    return redirect("funding:invite", reference, number)


# --- The ranked list and the meeting --------------------------------------------------------------
def _call_or_404(request, pk):
    calls = Call.objects.filter(instrument__programme__in=_programmes(request.user))
    return get_object_or_404(calls.select_related("instrument__programme"), pk=pk)


def ranking(request, call):
    """Applications of a call that have a score, best first."""
    seen = GrantApplication.objects.worked_on_by(request.user).filter(call=call, score__isnull=False)
    return seen.exclude(status__in=DONE)


def rooms_for(user):
    """Calls that have money again for their reserve list, for those who may do something about it."""
    return reserves.rooms({programme for programme, _region in places(user, *RUN_BY)})


@require_safe
def ranked(request, call):
    call = _call_or_404(request, call)
    rows = ranking(request, call).with_context().select_related("panel")
    visible = Review.objects.visible_to(request.user)
    given = (visible.sent() | visible.set_aside()).select_related("assessor").order_by("pk")
    rows = rows.prefetch_related(Prefetch("reviews", given, to_attr="given_reviews"))
    page_ = paginate(rows, order=["-score", "id"], cursor=request.GET.get("cursor", ""), size=SIZE)
    before = 0
    if page_.rows and not page_.is_first:
        first = page_.rows[0]
        before = ranking(request, call).filter(Q(score__gt=first.score) | Q(score=first.score, pk__lt=first.pk)).count()
    for place, row in enumerate(page_.rows, before + 1):
        row.sent_reviews = [review for review in row.given_reviews if review.submitted_at]
        row.set_aside = len(row.given_reviews) - len(row.sent_reviews)
        row.place, row.is_wide, row.agreed = place, is_wide(row.spread), getattr(row, "panel", None)
    unscored = GrantApplication.objects.worked_on_by(request.user).filter(
        call=call, score=None, status=GrantApplication.Status.SUBMITTED
    )
    context = {
        "call": call, "programme": call.instrument.programme, "page": page_, "unscored": unscored.count(),
        "rooms": [room for room in rooms_for(request.user) if room.call == call],
    }  # fmt: skip
    return TemplateResponse(request, "funding/ranked.html", context)


def panel(request, reference, number):
    """The meeting's page for one application: assessors side by side, what was agreed, and on to the next."""
    application = to_run(request, reference, number)
    found = PanelOutcome.objects.filter(application=application).first()
    initial = {"outcome": found.outcome, "score": found.score, "note": found.note} if found else {}
    form = PanelForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_panel(application=application, by=request.user, at=timezone.now(), **form.cleaned_data)
        except actions.UnableToReview as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Recorded: %(title)s.") % {"title": application.title})
            return _next_in_meeting(request, application)
    seen = Review.objects.visible_to(request.user).filter(application=application)
    reviews = list(seen.sent().select_related("assessor").order_by("pk"))
    return page(
        request, "funding/panel.html", application, form=form, found=found, table=_side_by_side(application, reviews),
        reviews=with_criteria(application, reviews), is_wide=is_wide(application.spread),
        may_run=True, set_aside=set_aside_of(application),
    )  # fmt: skip


def _side_by_side(application, reviews):
    """For each criterion the scores in the order of `reviews`, and whether they differ much."""
    table = []
    for one in application.call.criteria:
        scores = [review.scores.get(one["code"], {}).get("score") for review in reviews]
        given = [score for score in scores if score is not None]
        is_far = bool(given) and is_wide((max(given) - min(given)) * 10)
        table.append({"title": one["title"], "weight": one.get("weight", 1), "scores": scores, "is_wide": is_far})
    return table


def _next_in_meeting(request, application):
    """The best application that the meeting has not spoken about; the list when it has spoken about all."""
    left = ranking(request, application.call).filter(panel=None, status__in=actions.BEING_ASSESSED)
    following = left.exclude(pk=application.pk).select_related("case").order_by("-score", "pk").first()
    if following and "next" in request.POST:
        return redirect("funding:panel", following.case.reference, following.number)
    return redirect("funding:ranked", application.call_id)

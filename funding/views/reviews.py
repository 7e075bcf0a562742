"""An assessor's own pages: what was given to them, the yearly declaration, the answer, the assessment."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from accounts.scope import places
from applications.forms import ReasonForm
from documents import serving
from funding import actions, closeness, masking, wording
from funding.forms import ConflictForm, InterestsForm, InvitationForm, ReviewForm
from funding.models import GrantApplication, Interests, Quote, Review, ReviewInvitation
from funding.views import panels
from funding.views.working import with_criteria
from portal.workflow import IllegalMove
from programmes.models import Programme

DONE = 50
"""Assessments on the list of those that are behind the assessor."""


@require_safe
def assessing(request):
    """What waits for the assessor, the most urgent first, and what is done."""
    if not places(request.user, Permission.ASSESS_GRANT):
        raise PermissionDenied
    now = timezone.now()
    own = ReviewInvitation.objects.filter(assessor=request.user).with_context()
    waiting = list(own.unanswered().order_by("due_on", "pk"))
    for row in waiting:
        row.is_late = row.due_on < row.application.case.programme.local_date(now)
    behind = own.exclude(pk__in=[row.pk for row in waiting]).order_by("-updated_at", "-pk")[:DONE]
    sent = Review.objects.sent().filter(assessor=request.user).values_list("application", flat=True)
    context = {"waiting": waiting, "behind": list(behind), "sent": set(sent), "programmes": _programmes(request, now)}
    return TemplateResponse(request, "funding/assessing.html", context)


def _programmes(request, now):
    """The programmes the person assesses for, each with the last day on which the declaration of interests holds."""
    pks = {programme for programme, _region in places(request.user, Permission.ASSESS_GRANT)}
    newest = {}
    declared = Interests.objects.filter(user=request.user, programme__in=pks).in_force(now).order_by("declared_at")
    for row in declared:
        newest[row.programme_id] = row.until
    return [(one, newest.get(one.pk)) for one in Programme.objects.filter(pk__in=pks).order_by("position", "name")]


def interests(request, slug):
    """The yearly declaration; it comes before the first application of the year."""
    pks = {programme for programme, _region in places(request.user, Permission.ASSESS_GRANT)}
    programme = get_object_or_404(Programme, slug=slug, pk__in=pks)
    last = Interests.objects.filter(user=request.user, programme=programme).order_by("-declared_at").first()
    initial = {"has_interests": "yes" if last.has_interests else "no", "text": last.text} if last else {}
    form = InterestsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.declare_interests(programme=programme, by=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Declared. It holds for a year; declare again when something changes."))
        return redirect("funding:assessing")
    return TemplateResponse(request, "funding/interests.html", {"form": form, "programme": programme})


def _given(request, reference, number):
    """The application that was given to the person, with the invitation; 404 for everybody else."""
    given = GrantApplication.objects.given_to(request.user).with_context()
    application = get_object_or_404(given, case__reference=reference, number=number)
    if not request.user.can(Permission.ASSESS_GRANT, application.case):
        raise Http404
    return application, application.invitations.live().get(assessor=request.user)


def _page(request, template, application, **context):
    return TemplateResponse(
        request, template,
        {
            "application": application, "case": application.case, "programme": application.case.programme,
            "title": masking.title_for(application), "is_blind": application.call.is_blind,
            "quote": application.quote, **context,
        },
    )  # fmt: skip


def _signs(application, hints):
    """Signs of a conflict in words; a blind call keeps to itself what they consist of."""
    return wording.signs(hints, with_values=not application.call.is_blind)


def invitation(request, reference, number):
    """Take the work on, or say why not; after a yes it is the way to give it up."""
    application, asked = _given(request, reference, number)
    form = InvitationForm(request.POST or None, invitation=asked)
    if request.method == "POST" and form.is_valid():
        try:
            return _answer(request, application, asked, **form.cleaned_data)
        except IllegalMove:
            messages.info(request, _("This application is no longer given to you."))
            return redirect("funding:assessing")
        except actions.UnableToReview as error:
            form.add_error(None, str(error))
    signs = _signs(application, asked.hints)
    return _page(request, "funding/invitation.html", application, form=form, asked=asked, signs=signs)


def _answer(request, application, asked, *, answer, note):
    now = timezone.now()
    if answer != InvitationForm.YES:
        actions.decline_invitation(invitation=asked, why=answer, note=note, by=request.user, at=now)
        messages.success(request, _("Thank you. Somebody else is asked."))
        return redirect("funding:assessing")
    actions.accept_invitation(invitation=asked, by=request.user, at=now)
    return redirect("funding:review", application.case.reference, application.number)


def review(request, reference, number):
    """First the declaration for this application, then all of it with the criteria, then what the others said."""
    application, asked = _given(request, reference, number)
    if asked.status == ReviewInvitation.Status.INVITED:
        return redirect("funding:invitation", reference, number)
    own = Review.objects.filter(application=application, assessor=request.user).first()
    if own and own.submitted_at:
        others = Review.objects.visible_to(request.user).filter(application=application).select_related("assessor")
        return _opened(
            request, "funding/reviewed.html", application, own=own, reviews=with_criteria(application, others.sent())
        )
    if application.status not in (GrantApplication.Status.SUBMITTED, GrantApplication.Status.ASSESSED):
        messages.info(request, _("This application is not being assessed now. What you had saved is kept."))
        return redirect("funding:assessing")
    if own is None:
        return _declare(request, application)
    return _score(request, application, own, asked)


def _opened(request, template, application, **context):
    files = []
    if not application.call.is_blind:
        files = Quote.objects.filter(line__application=application).select_related("upload", "line")
    sections = masking.sections_for(application)
    return _page(request, template, application, sections=sections, files=files, **context)


def _declare(request, application):
    now, programme = timezone.now(), application.case.programme
    if not Interests.objects.filter(programme=programme, user=request.user).in_force(now).exists():
        messages.info(request, _("Declare your interests for this year first. Then the application opens."))
        return redirect("funding:interests", programme.slug)
    form = ConflictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            done = actions.declare(application=application, by=request.user, at=now, **form.cleaned_data)
        except actions.UnableToReview as error:
            form.add_error(None, str(error))
        else:
            if done.conflict == Review.Conflict.HAS:
                messages.success(request, _("Thank you. Somebody else assesses this application."))
                return redirect("funding:assessing")
            return redirect("funding:review", application.case.reference, application.number)
    hints = closeness.hints_for(application, [request.user], now)[request.user.pk]
    return _page(request, "funding/declare.html", application, form=form, signs=_signs(application, hints))


def _score(request, application, own, asked):
    send = "send" in request.POST
    form = ReviewForm(request.POST or None, review=own, criteria=application.call.criteria, complete=send)
    if request.method == "POST" and form.is_valid():
        try:
            actions.review(
                review=own, scores=form.scores, recommendation=form.cleaned_data["recommendation"],
                comment=form.cleaned_data["comment"], send=send, by=request.user, at=timezone.now(),
            )  # fmt: skip
        except actions.UnableToReview as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _("Your assessment has been sent.") if send else _("Saved. You can go on later."))
        return redirect("funding:review", application.case.reference, application.number)
    return _opened(request, "funding/review.html", application, form=form, own=own, asked=asked)


def conflict_found(request, reference, number, review):
    """A conflict of interest came to light after the assessment was sent: the assessor or a manager records it."""
    sent = Review.objects.visible_to(request.user).sent().select_related("assessor")
    found = get_object_or_404(sent, pk=review, application__case__reference=reference, application__number=number)
    is_own = found.assessor_id == request.user.pk
    application = _given(request, reference, number)[0] if is_own else panels.to_run(request, reference, number)
    done = reverse("funding:assessing" if is_own else "funding:detail", args=[] if is_own else [reference, number])
    form = ReasonForm(
        request.POST or None, label=_("What ties the assessor to the firm?"),
        help_text=_("And how it came to light. Staff and the assessor read it; the firm does not."),
        submit_label=_("Record the conflict of interest"),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            counts = actions.find_conflict(
                review=found, why=form.cleaned_data["reason"], by=request.user, at=timezone.now()
            )
        except actions.UnableToReview as error:
            messages.warning(request, str(error))
        else:
            set_aside = _("Recorded. The assessment no longer counts, and those concerned have been told.")
            messages.success(request, set_aside if counts else _("Recorded beside the decision."))
        return redirect(done)
    return _page(request, "funding/conflict_found.html", application, form=form, review=found, is_own=is_own, back=done)


def quote_file(request, reference, number, quote):
    """A supplier's quote for an assessor who has opened the application; a blind call withholds files."""
    application, _asked = _given(request, reference, number)
    opened = Review.objects.filter(application=application, assessor=request.user, conflict=Review.Conflict.NONE)
    if application.call.is_blind or not opened.exists():
        raise Http404
    upload = get_object_or_404(Quote.objects.select_related("upload"), line__application=application, pk=quote).upload
    return serving.attachment(request, upload)

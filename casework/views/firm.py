from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.permissions import Permission
from applications.models import Case
from casework.journey import stages
from casework.next_step import next_step
from casework.story import load
from casework.timeline import firm_items
from funding.taking_part import parts_of
from notifications.models import Message
from programmes.models import Programme

MESSAGES = 10


def support(request):
    """A firm's home: its one case, a list of several, or what it could join."""
    cases = list(Case.objects.visible_to(request.user).of_firms_of(request.user).with_context())
    if not cases:
        context = {"programmes": Programme.objects.open().listed(), "parts": parts_of(request.user)}
        return TemplateResponse(request, "casework/support_none.html", context)
    stories = load(cases, user=request.user, at=timezone.now())
    if len(stories) == 1:
        return TemplateResponse(request, "casework/firm_case.html", _page(request, stories[0]))
    rows = [{"case": story.case, "step": next_step(story)} for story in stories]
    return TemplateResponse(request, "casework/support.html", {"rows": rows, "parts": parts_of(request.user)})


def firm_case(request, reference):
    cases = Case.objects.visible_to(request.user).of_firms_of(request.user).with_context()
    [story] = load([get_object_or_404(cases, reference=reference)], user=request.user, at=timezone.now())
    return TemplateResponse(request, "casework/firm_case.html", _page(request, story))


def _page(request, story):
    case = story.case
    members = list(Membership.objects.filter(organisation=case.organisation_id).select_related("user").order_by("id"))
    return {
        "case": case,
        "programme": case.programme,
        "step": next_step(story),
        "applications": story.applications,
        "stages": stages(story),
        "parts": parts_of(request.user),
        "events": firm_items(case, request.user, members),
        "mails": _mails(case, members),
        "documents": _documents(story),
        "may_withdraw": case.is_live and request.user.can(Permission.WITHDRAW, case),
    }


def _mails(case, members):
    """Mail that went to the firm about this case; mail about it to our own people has other addresses."""
    addresses = {case.contact_email, *(membership.user.email for membership in members)}
    sent = Message.objects.filter(reference=case.reference, to__in=addresses, state=Message.State.READY)
    return sent.only("subject", "text", "finished_at").order_by("-created_at", "-id")[:MESSAGES]


def _documents(story):
    """What the firm can read again: result, plan, letters. A document still being made is shown as that."""
    reference = story.case.reference
    found = []
    if any(assessment.is_final for assessment in story.assessments):
        found.append({"title": _("Your diagnostic result"), "url": reverse("diagnostics:result", args=[reference])})
    if any(assessment.is_final for assessment in story.assessments[:-1]):
        found.append({"title": _("How far you have come"), "url": reverse("diagnostics:change", args=[reference])})
    if story.plan:
        found.append({"title": _("Your action plan"), "url": reverse("diagnostics:plan", args=[reference])})
        if story.plan.document and story.plan.document.is_ready:
            url = reverse("diagnostics:plan-pdf", args=[reference])
            found.append(
                {"title": _("Your action plan"), "url": url, "kind": "PDF", "at": story.plan.document.finished_at}
            )
    for award in story.awards:
        url = reverse("funding:letter", args=[reference, award.application.number])
        found.append({"title": _("Offer letter"), "url": url, "kind": "PDF", "at": award.letter.finished_at})
    return found

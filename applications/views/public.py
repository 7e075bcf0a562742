from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from applications import actions
from applications.forms import LeadForm
from eligibility.session import current_check
from programmes.models import Programme


@login_not_required
def talk(request, slug):
    """ "Talk to an adviser": what the check knows goes along, and nothing of it is asked again."""
    programme = get_object_or_404(Programme.objects.listed(), slug=slug)
    form = LeadForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        details = dict(form.cleaned_data)
        key = details.pop("key")
        lead = actions.leave_lead(
            programme=programme,
            check=current_check(request, programme),
            key=key,
            details=details,
            at=timezone.now(),
        )
        request.session["lead_promise"] = lead.answer_by.isoformat()
        return redirect("applications:talk-sent", slug=slug)
    return render(
        request,
        "applications/talk.html",
        {"programme": programme, "form": form, "back": reverse("reporting:programme", args=[slug])},
    )


@login_not_required
def talk_sent(request, slug):
    programme = get_object_or_404(Programme.objects.listed(), slug=slug)
    return render(
        request,
        "applications/talk_sent.html",
        {"programme": programme, "promise": request.session.get("lead_promise")},
    )

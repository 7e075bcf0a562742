import hashlib
import time

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from applications import actions
from applications.forms import LeadForm
from applications.models import Lead
from eligibility.session import current_check
from portal.api import AddressThrottle
from programmes.models import Programme

HOUR = 3600
MOST_AN_HOUR = 5


@login_not_required
def talk(request, slug):
    """ "Talk to an adviser": what the check knows goes along, and nothing of it is asked again."""
    programme = get_object_or_404(Programme.objects.listed(), slug=slug)
    form = LeadForm(request.POST or None)
    too_many = request.method == "POST" and form.is_valid() and _asked_too_often(request, form.cleaned_data["key"])
    if too_many:
        form.add_error(
            None,
            _("You have asked several times within an hour. Wait a little and send it again, or write to %(email)s.")
            % {"email": programme.contact_email},
        )
    elif request.method == "POST" and form.is_valid():
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
        {
            "programme": programme,
            "header_name": programme.local_name,
            "form": form,
            "back": reverse("reporting:programme", args=[slug]),
        },
        status=429 if too_many else 200,
    )


def _asked_too_often(request, key):
    """Whether this address has left as many questions in this hour as a person would; a repeat counts once.

    Counted in Redis, so for all processes together, without keeping the address itself.
    """
    if Lead.objects.filter(creation_key=key).exists():
        return False
    address = hashlib.sha256(str(AddressThrottle().get_ident(request)).encode()).hexdigest()
    counter = f"leads:{address}:{int(time.time()) // HOUR}"
    cache.add(counter, 0, HOUR)
    return cache.incr(counter) > MOST_AN_HOUR


@login_not_required
def talk_sent(request, slug):
    programme = get_object_or_404(Programme.objects.listed(), slug=slug)
    return render(
        request,
        "applications/talk_sent.html",
        {
            "programme": programme,
            "header_name": programme.local_name,
            "promise": request.session.get("lead_promise"),
        },
    )

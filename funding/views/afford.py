"""Can I afford it: the grant and the cash of a project, for everybody, without signing in."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.permissions import Permission
from applications.models import Case
from funding import affording, quoting
from funding.forms import AffordForm
from programmes.models import Programme
from programmes.reading import Reader


@login_not_required
def choose(request, slug):
    """Which funding; with one there is nothing to choose."""
    programme = get_object_or_404(Programme.objects.listed(), slug=slug)
    calls = list(affording.calls_of(programme, timezone.now()))
    if not calls:
        return redirect(programme)
    if len(calls) == 1:
        return redirect("funding:afford", slug, calls[0].pk)
    reader = Reader(programme.words())
    rows = [
        {
            "call": one,
            "name": reader.say(f"call.{one.slug}.name", one.name),
            "summary": reader.say(f"instrument.{one.instrument.slug}.summary", one.instrument.summary),
        }
        for one in calls
    ]
    context = {"programme": programme, "header_name": programme.local_name, "rows": rows}
    return TemplateResponse(request, "funding/afford_choose.html", context)


@login_not_required
def afford(request, slug, call):
    """The questions, and above them the answer to the figures that this browser has kept."""
    programme = get_object_or_404(Programme.objects.listed(), slug=slug)
    now = timezone.now()
    call = get_object_or_404(affording.calls_of(programme, now), pk=call)
    plan = affording.kept(request, call)
    form = AffordForm(
        request.POST or None, terms=quoting.terms_of(call), programme=programme, today=programme.local_date(now),
        plan=plan,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        affording.keep(request, call, form.plan())
        return redirect("funding:afford", slug, call.pk)
    context = {
        "programme": programme, "header_name": programme.local_name, "call": call, "form": form,
        "name": Reader(programme.words()).say(f"call.{call.slug}.name", call.name),
        "result": affording.work_out(call, plan) if plan and not form.is_bound else None,
        "case": _case_to_ask_in(request.user, programme) if call.is_open(now) else None,
    }  # fmt: skip
    return TemplateResponse(request, "funding/afford.html", context)


def _case_to_ask_in(user, programme):
    """The visitor's own case in which money may be asked for now."""
    if not user.is_authenticated:
        return None
    cases = Case.objects.of_firms_of(user).filter(programme=programme, status=Case.Status.ACCEPTED)
    return next((case for case in cases.with_context() if user.can(Permission.EDIT_APPLICATION, case)), None)

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone

from funding.figures import budgets
from programmes.models import Programme
from reporting import wording
from reporting.indicators import PublicFigures, public_figures


@login_not_required
def home(request):
    now = timezone.now()
    programmes = list(Programme.objects.listed().prefetch_related("instruments"))
    figures = public_figures([programme.pk for programme in programmes], now)
    rows = [
        {
            "programme": programme,
            "offers": sorted(programme.instruments.all(), key=lambda instrument: instrument.position),
            "figures": figures.get(programme.pk, PublicFigures()),
            "promise": wording.promised_days(programme, "application"),
        }
        for programme in programmes
    ]
    return TemplateResponse(request, "reporting/home.html", {"rows": rows})


@login_not_required
def programme(request, slug):
    now = timezone.now()
    found = get_object_or_404(Programme.objects.listed(), slug=slug)
    calls = [row for row in budgets([found.pk]) if row.call.closes_at > now]
    context = {
        "programme": found,
        "offers": found.instruments.order_by("position", "name"),
        "open_calls": [row for row in calls if row.call.is_open(now)],
        "coming_calls": [row for row in calls if not row.call.is_open(now)],
        "figures": public_figures([found.pk], now).get(found.pk, PublicFigures()),
        "promises": wording.promises(found),
        "partners": wording.partners(found),
        "steps": wording.STEPS,
    }
    return TemplateResponse(request, "reporting/programme.html", context)

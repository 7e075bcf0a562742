from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language

from diagnostics.places import places_of
from programmes.models import Call, Programme, read_words
from programmes.reading import Reader
from reporting import benchmark_page, call_page, programme_page, wording
from reporting.indicators import PublicFigures, public_figures


@login_not_required
def home(request):
    """Every programme, those of the visitor's own language first."""
    found = list(Programme.objects.listed().prefetch_related("instruments", "regions"))
    read_words(found)
    found.sort(key=lambda programme: get_language() not in programme.languages)
    figures = public_figures([programme.pk for programme in found], timezone.now())
    places = places_of([programme.pk for programme in found])
    context = {
        "rows": [
            programme_page.card(programme, places.get(programme.pk), figures.get(programme.pk, PublicFigures()))
            for programme in found
        ],
        "languages": wording.languages(code for programme in found for code in programme.languages),
    }
    return TemplateResponse(request, "reporting/home.html", context)


@login_not_required
def programme(request, slug):
    listed = Programme.objects.listed().prefetch_related("instruments", "regions")
    found = get_object_or_404(listed, slug=slug)
    return TemplateResponse(request, "reporting/programme.html", programme_page.context(found, timezone.now()))


@login_not_required
def call(request, slug, call):
    """One call with its money and terms, a closed one too; a draft is nobody's yet."""
    programmes = Programme.objects.listed()
    calls = Call.objects.filter(is_draft=False, instrument__programme__in=programmes, instrument__programme__slug=slug)
    found = get_object_or_404(calls.select_related("instrument__programme"), slug=call)
    return TemplateResponse(request, "reporting/call.html", call_page.context(found, timezone.now()))


@login_not_required
def benchmark(request, slug):
    """Where firms stand by sector and size; no page until there are enough of them."""
    listed = Programme.objects.listed().prefetch_related("instruments")
    found = get_object_or_404(listed, slug=slug)
    snapshot = benchmark_page.snapshot_of(found, found.local_date(timezone.now()))
    if snapshot is None:
        raise Http404
    reader = Reader(found.words())
    context = {
        "programme": found,
        "name": reader.say("programme.name", found.name),
        "header_name": found.local_name,
        **benchmark_page.context(snapshot),
    }
    return TemplateResponse(request, "reporting/benchmark.html", context)

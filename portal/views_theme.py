"""A programme's colour as a style sheet of its own: the content security policy allows no inline style."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@require_safe
@login_not_required
@cache_control(public=True, max_age=31536000, immutable=True)
def theme(request: HttpRequest, colour: str) -> HttpResponse:
    """`colour` is six lower-case hex digits: the address admits nothing else, and never changes its meaning."""
    return HttpResponse(f":root{{--programme:#{colour}}}\n", content_type="text/css")

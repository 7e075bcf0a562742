"""Which finished check belongs to this browser, before and after signing in."""

from __future__ import annotations

from django.http import HttpRequest

from eligibility.models import EligibilityCheck
from programmes.models import Programme

KEY = "eligibility_checks"


def remember(request: HttpRequest, check: EligibilityCheck) -> None:
    """Keep the newest check of each programme with the session; signing in takes it along."""
    request.session[KEY] = {**request.session.get(KEY, {}), check.programme.slug: str(check.pk)}


def current_check(request: HttpRequest, programme: Programme) -> EligibilityCheck | None:
    """The newest check made in this session for `programme`."""
    pk = request.session.get(KEY, {}).get(programme.slug)
    checks = EligibilityCheck.objects.select_related("programme", "region")
    return checks.filter(pk=pk, programme=programme).first() if pk else None

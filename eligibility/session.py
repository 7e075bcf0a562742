"""What belongs to this browser, before and after signing in: the answers given so far and the finished checks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from eligibility.models import EligibilityCheck
from programmes.models import Programme

KEY = "eligibility_checks"
ANSWERS = "eligibility_answers"


def remember(request: HttpRequest, check: EligibilityCheck) -> None:
    """Keep the newest check of each programme with the session; signing in takes it along."""
    request.session[KEY] = {**request.session.get(KEY, {}), check.programme.slug: str(check.pk)}


def current_check(request: HttpRequest, programme: Programme) -> EligibilityCheck | None:
    """The newest check made in this session for `programme`."""
    pk = request.session.get(KEY, {}).get(programme.slug)
    checks = EligibilityCheck.objects.select_related("programme", "region")
    return checks.filter(pk=pk, programme=programme).first() if pk else None


def answers_for(request: HttpRequest, programme: Programme) -> dict[str, Any]:
    """The answers given so far, by key; a key that is there has been answered."""
    answers: dict[str, Any] = request.session.get(ANSWERS, {}).get(programme.slug, {})
    return dict(answers)


def keep_answers(request: HttpRequest, programme: Programme, answers: dict[str, Any]) -> None:
    request.session[ANSWERS] = {**request.session.get(ANSWERS, {}), programme.slug: answers}

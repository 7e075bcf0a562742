"""Health, statements and error pages."""

import time

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from portal.celery import HEARTBEAT_KEY, HEARTBEAT_LIMIT_SECONDS


@login_not_required
@never_cache
def healthz(request):
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
def readyz(request):
    """Database, Redis and a worker; 503 with the parts that fail, so that an operator sees which."""
    checks = {"database": _answers(_ask_database), "redis": _answers(_ask_redis), "worker": _answers(_ask_worker)}
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


def _answers(ask):
    """Whether a part answers; any failure of a driver is this page's news, not its crash."""
    try:
        return ask()
    except Exception:  # drivers raise their own kinds, and each means "not ready"
        return False


def _ask_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _ask_redis():
    cache.set("readyz", "1", timeout=10)
    return cache.get("readyz") == "1"


def _ask_worker():
    return time.time() - (cache.get(HEARTBEAT_KEY) or 0) < HEARTBEAT_LIMIT_SECONDS


@login_not_required
def accessibility(request):
    return render(request, "portal/accessibility.html")


@login_not_required
def privacy(request):
    return render(request, "portal/privacy.html")


@login_not_required
def cookies(request):
    return render(request, "portal/cookies.html")


@login_not_required
def csrf_failure(request, reason=""):
    """A form that waited too long, or cookies switched off: say so in the words of the 403 page."""
    return render(request, "403_csrf.html", status=403)

"""What every page's frame needs; no query of its own."""

from django.conf import settings
from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, object]:
    return {"portal_url": settings.PORTAL_URL, "is_demo": settings.DEMO}

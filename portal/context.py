"""What every page's frame needs; no query of its own."""

from django.conf import settings


def frame(request):
    return {"portal_url": settings.PORTAL_URL, "is_demo": settings.DEMO}

"""Every address. Apps are named by string: the project package is the floor and imports none of them."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path, register_converter
from django.views.i18n import set_language

from portal import views
from portal.references import ReferenceConverter

register_converter(ReferenceConverter, "reference")

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("cookies/", views.cookies, name="cookies"),
    path("language/", login_not_required(set_language), name="set_language"),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls")),
]
# TEMPORARY-WHILE-BUILDING: apps and the API join as they come
from pathlib import Path  # noqa: E402

_root = Path(__file__).resolve().parent.parent
if (_root / "portal/forms.py").exists():
    for _app in ("applications", "eligibility", "diagnostics", "funding", "casework", "reporting", "demo"):
        if (_root / _app / "urls.py").exists():
            urlpatterns.append(path("", include(f"{_app}.urls")))
if (_root / "portal/api.py").exists():
    urlpatterns.append(path("api/", include("portal.api")))
if (_root / "portal/views_theme.py").exists():
    from portal.views_theme import theme  # noqa: E402

    urlpatterns.append(re_path(r"^theme/(?P<colour>[0-9a-f]{6})\.css$", theme, name="theme"))

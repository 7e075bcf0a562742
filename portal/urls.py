"""Every address. Apps are named by string: the project package is the floor and imports none of them."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path, register_converter
from django.views.i18n import set_language

from portal import views
from portal.references import ReferenceConverter
from portal.views_theme import theme

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
    re_path(r"^theme/(?P<colour>[0-9a-f]{6})\.css$", theme, name="theme"),
    path("api/", include("portal.api")),
    path("", include("network.urls")),
    path("", include("eligibility.urls")),
    path("", include("applications.urls")),
    path("", include("diagnostics.urls")),
    path("", include("funding.urls")),
    path("", include("casework.urls")),
    path("", include("reporting.urls")),
    path("", include("demo.urls")),
]

from django.urls import path

from eligibility import views

app_name = "eligibility"

BASE = "programmes/<slug:slug>/eligibility/"

urlpatterns = [
    path(BASE, views.start, name="start"),
    path(f"{BASE}start-again/", views.start_again, name="start-again"),
    path(f"{BASE}result/", views.result, name="result"),
    path(f"{BASE}result/<uuid:share_key>/", views.shared, name="shared"),
    path(f"{BASE}other-firms/<uuid:key>/figures/", views.figures, name="figures"),
    path(f"{BASE}<slug:name>/", views.question, name="question"),
    path(f"{BASE}<slug:name>/add/", views.entry, name="add"),
    path(f"{BASE}<slug:name>/<uuid:key>/", views.entry, name="entry"),
    path(f"{BASE}<slug:name>/<uuid:key>/remove/", views.remove, name="remove"),
]

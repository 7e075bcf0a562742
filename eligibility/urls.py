from django.urls import path

from eligibility import views

app_name = "eligibility"

urlpatterns = [
    path("programmes/<slug:slug>/eligibility/", views.start, name="start"),
    path("programmes/<slug:slug>/eligibility/check-answers/", views.check_answers, name="check-answers"),
    path("programmes/<slug:slug>/eligibility/result/", views.result, name="result"),
    path("programmes/<slug:slug>/eligibility/<slug:name>/", views.question, name="question"),
]

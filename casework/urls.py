from django.urls import path

from casework.views import firm, staff

app_name = "casework"

urlpatterns = [
    path("cases/", firm.support, name="support"),
    path("cases/<reference:reference>/", firm.firm_case, name="firm-case"),
    path("casework/", staff.queue, name="queue"),
    path("casework/leads/", staff.leads, name="leads"),
    path("casework/leads/<int:pk>/answered/", staff.answer_lead, name="answer-lead"),
    path("casework/<reference:reference>/", staff.case, name="case"),
]

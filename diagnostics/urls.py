from django.urls import path

from diagnostics.views import firm, plan, staff

app_name = "diagnostics"

urlpatterns = [
    path("cases/<reference:reference>/diagnostic/", firm.start, name="start"),
    path("cases/<reference:reference>/diagnostic/begin/", firm.begin, name="begin"),
    path("cases/<reference:reference>/diagnostic/about/", firm.about, name="about"),
    path("cases/<reference:reference>/diagnostic/goals/", firm.goals, name="goals"),
    path("cases/<reference:reference>/diagnostic/check/", firm.check, name="check"),
    path("cases/<reference:reference>/diagnostic/result/", firm.result, name="result"),
    path("cases/<reference:reference>/diagnostic/<slug:code>/", firm.question, name="question"),
    path("cases/<reference:reference>/plan/", plan.plan, name="plan"),
    path("cases/<reference:reference>/plan/status/", plan.status, name="plan-status"),
    path("cases/<reference:reference>/plan/make/", plan.make, name="plan-make"),
    path("cases/<reference:reference>/plan/agree/", plan.agree, name="plan-agree"),
    path("cases/<reference:reference>/plan/pdf/", plan.download, name="plan-pdf"),
    path("cases/<reference:reference>/plan/<int:pk>/", plan.action, name="plan-action"),
    path("casework/diagnostics/", staff.worklist, name="worklist"),
    path("casework/<reference:reference>/diagnostic/", staff.overview, name="review"),
    path("casework/<reference:reference>/diagnostic/return/", staff.return_to_firm, name="review-return"),
    path("casework/<reference:reference>/diagnostic/finalise/", staff.finalise, name="review-finalise"),
    path("casework/<reference:reference>/diagnostic/result/", staff.result, name="staff-result"),
    path("casework/<reference:reference>/diagnostic/<slug:group>/", staff.group, name="review-group"),
    path("casework/<reference:reference>/plan/", plan.staff_plan, name="staff-plan"),
    path("casework/<reference:reference>/plan/agree/", plan.staff_agree, name="staff-plan-agree"),
    path("casework/<reference:reference>/plan/<int:pk>/", plan.staff_action, name="staff-plan-action"),
]

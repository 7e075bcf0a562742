from django.urls import include, path

from casework.views import calls, eligibility, firm, firm_facts, staff

app_name = "casework"

urlpatterns = [
    path("cases/", firm.support, name="support"),
    path("cases/<reference:reference>/", firm.firm_case, name="firm-case"),
    path("cases/<reference:reference>/end-test/", calls.stop_trying, name="stop-trying"),
    path("casework/", staff.queue, name="queue"),
    path("casework/", include("casework.programme_urls")),
    path("casework/leads/", staff.leads, name="leads"),
    path("casework/leads/<int:pk>/answered/", staff.answer_lead, name="answer-lead"),
    path("casework/<reference:reference>/", staff.case, name="case"),
    path("casework/<reference:reference>/eligibility/", eligibility.eligibility, name="eligibility"),
    path("casework/<reference:reference>/eligibility/again/", eligibility.recheck, name="recheck"),
    path(
        "casework/<reference:reference>/eligibility/checks/<int:check>/",
        eligibility.compare_check,
        name="compare-check",
    ),
    path("casework/<reference:reference>/eligibility/set-aside/<slug:code>/", eligibility.set_aside, name="set-aside"),
    path(
        "casework/<reference:reference>/eligibility/set-aside/<int:override>/agree/",
        eligibility.confirm_override,
        name="confirm-override",
    ),
    path(
        "casework/<reference:reference>/eligibility/set-aside/<int:override>/take-back/",
        eligibility.withdraw_override,
        name="withdraw-override",
    ),
    path("casework/<reference:reference>/eligibility/size/", firm_facts.size, name="size"),
    path("casework/<reference:reference>/eligibility/size/add/", firm_facts.add_figures, name="add-figures"),
    path("casework/<reference:reference>/eligibility/owners/add/", firm_facts.add_owner, name="add-owner"),
    path(
        "casework/<reference:reference>/eligibility/owners/<int:ownership>/end/",
        firm_facts.end_owner,
        name="end-owner",
    ),
    path("casework/<reference:reference>/eligibility/aid/", firm_facts.aid, name="aid"),
    path("casework/<reference:reference>/eligibility/aid/add/", firm_facts.add_aid, name="add-aid"),
    path("casework/<reference:reference>/eligibility/aid/all/", firm_facts.all_aid, name="all-aid"),
    path(
        "casework/<reference:reference>/eligibility/aid/<int:record>/strike/", firm_facts.strike_aid, name="strike-aid"
    ),
]

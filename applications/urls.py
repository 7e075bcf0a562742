from django.urls import path

from applications.views import firm, public, staff

app_name = "applications"

urlpatterns = [
    path("programmes/<slug:slug>/talk/", public.talk, name="talk"),
    path("programmes/<slug:slug>/talk/sent/", public.talk_sent, name="talk-sent"),
    path("programmes/<slug:slug>/join/", firm.join, name="join"),
    path("programmes/<slug:slug>/join/find/", firm.find_firm, name="find-firm"),
    path("cases/<reference:reference>/apply/", firm.task_list, name="task-list"),
    path("cases/<reference:reference>/apply/check/", firm.check_answers, name="check-answers"),
    path("cases/<reference:reference>/apply/sent/", firm.sent, name="sent"),
    path("cases/<reference:reference>/apply/<slug:code>/", firm.section, name="section"),
    path("cases/<reference:reference>/withdraw/", firm.withdraw, name="withdraw"),
    path("casework/<reference:reference>/accept/", staff.accept, name="accept"),
    path("casework/<reference:reference>/return/", staff.return_to_firm, name="return"),
    path("casework/<reference:reference>/reject/", staff.reject, name="reject"),
    path("casework/<reference:reference>/note/", staff.note, name="note"),
]

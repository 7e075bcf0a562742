"""Pages of those who run a programme. Included below `casework/`, within the namespace `casework`."""

from django.urls import path

from casework.views import calls, programmes, questionnaire_texts, questionnaire_waivers, questionnaires
from casework.views import programme_money as money
from casework.views import programme_people as people
from casework.views import programme_rules as rules
from casework.views import programme_texts as texts

urlpatterns = [
    path("programmes/", programmes.index, name="programmes"),
    path("programmes/<slug:slug>/", programmes.overview, name="programme"),
    path("programmes/<slug:slug>/history/", programmes.history, name="programme-history"),
    path("programmes/<slug:slug>/texts/", texts.texts, name="programme-texts"),
    path("programmes/<slug:slug>/texts/<str:name>/", texts.text, name="programme-text"),
    path("programmes/<slug:slug>/money/", money.money, name="programme-money"),
    path("programmes/<slug:slug>/money/<int:pk>/", money.call, name="programme-call"),
    path("programmes/<slug:slug>/money/<int:pk>/copy/", calls.copy, name="programme-call-copy"),
    path("programmes/<slug:slug>/money/<int:pk>/publish/", calls.publish, name="programme-call-publish"),
    path("programmes/<slug:slug>/money/<int:pk>/try/", calls.try_out, name="programme-call-try"),
    path("programmes/<slug:slug>/money/<int:pk>/<slug:code>/", calls.part, name="programme-call-part"),
    path("programmes/<slug:slug>/money/promises/", money.promises, name="programme-promises"),
    path("programmes/<slug:slug>/money/terms/", money.terms, name="programme-terms"),
    path("programmes/<slug:slug>/people/", people.people, name="programme-people"),
    path("programmes/<slug:slug>/people/<int:pk>/", people.end, name="programme-role"),
    path("programmes/<slug:slug>/rules/", rules.rules, name="programme-rules"),
    path("programmes/<slug:slug>/rules/<str:name>/", rules.load, name="programme-load"),
    path("questionnaires/", questionnaires.index, name="questionnaires"),
    path("questionnaires/files/<str:name>/", questionnaires.file, name="questionnaire-file"),
    path(
        "questionnaires/waivers/<slug:slug>/<slug:code>/<str:language>/",
        questionnaire_waivers.waiver,
        name="questionnaire-waiver",
    ),
    path("questionnaires/<slug:code>/", questionnaires.compare, name="questionnaire"),
    path("questionnaires/<slug:code>/<str:number>/", questionnaires.version, name="questionnaire-version"),
    path("questionnaires/<slug:code>/<str:number>/publish/", questionnaires.publish, name="questionnaire-publish"),
    path("questionnaires/<slug:code>/<str:number>/retire/", questionnaires.retire, name="questionnaire-retire"),
    path(
        "questionnaires/<slug:code>/<str:number>/preview/",
        questionnaire_texts.preview,
        name="questionnaire-preview",
    ),
    path(
        "questionnaires/<slug:code>/<str:number>/preview/<str:question>/",
        questionnaire_texts.preview,
        name="questionnaire-preview-question",
    ),
    path("questionnaires/<slug:code>/<str:number>/words/", questionnaire_texts.words, name="questionnaire-words"),
    path(
        "questionnaires/<slug:code>/<str:number>/words/<str:language>/<str:path>/",
        questionnaire_texts.patch,
        name="questionnaire-patch",
    ),
]

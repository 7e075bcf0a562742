from django.urls import path

from reporting.views import exports, public, reports, transparency

app_name = "reporting"

urlpatterns = [
    path("", public.home, name="home"),
    path("programmes/<slug:slug>/", public.programme, name="programme"),
    path("programmes/<slug:slug>/calls/<slug:call>/", public.call, name="call"),
    path("programmes/<slug:slug>/benchmark/", public.benchmark, name="benchmark"),
    path("reports/", reports.dashboard, name="dashboard"),
    path("reports/transparency/", transparency.awards, name="transparency"),
    path("reports/transparency/file/<slug:kind>/", transparency.download, name="transparency-file"),
    path("reports/transparency/<int:award>/", transparency.publish, name="publish"),
    path("reports/exports/", exports.exports, name="exports"),
    path("reports/exports/create/", exports.create, name="export-create"),
    path("reports/exports/<uuid:pk>/", exports.export, name="export"),
    path("reports/exports/<uuid:pk>/file/", exports.download, name="export-file"),
]

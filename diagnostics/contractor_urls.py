"""Pages about contractors, those of their own people among them. Part of diagnostics.urls."""

from django.urls import path

from diagnostics.views import contractor_work as own
from diagnostics.views import contractors, payments

HOME = "casework/contractors/"

contractor_patterns = [
    path(HOME, contractors.index, name="contractors"),
    path(f"{HOME}add/<slug:slug>/", contractors.add, name="contractor-add"),
    path(f"{HOME}waiting/", contractors.waiting, name="contractor-waiting"),
    path(f"{HOME}checks/", payments.checks, name="contractor-checks"),
    path(f"{HOME}checks/<int:pk>/", payments.check, name="contractor-check"),
    path(f"{HOME}payments/", payments.payments, name="contractor-payments"),
    path(f"{HOME}payments/<int:pk>/", payments.pay, name="contractor-pay"),
    path(f"{HOME}payments/<int:pk>/list.csv", payments.as_csv, name="contractor-csv"),
    path(f"{HOME}work/", own.work, name="contractor-work"),
    path(f"{HOME}work/<int:pk>/", own.one, name="contractor-one"),
    path(f"{HOME}work/<int:pk>/accept/", own.accept, name="contractor-accept"),
    path(f"{HOME}work/<int:pk>/decline/", own.decline, name="contractor-decline"),
    path(f"{HOME}work/<int:pk>/person/", own.person, name="contractor-person"),
    path(f"{HOME}work/<int:pk>/take-back/", contractors.take_back, name="contractor-take-back"),
    path(f"{HOME}<int:pk>/", contractors.contractor, name="contractor"),
    path(f"{HOME}<int:pk>/edit/", contractors.edit, name="contractor-edit"),
    path(f"{HOME}<int:pk>/people/", contractors.add_person, name="contractor-people"),
    path(f"{HOME}<int:pk>/people/<int:user>/end/", contractors.end_person, name="contractor-person-end"),
    path("casework/<reference:reference>/diagnostic/offer/", contractors.offer, name="contractor-offer"),
]

from django.urls import path

from network import views

app_name = "network"

urlpatterns = [
    path("network/", views.register, name="register"),
    path("network/<slug:slug>/", views.expert, name="expert"),
    path("casework/experts/", views.entries, name="entries"),
    path("casework/experts/add/", views.add, name="add"),
    path("casework/experts/<slug:slug>/", views.edit, name="edit"),
    path("casework/experts/<slug:slug>/checked/", views.checked, name="checked"),
    path("casework/experts/<slug:slug>/listed/", views.list_or_unlist, name="listed"),
]

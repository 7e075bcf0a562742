from django.urls import path

from demo import views

app_name = "demo"

urlpatterns = [
    path("demo/mail/", views.mail, name="mail"),
    path("demo/mail/<uuid:pk>/", views.message, name="message"),
]

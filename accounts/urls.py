from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [path("after-sign-in/", views.after_sign_in, name="after-sign-in")]

"""allauth's forms with our words: their own messages speak of fields and values."""

from allauth.account import forms as allauth
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.forms import plain_messages


class PlainMessages:
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            plain_messages(field)


class LoginForm(PlainMessages, allauth.LoginForm):
    pass


class ResetPasswordForm(PlainMessages, allauth.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(PlainMessages, allauth.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(PlainMessages, allauth.ChangePasswordForm):
    pass


class SignupForm(PlainMessages, allauth.SignupForm):
    full_name = forms.CharField(
        label=_("Your full name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your full name")},
    )
    field_order = ["full_name", "email", "password1"]

    def save(self, request):
        user = super().save(request)
        user.full_name = self.cleaned_data["full_name"]
        user.language = get_language() or user.language
        user.save(update_fields=["full_name", "language"])
        return user

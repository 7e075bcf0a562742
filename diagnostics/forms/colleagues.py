"""Giving a part to a colleague, and taking it back."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import GovForm


class InviteForm(GovForm):
    submit_label = _("Send the invitation")

    email = forms.EmailField(
        label=_("Your colleague’s email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )


class WithdrawForm(GovForm):
    submit_label = _("Take the part back")
    mark_optional = False

    end_access = forms.BooleanField(
        label=_("This person is to leave our firm here too: no more access to anything of ours"), required=False
    )


class ViewForm(forms.Form):
    """How somebody likes to answer, and where to go on."""

    view = forms.ChoiceField(choices=[("question", ""), ("part", "")])
    group = forms.SlugField(max_length=10)

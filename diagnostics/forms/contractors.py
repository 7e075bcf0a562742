"""Giving diagnostics to contractors."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Role
from applications.models import Case
from portal.forms import GovForm


class AllocateForm(GovForm):
    submit_label = _("Save")
    mark_optional = False

    contractor = forms.ModelChoiceField(
        label=_("Carried out by"), queryset=User.objects.none(), required=False, empty_label=_("Our own advisers")
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any):
        super().__init__(*args, **kwargs)
        people = User.objects.filter(assignments__programme=case.programme, assignments__role=Role.CONTRACTOR)
        self.fields["contractor"].queryset = people.order_by("full_name", "pk").distinct()
        self.fields["contractor"].label_from_instance = User.get_full_name

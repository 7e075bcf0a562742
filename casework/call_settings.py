"""The shared shape of the pages on which managers change a call: one form for a group of its settings."""

from collections.abc import Callable
from decimal import Decimal
from typing import ClassVar

from crispy_forms_gds.layout import Fieldset, Size
from django import forms
from django.utils.translation import gettext_lazy as _

from casework.programme_forms import reason_field
from portal.forms import GovForm, MoneyField, Words
from programmes.actions import shown

MORE_ROWS = 2
"""Empty rows after those that are there."""


def text_of(value):
    """A figure as the call keeps it; None stays."""
    return None if value is None else f"{value.normalize():f}"


def decimal_of(text):
    return None if text in (None, "") else Decimal(text)


class SettingsForm(GovForm):
    """Knows the fields of the call that it changes (`changes`) and says what they become (`values`)."""

    submit_label = _("Save")
    mark_optional = False
    title: ClassVar[Words]
    changes: ClassVar[tuple[str, ...]]

    def __init__(self, *args, call, **kwargs):
        self.call = call
        super().__init__(*args, initial=self.initial_of(call), **kwargs)
        self.fields["reason"] = reason_field(_("It stays in the programme’s history."))
        self.fields["seen"] = forms.CharField(
            widget=forms.HiddenInput, required=False, max_length=16, initial=shown(call, self.changes)
        )
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = call.currency


class Rows(SettingsForm):
    """Rows of the same fields: those of the call and a few empty ones. A row without its first field goes."""

    row_fields: ClassVar[dict[str, Callable[[], forms.Field]]]
    row_name: ClassVar[Words]

    def __init__(self, *args, call, **kwargs):
        self.count = self.count_of(call)
        super().__init__(*args, call=call, **kwargs)
        last = {name: self.fields.pop(name) for name in ("reason", "seen")}
        for index in range(self.count):
            for name, make in self.row_fields.items():
                field = make()
                if isinstance(field, MoneyField):
                    field.currency = call.currency
                self.fields[f"{name}_{index}"] = field
        self.fields |= last

    def layout(self):
        rows = [
            Fieldset(
                *self.row_layout(index),
                legend=f"{self.row_name} {index + 1}", legend_size=Size.SMALL,
            )
            for index in range(self.count)
        ]  # fmt: skip
        return [*rows, "reason"]

    def row_layout(self, index):
        return [f"{name}_{index}" for name in self.row_fields]

    def rows(self, cleaned):
        return [{name: cleaned.get(f"{name}_{index}") for name in self.row_fields} for index in range(self.count)]

    def need(self, index, names, message):
        """A row that is begun is whole."""
        for name in names:
            key = f"{name}_{index}"
            if self.cleaned_data.get(key) in (None, "") and key not in self.errors:
                self.add_error(key, message)

"""What shows that an answer is right."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnostics.models import Answer
from portal.forms import Choice, GovForm, IdempotencyField, LongTextField

LINKS = ("http", "https")


class EvidenceForm(GovForm):
    """A file, a link or a note. "Seen" is the adviser's to say."""

    submit_label = _("Add this")

    key = IdempotencyField()
    note = LongTextField(
        label=_("What does it show?"), help_text=_("A note alone is enough."), max_length=1000, rows=3, required=False
    )
    file = forms.FileField(
        label=_("File"), help_text=_("PDF, Word, Excel, OpenDocument, CSV, PNG or JPEG, up to 10 MB."), required=False
    )
    url = forms.URLField(
        label=_("Link"),
        help_text=_("The address of a page, beginning with https://"),
        required=False,
        max_length=500,
        assume_scheme="https",
        error_messages={"invalid": _("Enter an address like https://www.firm.example/page")},
    )
    strength = forms.ChoiceField(
        label=_("How sure is it?"),
        widget=forms.RadioSelect,
        initial=Answer.Strength.STATED,
        choices=[
            Choice(Answer.Strength.STATED.value, _("It is what we say or have written down")),
            Choice(
                Answer.Strength.MEASURED.value,
                _("It was measured"),
                hint=_("For example counted, metered, or taken from a system."),
            ),
        ],
    )

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if url and url.partition(":")[0].lower() not in LINKS:
            raise forms.ValidationError(gettext("Enter an address that begins with https://"))
        return url

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("file") and data.get("url"):
            self.add_error("url", _("Add the file first, and the link after it: each stands by itself"))
        elif not (data.get("file") or data.get("url") or data.get("note") or self.errors):
            self.add_error("note", _("Write a note, choose a file or enter a link"))
        return data

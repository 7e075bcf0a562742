from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import GovForm, IdempotencyField
from reporting.models import Export


class ExportForm(GovForm):
    submit_label = ""

    key = IdempotencyField()
    kind = forms.ChoiceField(
        label=_("What"),
        choices=Export.Kind.choices,
        error_messages={"required": _("Choose what the file is to hold")},
    )
    format = forms.ChoiceField(
        label=_("Format"),
        choices=Export.Format.choices,
        error_messages={"required": _("Choose a format")},
    )

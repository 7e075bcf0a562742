from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import GovForm, IdempotencyField


class BatchForm(GovForm):
    """Which plans to make: those of a programme, or of one of its regions."""

    submit_label = _("Make the plans")

    key = IdempotencyField()
    cohort = forms.ChoiceField(label=_("Which plans?"), error_messages={"required": _("Choose which plans to make")})

    def __init__(self, *args, programmes, **kwargs):
        """`programmes` are those the person may make plans in, read with their regions."""
        super().__init__(*args, **kwargs)
        self.cohorts = {}
        choices = [("", _("Choose"))]
        for programme in programmes:
            self.cohorts[programme.slug] = (programme, None)
            choices.append((programme.slug, _("%(programme)s, all") % {"programme": programme.short_name}))
            for region in programme.regions.all():
                self.cohorts[f"{programme.slug}/{region.slug}"] = (programme, region)
                choices.append((f"{programme.slug}/{region.slug}", f"{programme.short_name}, {region.name}"))
        self.fields["cohort"].choices = choices

    @property
    def chosen(self):
        """Programme, and region or None."""
        return self.cohorts[self.cleaned_data["cohort"]]

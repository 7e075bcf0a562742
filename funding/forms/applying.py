"""What the firm fills in to begin, to ask for less, and to send."""

from django import forms
from django.utils.translation import gettext_lazy as _

from funding.wording import DECLARATION
from portal.forms import GovForm, IdempotencyField, MoneyField


class StartForm(GovForm):
    submit_label = _("Start")
    key = IdempotencyField()
    call = forms.ChoiceField(
        label=_("Which funding do you want to ask for?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the funding you want to ask for")},
    )
    outline = forms.BooleanField(label=_("Begin with the outline, as firms do"), required=False)

    def __init__(self, *args, calls, asks_for_outline=False, **kwargs):
        """`calls` maps the id of a call (text) to the Choice that shows it; a single one is not asked.

        `asks_for_outline` is for staff who try a call out: firms are never asked.
        """
        super().__init__(*args, **kwargs)
        if not asks_for_outline:
            del self.fields["outline"]
        self.fields["call"].choices = list(calls.values())
        if len(calls) == 1:
            self.fields["call"].widget = forms.HiddenInput()
            self.fields["call"].initial = next(iter(calls))


class AskForm(GovForm):
    submit_label = ""
    requested = MoneyField(
        label=_("How much do you want to ask for?"),
        what=_("the sum you ask for"),
        help_text=_("Leave empty to ask for the most you can get."),
        required=False,
        min_value=1,
        example=15000,
    )

    def __init__(self, *args, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["requested"].currency = currency


class DeclarationForm(GovForm):
    submit_label = _("Send your application")
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    """Names what the signatory read: that is sent, or nothing."""
    declares = forms.BooleanField(
        label=DECLARATION, error_messages={"required": _("Confirm that what you have told us is true")}
    )

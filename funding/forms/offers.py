"""Taking an offer up, and what comes with it."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.forms import DatePartsField, FilterForm, GovForm, LongTextField, MoneyField, QuantityField


class AcceptForm(GovForm):
    submit_label = _("Accept this offer")
    offer_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)
    declares = forms.BooleanField(
        label=_("I have read the offer, I accept its conditions and I may sign for the firm"),
        error_messages={"required": _("Confirm that you accept the conditions")},
    )
    confirms_aid = forms.BooleanField(
        error_messages={"required": _("Confirm what the offer says about other public support")},
    )

    def __init__(self, *args, aid_question, **kwargs):
        """`aid_question` are the exact words to confirm about other aid; without them nothing is asked."""
        super().__init__(*args, **kwargs)
        if aid_question:
            self.fields["confirms_aid"].label = aid_question
        else:
            del self.fields["confirms_aid"]


class BaselineForm(GovForm):
    """Where the firm stands in the twelve months before its project."""

    submit_label = _("Save these figures")
    period_end = DatePartsField(
        label=_("Which twelve months are the figures of? Their last day"),
        what=_("the last day of the twelve months"),
        help_text=_("The end of your last financial year is best."),
    )
    employees = QuantityField(
        label=_("How many people work for you?"),
        what=_("how many people work for you"),
        help_text=_("In full-time jobs: two people who work half the week count as 1. Count owners who work there."),
        max_value=1_000_000,
        example=Decimal("31.5"),
        width=5,
    )
    turnover = MoneyField(
        label=_("Your turnover in those twelve months, without VAT"), what=_("your turnover"), example=4_200_000
    )
    output_per_hour = MoneyField(
        label=_("What an hour of work brings"),
        what=_("what an hour of work brings"),
        help_text=_("Work it out as the example above shows. A good estimate is enough."),
        min_value=Decimal("0.01"),
        max_value=Decimal("99999.99"),
        example=38,
    )

    LONGEST_AGO = 3

    def __init__(self, *args, currency, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        for name in ("turnover", "output_per_hour"):
            self.fields[name].currency = currency

    def clean_period_end(self):
        day = self.cleaned_data["period_end"]
        if day > self.today:
            raise ValidationError(_("Choose twelve months that are over"), code="day")
        if day.year < self.today.year - self.LONGEST_AGO:
            raise ValidationError(_("Choose newer figures: these are over three years old"), code="year")
        return day


class ConditionForm(GovForm):
    """How the firm has met a condition."""

    submit_label = _("Send this to us")
    note = LongTextField(
        label=_("What have you done?"),
        max_length=2000,
        rows=4,
        error_messages={"required": _("Tell us in a few words what you have done")},
    )
    file = forms.FileField(
        label=_("A file that shows it"),
        help_text=_("PDF, Word, Excel, OpenDocument, CSV, PNG or JPEG, up to 10 MB."),
        required=False,
    )


class PublishedForm(GovForm):
    submit_label = _("It is published")
    reference = forms.CharField(
        label=_("Number in the public database"),
        max_length=60,
        error_messages={"required": _("Enter the number that the database gave it")},
    )


class AwardFilter(FilterForm):
    waiting = forms.ChoiceField(
        label=_("What waits"),
        choices=[("settle", _("Conditions to look at")), ("changes", _("Changes to decide")), ("all", _("All grants"))],
        initial="settle",
    )

"""What approvers fill in, and the firm that asks for another look."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from funding.models import Decision
from portal.forms import DatePartsField, GovForm, LongTextField, MoneyField

WORDS = 3000


class ApproveForm(GovForm):
    submit_label = _("Approve and send the offer")
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    amount = MoneyField(label=_("Grant to offer"), what=_("the grant to offer"), min_value=1, example=20000)
    accept_by = DatePartsField(label=_("Last day to accept"), what=_("the last day to accept"))
    before_start = LongTextField(
        label=_("What must be settled before the project starts"),
        help_text=_("One a line, written to the firm. You tick each off when it is settled."),
        max_length=2000,
        rows=3,
        required=False,
    )
    conditions = LongTextField(
        label=_("Extra conditions"),
        help_text=_("One a line, written to the firm. The usual conditions are in the letter already."),
        max_length=2000,
        rows=4,
        required=False,
    )

    def __init__(self, *args, currency, today, approvers=1, **kwargs):
        """`approvers` is how many signatures the sum asked for needs; the button says what pressing it does."""
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = currency
        self.today = today
        if approvers > 1:
            self.submit_label = _("Sign, and ask for the next signature")

    def clean_accept_by(self):
        day = self.cleaned_data["accept_by"]
        if day < self.today:
            raise ValidationError(_("The last day to accept must be today or later."), code="day")
        return day


class DeclineForm(GovForm):
    submit_label = _("Decline this application")
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = LongTextField(
        label=_("Why can we not help with this?"),
        help_text=_("The firm reads these words. Name a next place to go if there is one."),
        max_length=WORDS,
        rows=5,
        error_messages={"required": _("Give a reason in plain words")},
    )
    feedback = LongTextField(
        label=_("What assessors found good, and what less"),
        help_text=_("Taken from the assessments without names: change it until it helps the firm. The firm reads it."),
        max_length=WORDS * 2,
        rows=10,
        required=False,
    )


class ReserveForm(GovForm):
    submit_label = _("Put on the reserve list")
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = LongTextField(
        label=_("Why not now?"),
        help_text=_("The firm reads these words. It is offered a grant if money comes back."),
        max_length=WORDS,
        rows=4,
        error_messages={"required": _("Give a reason in plain words")},
    )


class SignForm(GovForm):
    submit_label = _("Sign")
    offer_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)


class AppealForm(GovForm):
    submit_label = _("Ask for another look")
    text = LongTextField(
        label=_("What should we look at again?"),
        help_text=_("Tell us what we have misread or left out. You cannot add new costs here."),
        max_length=WORDS,
        rows=8,
        error_messages={"required": _("Tell us what we should look at again")},
    )


class AppealAnswerForm(GovForm):
    submit_label = _("Send the answer")
    upheld = forms.TypedChoiceField(
        label=_("Is the firm right?"),
        choices=[("yes", _("Yes: decide on the application anew")), ("no", _("No: the refusal stands"))],
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        error_messages={"required": _("Choose whether the firm is right")},
    )
    answer = LongTextField(
        label=_("Your answer to the firm"),
        max_length=WORDS,
        rows=6,
        error_messages={"required": _("Give the firm an answer in plain words")},
    )


class BatchForm(forms.Form):
    """What to draft for each application of a page of the ranked list: a choice a row, nothing chosen beforehand
    but what the meeting agreed."""

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            self.fields[f"outcome_{row.pk}"] = forms.ChoiceField(
                label=_("Draft for %(reference)s") % {"reference": row.reference},
                choices=[("", _("Nothing yet")), *Decision.Outcome.choices],
                initial=getattr(row, "suggested", ""),
                required=False,
                widget=forms.Select(attrs={"class": "govuk-select"}),
            )

    def chosen(self):
        """(application, outcome) of the rows for which something was chosen."""
        for row in self.rows:
            if outcome := self.cleaned_data.get(f"outcome_{row.pk}"):
                yield row, outcome

    def with_fields(self):
        for row in self.rows:
            yield row, self[f"outcome_{row.pk}"]


class BatchWordsForm(GovForm):
    submit_label = _("Draft these decisions")
    words = LongTextField(
        label=_("Why there is no offer now, for those that get none"),
        help_text=_("The firms read these words. You can change them for each before you sign."),
        max_length=WORDS,
        rows=4,
        required=False,
    )

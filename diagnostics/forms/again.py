from django import forms

from diagnostics.models import Assessment


class ChangeFilter(forms.Form):
    """Which rounds the page of change sets beside each other; anything unknown means the newest and the first."""

    round = forms.ChoiceField(choices=Assessment.Round.choices, required=False)
    since = forms.ChoiceField(choices=Assessment.Round.choices, required=False)

"""What managers enter about questionnaires: a corrected text, leave to open without a language."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from casework.programme_forms import REASON, reason_field
from diagnostics.actions.questionnaires import LONGEST_TEXT
from portal.forms import DatePartsField, GovForm, LongTextField


class CompareForm(forms.Form):
    """Two versions by their numbers, from the address."""

    older = forms.CharField(required=False, max_length=20)
    newer = forms.CharField(required=False, max_length=20)


class FindTextForm(GovForm):
    """Which texts of a version are listed."""

    search = forms.CharField(label=_("Find words"), required=False, max_length=100)
    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, *args, languages, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = languages


class PatchForm(GovForm):
    """New words for one text, and why. `seen` are the words that the page showed."""

    submit_label = _("Save these words")

    after = LongTextField(
        label=_("New words"), max_length=LONGEST_TEXT, rows=4,
        error_messages={"required": _("Write the words as they shall read")},
    )  # fmt: skip
    reason = reason_field(_("A spelling mistake, a plainer word. Kept with the change; firms do not see it."))
    seen = forms.CharField(widget=forms.HiddenInput, max_length=4 * LONGEST_TEXT, strip=False)

    def clean_seen(self):
        """As the page had it: a browser sends line breaks in another way."""
        return self.cleaned_data["seen"].replace("\r\n", "\n")


class WaiverForm(GovForm):
    submit_label = _("Save")

    until_on = DatePartsField(
        label=_("Last day"), what=_("the last day"), min_date=lambda: timezone.localdate(),
        help_text=_("By then the translation has to be complete, or nobody can begin."),
    )  # fmt: skip
    reason = LongTextField(
        label=_("Why may it open without this language?"), max_length=REASON, rows=3,
        error_messages={"required": _("Write in a few words why it may open without this language")},
    )  # fmt: skip


class EndWaiverForm(GovForm):
    submit_label = _("End it now")

    reason = LongTextField(
        label=_("Why does it end now?"), max_length=REASON, rows=2,
        error_messages={"required": _("Write in a few words why it ends now")},
    )  # fmt: skip

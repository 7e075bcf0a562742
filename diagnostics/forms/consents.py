"""Three choices about what is done with a firm's answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from diagnostics.models import Consent
from portal.forms import Choice, GovForm

HINTS = {
    Consent.Purpose.BENCHMARK: _(
        "Your scores are counted with those of at least four other firms, never shown alone and never with your name. "
        "They stay in comparisons that were already made."
    ),
    Consent.Purpose.SHARE: _(
        "The adviser who goes through your diagnostic with you, and the funder of the support you apply for, may read "
        "your result and your plan."
    ),
    Consent.Purpose.CONTACT: _("We ask you later what came of your plan: after two weeks, three months and a year."),
}


class ConsentForm(GovForm):
    """Ticked is yes, not ticked is no; both are kept. Nothing is ticked before the firm has chosen."""

    submit_label = _("Save my choices")
    mark_optional = False

    given = forms.MultipleChoiceField(
        label=_("What may we do?"),
        help_text=_("Tick what you agree to. Leave the rest: your support does not depend on it."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[Choice(value, label, hint=HINTS[Consent.Purpose(value)]) for value, label in Consent.Purpose.choices],
    )

    def __init__(self, *args: Any, held: dict[str, bool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["given"].initial = [purpose for purpose, is_given in held.items() if is_given]

    @property
    def choices(self) -> dict[str, bool]:
        """Every purpose with what was chosen."""
        return {purpose: purpose in self.cleaned_data["given"] for purpose in Consent.Purpose.values}

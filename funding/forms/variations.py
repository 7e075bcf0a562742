"""Changing a project under way: one form for each kind of change, and the staff's answers.

Each form's `asked` is the change as Variation keeps it.
"""

from django import forms
from django.utils.translation import gettext_lazy as _

from funding.forms.choices import CHOOSE
from portal.forms import DatePartsField, GovForm, IdempotencyField, LongTextField, MoneyField
from programmes.wording import CATEGORY_NAMES

WORDS = 3000


class ChangeForm(GovForm):
    """`award` is the grant with its budget in force."""

    submit_label = _("Ask for this change")
    key = IdempotencyField()
    reason = LongTextField(
        label=_("Why do you need this change?"),
        max_length=WORDS,
        rows=5,
        error_messages={"required": _("Tell us why you need this change")},
    )

    def __init__(self, *args, award, **kwargs):
        super().__init__(*args, **kwargs)
        self.award = award
        self.order_fields([name for name in self.fields if name != "reason"])

    @property
    def asked(self):
        raise NotImplementedError


class DatesChangeForm(ChangeForm):
    starts_on = DatePartsField(label=_("First day of the project"), what=_("the first day"))
    ends_on = DatePartsField(label=_("Last day of the project"), what=_("the last day"))

    def __init__(self, *args, award, **kwargs):
        super().__init__(*args, award=award, **kwargs)
        self.initial |= {"starts_on": award.starts_on, "ends_on": award.ends_on}

    @property
    def asked(self):
        return {name: self.cleaned_data[name].isoformat() for name in ("starts_on", "ends_on")}


class VirementForm(ChangeForm):
    source = forms.ChoiceField(label=_("From which costs?"), widget=forms.RadioSelect)
    target = forms.ChoiceField(label=_("To which kind of cost?"))
    amount = MoneyField(label=_("How much of these costs?"), what=_("how much"), min_value=1, example=2000)

    def __init__(self, *args, award, names, kinds, **kwargs):
        """`names` gives who bears a row's costs; `kinds` are those that the funding pays for."""
        super().__init__(*args, award=award, **kwargs)
        self.fields["amount"].currency = award.currency
        self.fields["source"].choices = [
            (f"{row['partner'] or ''}:{row['category']}", f"{row['name']} ({names[row['partner']]})")
            for row in award.budget_rows
        ]
        named = [(code, name) for code, name in CATEGORY_NAMES.items() if code in kinds]
        self.fields["target"].choices = [*CHOOSE, *named]

    @property
    def asked(self):
        partner, _colon, category = self.cleaned_data["source"].partition(":")
        move = {
            "partner": int(partner) if partner else None, "from": category, "to": self.cleaned_data["target"],
            "amount": str(self.cleaned_data["amount"]),
        }  # fmt: skip
        return {"moves": [move]}


class PartnerChangeForm(ChangeForm):
    partner = forms.TypedChoiceField(label=_("Which partner leaves?"), widget=forms.RadioSelect, coerce=int)

    def __init__(self, *args, award, partners, **kwargs):
        super().__init__(*args, award=award, **kwargs)
        self.fields["partner"].choices = [(partner.pk, partner.name) for partner in partners]

    @property
    def asked(self):
        chosen = self.cleaned_data["partner"]
        return {"partner": chosen, "change": "leaves", "name": dict(self.fields["partner"].choices)[chosen]}


class ScopeForm(ChangeForm):
    text = LongTextField(
        label=_("What will you do instead?"),
        max_length=WORDS,
        rows=6,
        error_messages={"required": _("Tell us what you will do instead")},
    )

    @property
    def asked(self):
        return {"text": self.cleaned_data["text"]}


class TerminationForm(ChangeForm):
    submit_label = _("Ask to end the project")
    on = DatePartsField(label=_("Last day of the project"), what=_("the last day"))

    @property
    def asked(self):
        return {"on": self.cleaned_data["on"].isoformat()}


class RecommendForm(GovForm):
    submit_label = _("Recommend it")
    note = LongTextField(
        label=_("What does the approver have to know?"),
        help_text=_("The firm does not read this."),
        max_length=WORDS,
        rows=4,
        error_messages={"required": _("Tell the approver what you think of it")},
    )


class AnswerChangeForm(GovForm):
    """The approver's answer; or the adviser's no."""

    submit_label = _("Agree to the change")
    answer = LongTextField(
        label=_("Your words to the firm"), help_text=_("They stand in the letter."), max_length=WORDS, rows=4,
        required=False,
    )  # fmt: skip


class RefuseChangeForm(GovForm):
    submit_label = _("Do not agree")
    answer = LongTextField(
        label=_("Why can this not be changed?"),
        help_text=_("The firm reads these words in its letter."),
        max_length=WORDS,
        rows=4,
        error_messages={"required": _("Give a reason in plain words")},
    )

"""Changing a project under way: one form for each kind of change, and the staff's answers.

Each form's `asked` is the change as Variation keeps it.
"""

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.forms import CompanyNumberField
from funding.forms.choices import CHOOSE, yes_no
from funding.models import Partner
from portal.forms import DatePartsField, GovForm, IdempotencyField, LongTextField, MoneyField, plain_messages
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
    """Fields of the new partner are asked for only where one takes the place."""

    mark_optional = False
    partner = forms.TypedChoiceField(label=_("Which partner leaves?"), widget=forms.RadioSelect, coerce=int)
    replaced = yes_no(
        label=_("Does another take its place?"),
        help_text=_("We write to it at once, and it tells us about itself before we decide."),
    )
    kind = forms.ChoiceField(
        label=_("What is the new partner?"),
        help_text=_("This and what follows only if another takes its place."),
        choices=Partner.Kind.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    name = forms.CharField(label=_("Name of the new partner"), max_length=160, required=False)
    email = forms.EmailField(label=_("Email address of the person who answers for its part"), required=False)
    postcode = forms.CharField(label=_("Postcode of the new partner"), max_length=10, required=False)

    def __init__(self, *args, award, partners, country, **kwargs):
        super().__init__(*args, award=award, **kwargs)
        self.fields["partner"].choices = [(partner.pk, partner.name) for partner in partners]
        self.fields["company_number"] = CompanyNumberField(country=country, required=False)
        plain_messages(self.fields["company_number"])
        self.country = country
        new = ["kind", "name", "company_number", "postcode", "email"]
        self.order_fields(["key", "partner", "replaced", *new, "reason"])

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("replaced"):
            missing = {
                "kind": _("Choose what the new partner is"),
                "name": _("Enter the name of the new partner"),
                "email": _("Enter the email address of the new partner"),
            }
            for name, message in missing.items():
                if name not in self.errors and not cleaned.get(name):
                    self.add_error(name, message)
        return cleaned

    @property
    def invited(self):
        """The facts of who takes the place; None when nobody does."""
        facts = self.cleaned_data
        if not facts["replaced"]:
            return None
        named = {name: facts[name] for name in ("kind", "name", "email", "company_number", "postcode")}
        return named | {"country": self.country}

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


class EndForm(GovForm):
    """Staff propose to end a project early."""

    submit_label = _("Propose to an approver")
    key = IdempotencyField()
    on = DatePartsField(label=_("Last day of the project"), what=_("the last day"))
    reason = LongTextField(
        label=_("Why does the project have to end?"),
        help_text=_("The firm reads these words in its letter, once another person has agreed."),
        max_length=WORDS,
        rows=5,
        error_messages={"required": _("Give the reason in plain words")},
    )


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


class EndAnswerForm(AnswerChangeForm):
    """The answer to an end that staff proposed."""

    submit_label = _("End the project")


class DropEndForm(RefuseChangeForm):
    submit_label = _("Let the project go on")
    answer = LongTextField(
        label=_("Why does the project go on?"),
        help_text=_("The firm was told nothing and does not read this."),
        max_length=WORDS,
        rows=4,
        error_messages={"required": _("Give a reason in plain words")},
    )

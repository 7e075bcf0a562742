from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import Barrier, Case, Lead, Note
from organisations.identifiers import normalise_company_number
from organisations.models import Organisation
from portal.forms import GovForm, GovModelForm, IdempotencyField, LongTextField

WORDS = 2000
YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class FirmForm(GovForm):
    """Who the firm is; its place, sector and size are known from the eligibility check."""

    submit_label = _("Save and continue")
    key = IdempotencyField()
    name = forms.CharField(
        label=_("Name of your firm"),
        help_text=_("As it is registered, if it is."),
        max_length=160,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": _("Enter the name of your firm")},
    )
    legal_form = forms.ChoiceField(
        label=_("What kind of business is it?"),
        choices=Organisation.LegalForm.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what kind of business it is")},
    )
    company_number = forms.CharField(
        label=_("Company number, if it has one"),
        help_text=_("8 characters, like 01234567 or SC123456. You find it on letters from Companies House."),
        max_length=20,
        required=False,
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
        error_messages={"required": _("Enter the address of your firm")},
    )

    def __init__(self, *args, legal_form=None, **kwargs):
        """`legal_form` is what the check already knows; then it is not asked again."""
        super().__init__(*args, **kwargs)
        self.known_form = legal_form
        if legal_form:
            del self.fields["legal_form"]

    def clean_company_number(self):
        given = self.cleaned_data["company_number"].strip()
        if not given:
            return ""
        number = normalise_company_number(given)
        if number is None:
            raise forms.ValidationError(_("Enter your company number, like 01234567 or SC123456"))
        return number

    def clean(self):
        cleaned = super().clean()
        registered = {Organisation.LegalForm.COMPANY, Organisation.LegalForm.LLP}
        cleaned["legal_form"] = self.known_form or cleaned.get("legal_form")
        if cleaned["legal_form"] in registered and cleaned.get("company_number") == "":
            self.add_error("company_number", _("Enter your company number, like 01234567"))
        return cleaned


class ContactForm(GovModelForm):
    submit_label = _("Save and continue")

    class Meta:
        model = Case
        fields = ["contact_name", "contact_role", "contact_phone", "contact_email"]
        labels = {
            "contact_name": _("Who should we talk to?"),
            "contact_role": _("Their role in the firm"),
            "contact_phone": _("Phone number"),
            "contact_email": _("Email address"),
        }
        error_messages = {
            "contact_name": {"required": _("Enter a name")},
            "contact_role": {"required": _("Enter their role, like Managing director")},
            "contact_phone": {"required": _("Enter a phone number")},
            "contact_email": {"required": _("Enter an email address, like name@example.com")},
        }
        widgets = {
            "contact_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "contact_role": forms.TextInput(attrs={"autocomplete": "organization-title"}),
            "contact_phone": forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
            "contact_email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = True

    def clean_contact_phone(self):
        phone = self.cleaned_data["contact_phone"]
        if sum(character.isdigit() for character in phone) < 7:
            raise forms.ValidationError(_("Enter a phone number, like 01524 000000"))
        return phone


class MakesForm(GovModelForm):
    submit_label = _("Save and continue")
    makes = LongTextField(
        label=_("What does your firm make?"),
        help_text=_("Two or three sentences: your products, your customers, how you make them."),
        max_length=WORDS,
        rows=6,
        error_messages={"required": _("Tell us what your firm makes")},
    )

    class Meta:
        model = Case
        fields = ["makes"]


class ChangeForm(GovModelForm):
    submit_label = _("Save and continue")
    wants_to_change = LongTextField(
        label=_("What do you want to change?"),
        help_text=_("What takes too long, goes wrong or costs too much today? You need no solution yet."),
        max_length=WORDS,
        rows=6,
        error_messages={"required": _("Tell us what you want to change")},
    )

    class Meta:
        model = Case
        fields = ["wants_to_change"]


class BarriersForm(GovModelForm):
    submit_label = _("Save and continue")
    barriers = forms.MultipleChoiceField(
        label=_("What has held you back so far?"),
        help_text=_("Choose all that apply."),
        choices=Barrier.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    barriers_other = LongTextField(
        label=_("Something else"),
        help_text=_("In your own words."),
        max_length=WORDS,
        rows=3,
        required=False,
    )

    class Meta:
        model = Case
        fields = ["barriers", "barriers_other"]

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not cleaned.get("barriers") and not cleaned.get("barriers_other"):
            self.add_error("barriers", _("Choose what has held you back, or tell us in your own words"))
        return cleaned


class ConsentForm(GovForm):
    """Three separate choices: only the first is needed to get support."""

    submit_label = _("Save and continue")
    agrees_to_share = forms.BooleanField(
        label=_("Our adviser and the funders of this programme may see what we tell you here"),
        error_messages={"required": _("We can only help if your adviser may see your answers")},
    )
    agrees_to_benchmark = forms.ChoiceField(
        label=_("May we use your results, without your name, to compare firms like yours?"),
        choices=YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes or no")},
    )
    agrees_to_contact = forms.ChoiceField(
        label=_("May we ask you later how things went?"),
        choices=YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes or no")},
    )

    def __init__(self, *args, instance, **kwargs):
        answered = instance.agrees_to_benchmark is not None
        words = {True: "yes", False: "no", None: None}
        initial = {
            "agrees_to_share": instance.agrees_to_share,
            "agrees_to_benchmark": words[instance.agrees_to_benchmark],
            "agrees_to_contact": words[instance.agrees_to_contact],
        }
        super().__init__(*args, initial=initial if answered else None, **kwargs)

    def clean_agrees_to_benchmark(self):
        return self.cleaned_data["agrees_to_benchmark"] == "yes"

    def clean_agrees_to_contact(self):
        return self.cleaned_data["agrees_to_contact"] == "yes"


class DeclarationForm(GovForm):
    submit_label = _("Send to an adviser")
    declares = forms.BooleanField(
        label=_("What I have told you is true, and I may speak for the firm"),
        error_messages={"required": _("Confirm that what you have told us is true")},
    )


class ReasonForm(GovForm):
    """Words that the other side reads."""

    reason = LongTextField(
        label=_("Your reason"),
        max_length=WORDS,
        rows=5,
        error_messages={"required": _("Give a reason in plain words")},
    )

    def __init__(self, *args, label, help_text="", submit_label, **kwargs):
        super().__init__(*args, **kwargs)
        self.submit_label = submit_label
        self.fields["reason"].label = label
        self.fields["reason"].help_text = help_text


class AcceptForm(GovForm):
    """No question, only a button."""

    submit_label = _("Accept this firm")


class NoteForm(GovModelForm):
    submit_label = _("Keep note")
    key = IdempotencyField()

    class Meta:
        model = Note
        fields = ["kind", "text"]
        labels = {"kind": _("Kind"), "text": _("Note")}
        error_messages = {"text": {"required": _("Write your note")}}

    text = LongTextField(
        label=_("Note"),
        max_length=5000,
        rows=4,
        error_messages={"required": _("Write your note")},
    )


class LeadForm(GovModelForm):
    submit_label = _("Ask an adviser to contact me")
    key = IdempotencyField()
    question = LongTextField(
        label=_("What would you like to talk about?"),
        max_length=WORDS,
        rows=4,
        error_messages={"required": _("Tell us what you would like to talk about")},
    )
    agrees_to_contact = forms.BooleanField(
        label=_("You may contact me about this and keep my details until you have answered"),
        error_messages={"required": _("We can only answer if we may contact you")},
    )

    class Meta:
        model = Lead
        fields = ["name", "firm", "email", "phone", "question", "agrees_to_contact"]
        labels = {
            "name": _("Your name"),
            "firm": _("Name of your firm"),
            "email": _("Email address"),
            "phone": _("Phone number, if you prefer a call"),
        }
        error_messages = {
            "name": {"required": _("Enter your name")},
            "firm": {"required": _("Enter the name of your firm")},
            "email": {"required": _("Enter your email address, like name@example.com")},
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "firm": forms.TextInput(attrs={"autocomplete": "organization"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        }

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import Barrier, Case, Lead, Note
from organisations import sic
from organisations.identifiers import BadIdentifier, company_identifier, number_kind
from organisations.models import Organisation
from portal.forms import GovForm, GovModelForm, IdempotencyField, LongTextField, plain_messages

WORDS = 2000
YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class CompanyNumberField(forms.CharField):
    """The number of a firm under the name it has in the country; cleaned to the form its register uses."""

    def __init__(self, *, country, **kwargs):
        self.country = country
        kind = number_kind(country)
        self.example = {"name": kind.name, "example": kind.example}
        if country == "GB":
            label = _("Company number") if kwargs.get("required") else _("Company number, if it has one")
            help_text = _("8 characters, like 01234567 or SC123456. You find it on letters from Companies House.")
        else:
            label = kind.name if kwargs.get("required") else _("%(name)s, if it has one") % self.example
            help_text = _("Like %(example)s.") % self.example
        super().__init__(label=label, help_text=help_text, max_length=40, **kwargs)
        self.error_messages["required"] = self.message

    @property
    def message(self):
        if self.country == "GB":
            return _("Enter your company number, like 01234567 or SC123456")
        return _("Enter your %(name)s, like %(example)s") % self.example

    def clean(self, value):
        given = super().clean(value)
        try:
            return company_identifier(given, self.country) if given else ""
        except BadIdentifier as error:
            raise forms.ValidationError(self.message) from error


class FindFirmForm(GovForm):
    """Only the number: the register says the rest."""

    submit_label = _("Find my firm")

    def __init__(self, *args, country, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["company_number"] = CompanyNumberField(country=country, required=True)
        plain_messages(self.fields["company_number"])


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
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
        error_messages={"required": _("Enter the address of your firm")},
    )
    sic_codes = forms.CharField(
        label=_("Industry codes (SIC 2007)"),
        help_text=_(
            "Up to four, with spaces between them, the main one first. Change them if you make something else now."
        ),
        max_length=60,
        error_messages={"required": _("Enter an industry code, like 25620")},
    )

    def __init__(self, *args, country="GB", legal_form=None, found=None, **kwargs):
        """`legal_form` is what the check already knows; then it is not asked again. `found` is what a company
        register said (organisations.register.Company.plain): it fills the form, and only then codes are shown."""
        self.found = found or {}
        kwargs["initial"] = {**self._said(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.country = country
        self.known_form = legal_form
        self.fields["company_number"] = CompanyNumberField(country=country, required=False)
        plain_messages(self.fields["company_number"])
        self.order_fields(["key", "name", "legal_form", "company_number"])
        if self.found:
            self.fields["address"].widget.attrs["rows"] = 6
        if legal_form:
            del self.fields["legal_form"]
        if not self.found.get("sic_codes"):
            del self.fields["sic_codes"]

    def _said(self):
        said = {name: self.found.get(name) for name in ("name", "legal_form", "address")}
        said |= {"company_number": self.found.get("number"), "sic_codes": " ".join(self.found.get("sic_codes", ()))}
        return {name: value for name, value in said.items() if value}

    def clean_sic_codes(self):
        given = self.cleaned_data["sic_codes"].replace(",", " ").split()
        found = []
        for text in given:
            try:
                found.append(sic.normalise(text).code)
            except sic.UnknownCode as error:
                choices = ", ".join(code.code for code in error.choices)
                message = (
                    _("%(code)s stands for several codes: enter one of %(choices)s")
                    if choices
                    else _("%(code)s is not an industry code. Enter five digits, like 25620")
                )
                raise forms.ValidationError(message % {"code": text, "choices": choices}) from error
        if len(found) > 4:
            raise forms.ValidationError(_("Enter up to four industry codes"))
        return tuple(dict.fromkeys(found))

    def clean(self):
        cleaned = super().clean()
        registered = {Organisation.LegalForm.COMPANY, Organisation.LegalForm.LLP}
        cleaned["legal_form"] = self.known_form or cleaned.get("legal_form")
        if cleaned["legal_form"] in registered and cleaned.get("company_number") == "":
            self.add_error("company_number", self.fields["company_number"].message)
        return cleaned

    def register(self):
        """What to keep of the register's answer, with the fields `taken` over unchanged; empty for another firm."""
        if not self.found or self.cleaned_data["company_number"] != self.found["number"]:
            return {}
        now = {
            name: " ".join(value) if name == "sic_codes" else "\n".join(str(value).splitlines())
            for name, value in self.cleaned_data.items()
        }
        return {**self.found, "taken": sorted(name for name, said in self._said().items() if now.get(name) == said)}


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
    """Only a button, unless the check left something open: then one line of reason for each finding."""

    submit_label = _("Accept this firm")

    def __init__(self, *args, findings=(), **kwargs):
        """`findings` are those that nobody has settled yet (applications.models.OpenFinding)."""
        super().__init__(*args, **kwargs)
        for each in findings:
            field = forms.CharField(
                label=_("%(rule)s: why may the firm join?") % {"rule": each.name},
                help_text=each.finding.get("reason", ""),
                max_length=WORDS,
                error_messages={"required": _("%(rule)s: say why the firm may join") % {"rule": each.name}},
            )
            plain_messages(field)
            self.fields[f"reason_{each.rule}"] = field

    def reasons(self):
        """{rule: the adviser's reason}, as `applications.actions.accept` takes them."""
        return {name.removeprefix("reason_"): words for name, words in self.cleaned_data.items()}


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

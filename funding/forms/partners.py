"""Partners of a project, the rest of its money, colleagues' roles and comments."""

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.forms import CompanyNumberField
from funding.forms.choices import YES_NO, yes_no
from funding.models import Colleague, Comment, GrantApplication, MatchSource, Partner
from portal.forms import (
    GovForm,
    GovModelForm,
    HeadcountField,
    IdempotencyField,
    LongTextField,
    MoneyField,
    plain_messages,
)


class FormOfApplicationForm(GovForm):
    submit_label = _("Save")
    mark_optional = False
    form = forms.ChoiceField(label=_("Who takes part?"), widget=forms.RadioSelect)

    def __init__(self, *args, offered, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["form"].choices = [one for one in GrantApplication.Form.choices if one[0] in offered]


class InvitePartnerForm(GovModelForm):
    submit_label = _("Send the invitation")
    key = IdempotencyField()
    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=Partner.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it is")},
    )

    class Meta:
        model = Partner
        fields = ["kind", "name", "email", "postcode"]
        labels = {
            "name": _("Its name"),
            "email": _("Email address of the person who answers for its part"),
            "postcode": _("Its postcode"),
        }
        help_texts = {
            "name": _("As it is registered."),
            "email": _("The invitation goes there, and only this address can take it up."),
        }
        error_messages = {
            "name": {"required": _("Enter the name of your partner")},
            "email": {"required": _("Enter the email address of your partner")},
        }

    def __init__(self, *args, country, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["company_number"] = CompanyNumberField(country=country, required=False)
        plain_messages(self.fields["company_number"])
        self.order_fields(["key", "kind", "name", "company_number", "postcode", "email"])


class MatchSourceForm(GovModelForm):
    submit_label = _("Keep this")
    key = IdempotencyField()
    kind = forms.ChoiceField(
        label=_("Where does the money come from?"),
        choices=MatchSource.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose where the money comes from")},
    )
    amount = MoneyField(label=_("How much?"), what=_("how much it is"), min_value=1, example=12500)
    is_certain = yes_no(
        label=_("Is it certain?"),
        help_text=_("It is in the bank, or promised in writing: a bank statement, a loan offer, a letter."),
    )
    file = forms.FileField(
        label=_("Proof, as a file"),
        help_text=_(
            "Needed where the money is certain. PDF, Word, Excel, OpenDocument, CSV, PNG or JPEG, up to 10 MB."
        ),
        required=False,
    )

    class Meta:
        model = MatchSource
        fields = ["kind", "giver", "amount", "is_certain"]
        labels = {"giver": _("Who gives it?")}
        help_texts = {"giver": _("For example the bank. Leave empty for your own money.")}

    def __init__(self, *args, currency, **kwargs):
        instance = kwargs.get("instance")
        if instance and instance.pk:
            kwargs["initial"] = {"is_certain": "yes" if instance.is_certain else "no"}
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = currency
        if self.instance.pk:
            del self.fields["key"]  # a change may be sent twice
        self.order_fields(["key", "kind", "giver", "amount", "is_certain", "file"])

    def clean(self):
        cleaned = super().clean()
        if key := cleaned.get("key"):
            self.instance.creation_key = key
        own = {MatchSource.Kind.OWN_CASH, MatchSource.Kind.OWNERS}
        if cleaned.get("kind") and cleaned["kind"] not in own and not cleaned.get("giver"):
            self.add_error("giver", _("Enter who gives the money"))
        if cleaned.get("is_certain") and not cleaned.get("file") and not self.instance.proof_id:
            self.add_error("file", _("Add the proof, or answer that the money is not certain yet"))
        return cleaned


# --- A partner's part ---------------------------------------------------------------------------
class BenefitForm(GovForm):
    submit_label = _("Save and continue")
    label_is_heading = True
    benefit = LongTextField(
        label=_("What do you gain by this project?"),
        help_text=_("Each partner has to gain something itself: for example, parts at half the reject rate."),
        max_words=200,
        rows=6,
        error_messages={"required": _("Tell us what you gain")},
    )


class PartnerSizeForm(GovForm):
    """Figures of the organisation together with those that own it and those that it owns."""

    submit_label = _("Save and continue")
    employees = HeadcountField(
        label=_("How many people work for you?"),
        help_text=_("In full-time jobs, with the firms that own you and those that you own."),
    )
    turnover = MoneyField(label=_("Turnover of your last financial year"), what=_("your turnover"))
    balance_sheet = MoneyField(label=_("Balance sheet total"), what=_("your balance sheet total"))

    def __init__(self, *args, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["turnover"].currency = self.fields["balance_sheet"].currency = currency


class PartnerAidForm(GovForm):
    submit_label = _("Save and continue")
    amount = MoneyField(
        label=_("How much small public aid have you had in these years?"),
        what=_("how much aid you have had"),
        help_text=_("With the firms in your group. Enter 0 if you have had none."),
        example=12500,
    )
    confirms = forms.BooleanField(error_messages={"required": _("Confirm that this is all")})

    def __init__(self, *args, currency, words, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = currency
        self.fields["confirms"].label = words


class PartnerConfirmForm(GovForm):
    submit_label = _("Confirm this in writing")
    confirms = forms.BooleanField(error_messages={"required": _("Confirm what our letter says")})

    def __init__(self, *args, words, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["confirms"].label = words


class LinksForm(GovForm):
    submit_label = _("Save and continue")
    none = forms.TypedChoiceField(
        label=_("Are you independent of all the others in this project?"),
        help_text=_("Not independent: the same owner, family in charge of both, or one decides what the other does."),
        choices=YES_NO,
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        error_messages={"required": _("Choose yes or no")},
    )
    note = LongTextField(label=_("If you are not, how are you tied?"), max_length=1000, rows=3, required=False)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("none") is False and not cleaned.get("note"):
            self.add_error("note", _("Say in a few words how you are tied"))
        return cleaned


# --- Colleagues and comments --------------------------------------------------------------------
class RoleForm(GovForm):
    submit_label = _("Save")
    role = forms.ChoiceField(
        label=_("What may this person do with this application?"),
        choices=Colleague.Role.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the person may do")},
    )


class CommentForm(GovModelForm):
    submit_label = _("Add this comment")
    mark_optional = False
    key = IdempotencyField()
    section = forms.ChoiceField(label=_("About"))
    text = LongTextField(
        label=_("Your comment"), max_length=2000, rows=3, error_messages={"required": _("Write your comment")}
    )
    for_adviser = forms.BooleanField(
        label=_("Our adviser reads this too, from when the application is sent"), required=False
    )

    class Meta:
        model = Comment
        fields = ["section", "text", "for_adviser"]

    def __init__(self, *args, sections, is_staff=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["section"].choices = list(sections.items())
        if is_staff:
            del self.fields["for_adviser"]

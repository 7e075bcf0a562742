"""Bank details, entered twice, and what officers note about them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from funding import bank
from funding.models import BankAccount
from portal.forms import GovForm, LongTextField


class AccountForm(GovForm):
    """The number is written twice and never shown again; `number` is what is to be kept."""

    submit_label = _("Keep these bank details")
    holder = forms.CharField(
        label=_("Name on the account"), max_length=160,
        help_text=_("As your bank writes it. It has to be the account of your organisation."),
    )  # fmt: skip

    def __init__(self, *args, is_british, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_british = is_british
        once = {"autocomplete": "off", "spellcheck": "false"}
        if is_british:
            self._ask("sort_code", _("Sort code"), _("6 digits, like 12-34-56"), once, 5)
            self._ask("account", _("Account number"), _("Between 6 and 8 digits"), once, 10)
            self._ask("account_again", _("Account number once more"), "", once, 10)
        else:
            self._ask("account", _("IBAN"), _("Like SE45 5000 0000 0583 9825 7466"), once, 20)
            self._ask("account_again", _("IBAN once more"), "", once, 20)

    def _ask(self, name, label, help_text, attrs, width):
        widget = forms.TextInput(attrs={**attrs, "class": f"govuk-input--width-{width}"})
        self.fields[name] = forms.CharField(label=label, help_text=help_text, widget=widget, max_length=60)

    def clean(self):
        cleaned = super().clean()
        first, second = (cleaned.get(name, "") for name in ("account", "account_again"))
        if not (first and second and (cleaned.get("sort_code") or not self.is_british)):
            return cleaned
        read = (lambda text: bank.read_british(cleaned["sort_code"], text)) if self.is_british else bank.read_iban
        number = read(first)
        if number is None:
            message = (
                _("Check the sort code and the account number: they are 6 digits, and 6 to 8 digits")
                if self.is_british
                else _("Check the IBAN: one of its letters or digits is wrong")
            )
            self.add_error("account", message)
        elif read(second) != number:
            self.add_error("account_again", _("The two numbers are not the same. Write the number again"))
        cleaned["number"] = number
        return cleaned


class CallForm(GovForm):
    submit_label = _("Keep this note")
    payee = forms.ChoiceField(
        label=_("What did the bank say about the name of the payee?"),
        choices=BankAccount.Payee.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the bank said")},
    )
    called_back = LongTextField(
        label=_("Whom did you call, and what was said?"),
        help_text=_("Call a number that was known before these details were entered, never one from the message."),
        max_length=1000,
        rows=4,
        error_messages={"required": _("Write down whom you called on which number")},
    )


class ConfirmAccountForm(GovForm):
    submit_label = _("Put this account in use")
    confirms = forms.BooleanField(
        label=_("I have read the note of the call, and the name of the payee fits"),
        error_messages={"required": _("Confirm that you have read the note")},
    )

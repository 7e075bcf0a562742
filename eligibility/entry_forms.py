"""What is added one by one: another firm that belongs with this one, an earlier support."""

from datetime import date
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from eligibility.answers import FIGURES, HALF, QUARTER, UNKNOWN
from eligibility.forms import DO_NOT_KNOW, FiguresForm, Question
from portal.forms import Choice, DateParts, DatePartsField, GovForm, IdempotencyField, MoneyField, WholeNumberField
from portal.money import parse_number

MOST_ENTRIES = 100
TOO_MANY = _("You can add 100 here. Tell an adviser about the others")


class PercentField(WholeNumberField):
    """A share in per cent, with two decimals."""

    input_prefix = ""
    input_suffix = "%"

    def ask(self):
        return gettext("Enter the share as a number from 25 to 50, like 33")

    def to_python(self, value):
        text = str(value or "").strip().removesuffix("%")
        if not text:
            return None
        number = parse_number(text)
        if number is None:
            raise ValidationError(self.ask(), code="invalid")
        return self.limited(number)


class Entry(Question):
    """One of a list of things, kept by a key of its own: a repeated post finds the entry it made."""

    submit_label = _("Save and continue")
    key = IdempotencyField()

    def initial_from(self, answers):
        """`answers` is the entry itself, or what a new one starts with."""
        return {"key": answers["key"]} if "key" in answers else {}


HOLDER_CHOICES = [
    Choice("firm", _("A firm that owns a part of ours")),
    Choice("ours", _("A firm that ours owns a part of")),
    Choice("public_body", _("A public body that owns a part of ours")),
    Choice("university", _("A university or research centre that owns a part of ours")),
    Choice("investor", _("A venture capital fund, business angel or other investor")),
    Choice(
        "person",
        _("A private person who has no other firm"),
        hint=_("Their share does not count."),
        divider=_("or"),
    ),
    Choice(UNKNOWN, DO_NOT_KNOW),
]


class FirmForm(Entry):
    title = _("Who is it, and how much do they own?")
    intro = (
        _("We do not need a name. Add each one that owns a quarter or more, and each firm yours owns so much of."),
    )
    who = forms.ChoiceField(
        label=_("Who is it?"),
        choices=HOLDER_CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who it is, or I do not know")},
    )
    share = forms.ChoiceField(
        label=_("How large is the share?"),
        help_text=_("Take the larger of the share of the capital and the share of the votes."),
        choices=[
            Choice(QUARTER, _("25 % to 50 %")),
            Choice(HALF, _("More than half, or control in another way"), divider=_("or")),
            Choice(UNKNOWN, DO_NOT_KNOW),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how large the share is, or I do not know")},
    )
    percent = PercentField(
        label=_("If it is 25 % to 50 %: how many per cent?"),
        what=_("the share"),
        min_value=25,
        max_value=50,
        width=4,
        required=False,
    )

    def initial_from(self, answers):
        percent = answers.get("percent")
        shown = {key: answers[key] for key in ("who", "share") if key in answers}
        return {**super().initial_from(answers), **shown, "percent": percent}

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("share") == QUARTER and "percent" in cleaned and cleaned["percent"] is None:
            self.add_error("percent", self.fields["percent"].ask())
        elif cleaned.get("share") in (HALF, UNKNOWN):
            # A figure left beside another choice says nothing.
            self._errors.pop("percent", None)
            cleaned["percent"] = None
        return cleaned

    def answers(self):
        percent = self.cleaned_data["percent"]
        kept = {key: self.given[key] for key in FIGURES if key in self.given}
        chosen = {key: self.cleaned_data[key] for key in ("who", "share")}
        return {**kept, **chosen, "percent": None if percent is None else f"{percent.normalize():f}"}


class FirmFiguresForm(FiguresForm):
    title = _("How large is that firm?")
    intro = (
        _(
            "From its latest accounts. If it controls other firms, give the figures of all of them together, without"
            " yours."
        ),
    )
    submit_label = _("Save and continue")

    def answers(self):
        return {**self.given, **super().answers()}


class DayOrYear(DateParts):
    def decompress(self, value):
        if value and len(value) == len("2026"):
            return [None, None, value]
        return super().decompress(date.fromisoformat(value) if value else None)


class DayOrYearField(DatePartsField):
    """A day, or a year alone, as ISO text."""

    widget = DayOrYear

    def to_python(self, value):
        texts = [str(part or "").strip() for part in value or ()]
        if any(texts[:2]) or not any(texts):
            found = super().to_python(value)
            return found and found.isoformat()
        year = int(texts[2]) if texts[2].isascii() and texts[2].isdigit() and len(texts[2]) == 4 else 0
        self._bounded(year, 1)
        return str(self._limited(date(year, 1, 1)).year)


AID_KINDS = {
    "mfa": _("Minimal Financial Assistance"),
    "spei": _("Assistance for services of public economic interest"),
    "de_minimis": _("De minimis aid"),
    "safa": _("Small Amount of Financial Assistance"),
}


class AidEntryForm(Entry):
    title = _("What support was it?")
    intro = (_("The letter that granted it says all three. Add each grant, voucher or other support by itself."),)
    on = DayOrYearField(
        label=_("When was it granted?"),
        what=_("the day it was granted"),
        help_text=_(
            "The day on the letter, not the day of payment. Leave day and month empty if you know only the year."
        ),
        min_date=date(1990, 1, 1),
        required=False,
    )
    on_unknown = forms.BooleanField(label=_("I do not know when"), required=False)
    amount = MoneyField(label=_("How much?"), what=_("how much it was"), required=False, example=15000)
    amount_unknown = forms.BooleanField(label=_("I do not know how much"), required=False)
    basis = forms.ChoiceField(
        label=_("As what was it given?"),
        help_text=_("In the words of the letter."),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the letter says, or I do not know")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        kinds = AID_KINDS if self.programme.country == "GB" else {"de_minimis": AID_KINDS["de_minimis"]}
        choices = [Choice(code, name) for code, name in kinds.items()]
        choices[-1].divider = gettext("or")
        self.fields["basis"].choices = [*choices, Choice(UNKNOWN, DO_NOT_KNOW)]
        self.fields["on"].max_date = self.on

    def initial_from(self, answers):
        shown = super().initial_from(answers)
        for key in ("on", "amount"):
            if answers.get(key) == UNKNOWN:
                shown[f"{key}_unknown"] = True
            elif answers.get(key):
                shown[key] = Decimal(answers[key]) if key == "amount" else answers[key]
        return {**shown, "basis": answers.get("basis")}

    def clean(self):
        cleaned = super().clean()
        if "on" in cleaned and cleaned["on"] is None and not cleaned.get("on_unknown"):
            self.add_error("on", _("Enter the day or the year it was granted, or say that you do not know"))
        if "amount" in cleaned and cleaned["amount"] is None and not cleaned.get("amount_unknown"):
            self.add_error("amount", self.fields["amount"].ask())
        return cleaned

    def answers(self):
        amount = self.cleaned_data["amount"]
        return {
            "on": self.cleaned_data["on"] or UNKNOWN,
            "amount": UNKNOWN if amount is None else str(amount),
            "basis": self.cleaned_data["basis"],
        }


class MoreForm(GovForm):
    """Below the list of what was added: another one, or on."""

    more = forms.ChoiceField(
        label=_("Do you need to add another one?"),
        choices=[Choice("yes", _("Yes")), Choice("no", _("No"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes if there is another one, or no")},
    )

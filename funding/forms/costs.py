"""Costs and quotes."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from funding.forms.choices import CHOOSE, yes_no
from funding.models import CATEGORY_CHOICES, BudgetLine, Quote
from portal.forms import (
    DatePartsField,
    GovModelForm,
    IdempotencyField,
    MoneyField,
)


class LineForm(GovModelForm):
    submit_label = ""
    key = IdempotencyField()
    net = MoneyField(label=_("Cost without VAT"), what=_("the cost without VAT"), example=12500)
    vat = MoneyField(label=_("VAT"), what=_("the VAT"), example=2500, help_text=_("Enter 0 if there is none."))
    vat_recoverable = yes_no(label=_("Can your firm claim this VAT back?"))
    is_committed = yes_no(
        label=_("Have you ordered it, signed for it or paid for it already?"),
        help_text=_("We cannot help with a cost that you have committed to. It still counts in your project."),
    )
    committed_on = DatePartsField(label=_("If you have, when?"), what=_("the day you committed to it"), required=False)
    is_funded_elsewhere = yes_no(
        label=_("Does other public money pay for it?"),
        help_text=_("A grant, a voucher or a public loan that is given for this very cost. We then cannot pay for it."),
    )

    class Meta:
        model = BudgetLine
        fields = [
            "description", "category", "plan_action", "supplier", "net", "vat", "vat_recoverable", "is_committed",
            "committed_on", "is_funded_elsewhere", "funded_by",
        ]  # fmt: skip
        labels = {
            "description": _("What will you pay for?"),
            "category": _("What kind of cost is it?"),
            "plan_action": _("Which action of your plan does it carry out?"),
            "supplier": _("Who will you buy it from?"),
            "funded_by": _("If it does, who gives the money?"),
        }
        help_texts = {
            "description": _("For example: Six-axis robot with gripper"),
            "supplier": _("Leave empty if you have not chosen yet."),
        }
        error_messages = {
            "description": {"required": _("Enter what you will pay for")},
            "category": {"required": _("Choose what kind of cost it is")},
        }

    YES_OR_NO = ("vat_recoverable", "is_committed", "is_funded_elsewhere")

    def __init__(self, *args, terms, today, plan_actions, **kwargs):
        """`plan_actions` are those of the firm's plan; where there are none it is not asked."""
        instance = kwargs.get("instance")
        if instance and instance.pk:
            kwargs["initial"] = {name: "yes" if getattr(instance, name) else "no" for name in self.YES_OR_NO}
        super().__init__(*args, **kwargs)
        self.today = today
        if plan_actions:
            names = [(str(action.pk), action.title) for action in plan_actions]
            self.fields["plan_action"].queryset = plan_actions
            self.fields["plan_action"].choices = [("", _("None of them")), *names]
        else:
            del self.fields["plan_action"]
        if self.instance.pk:
            del self.fields["key"]  # a change may be sent twice
        self.fields["net"].currency = self.fields["vat"].currency = terms.currency
        named = [(value, label) for value, label in CATEGORY_CHOICES if value in terms.categories]
        others = [(value, label) for value, label in CATEGORY_CHOICES if value not in terms.categories]
        self.fields["category"] = forms.ChoiceField(
            label=self.fields["category"].label,
            choices=[*CHOOSE, (_("We can help with"), named), (_("We cannot help with"), others)],
            error_messages=dict(self.fields["category"].error_messages),
        )

    def clean(self):
        cleaned = super().clean()
        if key := cleaned.get("key"):
            self.instance.creation_key = key
        on = cleaned.get("committed_on")
        if on and on > self.today:
            self.add_error("committed_on", _("Enter a day that has been, or answer no above"))
        if cleaned.get("is_committed") is False:
            cleaned["committed_on"] = None
        if cleaned.get("is_funded_elsewhere") is False:
            cleaned["funded_by"] = ""
        elif cleaned.get("is_funded_elsewhere") and not cleaned.get("funded_by"):
            self.add_error("funded_by", _("Enter who gives the money"))
        return cleaned


class QuoteForm(GovModelForm):
    submit_label = _("Add this quote")
    key = IdempotencyField()
    amount = MoneyField(label=_("Total of the quote, without VAT"), what=_("the total of the quote"), example=12500)
    valid_until = DatePartsField(label=_("Until when is it valid?"), what=_("the last day it is valid"), required=False)
    file = forms.FileField(
        label=_("The quote as a file"),
        help_text=_("PDF, Word, Excel, OpenDocument, CSV, PNG or JPEG, up to 10 MB."),
        error_messages={"required": _("Choose the file of the quote")},
    )

    class Meta:
        model = Quote
        fields = ["supplier", "amount", "valid_until"]
        labels = {"supplier": _("Who is it from?")}
        error_messages = {"supplier": {"required": _("Enter who the quote is from")}}

    def __init__(self, *args, currency, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = currency
        self.today = today

    def clean_valid_until(self):
        day = self.cleaned_data["valid_until"]
        if day and day < self.today:
            raise ValidationError(_("This quote has run out. Ask your supplier for a new one"), code="day")
        return day

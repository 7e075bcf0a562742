"""Making up a run, answering its payments, and money that has to come back."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import DatePartsField, GovForm, IdempotencyField, LongTextField, MoneyField


class MakeRunForm(GovForm):
    """`claims` are those that can be paid now."""

    submit_label = ""
    key = IdempotencyField()
    claims = forms.MultipleChoiceField(
        label=_("Claims to pay"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one claim")},
    )

    def __init__(self, *args, payable, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["claims"].choices = [(str(claim.pk), str(claim)) for claim in payable]


class PaidForm(GovForm):
    submit_label = ""
    paid_on = DatePartsField(label=_("When did the money arrive?"), what=_("the day the money arrived"))

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, initial={"paid_on": today}, **kwargs)
        self.fields["paid_on"].max_date = today


class FailedForm(GovForm):
    submit_label = _("The payment failed")
    reason = LongTextField(
        label=_("Why did the bank send it back?"), max_length=500, rows=3,
        error_messages={"required": _("Enter what the bank said")},
    )  # fmt: skip


class ClawbackForm(GovForm):
    submit_label = _("Propose this")
    key = IdempotencyField()
    amount = MoneyField(
        label=_("How much has to come back?"),
        what=_("how much has to come back"),
        example=1500,
        min_value=Decimal("0.01"),
    )
    reason = LongTextField(
        label=_("Why?"), help_text=_("The firm reads these words."), max_length=2000, rows=4,
        error_messages={"required": _("Enter why it has to come back")},
    )  # fmt: skip

    def __init__(self, *args, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = currency

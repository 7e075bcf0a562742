"""What the firm fills in to claim, and what staff answer."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from funding.forms.choices import CHOOSE, yes_no
from funding.models import Claim, ClaimLine
from portal.dates import long_date
from portal.forms import DatePartsField, FilterForm, GovForm, GovModelForm, IdempotencyField, LongTextField, MoneyField
from portal.money import money_text
from programmes.wording import CATEGORY_NAMES

FILES = _("PDF, Word, Excel, OpenDocument, CSV, PNG or JPEG, up to 10 MB.")


class StartClaimForm(GovForm):
    submit_label = _("Start your claim")
    key = IdempotencyField()
    is_final = yes_no(
        label=_("Is the project finished, and is this your last claim?"),
        help_text=_("With your last claim we pay what we kept back. Nothing can be claimed after it."),
    )


class ClaimLineForm(GovModelForm):
    submit_label = _("Keep this cost")
    key = IdempotencyField()
    invoice_on = DatePartsField(label=_("Date of the invoice"), what=_("the date of the invoice"))
    paid_on = DatePartsField(
        label=_("When did you pay it?"), what=_("the day you paid it"), required=False,
        help_text=_("You can leave this empty now. We pay only for what you have paid."),
    )  # fmt: skip
    net = MoneyField(label=_("Cost without VAT"), what=_("the cost without VAT"), example=12500)
    vat = MoneyField(label=_("VAT"), what=_("the VAT"), example=2500, help_text=_("Enter 0 if there is none."))
    vat_recoverable = yes_no(label=_("Can your firm claim this VAT back?"))
    invoice_file = forms.FileField(label=_("The invoice as a file"), help_text=FILES, required=False)
    proof_file = forms.FileField(
        label=_("Proof that you have paid it"), required=False,
        help_text=_("A bank statement that shows the payment. Black out everything else."),
    )  # fmt: skip

    class Meta:
        model = ClaimLine
        fields = [
            "description", "category", "supplier", "invoice_number", "invoice_on", "paid_on", "net", "vat",
            "vat_recoverable",
        ]  # fmt: skip
        labels = {
            "description": _("What was it for?"),
            "category": _("What kind of cost is it?"),
            "supplier": _("Who sent the invoice?"),
            "invoice_number": _("Number on the invoice"),
        }
        error_messages = {
            "description": {"required": _("Enter what it was for")},
            "category": {"required": _("Choose what kind of cost it is")},
            "supplier": {"required": _("Enter who sent the invoice")},
            "invoice_number": {"required": _("Enter the number on the invoice")},
        }

    def __init__(self, *args, rows, currency, today, **kwargs):
        instance = kwargs.get("instance")
        if instance and instance.pk:
            kwargs["initial"] = {"vat_recoverable": "yes" if instance.vat_recoverable else "no"}
        super().__init__(*args, **kwargs)
        self.today = today
        if self.instance.pk:
            del self.fields["key"]  # a change may be sent twice
        self.fields["net"].currency = self.fields["vat"].currency = currency
        choices = [
            (row.category, gettext("%(kind)s (%(sum)s in your budget)") % {
                "kind": CATEGORY_NAMES[row.category], "sum": money_text(row.eligible, currency),
            })
            for row in rows
        ]  # fmt: skip
        self.fields["category"] = forms.ChoiceField(
            label=self.fields["category"].label,
            choices=[*CHOOSE, *choices],
            error_messages=dict(self.fields["category"].error_messages),
        )

    def clean(self):
        cleaned = super().clean()
        if key := cleaned.get("key"):
            self.instance.creation_key = key
        for name in ("invoice_on", "paid_on"):
            if cleaned.get(name) and cleaned[name] > self.today:
                self.add_error(name, _("Enter a day that has been"))
        return cleaned


class EvidenceForm(GovForm):
    submit_label = _("Keep this")
    reached_on = DatePartsField(label=_("When did you reach it?"), what=_("the day you reached it"))
    note = LongTextField(label=_("What shows it?"), max_length=1000, rows=3)
    file = forms.FileField(label=_("A file that shows it (optional)"), help_text=FILES, required=False)
    mark_optional = False

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reached_on"].max_date = today


class ReportForm(GovModelForm):
    submit_label = _("Save and continue")
    summary = LongTextField(
        label=_("What was done?"),
        max_length=4000,
        rows=8,
        error_messages={"required": _("Tell us what was done")},
    )

    class Meta:
        model = Claim
        fields = ["summary"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["summary"].help_text = (
            _("What there is now, what has become better, with figures where you can, and what you learned.")
            if self.instance.is_final
            else _("In these months: what you bought or did, and whether you are on time.")
        )


DECLARATION = _(
    "I declare that these costs are of this project, that we have paid them, that no other public money pays for them, "
    "and that the invoices and proofs are true copies"
)


class SendClaimForm(GovForm):
    submit_label = _("Send your claim")
    answer = LongTextField(label=_("Your answer to our question"), max_length=4000, rows=5)
    declares = forms.BooleanField(
        label=DECLARATION, error_messages={"required": _("Confirm that you may claim these costs")}
    )

    def __init__(self, *args, has_question, **kwargs):
        super().__init__(*args, **kwargs)
        if not has_question:
            del self.fields["answer"]


class ForecastForm(GovForm):
    """One sum for each stretch of the project and kind of cost; empty is nothing."""

    submit_label = ""
    mark_optional = False

    def __init__(self, *args, periods, categories, currency, saved, **kwargs):
        super().__init__(*args, **kwargs)
        self.periods, self.categories = periods, categories
        for place, period in enumerate(periods):
            for category in categories:
                what = gettext("%(kind)s, %(first)s to %(last)s") % {
                    "kind": CATEGORY_NAMES[category], "first": long_date(period.first), "last": long_date(period.last),
                }  # fmt: skip
                self.fields[f"sum_{place}_{category}"] = MoneyField(
                    label=what, what=what, currency=currency, example=12500, required=False, width=5,
                    initial=saved.get((period.first, category)),
                )  # fmt: skip

    @property
    def table(self):
        """Each stretch with its fields in the order of the kinds of cost."""
        for place, period in enumerate(self.periods):
            yield period, [self[f"sum_{place}_{category}"] for category in self.categories]

    @property
    def amounts(self):
        found = {
            (period.first, category): self.cleaned_data[f"sum_{place}_{category}"]
            for place, period in enumerate(self.periods)
            for category in self.categories
        }
        return {key: amount for key, amount in found.items() if amount}


# --- Staff ----------------------------------------------------------------------------------------
class CheckClaimForm(GovForm):
    """For each cost what is accepted, the whole unless changed, and why it is less."""

    submit_label = ""
    mark_optional = False
    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args, lines, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"accepted_{line.pk}"] = MoneyField(
                label=gettext("Accepted of %(line)s") % {"line": line}, currency=currency,
                what=gettext("what you accept of %(line)s") % {"line": line},
                initial=line.cost if line.accepted is None else line.accepted, max_value=line.cost,
                width=5,
            )  # fmt: skip
            self.fields[f"why_{line.pk}"] = forms.CharField(
                label=gettext("Why less of %(line)s") % {"line": line}, max_length=300, required=False,
                widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
                initial=line.why_less,
            )  # fmt: skip

    def clean(self):
        cleaned = super().clean()
        for line in self.lines:
            accepted = cleaned.get(f"accepted_{line.pk}")
            if accepted is not None and accepted < line.cost and not cleaned.get(f"why_{line.pk}"):
                self.add_error(f"why_{line.pk}", gettext("Say why less is accepted of %(line)s") % {"line": line})
        return cleaned

    def fields_of(self, line):
        return self[f"accepted_{line.pk}"], self[f"why_{line.pk}"]

    @property
    def decisions(self):
        return {
            line.pk: (self.cleaned_data[f"accepted_{line.pk}"], self.cleaned_data[f"why_{line.pk}"])
            for line in self.lines
        }


class ApproveClaimForm(GovForm):
    submit_label = _("Approve this claim")
    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)


class ClaimFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", _("All that wait for us")), *Claim.Status.choices[1:]])

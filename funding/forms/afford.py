"""What is asked before a firm applies: rough figures, nothing that only an application needs."""

from datetime import timedelta
from decimal import Decimal

from crispy_forms_gds.layout import Fieldset, Size
from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from eligibility.wording import SIZE_NAMES
from funding.forms.choices import yes_no
from funding.rules import cash
from portal.forms import Choice, DatePartsField, GovForm, MoneyField, QuantityField
from programmes.matching import CATEGORIES, FIRM_SIZES
from programmes.wording import CATEGORY_NAMES

VAT_PERCENT = {"GB": 20, "DK": 25, "ES": 21, "IT": 22, "SE": 25}
"""The standard rate of value added tax of each country; the visitor may change it."""
MOST_DAYS = 5 * 366
REST = "other"
SPREADS = [
    Choice(cash.Spread.EVEN.value, _("Bit by bit, about the same every month")),
    Choice(cash.Spread.HALVES.value, _("Half when the project starts, half at its end")),
    Choice(cash.Spread.START.value, _("All of it when the project starts")),
]


class AffordForm(GovForm):
    submit_label = _("Work it out")
    mark_optional = False
    vat_percent = QuantityField(
        label=_("VAT on these costs, in per cent"), what=_("the rate of VAT"), max_value=100, width=3, example=20,
        help_text=_("Enter 0 if there is none."),
    )  # fmt: skip
    vat_recoverable = yes_no(label=_("Can your firm claim this VAT back?"))
    starts_on = DatePartsField(label=_("When do you want to start?"), what=_("the day you want to start"))
    ends_on = DatePartsField(label=_("When will you have finished?"), what=_("the day you will have finished"))
    spread = forms.ChoiceField(
        label=_("When will you pay your suppliers?"), choices=SPREADS, widget=forms.RadioSelect,
        error_messages={"required": _("Choose when you will pay your suppliers")},
    )  # fmt: skip
    firm_size = forms.ChoiceField(
        label=_("How large is your firm?"),
        help_text=_("With the firms that belong to it. The share that is paid depends on it."),
        choices=[*((size, capfirst(SIZE_NAMES[size])) for size in FIRM_SIZES), ("unknown", _("I do not know"))],
        widget=forms.RadioSelect, error_messages={"required": _("Choose how large your firm is")},
    )  # fmt: skip
    cash = MoneyField(
        label=_("How much cash can you put into the project?"), what=_("the cash you can put in"), required=False,
        help_text=_("Your own money and loans that are agreed. Leave it empty to see how much you would need."),
    )  # fmt: skip

    def __init__(self, *args, terms, programme, today, plan=None, **kwargs):
        """`terms` are the call's; `plan` what was tried before."""
        super().__init__(*args, initial=_initial(plan, programme), **kwargs)
        self.today = today
        self.codes = [code for code in CATEGORIES if code in terms.categories]
        for code in [*self.codes, *([] if REST in self.codes else [REST])]:
            name = CATEGORY_NAMES[code] if code in self.codes else _("Other costs of the project")
            field = MoneyField(label=name, required=False, currency=terms.currency, example=12500)
            if code not in self.codes:
                field.help_text = _("Costs that this funding does not pay for. They are part of what you need.")
            self.fields[f"cost_{code}"] = field
        self.order_fields(self.costs)  # errors are summed up in the order of the page
        self.fields["cash"].currency = terms.currency
        if all("any" in rates for rates in terms.category_rates.values()):
            del self.fields["firm_size"]

    @property
    def costs(self):
        return [name for name in self.fields if name.startswith("cost_")]

    def layout(self):
        def group(legend, *names):
            here = [name for name in names if name in self.fields]
            return Fieldset(*here, legend=legend, legend_size=Size.MEDIUM)

        return [
            group(_("What it costs, without VAT"), *self.costs),
            group(_("VAT"), "vat_percent", "vat_recoverable"),
            group(_("When"), "starts_on", "ends_on", "spread"),
            group(_("Your firm"), "firm_size", "cash"),
        ]

    def clean(self):
        cleaned = super().clean()
        if not any(name in self.errors or cleaned.get(name) for name in self.costs):
            self.add_error(self.costs[0], _("Enter at least one cost"))
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and starts <= self.today:
            self.add_error("starts_on", _("Choose a day to come: work that has begun is not helped"))
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The project must finish after it starts"))
        elif starts and ends and ends - starts > timedelta(days=MOST_DAYS):
            self.add_error("ends_on", _("Enter a day no more than five years after the start"))
        return cleaned

    def plan(self):
        """The figures of a valid form."""
        said = self.cleaned_data
        size = said.get("firm_size", "unknown")
        return cash.Plan(
            costs={name.removeprefix("cost_"): said[name] for name in self.costs if said[name]},
            starts_on=said["starts_on"], ends_on=said["ends_on"], vat_percent=Decimal(said["vat_percent"]),
            vat_recoverable=said["vat_recoverable"], spread=cash.Spread(said["spread"]), cash=said["cash"],
            firm_size=size if size in FIRM_SIZES else "",
        )  # fmt: skip


def _initial(plan, programme):
    if plan is None:
        return {"vat_percent": Decimal(VAT_PERCENT.get(programme.country, 20))}
    return {
        **{f"cost_{code}": net for code, net in plan.costs.items()},
        "vat_percent": plan.vat_percent,
        "vat_recoverable": "yes" if plan.vat_recoverable else "no",
        "starts_on": plan.starts_on,
        "ends_on": plan.ends_on,
        "spread": plan.spread.value,
        "cash": plan.cash,
        "firm_size": plan.firm_size or "unknown",
    }

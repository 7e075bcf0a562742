"""What advisers write about a firm's eligibility: reasons, figures, owners and earlier aid."""

from decimal import Decimal

from crispy_forms_gds.layout import Div, Fieldset, Size
from django import forms
from django.utils.translation import gettext_lazy as _

from eligibility.headcount import Staff, annual_work_units
from organisations.identifiers import BadIdentifier, company_identifier, number_kind
from organisations.models import AidRecord, Ownership, SizeDeclaration
from portal.forms import DatePartsField, GovForm, IdempotencyField, MoneyField, QuantityField, WholeNumberField
from portal.money import CURRENCIES

WORDS = 2000


class SetAsideForm(GovForm):
    """One reason for one finding."""

    submit_label = _("Set this rule aside")
    key = IdempotencyField()
    reason = forms.CharField(
        label=_("Why may the firm join all the same?"),
        help_text=_("Name what you have seen: a document, a visit, a call. The words stay with the application."),
        max_length=WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say why the firm may join all the same")},
    )


class ConfirmForm(GovForm):
    submit_label = _("I agree: set this rule aside")


class TakeForm(GovForm):
    submit_label = _("Use this check from now on")
    why = forms.CharField(
        label=_("Why should the application rest on this check?"),
        help_text=_("Such as: new accounts of 31 March, or a partner firm that the firm had not named."),
        max_length=WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why the application should rest on this check")},
    )


# --- Size and owners --------------------------------------------------------------------------------
def _percent(**more):
    return QuantityField(max_value=100, example=Decimal("24.5"), width=5, required=False, **more)


def _sized(form, currency):
    """The form's sums are in the programme's currency."""
    for name in ("turnover", "balance_sheet"):
        form.fields[name].currency = currency


class FiguresForm(GovForm):
    """One period's figures; people may be worked out from how they work."""

    submit_label = _("Keep these figures")
    mark_optional = False
    period_end = DatePartsField(
        label=_("Last day of the accounting period"),
        help_text=_("Leave empty for figures that belong to no period."),
        what=_("the last day of the period"),
        required=False,
    )
    months = WholeNumberField(
        label=_("Months in the period"), min_value=1, max_value=24, width=3, initial=12, example=12
    )
    source = forms.ChoiceField(
        label=_("Where are the figures from?"), choices=[("", _("Choose")), *SizeDeclaration.Source.choices]
    )
    employees = QuantityField(
        label=_("People, in annual work units"),
        help_text=_(
            "Owners who work in the firm count, apprentices and students on placement do not. Or fill in below."
        ),
        max_value=1_000_000,
        required=False,
        example=Decimal("26.5"),
    )
    full_time = QuantityField(label=_("Full time, the whole year"), max_value=1_000_000, width=5, required=False)
    part_time = QuantityField(label=_("Part time, the whole year"), max_value=1_000_000, width=5, required=False)
    part_time_percent = QuantityField(
        label=_("Their usual hours, in per cent of full time"), max_value=100, width=3, required=False, example=50
    )
    part_year = QuantityField(label=_("Full time for part of the year"), max_value=1_000_000, width=5, required=False)
    part_year_months = QuantityField(label=_("For how many months"), max_value=12, width=3, required=False, example=3)
    owners = QuantityField(label=_("Owners who work in the firm"), max_value=1000, width=5, required=False, example=2)
    turnover = MoneyField(label=_("Turnover"), required=False)
    balance_sheet = MoneyField(label=_("Balance sheet total"), required=False)
    in_group = forms.ChoiceField(
        label=_("Does another firm own a quarter or more of it, or does it of another?"),
        choices=[("", _("Choose")), ("yes", _("Yes")), ("no", _("No")), ("unknown", _("Not known"))],
    )

    def __init__(self, *args, currency, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["period_end"].max_date = today
        _sized(self, currency)

    def layout(self):
        people = ("full_time", "owners", "part_time", "part_time_percent", "part_year", "part_year_months")
        return [
            "period_end",
            Div("months", "source", css_class="app-pairs"),
            "employees",
            Fieldset(Div(*people, css_class="app-pairs"), legend=_("Or work the people out"), legend_size=Size.SMALL),
            Div("turnover", "balance_sheet", css_class="app-pairs"),
            "in_group",
        ]

    def clean(self):
        cleaned = super().clean()
        for people, share, message in (
            ("part_time", "part_time_percent", _("Enter their usual hours, like 50")),
            ("part_year", "part_year_months", _("Enter for how many months, like 3")),
        ):
            if cleaned.get(people) and cleaned.get(share) is None and share not in self.errors:
                self.add_error(share, message)
        if self.errors:
            return cleaned
        if cleaned["employees"] is None:
            cleaned["employees"] = self._work_units(cleaned)
        if all(cleaned[name] is None for name in ("employees", "turnover", "balance_sheet")):
            self.add_error("employees", _("Enter at least one figure"))
        if cleaned["source"] == SizeDeclaration.Source.ACCOUNTS and cleaned["period_end"] is None:
            self.add_error("period_end", _("Approved accounts have a last day: enter it"))
        cleaned["in_group"] = {"yes": True, "no": False}.get(cleaned["in_group"])
        return cleaned

    @staticmethod
    def _work_units(cleaned):
        """The headcount from how people work; None when nothing was filled in."""
        part_time = Staff(cleaned["part_time"], share=(cleaned["part_time_percent"] or Decimal(0)) / 100)
        part_year = Staff(cleaned["part_year"], months=cleaned["part_year_months"] or Decimal(0))
        staff = [Staff(cleaned["full_time"]), Staff(cleaned["owners"], "owner"), part_time, part_year]
        given = [row for row in staff if row.people is not None]
        return annual_work_units(given) if given else None


class OwnerForm(GovForm):
    """A share in the firm, or one that it holds."""

    submit_label = _("Keep this")
    mark_optional = False
    key = IdempotencyField()
    direction = forms.ChoiceField(
        label=_("Who owns whom?"), choices=Ownership.Direction.choices, widget=forms.RadioSelect
    )
    other_name = forms.CharField(
        label=_("Name of the other side"),
        max_length=160,
        error_messages={"required": _("Enter the name of the other side")},
    )
    other_number = forms.CharField(
        label=_("Its company number, if it has one"),
        help_text=_("A firm that is known here is then counted with its own aid."),
        max_length=20,
        required=False,
    )
    holder_kind = forms.ChoiceField(label=_("What is it?"), choices=Ownership.HolderKind.choices)
    capital_percent = _percent(label=_("Share of the capital, in per cent"))
    votes_percent = _percent(label=_("Share of the votes, in per cent"))
    controls = forms.BooleanField(
        label=_("It has control otherwise: most of the board, a contract, an agreement"), required=False
    )
    through_person = forms.CharField(
        label=_("The person through whom both belong together"),
        help_text=_("Only when one person, or a family acting together, owns both firms."),
        max_length=160,
        required=False,
    )
    same_market = forms.ChoiceField(
        label=_("Do both work in the same or a neighbouring market?"),
        choices=[("", _("Not known")), ("yes", _("Yes")), ("no", _("No"))],
        required=False,
    )
    invested_eur = MoneyField(label=_("What a business angel has put in"), currency="EUR", required=False)
    employees = QuantityField(
        label=_("Its people, in annual work units"), max_value=1_000_000, required=False, example=Decimal("120.5")
    )
    turnover = MoneyField(label=_("Its turnover"), required=False)
    balance_sheet = MoneyField(label=_("Its balance sheet total"), required=False)
    from_on = DatePartsField(label=_("Since when"), what=_("the day"), required=False)

    def __init__(self, *args, currency, country, firm, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.country, self.firm = country, firm
        self.fields["from_on"].max_date = today
        _sized(self, currency)

    def layout(self):
        return [
            "direction",
            Div("other_name", "other_number", "holder_kind", "from_on", css_class="app-pairs"),
            Div("capital_percent", "votes_percent", css_class="app-pairs"),
            "controls",
            Fieldset(
                Div("employees", "turnover", "balance_sheet", "invested_eur", css_class="app-pairs"),
                legend=_("Its figures, with those of its own group"), legend_size=Size.SMALL,
            ),
            Fieldset(
                Div("through_person", "same_market", css_class="app-pairs"),
                legend=_("Firms of one person"), legend_size=Size.SMALL,
            ),
        ]  # fmt: skip

    def clean_other_number(self):
        given = self.cleaned_data["other_number"].strip()
        if not given:
            return ""
        try:
            return company_identifier(given, self.country)
        except BadIdentifier as error:
            example = number_kind(self.country).example
            raise forms.ValidationError(
                _("Enter its number as it is registered, like %(example)s") % {"example": example}
            ) from error

    def clean(self):
        cleaned = super().clean()
        shares = ("capital_percent", "votes_percent")
        if not self.errors and not cleaned["controls"] and all(cleaned[name] is None for name in shares):
            self.add_error(
                "capital_percent", _("Enter a share of the capital or of the votes, or say that it has control")
            )
        if cleaned.get("other_number") and cleaned["other_number"] == self.firm.company_number:
            self.add_error("other_number", _("This is the number of the firm itself"))
        cleaned["same_market"] = {"yes": True, "no": False}.get(cleaned.get("same_market") or "")
        return cleaned


class EndOwnerForm(GovForm):
    submit_label = _("End it")
    last_day = DatePartsField(
        label=_("The last day on which it was so"),
        help_text=_("Leave empty if it never was so: the entry was a mistake."),
        what=_("the last day"),
        required=False,
    )

    def __init__(self, *args, row, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["last_day"].max_date = today
        if row.from_on:
            self.fields["last_day"].min_date = row.from_on


# --- Earlier aid ------------------------------------------------------------------------------------
class AidForm(GovForm):
    submit_label = _("Keep this entry")
    key = IdempotencyField()
    given_by = forms.CharField(label=_("Who gave it?"), max_length=200)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    amount = MoneyField(label=_("Amount, before tax"), help_text=_("Leave empty if nobody knows it."), required=False)
    on = DatePartsField(
        label=_("The day of the letter or agreement"),
        help_text=_("Leave empty if nobody knows it. The day on which the firm got the right to it counts."),
        what=_("the day"),
        required=False,
    )
    basis = forms.ChoiceField(
        label=_("On what basis?"),
        help_text=_("The letter says it."),
        choices=[("", _("Not known")), *AidRecord.Basis.choices],
        required=False,
    )

    def __init__(self, *args, currency, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["currency"].initial = currency
        self.fields["on"].max_date = today
        chosen = self.data.get("currency", currency) if self.is_bound else currency
        self.fields["amount"].currency = chosen if chosen in CURRENCIES else currency


class AllAidForm(GovForm):
    submit_label = _("Keep this")
    said = forms.BooleanField(
        label=_("The firm has told me that this is all the aid it and its group have had"),
        error_messages={"required": _("Confirm that the firm has told you so")},
    )

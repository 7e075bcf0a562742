"""What managers enter about a call beside its window: money by funder, who signs, what assessors look at."""

from datetime import datetime
from decimal import Decimal

from crispy_forms_gds.layout import Div, Fieldset, Size
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from casework.call_settings import MORE_ROWS, Rows, SettingsForm, decimal_of, text_of
from casework.call_terms import CallTermsForm, CourseForm
from portal.forms import DatePartsField, GovForm, LongTextField, MoneyField, WholeNumberField

BANDS = 3


class BudgetForm(Rows):
    """The budget is what its shares come to."""

    title = _("Budget")
    changes = ("budget", "budget_lines")
    row_name = _("Share")
    row_fields = {
        "funder": lambda: forms.CharField(label=_("Who pays"), max_length=120, required=False),
        "from": lambda: DatePartsField(label=_("From"), what=_("the first day of the period"), required=False),
        "to": lambda: DatePartsField(label=_("To"), what=_("the last day of the period"), required=False),
        "amount": lambda: MoneyField(label=_("Amount"), required=False),
    }

    @staticmethod
    def count_of(call):
        return len(call.budget_lines) + MORE_ROWS

    @staticmethod
    def initial_of(call):
        found = {}
        lines = call.budget_lines or [{"funder": "", "amount": text_of(call.budget)}]
        for index, line in enumerate(lines):
            found |= {f"funder_{index}": line["funder"], f"amount_{index}": decimal_of(line["amount"])}
            days = {name: line[name] for name in ("from", "to") if line.get(name)}
            found |= {f"{name}_{index}": datetime.fromisoformat(day).date() for name, day in days.items()}
        return found

    def row_layout(self, index):
        return [
            Div(f"funder_{index}", f"amount_{index}", css_class="app-pairs"),
            Div(f"from_{index}", f"to_{index}", css_class="app-pairs"),
        ]

    def clean(self):
        cleaned = super().clean()
        for index, row in enumerate(self.rows(cleaned)):
            if any(row.values()):
                self.need(index, ("funder",), _("Enter who pays this share"))
                self.need(index, ("amount",), _("Enter the amount of this share"))
            if row["from"] and row["to"] and row["to"] < row["from"]:
                self.add_error(f"to_{index}", _("The last day must not be before the first"))
        return cleaned

    @property
    def values(self):
        rows = [row for row in self.rows(self.cleaned_data) if row["funder"]]
        lines = [
            {
                "funder": row["funder"],
                **{name: row[name].isoformat() for name in ("from", "to") if row[name]},
                "amount": f"{row['amount']:.2f}",
            }
            for row in rows
        ]
        return {"budget": sum((row["amount"] for row in rows), Decimal(0)), "budget_lines": lines}


class ApprovalForm(SettingsForm):
    """Up to how much so many people sign; the last row is for all that is more."""

    title = _("Who signs")
    changes = ("approval_bands", "accept_days")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        last = {name: self.fields.pop(name) for name in ("reason", "seen")}
        for index in range(BANDS):
            self.fields[f"up_to_{index}"] = MoneyField(
                label=_("Offers up to"), required=False, currency=self.call.currency
            )
            self.fields[f"approvers_{index}"] = _people(required=False)
        self.fields["approvers"] = _people(label=_("How many people sign every other offer?"))
        self.fields["accept_days"] = WholeNumberField(
            label=_("Days to accept an offer"), what=_("the days"), min_value=1, max_value=366, width=3, example=30
        )
        self.fields |= last

    def layout(self):
        bands = [Div(f"up_to_{index}", f"approvers_{index}", css_class="app-pairs") for index in range(BANDS)]
        return [Fieldset(*bands, legend=_("By amount"), legend_size=Size.SMALL), "approvers", "accept_days", "reason"]

    @staticmethod
    def initial_of(call):
        found = {"accept_days": call.accept_days, "approvers": 1}
        for index, band in enumerate(call.approval_bands):
            if band["up_to"] is None:
                found["approvers"] = band["approvers"]
            else:
                found |= {f"up_to_{index}": decimal_of(band["up_to"]), f"approvers_{index}": band["approvers"]}
        return found

    def clean(self):
        cleaned = super().clean()
        limit, people = Decimal(0), 0
        for index in range(BANDS):
            up_to, approvers = cleaned.get(f"up_to_{index}"), cleaned.get(f"approvers_{index}")
            if up_to is None and approvers is None:
                continue
            if up_to is None or up_to <= limit:
                self._say(f"up_to_{index}", _("Enter an amount above the one before"))
            elif approvers is None or approvers < people:
                self._say(f"approvers_{index}", _("Enter how many people sign, not fewer than for less money"))
            limit, people = up_to or limit, approvers or people
        if cleaned.get("approvers") and cleaned["approvers"] < people:
            self.add_error("approvers", _("Enter how many people sign, not fewer than for less money"))
        return cleaned

    def _say(self, name, message):
        if name not in self.errors:
            self.add_error(name, message)

    @property
    def values(self):
        cleaned = self.cleaned_data
        bands = [
            {"up_to": f"{cleaned[f'up_to_{index}']:.2f}", "approvers": cleaned[f"approvers_{index}"]}
            for index in range(BANDS)
            if cleaned[f"up_to_{index}"] is not None
        ]
        if bands or cleaned["approvers"] > 1:
            bands.append({"up_to": None, "approvers": cleaned["approvers"]})
        return {"approval_bands": bands, "accept_days": cleaned["accept_days"]}


def _people(**more):
    label = {"label": _("How many people sign?")}
    return WholeNumberField(
        what=_("how many people sign"), min_value=1, max_value=5, width=2, example=2, **(label | more)
    )


class CriteriaForm(Rows):
    title = _("Criteria")
    changes = ("criteria",)
    row_name = _("Criterion")
    row_fields = {
        "title": lambda: forms.CharField(label=_("Title"), max_length=120, required=False),
        "help": lambda: LongTextField(label=_("What assessors look at"), max_length=1000, rows=2, required=False),
        "weight": lambda: WholeNumberField(
            label=_("Weight"), what=_("the weight"), min_value=1, max_value=1000, width=3, required=False, example=20
        ),
    }

    @staticmethod
    def count_of(call):
        return len(call.criteria) + MORE_ROWS

    @staticmethod
    def initial_of(call):
        return {
            f"{name}_{index}": row[name]
            for index, row in enumerate(call.criteria)
            for name in ("title", "help", "weight")
        }

    def clean(self):
        cleaned = super().clean()
        rows = self.rows(cleaned)
        for index, row in enumerate(rows):
            if any(row.values()):
                self.need(index, ("title",), _("Enter a title"))
                self.need(index, ("help",), _("Say what assessors look at"))
                self.need(index, ("weight",), _("Enter the weight, like 20"))
        if not any(row["title"] for row in rows):
            raise ValidationError(_("Enter at least one criterion"))
        return cleaned

    @property
    def values(self):
        codes = [row["code"] for row in self.call.criteria]
        taken = set(codes)
        found = []
        for index, row in enumerate(self.rows(self.cleaned_data)):
            if row["title"]:
                code = codes[index] if index < len(codes) else _free(f"criterion-{index + 1}", taken)
                found.append({"code": code, **row})
        return {"criteria": found}


def _free(code, taken):
    while code in taken:
        code += "x"
    taken.add(code)
    return code


PARTS: dict[str, type[SettingsForm]] = {
    "budget": BudgetForm,
    "approval": ApprovalForm,
    "course": CourseForm,
    "criteria": CriteriaForm,
    "terms": CallTermsForm,
}
"""Pages of a call's settings by the last part of their address."""


class CopyForm(GovForm):
    submit_label = _("Copy this call as a draft")
    name = forms.CharField(label=_("Name of the new call"), max_length=120)
    opens_on = DatePartsField(label=_("First day to apply"), what=_("the first day to apply"))
    closes_on = DatePartsField(label=_("Last day to apply"), what=_("the last day to apply"))

    def moments(self, call):
        """(opens, closes) by the clock of the programme, at the hours of the call that is copied."""
        zone = call.instrument.programme.zone
        hours = (call.opens_at.astimezone(zone).time(), call.closes_at.astimezone(zone).time())
        days = (self.cleaned_data["opens_on"], self.cleaned_data["closes_on"])
        return tuple(datetime.combine(day, hour, tzinfo=zone) for day, hour in zip(days, hours, strict=True))

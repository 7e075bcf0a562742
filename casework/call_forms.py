"""What managers enter about a call beside its window: money by funder, who signs, what applicants go through, terms.

Each form knows the fields of the call that it changes (`changes`) and says what they become (`values`).
"""

from collections.abc import Callable
from datetime import datetime, time
from decimal import Decimal
from typing import ClassVar

from crispy_forms_gds.layout import Div, Fieldset, Size
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from casework.programme_forms import reason_field
from funding.models import GrantApplication
from portal.forms import (
    Choice,
    DatePartsField,
    GovForm,
    LongTextField,
    MoneyField,
    QuantityField,
    WholeNumberField,
    Words,
)
from programmes.actions import shown
from programmes.matching import CATEGORIES, CLAIM_METHODS, FORMS
from programmes.wording import CATEGORY_NAMES

MORE_ROWS = 2
"""Empty rows after those that are there."""
BANDS = 3
METHODS = {
    CLAIM_METHODS[0]: _("At the share that was offered: a cheaper project gets less"),
    CLAIM_METHODS[1]: _("At the share of the call’s terms, up to the grant"),
}


COUNTED = {"total": _("All its costs together."), "eligible": _("The costs that can be supported.")}


def text_of(value):
    """A figure as the call keeps it; None stays."""
    return None if value is None else f"{value.normalize():f}"


def decimal_of(text):
    return None if text in (None, "") else Decimal(text)


class SettingsForm(GovForm):
    submit_label = _("Save")
    mark_optional = False
    title: ClassVar[Words]
    changes: ClassVar[tuple[str, ...]]

    def __init__(self, *args, call, **kwargs):
        self.call = call
        super().__init__(*args, initial=self.initial_of(call), **kwargs)
        self.fields["reason"] = reason_field(_("It stays in the programme’s history."))
        self.fields["seen"] = forms.CharField(
            widget=forms.HiddenInput, required=False, max_length=16, initial=shown(call, self.changes)
        )
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = call.currency


class Rows(SettingsForm):
    """Rows of the same fields: those of the call and a few empty ones. A row without its first field goes."""

    row_fields: ClassVar[dict[str, Callable[[], forms.Field]]]
    row_name: ClassVar[Words]

    def __init__(self, *args, call, **kwargs):
        self.count = self.count_of(call)
        super().__init__(*args, call=call, **kwargs)
        last = {name: self.fields.pop(name) for name in ("reason", "seen")}
        for index in range(self.count):
            for name, make in self.row_fields.items():
                field = make()
                if isinstance(field, MoneyField):
                    field.currency = call.currency
                self.fields[f"{name}_{index}"] = field
        self.fields |= last

    def layout(self):
        rows = [
            Fieldset(
                *self.row_layout(index),
                legend=f"{self.row_name} {index + 1}", legend_size=Size.SMALL,
            )
            for index in range(self.count)
        ]  # fmt: skip
        return [*rows, "reason"]

    def row_layout(self, index):
        return [f"{name}_{index}" for name in self.row_fields]

    def rows(self, cleaned):
        return [{name: cleaned.get(f"{name}_{index}") for name in self.row_fields} for index in range(self.count)]

    def need(self, index, names, message):
        """A row that is begun is whole."""
        for name in names:
            key = f"{name}_{index}"
            if self.cleaned_data.get(key) in (None, "") and key not in self.errors:
                self.add_error(key, message)


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


def _percent(label, help_text, **more):
    return QuantityField(label=label, help_text=help_text, max_value=100, width=5, required=False, example=10, **more)


class CourseForm(SettingsForm):
    """What an applicant goes through, until the last claim."""

    title = _("From outline to claim")
    changes = ("needs_outline", "reviews_needed", "is_blind", "appeal_days", "partner_terms", "claim_terms")

    needs_outline = forms.BooleanField(
        label=_("A short outline comes first, and two advisers say whether it is ready"), required=False
    )
    reviews_needed = WholeNumberField(
        label=_("How many assessors score each application?"), what=_("how many assessors"), max_value=9, width=2,
        example=2, help_text=_("0 where the support is automatic: it goes straight to a decision."),
    )  # fmt: skip
    is_blind = forms.BooleanField(
        label=_("Assessors see no names: contacts are masked and files withheld"), required=False
    )
    appeal_days = WholeNumberField(
        label=_("Days to ask for another look at a refusal"), what=_("the days"), max_value=366, width=3, example=30
    )
    forms_offered = forms.MultipleChoiceField(
        label=_("Who may ask?"), widget=forms.CheckboxSelectMultiple,
        choices=lambda: [Choice(code, GrantApplication.Form(code).label) for code in FORMS],
    )  # fmt: skip
    most = WholeNumberField(
        label=_("Most partners beside the firm"), what=_("how many partners"), min_value=1, max_value=20, width=2,
        required=False, example=4,
    )  # fmt: skip
    most_percent = _percent(
        _("Most that one of them may bear, in per cent"), _("Of the costs that count."), min_value=1
    )
    pays = forms.ChoiceField(
        label=_("How is a claim paid?"), widget=forms.RadioSelect, choices=lambda: list(METHODS.items())
    )
    months = WholeNumberField(
        label=_("Months between two claims"), what=_("the months"), min_value=1, max_value=12, width=2, example=3
    )
    retention_percent = _percent(_("Held back until the final claim, in per cent"), _("Of each claim."))
    cap_percent = _percent(_("Most that is paid before the final claim, in per cent"), _("Of the grant."), min_value=1)
    virement_percent = _percent(
        _("What may move between kinds of cost, in per cent"), _("Of the costs that count, over the whole project.")
    )

    def layout(self):
        return [
            Fieldset("needs_outline", "reviews_needed", "is_blind", "appeal_days",
                     legend=_("Assessment"), legend_size=Size.MEDIUM),
            Fieldset("forms_offered", "most", "most_percent", legend=_("Partners"), legend_size=Size.MEDIUM),
            Fieldset("pays", "months", "retention_percent", "cap_percent", "virement_percent",
                     legend=_("Claims"), legend_size=Size.MEDIUM),
            "reason",
        ]  # fmt: skip

    @staticmethod
    def initial_of(call):
        partners, claims = call.partner_terms, call.claim_terms
        percents = ("retention_percent", "cap_percent", "virement_percent")
        return {
            **{name: getattr(call, name) for name in ("needs_outline", "reviews_needed", "is_blind", "appeal_days")},
            "forms_offered": partners.get("forms") or [FORMS[0]],
            "most": partners.get("most"),
            "most_percent": decimal_of(partners.get("most_percent")),
            "pays": claims.get("method", CLAIM_METHODS[0]),
            "months": claims.get("months", 3),
            **{name: decimal_of(claims.get(name)) for name in percents},
        }

    @property
    def values(self):
        cleaned = self.cleaned_data
        offered = [code for code in FORMS if code in cleaned["forms_offered"]]
        partners = {"forms": offered, "most": cleaned["most"], "most_percent": text_of(cleaned["most_percent"])}
        percents = {name: text_of(cleaned[name]) for name in ("retention_percent", "cap_percent", "virement_percent")}
        claims = {"method": cleaned["pays"], "months": cleaned["months"], **percents}
        return {
            **{name: cleaned[name] for name in ("needs_outline", "reviews_needed", "is_blind", "appeal_days")},
            "partner_terms": {} if offered == [FORMS[0]] else _given(partners),
            "claim_terms": _given(claims),
        }


def _level(label):
    return WholeNumberField(
        label=label, what=_("the technology readiness level"), min_value=1, max_value=9, width=2, required=False,
        example=5,
    )  # fmt: skip


def _given(values):
    return {name: value for name, value in values.items() if value is not None}


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


class CallTermsForm(SettingsForm):
    """The terms of a draft; rates and limits of single kinds of cost stay as they were copied."""

    title = _("Terms")
    changes = ("opens_at", "terms")

    opens_on = DatePartsField(label=_("First day to apply"), what=_("the first day to apply"))
    opens_time = forms.CharField(
        label=_("Opening time"), max_length=5,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-5", "autocomplete": "off"}),
    )  # fmt: skip
    rate = _percent(_("Share of the costs that is paid, in per cent"), "", min_value=1)
    cap = MoneyField(label=_("Largest grant"), required=False)
    minimum = MoneyField(label=_("Smallest project"), required=False)
    maximum = MoneyField(label=_("Largest project"), required=False)
    months = WholeNumberField(
        label=_("Longest project, in months"), what=_("the months"), min_value=1, max_value=60, width=3,
        required=False, example=16,
    )  # fmt: skip
    trl_min = _level(_("Lowest technology readiness level"))
    trl_max = _level(_("Highest technology readiness level"))
    research_partner = forms.BooleanField(label=_("A research organisation takes part"), required=False)
    categories = forms.MultipleChoiceField(
        label=_("What it pays for"), widget=forms.CheckboxSelectMultiple,
        choices=lambda: [Choice(code, CATEGORY_NAMES[code]) for code in CATEGORIES],
    )  # fmt: skip

    def __init__(self, *args, call, **kwargs):
        super().__init__(*args, call=call, **kwargs)
        for name in ("minimum", "maximum"):
            self.fields[name].help_text = COUNTED[self.basis_of(name)]

    def basis_of(self, name):
        """What must reach the minimum or not pass the maximum: as it was copied, else all costs."""
        return (self.call.terms.get(name) or {}).get("of", "total")

    @staticmethod
    def initial_of(call):
        terms = call.terms
        opens = call.opens_at.astimezone(call.instrument.programme.zone)
        return {
            "opens_on": opens.date(),
            "opens_time": f"{opens:%H:%M}",
            "rate": decimal_of(terms.get("rate")),
            "cap": decimal_of(terms.get("cap")),
            **{name: decimal_of((terms.get(name) or {}).get("amount")) for name in ("minimum", "maximum")},
            "months": terms.get("months"),
            **{f"trl_{name}": (terms.get("trl") or {}).get(name) for name in ("min", "max")},
            "research_partner": terms.get("research_partner", False),
            "categories": terms["categories"],
        }

    def clean_opens_time(self):
        try:
            return time.fromisoformat(self.cleaned_data["opens_time"].strip().zfill(5))
        except ValueError:
            raise ValidationError(_("Enter the time by 24 hours, like 17:00")) from None

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("minimum") and cleaned.get("maximum") and cleaned["maximum"] < cleaned["minimum"]:
            self.add_error("maximum", _("Enter an amount that is not below the smallest project"))
        low, high = cleaned.get("trl_min"), cleaned.get("trl_max")
        if (low is None) != (high is None) or (low and high and high < low):
            self.add_error("trl_max", _("Enter the lowest and the highest level, or neither"))
        own = {name for name, rates in self.call.terms.get("category_rates", {}).items() if rates}
        if cleaned.get("rate") is None and "rate" not in self.errors and set(cleaned.get("categories", [])) - own:
            self.add_error("rate", _("Enter the share that is paid, like 50"))
        return cleaned

    @property
    def values(self):
        cleaned, before = self.cleaned_data, self.call.terms
        sizes = {
            name: {"amount": f"{cleaned[name]:.2f}", "of": self.basis_of(name)}
            for name in ("minimum", "maximum")
            if cleaned[name] is not None
        }
        chosen = [code for code in CATEGORIES if code in cleaned["categories"]]
        own = {
            name: {code: value for code, value in before[name].items() if code in chosen}
            for name in ("category_rates", "category_caps")
            if name in before
        }
        terms = {
            "trl": {"min": cleaned["trl_min"], "max": cleaned["trl_max"]} if cleaned["trl_min"] else None,
            "rate": text_of(cleaned["rate"]),
            "cap": None if cleaned["cap"] is None else f"{cleaned['cap']:.2f}",
            "months": cleaned["months"],
            "research_partner": cleaned["research_partner"],
            "categories": chosen,
            **own,
            **sizes,
        }
        zone = self.call.instrument.programme.zone
        opens = datetime.combine(cleaned["opens_on"], cleaned["opens_time"], tzinfo=zone)
        return {"opens_at": opens, "terms": _given(terms)}


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

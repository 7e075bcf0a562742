"""What managers enter about a call's course and terms: what applicants go through, and what is paid for."""

from datetime import datetime, time

from crispy_forms_gds.layout import Fieldset, Size
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from casework.call_settings import SettingsForm, decimal_of, text_of
from funding.models import GrantApplication
from portal.forms import Choice, DatePartsField, MoneyField, QuantityField, WholeNumberField
from programmes.matching import CATEGORIES, CLAIM_METHODS, FORMS
from programmes.wording import CATEGORY_NAMES

METHODS = {
    CLAIM_METHODS[0]: _("At the share that was offered: a cheaper project gets less"),
    CLAIM_METHODS[1]: _("At the share of the call’s terms, up to the grant"),
}
COUNTED = {"total": _("All its costs together."), "eligible": _("The costs that can be supported.")}


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

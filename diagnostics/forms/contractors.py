"""Contracts, offers of diagnostics, answers to them, checks and payments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from diagnostics.models import Contractor
from organisations.identifiers import normalise_company_number
from portal.forms import DatePartsField, GovForm, LongTextField, MoneyField, WholeNumberField
from programmes.models import Programme, Region


class ContractForm(GovForm):
    """The terms; with `is_new` the organisation too."""

    submit_label = _("Save")

    name = forms.CharField(label=_("Name of the organisation"), max_length=160)
    company_number = forms.CharField(label=_("Company number"), max_length=20, required=False)
    regions = forms.ModelMultipleChoiceField(
        label=_("Regions"), queryset=Region.objects.none(), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick none for the whole programme."),
    )  # fmt: skip
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=settings.LANGUAGES, widget=forms.CheckboxSelectMultiple
    )
    capacity = WholeNumberField(
        label=_("How many diagnostics may it have in hand at once?"), min_value=0, max_value=1000, example=20
    )
    days = WholeNumberField(label=_("Days from acceptance to the deadline"), min_value=1, max_value=365, example=30)
    sample_percent = WholeNumberField(
        label=_("Out of 100 delivered, how many does a second person check?"), min_value=0, max_value=100, example=10,
        help_text=_("The first two are always checked."),
    )  # fmt: skip
    from_on = DatePartsField(label=_("From"))
    until_on = DatePartsField(label=_("Until"), required=False)

    def __init__(self, *args: Any, programme: Programme, contractor: Contractor | None = None, **kwargs: Any) -> None:
        if contractor:
            kwargs["initial"] = {
                name: getattr(contractor, name)
                for name in ("languages", "capacity", "fee", "days", "sample_percent", "from_on", "until_on")
            } | {"regions": contractor.regions.all()}
        super().__init__(*args, **kwargs)
        self.fields["regions"].queryset = programme.regions.order_by("position", "name")
        spoken = [code for code in programme.languages if code in dict(settings.LANGUAGES)]
        self.fields["languages"].choices = [(code, dict(settings.LANGUAGES)[code]) for code in spoken]
        self.fields["fee"] = MoneyField(
            label=_("Fee for one diagnostic, without VAT"), currency=programme.currency, example=950,
            initial=contractor.fee if contractor else None,
        )  # fmt: skip
        self.programme = programme
        if contractor:
            del self.fields["name"], self.fields["company_number"]

    def layout(self) -> list[Any]:
        order = [name for name in self.fields if name != "fee"]
        order.insert(order.index("days"), "fee")
        return order

    def clean_company_number(self) -> str:
        text = str(self.cleaned_data["company_number"]).strip()
        if not text or self.programme.country != "GB":
            return text
        number = normalise_company_number(text)
        if number is None:
            raise ValidationError(_("Enter a company number such as 01234567"))
        return number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("from_on") and cleaned.get("until_on") and cleaned["until_on"] < cleaned["from_on"]:
            self.add_error("until_on", _("The last day must not lie before the first"))
        return cleaned


class PersonForm(GovForm):
    submit_label = _("Add")
    mark_optional = False

    email = forms.EmailField(
        label=_("Email address of somebody who works for it"),
        help_text=_("They need an account here. They will see the diagnostics given to this contractor, nothing else."),
    )


class OfferForm(GovForm):
    """One select of contractors; the page says beside it why the first was put there."""

    submit_label = _("Offer it")
    mark_optional = False

    contractor = forms.ModelChoiceField(
        label=_("Contractor"), queryset=Contractor.objects.none(), empty_label=_("Choose a contractor")
    )

    def __init__(self, *args: Any, contractors: Iterable[Contractor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["contractor"]
        field.queryset = Contractor.objects.filter(pk__in=[row.pk for row in contractors])
        field.choices = [("", field.empty_label), *((row.pk, str(row.organisation)) for row in contractors)]


class _ReasonForm(GovForm):
    mark_optional = False
    reason = LongTextField(
        label=_("Why?"), max_length=1000, rows=3, error_messages={"required": _("Write why")}
    )  # fmt: skip


class TakeBackForm(_ReasonForm):
    submit_label = _("Take it back")


class DeclineForm(_ReasonForm):
    submit_label = _("Decline")


class SendBackForm(_ReasonForm):
    submit_label = _("Send it back")
    reason = LongTextField(
        label=_("What is to be put right?"), max_length=1000, rows=4,
        help_text=_("The contractor and the firm read your words. The diagnostic is opened again."),
        error_messages={"required": _("Write what is to be put right")},
    )  # fmt: skip


class WhoForm(GovForm):
    """Who of the contractor carries it out."""

    submit_label = _("Accept")
    mark_optional = False

    person = forms.ModelChoiceField(
        label=_("Who carries it out?"), queryset=User.objects.none(), widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, *args: Any, contractor: Contractor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = contractor.people()
        self.fields["person"].label_from_instance = User.get_full_name


class PayForm(GovForm):
    """Which deliveries of one contractor were paid, and under which reference."""

    submit_label = _("Record the payment")
    mark_optional = False

    reference = forms.CharField(label=_("Reference of the payment"), max_length=60)
    allocations = forms.TypedMultipleChoiceField(coerce=int, widget=forms.MultipleHiddenInput)

    def __init__(self, *args: Any, payable: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["allocations"].choices = [(pk, pk) for pk in payable]
        self.fields["allocations"].error_messages["required"] = _("Tick what was paid")

"""One action of a plan."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from diagnostics.models import PlanAction
from portal.forms import DatePartsField, GovForm, LongTextField, MoneyField


class ActionForm(GovForm):
    """Owner, start and progress of one action: the firm's part."""

    submit_label = _("Save")

    owner = forms.CharField(
        label=_("Who leads this?"), help_text=_("A name or a job, for example “production manager”."),
        max_length=120, required=False,
    )  # fmt: skip
    start_on = DatePartsField(label=_("When will it start?"), what=_("the start date"), required=False)
    progress = forms.ChoiceField(
        label=_("How far is it?"), choices=PlanAction.Progress.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, action: PlanAction, **kwargs: Any):
        self.action = action
        names = list(self.base_fields)
        super().__init__(*args, initial={name: getattr(action, name) for name in names}, **kwargs)


class StaffActionForm(ActionForm):
    """With what the adviser agrees with the firm: place in the plan and figures."""

    horizon = forms.ChoiceField(
        label=_("Place in the plan"), choices=PlanAction.Horizon.choices, widget=forms.RadioSelect
    )
    reason = LongTextField(
        label=_("Why it is not where the method puts it"), help_text=_("The firm reads this in its plan."),
        max_length=1000, rows=2, required=False,
    )  # fmt: skip
    cost = MoneyField(label=_("Cost, as agreed"), required=False, example=48000)
    grant = MoneyField(label=_("Likely support"), required=False, example=20000)
    yearly_benefit = MoneyField(label=_("Benefit a year"), required=False, example=26000)
    running_cost = MoneyField(label=_("Running cost a year"), required=False, example=3000)

    def __init__(self, *args: Any, action: PlanAction, currency: str, **kwargs: Any):
        super().__init__(*args, action=action, **kwargs)
        for name in ("cost", "grant", "yearly_benefit", "running_cost"):
            self.fields[name].currency = currency

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("horizon") == self.action.computed_horizon:
            data["reason"] = ""
        elif not data.get("reason") and data.get("horizon"):
            self.add_error("reason", _("Say why you move this action"))
        if data.get("grant") and data.get("cost") is not None and data["grant"] > data["cost"]:
            self.add_error("grant", _("Enter support that is not more than the cost"))
        return data

"""Actions of a plan: one on its page, several in one go, own ones; and looking back at the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnostics.models import PlanAction
from portal.dates import long_date
from portal.forms import DatePartsField, FilterForm, GovForm, LongTextField, MoneyField
from portal.money import money_text
from programmes.models import Region

NAMES = ("owner", "start_on")
"""What a first plan needs: who, and from when."""
HOW_FAR = ("progress", "progress_note")
FIRM = (*NAMES, "review_on", *HOW_FAR)
PLACES = ("horizon", "is_kept_first", "reason", *NAMES)
AMOUNTS = (
    "cost_low", "cost", "cost_high", "grant", "benefit_low", "yearly_benefit", "benefit_high", "running_cost",
)  # fmt: skip
STAFF = ("horizon", "is_kept_first", "reason", *FIRM, "baseline", "measure", "risks", *AMOUNTS)
SECTIONS = (
    (_("Place in the plan"), ("horizon", "is_kept_first", "reason")),
    (_("Who and when"), ("owner", "start_on", "review_on")),
    (_("How far it is"), ("progress", "progress_note")),
    (_("What it brings"), ("baseline", "measure", "risks")),
    (_("Money, as agreed with the firm"), AMOUNTS),
)
RANGES = (("cost_low", "cost", "cost_high"), ("benefit_low", "yearly_benefit", "benefit_high"))


def _text(label: Any, length: int, help_text: Any = "") -> forms.Field:
    return forms.CharField(label=label, help_text=help_text, max_length=length, required=False)


def _long(label: Any, help_text: Any = "") -> forms.Field:
    return LongTextField(label=label, help_text=help_text, max_length=1000, rows=2, required=False)


def _money(label: Any, example: int) -> forms.Field:
    return MoneyField(label=label, required=False, example=example)


FIELDS: dict[str, Callable[[], forms.Field]] = {
    "owner": lambda: _text(_("Who leads this?"), 120, _("A name or a job, for example “production manager”.")),
    "start_on": lambda: DatePartsField(label=_("When will it start?"), what=_("the start date"), required=False),
    "review_on": lambda: DatePartsField(
        label=_("When will you check how it goes?"), what=_("the day you check"), required=False
    ),
    "progress": lambda: forms.ChoiceField(
        label=_("How far is it?"), choices=PlanAction.Progress.choices, widget=forms.RadioSelect
    ),
    "progress_note": lambda: _long(_("How is it going?"), _("One line is enough. If you drop it, say why.")),
    "horizon": lambda: forms.ChoiceField(label=_("Place in the plan"), choices=PlanAction.Horizon.choices),
    "is_kept_first": lambda: forms.BooleanField(label=_("Keep it first in its column"), required=False),
    "reason": lambda: _long(_("Why it stands elsewhere or first"), _("The firm reads this in its plan.")),
    "baseline": lambda: _text(_("Where it stands today"), 200, _("For example: 40 job cards lost a month.")),
    "measure": lambda: _text(_("How you will see that it worked"), 200, _("For example: fewer than 5 a month.")),
    "risks": lambda: _long(_("What could go wrong")),
    "cost_low": lambda: _money(_("Cost, at least"), 42000),
    "cost": lambda: _money(_("Cost, most likely"), 48000),
    "cost_high": lambda: _money(_("Cost, at most"), 55000),
    "grant": lambda: _money(_("Likely grant"), 20000),
    "benefit_low": lambda: _money(_("Benefit a year, at least"), 20000),
    "yearly_benefit": lambda: _money(_("Benefit a year, most likely"), 26000),
    "benefit_high": lambda: _money(_("Benefit a year, at most"), 32000),
    "running_cost": lambda: _money(_("Running cost a year"), 3000),
}


class ActionsForm(GovForm):
    """Some fields of one or several actions. With several, each field's name ends in the action's key.

    `seen` holds the stamps of the actions as the page showed them; `changes` what the person wants, by key. An action
    that the page did not show yet is left alone.
    """

    submit_label = ""
    mark_optional = False

    def __init__(
        self,
        data: Any = None,
        *,
        rows: Sequence[PlanAction],
        names: Iterable[str],
        currency: str = "GBP",
        is_single: bool = False,
    ):
        self.names, self.currency, self.is_single = tuple(names), currency, is_single
        self.rows = [row for row in rows if data is None or is_single or self.key("seen", row) in data]
        fields: dict[str, forms.Field] = {}
        for row in self.rows:
            for name in self.names:
                fields[self.key(name, row)] = FIELDS[name]()
            fields[self.key("seen", row)] = forms.CharField(
                widget=forms.HiddenInput, required=False, max_length=16, initial=row.stamp
            )
        self.base_fields = fields
        initial = {self.key(name, row): getattr(row, name) for row in self.rows for name in self.names}
        super().__init__(data, initial=initial)
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = currency

    def key(self, name: str, row: PlanAction) -> str:
        return name if self.is_single else f"{name}_{row.pk}"

    @property
    def parts(self) -> list[dict[str, Any]]:
        """Each action with its fields as the page draws them."""
        return [
            {"row": row, "seen": self[self.key("seen", row)], "fields": [self[self.key(n, row)] for n in self.names]}
            for row in self.rows
        ]

    @property
    def seen_field(self) -> Any:
        """Of a single action."""
        return self["seen"]

    @property
    def sections(self) -> list[tuple[Any, list[Any]]]:
        """The fields of a single action under headings."""
        return [
            (title, [self[name] for name in names if name in self.fields])
            for title, names in SECTIONS
            if any(name in self.fields for name in names)
        ]

    @property
    def changes(self) -> dict[int, dict[str, Any]]:
        return {row.pk: {name: self.cleaned_data[self.key(name, row)] for name in self.names} for row in self.rows}

    @property
    def seen(self) -> dict[int, str]:
        stamps = {row.pk: self.cleaned_data[self.key("seen", row)] for row in self.rows}
        return {pk: stamp for pk, stamp in stamps.items() if stamp}

    def clean(self) -> dict[str, Any]:
        for row in self.rows:
            if "horizon" in self.names:
                self._clean_place(row)
            if "progress" in self.names and self._of("progress", row) == PlanAction.Progress.DROPPED:
                self._ask("progress_note", row, gettext("Say why you drop this action"))
            if "cost" in self.names:
                self._clean_amounts(row)
        return self.cleaned_data

    def _of(self, name: str, row: PlanAction) -> Any:
        return self.cleaned_data.get(self.key(name, row))

    def _ask(self, name: str, row: PlanAction, message: str) -> None:
        if not self._of(name, row) and self.key(name, row) not in self.errors:
            self.add_error(self.key(name, row), message)

    def _clean_place(self, row: PlanAction) -> None:
        place, is_first = self._of("horizon", row), self._of("is_kept_first", row)
        is_moved = bool(place) and place != row.computed_horizon and not row.is_own
        if is_moved or is_first:
            message = gettext("Say why you move this action") if is_moved else gettext("Say why it comes first")
            self._ask("reason", row, message)
        else:
            self.cleaned_data[self.key("reason", row)] = ""

    def _clean_amounts(self, row: PlanAction) -> None:
        for names in RANGES:
            low, likely, high = (self._of(name, row) for name in names)
            if likely is None and (low is not None or high is not None):
                self._ask(names[1], row, gettext("Enter what is most likely too"))
            elif low is not None and low > likely:
                self.add_error(self.key(names[0], row), gettext("Enter no more than what is most likely"))
            elif high is not None and high < likely:
                self.add_error(self.key(names[2], row), gettext("Enter no less than what is most likely"))
        grant, costs = self._of("grant", row), [self._of(name, row) for name in ("cost_low", "cost")]
        least = next((cost for cost in costs if cost is not None), None)
        if grant and least is not None and grant > least:
            self.add_error(self.key("grant", row), gettext("Enter a grant that is not more than the cost"))

    # --- Two people at once ---
    def beside(self, rows: Iterable[PlanAction]) -> list[dict[str, str]]:
        """What somebody else has saved meanwhile where it differs from what stands in this form."""
        return [
            {"title": row.title, "label": str(self.fields[self.key(name, row)].label), "saved": self._said(name, row)}
            for row in rows
            for name in self.names
            if getattr(row, name) != self._of(name, row)
        ]

    def _said(self, name: str, row: PlanAction) -> str:
        value = getattr(row, name)
        if value in (None, ""):
            return gettext("nothing")
        if isinstance(value, bool):
            return gettext("Yes") if value else gettext("No")
        if isinstance(value, Decimal):
            return money_text(value, self.currency)
        if name in ("horizon", "progress"):
            return str(getattr(row, f"get_{name}_display")())
        return long_date(value) if hasattr(value, "year") else str(value)


class OwnActionForm(GovForm):
    """An action that firm and adviser add themselves."""

    submit_label = _("Save this action")

    title = forms.CharField(label=_("What do you want to do?"), help_text=_("In a few words."), max_length=160)
    description = LongTextField(
        label=_("How will you do it?"),
        help_text=_("The first sentence is the first step: make it one for this week."),
        max_length=1000,
        rows=4,
    )
    horizon = forms.ChoiceField(label=_("When does it start?"), widget=forms.RadioSelect)
    cost_band = forms.TypedChoiceField(label=_("What will it cost?"), coerce=int, widget=forms.RadioSelect)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)

    def __init__(self, data: Any = None, *, document: dict[str, Any], action: PlanAction | None = None):
        names = ("title", "description", "horizon", "cost_band")
        initial = {name: getattr(action, name) for name in names} | {"seen": action.stamp} if action else {}
        super().__init__(data, initial=initial or {"horizon": PlanAction.Horizon.NOW})
        bands = [(band["code"], band["label"]) for band in document["cost_bands"]]
        self.fields["horizon"].choices = [
            choice for choice in PlanAction.Horizon.choices if choice[0] != PlanAction.Horizon.PARKED
        ]
        self.fields["cost_band"].choices = bands


class AgreeForm(forms.Form):
    """Names the revision that was read."""

    revision = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class LookBackForm(GovForm):
    """What came of looking back at the plan with the firm."""

    submit_label = _("Mark as done")

    note = LongTextField(
        label=_("What came of it?"), help_text=_("Staff read this."), max_length=1000, rows=2,
        error_messages={"required": _("Write a line about what came of it")},
    )  # fmt: skip


class LookBackFilter(FilterForm):
    """The list of plans to look back at."""

    due = forms.ChoiceField(
        label=_("Due"),
        choices=[("", _("In the next four weeks")), ("late", _("Late")), ("all", _("All that are open"))],
    )
    region = forms.ModelChoiceField(label=_("Region"), queryset=Region.objects.none(), empty_label=_("Every region"))

    def __init__(self, *args: Any, regions: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = regions

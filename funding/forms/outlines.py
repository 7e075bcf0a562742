"""The outline: what the firm writes page by page, and what an adviser says of it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from funding.models import Outline
from funding.overlaps import outside_window
from portal.forms import DatePartsField, FilterForm, GovForm, GovModelForm, LongTextField, MoneyField

WORDS = 2000


class OutlineForm(GovModelForm):
    """One page of an outline. `seen` stands for the answers as they were when the page was made."""

    submit_label = _("Save and continue")
    names: tuple[str, ...] = ()
    """The fields that are kept, in the order of the page."""
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)
    typed_by = forms.CharField(widget=forms.HiddenInput, required=False)

    @property
    def answers(self):
        return {name: self.cleaned_data[name] for name in self.names}


class OutlineProblemForm(OutlineForm):
    names = ("title", "problem")
    problem = LongTextField(
        label=_("What is the problem?"),
        help_text=_("What holds you back today, and what it costs you."),
        max_words=200,
        rows=5,
        error_messages={"required": _("Tell us what the problem is")},
    )

    class Meta:
        model = Outline
        fields = ("title", "problem")
        labels = {"title": _("Name of your project")}
        help_texts = {"title": _("A few words, like: Robot cell for machine tending")}
        error_messages = {"title": {"required": _("Enter a name for your project")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"].required = True


class OutlineChangeForm(OutlineForm):
    names = ("change",)
    label_is_heading = True
    change = LongTextField(
        label=_("What do you want to change?"),
        help_text=_("What you will buy or do, and what will be better afterwards."),
        max_words=300,
        rows=8,
        error_messages={"required": _("Tell us what you want to change")},
    )

    class Meta:
        model = Outline
        fields = ("change",)


class OutlineCostForm(OutlineForm):
    names = ("rough_cost", "supplier")
    rough_cost = MoneyField(
        label=_("Roughly what will it cost in all, without VAT?"),
        what=_("the rough cost"),
        help_text=_("A good guess is enough. You need quotes only when you apply."),
        min_value=1,
        example=45000,
    )

    class Meta:
        model = Outline
        fields = ("rough_cost", "supplier")
        labels = {"supplier": _("Who could supply it?")}
        help_texts = {"supplier": _("Leave it empty if you have nobody in mind yet. Do not order anything.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["rough_cost"].currency = self.instance.call.currency


class OutlineDatesForm(OutlineForm):
    names = ("starts_on", "ends_on")
    starts_on = DatePartsField(
        label=_("When do you want to start?"),
        what=_("the day you want to start"),
        help_text=_("You must have our offer in writing before you order, sign or pay for anything."),
    )
    ends_on = DatePartsField(label=_("When will it be finished?"), what=_("the day it will be finished"))

    class Meta:
        model = Outline
        fields = ("starts_on", "ends_on")

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self):
        cleaned = super().clean()
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and starts <= self.today:
            self.add_error("starts_on", _("Enter a day after today: work that has begun cannot be helped with"))
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The project must finish after it starts"))
        elif outside := outside_window(self.instance.case.programme, ends):
            self.add_error("ends_on", outside)
        return cleaned


class OpinionForm(GovForm):
    submit_label = _("Give your opinion")
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=32767)
    """Counts the sendings: an opinion is about what was read."""
    side = forms.ChoiceField(
        label=_("Which opinion do you give?"),
        help_text=_("Business: does it pay, can the firm carry it? Technical: is it the right way, and does it work?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose which opinion you give")},
    )
    is_ready = forms.TypedChoiceField(
        label=_("Is it ready to be applied for?"),
        choices=[("yes", _("Ready")), ("no", _("Not yet"))],
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        error_messages={"required": _("Choose whether it is ready")},
    )
    reason = LongTextField(
        label=_("Why?"),
        help_text=_("The firm reads these words when both of you have answered. If it is not ready, say what to do."),
        max_length=WORDS,
        rows=6,
        error_messages={"required": _("Give a reason in plain words")},
    )

    def __init__(self, *args, sides, number, **kwargs):
        """`sides` are those on which nobody has spoken yet; a single one is not asked."""
        super().__init__(*args, initial={"number": number}, **kwargs)
        self.fields["side"].choices = [(side.value, side.label) for side in sides]
        if len(sides) == 1:
            self.fields["side"].widget = forms.HiddenInput()
            self.fields["side"].initial = sides[0].value
            self.fields["reason"].label = _("%(side)s: why?") % {"side": sides[0].label}


class OutlineFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", _("To read")), *Outline.Status.choices[2:]])

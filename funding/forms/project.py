"""What the firm fills in about its project, section by section."""

from django import forms
from django.utils.translation import gettext_lazy as _

from funding.forms.choices import CHOOSE, READINESS, yes_no
from funding.models import GrantApplication, Milestone, Risk
from funding.overlaps import outside_window
from funding.wording import SUBSIDY_DECLARATION
from portal.dates import long_date
from portal.forms import DatePartsField, GovForm, GovModelForm, IdempotencyField, LongTextField


class SectionForm(GovModelForm):
    """One section, whose fields are those of the application and are saved one by one."""

    submit_label = _("Save and continue")
    saved_as = ""
    """The one field of the application that holds all answers of the form; empty where each has its own."""

    @property
    def answers(self):
        """What is to be kept, by field of the application."""
        return {name: self.cleaned_data[name] for name in self.fields}

    def answer(self, name):
        """What is to be kept of one field alone: empty where nothing is written yet. None where it is wrong."""
        if not self.is_valid() and self.has_error(name) and not self.has_error(name, "required"):
            return None
        empty = None if GrantApplication._meta.get_field(name).null else ""
        return {name: self.cleaned_data.get(name, empty)}


class ProjectForm(SectionForm):
    problem = LongTextField(
        label=_("What is the problem?"),
        help_text=_("What holds you back today, and what it costs you."),
        max_words=300,
        rows=5,
        error_messages={"required": _("Tell us what the problem is")},
    )
    work = LongTextField(
        label=_("What will you do?"),
        help_text=_("What you will buy or change, who does it, and in which order."),
        max_words=500,
        rows=8,
        error_messages={"required": _("Tell us what you will do")},
    )
    outputs = LongTextField(
        label=_("What will there be at the end?"),
        help_text=_("Things that can be seen or counted: for example, one robot cell, four people trained."),
        max_words=200,
        rows=4,
        error_messages={"required": _("Tell us what there will be at the end")},
    )
    benefit = LongTextField(
        label=_("What will be better, and how will you see it?"),
        help_text=_("Give figures where you can: for example, lead time from 12 days to 5."),
        max_words=300,
        rows=6,
        error_messages={"required": _("Tell us what will be better")},
    )
    summary = LongTextField(
        label=_("Your project in two or three sentences"),
        help_text=_("We may publish these words if you get a grant. Leave out what should stay secret."),
        max_words=80,
        rows=4,
        error_messages={"required": _("Tell us about your project in two or three sentences")},
    )

    class Meta:
        model = GrantApplication
        fields = ["title", "problem", "work", "outputs", "benefit", "summary"]
        labels = {"title": _("Name of your project")}
        help_texts = {"title": _("A few words, like: Robot cell for machine tending")}
        error_messages = {"title": {"required": _("Enter a name for your project")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"].required = True


class DatesForm(SectionForm):
    starts_on = DatePartsField(
        label=_("When do you want to start?"),
        what=_("the day you want to start"),
        help_text=_("You must have our offer in writing before you order, sign or pay for anything."),
    )
    ends_on = DatePartsField(label=_("When will it be finished?"), what=_("the day it will be finished"))
    trl_start = forms.TypedChoiceField(
        label=_("How ready is the technology today?"),
        help_text=_("This is the technology readiness level. Equipment that you can buy is at level 9."),
        choices=[*CHOOSE, *READINESS],
        coerce=int,
        empty_value=None,
        error_messages={"required": _("Choose how ready the technology is today")},
    )
    trl_end = forms.TypedChoiceField(
        label=_("How ready will it be when you have finished?"),
        choices=[*CHOOSE, *READINESS],
        coerce=int,
        empty_value=None,
        error_messages={"required": _("Choose how ready the technology will be")},
    )

    class Meta:
        model = GrantApplication
        fields = ["starts_on", "ends_on", "trl_start", "trl_end", "research_partner"]
        labels = {"research_partner": _("Which research organisation works with you?")}
        error_messages = {"research_partner": {"required": _("Enter the name of your research organisation")}}

    def __init__(self, *args, today, programme, needs_partner, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.programme = programme
        if needs_partner:
            self.fields["research_partner"].required = True
            self.fields["research_partner"].help_text = _("A research centre or university has to take part.")
        else:
            del self.fields["research_partner"]

    def clean(self):
        cleaned = super().clean()
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and starts <= self.today:
            self.add_error("starts_on", _("Enter a day after today: work that has begun cannot be helped with"))
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The project must finish after it starts"))
        elif outside := outside_window(self.programme, ends):
            self.add_error("ends_on", outside)
        first, last = cleaned.get("trl_start"), cleaned.get("trl_end")
        if first and last and last < first:
            self.add_error("trl_end", _("The technology cannot be less ready at the end than today"))
        return cleaned


class ConflictsForm(SectionForm):
    has_conflict = yes_no(
        label=_("Is anybody in your firm close to the people of this programme, or to a supplier who quotes?"),
        help_text=_(
            "Close means family, friends, shares, a job or money between you. It does not stop you: we make sure that "
            "somebody else looks at your application."
        ),
    )
    conflict_note = LongTextField(
        label=_("Who is it, and how are you tied?"),
        help_text=_("Only if you said yes."),
        required=False,
        max_words=150,
        rows=4,
    )

    class Meta:
        model = GrantApplication
        fields = ["has_conflict", "conflict_note"]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("has_conflict") is False:
            cleaned["conflict_note"] = ""
        elif cleaned.get("has_conflict") and not cleaned.get("conflict_note"):
            self.add_error("conflict_note", _("Tell us who it is and how you are tied"))
        return cleaned


class SubsidyForm(GovForm):
    """A declaration: kept with the button, in the words that were shown."""

    submit_label = _("Save and continue")
    saved_as = "subsidy"
    other_money = yes_no(
        label=_("Have you asked for, been promised or had other public money for this project?"),
        help_text=_(
            "Grants, cheap loans, guarantees or tax relief for the same project, from any public body. Money for other "
            "projects belongs in your firm's record of public support, which we ask about before you accept an offer."
        ),
    )
    note = LongTextField(
        label=_("From whom, how much, and for which costs?"),
        help_text=_("Only if you said yes."),
        required=False,
        max_words=150,
        rows=4,
    )
    declares = forms.BooleanField(
        label=SUBSIDY_DECLARATION, error_messages={"required": _("Declare that this is complete")}
    )

    def __init__(self, *args, instance, **kwargs):
        said = instance.subsidy
        initial = {"note": said["note"], "other_money": "yes" if said["other_money"] else "no"} if said else {}
        super().__init__(*args, initial=initial, **kwargs)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("other_money") and not cleaned.get("note"):
            self.add_error("note", _("Tell us from whom it is, how much, and for which costs"))
        return cleaned

    @property
    def answers(self):
        told = self.cleaned_data["other_money"]
        note = self.cleaned_data["note"] if told else ""
        return {"subsidy": {"words": str(SUBSIDY_DECLARATION), "other_money": told, "note": note}}


class MilestoneForm(GovModelForm):
    submit_label = _("Save this milestone")
    key = IdempotencyField()
    due_on = DatePartsField(label=_("By when?"), what=_("the day by which it is reached"))

    class Meta:
        model = Milestone
        fields = ["title", "due_on", "evidence"]
        labels = {"title": _("What is reached?"), "evidence": _("What will show it?")}
        help_texts = {
            "title": _("For example: robot installed and accepted"),
            "evidence": _("For example: the acceptance report, photographs, a training record"),
        }
        error_messages = {
            "title": {"required": _("Enter what is reached")},
            "evidence": {"required": _("Enter what will show it")},
        }

    def clean_due_on(self):
        """Inside the project's dates, where these are known."""
        day, project = self.cleaned_data["due_on"], self.instance.application
        if project.starts_on and day < project.starts_on:
            words, limit = _("Your project starts on %(day)s: enter that day or a later one"), project.starts_on
        elif project.ends_on and day > project.ends_on:
            words, limit = _("Your project ends on %(day)s: enter that day or an earlier one"), project.ends_on
        else:
            return day
        raise forms.ValidationError(words % {"day": long_date(limit)})


class RiskForm(GovModelForm):
    submit_label = _("Save this risk")
    key = IdempotencyField()
    text = LongTextField(
        label=_("What may go wrong?"),
        max_length=300,
        rows=3,
        error_messages={"required": _("Enter what may go wrong")},
    )
    answer = LongTextField(
        label=_("What do you do about it?"),
        max_length=300,
        rows=3,
        error_messages={"required": _("Enter what you do about it")},
    )
    likelihood = forms.TypedChoiceField(
        label=_("How likely is it?"),
        choices=Risk.Level.choices,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how likely it is")},
    )
    impact = forms.TypedChoiceField(
        label=_("How bad would it be?"),
        choices=Risk.Level.choices,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how bad it would be")},
    )

    class Meta:
        model = Risk
        fields = ["text", "likelihood", "impact", "answer"]

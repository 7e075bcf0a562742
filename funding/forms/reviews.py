"""What assessors fill in, and how staff narrow the list."""

from django import forms
from django.utils.translation import gettext_lazy as _

from diagnostics.actions.rounds import questionnaire_of
from diagnostics.models import QuestionnaireVersion
from funding.forms.choices import yes_no
from funding.models import CATEGORY_CHOICES, GrantApplication, PanelOutcome, Review, ReviewInvitation
from funding.rules import TOP_SCORE
from portal.dates import long_date
from portal.forms import (
    DatePartsField,
    FilterForm,
    GovForm,
    LongTextField,
    WholeNumberField,
)


class ConflictForm(GovForm):
    submit_label = _("Go on")
    conflict = forms.ChoiceField(
        label=_("Do you have a conflict of interest?"),
        help_text=_("You have one if you, your family or your employer could gain or lose by this decision."),
        choices=Review.Conflict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether you have a conflict of interest")},
    )
    note = LongTextField(label=_("If you have one, what is it?"), max_length=1000, rows=3, required=False)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("conflict") == Review.Conflict.HAS and not cleaned.get("note"):
            self.add_error("note", _("Say in a few words what the conflict is"))
        return cleaned


class ReviewForm(GovForm):
    """A score and a reason for each of the call's criteria; nothing is required until it is sent."""

    submit_label = ""
    mark_optional = False

    def __init__(self, *args, review, criteria, complete=True, **kwargs):
        initial = {"recommendation": review.recommendation, "comment": review.comment}
        for code, entry in review.scores.items():
            initial |= {f"score_{code}": entry.get("score"), f"reason_{code}": entry.get("reason")}
        super().__init__(*args, initial=initial, **kwargs)
        self.criteria = criteria
        for criterion in criteria:
            self._ask(criterion, complete)
        self.fields["recommendation"] = forms.ChoiceField(
            label=_("What do you recommend?"),
            choices=Review.Recommendation.choices,
            widget=forms.RadioSelect,
            required=complete,
            error_messages={"required": _("Choose what you recommend")},
        )
        self.fields["comment"] = LongTextField(
            label=_("Anything the approver should know (optional)"),
            help_text=_("Conditions that you propose, risks, questions that stay open."),
            max_length=3000,
            rows=4,
            required=False,
        )

    def _ask(self, criterion, complete):
        code, title = criterion["code"], criterion["title"]
        self.fields[f"score_{code}"] = forms.TypedChoiceField(
            label=title,
            help_text=criterion.get("help", ""),
            choices=[(number, str(number)) for number in range(TOP_SCORE + 1)],
            widget=forms.RadioSelect,
            coerce=int,
            empty_value=None,
            required=complete,
            error_messages={"required": _("Choose a score from 0 to 10 for: %(title)s") % {"title": title}},
        )
        self.fields[f"reason_{code}"] = LongTextField(
            label=_("Reason for this score"),
            max_length=2000,
            rows=3,
            required=complete,
            error_messages={"required": _("Give the reason for your score on: %(title)s") % {"title": title}},
        )

    @property
    def sections(self):
        """Each criterion with its two fields, for the page."""
        for criterion in self.criteria:
            yield criterion, self[f"score_{criterion['code']}"], self[f"reason_{criterion['code']}"]

    @property
    def scores(self):
        """What was filled in: code to {"score", "reason"}."""
        found = {}
        for criterion in self.criteria:
            code = criterion["code"]
            score, reason = self.cleaned_data.get(f"score_{code}"), self.cleaned_data.get(f"reason_{code}")
            if score is not None or reason:
                found[code] = {"score": score, "reason": reason or ""}
        return found


class QueueFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", _("All")), *GrantApplication.Status.choices[1:]])
    call = forms.TypedChoiceField(label=_("Call"), coerce=int, empty_value=None)

    def __init__(self, *args, calls, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["call"].choices = [("", _("All")), *((call.pk, str(call)) for call in calls)]


# --- The pool and its invitations -----------------------------------------------------------------
def skill_choices(programme):
    """What assessors can know about: the kinds of cost, and the groups of the programme's questionnaire."""
    version = QuestionnaireVersion.objects.newest(questionnaire_of(programme))
    groups = version.document["groups"] if version else []
    return [*CATEGORY_CHOICES, *((group["code"], group["title"]) for group in groups)]


class AssessorForm(GovForm):
    """Somebody's place in the pool; `people` are those with the role who are not in it, None when it is known who."""

    submit_label = _("Save")
    person = forms.TypedChoiceField(
        label=_("Who?"),
        help_text=_("People with the role of assessor who are not in the pool yet."),
        coerce=int,
        error_messages={"required": _("Choose who joins the pool")},
    )
    skills = forms.MultipleChoiceField(
        label=_("What do they know about?"), widget=forms.CheckboxSelectMultiple, required=False
    )
    employer = forms.CharField(
        label=_("Employer"), help_text=_("It is compared with firms and suppliers."), max_length=160, required=False
    )
    most_at_once = WholeNumberField(
        label=_("How many applications do they take at once?"), min_value=1, max_value=100, width=3, initial=5
    )
    is_active = forms.BooleanField(label=_("Takes applications now"), required=False, initial=True)

    def __init__(self, *args, programme, people=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["skills"].choices = skill_choices(programme)
        if people is None:
            del self.fields["person"]
        else:
            self.fields["person"].choices = [("", _("Choose")), *((one.pk, one.get_full_name()) for one in people)]


class InterestsForm(GovForm):
    submit_label = _("Declare")
    has_interests = yes_no(
        label=_("Are you close to any firm, supplier or person who may apply?"),
        help_text=_("By work, money, family or friendship, yours or your employer’s."),
    )
    text = LongTextField(
        label=_("If so, to whom, and how?"),
        help_text=_("Name firms and people as they call themselves. One a line is best."),
        max_length=4000,
        rows=6,
        required=False,
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("has_interests") and not cleaned.get("text"):
            self.add_error("text", _("Name the firms or people you are close to"))
        return cleaned


class InviteForm(GovForm):
    submit_label = _("Ask them to assess")
    assessors = forms.TypedMultipleChoiceField(
        label=_("Whom do you ask?"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one assessor")},
    )
    due_on = DatePartsField(label=_("Last day to send the assessment"), what=_("the last day to send the assessment"))

    def __init__(self, *args, pool, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["assessors"].choices = [(one.pk, one.user.get_full_name()) for one in pool]
        self.fields["due_on"].min_date = today


class InvitationForm(GovForm):
    """An assessor's answer: yes, or one of the reasons for no."""

    submit_label = _("Send my answer")
    YES = "YES"
    answer = forms.ChoiceField(
        label=_("Will you assess it?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether you will assess it")},
    )
    note = LongTextField(label=_("Anything to add?"), max_length=1000, rows=3, required=False)

    def __init__(self, *args, invitation, **kwargs):
        super().__init__(*args, **kwargs)
        yes = _("Yes, I will assess it by %(day)s") % {"day": long_date(invitation.due_on)}
        reasons = [(why.value, _("No. %(why)s") % {"why": why.label}) for why in ReviewInvitation.Why]
        accepted = invitation.status == ReviewInvitation.Status.ACCEPTED
        self.fields["answer"].choices = [*([] if accepted else [(self.YES, yes)]), *reasons]
        if accepted:
            self.fields["answer"].label = _("Why can you not assess it after all?")

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("answer") == ReviewInvitation.Why.CONFLICT and not cleaned.get("note"):
            self.add_error("note", _("Say in a few words what the conflict is"))
        return cleaned


# --- The meeting ----------------------------------------------------------------------------------
class PanelForm(GovForm):
    submit_label = ""
    mark_optional = False
    outcome = forms.ChoiceField(
        label=_("What did the meeting agree?"),
        choices=PanelOutcome.Outcome.choices,
        widget=forms.RadioSelect(attrs={"autofocus": True}),
        error_messages={"required": _("Choose what the meeting agreed")},
    )
    score = forms.DecimalField(
        label=_("Agreed score out of 100 (optional)"),
        help_text=_("Leave it empty to keep the mean of the assessments."),
        min_value=0,
        max_value=100,
        decimal_places=2,
        max_digits=5,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-5"}),
        error_messages={
            "invalid": _("Enter a score from 0 to 100"),
            "min_value": _("Enter a score from 0 to 100"),
            "max_value": _("Enter a score from 0 to 100"),
        },
    )
    note = LongTextField(
        label=_("Why?"),
        max_length=3000,
        rows=3,
        error_messages={"required": _("Say why, in a sentence")},
    )

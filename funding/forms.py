from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from funding.models import CATEGORY_CHOICES, BudgetLine, GrantApplication, Quote, Review
from funding.overlaps import outside_window
from funding.rules import TOP_SCORE
from portal.forms import (
    DatePartsField,
    FilterForm,
    GovForm,
    GovModelForm,
    IdempotencyField,
    LongTextField,
    MoneyField,
)

YES_NO = [("yes", _("Yes")), ("no", _("No"))]
READINESS: list[tuple[int | str, object]] = [
    (1, _("1: the basic idea has been observed")),
    (2, _("2: the idea has been worked out on paper")),
    (3, _("3: a first experiment shows that it can work")),
    (4, _("4: it works in the laboratory")),
    (5, _("5: it works in a setting like a factory")),
    (6, _("6: a prototype has been shown in such a setting")),
    (7, _("7: a prototype has run in a real factory")),
    (8, _("8: the finished system has been tested and approved")),
    (9, _("9: it is proven and in everyday use")),
]
CHOOSE: list[tuple[int | str, object]] = [("", _("Choose"))]


def yes_no(**kwargs):
    """A question answered True or False; nothing is chosen beforehand."""
    return forms.TypedChoiceField(
        choices=YES_NO,
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        error_messages={"required": _("Choose yes or no")},
        **kwargs,
    )


class StartForm(GovForm):
    submit_label = _("Start")
    key = IdempotencyField()
    call = forms.ChoiceField(
        label=_("Which funding do you want to ask for?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the funding you want to ask for")},
    )

    def __init__(self, *args, calls, **kwargs):
        """`calls` maps the id of a call (text) to the Choice that shows it; a single one is not asked."""
        super().__init__(*args, **kwargs)
        self.fields["call"].choices = list(calls.values())
        if len(calls) == 1:
            self.fields["call"].widget = forms.HiddenInput()
            self.fields["call"].initial = next(iter(calls))


class ProjectForm(GovModelForm):
    submit_label = _("Save and continue")
    summary = LongTextField(
        label=_("Your project in two or three sentences"),
        help_text=_("We may publish these words if you get a grant. Leave out what should stay secret."),
        max_length=500,
        rows=4,
        error_messages={"required": _("Tell us about your project in two or three sentences")},
    )
    work = LongTextField(
        label=_("What will you do?"),
        help_text=_("What you will buy or change, who does it, and in which order."),
        max_length=3000,
        rows=8,
        error_messages={"required": _("Tell us what you will do")},
    )
    benefit = LongTextField(
        label=_("What will be better, and how will you see it?"),
        help_text=_("Give figures where you can: for example, lead time from 12 days to 5."),
        max_length=3000,
        rows=6,
        error_messages={"required": _("Tell us what will be better")},
    )

    class Meta:
        model = GrantApplication
        fields = ["title", "summary", "work", "benefit"]
        labels = {"title": _("Name of your project")}
        help_texts = {"title": _("A few words, like: Robot cell for machine tending")}
        error_messages = {"title": {"required": _("Enter a name for your project")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"].required = True


class DatesForm(GovModelForm):
    submit_label = _("Save and continue")
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


class LineForm(GovModelForm):
    submit_label = ""
    key = IdempotencyField()
    net = MoneyField(label=_("Cost without VAT"), what=_("the cost without VAT"), example=12500)
    vat = MoneyField(label=_("VAT"), what=_("the VAT"), example=2500, help_text=_("Enter 0 if there is none."))
    vat_recoverable = yes_no(label=_("Can your firm claim this VAT back?"))
    is_committed = yes_no(
        label=_("Have you ordered it, signed for it or paid for it already?"),
        help_text=_("We cannot help with a cost that you have committed to. It still counts in your project."),
    )
    committed_on = DatePartsField(label=_("If you have, when?"), what=_("the day you committed to it"), required=False)

    class Meta:
        model = BudgetLine
        fields = [
            "description", "category", "supplier", "net", "vat", "vat_recoverable", "is_committed", "committed_on",
        ]  # fmt: skip
        labels = {
            "description": _("What will you pay for?"),
            "category": _("What kind of cost is it?"),
            "supplier": _("Who will you buy it from?"),
        }
        help_texts = {
            "description": _("For example: Six-axis robot with gripper"),
            "supplier": _("Leave empty if you have not chosen yet."),
        }
        error_messages = {
            "description": {"required": _("Enter what you will pay for")},
            "category": {"required": _("Choose what kind of cost it is")},
        }

    def __init__(self, *args, terms, today, **kwargs):
        instance = kwargs.get("instance")
        if instance and instance.pk:
            answers = {name: "yes" if getattr(instance, name) else "no" for name in ("vat_recoverable", "is_committed")}
            kwargs["initial"] = answers
        super().__init__(*args, **kwargs)
        self.today = today
        if self.instance.pk:
            del self.fields["key"]  # a change may be sent twice
        self.fields["net"].currency = self.fields["vat"].currency = terms.currency
        named = [(value, label) for value, label in CATEGORY_CHOICES if value in terms.categories]
        others = [(value, label) for value, label in CATEGORY_CHOICES if value not in terms.categories]
        self.fields["category"] = forms.ChoiceField(
            label=self.fields["category"].label,
            choices=[*CHOOSE, (_("We can help with"), named), (_("We cannot help with"), others)],
            error_messages=dict(self.fields["category"].error_messages),
        )

    def clean(self):
        cleaned = super().clean()
        if key := cleaned.get("key"):
            self.instance.creation_key = key
        on = cleaned.get("committed_on")
        if on and on > self.today:
            self.add_error("committed_on", _("Enter a day that has been, or answer no above"))
        if cleaned.get("is_committed") is False:
            cleaned["committed_on"] = None
        return cleaned


class QuoteForm(GovModelForm):
    submit_label = _("Add this quote")
    key = IdempotencyField()
    amount = MoneyField(label=_("Total of the quote, without VAT"), what=_("the total of the quote"), example=12500)
    valid_until = DatePartsField(label=_("Until when is it valid?"), what=_("the last day it is valid"), required=False)
    file = forms.FileField(
        label=_("The quote as a file"),
        help_text=_("PDF, Word, Excel, OpenDocument, PNG or JPEG, up to 10 MB."),
        error_messages={"required": _("Choose the file of the quote")},
    )

    class Meta:
        model = Quote
        fields = ["supplier", "amount", "valid_until"]
        labels = {"supplier": _("Who is it from?")}
        error_messages = {"supplier": {"required": _("Enter who the quote is from")}}

    def __init__(self, *args, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = currency


class AskForm(GovForm):
    submit_label = ""
    requested = MoneyField(
        label=_("How much do you want to ask for?"),
        what=_("the sum you ask for"),
        help_text=_("Leave empty to ask for the most you can get."),
        required=False,
        min_value=1,
        example=15000,
    )

    def __init__(self, *args, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["requested"].currency = currency


class DeclarationForm(GovForm):
    submit_label = _("Send your application")
    declares = forms.BooleanField(
        label=_(
            "What I have told you is true, nothing but what I have marked has been ordered, and I may sign for the firm"
        ),
        error_messages={"required": _("Confirm that what you have told us is true")},
    )


class AcceptForm(GovForm):
    submit_label = _("Accept this offer")
    offer_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)
    declares = forms.BooleanField(
        label=_("I have read the offer, I accept its conditions and I may sign for the firm"),
        error_messages={"required": _("Confirm that you accept the conditions")},
    )
    confirms_aid = forms.BooleanField(
        error_messages={"required": _("Confirm what the offer says about other public support")},
    )

    def __init__(self, *args, aid_question, **kwargs):
        """`aid_question` are the exact words to confirm about other aid; without them nothing is asked."""
        super().__init__(*args, **kwargs)
        if aid_question:
            self.fields["confirms_aid"].label = aid_question
        else:
            del self.fields["confirms_aid"]


# --- Staff --------------------------------------------------------------------------------------
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
            error_messages={"required": _("Choose a score from 0 to 5 for: %(title)s") % {"title": title}},
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


class ApproveForm(GovForm):
    submit_label = _("Approve and send the offer")
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    amount = MoneyField(label=_("Grant to offer"), what=_("the grant to offer"), min_value=1, example=20000)
    accept_by = DatePartsField(label=_("Last day to accept"), what=_("the last day to accept"))
    conditions = LongTextField(
        label=_("Extra conditions"),
        help_text=_("One a line, written to the firm. The usual conditions are in the letter already."),
        max_length=2000,
        rows=4,
        required=False,
    )

    def __init__(self, *args, currency, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = currency
        self.today = today

    def clean_accept_by(self):
        day = self.cleaned_data["accept_by"]
        if day < self.today:
            raise ValidationError(_("The last day to accept must be today or later"), code="day")
        return day


class QueueFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", _("All")), *GrantApplication.Status.choices[1:]])
    call = forms.TypedChoiceField(label=_("Call"), coerce=int, empty_value=None)

    def __init__(self, *args, calls, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["call"].choices = [("", _("All")), *((call.pk, str(call)) for call in calls)]

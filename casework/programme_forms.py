"""What managers enter about a programme: words, windows, budgets, promises, people, files."""

from datetime import datetime, time
from pathlib import PurePath

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Role
from casework.programme_texts import language_name, unknown_facts
from portal import safe_yaml
from portal.forms import (
    Choice,
    DatePartsField,
    GovForm,
    LongTextField,
    MoneyField,
    WholeNumberField,
    plain_messages,
)
from programmes.actions import fingerprint, plain_text, shown
from programmes.models import Region

REASON = 1000


def reason_field(help_text):
    return LongTextField(
        label=_("Why do you change this?"), help_text=help_text, max_length=REASON, rows=3,
        error_messages={"required": _("Write in a few words why you change this")},
    )  # fmt: skip


class TextForm(GovForm):
    """One text in all its languages. Each has a hidden mark of the words that the page showed.

    `given` holds the words kept, by language, `fixed` the languages that this form does not change.
    """

    submit_label = ""
    mark_optional = False

    def __init__(self, *args, text, languages, given, **kwargs):
        super().__init__(*args, **kwargs)
        self.text, self.languages = text, languages
        for code in languages:
            widget = forms.Textarea(attrs={"rows": 8 if text.is_long else 2, "lang": code})
            self.fields[f"body_{code}"] = LongTextField(
                label=language_name(code), required=False, max_length=text.longest, widget=widget,
                initial=given.get(code, ""), strip=False,
            )  # fmt: skip
            plain_messages(self.fields[f"body_{code}"])
            self.fields[f"seen_{code}"] = forms.CharField(
                widget=forms.HiddenInput, required=False, max_length=16, initial=fingerprint(given.get(code, ""))
            )

    def clean(self):
        cleaned = super().clean()
        for code in self.languages:
            body = cleaned.get(f"body_{code}", "")
            if unknown := unknown_facts(self.text, body):
                self.add_error(f"body_{code}", self._no_such(unknown))
            elif not self.text.is_long and "\n" in plain_text(body):
                self.add_error(f"body_{code}", _("Write this in one line"))
        return cleaned

    def _no_such(self, unknown):
        names = ", ".join(f"${name}" for name in unknown)
        if not self.text.facts:
            return gettext("Take %(names)s out: no facts can be named in this text") % {"names": names}
        return gettext("Take %(names)s out, or choose from %(facts)s") % {
            "names": names, "facts": ", ".join(f"${name}" for name in self.text.facts),
        }  # fmt: skip

    def after(self, lost, shown):
        """The same words again, marked with what is kept now: saving a second time is meant."""
        values = self.data.copy()
        for code in self.languages:
            values[f"seen_{code}"] = fingerprint(shown.get(code, ""))
        form = TextForm(values, text=self.text, languages=self.languages, given=shown)
        for code in lost:
            message = _("Somebody else has changed these words meanwhile. Take over what you need, then save again")
            form.add_error(f"body_{code}", message)
        return form

    @property
    def bodies(self):
        return {code: plain_text(self.cleaned_data[f"body_{code}"]) for code in self.languages}

    @property
    def seen(self):
        return {code: self.cleaned_data[f"seen_{code}"] for code in self.languages}


class CallForm(GovForm):
    submit_label = _("Save this call")

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Firms read it on the programme’s page."))
    closes_on = DatePartsField(
        label=_("Last day to apply"), what=_("the last day to apply"), help_text=_("A day that is still to come."),
    )  # fmt: skip
    closes_time = forms.CharField(
        label=_("Closing time"), max_length=5,
        help_text=_("By the clock of the programme, like 17:00."),
        widget=forms.TextInput(attrs={"class": "govuk-input--width-5", "autocomplete": "off"}),
    )  # fmt: skip
    budget = MoneyField(label=_("Budget"))
    promise_days = WholeNumberField(
        label=_("Working days until a decision"), what=_("the working days"), min_value=1, max_value=366, width=3,
        help_text=_("Firms read this promise before they apply."), example=20,
    )  # fmt: skip
    reason = reason_field(_("It stays in the programme’s history."))
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)

    def __init__(self, *args, call, zone, owed, **kwargs):
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.changes = ["name", "closes_at", "budget", "promise_days"]
        if call.budget_lines:  # the budget is what these come to, on a page of their own
            self.changes.remove("budget")
            del self.fields["budget"]
        self.fields["seen"].initial = shown(call, self.changes)
        if "budget" in self.fields:
            self._money_of(call, owed)
        self.fields["closes_time"].help_text = _("By the clock of %(zone)s, like 17:00.") % {
            "zone": zone.key.replace("_", " ")
        }

    def _money_of(self, call, owed):
        self.fields["budget"].currency = call.currency
        self.fields["budget"].help_text = _("Offers that firms hold need %(owed)s of it.") % {"owed": owed}

    def clean_closes_time(self):
        try:
            return time.fromisoformat(self.cleaned_data["closes_time"].strip().zfill(5))
        except ValueError:
            raise ValidationError(_("Enter the time by 24 hours, like 17:00")) from None

    @property
    def closes_at(self):
        values = self.cleaned_data
        return datetime.combine(values["closes_on"], values["closes_time"], tzinfo=self.zone)


def _promise(label, help_text):
    return WholeNumberField(
        label=label, help_text=help_text, what=_("the working days"), min_value=1, max_value=366, width=3, example=10
    )


class PromisesForm(GovForm):
    submit_label = _("Save these promises")

    lead = _promise(_("Until we call a firm back"), _("After it has asked to talk to an adviser."))
    application = _promise(_("Until we answer an application"), _("After the firm has sent it."))
    diagnostic = _promise(_("Until the diagnostic’s result is agreed"), _("After the firm has sent its answers."))
    decision = _promise(_("Until a grant is decided"), _("Where the call says nothing of its own."))
    reason = reason_field(_("It stays in the programme’s history."))
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)


class TermsForm(GovForm):
    """Which instruments have terms that somebody answers for."""

    submit_label = _("Save")
    confirmed = forms.MultipleChoiceField(
        label=_("Whose terms are confirmed?"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Firms read “example terms” beside those that you leave unticked."),
    )  # fmt: skip
    reason = LongTextField(
        label=_("What confirms them?"), max_length=REASON, rows=3,
        help_text=_("A decision, a letter or a document, with its date. It stays in the programme’s history."),
        error_messages={"required": _("Write what confirms the terms, or why they are doubted again")},
    )  # fmt: skip
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=10_000)
    mark_optional = False

    def __init__(self, *args, instruments, **kwargs):
        super().__init__(*args, **kwargs)
        self.instruments = instruments
        confirmed = [row.slug for row in instruments if not row.example_terms]
        self.fields["confirmed"].initial = confirmed
        self.fields["shown"].initial = " ".join(confirmed)
        self.fields["confirmed"].choices = [Choice(row.slug, row.name, hint=row.summary) for row in instruments]

    @property
    def answers(self):
        """{slug: whether its terms are confirmed}, for what was ticked or unticked on the page."""
        before, after = self.cleaned_data["shown"].split(), self.cleaned_data["confirmed"]
        slugs = [row.slug for row in self.instruments]
        return {slug: slug in after for slug in slugs if (slug in after) != (slug in before)}


ROLE_HINTS = {
    Role.ADVISER: _("Works the cases of firms."),
    Role.CONTRACTOR: _("Carries out the diagnostics given to them, sees nothing else."),
    Role.ASSESSOR: _("Scores grant applications."),
    Role.APPROVER: _("Decides on grants within the budget."),
    Role.FINANCE: _("Pays claims, exports figures."),
    Role.MANAGER: _("Changes words, windows, budgets and people; reads figures."),
    Role.AUDITOR: _("Reads everything, changes nothing."),
    Role.ADMIN: _("Looks after the programme’s settings; sees no firms."),
}


class RoleForm(GovForm):
    submit_label = _("Give this role")
    mark_optional = False

    email = forms.EmailField(
        label=_("Email address of their account"), max_length=254,
        help_text=_("The person creates an account first and confirms the address."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)
    region = forms.ModelChoiceField(
        label=_("Where"), queryset=Region.objects.none(), required=False, empty_label=_("The whole programme"),
    )  # fmt: skip
    reason = LongTextField(
        label=_("Why?"), max_length=REASON, rows=2, help_text=_("It stays in the programme’s history."),
        error_messages={"required": _("Write in a few words why the person gets this role")},
    )  # fmt: skip

    def __init__(self, *args, programme, may_name_admins, **kwargs):
        super().__init__(*args, **kwargs)
        roles = [role for role in Role if role != Role.ADMIN or may_name_admins]
        self.fields["role"].choices = [Choice(role.value, role.label, hint=ROLE_HINTS[role]) for role in roles]
        self.fields["region"].queryset = programme.regions.order_by("position", "name")


class EndRoleForm(GovForm):
    submit_label = _("End this role")
    reason = reason_field(_("It stays in the programme’s history. The person is not told."))


class YamlFileForm(GovForm):
    """A file of rules; `cleaned_data["file"]` is (name, text)."""

    submit_label = _("Check this file")
    file = forms.FileField(
        label=_("YAML file"),
        help_text=_("At most 512 KB, saved as UTF-8. You see what would change before anything does."),
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml"}), max_length=200,
        error_messages={
            "empty": _("The file is empty. Choose another file."),
            "max_length": _("Choose a file with a shorter name"),
        },
    )  # fmt: skip

    def clean_file(self):
        file = self.cleaned_data["file"]
        if PurePath(file.name).suffix.lower() not in {".yaml", ".yml"}:
            raise ValidationError(_("Choose a file that ends in .yaml or .yml"))
        if file.size > safe_yaml.MOST_BYTES:
            raise ValidationError(_("The file must be smaller than 512 KB."))
        try:
            return file.name, safe_yaml.text_of(file.read())
        except safe_yaml.RefusedYaml as error:
            raise ValidationError(str(error)) from error

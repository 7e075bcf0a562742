"""The questions of the public check, one form a page. "I do not know" is an answer: an adviser finds out."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from eligibility import headroom
from eligibility.wording import BASIS_NAMES, LEGAL_FORM_NAMES
from organisations import places, sic
from portal.forms import Choice, GovForm, HeadcountField, MoneyField
from portal.money import money_text

UNKNOWN = "unknown"
YES_NO_UNKNOWN = [
    Choice("yes", _("Yes")),
    Choice("no", _("No"), divider=_("or")),
    Choice(UNKNOWN, _("I do not know")),
]


class Question(GovForm):
    """One question. `answers()` gives what the session keeps, by the names of `AnswersToFacts`."""

    title = ""
    intro = ()
    keys = ()
    label_is_heading = False
    mark_optional = False

    def __init__(self, *args, programme, answers, on, **kwargs):
        self.programme, self.given, self.on = programme, answers, on
        super().__init__(*args, initial=self.initial_from(answers), **kwargs)

    def initial_from(self, answers):
        return {key: answers[key] for key in self.keys if key in answers}

    def answers(self):
        return {key: self.cleaned_data[key] for key in self.keys}

    def explanation(self):
        return self.intro


class PostcodeForm(Question):
    title = _("Where will the work happen?")
    intro = (_("If you have several sites, give the one where you want to make changes."),)
    keys = ("postcode",)
    postcode = forms.CharField(
        label=_("Postcode"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "class": "govuk-input--width-10"}),
        error_messages={"required": _("Enter the postcode of the place where the work will happen")},
    )

    def clean_postcode(self):
        try:
            return places.normalise_postcode(self.cleaned_data["postcode"], self.programme.country)
        except places.OutsideUnitedKingdom as error:
            raise ValidationError(
                _("The Isle of Man and the Channel Islands are outside the United Kingdom. Enter a postcode inside it")
            ) from error
        except places.BadPostcode as error:
            example = "PR1 2HE" if self.programme.country == "GB" else "48001"
            raise ValidationError(gettext("Enter a whole postcode, like %(example)s") % {"example": example}) from error

    def answers(self):
        """Another postcode makes the authority chosen for the old one a question again."""
        answers = super().answers()
        if answers["postcode"] != self.given.get("postcode"):
            answers["local_authority"] = None
        return answers


class AuthorityForm(Question):
    title = _("Which local authority is that in?")
    intro = (_("We have chosen the one that fits your postcode. Change it if it is wrong."),)
    keys = ("local_authority",)
    local_authority = forms.ChoiceField(
        label=_("Local authority"), error_messages={"required": _("Choose your local authority")}
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["local_authority"].choices = self._choices()

    def _candidates(self):
        postcode = self.given.get("postcode") or ""
        return places.candidates(postcode, self.programme.country) if postcode else ()

    def _choices(self):
        inside = [
            (region.name, _named(region.local_authorities)) for region in self.programme.regions.order_by("position")
        ]
        known = {code for _name, group in inside for code, _label in group}
        near = [place.code for place in self._candidates() if place.code not in known]
        elsewhere = [*_named(near), (places.ELSEWHERE, _("Somewhere else"))]
        return [
            ("", _("Choose one")),
            *inside,
            (_("Outside the area"), elsewhere),
            (_("Not sure"), [(UNKNOWN, _("I do not know"))]),
        ]

    def initial_from(self, answers):
        chosen = answers.get("local_authority")
        if chosen is None and len(candidates := self._candidates()) > 0:
            chosen = candidates[0].code if len(candidates) == 1 else None
        return {"local_authority": chosen}

    def explanation(self):
        candidates = self._candidates()
        if len(candidates) == 1:
            return self.intro
        if candidates:
            names = ", ".join(place.name for place in candidates)
            return (gettext("Your postcode may lie in: %(names)s.") % {"names": names},)
        return ()


def _named(codes):
    found = [(code, places.places()[code].name) for code in codes if code in places.places()]
    return sorted(found, key=lambda pair: pair[1])


class SectorForm(Question):
    title = _("What does your firm mainly make?")
    keys = ("sic_code",)
    sic_code = forms.ChoiceField(
        label=_("Choose the closest"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what your firm mainly makes, or say that nothing fits")},
    )

    def __init__(self, *args, found=(), **kwargs):
        super().__init__(*args, **kwargs)
        codes = list(found)
        chosen = self.given.get("sic_code")
        if chosen in sic.codes() and chosen not in {code.code for code in codes}:
            codes.insert(0, sic.codes()[chosen])
        choices = [Choice(code.code, code.title, hint=code.code) for code in codes]
        if choices:
            choices[-1].divider = gettext("or")
        self.has_found = bool(codes)
        self.fields["sic_code"].choices = [*choices, Choice(UNKNOWN, _("None of these, or I do not know"))]

    def clean(self):
        cleaned = super().clean()
        # The list shown depended on a search that a stale page may not carry: any real code is an answer.
        posted = self.data.get("sic_code", "")
        if posted in sic.codes() and "sic_code" in self.errors:
            del self._errors["sic_code"]
            cleaned["sic_code"] = posted
        return cleaned


class SearchForm(GovForm):
    """Words to look an industry code up by."""

    method = "get"
    mark_optional = False
    submit_label = _("Search")
    q = forms.CharField(
        label=_("Search by product or process, or enter your SIC code"),
        help_text=_("For example: machining, bread, furniture or 25620"),
        max_length=100,
        required=False,
    )


class LegalFormForm(Question):
    title = _("What kind of business is it?")
    keys = ("legal_form",)
    legal_form = forms.ChoiceField(
        label=_("Kind of business"),
        choices=[
            *(Choice(code, name) for code, name in LEGAL_FORM_NAMES.items() if code != "overseas"),
            Choice("overseas", LEGAL_FORM_NAMES["overseas"], divider=_("or")),
            Choice(UNKNOWN, _("I do not know")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what kind of business it is")},
    )


class FigureQuestion(Question):
    """A figure, or a tick for "I do not know". A figure that is given counts."""

    missing = ""

    def initial_from(self, answers):
        (key,) = self.keys
        if key not in answers:
            return {}
        value = answers[key]
        return {"dont_know": True} if value == UNKNOWN else {key: Decimal(value)}

    def clean(self):
        cleaned = super().clean()
        (key,) = self.keys
        if key in cleaned and cleaned[key] is None and not cleaned.get("dont_know"):
            self.add_error(key, self.fields[key].ask())
        return cleaned

    def answers(self):
        (key,) = self.keys
        value = self.cleaned_data[key]
        return {key: UNKNOWN if value is None else str(value)}


class EmployeesForm(FigureQuestion):
    title = _("How many people work in your firm?")
    intro = (
        _("Count full-time people as 1, part-time people as the part of the week they work. Round to a whole number."),
        _("Count owners who work in the firm. Apprentices and placement students do not count."),
    )
    keys = ("employees",)
    employees = HeadcountField(label=_("Number of people"), required=False, example=45)
    dont_know = forms.BooleanField(label=_("I do not know"), required=False)


class TurnoverForm(FigureQuestion):
    title = _("What was your turnover in your last full year?")
    intro = (_("Without VAT, from your latest accounts. An estimate is fine if your firm is new."),)
    keys = ("turnover",)
    turnover = MoneyField(label=_("Turnover"), what=_("your turnover"), required=False)
    dont_know = forms.BooleanField(label=_("I do not know"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["turnover"].currency = self.programme.currency


class BalanceSheetForm(FigureQuestion):
    title = _("What was your balance sheet total?")
    intro = (_("All that the firm owns and is owed, before debts are taken off. Your accounts call it total assets."),)
    keys = ("balance_sheet",)
    balance_sheet = MoneyField(
        label=_("Balance sheet total"), what=_("your balance sheet total"), required=False, example=850000
    )
    dont_know = forms.BooleanField(label=_("I do not know"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["balance_sheet"].currency = self.programme.currency


class GroupForm(Question):
    title = _("Does your firm own a quarter or more of another firm, or does another own a quarter or more of yours?")
    intro = (
        _("Their people and figures may count with yours. Shares of private persons with no other firm do not matter."),
    )
    keys = ("group",)
    group = forms.ChoiceField(
        label=_("Linked to other firms"),
        choices=YES_NO_UNKNOWN,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes, no or I do not know")},
    )


class AidForm(Question):
    keys = ("aid", "aid_amount")
    aid = forms.ChoiceField(
        label=_("Earlier public support"),
        choices=YES_NO_UNKNOWN,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes, no or I do not know")},
    )
    aid_amount = MoneyField(
        label=_("If yes: how much in all?"), what=_("how much support you have had"), required=False, example=15000
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["aid_amount"].currency = self.programme.currency

    def _rule(self):
        return self.programme.terms_on(self.on).eligibility["aid"]

    @property
    def title(self):
        first = headroom.window_from(self._rule()["basis"], self.on)
        return gettext("Has your firm had public support since %(day)s?") % {"day": formats.date_format(first, "j F Y")}

    def explanation(self):
        words = gettext(
            "Grants, vouchers, free advice and cheap loans count when they were given as %(basis)s. The letter says so."
        )
        return (words % {"basis": BASIS_NAMES[self._rule()["basis"]]},)

    def initial_from(self, answers):
        amount = answers.get("aid_amount")
        return {"aid": answers.get("aid"), "aid_amount": Decimal(amount) if amount else None}

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("aid") == "yes" and "aid_amount" in cleaned and cleaned["aid_amount"] is None:
            self.add_error("aid_amount", self.fields["aid_amount"].ask())
        return cleaned

    def answers(self):
        amount = self.cleaned_data.get("aid_amount") if self.cleaned_data["aid"] == "yes" else None
        return {"aid": self.cleaned_data["aid"], "aid_amount": None if amount is None else str(amount)}


class CommittedForm(Question):
    title = _("Have you already ordered, signed or paid for anything you want support for?")
    intro = (
        _("A grant cannot pay for what is already agreed. If you can, wait with orders until you have our offer."),
    )
    keys = ("committed",)
    committed = forms.ChoiceField(
        label=_("Work already started"),
        choices=YES_NO_UNKNOWN,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes, no or I do not know")},
    )


QUESTIONS = {
    "postcode": PostcodeForm,
    "local-authority": AuthorityForm,
    "product": SectorForm,
    "kind-of-business": LegalFormForm,
    "people": EmployeesForm,
    "turnover": TurnoverForm,
    "balance-sheet": BalanceSheetForm,
    "other-firms": GroupForm,
    "earlier-support": AidForm,
    "already-started": CommittedForm,
}


class ConfirmForm(GovForm):
    """No question, only the button that asks for the result."""

    submit_label = _("See your result")


def shown(name, answers, currency):
    """An answer as the summary page shows it."""
    match name:
        case "local-authority":
            code = answers["local_authority"]
            if code == places.ELSEWHERE:
                return gettext("Somewhere else")
            return places.places()[code].name if code in places.places() else gettext("I do not know")
        case "product":
            code = sic.codes().get(answers["sic_code"])
            return f"{code.code} {code.title}" if code else gettext("I do not know")
        case "kind-of-business":
            return LEGAL_FORM_NAMES.get(answers["legal_form"], gettext("I do not know"))
        case "earlier-support" if answers["aid"] == "yes":
            return money_text(Decimal(answers["aid_amount"]), currency)
    (key, *_rest) = QUESTIONS[name].keys
    value = answers[key]
    words = {"yes": gettext("Yes"), "no": gettext("No"), UNKNOWN: gettext("I do not know")}
    if value in words:
        return words[value]
    if name in {"turnover", "balance-sheet"}:
        return money_text(Decimal(value), currency)
    return value

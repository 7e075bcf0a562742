"""The questions of the public check, one form a page. "I do not know" is an answer: an adviser finds out."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from eligibility import headroom
from eligibility.answers import FIGURES, UNKNOWN, is_complete
from eligibility.wording import BASIS_NAMES, LEGAL_FORM_NAMES
from organisations import places, sic
from portal import dates
from portal.forms import Choice, GovForm, HeadcountField, MoneyField, Words

DO_NOT_KNOW = _("I do not know")
YES_NO_UNKNOWN = [Choice("yes", _("Yes")), Choice("no", _("No"), divider=_("or")), Choice(UNKNOWN, DO_NOT_KNOW)]
POSTCODES = {"GB": "PR1 2HE", "ES": "48001", "IT": "10121", "DK": "7100", "SE": "111 20"}
SEE_RESULT = _("See what there is for you")


def _yes_no(label):
    return forms.ChoiceField(
        label=label,
        choices=YES_NO_UNKNOWN,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes, no or I do not know")},
    )


class Question(GovForm):
    """One question. `answers()` gives what the session keeps, by the names of `eligibility.answers`."""

    title: Words = ""
    short: Words = ""
    """What the answer is called among the others."""
    intro: tuple[Words, ...] = ()
    keys: tuple[str, ...] = ()
    mark_optional = False

    def __init__(self, *args, programme, rules, answers, on, **kwargs):
        """`rules` are the programme's on the day `on`; `answers` those given so far."""
        self.programme, self.rules, self.given, self.on = programme, rules, answers, on
        super().__init__(*args, initial=self.initial_from(answers), **kwargs)
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = programme.currency

    def initial_from(self, answers):
        return {key: answers[key] for key in self.keys if key in answers}

    def answers(self):
        return {key: self.cleaned_data[key] for key in self.keys}

    def explanation(self):
        return self.intro

    @classmethod
    def is_answered(cls, answers):
        return all(answers.get(key) is not None for key in cls.keys)


class PlaceForm(Question):
    """The postcode, and then the authority where the postcode alone does not say it."""

    title = _("Where will the work happen?")
    short = _("Where the work happens")
    intro = (_("If you have several sites, give the one where you want to make changes."),)
    keys = ("postcode", "local_authority")
    postcode = forms.CharField(
        label=_("Postcode"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "class": "govuk-input--width-10"}),
    )
    postcode_unknown = forms.BooleanField(label=_("I do not know the postcode"), required=False)
    local_authority = forms.ChoiceField(label=_("Local authority"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        known = self.given.get("postcode")
        self.asks_authority = known is not None and len(self._candidates(known)) != 1
        if not self.asks_authority:
            del self.fields["local_authority"]
            return
        if self.programme.country != "GB":
            self.fields["local_authority"].label = _("Province or area")
        self.fields["local_authority"].choices = self._choices(known)
        if self.given.get("local_authority") is None:
            self.title = _("Which local authority is that in?")

    def _candidates(self, postcode):
        return () if postcode == UNKNOWN else places.candidates(postcode, self.programme.country)

    def _choices(self, postcode):
        """Those that the postcode may lie in first, then the rest of the programme's area by region."""
        near = [place.code for place in self._candidates(postcode)]
        regions = [
            (region.local_name, _named(set(region.local_authorities) - set(near)))
            for region in self.programme.regions.order_by("position")
        ]
        return [
            ("", _("Choose one")),
            *([(_("These fit your postcode"), _named(near))] if near else []),
            *[(name, group) for name, group in regions if group],
            (_("Outside the area"), [(places.ELSEWHERE, _("Somewhere else"))]),
            (_("Not sure"), [(UNKNOWN, DO_NOT_KNOW)]),
        ]

    def initial_from(self, answers):
        postcode = answers.get("postcode")
        shown = {"postcode_unknown": True} if postcode == UNKNOWN else {"postcode": postcode}
        return {**shown, "local_authority": answers.get("local_authority")}

    def explanation(self):
        if not self.asks_authority:
            return self.intro
        names = ", ".join(place.name for place in self._candidates(self.given["postcode"]))
        return (gettext("Your postcode may lie in: %(names)s.") % {"names": names},) if names else ()

    def clean_postcode(self):
        text = self.cleaned_data["postcode"]
        if not text:
            return text
        country = self.programme.country
        try:
            return places.normalise_postcode(text, country)
        except places.OutsideUnitedKingdom as error:
            raise ValidationError(
                _("The Isle of Man and the Channel Islands are outside the United Kingdom. Enter a postcode inside it")
            ) from error
        except places.BadPostcode as error:
            example = {"example": POSTCODES.get(country, "12345")}
            raise ValidationError(gettext("Enter a whole postcode, like %(example)s") % example) from error

    def clean(self):
        cleaned = super().clean()
        if "postcode" not in cleaned:
            return cleaned
        cleaned["postcode"] = cleaned["postcode"] or (UNKNOWN if cleaned.get("postcode_unknown") else "")
        if not cleaned["postcode"]:
            self.add_error("postcode", _("Enter the postcode of the place where the work will happen"))
        elif cleaned["postcode"] != self.given.get("postcode"):
            # The list was made for another postcode: what was chosen from it, or not, is no mistake.
            self._errors.pop("local_authority", None)
        elif self.asks_authority and not cleaned.get("local_authority") and "local_authority" not in self.errors:
            self.add_error("local_authority", _("Choose your local authority"))
        return cleaned

    def answers(self):
        """Another postcode makes the authority a question again, unless the postcode or the choice settles it."""
        postcode, chosen = self.cleaned_data["postcode"], self.cleaned_data.get("local_authority")
        codes = [place.code for place in self._candidates(postcode)]
        if len(codes) == 1:
            return {"postcode": postcode, "local_authority": codes[0]}
        settled = postcode == self.given.get("postcode") or chosen in codes
        return {"postcode": postcode, "local_authority": chosen if chosen and settled else None}


def _named(codes):
    found = [(code, places.places()[code].name) for code in codes if code in places.places()]
    return sorted(found, key=lambda pair: pair[1])


class ProductForm(Question):
    title = _("What does your firm mainly make?")
    short = _("What you make")
    keys = ("sic_code",)
    sic_code = forms.ChoiceField(
        label=_("Choose the closest"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what your firm mainly makes, or say that nothing fits")},
    )

    def __init__(self, *args, found=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.codes = known = sic.codes(sic.scheme_of(self.programme.country))
        listed = list(found)
        chosen = self.given.get("sic_code")
        if chosen in known and chosen not in {one.code for one in listed}:
            listed.insert(0, known[chosen])
        choices = [Choice(one.code, code_title(one), hint=code_text(one)) for one in listed]
        if choices:
            choices[-1].divider = gettext("or")
        self.has_found = bool(listed)
        self.fields["sic_code"].choices = [*choices, Choice(UNKNOWN, _("None of these, or I do not know"))]

    def clean(self):
        cleaned = super().clean()
        # The list shown depended on a search that a stale page may not carry: any real code is an answer.
        posted = self.data.get("sic_code", "")
        if posted in self.codes and "sic_code" in self.errors:
            del self._errors["sic_code"]
            cleaned["sic_code"] = posted
        return cleaned


def code_title(code):
    """What a code stands for. The tables are in English, which a page in another language has to say."""
    is_english = (get_language() or "en").startswith("en")
    return code.title if is_english else format_html('<span lang="en">{}</span>', code.title)


def code_text(code):
    """A code as its scheme writes it."""
    return code.code if code.scheme == sic.SCHEME else f"NACE {code.nace}"


class SearchForm(GovForm):
    """Words to look an industry code up by."""

    method = "get"
    mark_optional = False
    submit_label = _("Search")
    q = forms.CharField(
        label=_("Search by product or process, or enter your industry code"),
        help_text=_("For example: machining, bread, furniture or 25620"),
        max_length=100,
        required=False,
    )

    def __init__(self, *args, country, **kwargs):
        super().__init__(*args, **kwargs)
        if country != "GB":
            self.fields["q"].help_text = _("For example: machining, bread, furniture or 25.62")


class LegalFormForm(Question):
    title = _("What kind of business is it?")
    short = _("Kind of business")
    keys = ("legal_form",)
    legal_form = forms.ChoiceField(
        label=_("Kind of business"),
        choices=[
            *(Choice(code, name) for code, name in LEGAL_FORM_NAMES.items() if code != "overseas"),
            Choice("overseas", LEGAL_FORM_NAMES["overseas"], divider=_("or")),
            Choice(UNKNOWN, DO_NOT_KNOW),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what kind of business it is")},
    )


class FiguresForm(Question):
    """People, turnover and balance sheet total, each with a tick for "I do not know". A figure that is given counts."""

    keys = FIGURES
    employees = HeadcountField(label=_("Number of people"), required=False, example=45)
    employees_unknown = forms.BooleanField(label=_("I do not know how many people"), required=False)
    turnover = MoneyField(label=_("Turnover"), what=_("the turnover"), required=False)
    turnover_unknown = forms.BooleanField(label=_("I do not know the turnover"), required=False)
    balance_sheet = MoneyField(
        label=_("Balance sheet total"), what=_("the balance sheet total"), required=False, example=850000
    )
    balance_sheet_unknown = forms.BooleanField(label=_("I do not know the balance sheet total"), required=False)

    def initial_from(self, answers):
        shown = {}
        for key in self.keys:
            if answers.get(key) == UNKNOWN:
                shown[f"{key}_unknown"] = True
            elif answers.get(key) is not None:
                shown[key] = Decimal(answers[key])
        return shown

    def clean(self):
        cleaned = super().clean()
        for key in self.keys:
            if key in cleaned and cleaned[key] is None and not cleaned.get(f"{key}_unknown"):
                self.add_error(key, self.fields[key].ask())
        return cleaned

    def answers(self):
        return {key: UNKNOWN if (value := self.cleaned_data[key]) is None else str(value) for key in self.keys}


class SizeForm(FiguresForm):
    title = _("How large is your firm?")
    short = _("Size of your firm")
    intro = (_("Give your firm's own figures. Other firms that belong with it come next."),)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["employees"].help_text = _(
            "Count full-time people as 1 and part-time people as the part of the week they work, rounded. Count owners"
            " who work in the firm. Apprentices and placement students do not count."
        )
        self.fields["turnover"].help_text = _(
            "Of your last full year, without VAT. An estimate is fine if your firm is new."
        )
        self.fields["balance_sheet"].help_text = _("All that the firm owns and is owed: total assets in your accounts.")


class GroupForm(Question):
    title = _("Does your firm own a quarter or more of another firm, or does anybody own a quarter or more of yours?")
    short = _("Other firms")
    intro = (
        _(
            "Their people and figures may count with yours. Say no if only private persons own yours and none of them"
            " has another firm."
        ),
    )
    keys = ("group",)
    group = _yes_no(_("Connected with other firms"))

    @classmethod
    def is_answered(cls, answers):
        firms = answers.get("firms") or {}
        return super().is_answered(answers) and (
            answers["group"] != "yes" or (bool(firms) and all(is_complete(firm) for firm in firms.values()))
        )


class AidForm(Question):
    short = _("Earlier public support")
    keys = ("aid",)
    aid = _yes_no(_("Earlier public support"))

    @property
    def title(self):
        first = headroom.window_from(self.rules.aid_basis, self.on)
        return gettext("Has your firm had public support since %(day)s?") % {"day": dates.long_date(first)}

    def explanation(self):
        words = gettext(
            "Grants, vouchers, free advice and cheap loans count when they were given as %(basis)s. The letter says so."
            " If your firm belongs to a group, count what the group has had."
        )
        return (words % {"basis": BASIS_NAMES[self.rules.aid_basis]},)

    @classmethod
    def is_answered(cls, answers):
        return super().is_answered(answers) and (answers["aid"] != "yes" or bool(answers.get("aids")))


class CommittedForm(Question):
    title = _("Have you already ordered, signed or paid for anything you want support for?")
    short = _("Work already started")
    intro = (
        _("A grant cannot pay for what is already agreed. If you can, wait with orders until you have our offer."),
    )
    keys = ("committed",)
    committed = _yes_no(_("Work already started"))

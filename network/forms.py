"""Looking through the register, and what managers write into it."""

import re

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from network.models import Expert
from organisations import places
from portal.forms import FilterForm, GovModelForm, LongTextField
from programmes.models import Programme

SMALLEST = 2
"""Regions down to this level are offered; an entry of a file may name smaller ones."""


def regions_of(country):
    """(code, name) of the regions offered for a country, larger ones first within each other."""
    found = places.regions("ITL2025" if country == "GB" else "NUTS2024").values()
    start = "TL" if country == "GB" else country
    return [(each.code, each.name) for each in found if each.code.startswith(start) and each.level <= SMALLEST]


class RegisterFilters(FilterForm):
    """Kind, place and language; only what the register has is offered."""

    submit_label = _("Show")

    kind = forms.ChoiceField(label=_("Kind of help"))
    place = forms.ChoiceField(label=_("Place"))
    language = forms.ChoiceField(label=_("Language"))

    def __init__(self, *args, experts, **kwargs):
        super().__init__(*args, **kwargs)
        kinds = {kind for expert in experts for kind in expert.kinds}
        codes = {place for expert in experts for place in expert.places}
        spoken = {language for expert in experts for language in expert.languages}
        self.fields["kind"].choices = [
            ("", _("All kinds")),
            *(each for each in Expert.Kind.choices if each[0] in kinds),
        ]
        named = sorted(((code, places.name_of(code)) for code in codes), key=lambda each: each[1])
        self.fields["place"].choices = [("", _("Everywhere")), *named]
        languages = [each for each in settings.LANGUAGES if each[0] in spoken]
        self.fields["language"].choices = [("", _("Any language")), *languages]

    def found(self, experts):
        """The entries that the filters leave; who works in a larger place works in those inside it too."""
        kind, place, language = (self.values[name] for name in ("kind", "place", "language"))
        country = places.country_of(place) if place else ""
        return [
            expert
            for expert in experts
            if (not kind or kind in expert.kinds)
            and (not language or language in expert.languages)
            and (not place or _works_in(expert, place, country))
        ]


def _works_in(expert, place, country):
    if not expert.places:
        return expert.country == country
    return any(place.startswith(code) or code.startswith(place) for code in expert.places)


class ExpertForm(GovModelForm):
    """One entry. What a file says of single questions stays when the question's group stays ticked."""

    submit_label = _("Save")

    kinds = forms.MultipleChoiceField(
        label=_("Kinds of help"), choices=Expert.Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    capabilities = forms.MultipleChoiceField(
        label=_("What it knows about"), choices=Expert.Capability.choices, widget=forms.CheckboxSelectMultiple,
        required=False, help_text=_("Tick none if it can be asked about everything of its kinds."),
    )  # fmt: skip
    places = forms.MultipleChoiceField(
        label=_("Where it works"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=_("Tick none if it works in the whole country."),
    )  # fmt: skip
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=settings.LANGUAGES, widget=forms.CheckboxSelectMultiple
    )
    summary = LongTextField(label=_("What it does"), max_length=1000, rows=4)
    what_to_ask = LongTextField(label=_("What to ask it"), max_length=500, rows=2, required=False)
    is_independent = forms.TypedChoiceField(
        label=_("Does it sell machines or software?"), widget=forms.RadioSelect,
        choices=[(True, _("No, it is independent")), (False, _("Yes. Plans say so wherever they name it"))],
        coerce=lambda value: value in (True, "True"),
    )  # fmt: skip

    url = forms.URLField(label=_("Web page"), required=False, max_length=300, assume_scheme="https")

    class Meta:
        model = Expert
        fields = (
            "name", "kinds", "capabilities", "summary", "what_to_ask", "programme", "places", "languages",
            "availability", "is_independent", "url", "email", "source",
        )  # fmt: skip
        labels = {
            "name": _("Name"),
            "programme": _("Programme that looks after the entry"),
            "availability": _("Does it take enquiries?"),
            "email": _("Email address"),
            "source": _("How do you know?"),
        }
        help_texts = {"source": _("A document, a conversation with a date, its own web page.")}
        widgets = {"availability": forms.RadioSelect}

    def __init__(self, *args, programmes, **kwargs):
        super().__init__(*args, **kwargs)
        self.kept = [code for code in self.instance.capabilities if len(code) > 2]
        if "capabilities" in self.initial:
            self.initial["capabilities"] = sorted({code[:2] for code in self.initial["capabilities"]})
        mine = Programme.objects.filter(pk__in=programmes).order_by("position", "name")
        self.fields["programme"].queryset = mine
        self.fields["programme"].required = True
        self.fields["programme"].label_from_instance = lambda programme: programme.short_name
        if len(mine) == 1:
            self.fields["programme"].initial = mine[0]
            self.initial.setdefault("programme", mine[0].pk)
        countries = dict.fromkeys(programme.country for programme in mine)
        offered = {code: name for country in countries for code, name in regions_of(country)}
        # A smaller place that a file gave is offered as long as the entry has it.
        offered |= {code: places.name_of(code) for code in self.instance.places}
        self.fields["places"].choices = sorted(offered.items())
        self.fields["availability"].choices = Expert.Availability.choices

    def clean(self):
        cleaned = super().clean()
        programme = cleaned.get("programme")
        if programme:
            abroad = [code for code in cleaned.get("places", []) if places.country_of(code) != programme.country]
            if abroad:
                names = ", ".join(places.name_of(code) for code in abroad)
                self.add_error(
                    "places", _("Take %(names)s out: it is not in the programme’s country") % {"names": names}
                )
            self.instance.country = programme.country
        groups = cleaned.get("capabilities") or []
        single = [code for code in self.kept if code[:2] in groups]
        whole = [
            code for code in groups if code not in {each[:2] for each in single} or code in self.instance.capabilities
        ]
        cleaned["capabilities"] = [*whole, *single]
        return cleaned

    def clean_name(self):
        name = self.cleaned_data["name"]
        if not re.search(r"[a-z0-9]", slugify(name)):
            raise ValidationError(_("Enter a name with letters or figures"))
        return name

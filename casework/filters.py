"""Filters of lists of cases, kept in the address, and the rows they leave."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Permission, Role
from accounts.scope import places
from applications.models import Case, Lead
from casework.stages import Stage, reached
from organisations.identifiers import name_key, normalise_company_number
from portal.forms import FilterForm
from portal.references import ALPHABET
from programmes.models import Programme, Region

NOBODY = "none"
MYSELF = "me"
EVERYTHING = "all"


class DayFilter(FilterForm):
    """The day of which a sum is told."""

    submit_label = _("Show")
    on = forms.DateField(
        label=_("On another day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2099, 12, 31))],
    )


class PlaceFilters(FilterForm):
    """Programme and region, offered from what the person's roles cover."""

    PERMISSIONS: tuple[Permission, ...] = (Permission.VIEW_CASEWORK,)

    programme = forms.ChoiceField(label=_("Programme"))
    region = forms.ChoiceField(label=_("Region"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.covered = places(user, *self.PERMISSIONS)
        programmes = {
            assignment.programme_id: assignment.programme
            for assignment in user.active_assignments
            if (assignment.programme_id, assignment.region_id) in self.covered
        }
        self.programmes = sorted(programmes.values(), key=lambda programme: (programme.position, programme.name))
        self.fields["programme"].choices = [
            ("", _("All programmes")), *((programme.slug, programme.short_name) for programme in self.programmes)
        ]  # fmt: skip
        self.fields["region"].choices = [("", _("All regions")), *self.region_choices(self.programmes)]

    def region_choices(self, programmes: list[Programme]) -> list[tuple[str, str]]:
        """Regions of `programmes` that the person covers; where there are several, each with its programme's name."""
        found = [region for region in self._regions if region.programme in programmes]
        return [
            (str(region.pk), f"{region.programme.short_name}: {region.name}" if len(programmes) > 1 else region.name)
            for region in found
        ]

    @cached_property
    def _regions(self) -> list[Region]:
        regions = Region.objects.filter(programme__in=self.programmes).select_related("programme")
        return [
            region
            for region in regions.order_by("programme__position", "programme__name", "position", "name")
            if {(region.programme_id, None), (region.programme_id, region.pk)} & self.covered
        ]

    def condition(self, path: str = "") -> Q:
        """The chosen place as a condition on rows whose case is reached by `path`."""
        found = Q()
        if slug := self.values["programme"]:
            found &= Q(**{f"{path}programme__slug": slug})
        if region := self.values["region"]:
            found &= Q(**{f"{path}region_id": int(region)})
        return found


class CaseFilters(PlaceFilters):
    status = forms.ChoiceField(
        label=_("Status"),
        choices=[
            ("", _("All open")),
            *((value, label) for value, label in Case.Status.choices if value != Case.Status.DRAFT),
            (EVERYTHING, _("All, ended too")),
        ],
    )
    adviser = forms.ChoiceField(label=_("Adviser"))
    stage = forms.ChoiceField(label=_("Has reached"), choices=Stage.choices, widget=forms.HiddenInput)
    """Set by the figures that lead here; a chip shows it and takes it away."""
    q = forms.CharField(label=_("Search"), max_length=160, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        advisers = User.objects.filter(
            assignments__programme__in=self.programmes, assignments__role__in=[Role.ADVISER, Role.MANAGER]
        )
        self.fields["adviser"].choices = [
            ("", _("All")),
            (MYSELF, _("Me")),
            (NOBODY, _("Nobody yet")),
            *((str(person.pk), person.get_full_name()) for person in advisers.order_by("full_name", "pk").distinct()),
        ]

    def rows(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        values = self.values
        cases = cases.filter(self.condition())
        if values["status"] and values["status"] != EVERYTHING:
            cases = cases.filter(status=values["status"])
        elif not values["status"] and not values["q"]:  # a search looks through everything
            cases = cases.exclude(status__in=Case.ENDED)
        if values["adviser"]:
            person = {MYSELF: self.user.pk, NOBODY: None}.get(values["adviser"], values["adviser"])
            cases = cases.filter(adviser_id=person) if person else cases.filter(adviser=None)
        if values["stage"]:
            cases = cases.filter(reached(Stage(values["stage"])))
        if values["q"]:
            cases = cases.filter(matching(values["q"]))
        return cases


def matching(words: str) -> Q:
    """Cases whose reference, company number or firm's name a person may have typed so."""
    bare = words.strip()
    found = Q(organisation__name__icontains=bare)
    if key := name_key(bare):
        found |= Q(organisation__name_key__contains=key)
    if number := normalise_company_number(bare):
        found |= Q(organisation__company_number=number)
    compact = bare.upper().replace(" ", "")
    prefix, dash, code = compact.partition("-")
    if dash and prefix.isalnum() and code and set(code) <= set(ALPHABET):
        found |= Q(reference__startswith=compact)
    return found


class LeadFilters(PlaceFilters):
    answered = forms.ChoiceField(label=_("Show"), choices=[("", _("Waiting for a call")), ("yes", _("Answered"))])

    def rows(self, leads: QuerySet[Lead]) -> QuerySet[Lead]:
        return leads.filter(self.condition(), answered_at__isnull=self.values["answered"] != "yes")

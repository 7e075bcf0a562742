"""Who can help with what: research organisations, universities, advisers and their like, pooled between programmes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Permission
from organisations import places
from programmes.models import Programme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ExpertQuerySet(models.QuerySet["Expert"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The register is public: whoever is listed has agreed to be found."""
        return self

    def listed(self) -> Self:
        return self.filter(is_listed=True)

    def editable_by(self, user: User) -> Self:
        """Entries of the programmes that the person runs, and in their countries those that belong to none."""
        mine = Programme.objects.filter(pk__in=user.programmes_for(Permission.CONFIGURE))
        return self.filter(Q(programme__in=mine) | Q(programme=None, country__in=mine.values("country")))

    def for_country(self, country: str) -> Self:
        return self.filter(country=country)

    def working_in(self, places: Iterable[str]) -> Self:
        """Whoever works in the whole country or names one of these places; in a fixed order."""
        return self.filter(Q(places=[]) | Q(places__overlap=list(places))).order_by("slug")


@pghistory.track(exclude=["loaded"])
class Expert(models.Model):
    """One organisation or adviser a firm can be sent to.

    `kinds` and `capabilities` are codes of the questionnaire (`expert_kinds`; groups and questions such as PE, MS06);
    `places` are NUTS or ITL codes of any level, empty meaning anywhere in `country`.
    """

    class Availability(models.TextChoices):
        OPEN = "open", _("Takes enquiries")
        WAITING = "waiting", _("Has a waiting list")
        CLOSED = "closed", _("Takes no enquiries now")

    class Kind(models.TextChoices):
        GENERALIST_ADVISER = "generalist_adviser", _("Manufacturing or innovation adviser")
        RTO = "rto", _("Research and technology organisation or Catapult centre")
        UNIVERSITY = "university", _("University or college")
        INTEGRATOR = "integrator", _("Automation or systems integrator")
        SOFTWARE = "software", _("Software or data specialist")
        CYBER = "cyber", _("Cyber security specialist")
        ENERGY = "energy", _("Energy or resource efficiency specialist")
        DESIGN = "design", _("Product or service design specialist")
        TRAINING = "training", _("Training provider")

    class Capability(models.TextChoices):
        """The questionnaire's groups; a longer code, such as MS06, is one question of the group that it begins with."""

        PE = "PE", _("Production efficiency")
        MS = "MS", _("Manufacturing systems and data")
        SC = "SC", _("Supply chain")
        CI = "CI", _("Customers")
        PI = "PI", _("New and better products")
        FN = "FN", _("Leadership, skills and money")

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=160)
    kinds = ArrayField(models.CharField(max_length=40))
    capabilities = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    summary = models.TextField()
    what_to_ask = models.TextField(blank=True)
    country = models.CharField(max_length=2)
    places = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=10), default=list)
    availability = models.CharField(max_length=7, choices=Availability.choices, default=Availability.OPEN)
    is_independent = models.BooleanField(default=True)
    """False for one who sells machines or software: a plan says so wherever it names them."""
    url = models.URLField(max_length=300, blank=True)
    email = models.EmailField(blank=True)
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, blank=True, related_name="experts")
    """The programme that looks after the entry; null for one of the product's own."""
    source = models.CharField(max_length=200)
    is_demo = models.BooleanField(default=False)
    """Invented, so that the pages can be seen with something on them."""
    is_listed = models.BooleanField(default=True)
    checked_on = models.DateField()
    """When somebody last checked that the entry is right."""
    loaded = models.JSONField(default=dict, editable=False)
    """What the file gave last, so that loading it again leaves managers' changes alone; empty: added by a manager."""

    objects = ExpertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(kinds=[]), name="expert_is_of_some_kind"),
        ]
        indexes = [
            GinIndex(fields=["kinds"], name="expert_by_kind"),
            GinIndex(fields=["capabilities"], name="expert_by_capability"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("network:expert", args=[self.slug])

    @property
    def kind_labels(self) -> list[str]:
        names = dict(self.Kind.choices)
        return [str(names.get(code, code)) for code in self.kinds]

    @property
    def capability_labels(self) -> list[str]:
        """Group by group, in the questionnaire's order."""
        groups = {code[:2] for code in self.capabilities}
        return [str(label) for code, label in self.Capability.choices if code in groups]

    @property
    def language_labels(self) -> list[str]:
        names = dict(settings.LANGUAGES)
        return [str(names.get(code, code)) for code in self.languages]

    @property
    def place_names(self) -> list[str]:
        """Names of the regions; empty for the whole country."""
        return [places.name_of(code) for code in self.places]

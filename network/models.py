"""Who can help with what: research organisations, universities, advisers and their like, pooled between programmes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from programmes.models import Programme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ExpertQuerySet(models.QuerySet["Expert"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The register is public: whoever is listed has agreed to be found."""
        return self

    def listed(self) -> Self:
        return self.filter(is_listed=True)


@pghistory.track()
class Expert(models.Model):
    """One organisation or adviser a firm can be sent to.

    `kinds` and `capabilities` are codes of the questionnaire (`expert_kinds`; groups and questions such as PE, MS06);
    `places` are NUTS or ITL codes of any level, empty meaning anywhere in `country`.
    """

    class Availability(models.TextChoices):
        OPEN = "open", _("Takes enquiries")
        WAITING = "waiting", _("Has a waiting list")
        CLOSED = "closed", _("Takes no enquiries now")

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

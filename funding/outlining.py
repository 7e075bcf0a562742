"""An outline in words, for the firm and for staff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from funding.models import Outline
from portal.dates import long_date
from portal.money import money_text

FIELDS = {
    "title": (_("Name of the project"), "problem"),
    "problem": (_("Problem"), "problem"),
    "change": (_("Change"), "change"),
    "rough_cost": (_("Rough cost, without VAT"), "cost"),
    "supplier": (_("Possible supplier"), "cost"),
    "starts_on": (_("Start"), "dates"),
    "ends_on": (_("Finish"), "dates"),
}
"""Each field with its name and the page on which the firm writes it."""


@dataclass(frozen=True)
class Row:
    label: str
    value: str
    is_missing: bool
    url: str
    """The firm's page that changes it."""


def rows_of(outline: Outline, names: Sequence[str] = tuple(FIELDS)) -> Iterator[Row]:
    for name in names:
        label, page = FIELDS[name]
        url = reverse("funding:outline-page", args=[outline.case.reference, outline.pk, page])
        yield Row(str(label), value_of(outline, name), name in outline.missing, url)


def value_of(outline: Outline, name: str) -> str:
    """One answer as a person reads it; empty when there is none."""
    value = getattr(outline, name)
    if not value:
        return ""
    if name == "rough_cost":
        return money_text(value, outline.call.currency)
    return long_date(value) if name in ("starts_on", "ends_on") else str(value)

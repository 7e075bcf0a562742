"""The register's entries from network/data into the database."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from django.db import transaction
from pydantic import Field, ValidationError

from network.models import Expert
from portal import safe_yaml
from portal.api_types import Strict, Text
from programmes.file_fields import Email, Web, matches
from programmes.models import Programme

DATA = Path(__file__).resolve().parent / "data"
CAPABILITY = r"[A-Z]{2}([0-9]{2})?"

Slug = Annotated[
    Text, matches(r"(?=.{1,80}$)[a-z0-9]+(-[a-z0-9]+)*", "lower-case letters, digits and single dashes, at most 80")
]


class Entry(Strict):
    """One entry as a file gives it."""

    slug: Slug
    name: Annotated[Text, Field(min_length=1, max_length=160)]
    kinds: Annotated[list[Literal[tuple(Expert.Kind.values)]], Field(min_length=1)]  # type: ignore[valid-type]
    capabilities: list[Annotated[Text, matches(CAPABILITY, "a group or question such as PE or MS06")]] = []
    summary: Annotated[Text, Field(min_length=1)]
    what_to_ask: Text = ""
    country: Annotated[Text, matches(r"[A-Z]{2}", "a country such as GB")]
    places: list[Annotated[Text, matches(r"[A-Z]{2}[A-Z0-9]{1,8}", "a code of ITL or NUTS such as TLL3")]] = []
    languages: Annotated[list[Text], Field(min_length=1)]
    availability: Literal[tuple(Expert.Availability.values)] = "open"  # type: ignore[valid-type]
    is_independent: bool = True
    url: Web | Literal[""] = ""
    email: Email | Literal[""] = ""
    programme: Text | None = None
    source: Annotated[Text, Field(min_length=1, max_length=200)]
    is_demo: bool = False
    checked_on: date


class Register(Strict):
    """A whole file."""

    experts: list[Entry]


class UnableToLoad(Exception):
    """A file is no sound register; one line for each fault."""


def read(path: Path) -> list[Entry]:
    """The entries of a YAML file; raises UnableToLoad."""
    try:
        text = safe_yaml.text_of(path.read_bytes())
        safe_yaml.check(text)
        document = yaml.safe_load(text)
    except (safe_yaml.RefusedYaml, yaml.YAMLError, ValueError) as error:  # a ValueError: a day like 2026-13-45
        raise UnableToLoad(f"{path.name}: {' '.join(str(error).split())}") from error
    try:
        return Register.model_validate(document).experts
    except ValidationError as error:
        lines = (".".join(map(str, each["loc"])) + f": {each['msg']}" for each in error.errors())
        raise UnableToLoad("\n".join(f"{path.name}: {line}" for line in lines)) from error


@transaction.atomic(durable=True)
def load(entries: list[Entry]) -> tuple[int, int]:
    """Add what is new and update what has changed in the file: (added, changed).

    A field that a manager has changed since is left as it is. An entry of a programme that is not there is refused.
    """
    programmes = {programme.slug: programme.pk for programme in Programme.objects.all()}
    rows = {row.slug: row for row in Expert.objects.select_for_update().filter(slug__in=[e.slug for e in entries])}
    unknown = {entry.programme for entry in entries if entry.programme} - programmes.keys()
    if unknown:
        raise UnableToLoad(f"There is no programme {', '.join(sorted(unknown))}")
    added = changed = 0
    for entry in entries:
        given = _given(entry, programmes)
        row = rows.get(entry.slug)
        if row is None:
            Expert.objects.create(slug=entry.slug, loaded=given, **_columns(given))
            added += 1
        elif row.loaded != given:
            for name, value in _columns(given).items():
                if name not in row.loaded or _plain(getattr(row, name)) == row.loaded[name]:
                    setattr(row, name, value)
            row.loaded = given
            row.save()
            changed += 1
    return added, changed


def _given(entry: Entry, programmes: dict[str, int]) -> dict[str, Any]:
    values = entry.model_dump(mode="json", exclude={"slug", "programme"})
    return {**values, "programme_id": programmes[entry.programme] if entry.programme else None}


def _columns(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "checked_on": date.fromisoformat(given["checked_on"])}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value

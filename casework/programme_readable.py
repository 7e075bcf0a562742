"""Rules, terms and changes as a person reads them: paths in words, values in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.programme_differences import Difference, differences
from organisations import places
from portal.templatetags.portal_tags import date_time, long_date, number
from programmes import loading
from programmes.models import Call, Instrument, Programme, ProgrammeVersion, Text
from programmes.schema import ProgrammeFile

LONGEST = 400
_MONEY = re.compile(r"\d{1,15}\.\d\d", re.ASCII)  # as a version keeps a sum of money
MOST_ITEMS = 12
WORDS = {
    "eligibility": gettext_lazy("Rules"),
    "terms": gettext_lazy("Terms"),
    "size": gettext_lazy("Size of the firm"),
    "employees": gettext_lazy("people"),
    "turnover": gettext_lazy("turnover"),
    "balance_sheet": gettext_lazy("balance sheet"),
    "operator": gettext_lazy("under the limit (lt) or up to it (le)"),
    "groups": gettext_lazy("groups"),
    "two_years": gettext_lazy("two years in a row"),
    "sectors": gettext_lazy("Sectors"),
    "legal_forms": gettext_lazy("Legal forms"),
    "aid": gettext_lazy("Earlier aid"),
    "places": gettext_lazy("Places"),
    "strands": gettext_lazy("Support"),
    "sources": gettext_lazy("Sources"),
    "override": gettext_lazy("Setting rules aside"),
    "euro_rate": gettext_lazy("Euro rate"),
    "euro_rate_source": gettext_lazy("Source of the euro rate"),
    "rate": gettext_lazy("rate (%)"),
    "cap": gettext_lazy("at most"),
    "closes_at": gettext_lazy("Closes"),
    "promise_days": gettext_lazy("Promised working days"),
    "next_places": gettext_lazy("Where else to go"),
    "order": gettext_lazy("order"),
    "questions": gettext_lazy("Questions"),
    "levels": gettext_lazy("levels"),
    "actions": gettext_lazy("actions"),
    "barriers": gettext_lazy("Barriers"),
    "bands": gettext_lazy("Bands"),
    "scoring": gettext_lazy("Scoring"),
    "framework": gettext_lazy("About the questionnaire"),
}


@dataclass(frozen=True)
class Line:
    """One row of a table of changes. `sign`: added, removed, changed, refused."""

    sign: str
    where: str
    before: str
    after: str

    @property
    def colour(self) -> str:
        return {"added": "green", "removed": "red"}.get(self.sign, "blue")

    @property
    def label(self) -> str:
        return {"added": _("New"), "removed": _("Goes"), "changed": _("Changes")}[self.sign]

    @property
    def text(self) -> str:
        """The whole of it, for the history."""
        if not (self.before or self.after):
            return f"{self.label}: {self.where}"
        return f"{self.where}: {self.before or '–'} → {self.after or '–'}"


def path_text(path: Iterable[str]) -> str:
    return " › ".join(str(WORDS.get(part, part.replace("_", " "))) for part in path)


def value_text(value: Any, programme: Programme | None = None) -> str:
    """A value in one line: figures grouped, days and places by their names, nothing as nothing."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return date_time(value.astimezone(programme.zone) if programme else value)
    if isinstance(value, date):
        return long_date(value)
    if isinstance(value, int | Decimal):
        return number(value, 0 if value == int(value) else 2)
    if isinstance(value, Mapping):
        pairs = [(path_text([str(name)]), value_text(part, programme)) for name, part in value.items()]
        return _short("; ".join(f"{name}: {text}" for name, text in pairs if text))
    if isinstance(value, list | tuple):
        shown = [text for part in value[:MOST_ITEMS] if (text := value_text(part, programme))]
        more = len(value) - MOST_ITEMS
        return _short(", ".join(shown)) + (" " + _("and %(count)s more") % {"count": more} if more > 0 else "")
    text = str(value)
    if _MONEY.fullmatch(text):
        return value_text(Decimal(text))
    place = places.places().get(text)
    return place.name if place else _short(text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()} …"


def lines(found: Iterable[Difference], programme: Programme | None = None) -> list[Line]:
    return [
        Line(row.sign, path_text(row.path), value_text(row.before, programme), value_text(row.after, programme))
        for row in found
    ]


# --- Dated versions -------------------------------------------------------------------------------
@dataclass(frozen=True)
class VersionRow:
    """A version and what it changed. `state`: in force, coming, past; `previous` is the one before it by date."""

    version: ProgrammeVersion
    state: str
    previous: ProgrammeVersion | None

    @property
    def colour(self) -> str:
        return {"now": "green", "coming": "blue", "past": "grey"}[self.state]

    @property
    def label(self) -> str:
        return {"now": _("In force"), "coming": _("Coming"), "past": _("Past")}[self.state]


def versions_of(programme: Programme, today: date) -> list[VersionRow]:
    """Newest first. One query."""
    rows = list(programme.versions.order_by("valid_from"))
    in_force = max((row.valid_from for row in rows if row.valid_from <= today), default=None)
    found = []
    for index, row in enumerate(rows):
        state = "now" if row.valid_from == in_force else "coming" if row.valid_from > today else "past"
        found.append(VersionRow(row, state, rows[index - 1] if index else None))
    return found[::-1]


def between(before: ProgrammeVersion, after: ProgrammeVersion) -> list[Line]:
    return lines(differences(before.document, after.document))


# --- Files ------------------------------------------------------------------------------------------
def change_lines(changes: Iterable[loading.Change], found: ProgrammeFile, programme: Programme) -> list[Line]:
    """What loading changes, in rows: inside lists and mappings place by place, new versions beside the latest one."""
    rows: list[Line] = []
    for change in changes:
        what = change.label.removeprefix(found.slug).strip()
        if change.field:
            path = tuple(part for part in (what, change.field) if part)
            rows += lines(differences(change.before, change.after, path), programme)
        else:
            rows.append(Line("added", what or programme.name, "", ""))
            if what.startswith("version "):
                rows += _of_new_version(what, found, programme)
    return rows


def _of_new_version(what: str, found: ProgrammeFile, programme: Programme) -> list[Line]:
    """How a version in the file differs from the loaded one that is in force on its first day."""
    [version] = [row for row in found.versions if f"version {row.number}" == what]
    older = [row for row in programme.versions.all() if row.valid_from < version.valid_from]
    if not older:
        return []
    before = max(older, key=lambda row: row.valid_from)
    rows = lines(differences(before.document, loading.document(found, version)))
    return [Line(row.sign, f"{what} › {row.where}", row.before, row.after) for row in rows]


def edited_by_managers(
    programme: Programme, instruments: Iterable[Instrument], calls: Iterable[Call], texts: Iterable[Text]
) -> list[str]:
    """What managers have made of the file's values: it stays until the file itself says something new there."""
    found = [
        f"{label}: {path_text([name])}" for label, row in _rows(programme, instruments, calls) for name in _edited(row)
    ]
    return found + [f"{row.key} ({row.language})" for row in texts if row.loaded and row.body != row.loaded]


def _rows(
    programme: Programme, instruments: Iterable[Instrument], calls: Iterable[Call]
) -> Iterator[tuple[str, Programme | Instrument | Call]]:
    yield programme.name, programme
    yield from ((row.name, row) for row in instruments)
    yield from ((row.name, row) for row in calls)


def _edited(row: Programme | Instrument | Call) -> Iterator[str]:
    for name, given in row.loaded.items():
        value = getattr(row, name, None)
        if isinstance(value, datetime):
            if value != datetime.fromisoformat(given):
                yield name
        elif loading.plain(value) != given:
            yield name

"""Programmes from YAML into the database: all of the files or nothing, and the same again changes nothing.

A version that is loaded is never rewritten, nor are a call's terms and criteria: running work relies on them. What
managers have changed since stays as it is until the file itself says something new; their words stay even then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from django.conf import settings
from django.db import models, transaction
from pydantic import BaseModel, ValidationError

from portal import safe_yaml
from programmes import file_calls, file_rules, schema
from programmes.models import Call, Instrument, Programme, ProgrammeVersion, Region, Text

FOLDER = Path(__file__).parent / "data"


class UnableToLoad(Exception):
    """The files cannot be loaded; one line for each reason, naming file, path and what is expected."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


class Change(str):
    """One line of what loading changes: `+ label` for something new, or `~ label: field: before -> after`.

    For a new version `before` is the document of the version before it, if any, and `after` its own.
    """

    __slots__ = ("after", "before", "field", "label")

    label: str
    field: str
    before: Any
    after: Any

    def __new__(cls, label: str, field: str = "", before: Any = None, after: Any = None) -> Change:
        change = super().__new__(cls, f"~ {label}: {field}: {before!r} -> {after!r}" if field else f"+ {label}")
        change.label, change.field, change.before, change.after = label, field, before, after
        return change


class _UniqueKeys(yaml.SafeLoader):
    """YAML in which a key written twice is an error instead of a silent loss."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=deep)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key} is written twice", key_node.start_mark
                )
            if isinstance(key, Hashable):
                seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read(path: Path) -> schema.ProgrammeFile:
    """One programme file, checked; raises UnableToLoad."""
    try:
        text = safe_yaml.text_of(path.read_bytes())
    except OSError as error:
        raise UnableToLoad([f"{path.name}: cannot be read ({error})"]) from error
    except safe_yaml.RefusedYaml as error:
        raise UnableToLoad([f"{path.name}: {error}"]) from error
    return parse(path.name, text)


def parse(name: str, text: str) -> schema.ProgrammeFile:
    """The programme in the text of the file `name`, checked; raises UnableToLoad."""
    try:
        safe_yaml.check(text)
        data = yaml.load(text, Loader=_UniqueKeys)  # noqa: S506 - a SafeLoader
        found = schema.ProgrammeFile.model_validate(data)
    except safe_yaml.RefusedYaml as error:
        raise UnableToLoad([f"{name}: {error}"]) from error
    except ValidationError as error:  # a ValueError too, so that it stands before the next
        raise UnableToLoad(
            [
                f"{name}: {'.'.join(str(part) for part in problem['loc']) or '(whole file)'}: {problem['msg']}"
                for problem in error.errors()
            ]
        ) from error
    except (yaml.YAMLError, ValueError) as error:  # a ValueError: a day like 2026-13-45, a figure of 5,000 digits
        raise UnableToLoad([f"{name}: is not YAML ({' '.join(str(error).split())})"]) from error
    unknown = sorted(set(found.languages) - {code for code, _name in settings.LANGUAGES})
    if unknown:
        raise UnableToLoad([f"{name}: languages: {', '.join(unknown)} is not a language of the portal"])
    return found


def read_all(paths: Iterable[Path]) -> list[schema.ProgrammeFile]:
    """Every file, checked by itself and against the others; raises UnableToLoad with all that is wrong."""
    files, problems = [], []
    for path in paths:
        try:
            files.append((path, read(path)))
        except UnableToLoad as error:
            problems += error.problems
    for key in ("slug", "prefix"):
        seen: dict[str, str] = {}
        for path, found in files:
            name = getattr(found, key)
            if name in seen:
                problems.append(f"{path.name}: {key}: {name} is used by {seen[name]} too")
            seen.setdefault(name, path.name)
    if problems:
        raise UnableToLoad(problems)
    return [found for _path, found in files]


@transaction.atomic(durable=True)
def load(files: Iterable[schema.ProgrammeFile], *, at: datetime, check: bool = False) -> list[Change]:
    """Load checked files and return what changed, one line each; with `check` nothing is kept.

    Raises UnableToLoad, and then keeps nothing either.
    """
    changes = apply(files, at=at)
    if check:
        transaction.set_rollback(True)
    return changes


def apply(files: Iterable[schema.ProgrammeFile], *, at: datetime) -> list[Change]:
    """As `load`, inside the transaction of whoever calls: it has to end with UnableToLoad."""
    changes: list[Change] = []
    problems: list[str] = []
    for found in files:
        loading = _Loading(found, at)
        loading.run()
        changes += loading.changes
        problems += loading.problems
    if problems:
        raise UnableToLoad(problems)
    return changes


def plain(value: Any) -> Any:
    """A checked value as JSON: figures as plain text, days as YYYY-MM-DD, what was left out left out."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return {fields[name].alias or name: plain(part) for name, part in value if part is not None}
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, Decimal):
        return schema.amount(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool | int) or value is None:
        return value
    return value.isoformat()


def document(found: schema.ProgrammeFile, version: file_rules.Version) -> dict[str, Any]:
    """What a version keeps: complete `eligibility` rules (eligibility.rules.RuleSet) and `terms` by instrument.

    A rule that the file leaves out is left out here: `size`, `sectors`, `legal_forms`, `aid`, and `places` (codes of
    local authorities) where support is given anywhere. Questions (`asks`) and the texts of sources are in the main
    language.
    """
    rules = version.eligibility
    area = None if rules.anywhere else _codes(found, [region.slug for region in found.regions])
    content = {
        "country": found.country,
        "currency": found.currency,
        "euro_rate": schema.amount(rules.euro_rate.rate),
        "euro_rate_source": rules.euro_rate,
        "size": rules.size,
        "sectors": rules.sectors or None,
        "legal_forms": rules.legal_forms,
        "aid": rules.aid,
        "places": area,
        "strands": [_strand(found, strand, area) for strand in rules.strands],
        "sources": rules.sources,
        "override": rules.override,
    }
    kept = {name: value for name, value in content.items() if value is not None}
    return {"eligibility": plain(kept), "terms": plain(version.terms)}


def _codes(found: schema.ProgrammeFile, slugs: list[str]) -> list[str]:
    return sorted(code for region in found.regions if region.slug in slugs for code in region.local_authorities)


def _strand(found: schema.ProgrammeFile, strand: file_rules.Strand, area: list[str] | None) -> dict[str, Any]:
    """`area` is the programme's own: a strand that covers all of it adds no rule of its own."""
    places = strand.local_authorities or (_codes(found, strand.regions) if strand.regions else None)
    adds = places is not None and (area is None or not strand.base or not set(area) <= set(places))
    content = {
        "instrument": strand.instrument,
        "gives_grant": any(row.slug == strand.instrument and row.gives_grant for row in found.instruments),
        "base": None if strand.base else False,
        "sizes": strand.sizes,
        "sectors": strand.sectors,
        "places": sorted(places) if places is not None and adds else None,
        "asks": strand.asks or None,
    }
    return {name: value for name, value in content.items() if value is not None}


def _course(call: file_calls.Call) -> dict[str, Any]:
    """What an application goes through: work that has begun relies on it, so a file says it once."""
    return {
        **{name: getattr(call, name) for name in ("needs_outline", "reviews_needed", "is_blind")},
        "partner_terms": plain(call.partner_terms) if call.partner_terms else {},
        "claim_terms": plain(call.claim_terms) if call.claim_terms else {},
    }


@dataclass
class _Loading:
    """One programme on its way into the database."""

    found: schema.ProgrammeFile
    at: datetime
    changes: list[Change] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def run(self) -> None:
        programme = self._programme()
        self._versions(programme)
        self._regions(programme)
        instruments = self._instruments(programme)
        self._calls(instruments)
        self._texts(programme)

    def _programme(self) -> Programme:
        found = self.found
        values = {
            name: plain(getattr(found, name))
            for name in (
                "prefix", "name", "short_name", "summary", "takes_applications", "applicants", "position", "country",
                "currency", "time_zone", "languages", "colour", "contact_email", "partners", "budget", "generations",
                "funnel", "targets", "work_packages", "promise_days", "delivery", "combine", "next_places",
                "region_scheme",
            )
        }  # fmt: skip
        values["retention"] = plain(found.retention) if found.retention else {}
        values["status"] = found.status.upper()
        programme = Programme.objects.filter(slug=found.slug).first() or Programme(slug=found.slug)
        taken = Programme.objects.exclude(pk=programme.pk).filter(prefix=found.prefix).first()
        if taken:
            self.problems.append(f"{found.slug}: prefix: {found.prefix} is used by {taken.slug}")
            return taken
        self._save(programme, values, found.slug)
        return programme

    def _save(self, row: models.Model, values: dict[str, Any], label: str) -> None:
        """Set what the file changes and save, with a line on each field; an unchanged row is not touched.

        Where the row remembers what the file gave last (`loaded`), a value that has stayed the same in the file does
        not overwrite what managers made of it.
        """
        remembered = getattr(row, "loaded", None)
        given = {name: plain(value) for name, value in values.items()}
        if row.pk is None:
            self.changes.append(Change(label))
            changed = list(values)
        else:
            before = remembered if isinstance(remembered, dict) else {}
            changed = [
                name
                for name, value in values.items()
                if getattr(row, name) != value and (name not in before or before[name] != given[name])
            ]
            self.changes += [Change(label, name, getattr(row, name), values[name]) for name in changed]
        for name in changed:
            setattr(row, name, values[name])
        remembers = isinstance(remembered, dict) and remembered != given
        if remembers:
            row.loaded = given  # type: ignore[attr-defined]
        if changed or remembers:
            row.save()

    def _versions(self, programme: Programme) -> None:
        loaded = {version.number: version for version in programme.versions.all()}
        for version in self.found.versions:
            content = document(self.found, version)
            sha256 = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
            before = loaded.pop(version.number, None)
            label = f"{self.found.slug} version {version.number}"
            if before is None:
                earlier = programme.versions.filter(valid_from__lt=version.valid_from).order_by("valid_from").last()
                self.changes.append(Change(label, before=earlier and earlier.document, after=content))
                ProgrammeVersion.objects.create(
                    programme=programme, number=version.number, valid_from=version.valid_from, document=content,
                    sha256=sha256, loaded_at=self.at,
                )  # fmt: skip
            elif (before.sha256, before.valid_from) != (sha256, version.valid_from):
                self.problems.append(
                    f"{label}: is published with other content ({_first(before, version, content)}). "
                    "Give the changed rules a new number and a new valid_from"
                )
        self._gone(f"{self.found.slug} version", loaded)

    def _gone(self, label: str, rows: dict[str, Any]) -> None:
        self.problems += [f"{label} {name}: is loaded and may not be taken out of the file" for name in rows]

    def _regions(self, programme: Programme) -> None:
        loaded = {region.slug: region for region in programme.regions.all()}
        for position, region in enumerate(self.found.regions):
            codes = sorted(region.local_authorities)
            values = {"name": str(region.name), "local_authorities": codes, "position": position}
            row = loaded.pop(region.slug, None) or Region(programme=programme, slug=region.slug)
            self._save(row, values, f"{self.found.slug} region {region.slug}")
        self._gone(f"{self.found.slug} region", loaded)

    def _instruments(self, programme: Programme) -> dict[str, Instrument]:
        loaded = {instrument.slug: instrument for instrument in programme.instruments.all()}
        rows = {}
        for position, instrument in enumerate(self.found.instruments):
            values = self._instrument_values(instrument) | {"position": position}
            row = loaded.pop(instrument.slug, None) or Instrument(programme=programme, slug=instrument.slug)
            self._save(row, values, f"{self.found.slug} instrument {instrument.slug}")
            rows[instrument.slug] = row
        self._gone(f"{self.found.slug} instrument", loaded)
        return rows

    def _instrument_values(self, instrument: schema.Instrument) -> dict[str, Any]:
        by_itself = instrument.kind in schema.BY_ITSELF
        return {
            **{name: plain(getattr(instrument, name)) for name in ("name", "kind", "summary", "example_terms")},
            **{name: getattr(instrument, name) for name in ("measure", "level", "places")},
            "url": instrument.url or "",
            "needs_case": not by_itself if instrument.needs_case is None else instrument.needs_case,
        }

    def _calls(self, instruments: dict[str, Instrument]) -> None:
        zone = ZoneInfo(self.found.time_zone)
        for call in self.found.calls:
            label = f"{self.found.slug} call {call.slug}"
            instrument = instruments[call.instrument]
            row = Call.objects.filter(instrument=instrument, slug=call.slug).first()
            frozen = {
                "opens_at": call.opens.replace(tzinfo=zone),
                "currency": self.found.currency,
                "terms": plain(self.found.version_on(call).terms[call.instrument]),
                "criteria": plain(call.criteria),
            }
            course = _course(call)
            if row is not None:
                changed = [name for name, value in frozen.items() if getattr(row, name) != value]
                changed += [name for name, value in course.items() if row.loaded.get(name, value) != value]
                self.problems += [
                    f"{label}: {name} is published and may not change: open a new call" for name in changed
                ]
            values = {
                "name": str(call.name),
                "closes_at": call.closes.replace(tzinfo=zone),
                "budget": call.budget.quantize(Decimal("0.01")),
                "budget_lines": plain(call.budget_lines),
                "promise_days": call.promise_days,
                "approval_bands": [
                    {"up_to": plain(band.up_to), "approvers": band.approvers} for band in call.approval_bands
                ],
                "accept_days": call.accept_days,
                "appeal_days": call.appeal_days,
                **course,
            }
            self._save(row or Call(instrument=instrument, slug=call.slug, **frozen), values, label)

    def _texts(self, programme: Programme) -> None:
        given = {(key, language): body for key, words in self.found.texts.items() for language, body in words.items()}
        for key, said in self.found.words():
            given |= {(key, language): body for language, body in said.others.items()}
            if said.others and key.startswith(("asks.", "source.")):  # Words.translated finds it by the main language
                given[key, said.main] = str(said)
        rows = {(text.key, text.language): text for text in programme.texts.all()}
        for (key, language), body in given.items():
            row = rows.get((key, language)) or Text(programme=programme, key=key, language=language, loaded=body)
            untouched = row.pk is None or row.body in {row.loaded, body}
            if untouched and (row.body, row.loaded) != (body, body):
                row.loaded = body
                self._save(row, {"body": body}, f"{self.found.slug} text {key} ({language})")


def differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two JSON values differ: path, value before, value after (None where there is none)."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            yield from differences(before.get(name), after.get(name), f"{path}.{name}" if path else name)
    elif isinstance(before, list) and isinstance(after, list):
        for index, (old, new) in enumerate(zip_longest(before, after)):
            yield from differences(old, new, f"{path}[{index}]")
    elif before != after:
        yield path, before, after


def _first(before: ProgrammeVersion, version: file_rules.Version, content: dict[str, Any]) -> str:
    """The first difference of a published version, in words."""
    another_day = ("valid_from", str(before.valid_from), str(version.valid_from))
    path, old, new = next(differences(before.document, content), another_day)
    return f"{path}: {old!r} -> {new!r}"

"""Programmes from YAML into the database: all of the files or nothing, and the same again changes nothing.

A version that is loaded is never rewritten, nor are a call's terms and criteria: running work relies on them. Words
that managers may have edited since (texts, a confirmed "example terms" mark) are added and not overwritten.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from django.conf import settings
from django.db import models, transaction
from pydantic import BaseModel, ValidationError

from programmes import schema
from programmes.models import Call, Instrument, Programme, ProgrammeVersion, Region, Text

FOLDER = Path(__file__).parent / "data"


class UnableToLoad(Exception):
    """The files cannot be loaded; one line for each reason, naming file, path and what is expected."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


class _UniqueKeys(yaml.SafeLoader):
    """YAML in which a key written twice is an error instead of a silent loss."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=deep) for key, _value in node.value]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                mark = node.value[index][0].start_mark
                raise yaml.constructor.ConstructorError(None, None, f"the key {key} is written twice", mark)
        return super().construct_mapping(node, deep=deep)


def read(path: Path) -> schema.ProgrammeFile:
    """One programme file, checked; raises UnableToLoad."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)  # noqa: S506 - a SafeLoader
        found = schema.ProgrammeFile.model_validate(data)
    except (OSError, UnicodeDecodeError) as error:
        raise UnableToLoad([f"{path.name}: cannot be read ({error})"]) from error
    except yaml.YAMLError as error:
        raise UnableToLoad([f"{path.name}: is not YAML ({' '.join(str(error).split())})"]) from error
    except ValidationError as error:
        raise UnableToLoad(
            [
                f"{path.name}: {'.'.join(str(part) for part in problem['loc']) or '(whole file)'}: {problem['msg']}"
                for problem in error.errors()
            ]
        ) from error
    unknown = sorted(set(found.languages) - {code for code, _name in settings.LANGUAGES})
    if unknown:
        raise UnableToLoad([f"{path.name}: languages: {', '.join(unknown)} is not a language of the portal"])
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
def load(files: Iterable[schema.ProgrammeFile], *, at: datetime, check: bool = False) -> list[str]:
    """Load checked files and return what changed, one line each; with `check` nothing is kept.

    Raises UnableToLoad, and then keeps nothing either.
    """
    changes: list[str] = []
    problems: list[str] = []
    for found in files:
        loading = _Loading(found, at)
        loading.run()
        changes += loading.changes
        problems += loading.problems
    if problems:
        raise UnableToLoad(problems)
    if check:
        transaction.set_rollback(True)
    return changes


def plain(value: Any) -> Any:
    """A checked value as JSON: figures as plain text, days as YYYY-MM-DD, what was left out left out."""
    if isinstance(value, BaseModel):
        return {name: plain(part) for name, part in value if part is not None}
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, Decimal):
        return schema.amount(value)
    if isinstance(value, bool | int | str) or value is None:
        return value
    return value.isoformat()


def document(found: schema.ProgrammeFile, version: schema.Version) -> dict[str, Any]:
    """What a version keeps: complete `eligibility` rules (eligibility.rules.RuleSet) and `terms` by instrument."""
    rules = version.eligibility
    kinds = {instrument.slug: instrument for instrument in found.instruments}
    return {
        "eligibility": {
            **plain(rules),
            "country": found.country,
            "currency": found.currency,
            "euro_rate": schema.amount(rules.euro_rate.rate),
            "euro_rate_source": plain(rules.euro_rate),
            "places": sorted(code for region in found.regions for code in region.local_authorities),
            "strands": [
                {**plain(strand), "gives_grant": kinds[strand.instrument].gives_grant} for strand in rules.strands
            ],
        },
        "terms": plain(version.terms),
    }


@dataclass
class _Loading:
    """One programme on its way into the database."""

    found: schema.ProgrammeFile
    at: datetime
    changes: list[str] = field(default_factory=list)
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
                "prefix", "name", "short_name", "summary", "position", "country", "currency", "time_zone", "languages",
                "colour", "contact_email", "partners", "budget", "funnel", "promise_days", "next_places",
            )
        }  # fmt: skip
        values["status"] = found.status.upper()
        programme = Programme.objects.filter(slug=found.slug).first() or Programme(slug=found.slug)
        taken = Programme.objects.exclude(pk=programme.pk).filter(prefix=found.prefix).first()
        if taken:
            self.problems.append(f"{found.slug}: prefix: {found.prefix} is used by {taken.slug}")
            return taken
        self._save(programme, values, found.slug)
        return programme

    def _save(self, row: models.Model, values: dict[str, Any], label: str) -> None:
        """Set what differs and save, with a line on each field; an unchanged row is not touched."""
        if row.pk is None:
            self.changes.append(f"+ {label}")
            changed = list(values)
        else:
            changed = [name for name, value in values.items() if getattr(row, name) != value]
            self.changes += [f"~ {label}: {name}: {getattr(row, name)!r} -> {values[name]!r}" for name in changed]
        for name in changed:
            setattr(row, name, values[name])
        if changed:
            row.save()

    def _versions(self, programme: Programme) -> None:
        loaded = {version.number: version for version in programme.versions.all()}
        for version in self.found.versions:
            content = document(self.found, version)
            sha256 = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
            before = loaded.pop(version.number, None)
            label = f"{self.found.slug} version {version.number}"
            if before is None:
                self.changes.append(f"+ {label}")
                ProgrammeVersion.objects.create(
                    programme=programme, number=version.number, valid_from=version.valid_from, document=content,
                    sha256=sha256, loaded_at=self.at,
                )  # fmt: skip
            elif (before.sha256, before.valid_from) != (sha256, version.valid_from):
                self.problems.append(
                    f"{label}: is published with other content ({_difference(before.document, content)}). "
                    "Give the changed rules a new number and a new valid_from"
                )
        self._gone(f"{self.found.slug} version", loaded)

    def _gone(self, label: str, rows: dict[str, Any]) -> None:
        self.problems += [f"{label} {name}: is loaded and may not be taken out of the file" for name in rows]

    def _regions(self, programme: Programme) -> None:
        loaded = {region.slug: region for region in programme.regions.all()}
        for position, region in enumerate(self.found.regions):
            values = {"name": region.name, "local_authorities": sorted(region.local_authorities), "position": position}
            row = loaded.pop(region.slug, None) or Region(programme=programme, slug=region.slug)
            self._save(row, values, f"{self.found.slug} region {region.slug}")
        self._gone(f"{self.found.slug} region", loaded)

    def _instruments(self, programme: Programme) -> dict[str, Instrument]:
        loaded = {instrument.slug: instrument for instrument in programme.instruments.all()}
        rows = {}
        for position, instrument in enumerate(self.found.instruments):
            values = {**plain(instrument), "position": position}
            del values["slug"]
            row = loaded.pop(instrument.slug, None) or Instrument(programme=programme, slug=instrument.slug)
            if row.pk is not None:
                del values["example_terms"]
            self._save(row, values, f"{self.found.slug} instrument {instrument.slug}")
            rows[instrument.slug] = row
        self._gone(f"{self.found.slug} instrument", loaded)
        return rows

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
            if row is not None:
                changed = [name for name, value in frozen.items() if getattr(row, name) != value]
                self.problems += [
                    f"{label}: {name} is published and may not change: open a new call" for name in changed
                ]
            values = {
                "name": call.name,
                "closes_at": call.closes.replace(tzinfo=zone),
                "budget": call.budget.quantize(Decimal("0.01")),
                "promise_days": call.promise_days,
            }
            if row is None:
                row, values = Call(instrument=instrument, slug=call.slug), values | frozen
            self._save(row, values, label)

    def _texts(self, programme: Programme) -> None:
        loaded = set(programme.texts.values_list("key", "language"))
        for key, words in self.found.texts.items():
            for language, body in words.items():
                if (key, language) not in loaded:
                    self._save(
                        Text(programme=programme), {"key": key, "language": language, "body": body},
                        f"{self.found.slug} text {key} ({language})",
                    )  # fmt: skip


def _difference(before: Any, after: Any, path: str = "") -> str:
    """Path of the first place where two documents differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                return _difference(before.get(name), after.get(name), f"{path}.{name}" if path else name)
    return path or "valid_from"

"""What managers change of a programme: words, windows, budgets, promises, confirmed terms.

Each takes the programme's row (a call's changes its own row too), refuses what somebody else has changed since the page
was opened, and leaves an entry with the reason in the programme's history; pghistory keeps the fields before and after.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from portal.models import Event
from portal.money import money_text
from programmes import loading
from programmes.models import Call, Instrument, Programme, Text
from programmes.schema import ProgrammeFile

ANY_TIME = ("name", "closes_at", "budget", "budget_lines", "promise_days", "approval_bands", "accept_days")
BEFORE_APPLICATIONS = ("needs_outline", "reviews_needed", "is_blind", "partner_terms", "claim_terms", "appeal_days")
"""What an applicant goes through: it stays as it is once somebody has begun to apply."""
BEFORE_PUBLISHING = ("opens_at", "terms", "criteria")
CALL_FIELDS = (*ANY_TIME, *BEFORE_APPLICATIONS, *BEFORE_PUBLISHING)
PROMISES = ("lead", "application", "diagnostic", "decision")


class UnableToChange(Exception):
    """The change is refused; the message tells the manager why, `field` names what it is about."""

    def __init__(self, message: str, field: str | None = None):
        self.field = field
        super().__init__(message)


class ChangedMeanwhile(UnableToChange):
    """Somebody else has changed the same thing since the page was opened; `fields` names what."""

    def __init__(self, fields: list[str]):
        self.fields = fields
        super().__init__(_("Somebody else has changed this since you opened the page. Nothing was saved yet."))


def fingerprint(value: Any) -> str:
    """Short mark of what a page showed, to be sent back with the change."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plain_text(body: str) -> str:
    """Words as they are kept: a browser's line ends are no change."""
    return "\n".join(line.rstrip() for line in body.replace("\r\n", "\n").split("\n")).strip()


def shown(row: Call | Programme, fields: Iterable[str] = ()) -> str:
    """The mark of these `fields` of a call, or of a programme's promises, as a page showed them."""
    if isinstance(row, Call):
        return fingerprint({name: _figure(getattr(row, name)) for name in sorted(fields)})
    return fingerprint(row.promise_days)


def _figure(value: Any) -> Any:
    if isinstance(value, dict | list | bool):
        return value
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _lock(programme: Programme) -> Programme:
    return Programme.objects.select_for_update().get(pk=programme.pk)


# --- Words --------------------------------------------------------------------------------------
@transaction.atomic(durable=True)
def save_text(
    *,
    programme: Programme,
    key: str,
    bodies: Mapping[str, str],
    seen: Mapping[str, str],
    defaults: Mapping[str, str],
    by: AbstractBaseUser,
    at: datetime,
) -> list[str]:
    """Keep the words of `key`, by language, and return the languages in which they changed.

    `defaults` are the programme file's words, used where there are no own ones: writing them, or nothing, takes a
    manager's words away. `seen` holds the fingerprint of what the page showed in each language. A language that was
    sent back as it was shown keeps what somebody else has made of it since; one that both have changed raises
    ChangedMeanwhile.
    """
    locked = _lock(programme)
    rows = {row.language: row for row in locked.texts.filter(key=key)}
    changes: dict[str, str] = {}
    lost = []
    for language, body in bodies.items():
        default = plain_text(defaults.get(language, ""))
        stored = (plain_text(rows[language].body) if language in rows else "") or default
        wanted = plain_text(body) or default
        if fingerprint(plain_text(body)) == seen.get(language) or wanted == stored:
            continue
        if fingerprint(stored) != seen.get(language):
            lost.append(language)
        changes[language] = "" if wanted == default else wanted
    if lost:
        raise ChangedMeanwhile(lost)
    for language, body in changes.items():
        row = rows.get(language) or Text(programme=locked, key=key, language=language)
        row.body = body
        row.save()
    if changes:
        data = {"key": key, "languages": list(changes)}
        Event.objects.record(locked, kind="programme.text_changed", by=by, at=at, data=data, staff_only=True)
    return list(changes)


# --- Calls --------------------------------------------------------------------------------------
@transaction.atomic(durable=True)
def change_call(
    *,
    call: Call,
    values: Mapping[str, Any],
    seen: str,
    reason: str,
    committed_to: Callable[[Call], Decimal],
    has_begun: Callable[[Call], bool],
    by: AbstractBaseUser,
    at: datetime,
) -> bool:
    """Give a call other `values`, by the names of CALL_FIELDS; whether anything changed.

    `committed_to` adds up what the locked call owes already: the budget never falls below it. `has_begun` says whether
    anybody has begun to apply. The window may be made longer, and shorter only to a moment that is still to come.
    Raises UnableToChange.
    """
    locked = Call.objects.select_for_update().get(pk=call.pk)
    before = {field: getattr(locked, field) for field in values}
    changed = [field for field in values if before[field] != values[field]]
    if not changed:
        return False
    if shown(locked, values) != seen:
        raise ChangedMeanwhile(changed)
    _must_be_open_to_change(locked, changed, has_begun)
    for field in changed:
        setattr(locked, field, values[field])
    if "closes_at" in changed and locked.closes_at <= max(at, locked.opens_at):
        raise UnableToChange(_("Choose a closing time that is still to come, after the call opens."), "closes_on")
    owed = committed_to(locked)
    if locked.budget < owed:
        raise UnableToChange(
            _("Firms hold offers of %(owed)s from this call. Enter that or more.")
            % {"owed": money_text(owed, locked.currency)},
            "budget",
        )
    locked.save(update_fields=changed)
    changes = {field: [_figure(before[field]), _figure(values[field])] for field in changed}
    _record(locked, "programme.call_changed", reason, by, at, changes=changes)
    return True


def _must_be_open_to_change(locked: Call, changed: Iterable[str], has_begun: Callable[[Call], bool]) -> None:
    if locked.is_draft:
        return
    if any(field in BEFORE_PUBLISHING for field in changed):
        raise UnableToChange(_("The call is published: its opening, terms and criteria stay as they are. Copy it."))
    if any(field in BEFORE_APPLICATIONS for field in changed) and has_begun(locked):
        raise UnableToChange(_("Firms have begun to apply: this stays as it is. Copy the call for the next round."))


@transaction.atomic(durable=True)
def copy_call(
    *, call: Call, name: str, opens_at: datetime, closes_at: datetime, by: AbstractBaseUser, at: datetime
) -> Call:
    """A draft with everything that `call` has but its name and window. The same again gives the same draft.

    Raises UnableToChange when another call has the name.
    """
    programme = _lock(call.instrument.programme)
    slug = slugify(name)[:50].strip("-")
    other = Call.objects.filter(instrument__programme=programme, slug=slug).first()
    if other and other.is_draft and other.copied_from_id == call.pk and other.name == name:
        return other
    if other or not slug:
        raise UnableToChange(_("Give it a name that no other call of the programme has, with letters in it."), "name")
    if closes_at <= opens_at:
        raise UnableToChange(_("The call must close after it opens."), "closes_on")
    copied = {field: getattr(call, field) for field in CALL_FIELDS if field not in {"name", "opens_at", "closes_at"}}
    draft = Call.objects.create(
        instrument=call.instrument, slug=slug, name=name, opens_at=opens_at, closes_at=closes_at,
        currency=call.currency, is_draft=True, copied_from=call, **copied,
    )  # fmt: skip
    start = f"call.{call.slug}."
    for text in programme.texts.filter(key__startswith=start).exclude(key=f"{start}name"):
        key = f"call.{slug}.{text.key.removeprefix(start)}"
        Text.objects.get_or_create(programme=programme, key=key, language=text.language, defaults={"body": text.body})
    _record(draft, "programme.call_copied", "", by, at, of=call.name)
    return draft


@transaction.atomic(durable=True)
def publish_call(*, call: Call, by: AbstractBaseUser, at: datetime) -> bool:
    """Let firms see it; whether it was a draft until now. Raises UnableToChange when its window is over."""
    locked = Call.objects.select_for_update().get(pk=call.pk)
    if not locked.is_draft:
        return False
    if locked.closes_at <= at:
        raise UnableToChange(_("Its closing time is over. Change the window first."))
    if not locked.budget:
        raise UnableToChange(_("It has no money yet. Enter its budget first."))
    locked.is_draft = False
    locked.save(update_fields=["is_draft"])
    _record(locked, "programme.call_published", "", by, at)
    return True


def _record(call: Call, kind: str, reason: str, by: AbstractBaseUser, at: datetime, **more: Any) -> None:
    programme = Programme.objects.get(instruments__calls=call)
    data = {"call": call.name, "pk": call.pk, "currency": call.currency, **more}
    Event.objects.record(programme, kind=kind, by=by, at=at, note=reason, data=data, staff_only=True)


@transaction.atomic(durable=True)
def change_promises(
    *, programme: Programme, days: Mapping[str, int], seen: str, reason: str, by: AbstractBaseUser, at: datetime
) -> bool:
    """Change the working days promised at each stage; whether anything changed. Raises ChangedMeanwhile."""
    locked = _lock(programme)
    before = {stage: locked.promise_days.get(stage) for stage in days}
    changes = {stage: [str(before[stage] or ""), str(value)] for stage, value in days.items() if before[stage] != value}
    if not changes:
        return False
    if shown(locked) != seen:
        raise ChangedMeanwhile(list(changes))
    locked.promise_days = {**locked.promise_days, **days}
    locked.save(update_fields=["promise_days"])
    data = {"changes": changes}
    Event.objects.record(
        locked, kind="programme.promises_changed", by=by, at=at, note=reason, data=data, staff_only=True
    )
    return True


@transaction.atomic(durable=True)
def confirm_terms(
    *, programme: Programme, confirmed: Mapping[str, bool], reason: str, by: AbstractBaseUser, at: datetime
) -> list[Instrument]:
    """Say for instruments, by slug, whether their terms are confirmed or only examples; returns those that changed."""
    locked = _lock(programme)
    changed = [
        row
        for row in locked.instruments.filter(slug__in=confirmed).order_by("position")
        if row.example_terms == confirmed[row.slug]
    ]
    for row in changed:
        row.example_terms = not confirmed[row.slug]
        row.save(update_fields=["example_terms"])
        kind = "programme.terms_confirmed" if confirmed[row.slug] else "programme.terms_doubted"
        data = {"instrument": row.slug, "name": row.name}
        Event.objects.record(locked, kind=kind, by=by, at=at, note=reason, data=data, staff_only=True)
    return changed


# --- Rules from a file ----------------------------------------------------------------------------
@transaction.atomic(durable=True)
def check_file(
    *, programme: Programme, found: ProgrammeFile, committed_to: Callable[[Call], Decimal], at: datetime
) -> list[loading.Change]:
    """What `load_file` would change; nothing is kept. Raises loading.UnableToLoad."""
    changes = _apply(programme, found, committed_to, at)
    transaction.set_rollback(True)
    return changes


@transaction.atomic(durable=True)
def load_file(
    *,
    programme: Programme,
    found: ProgrammeFile,
    name: str,
    sha256: str,
    seen: str,
    in_words: Sequence[str],
    committed_to: Callable[[Call], Decimal],
    by: AbstractBaseUser,
    at: datetime,
) -> list[loading.Change]:
    """Load a checked file into the programme of its slug and return what changed.

    `seen` is the fingerprint of the changes that the manager has read: when the file would change something else by
    now, nothing is loaded (ChangedMeanwhile). `in_words` are those changes as the history tells them. Raises
    loading.UnableToLoad too.
    """
    changes = _apply(programme, found, committed_to, at)
    if changes and changes_mark(changes) != seen:
        raise ChangedMeanwhile([])
    if changes:
        data = {"file": name, "sha256": sha256, "lines": [_cut(line) for line in in_words[:MOST_LINES]]}
        Event.objects.record(programme, kind="programme.file_loaded", by=by, at=at, data=data, staff_only=True)
    return changes


def _apply(
    programme: Programme, found: ProgrammeFile, committed_to: Callable[[Call], Decimal], at: datetime
) -> list[loading.Change]:
    if found.slug != programme.slug:
        raise loading.UnableToLoad([_("This file is of another programme (slug %(slug)s).") % {"slug": found.slug}])
    _lock(programme)
    calls = Call.objects.filter(instrument__programme=programme).order_by("pk")
    list(calls.select_for_update(of=("self",)))
    changes = loading.apply([found], at=at)
    owed = {call: committed_to(call) for call in calls.all() if any(_is_budget(change, call) for change in changes)}
    problems = [
        _("The budget of %(call)s would be less than the offers that firms hold: %(owed)s.")
        % {"call": call.name, "owed": money_text(amount, call.currency)}
        for call, amount in owed.items()
        if call.budget < amount
    ]
    if problems:
        raise loading.UnableToLoad(problems)
    return changes


def _is_budget(change: loading.Change, call: Call) -> bool:
    return change.field == "budget" and change.label.endswith(f" call {call.slug}")


MOST_LINES = 50
LONGEST_LINE = 300


def loaded_by_managers() -> set[str]:
    """Slugs of the programmes whose managers have loaded a file of theirs: the portal's own is out of date."""
    rows = Event.objects.filter(kind="programme.file_loaded", reference="").order_by()
    return set(rows.values_list("programme", flat=True).distinct())


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …"


def changes_mark(changes: Sequence[str]) -> str:
    return fingerprint("\n".join(changes))

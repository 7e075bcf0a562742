"""Draw every workflow from its own tables, so that the pictures cannot differ from the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from portal.workflow import Turn, Workflow

FOLDER = "docs/states"


def workflows() -> list[type[Workflow]]:
    return sorted(
        (model for model in apps.get_models() if issubclass(model, Workflow)), key=lambda model: model._meta.label_lower
    )


def page(model: type[Workflow]) -> str:
    """The Mermaid diagram of one model's moves, and a table of its statuses."""
    field: Any = model._meta.get_field("status")
    staff_labels = dict(field.flatchoices)
    statuses = list(staff_labels)
    lines = [
        f"# {model._meta.object_name}",
        "",
        f"The moves of `{model._meta.label}`, drawn by `bin/manage state_diagrams` from the table beside its fields.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {field.default}",
        *(f"    {status} --> {after}" for status in statuses for after in statuses if after in model.MOVES[status]),
        *(f"    {status} --> [*]" for status in statuses if not model.MOVES[status]),
        "```",
        "",
        "| status | for staff | for the firm | whose turn |",
        "|---|---|---|---|",
        *(
            f"| `{status}` | {label} | {model.PUBLIC_LABELS[status]} | {Turn(model.TURN[status]).label} |"
            for status, label in staff_labels.items()
        ),
    ]
    return "\n".join(lines) + "\n"


class Command(BaseCommand):
    help = "Write docs/states/*.md from the workflows' tables; with --check only say which are out of date."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing, fail when a page is out of date")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / FOLDER
        with translation.override(settings.LANGUAGE_CODE):
            pages = {f"{model._meta.model_name}.md": page(model) for model in workflows()}
        there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
        stale = sorted(name for name in pages.keys() | there.keys() if pages.get(name) != there.get(name))
        if check:
            if stale:
                raise CommandError(f"Out of date in {FOLDER}: {', '.join(stale)}. Run bin/manage state_diagrams.")
            return
        folder.mkdir(parents=True, exist_ok=True)
        for name in stale:
            if name in pages:
                (folder / name).write_text(pages[name], encoding="utf-8")
            else:
                (folder / name).unlink()
        self.stdout.write(f"{len(pages)} diagrams, {len(stale)} written anew")

"""Publishes every questionnaire in diagnostics/data and records its waivers; doing it again changes nothing."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from diagnostics import loading

IN_ORDER = ("industry-4.yaml", "industry-4-first-look.yaml")
"""A questionnaire comes before those that take their questions from it."""


class Command(BaseCommand):
    help = "Checks and publishes the questionnaires in diagnostics/data (or in the files given)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        try:
            for path in files or [loading.DATA / name for name in IN_ORDER]:
                version, made = loading.load(document=loading.read(path), at=timezone.now())
                self.stdout.write(f"{version}: {'published' if made else 'already there'}")
            if not files:
                count = loading.load_waivers(at=timezone.now())
                self.stdout.write(f"waivers: {count} new")
        except loading.UnableToLoad as error:
            raise CommandError(str(error)) from error

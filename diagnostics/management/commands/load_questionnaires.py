"""Publishes every questionnaire in diagnostics/data; doing it again changes nothing."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from diagnostics import loading


class Command(BaseCommand):
    help = "Checks and publishes the questionnaires in diagnostics/data (or in the files given)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        for path in files or sorted(loading.DATA.glob("*.yaml")):
            try:
                version, made = loading.load(document=loading.read(path), at=timezone.now())
            except loading.UnableToLoad as error:
                raise CommandError(str(error)) from error
            self.stdout.write(f"{version}: {'published' if made else 'already there'}")

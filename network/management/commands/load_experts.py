"""Loads the register of experts in network/data; doing it again changes nothing."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from network import loading


class Command(BaseCommand):
    help = "Loads the register of experts in network/data (or in the files given); invented ones in demo mode only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        for path in files or sorted(loading.DATA.glob("*.yaml")):
            try:
                entries = [entry for entry in loading.read(path) if settings.DEMO or not entry.is_demo]
                added, changed = loading.load(entries)
            except loading.UnableToLoad as error:
                raise CommandError(str(error)) from error
            self.stdout.write(f"{path.name}: {added} added, {changed} changed, {len(entries)} in all")

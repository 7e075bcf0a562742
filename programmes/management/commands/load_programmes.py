"""`load_programmes [--check] [paths]`: programmes from YAML, all or nothing."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from programmes import loading


class Command(BaseCommand):
    help = "Load programmes from YAML files (by default all that come with the portal) and print what changed."

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="*", type=Path, help="files, or folders whose *.yaml are taken")
        parser.add_argument("--check", action="store_true", help="say what would change and keep nothing")

    def handle(self, *args, paths, check, **options):
        try:
            files = loading.read_all(_files(paths or [loading.FOLDER]))
            changes = loading.load(files, at=timezone.now(), check=check)
        except loading.UnableToLoad as error:
            raise CommandError("\n".join([*error.problems, "Nothing was loaded."])) from error
        for change in changes:
            self.stdout.write(change)
        if not changes:
            self.stdout.write("Nothing to change.")


def _files(paths):
    for path in paths:
        yield from sorted(path.glob("*.yaml")) if path.is_dir() else [path]

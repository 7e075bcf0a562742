"""`load_programmes [--check] [paths]`: programmes from YAML, all or nothing."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from programmes import actions, loading


class Command(BaseCommand):
    help = "Load programmes from YAML files (by default the portal's own) and print what changed."

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="*", type=Path, help="files, or folders whose *.yaml are taken")
        parser.add_argument("--check", action="store_true", help="say what would change and keep nothing")

    def handle(self, *args, paths, check, **options):
        try:
            files = loading.read_all(_files(paths or [loading.FOLDER]))
            if not paths:
                files = self._without_the_managers_own(files)
            changes = loading.load(files, at=timezone.now(), check=check)
        except loading.UnableToLoad as error:
            raise CommandError("\n".join([*error.problems, "Nothing was loaded."])) from error
        for change in changes:
            self._tell(change)
        if not changes:
            self.stdout.write("Nothing to change.")

    def _without_the_managers_own(self, files):
        """A file that comes with the portal is older than the one that a manager has loaded since."""
        own = actions.loaded_by_managers()
        for found in files:
            if found.slug in own:
                self.stdout.write(f"= {found.slug}: kept, its managers load its file (name a file here to load it)")
        return [found for found in files if found.slug not in own]

    def _tell(self, change):
        """One line a change; of lists and of rules, one line for each place in them that differs."""
        inside = [] if change.before is None else list(loading.differences(change.before, change.after))
        if not change.field:
            self.stdout.write(change)
            for path, before, after in inside:
                self.stdout.write(f"    {path}: {before!r} -> {after!r}")
        elif inside and inside[0][0]:
            for path, before, after in inside:
                self.stdout.write(loading.Change(change.label, f"{change.field}{_joined(path)}", before, after))
        else:
            self.stdout.write(change)


def _joined(path):
    return path if path.startswith("[") else f".{path}"


def _files(paths):
    for path in paths:
        yield from sorted(path.glob("*.yaml")) if path.is_dir() else [path]

"""Makes a fresh or an older installation ready to serve, in one process because each costs seconds to start."""

import hashlib
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

SOURCES = ["scss"]


class Command(BaseCommand):
    help = "Migrates, loads programmes and questionnaires, collects static files, and in demo mode builds the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("Bringing the database up to date")
        call_command("migrate", interactive=False, verbosity=0)
        self._call("load_programmes", "Loading programmes")
        self._call("load_questionnaires", "Loading questionnaires")
        self._call("load_experts", "Loading the register of experts")
        if settings.DEMO:
            self._call("demo", "Building the demonstration: a minute the first time")
        collect_static()

    def _call(self, name: str, what: str) -> None:
        """By name, because they belong to apps above this one; what they report line by line is for a run by hand."""
        self.stdout.write(what)
        self.stdout.flush()
        call_command(name, stdout=StringIO())


def collect_static() -> None:
    """Collects when a file was added, changed or removed: hashing them all takes seconds."""
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    found = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(SOURCES):
            found.update(f"{path} {storage.size(path)} {storage.get_modified_time(path)}\n".encode())
    if stamp.exists() and stamp.read_text() == found.hexdigest():
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True, ignore_patterns=SOURCES)
    stamp.write_text(found.hexdigest())

"""Makes a fresh or an older installation ready to serve, in one process because each costs seconds to start."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

SOURCES = ["scss"]


class Command(BaseCommand):
    help = "Migrates, loads programmes and questionnaires, collects static files, and in demo mode builds the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        for name in ["load_programmes", "load_questionnaires", *(["demo"] if settings.DEMO else [])]:
            if name in get_commands():
                call_command(name)
        collect_static()


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

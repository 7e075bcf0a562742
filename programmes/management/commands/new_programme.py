"""`new_programme slug [--name NAME] [--to PATH]`: a commented file to start a programme from."""

import re
from datetime import timedelta
from pathlib import Path
from string import Template

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from programmes import loading
from programmes.models import Programme

STARTING_FILE = loading.FOLDER.parent / "starting_file.yaml"


class Command(BaseCommand):
    help = "Write a commented programme file that loads as it is, in preview."

    def add_arguments(self, parser):
        parser.add_argument("slug", help="the programme's address: lower-case letters, digits and single dashes")
        parser.add_argument("--name", help="the programme's name (made from the slug unless given)")
        parser.add_argument("--to", type=Path, help="the file to write (programmes/data/SLUG.yaml unless given)")

    def handle(self, *, slug, name, to, **options):
        path = to or loading.FOLDER / f"{slug}.yaml"
        path = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        name = " ".join((name or slug.replace("-", " ").capitalize()).split())
        today = timezone.localdate()
        if Programme.objects.filter(slug=slug).exists():
            raise CommandError(f"There is a programme {slug} already.")
        try:
            text = Template(STARTING_FILE.read_text(encoding="utf-8")).substitute(
                slug=slug, name=_quoted(name), short_name=_quoted(name[:60].strip()), prefix=_free_prefix(slug),
                path=path, today=today, later=today + timedelta(days=2 * 365),
            )  # fmt: skip
            loading.parse(path.name, text)
            with path.open("x", encoding="utf-8") as stream:
                stream.write(text)
        except loading.UnableToLoad as error:
            raise CommandError("\n".join(error.problems)) from error
        except FileExistsError as error:
            raise CommandError(f"{path} exists and is not overwritten.") from error
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{path} is written. Look at what it would do:")
        self.stdout.write(f"  bin/manage load_programmes --check {path}")


def _quoted(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _free_prefix(slug):
    """Initials of the slug's words, with a number where another programme has them."""
    initials = "".join(word[0] for word in re.findall(r"[a-z0-9]+", slug))[:6].upper()
    start = initials if re.fullmatch(r"[A-Z][A-Z0-9]+", initials) else f"P{initials}"[:6]
    taken = set(Programme.objects.values_list("prefix", flat=True))
    taken |= {found.prefix for found in loading.read_all(sorted(loading.FOLDER.glob("*.yaml")))}
    number, prefix = 2, start
    while prefix in taken:
        prefix, number = f"{start}{number}", number + 1
    return prefix

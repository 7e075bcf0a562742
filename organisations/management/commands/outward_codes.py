"""Which authorities each outward code lies in, from the postcode file of the Office for National Statistics."""

import csv
import re
from collections import defaultdict

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from organisations import places

# Names of the columns changed over the years; the authority's holds the year since 2025.
_POSTCODE = re.compile(r"pcds?")
_AUTHORITY = re.compile(r"oslaua|laua|lad\d\dcd")


class Command(BaseCommand):
    help = "Write PORTAL_STATE/outward_codes.csv from an ONS postcode file (ONSPD or NSPL). Restart afterwards."

    def add_arguments(self, parser):
        parser.add_argument("file", help="the CSV file of the whole country")

    def handle(self, *, file, **options):
        found = defaultdict(set)
        try:
            with open(file, encoding="utf-8-sig", newline="") as stream:
                rows = csv.DictReader(stream)
                postcode, authority = (self._column(rows.fieldnames or [], name) for name in (_POSTCODE, _AUTHORITY))
                for row in rows:
                    place = places.places().get(row[authority] or "")
                    # The last three characters are the inward code, however the file spaces them.
                    found[(row[postcode] or "").replace(" ", "")[:-3]].add(place.slug if place else places.ELSEWHERE)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        found.pop("", None)
        path = settings.STATE / "outward_codes.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream, lineterminator="\n")
            table.writerow(["country", "outward", "authorities"])
            table.writerows(["GB", code, " ".join(sorted(found[code]))] for code in sorted(found))
        self.stdout.write(f"{len(found)} outward codes in {path}")

    def _column(self, names, wanted):
        for name in names:
            if wanted.fullmatch(name.lower()):
                return name
        raise CommandError(f"The file has no column like {wanted.pattern}: it has {', '.join(names)}")

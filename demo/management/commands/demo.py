from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from accounts.models import User
from demo import bulk, people, world
from diagnostics import freezing
from programmes.models import Programme

SLUGS = ["made-smarter-north-west", "wales-industry-4"]


class Command(BaseCommand):
    help = "Build the demonstration (PORTAL_DEMO=1), or with --firms many more firms for load tests."

    def add_arguments(self, parser):
        parser.add_argument("--firms", type=int, default=0, help="generate this many more firms by bulk inserts")
        parser.add_argument("--seed", type=int, default=1, help="same seed, same firms")

    def handle(self, *, firms, seed, **options):
        if not settings.DEMO:
            raise CommandError("The demonstration is refused outside demo mode. Set PORTAL_DEMO=1 on a machine for it.")
        programmes = sorted(Programme.objects.filter(slug__in=SLUGS), key=lambda programme: SLUGS.index(programme.slug))
        if len(programmes) < len(SLUGS):
            raise CommandError("Load the programmes first: bin/manage load_programmes")
        with connection.cursor() as cursor:
            # Thousands of small commits that can be made again: none of them need wait for the disk.
            cursor.execute("SET synchronous_commit TO off")
        now = timezone.now()
        staff = people.make_people(programmes=programmes, at=now)
        if firms:
            adviser = User.objects.get(email=f"adviser@{people.DOMAIN}")
            made = bulk.generate(programmes=programmes, adviser=adviser, firms=firms, seed=seed, now=now)
        else:
            made = world.build(programmes=programmes, staff=staff, now=now, seed=seed)
            # bin/up prints this beside the address.
            (settings.STATE / "demo-logins.txt").write_text(people.logins())
        # What the quarter's task would do tomorrow: firms see their peers at once, as soon as there are enough of them.
        freezing.take_snapshots(at=timezone.now(), with_trials=settings.DEMO)
        self.stdout.write(f"Demonstration ready, {made} firms made.")

"""`check_invariants`: does every sum, limit and file still hold?"""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from funding.invariants import CHECKS, broken


class Command(BaseCommand):
    help = "Look for sums over their limit, sent applications without a receipt and lost files. Changes nothing."

    def handle(self, *args, **options):
        found = 0
        for line in broken(timezone.now()):
            found += 1
            self.stderr.write(line)
        if found:
            raise CommandError(f"{found} broken.")
        self.stdout.write(f"{len(CHECKS)} kinds of checks: all hold.")

"""Races of real threads on Postgres, over and over, each of which exactly one may win: bin/bench faults [COUNT]."""

import os
import sys
import time

os.environ["PORTAL_TESTING"] = "1"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test.utils import get_runner  # noqa: E402

from tests.funding.racing import RACES  # noqa: E402
from tests.parallel import REPETITIONS  # noqa: E402


def main(count=REPETITIONS):
    """Rows of its own in a database of its own, gone afterwards; the exit code is the number of races lost."""
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    lost = 0
    try:
        sys.stdout.write(f"{'race':48}{'times':>8}{'wrong':>8}{'ms each':>10}\n")
        for race in RACES:
            began = time.perf_counter()
            wrong = sum(not race() for _ in range(count))
            spent = (time.perf_counter() - began) * 1000 / count
            lost += bool(wrong)
            sys.stdout.write(f"{race.__name__.replace('_', ' '):48}{count:>8}{wrong:>8}{spent:>10.0f}\n")
            sys.stdout.flush()
    finally:
        runner.teardown_databases(databases)
    return lost


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))

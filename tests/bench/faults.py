"""Races of real threads on Postgres, over and over, each of which exactly one may win, and workers killed while they
make plans: bin/bench faults [COUNT [PLANS [KILLS]]]; a COUNT of 0 leaves the races out."""

import os
import sys
import tempfile
import time

os.environ["PORTAL_TESTING"] = "1"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test.utils import get_runner, override_settings  # noqa: E402

from tests.documents.killing import killed, ordered, wrong_plans  # noqa: E402
from tests.funding.closing import sends_over_the_closing  # noqa: E402
from tests.funding.racing import RACES  # noqa: E402
from tests.parallel import REPETITIONS  # noqa: E402


def main(count=REPETITIONS, plans=200, kills=20):
    """Rows of its own in a database of its own, gone afterwards; the exit code is the number of races lost."""
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    lost = 0
    try:
        sys.stdout.write(f"{'race':48}{'times':>8}{'wrong':>8}{'ms each':>10}\n")
        for race in RACES:
            began = time.perf_counter()
            wrong = sum(not race() for _ in range(count))
            spent = (time.perf_counter() - began) * 1000 / max(count, 1)
            lost += bool(wrong)
            sys.stdout.write(f"{race.__name__.replace('_', ' '):48}{count:>8}{wrong:>8}{spent:>10.0f}\n")
            sys.stdout.flush()
        lost += not a_call_closes_to_the_second(count)
        lost += not plans_outlive_their_workers(plans, kills)
    finally:
        runner.teardown_databases(databases)
    return lost


def a_call_closes_to_the_second(count):
    """Whether of `count` sends around the closing of a call those in time were taken, and the late ones kept."""
    began = time.perf_counter()
    sends = sends_over_the_closing(count)
    spent = (time.perf_counter() - began) * 1000 / max(count, 1)
    wrong = sum(not send.is_right for send in sends)
    taken = sum(send.is_sent for send in sends)
    sys.stdout.write(f"{f'sends over a closing, {taken} in time':48}{count:>8}{wrong:>8}{spent:>10.0f}\n")
    return not wrong


def plans_outlive_their_workers(plans, kills):
    """Whether every plan ends with one good PDF although its workers are killed outright again and again."""
    with tempfile.TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder):
        batch = ordered(plans)
        began = time.perf_counter()
        done = killed(batch, kills)
        spent, wrong = time.perf_counter() - began, wrong_plans(batch)
    sys.stdout.write(
        f"{f'plans, workers killed {done} times':48}{plans:>8}{len(wrong):>8}{spent * 1000 / plans:>10.0f}\n"
    )
    sys.stdout.writelines(f"  {line}\n" for line in wrong)
    return done == kills and not wrong


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))

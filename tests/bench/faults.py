"""Races of real threads on Postgres, over and over, each of which exactly one may win, and workers killed while they
make plans: bin/bench faults [COUNT [PLANS [KILLS]]]. A COUNT of 0 leaves the races out, PLANS of 0 the workers. What
must hold at any moment (`check_invariants`) is looked at after the races."""

import os
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from functools import partial

os.environ["PORTAL_TESTING"] = "1"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import get_runner, override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from funding.invariants import CHECKS, broken  # noqa: E402
from tests.documents.killing import killed, ordered, wrong_plans  # noqa: E402
from tests.funding.closing import one_of_many_clicks, sends_over_the_closing  # noqa: E402
from tests.funding.racing import RACES, last_of_a_call  # noqa: E402
from tests.parallel import REPETITIONS  # noqa: E402
from tests.run import migrated_template  # noqa: E402

SHARE = 10
"""The other races are run once for so many about the last money of a call."""


def main(count=REPETITIONS, plans=200, kills=20):
    """Rows of its own in a database of its own, gone afterwards; the exit code is how many lines are wrong."""
    connection.settings_dict["TEST"] |= {"TEMPLATE": migrated_template(os.environ), "NAME": "bench_faults"}
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        with tempfile.TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder):
            lost = sum(not passed for passed in _lines(count, plans, kills))
    finally:
        runner.teardown_databases(databases)
    return lost


def _lines(count, plans, kills):
    """Whether each line came out right, as it is printed."""
    few, twenty = -(-count // SHARE), count // 4
    _print("what", "times", "wrong", "ms each", "winners of each time")
    yield one_wins("two approvers, last of a call's money", partial(last_of_a_call, 2), count - twenty)
    yield one_wins("twenty approvers, last of a call's money", partial(last_of_a_call, 20), twenty)
    for race in RACES:
        yield one_wins(race.__name__.replace("_", " "), race, few)
    yield one_wins("ten identical sends", one_of_many_clicks, few)
    yield a_call_closes_to_the_second(count)
    # Before the plans: their batch begins with documents that were never made, on purpose.
    yield everything_holds()
    yield plans_outlive_their_workers(plans, kills)


def _print(what, times, wrong, spent, more=""):
    spent = spent if isinstance(spent, str) else f"{spent:.0f}"
    sys.stdout.write(f"{what:48}{times:>8}{wrong:>8}{spent:>10}  {more}\n")
    sys.stdout.flush()


def one_wins(what, race, count):
    """Whether exactly one won each of `count` times; prints how many won how often."""
    began = time.perf_counter()
    outcomes = [race() for _ in range(count)]
    spent = (time.perf_counter() - began) * 1000 / max(count, 1)
    wrong = sum(outcome != (1, True) for outcome in outcomes)
    winners = Counter(won for won, _right in outcomes)
    _print(what, count, wrong, spent, ", ".join(f"{won} in {times}" for won, times in sorted(winners.items())))
    return not wrong


def a_call_closes_to_the_second(count):
    """Whether of `count` sends over the second in which a call closes those received in time were taken, no others."""
    began = time.perf_counter()
    sends = sends_over_the_closing(count) if count else []
    spent = (time.perf_counter() - began) * 1000 / max(count, 1)
    wrong = sum(not send.is_right for send in sends)
    in_time, taken = (sum(found) for found in ([s.received < s.closed_at for s in sends], [s.is_sent for s in sends]))
    _print("sends over the closing second", count, wrong, spent, f"{in_time} received in time, {taken} taken")
    return not wrong


def everything_holds():
    """Whether every sum, limit and file is as `check_invariants` wants it; a file counts as stray at once here."""
    began = time.perf_counter()
    found = list(broken(timezone.now() + timedelta(days=2)))
    _print("kinds of checks of what must hold", len(CHECKS), len(found), (time.perf_counter() - began) * 1000)
    sys.stdout.writelines(f"  {line}\n" for line in found)
    return not found


def plans_outlive_their_workers(plans, kills):
    """Whether every plan ends with one good PDF although its workers are killed outright again and again."""
    if not plans:
        return True
    batch = ordered(plans)
    began = time.perf_counter()
    done = killed(batch, kills)
    spent, wrong = time.perf_counter() - began, wrong_plans(batch)
    _print(f"plans, workers killed {done} times", plans, len(wrong), spent * 1000 / plans)
    sys.stdout.writelines(f"  {line}\n" for line in wrong)
    return done == kills and not wrong


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))

"""All plans of a programme in one go on real workers: bin/bench batch [PLANS].

Two processes of the batch queue, started as bin/up starts them, make the plans, while this process asks for pages as a
web server would. Prints the time in all, the memory of each worker at most and the pages' time meanwhile.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["PORTAL_TESTING"] = "1"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import get_runner, override_settings  # noqa: E402

from diagnostics.models import PlanBatch  # noqa: E402
from tests.documents.killing import counts, ordered, start_worker, stop_worker, wrong_plans  # noqa: E402

LIMIT_MB = 400
PAGES = ("/", "/casework/plans/batches/", "BATCH")


def memory_of(leader):
    """Resident megabytes of each process of the worker's group, by its number."""
    shown = subprocess.run(["ps", "-o", "pid=,rss=", "-g", str(leader)], capture_output=True, text=True, check=False)
    return {int(pid): int(kb) / 1024 for pid, kb in (line.split() for line in shown.stdout.splitlines())}


def watched(batch, worker):
    """Until nothing is left: the time of each page asked for meanwhile in ms, and the most memory of any process."""
    client, times, most = Client(SERVER_NAME="localhost"), [], {}
    client.force_login(batch.made_by)
    while counts(batch).left:
        for path in PAGES:
            began = time.perf_counter()
            answer = client.get(f"/casework/plans/batches/{batch.pk}/" if path == "BATCH" else path)
            times.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, path
        for pid, size in memory_of(worker.pid).items():
            most[pid] = max(most.get(pid, 0), size)
        time.sleep(0.5)
    return times, most


def main(plans=700):
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    settings.STAFF_MFA_REQUIRED = False
    try:
        with tempfile.TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder):
            batch = ordered(plans)
            worker = start_worker(nice=15)
            began = time.perf_counter()
            try:
                times, most = watched(PlanBatch.objects.select_related("made_by").get(pk=batch.pk), worker)
            finally:
                stop_worker(worker)
            spent, wrong = time.perf_counter() - began, wrong_plans(batch)
    finally:
        runner.teardown_databases(databases)
    for name, value in [
        ("plans", plans),
        ("wrong", len(wrong)),
        ("seconds in all", spent),
        ("plans a minute", plans * 60 / spent),
        ("processes of the worker", len(most)),
        ("memory of one at most, MB", max(most.values())),
        ("pages asked for", len(times)),
        ("page, median ms", statistics.median(times)),
        ("page, 95 of 100 ms", statistics.quantiles(times, n=20)[-1]),
    ]:
        sys.stdout.write(f"{name:28}{value:10.0f}\n")
    return not wrong and max(most.values()) < LIMIT_MB


if __name__ == "__main__":
    if not main(*(int(argument) for argument in sys.argv[1:])):
        sys.exit(f"Every plan should be good, and each process below {LIMIT_MB} MB")

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What the test run itself set; a person's shell has none of it.
OURS = ("DATABASE_URL", "REDIS_URL", "PORTAL_TESTING", "PORTAL_URL", "PYTEST_XDIST_WORKER", "DJANGO_ALLOW_ASYNC_UNSAFE")


def pytest_collection_modifyitems(items):
    """The slow ones first, so that no process is left waiting for one of them at the end."""
    items.sort(key=lambda item: not (item.get_closest_marker("setup") or item.get_closest_marker("journey")))


@pytest.fixture
def folder():
    """A folder everybody can look into, unlike pytest's own."""
    made = Path(tempfile.mkdtemp(prefix="portal-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def environ():
    """A function from a state folder to the environment of a shell that uses it; cleans up what is kept elsewhere."""
    states = []

    def make(state, **more):
        states.append(Path(state))
        plain = {key: value for key, value in os.environ.items() if key not in OURS}
        return {**plain, "PORTAL_STATE": str(state), "PORTAL_DEMO": "0", **more}

    yield make
    for state in states:
        for pointer in (state / "postgres.path", state / "sockets.path"):
            if pointer.exists():
                shutil.rmtree(pointer.read_text().strip(), ignore_errors=True)


@pytest.fixture
def embedded():
    """Starts `python -m portal.embedded run` on a command, in the background."""
    started = []

    def start(environ, *command):
        process = subprocess.Popen(
            [sys.executable, "-m", "portal.embedded", "run", "--mode", "test", "--", *command],
            cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate()

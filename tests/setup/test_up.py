"""`bin/up` as a person uses it: real processes, real signals. One flow, because each start costs seconds."""

import http.client
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psycopg2
import pytest

from portal import embedded
from portal.supervisor import Child, started_at, stop_leftovers

pytestmark = [pytest.mark.setup, pytest.mark.xdist_group("setup")]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 300  # only what hangs is given up: both copies migrate at once, beside other tests


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Portal:
    """One `bin/up` with its own state and port."""

    def __init__(self, environ, state):
        self.state = state
        self.port = free_port()
        self.environ = environ(state, PORT=str(self.port))
        self.process = None

    def start(self):
        with (self.state.parent / "up.log").open("a") as log:
            self.process = subprocess.Popen([ROOT / "bin" / "up"], env=self.environ, stdout=log, stderr=log)

    @property
    def log(self):
        return (self.state.parent / "up.log").read_text()

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path, headers={"Host": f"localhost:{self.port}"})
            return connection.getresponse().status
        finally:
            connection.close()

    def wait_until_ready(self, gone=()):
        """Until the page answers, and none of the processes `gone` is on the record any more."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up and self.process.poll() is None:
            try:
                if not set(gone) & set(self.children().values()) and self.get("/readyz") == 200:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        pytest.fail(self.log)

    def children(self):
        return {child["name"]: child["pid"] for child in json.loads((self.state / "up.json").read_text())["children"]}

    def sql(self, statement):
        sockets = (self.state / "sockets.path").read_text().strip()
        connection = psycopg2.connect(host=sockets, user="portal", dbname="portal")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else None
        connection.close()
        return rows

    def stop(self):
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0
        return time.monotonic() - began

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_SECONDS)
        stop_leftovers(self.state / "up.json")  # where the test failed between a kill and the next start


@pytest.fixture
def portals(folder, environ):
    private = folder / "private"
    private.mkdir(mode=0o700)
    plain = folder / "plain"
    plain.mkdir()
    made = [Portal(environ, private / "state"), Portal(environ, plain / "state")]
    yield made
    for portal in made:
        portal.end()


def test_two_copies_stop_in_time_keep_their_data_and_survive_a_kill(portals):
    first, second = portals
    first.start()
    second.start()
    first.wait_until_ready()
    second.wait_until_ready()
    first.sql("CREATE TABLE kept AS SELECT 42 AS answer")
    assert second.sql("SELECT to_regclass('kept')") == [(None,)]

    # The same state twice is refused in words.
    again = subprocess.run([ROOT / "bin" / "up"], env=second.environ, capture_output=True, text=True, timeout=60)
    assert again.returncode == 1
    assert "already runs" in again.stdout

    # A child that dies is started again.
    before = second.children()
    os.kill(before["web"], signal.SIGKILL)
    second.wait_until_ready(gone=[before["web"]])
    after = second.children()
    assert after["web"] != before["web"]
    assert after["worker"] == before["worker"]

    assert second.stop() < 10
    assert all(started_at(pid) is None for pid in after.values())

    # Killed outright, it leaves its children behind; the next start stops them and goes on with the same data.
    left = first.children()
    first.process.kill()
    first.process.wait()
    assert started_at(left["web"]) is not None
    first.start()
    first.wait_until_ready(gone=left.values())
    assert all(started_at(pid) is None for pid in left.values())
    assert first.sql("SELECT answer FROM kept") == [(42,)]

    assert first.stop() < 10
    with embedded.services(first.environ):
        assert first.sql("SELECT answer FROM kept") == [(42,)]


def test_a_taken_port_is_named(folder, environ):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [ROOT / "bin" / "up"], env=environ(folder / "state", PORT=str(port)), capture_output=True, text=True
        )
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stdout


def test_a_child_that_keeps_dying_is_started_ever_more_slowly():
    child = Child("short", [shutil.which("true")])
    starts, now = [], 0.0
    while len(starts) < 5:
        if child.tick({}, now):
            starts.append(now)
            child.process.wait()
        now += 0.5
    waits = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert waits == sorted(waits)
    assert waits[0] < 2 < 8 <= waits[-1]


def test_a_start_time_tells_two_processes_apart():
    process = subprocess.Popen(["sleep", "30"])
    assert started_at(process.pid) == started_at(process.pid)
    assert started_at(process.pid) != started_at(os.getpid())
    process.kill()
    process.wait()
    assert started_at(process.pid) is None

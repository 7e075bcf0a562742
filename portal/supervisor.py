"""Runs the product for one person: `bin/up` after set-up.

Makes the database ready, starts the web server, the worker (which holds the beat) and the worker of the batch queue,
starts again whichever of them dies, and on Ctrl-C or SIGTERM stops all it started within ten seconds.
`PORTAL_STATE/up.json` names the processes; a start after this process was killed outright stops those of them that
still run.

No Django here: the settings are read only by the processes this starts.
"""

import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from portal import embedded

TICK_SECONDS = 0.2
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
STEADY_SECONDS = 60.0
# Of the ten seconds a stop may take: the polite request, then no more waiting for running work, then the end.
QUIT_AFTER_SECONDS = 2.5
KILL_AFTER_SECONDS = 5.0


def _say(text: str) -> None:
    print(text, flush=True)


# --- Processes by number ------------------------------------------------------------------------


def started_at(pid: int) -> str | None:
    """When process `pid` began, as text to compare; None when there is none (or only its remains)."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # The name in brackets may itself hold spaces and brackets.
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return None if fields[0] == "Z" else f"{boot} {fields[19]}"
    shown = subprocess.run(["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return shown.stdout.strip() or None


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return  # it ended by itself


def _signal_one(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def stop(pids: Sequence[int], alive: Callable[[int], bool]) -> None:
    """Ends the processes `pids`, each the leader of its own group, in `KILL_AFTER_SECONDS` at most."""
    began = time.monotonic()
    for pid in pids:
        _signal_one(pid, signal.SIGTERM)
    has_quit = False
    while any(alive(pid) for pid in pids):
        waited = time.monotonic() - began
        if waited > KILL_AFTER_SECONDS:
            break
        if waited > QUIT_AFTER_SECONDS and not has_quit:
            has_quit = True
            for pid in filter(alive, pids):
                _signal_one(pid, signal.SIGQUIT)
        time.sleep(TICK_SECONDS / 4)
    for pid in pids:
        # Also what a leader left behind: its group lives as long as one member does.
        _signal_group(pid, signal.SIGKILL)


def stop_leftovers(record: Path) -> None:
    """Ends what an earlier supervisor started and could not stop, if the record's start times still match."""
    if not record.exists():
        return
    children = json.loads(record.read_text())["children"]
    ours = {child["pid"]: child["started_at"] for child in children}
    left = [pid for pid, start in ours.items() if started_at(pid) == start]
    if left:
        _say("Stopping what an earlier start left running")
        stop(left, lambda pid: started_at(pid) == ours[pid])
    record.unlink()


# --- Children -----------------------------------------------------------------------------------


@dataclass
class Child:
    """One process that is to run for as long as the supervisor does."""

    name: str
    command: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    began: float = 0.0
    due: float = 0.0
    wait: float = field(default=FIRST_WAIT_SECONDS)

    def tick(self, environ: Mapping[str, str], now: float) -> bool:
        """Starts the process when it is due and notices its end; whether it was started."""
        if self.process is None:
            if now < self.due:
                return False
            self.process = subprocess.Popen(self.command, env=environ, stdin=subprocess.DEVNULL, start_new_session=True)
            self.began = now
            return True
        if self.process.poll() is not None:
            _signal_group(self.process.pid, signal.SIGKILL)
            if now - self.began > STEADY_SECONDS:
                self.wait = FIRST_WAIT_SECONDS
            _say(f"{self.name} ended with {self.process.returncode}; it starts again in {self.wait:.0f} s")
            self.process = None
            self.due = now + self.wait
            self.wait = min(self.wait * 2, LONGEST_WAIT_SECONDS)
        return False


def children(environ: Mapping[str, str]) -> list[Child]:
    """Web server, the worker for what somebody waits for, and the one for what is made by the hundred."""
    # Only an address somebody chose is for others to reach.
    host = "0.0.0.0" if environ.get("PORTAL_URL") else "127.0.0.1"  # noqa: S104
    web = [
        sys.executable, "-m", "gunicorn", "portal.wsgi:application", "--bind", f"{host}:{environ['PORT']}",
        "--workers", "2", "--threads", "4", "--preload", "--timeout", "60", "--graceful-timeout", "3",
        "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip
    celery = [
        # In the quick start root is the machine's owner trying it out; the image for production has its own user.
        sys.executable, "-W", "ignore:You're running the worker",
        "-m", "celery", "--app", "portal.celery:app", "--quiet", "worker", "--concurrency", "2",
        "--without-gossip", "--without-mingle", "--loglevel", "WARNING",
    ]  # fmt: skip
    worker = [*celery, "--beat", "--queues", "celery,documents"]
    # Gives way to pages and to single documents.
    batch = ["nice", "-n", "15", *celery, "--queues", "batch", "--hostname", "batch@%h"]
    return [Child("web", web), Child("worker", worker), Child("batch", batch)]


# --- The supervisor -----------------------------------------------------------------------------


@dataclass
class Supervisor:
    """`environ` is what the children get; `record` is where their numbers are kept."""

    environ: Mapping[str, str]
    record: Path
    stopping: bool = False

    @property
    def address(self) -> str:
        return self.environ.get("PORTAL_URL") or f"http://localhost:{self.environ['PORT']}"

    def ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def prepare(self) -> bool:
        """Migrates and loads; whether that went well."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", "prepare"], env=self.environ, stdin=subprocess.DEVNULL, start_new_session=True
        )
        while process.poll() is None:
            if self.stopping:
                stop([process.pid], lambda pid: process.poll() is None)
            time.sleep(TICK_SECONDS / 4)
        return process.returncode == 0

    def write_record(self, running: Sequence[Child]) -> None:
        entries: list[dict[str, Any]] = [
            {"name": child.name, "pid": child.process.pid, "started_at": started_at(child.process.pid)}
            for child in running
            if child.process is not None
        ]
        draft = self.record.with_suffix(".new")
        draft.write_text(json.dumps({"pid": os.getpid(), "address": self.address, "children": entries}))
        draft.replace(self.record)

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", int(self.environ["PORT"]), timeout=2)
        try:
            connection.request("GET", "/healthz", headers={"Host": urlsplit(self.address).netloc})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def run(self, running: Sequence[Child]) -> None:
        """Keeps `running` alive until asked to stop, then ends them."""
        announced = False
        try:
            while not self.stopping:
                now = time.monotonic()
                if any([child.tick(self.environ, now) for child in running]):
                    self.write_record(running)
                if not announced and self.answers():
                    announced = True
                    self.announce()
                time.sleep(TICK_SECONDS)
        finally:
            by_pid = {child.process.pid: child.process for child in running if child.process is not None}
            stop(list(by_pid), lambda pid: by_pid[pid].poll() is None)
            for process in by_pid.values():
                process.wait()
            self.record.unlink(missing_ok=True)

    def announce(self) -> None:
        _say(f"\nThe portal is at {self.address}/")
        logins = Path(self.environ["PORTAL_STATE"], "demo-logins.txt")
        if self.environ.get("PORTAL_DEMO") == "1" and logins.exists():
            _say(logins.read_text())
        _say("Ctrl-C stops it; what was entered is kept.\n")


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _supervise(environ: dict[str, str], state: Path) -> int:
    stop_leftovers(state / "up.json")
    if not _port_is_free(int(environ["PORT"])):
        _say(f"Port {environ['PORT']} is taken; choose another, for example: PORT={int(environ['PORT']) + 1} bin/up")
        return 1
    supervisor = Supervisor(environ, state / "up.json")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, supervisor.ask_to_stop)
    with embedded.services(environ) as handed_on:
        supervisor.environ = handed_on
        if not supervisor.prepare():
            if supervisor.stopping:
                return 0
            _say("The portal could not be made ready; the reason stands above.")
            return 1
        supervisor.run(children(handed_on))
    return 0


def main() -> int:
    environ = dict(os.environ)
    environ.setdefault("PORT", "8000")
    environ.setdefault("PORTAL_DEMO", "0" if environ.get("DATABASE_URL") else "1")
    state = embedded.state_folder(environ)
    with ExitStack() as stack:
        try:
            stack.enter_context(embedded.locked(state / "up.lock", fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            _say(f"The portal already runs on {state}; stop that one first, or choose another PORTAL_STATE and PORT.")
            return 1
        try:
            return _supervise(environ, state)
        except embedded.UnableToStart as problem:
            _say(str(problem))
            return 1


if __name__ == "__main__":
    sys.exit(main())

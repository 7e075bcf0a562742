"""What `bin/test` runs: pytest on servers of its own, each process in a copy of one migrated database."""

import fcntl
import hashlib
import os
import re
import signal
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
from psycopg2 import sql

from portal import embedded

ROOT = Path(__file__).resolve().parent.parent
MOST_WORKERS = 4
# Where a branch without a test is a failure of the whole suite, when it is run with --cov.
COVERED = (
    "*/models.py,*/models/*.py,*/actions.py,*/actions/*.py,*/rules.py,*/rules/*.py,*/scoring.py,*/matching.py,"
    "portal/workflow.py"
)


def migrations_sum() -> str:
    found = hashlib.sha256((ROOT / "requirements" / "runtime.txt").read_bytes())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()


def migrated_template(environ: Mapping[str, str]) -> str:
    """The name of a database without rows that has every migration: made once, and again when the migrations change.

    Its comment says of which migrations it is, and is written last: a making that was cut off counts as none.
    The copies of the run before, finished or not, are dropped.
    """
    parts = urlsplit(environ["DATABASE_URL"])
    name = f"{parts.path.removeprefix('/')}_migrated"
    url, wanted = parts._replace(path=f"/{name}").geturl(), migrations_sum()
    with closing(psycopg2.connect(environ["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        copies = re.escape(parts.path.removeprefix("/"))
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [f"^test_{copies}(_gw[0-9]+)?$"])
        for (copy,) in cursor.fetchall():
            drop(cursor, copy)
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() != (wanted,):
            drop(cursor, name)
            cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            if code := embedded.call(migrate, {**environ, "DATABASE_URL": url}):
                sys.exit(code)
            cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(wanted)))
    return name


def drop(cursor: psycopg2.extensions.cursor, name: str) -> None:
    cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def workers(arguments: list[str]) -> list[str]:
    """Several processes for the whole suite; one for a chosen path, where starting them costs more than it saves."""
    chosen = any(Path(argument.partition("::")[0]).exists() for argument in arguments)
    if chosen or any(argument.startswith(("-n", "--numprocesses", "--pdb")) for argument in arguments):
        return []
    return ["-n", str(min(os.cpu_count() or 1, MOST_WORKERS)), "--dist", "loadgroup"]


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, embedded.exit_tidily)
    state = embedded.state_folder(os.environ)
    command = [sys.executable, "-m", "pytest", *workers(arguments), *arguments]
    # Two runs would use the same databases; the second waits for the first.
    with embedded.locked(state / "run.lock", fcntl.LOCK_EX), embedded.services(os.environ, "test") as environ:
        environ["PORTAL_TEST_TEMPLATE"] = migrated_template(environ)
        # Kept to be looked at until the next run, which begins with copies of its own.
        code = embedded.call([*command, "--reuse-db"], environ)
        if code == pytest.ExitCode.OK and "-n" in command and any(each.startswith("--cov") for each in arguments):
            code = embedded.call(
                [sys.executable, "-m", "coverage", "report", f"--include={COVERED}", "--fail-under=100"], environ
            )
        return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

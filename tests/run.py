"""What `bin/test` runs: pytest on servers of its own, its databases made once and kept while the migrations stand."""

import fcntl
import hashlib
import os
import signal
import sys
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql

from portal import embedded

ROOT = Path(__file__).resolve().parent.parent
# A run that was cut off may have left rows behind; after these two, pytest had put everything back.
TIDY = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
MOST_WORKERS = 4
# Where a branch without a test is a failure of the whole suite, when it is run with --cov.
COVERED = "*/models.py,*/models/*.py,*/actions.py,*/rules.py,*/scoring.py,*/matching.py,portal/workflow.py"


def migrations_sum() -> str:
    found = hashlib.sha256((ROOT / "requirements" / "runtime.txt").read_bytes())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()


def drop_test_databases(url: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_portal%'")
        for (name,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    connection.close()


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
        if os.environ.get("DATABASE_URL"):
            return embedded.call([*command, "--create-db"], environ)
        tidy = state / "tidy"
        if not tidy.exists() or tidy.read_text() != migrations_sum():
            drop_test_databases(environ["DATABASE_URL"])
        tidy.unlink(missing_ok=True)
        code = embedded.call([*command, "--reuse-db"], environ)
        if code in TIDY:
            tidy.write_text(migrations_sum())
        if code == pytest.ExitCode.OK and "-n" in command and any(each.startswith("--cov") for each in arguments):
            code = embedded.call(
                [sys.executable, "-m", "coverage", "report", f"--include={COVERED}", "--fail-under=100"], environ
            )
        return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

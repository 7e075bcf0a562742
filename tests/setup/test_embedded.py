import os
import sys

import psycopg2
import pytest

pytestmark = [pytest.mark.setup, pytest.mark.xdist_group("setup")]

ASK = """
import os, psycopg2
cursor = psycopg2.connect(os.environ["DATABASE_URL"]).cursor()
cursor.execute("SELECT datlocprovider::text || datlocale, current_setting('listen_addresses') "
               "FROM pg_database WHERE datname = current_database()")
print(*cursor.fetchone(), os.environ["REDIS_URL"])
"""
READ = "import os; print(os.environ['DATABASE_URL'], flush=True); input()"


def listens(url):
    try:
        psycopg2.connect(url).close()
    except psycopg2.OperationalError:
        return False
    return True


def test_starts_below_a_private_folder(folder, environ, embedded):
    private = folder / "private"
    private.mkdir(mode=0o700)
    out, err = embedded(environ(private / "state"), sys.executable, "-c", ASK).communicate()
    assert out.startswith("bC.UTF-8  unix:///"), err
    assert private.stat().st_mode & 0o777 == 0o700
    assert (private / "state" / "postgres.path").exists() == (os.geteuid() == 0)


def test_the_last_one_out_stops_the_servers(folder, environ, embedded):
    first = embedded(environ(folder), sys.executable, "-c", READ)
    url = first.stdout.readline().strip()
    second = embedded(environ(folder), sys.executable, "-c", READ)
    assert second.stdout.readline().strip() == url
    first.communicate("\n")
    assert listens(url)
    second.communicate("\n")
    assert not listens(url)


def test_servers_that_outlived_their_starter_are_used_again(folder, environ, embedded):
    first = embedded(environ(folder), sys.executable, "-c", READ)
    url = first.stdout.readline().strip()
    first.kill()
    first.communicate()
    assert listens(url)
    second = embedded(environ(folder), sys.executable, "-c", READ)
    assert second.stdout.readline().strip() == url
    second.communicate("\n")
    assert not listens(url)


def test_servers_named_by_the_environment_are_left_alone(folder, environ, embedded):
    named = environ(folder / "none", DATABASE_URL="postgresql://db.example/portal", REDIS_URL="redis://queue.example/0")
    out, _ = embedded(named, sys.executable, "-c", READ).communicate("\n")
    assert out.strip() == "postgresql://db.example/portal"
    assert not list((folder / "none").iterdir())


def test_the_commands_exit_code_is_handed_on(folder, environ, embedded):
    process = embedded(environ(folder), "sh", "-c", "exit 7")
    process.communicate()
    assert process.returncode == 7


def test_data_of_another_version_is_refused_in_words(folder, environ, embedded):
    embedded(environ(folder), "true").communicate()
    (folder / "postgres" / "data" / "PG_VERSION").write_text("17\n")
    process = embedded(environ(folder), "true")
    _, err = process.communicate()
    assert process.returncode == 1
    assert "was made by PostgreSQL 17" in err
    assert "Traceback" not in err

"""Named people and states that most tests start from. Nobody should have to open this file to be surprised."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.utils import timezone, translation

from accounts.permissions import Role
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.programmes import ProgrammeFactory


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Each process gets a copy of the database that tests/run.py has migrated."""
    connection.settings_dict["TEST"]["TEMPLATE"] = os.environ.get("PORTAL_TEST_TEMPLATE")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """After a test that commits, only the tables that hold rows are emptied: to truncate all takes ten times as long.

    Needs a role that may switch triggers off, which the servers of `bin/test` give; without it Django's way stays.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser')")
        may_switch_off = cursor.fetchone() == ("on",)
    with pytest.MonkeyPatch.context() as patched:
        if may_switch_off:
            patched.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty_tables())
        yield


def empty_tables():
    """Delete every row but those that `migrate` writes for each model."""
    names = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    names -= {ContentType._meta.db_table, Permission._meta.db_table}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in sorted(names)))
        held = [name for (name,) in cursor.fetchall()]
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name in held:
            cursor.execute(f'DELETE FROM "{name}"')


@pytest.fixture(scope="session", autouse=True)
def _static_root():
    """Tests serve files straight from `static/`; whitenoise asks for the folder of collected ones all the same."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _clean_cache():
    cache.clear()


@pytest.fixture(autouse=True)
def _own_language():
    """A page asked for in Swedish leaves its thread in Swedish."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _no_second_factor(settings):
    """Staff sign in with one step here; tests/accounts/test_middleware.py asks for the second."""
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def programme(db):
    return ProgrammeFactory()


@pytest.fixture
def case(programme):
    """A draft case; `case.created_by` is the applicant."""
    return CaseFactory(programme=programme)


@pytest.fixture
def applicant(case):
    """Owner of the firm of `case`, with a confirmed address."""
    return case.created_by


@pytest.fixture
def adviser(programme):
    return AssignmentFactory(programme=programme, role=Role.ADVISER).user


@pytest.fixture
def outsider(db):
    """Owner of another firm in another programme, adviser there too: sees nothing of `case`."""
    other = CaseFactory(programme=ProgrammeFactory())
    AssignmentFactory(user=other.created_by, programme=other.programme, role=Role.ADVISER)
    return other.created_by


@pytest.fixture
def signed_in(client):
    """`signed_in(user)` gives the test client with that person signed in."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in

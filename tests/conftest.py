"""Named people and states that most tests start from. Nobody should have to open this file to be surprised."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone, translation

from accounts.permissions import Role
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.programmes import ProgrammeFactory


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

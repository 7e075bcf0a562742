from datetime import UTC, datetime

import pytest

from tests.factories.programmes import load_programmes
from tests.portal.languages import LANGUAGES, Visitor


@pytest.fixture
def programmes(db, time_machine):
    time_machine.move_to(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=True)
    return load_programmes()


@pytest.fixture(params=LANGUAGES)
def visitor(request, programmes):
    return Visitor(request.param)

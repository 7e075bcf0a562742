import pytest

from tests.documents.clamd import Clamd


@pytest.fixture
def clamd(tmp_path_factory, settings):
    """A scanner at its socket, which the portal knows."""
    path = str(tmp_path_factory.mktemp("clamd") / "s")
    server = Clamd(path)
    settings.CLAMAV_SOCKET = path
    yield server
    server.close()

import json

import pytest

from tests.factories.programmes import load_programmes


@pytest.fixture
def programmes(db):
    return load_programmes()


@pytest.fixture
def post(client):
    """`post(path, body)` sends JSON (or raw bytes) and gives the response."""

    def send(path, body):
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        return client.post(f"/api/v1/{path}", content, content_type="application/json")

    return send

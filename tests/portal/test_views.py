import time

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.template.loader import render_to_string
from django.test import Client

from portal.celery import HEARTBEAT_KEY, HEARTBEAT_LIMIT_SECONDS


@pytest.fixture
def working():
    cache.set(HEARTBEAT_KEY, time.time())


def refuse(execute, sql, params, many, context):
    raise OperationalError("the server closed the connection unexpectedly")


def test_alive_needs_neither_database_nor_sign_in(client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
class TestReady:
    def test_all_parts_answer(self, client, working):
        response = client.get("/readyz")
        assert response.status_code == 200
        assert response.json() == {"database": True, "redis": True, "worker": True}
        assert "no-store" in response["Cache-Control"]

    def test_no_worker_has_ever_been_there(self, client):
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json() == {"database": True, "redis": True, "worker": False}

    def test_the_worker_has_gone(self, client):
        cache.set(HEARTBEAT_KEY, time.time() - HEARTBEAT_LIMIT_SECONDS - 1)
        response = client.get("/readyz")
        assert (response.status_code, response.json()["worker"]) == (503, False)

    def test_the_database_is_away(self, client, working):
        with connection.execute_wrapper(refuse):
            response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json() == {"database": False, "redis": True, "worker": True}

    def test_redis_is_away(self, client, settings, tmp_path):
        settings.CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": f"unix://{tmp_path}/nobody.sock?db=0",
            }
        }
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json() == {"database": True, "redis": False, "worker": False}


@pytest.mark.parametrize("path", ["/accessibility/", "/privacy/", "/cookies/"])
def test_statements_are_open_to_all(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert b"<h1" in response.content


@pytest.mark.django_db
def test_a_form_that_waited_too_long_says_so():
    client = Client(enforce_csrf_checks=True)
    response = client.post("/accounts/login/", {"login": "owner@firm.example", "password": "x"})
    assert response.status_code == 403
    assert "403_csrf.html" in [template.name for template in response.templates]


@pytest.mark.django_db
def test_an_unknown_address_has_a_page_of_its_own(client, signed_in, applicant):
    for someone in (client, signed_in(applicant)):
        response = someone.get("/no/such/page/")
        assert response.status_code == 404
        assert "404.html" in [template.name for template in response.templates]


def test_the_page_for_our_own_failures_needs_nothing():
    """Django gives 500.html no request and no context processors."""
    assert "<h1" in render_to_string("500.html")


@pytest.mark.django_db
def test_a_form_too_long_to_read_is_said_so_in_words(client):
    client.raise_request_exception = False
    answer = client.post("/accounts/login/", {"login": "x" * 3_000_000})
    assert answer.status_code == 400
    assert "We could not read what you sent" in answer.text

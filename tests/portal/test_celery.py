import logging
import time
from types import SimpleNamespace

import pytest
from celery import Celery
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from documents.tasks import render_document
from portal import celery
from portal.celery import HEARTBEAT_KEY, OwedTask, app, note_heartbeat


@pytest.fixture
def _just_started(monkeypatch):
    monkeypatch.setattr(celery, "_last_written", 0.0)


@pytest.mark.usefixtures("_just_started")
def test_the_worker_is_seen_and_does_not_write_at_every_beat(time_machine):
    time_machine.move_to("2026-11-22T09:00:00Z", tick=False)
    started = time.time()
    note_heartbeat(sender=None, signal=None)
    assert cache.get(HEARTBEAT_KEY) == started

    time_machine.shift(9)
    note_heartbeat()
    assert cache.get(HEARTBEAT_KEY) == started

    time_machine.shift(1)
    note_heartbeat()
    assert cache.get(HEARTBEAT_KEY) == started + 10


@pytest.fixture
def _empty_queue():
    """Other tests committed work that no worker took."""
    app.control.purge()


def waiting():
    with app.connection_for_read() as connection:
        return connection.default_channel.client.llen("documents")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_empty_queue")
def test_the_worker_is_told_after_the_commit():
    assert isinstance(render_document, OwedTask)
    with transaction.atomic():
        render_document.delay_on_commit(document_id="none")
        assert waiting() == 0
    assert waiting() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_empty_queue")
def test_the_worker_hears_nothing_of_what_was_rolled_back():
    with transaction.atomic():
        render_document.delay_on_commit(document_id="none")
        transaction.set_rollback(True)
    assert waiting() == 0


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_page_goes_on(tmp_path, caplog):
    nobody = f"redis+socket://{tmp_path}/nobody.sock"
    elsewhere = Celery("elsewhere", broker=nobody, task_cls=OwedTask, set_as_current=False)

    @elsewhere.task(name="work")
    def task(**kwargs):
        raise AssertionError("no worker is here to run it")

    started = time.monotonic()

    with caplog.at_level(logging.WARNING, logger="portal.celery"), transaction.atomic():
        task.delay_on_commit(row="1")

    assert time.monotonic() - started < 2
    assert "work is left to the sweeper" in caplog.text


@pytest.mark.parametrize("name", sorted(settings.CELERY_BEAT_SCHEDULE))
def test_what_is_scheduled_exists(name):
    app.loader.import_default_modules()
    assert name in app.tasks


@pytest.mark.usefixtures("_just_started")
def test_the_worker_of_the_batch_queue_does_not_hide_that_the_other_is_dead():
    cache.delete(HEARTBEAT_KEY)
    note_heartbeat(sender=SimpleNamespace(hostname="batch@here"))
    note_heartbeat(sender=SimpleNamespace(eventer=SimpleNamespace(hostname="batch@here")))
    assert cache.get(HEARTBEAT_KEY) is None
    note_heartbeat(sender=SimpleNamespace(eventer=SimpleNamespace(hostname="celery@here")))
    assert cache.get(HEARTBEAT_KEY)

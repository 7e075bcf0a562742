import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import transaction
from django.template import TemplateDoesNotExist

from documents import actions, tasks
from documents.models import Document
from portal.celery import app
from portal.models import Owed
from tests.factories.documents import ASKED, DocumentFactory
from tests.parallel import at_once

State = Owed.State
pytestmark = pytest.mark.django_db


def stored(settings):
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def waiting():
    """Ids of the documents that the broker has told the workers about."""
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        found = []
        for queue in ("documents", "batch"):
            while message := channel.basic_get(queue, no_ack=True):
                found.append(message.headers["kwargsrepr"])
        return found


def ask(now):
    return actions.request_document(
        template="documents/letter.html", context={"firm": "Firm 1", "brand": {"name": "Programme"}}, title="Letter",
        language="en-gb", file_name="letter.pdf", at=now,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_document_is_owed_with_what_calls_for_it(now):
    with transaction.atomic():
        document = ask(now)
        assert (document.state, document.created_at, document.not_before) == (State.QUEUED, now, now)
        assert waiting() == []
    assert [str(document.pk) in told for told in waiting()] == [True]
    assert document.number.startswith("DOC-")
    assert str(document) == f"{document.number} Letter"


def test_the_pdf_is_kept_with_its_sum(settings):
    document = DocumentFactory()
    tasks.render_document(document_id=str(document.pk))

    document.refresh_from_db()
    content = document.file.read()
    document.file.close()
    assert document.state == State.READY
    assert content.startswith(b"%PDF-")
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert stored(settings) == [f"documents/{document.pk}/{document.claim}.pdf"]


def test_a_task_that_runs_twice_makes_one_file(settings):
    document = DocumentFactory()
    tasks.render_document(document_id=str(document.pk), of_a_later_release=True)
    document.refresh_from_db()
    first = (document.file.name, document.sha256, document.finished_at)

    tasks.render_document(document_id=str(document.pk))

    document.refresh_from_db()
    assert (document.file.name, document.sha256, document.finished_at) == first
    assert len(stored(settings)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_task_that_runs_twice_at_once_makes_one_file(settings):
    document = DocumentFactory()
    assert at_once(4, lambda number: tasks.render_document(document_id=str(document.pk))) == [None] * 4
    document.refresh_from_db()
    assert (document.state, document.attempts, len(stored(settings))) == (State.READY, 1, 1)


def test_a_task_for_no_row_does_nothing(settings):
    tasks.render_document(document_id="8f14e45f-ceea-467f-9d0b-3a2c1b7f6a55")
    assert stored(settings) == []


def test_a_document_that_fails_is_tried_again_and_given_up_at_last(settings):
    document = DocumentFactory(template="documents/none.html")
    with time_machine.travel(ASKED, tick=False) as clock:
        for attempt in range(1, Document.ATTEMPTS + 1):
            with pytest.raises(TemplateDoesNotExist):
                tasks.render_document(document_id=str(document.pk))
            document.refresh_from_db()
            assert document.attempts == attempt
            assert document.error == "TemplateDoesNotExist: documents/none.html"
            tasks.render_document(document_id=str(document.pk))  # too early: nothing happens
            clock.shift(timedelta(seconds=2**attempt))
        assert document.state == State.FAILED
        tasks.render_document(document_id=str(document.pk))
    document.refresh_from_db()
    assert (document.attempts, document.file.name, stored(settings)) == (Document.ATTEMPTS, "", [])


def test_a_disk_that_takes_nothing_is_a_failure_too(settings, tmp_path):
    (tmp_path / "full").write_text("a file where the folder should be")
    settings.MEDIA_ROOT = tmp_path / "full"
    document = DocumentFactory()
    with pytest.raises(OSError, match="directory"):
        tasks.render_document(document_id=str(document.pk))
    document.refresh_from_db()
    assert (document.state, document.file.name) == (State.QUEUED, "")
    assert "Error" in document.error


def test_an_orphaned_worker_leaves_no_second_file(settings, monkeypatch):
    """It is still at work when its claim has passed to another worker, which finishes first."""
    document = DocumentFactory()
    save = type(document.file).save

    def slow_save(file, name, content, save_row=True, **kwargs):
        monkeypatch.undo()
        save(file, name, content, **kwargs)
        with time_machine.travel(ASKED + timedelta(days=30)):
            tasks.render_document(document_id=str(document.pk))

    with time_machine.travel(ASKED, tick=False):
        monkeypatch.setattr(type(document.file), "save", slow_save)
        tasks.render_document(document_id=str(document.pk))

    document.refresh_from_db()
    assert (document.state, document.attempts) == (State.READY, 2)
    assert stored(settings) == [document.file.name]


def test_the_sweeper_sends_what_waits_and_nothing_else(settings):
    with time_machine.travel(ASKED + timedelta(hours=1), tick=False):
        lost = DocumentFactory()
        DocumentFactory(not_before=ASKED + timedelta(hours=2))
        DocumentFactory(state=State.READY)
        DocumentFactory(state=State.FAILED)
        at_work = DocumentFactory()
        Document.objects.claim(at_work.pk, ASKED + timedelta(minutes=59))
        stuck = DocumentFactory()
        Document.objects.claim(stuck.pk, ASKED)
        waiting()

        tasks.sweep(of_a_later_release=True)

    told = waiting()
    assert len(told) == 2
    for document in (lost, stuck):
        assert any(str(document.pk) in kwargs for kwargs in told)


def test_the_sweeper_takes_the_oldest_first_and_not_everything(monkeypatch):
    monkeypatch.setattr(tasks, "SWEEP_SIZE", 2)
    rows = [DocumentFactory(not_before=ASKED - timedelta(minutes=number)) for number in range(3)]
    waiting()
    tasks.sweep()
    told = waiting()
    assert [str(row.pk) in kwargs for row, kwargs in zip([rows[2], rows[1]], told, strict=True)] == [True, True]


@pytest.mark.django_db(transaction=True)
def test_one_of_many_waits_on_a_queue_of_its_own_until_somebody_wants_it(now):
    def told_on(queue):
        with app.connection_for_read() as connection:
            return connection.default_channel.basic_get(queue, no_ack=True)

    waiting()
    document = actions.request_document(
        template="documents/letter.html", context={}, title="Letter", language="en-gb", file_name="letter.pdf", at=now,
        is_bulk=True,
    )  # fmt: skip
    assert told_on("documents") is None
    assert str(document.pk) in told_on("batch").headers["kwargsrepr"]
    actions.hurry(document)
    actions.hurry(document)
    assert str(document.pk) in told_on("documents").headers["kwargsrepr"]
    assert told_on("documents") is None
    assert not Document.objects.get().is_bulk


def test_what_a_killed_worker_wrote_is_cleared_up(settings):
    document = DocumentFactory()
    folder = Path(settings.MEDIA_ROOT) / "documents" / str(document.pk)
    folder.mkdir(parents=True)
    (folder / "9b2e0c6e-0000-4000-8000-000000000000.pdf").write_bytes(b"%PDF-1.7 half")
    tasks.render_document(document_id=str(document.pk))
    document.refresh_from_db()
    assert stored(settings) == [document.file.name]

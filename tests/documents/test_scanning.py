"""What a virus scanner owes every file: asked once, asked again when it was away, and what it finds is not kept."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from documents import scanning, tasks
from documents.actions import take_upload
from documents.models import Upload
from documents.signals import upload_infected
from tests.documents.clamd import Clamd
from tests.documents.files import EICAR, GOOD, infected
from tests.factories.documents import ASKED
from tests.parallel import at_once

pytestmark = pytest.mark.django_db
State, Condition = Upload.State, Upload.Condition


def kept(name="plan.pdf", content=GOOD["plan.pdf"]):
    return take_upload(file=SimpleUploadedFile(name, content), by=None, at=ASKED)


def scanned(upload):
    tasks.scan_upload(upload_id=str(upload.pk))
    upload.refresh_from_db()
    return upload


@pytest.fixture
def told():
    """What the apps above hear."""
    heard = []

    def hear(upload, at, **kwargs):
        heard.append((upload.pk, upload.virus))

    upload_infected.connect(hear)
    yield heard
    upload_infected.disconnect(hear)


# --- The scanner's own words --------------------------------------------------------------------
def test_a_scanner_may_be_asked_over_the_network(settings):
    server = Clamd(("127.0.0.1", 0))
    settings.CLAMAV_SOCKET = f"127.0.0.1:{server.port}"
    try:
        assert scanning.answers()
        with SimpleUploadedFile("a", b"clean").open() as content:
            assert scanning.find_virus(content) == ""
        with SimpleUploadedFile("a", EICAR * 3000).open() as content:
            assert scanning.find_virus(content) == "Eicar-Test-Signature"
    finally:
        server.close()
    assert not scanning.answers()


@pytest.mark.parametrize("says", [b"INSTREAM size limit exceeded. ERROR\0", b"\0", b"stream: OK and more\0", b"OK"])
def test_what_is_no_verdict_is_none(clamd, says):
    clamd.says = says
    if says == b"OK":
        assert scanning.find_virus(SimpleUploadedFile("a", b"clean")) == ""
        return
    with pytest.raises(scanning.ScannerAway):
        scanning.find_virus(SimpleUploadedFile("a", b"clean"))


# --- One file -----------------------------------------------------------------------------------
def test_without_a_scanner_people_are_told_so(settings):
    upload = kept()
    assert (upload.state, upload.condition, upload.is_servable) == (State.CANCELLED, Condition.UNSCANNED, True)
    assert (scanned(upload).state, upload.attempts) == (State.CANCELLED, 0)
    tasks.sweep()


def test_nobody_has_a_file_before_it_is_clean(clamd):
    upload = kept()
    assert (upload.state, upload.condition, upload.is_servable) == (State.QUEUED, Condition.CHECKING, False)
    scanned(upload)
    assert (upload.state, upload.condition, upload.is_servable) == (State.READY, Condition.CLEAN, True)
    scanned(upload)
    assert clamd.asked == 1


@pytest.mark.parametrize("name", infected())
def test_what_is_infected_is_not_kept(clamd, told, django_capture_on_commit_callbacks, name):
    upload = kept(name, infected()[name])
    path, sha256 = Path(upload.file.path), upload.sha256
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        scanned(upload)
    assert (upload.condition, upload.is_servable) == (Condition.INFECTED, False)
    assert (upload.virus, upload.file.name, upload.sha256) == ("Eicar-Test-Signature", "", sha256)
    assert not path.exists()
    assert told == [(upload.pk, "Eicar-Test-Signature")]
    scanned(upload)
    assert len(told) == 1


def test_a_picture_is_drawn_without_what_was_hidden_in_it(clamd):
    upload = kept("machine.png", GOOD["machine.png"] + EICAR)
    assert scanned(upload).condition == Condition.CLEAN


@pytest.mark.django_db(transaction=True)
def test_of_four_workers_one_asks(clamd):
    upload = kept()
    at_once(4, lambda number: tasks.scan_upload(upload_id=str(upload.pk)))
    upload.refresh_from_db()
    assert (upload.state, clamd.asked, upload.attempts) == (State.READY, 1, 1)


# --- The scanner is away ------------------------------------------------------------------------
def test_what_is_given_up_is_asked_again_when_the_scanner_is_back(settings, clamd, tmp_path):
    clamd.close()
    with time_machine.travel(ASKED, tick=False) as clock:
        upload = kept()
        for attempt in range(1, Upload.ATTEMPTS + 1):
            assert scanned(upload).attempts == attempt
            assert upload.error.startswith("ScannerAway: ")
            clock.shift(timedelta(seconds=2**attempt))
        assert (upload.state, upload.condition, upload.is_servable) == (State.FAILED, Condition.FAILED, False)

        clock.shift(tasks.SCAN_AGAIN_AFTER)
        tasks.sweep()
        upload.refresh_from_db()
        assert upload.state == State.FAILED  # it does not answer yet

        settings.CLAMAV_SOCKET = str(tmp_path / "back")
        back = Clamd(settings.CLAMAV_SOCKET)
        try:
            tasks.sweep()
            upload.refresh_from_db()
            assert (upload.state, upload.attempts, upload.condition) == (State.QUEUED, 0, Condition.CHECKING)
            assert scanned(upload).condition == Condition.CLEAN
        finally:
            back.close()


def test_a_file_that_went_missing_is_tried_and_given_up(clamd):
    upload = kept()
    default_storage.delete(upload.file.name)
    assert "FileNotFoundError" in scanned(upload).error
    assert upload.state == State.QUEUED


def test_what_came_before_there_was_a_scanner_is_owed_once_there_is(settings, clamd):
    address, settings.CLAMAV_SOCKET = settings.CLAMAV_SOCKET, ""
    upload = kept()
    assert upload.is_servable
    settings.CLAMAV_SOCKET = address
    assert (upload.condition, upload.is_servable) == (Condition.CHECKING, False)
    tasks.sweep()
    assert scanned(upload).condition == Condition.CLEAN


def test_a_late_verdict_changes_nothing(clamd, told, monkeypatch):
    upload = kept("costs.csv", EICAR)
    find = scanning.find_virus

    def slowly(content):
        Upload.objects.filter(pk=upload.pk).update(claim="8f14e45f-ceea-467f-9d0b-3a2c1b7f6a55")
        return find(content)

    monkeypatch.setattr(scanning, "find_virus", slowly)
    assert scanned(upload).state == State.WORKING
    assert told == []
    assert Path(upload.file.path).exists()

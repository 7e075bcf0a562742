"""How a file is received and kept: whole, before its row, and never without one for long."""

import errno
import hashlib
import logging
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import RequestFactory

from documents import orphans, tasks
from documents.actions import discard_uploads, take_upload
from documents.checking import RefusedFile
from documents.models import Upload
from tests.documents.files import GOOD
from tests.factories.documents import DocumentFactory

pytestmark = pytest.mark.django_db
PDF = GOOD["plan.pdf"]


def take(name="plan.pdf", content=PDF, by=None, at=None):
    return take_upload(file=SimpleUploadedFile(name, content), by=by, at=at)


def stored(settings):
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_it_is_kept_under_its_own_id_with_its_sum(settings, adviser, now):
    file = SimpleUploadedFile("C:\\docs\\Plan.pdf", PDF, content_type="text/html")
    file.name = "C:\\docs\\Plan.pdf"
    upload = take_upload(file=file, by=adviser, at=now)

    row = Upload.objects.get()
    assert row == upload
    assert (row.name, row.content_type, row.size, row.ending) == ("Plan.pdf", "application/pdf", len(PDF), "PDF")
    assert row.file.name == f"uploads/{upload.pk}"
    assert (row.created_at, row.uploaded_by_id) == (now, adviser.pk)
    assert str(row) == "Plan.pdf"
    content = Path(row.file.path).read_bytes()
    assert content == PDF
    assert row.sha256 == hashlib.sha256(content).hexdigest()
    assert stored(settings) == [f"uploads/{upload.pk}"]
    assert Path(row.file.path).stat().st_mode & 0o777 == 0o600


def test_a_picture_is_kept_as_it_was_drawn(now):
    upload = take("machine.png", GOOD["machine.png"] + b"behind it", at=now)
    content = Path(upload.file.path).read_bytes()
    assert b"behind it" not in content
    assert (upload.size, upload.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert upload.uploaded_by_id is None


def test_a_refused_one_leaves_neither_row_nor_file(settings, now):
    with pytest.raises(RefusedFile):
        take(content=b"MZ", at=now)
    assert not Upload.objects.exists()
    assert not Path(settings.MEDIA_ROOT).exists()


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_neither_row_nor_file(settings, monkeypatch, now, call):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(RefusedFile, match="Try again in a few minutes"):
        take(at=now)
    assert not Upload.objects.exists()
    assert stored(settings) == []
    monkeypatch.undo()
    assert take(at=now)


def test_a_folder_that_cannot_be_made_is_a_message(settings, tmp_path, now):
    (tmp_path / "full").write_text("a file where the folder should be")
    settings.MEDIA_ROOT = tmp_path / "full"
    with pytest.raises(RefusedFile, match="Try again in a few minutes"):
        take(at=now)


def test_what_is_discarded_goes_with_its_file(settings, django_capture_on_commit_callbacks, now):
    """Also where a scanner has taken the file away before."""
    kept, infected = take(at=now), take(at=now)
    default_storage.delete(infected.file.name)
    infected.file = ""
    with django_capture_on_commit_callbacks(execute=True):
        discard_uploads([kept, None, infected])
        assert stored(settings) == [kept.file.name]
    assert stored(settings) == []
    assert not Upload.objects.exists()


def test_a_file_may_have_the_rights_of_its_folder(settings):
    settings.FILE_UPLOAD_PERMISSIONS = None
    assert default_storage.save("uploads/a", ContentFile(b"x")) == "uploads/a"


class TestReceiving:
    def sent(self, content):
        request = RequestFactory().post("/", {"file": SimpleUploadedFile("plan.pdf", content), "note": "kept"})
        assert request.POST["note"] == "kept"
        return request.FILES["file"]

    def test_a_file_within_the_limit_arrives_whole(self, settings):
        settings.UPLOAD_LIMIT = 200_000
        assert self.sent(b"x" * 200_000).read() == b"x" * 200_000

    def test_of_a_longer_one_only_its_size_arrives(self, settings):
        settings.UPLOAD_LIMIT = 100_000
        file = self.sent(b"x" * 3_000_000)
        assert file.size == 3_000_000
        assert len(file.read()) <= 100_000


class TestOrphans:
    @pytest.fixture
    def old(self, settings):
        """Makes a file of two days ago."""

        def make(name):
            path = Path(settings.MEDIA_ROOT) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            self.age(path)
            return path

        return make

    def age(self, path):
        before = time.time() - timedelta(days=2).total_seconds()
        os.utime(path, (before, before))

    def test_only_old_files_without_a_row_are_deleted(self, settings, old, now, caplog):
        kept = take(at=now)
        self.age(kept.file.path)
        document = DocumentFactory()
        tasks.render_document(document_id=str(document.pk))
        document.refresh_from_db()
        self.age(document.file.path)
        with transaction.atomic():
            young = take(at=now)
            transaction.set_rollback(True)
        for name in ("uploads/stray", "uploads/half.part", f"documents/{document.pk}/lost.pdf", "exports/other"):
            old(name)
        tasks.sweep_files()
        assert stored(settings) == sorted([kept.file.name, young.file.name, document.file.name, "exports/other"])
        self.age(young.file.path)
        tasks.sweep_files()
        assert young.file.name not in stored(settings)

    def test_rows_without_a_file_are_reported(self, now, caplog):
        upload, fine = take(at=now), take(at=now)
        default_storage.delete(upload.file.name)
        DocumentFactory()
        assert list(orphans.rows_without_file()) == [f"upload {upload.pk}"]
        with caplog.at_level(logging.ERROR):
            tasks.sweep_files()
        assert [record.message for record in caplog.records] == [f"upload {upload.pk}: its file is gone"]
        assert Path(fine.file.path).exists()

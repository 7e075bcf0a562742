"""The row that owes work: claimed by one, finished by its claim only, tried again later and later, given up at last."""

from datetime import timedelta

import pytest
from django.db import transaction

from documents.models import Document
from portal.models import Owed
from tests.factories.documents import ASKED, DocumentFactory
from tests.parallel import at_once

State = Owed.State


def claimed(document, at=ASKED):
    return Document.objects.claim(document.pk, at)


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_one_gets_the_row():
    document = DocumentFactory()

    results = at_once(8, lambda number: claimed(document))

    won = [result for result in results if result is not None]
    assert len(won) == 1
    document.refresh_from_db()
    assert (document.state, document.claim, document.attempts) == (State.WORKING, won[0].claim, 1)


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_one_gets_a_row_that_is_stuck(settings):
    lost = claimed(DocumentFactory())
    later = ASKED + timedelta(seconds=settings.CLAIM_LIMIT_SECONDS + 1)

    results = at_once(8, lambda number: claimed(lost, later))

    assert sum(result is not None for result in results) == 1
    assert Document.objects.get().attempts == 2


@pytest.mark.django_db
class TestClaim:
    def test_a_row_is_ready_when_its_work_is_done(self):
        document = DocumentFactory()
        assert (document.is_pending, document.is_ready) == (True, False)
        mine = claimed(document)
        assert mine.is_pending
        assert mine.claimed_at == ASKED

        assert mine.finish(ASKED, sha256="0" * 64)

        document.refresh_from_db()
        for row in (mine, document):
            assert (row.state, row.finished_at, row.error, row.sha256) == (State.READY, ASKED, "", "0" * 64)
            assert (row.is_pending, row.is_ready) == (False, True)
        assert claimed(document, ASKED + timedelta(days=1)) is None

    def test_a_row_for_later_waits(self):
        document = DocumentFactory(not_before=ASKED + timedelta(minutes=5))
        assert claimed(document) is None
        assert claimed(document, ASKED + timedelta(minutes=5)) is not None

    def test_a_claim_is_stuck_only_after_its_time(self, settings):
        document = DocumentFactory()
        first = claimed(document)
        limit = timedelta(seconds=settings.CLAIM_LIMIT_SECONDS)
        assert claimed(document, ASKED + limit) is None
        assert list(Document.objects.waiting(ASKED + limit)) == []

        moment = ASKED + limit + timedelta(seconds=1)
        assert list(Document.objects.waiting(moment)) == [document]
        second = claimed(document, moment)
        assert second.claim != first.claim
        assert second.attempts == 2

    @pytest.mark.parametrize("end", ["finish", "fail"])
    def test_late_news_of_a_lost_worker_changes_nothing(self, settings, end):
        document = DocumentFactory()
        orphan = claimed(document)
        later = ASKED + timedelta(seconds=settings.CLAIM_LIMIT_SECONDS + 1)
        second = claimed(document, later)

        said = orphan.finish(later, sha256="f" * 64) if end == "finish" else orphan.fail(later, "Too late")

        assert said is False
        assert orphan.state == State.WORKING
        document.refresh_from_db()
        assert (document.state, document.claim, document.sha256, document.error) == (
            State.WORKING, second.claim, "", "",
        )  # fmt: skip
        assert second.finish(later)
        assert orphan.finish(later) is False

    def test_a_cancelled_row_is_nobodys(self):
        document = DocumentFactory(state=State.CANCELLED)
        assert claimed(document) is None
        assert not document.is_pending


@pytest.mark.django_db
class TestFail:
    def test_each_try_waits_longer_until_the_last(self):
        document = DocumentFactory()
        at = ASKED
        waits = []
        for attempt in range(1, Document.ATTEMPTS):
            mine = claimed(document, at)
            assert mine.attempts == attempt
            assert mine.fail(at, f"Try {attempt}")
            document.refresh_from_db()
            assert (document.state, document.error, document.finished_at) == (State.QUEUED, f"Try {attempt}", None)
            assert claimed(document, document.not_before - timedelta(seconds=1)) is None
            waits.append((document.not_before - at).total_seconds())
            at = document.not_before
        assert waits == [2, 4, 8, 16]

        mine = claimed(document, at)
        assert mine.fail(at, "Still no")

        document.refresh_from_db()
        assert (document.state, document.error, document.finished_at) == (State.FAILED, "Still no", at)
        assert claimed(document, at + timedelta(days=1)) is None

    def test_a_row_that_kills_its_workers_is_given_up(self, settings):
        document = DocumentFactory()
        at = ASKED
        for _ in range(Document.ATTEMPTS):
            assert claimed(document, at) is not None
            at += timedelta(seconds=settings.CLAIM_LIMIT_SECONDS + 1)

        assert claimed(document, at) is None

        document.refresh_from_db()
        assert document.state == State.FAILED
        assert "every worker that took it was lost" in document.error
        assert not Document.objects.waiting(at + timedelta(days=1)).exists()

    def test_a_success_after_failures_leaves_no_error(self):
        document = DocumentFactory()
        claimed(document).fail(ASKED, "Once")
        mine = claimed(document, ASKED + timedelta(minutes=1))
        mine.finish(ASKED + timedelta(minutes=1))
        document.refresh_from_db()
        assert (document.state, document.error, document.attempts) == (State.READY, "", 2)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_owed(now):
    with transaction.atomic():
        DocumentFactory()
        transaction.set_rollback(True)
    assert not Document.objects.waiting(now).exists()

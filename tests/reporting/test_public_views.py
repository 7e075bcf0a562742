from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from programmes.models import Programme
from tests.factories.applications import CaseFactory
from tests.factories.funding import GrantApplicationFactory
from tests.factories.programmes import CallFactory, InstrumentFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db

MOST_QUERIES = 15


def test_home_shows_programmes_and_leads_to_the_check(client):
    programme = ProgrammeFactory(name="Help for Northshire")
    InstrumentFactory(programme=programme, name="Digital diagnostic")
    ProgrammeFactory(name="Over and done", status=Programme.Status.CLOSED)
    page = client.get("/").content.decode()
    assert "Help for Northshire" in page
    assert "Digital diagnostic" in page
    assert f'href="/programmes/{programme.slug}/eligibility/"' in page
    assert "You hear within 10 working days whether you can join." in page
    assert "Over and done" not in page


def test_home_counts_firms_that_joined_and_only_those(client, programme):
    assert "joined so far" not in client.get("/").content.decode()
    CaseFactory(programme=programme, accepted=True)
    CaseFactory(programme=programme, submitted=True)
    assert "1 firm has joined so far." in client.get("/").content.decode()


def test_home_without_programmes_teaches(client):
    assert "No programme is open now" in client.get("/").content.decode()


def test_home_keeps_its_query_count(client, django_assert_max_num_queries):
    InstrumentFactory()
    with django_assert_max_num_queries(MOST_QUERIES) as few:
        client.get("/")
    for _ in range(29):
        CaseFactory(programme=InstrumentFactory().programme, accepted=True)
    with django_assert_max_num_queries(MOST_QUERIES) as many:
        client.get("/")
    assert len(few.captured_queries) == len(many.captured_queries)


def test_programme_page(client, django_assert_max_num_queries):
    programme = ProgrammeFactory(
        promise_days={"lead": 2, "application": 5, "decision": 20},
        partners=[
            {"name": "A university", "role": "delivery", "url": "https://university.example/"},
            {"name": "The region", "role": "funder"},
            {"name": "A neighbour", "role": "friend"},
        ],
    )
    application = GrantApplicationFactory(
        case__programme=programme, call__instrument__programme=programme,
        call=CallFactory(instrument=InstrumentFactory(programme=programme, example_terms=True), name="Autumn call"),
        approved=True,
    )  # fmt: skip
    with django_assert_max_num_queries(MOST_QUERIES):
        page = client.get(f"/programmes/{programme.slug}/").content.decode()
    for words in (
        application.call.name, "£85,000 of £100,000", "until 1 January 2036", "Example terms",
        "Within 5 working days you hear whether you can join.", "Paid for by", "https://university.example/",
        f'href="/programmes/{programme.slug}/eligibility/"', f'href="/programmes/{programme.slug}/talk/"',
    ):  # fmt: skip
        assert words in page
    assert page.index("The region") < page.index("A university") < page.index("A neighbour")


def test_programme_page_tells_of_calls_to_come_and_forgets_those_gone(client):
    instrument = InstrumentFactory()
    now = timezone.now()
    CallFactory(instrument=instrument, slug="next", name="Next call", opens_at=now + timedelta(days=10))
    CallFactory(instrument=instrument, slug="gone", name="Gone call", opens_at=datetime(2020, 1, 1, tzinfo=UTC),
                closes_at=now - timedelta(days=1))  # fmt: skip
    page = client.get(f"/programmes/{instrument.programme.slug}/").content.decode()
    assert "Next call" in page
    assert "Gone call" not in page


def test_programme_in_preview_can_be_tried_only(client):
    programme = ProgrammeFactory(status=Programme.Status.PREVIEW)
    assert "This programme has not opened yet." in client.get(f"/programmes/{programme.slug}/").content.decode()
    assert "Coming soon" in client.get("/").content.decode()


def test_closed_or_unknown_programme_is_not_found(client):
    programme = ProgrammeFactory(status=Programme.Status.CLOSED)
    assert client.get(f"/programmes/{programme.slug}/").status_code == 404
    assert client.get("/programmes/no-such/").status_code == 404

"""The public table of medians: there when there is something to show, and nothing of anybody in it."""

from datetime import UTC, date, datetime

import pytest

from diagnostics import freezing
from diagnostics.models import BenchmarkSnapshot
from programmes.models import Instrument
from tests.factories.diagnostics import questionnaire
from tests.factories.programmes import InstrumentFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db


def freeze(firms, **changes):
    return BenchmarkSnapshot.objects.create(
        questionnaire=questionnaire().questionnaire, major=1, quarter=date(2026, 10, 1), method_version="1",
        made_at=datetime(2026, 10, 2, tzinfo=UTC), firms=len(firms), public=freezing.as_json(firms), **changes,
    )  # fmt: skip


MANY = [("fabricated_metal", "small", str(score)) for score in range(30, 51)]
FEW = [("food_drink", "small", "77")] * 4


@pytest.fixture
def programme(db):
    programme = ProgrammeFactory()
    InstrumentFactory(programme=programme, kind=Instrument.Kind.DIAGNOSTIC)
    return programme


@pytest.fixture
def address(programme):
    return f"/programmes/{programme.slug}/benchmark/"


def test_medians_by_sector_and_size(client, programme, address):
    freeze(MANY)
    page = client.get(address).content.decode()
    for words in ("Fabricated metal", "10 to 49 people", "40", "20–49 firms", "quarter from October 2026"):
        assert words in page
    assert f'href="{address}"' in client.get(f"/programmes/{programme.slug}/").content.decode()


def test_few_firms_are_left_out_and_take_their_company_with_them(client, address):
    freeze(MANY + FEW)
    page = client.get(address).content.decode()
    assert "Food and drink" in page
    assert "77" not in page
    assert "left out" in page


def test_no_page_and_no_link_without_anything_to_show(client, programme, address):
    for firms in (None, FEW):
        if firms:
            freeze(firms)
        assert client.get(address).status_code == 404
        assert address not in client.get(f"/programmes/{programme.slug}/").content.decode()


def test_the_firms_own_answers_are_never_public(client, address):
    freeze(MANY, series=BenchmarkSnapshot.Series.OWN)
    assert client.get(address).status_code == 404


def test_no_page_for_a_programme_without_the_diagnostic(client):
    freeze(MANY)
    programme = ProgrammeFactory()
    InstrumentFactory(programme=programme, kind=Instrument.Kind.ADVICE)
    assert client.get(f"/programmes/{programme.slug}/benchmark/").status_code == 404


def test_the_frozen_table_holds_no_counts():
    frozen = freezing.as_json(MANY + FEW)
    assert {key for row in frozen["cells"] for cell in row for key in cell} == {"median", "n_shown"}


def test_few_queries(client, address, django_assert_max_num_queries):
    freeze(MANY)
    with django_assert_max_num_queries(8):
        client.get(address)

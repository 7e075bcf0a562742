from datetime import UTC, date, datetime

import pytest

from programmes.models import Programme, Text
from tests.factories.programmes import CallFactory, InstrumentFactory, ProgrammeFactory, RegionFactory


def test_listed_leaves_closed_programmes_out(db):
    shown = [ProgrammeFactory(status=status, position=3 - place) for place, status in enumerate(["OPEN", "PREVIEW"])]
    ProgrammeFactory(status=Programme.Status.CLOSED)
    assert list(Programme.objects.listed()) == shown[::-1]
    assert list(Programme.objects.open()) == shown[:1]


def test_the_day_is_that_of_the_programmes_time_zone(db):
    programme = ProgrammeFactory(time_zone="Europe/Madrid")
    assert programme.local_date(datetime(2026, 11, 22, 23, 30, tzinfo=UTC)) == date(2026, 11, 23)


def test_the_oldest_rules_serve_earlier_days(db):
    programme = ProgrammeFactory()
    programme.versions.create(
        number="2027",
        valid_from=date(2027, 1, 1),
        document={},
        sha256="1" * 64,
        loaded_at=datetime(2026, 12, 1, tzinfo=UTC),
    )
    found = [programme.terms_on(date(year, 1, 1)).number for year in (2020, 2026, 2027, 2030)]
    assert found == ["2026-01-01", "2026-01-01", "2027", "2027"]


@pytest.mark.parametrize(("at", "is_open"), [("12:00", True), ("11:59", False), ("13:00", False), ("12:59", True)])
def test_a_call_is_open_from_and_until(db, at, is_open):
    day = datetime(2026, 11, 22, tzinfo=UTC)
    call = CallFactory(opens_at=day.replace(hour=12), closes_at=day.replace(hour=13))
    moment = datetime.fromisoformat(f"2026-11-22T{at}+00:00")
    assert call.is_open(moment) is is_open
    assert type(call).objects.open_at(moment).exists() is is_open


def test_what_gives_money(db):
    assert [InstrumentFactory(kind=kind).gives_money for kind in ("grant", "voucher", "course")] == [True, True, False]


def test_rows_are_shown_by_name(db):
    programme = ProgrammeFactory(name="A", slug="a")
    text = Text(programme=programme, key="k", language="cy")
    rows = [programme, RegionFactory(name="B"), InstrumentFactory(name="C"), CallFactory(name="D"), text]
    assert [str(row) for row in rows] == ["A", "B", "C", "D", "a k (cy)"]
    assert programme.get_absolute_url() == "/programmes/a/"
    assert programme.branding == {
        "name": "A", "short_name": programme.short_name, "colour": "#1d70b8", "email": "help@programme.example",
    }  # fmt: skip
